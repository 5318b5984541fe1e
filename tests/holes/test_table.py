"""The table of the planted faults has each of them, and stands in docs/isolation.md."""

import pytest

from tests.holes.catalog import DATABASE_HOLES
from tests.holes.outsider import INVENTED_HOLES
from tests.holes.results import RESULTS
from tests.holes.service import SERVICE_HOLES
from tests.holes.table import FIRST, INVENTED, documented, markers, rendered, renewed

BEGIN, END = markers(FIRST)
HOLES = (*DATABASE_HOLES, *SERVICE_HOLES)
PARTS = {
    FIRST: [hole for hole in HOLES if hole not in INVENTED_HOLES],
    INVENTED: INVENTED_HOLES,
}


@pytest.mark.parametrize("part", PARTS)
def test_table_stands_in_the_document(part: str) -> None:
    """``PALISADE_WRITE_DOCS=1`` puts it there."""
    page, new = documented(PARTS[part], RESULTS, part)
    assert page == new


def test_results_are_of_holes_that_there_are() -> None:
    assert RESULTS.keys() <= {hole.name for hole in HOLES}


def test_rendered_table_has_a_line_for_each_hole() -> None:
    lines = rendered(HOLES, RESULTS).splitlines()
    assert lines[0] == BEGIN
    assert lines[-1] == END
    assert len(lines) == len(HOLES) + 4
    assert all(line.replace(r"\|", "").count("|") == 7 for line in lines[1:-1])


def test_renewed_page_keeps_what_stands_around_the_table() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nMore.\n"
    new = renewed(page, HOLES, RESULTS)
    assert new.startswith("# Title\n\n") and new.endswith("\n\nMore.\n")
    assert "old" not in new.splitlines()
    assert renewed(new, HOLES, RESULTS) == new


def test_renewed_page_needs_its_markers() -> None:
    with pytest.raises(ValueError, match="has no"):
        renewed("# Title\n", HOLES, RESULTS)
