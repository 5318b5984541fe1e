"""The table of docs/isolation.md: what gets through once a wall is taken away."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "isolation.md"
BEGIN, END = "<!-- ablation: begin -->", "<!-- ablation: end -->"
NOTHING = "nothing"
_HEAD = ("wall", "what was removed", "what was tried", "what got through", "what stopped the rest")


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """What is removed, and which attacks of its list get through then: those and no others.

    ``removed`` names it and is unique. ``noticed_by`` is what goes red.
    """

    wall: str
    removed: str
    tried: str
    through: frozenset[str] = frozenset()
    stopped_by: str
    noticed_by: str

    @property
    def id(self) -> str:
        """For the name of a test."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.wall} {self.removed}".lower()).strip("-")


def rendered(rows: Iterable[Ablation], lists: Mapping[str, Iterable[str]]) -> str:
    """The table in Markdown, and under it the attacks of each list that it names."""
    head = (*_HEAD, "noticed by")
    lines = [_line(head), _line("---" for _ in head)]
    lines += [
        _line(
            (
                row.wall,
                row.removed,
                row.tried,
                "; ".join(sorted(row.through)) or NOTHING,
                row.stopped_by,
                row.noticed_by,
            )
        )
        for row in rows
    ]
    named = (f"- {name}: {'; '.join(attacks)}." for name, attacks in lists.items())
    return "\n".join([*lines, "", "What was tried:", "", *named])


def documented(table: str) -> str:
    """The table as the document has it; PALISADE_WRITE_DOCS=1 writes it there beforehand."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    found, _, after = rest.partition(END)
    if os.environ.get("PALISADE_WRITE_DOCS") == "1" and found.strip() != table:
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
        return table
    return found.strip()


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
