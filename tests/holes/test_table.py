"""The table of the planted faults has each of them, and takes the place of an older one."""

import pytest

from tests.holes.catalog import DATABASE_HOLES
from tests.holes.service import SERVICE_HOLES
from tests.holes.table import BEGIN, END, rendered, renewed

HOLES = (*DATABASE_HOLES, *SERVICE_HOLES)


def test_rendered_table_has_a_line_for_each_hole() -> None:
    lines = rendered(HOLES).splitlines()
    assert lines[0] == BEGIN
    assert lines[-1] == END
    assert len(lines) == len(HOLES) + 4
    assert all(line.replace(r"\|", "").count("|") == 5 for line in lines[1:-1])


def test_renewed_page_keeps_what_stands_around_the_table() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nMore.\n"
    new = renewed(page, HOLES)
    assert new.startswith("# Title\n\n") and new.endswith("\n\nMore.\n")
    assert "old" not in new.splitlines()
    assert renewed(new, HOLES) == new


def test_renewed_page_needs_its_markers() -> None:
    with pytest.raises(ValueError, match="has no"):
        renewed("# Title\n", HOLES)
