"""The planted faults as a table of a page in Markdown."""

from collections.abc import Iterable
from typing import Protocol

BEGIN = "<!-- holes: begin -->"
END = "<!-- holes: end -->"


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


def rendered(holes: Iterable[Hole]) -> str:
    """The table, between its markers."""
    lines = [BEGIN, "| hole | kind | what was done | found by |", "|---|---|---|---|"]
    for hole in holes:
        story = hole.story.replace("|", r"\|")
        lines.append(f"| `{hole.name}` | {hole.kind} | {story} | `{hole.found_by}` |")
    return "\n".join((*lines, END))


def renewed(page: str, holes: Iterable[Hole]) -> str:
    """The page with the table as it is now.

    Raises: ValueError, for a page without the markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{rendered(holes)}{after}"
