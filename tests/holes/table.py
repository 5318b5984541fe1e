"""The planted faults, and what found them, as a table of docs/isolation.md."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from tests.holes.results import Result

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "isolation.md"
FIRST, INVENTED = "holes", "invented holes"
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


def markers(part: str) -> tuple[str, str]:
    """Between which the table of a part stands."""
    return f"<!-- {part}: begin -->", f"<!-- {part}: end -->"


def rendered(holes: Iterable[Hole], results: Mapping[str, Result], part: str = FIRST) -> str:
    """The table, between its markers; a hole without a result was not tried yet."""
    begin, end = markers(part)
    lines = [begin, _line(_HEAD), _line("---" for _ in _HEAD)]
    for hole in holes:
        result = results.get(hole.name)
        told = (result.told, result.told_first) if result else ("not run yet", "")
        lines.append(
            _line((f"`{hole.name}`", hole.kind, hole.story, f"`palisade {hole.found_by}`", *told))
        )
    return "\n".join((*lines, end))


def renewed(
    page: str, holes: Iterable[Hole], results: Mapping[str, Result], part: str = FIRST
) -> str:
    """The page with the table as it is now.

    Raises: ValueError, for a page without the markers.
    """
    begin, end = markers(part)
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"the page has no {begin} … {end}")
    return f"{before}{rendered(holes, results, part)}{after}"


def documented(
    holes: Iterable[Hole], results: Mapping[str, Result], part: str = FIRST
) -> tuple[str, str]:
    """The document as it is and as it should be; PALISADE_WRITE_DOCS=1 writes it beforehand."""
    page = DOCUMENT.read_text(encoding="utf-8")
    new = renewed(page, holes, results, part)
    if os.environ.get("PALISADE_WRITE_DOCS") == "1" and page != new:
        DOCUMENT.write_text(new, encoding="utf-8")
        page = new
    return page, new


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
