"""The planted faults, and what found them, as a table of docs/isolation.md."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from tests.holes.results import Result

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "isolation.md"
BEGIN = "<!-- holes: begin -->"
END = "<!-- holes: end -->"
_HEAD = ("hole", "kind", "what was done", "tool", "found by", "at once")


class Hole(Protocol):
    """What is told of a fault."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def story(self) -> str: ...

    @property
    def found_by(self) -> str: ...


def rendered(holes: Iterable[Hole], results: Mapping[str, Result]) -> str:
    """The table, between its markers; a hole without a result was not tried yet."""
    lines = [BEGIN, _line(_HEAD), _line("---" for _ in _HEAD)]
    for hole in holes:
        result = results.get(hole.name)
        told = (result.told, result.told_first) if result else ("not run yet", "")
        lines.append(
            _line((f"`{hole.name}`", hole.kind, hole.story, f"`palisade {hole.found_by}`", *told))
        )
    return "\n".join((*lines, END))


def renewed(page: str, holes: Iterable[Hole], results: Mapping[str, Result]) -> str:
    """The page with the table as it is now.

    Raises: ValueError, for a page without the markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{rendered(holes, results)}{after}"


def documented(holes: Iterable[Hole], results: Mapping[str, Result]) -> tuple[str, str]:
    """The document as it is and as it should be; PALISADE_WRITE_DOCS=1 writes it beforehand."""
    page = DOCUMENT.read_text(encoding="utf-8")
    new = renewed(page, holes, results)
    if os.environ.get("PALISADE_WRITE_DOCS") == "1" and page != new:
        DOCUMENT.write_text(new, encoding="utf-8")
        page = new
    return page, new


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
