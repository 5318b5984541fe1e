"""Texts made for patterns."""

import re
from itertools import islice

import pytest

from assurance.prove.patterns import PatternUnknown, drawn_match, matches_of, nth_match

PATTERNS = (
    "[A-Z&]{2,4}-[0-9]{2}",
    "https?://.+",
    "[0-9a-f]{64}",
    "[^@[:space:]]+@[^@[:space:]]+",
    "[+][0-9 ]{6,20}",
    "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    "(a|bc)d*",
    r"\d{3}\.[^0-9]",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match_and_differ(pattern: str) -> None:
    python = pattern.replace("[:space:]", r"\s")
    found = list(islice(matches_of(pattern, longest=70), 12))
    assert len(set(found)) == len(found) >= 8
    assert all(re.fullmatch(python, text) for text in found)
    drawn = drawn_match(pattern, longest=70, number=123_456_789_012_345)
    assert drawn is None or re.fullmatch(python, drawn)


def test_a_drawn_text_is_of_its_number() -> None:
    one, other = (drawn_match("[0-9a-f]{64}", longest=64, number=n) for n in (10**12, 10**12 + 1))
    assert one != other
    assert drawn_match("[A-Z]{2}", longest=2, number=10**12) is None


def test_texts_are_counted_on_where_there_are_few() -> None:
    assert [nth_match("a|b", longest=9, index=index) for index in range(4)] == ["a", "b", "a", "b"]


@pytest.mark.parametrize("pattern", ["(", "[", "*a", r"\k"])
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(PatternUnknown):
        nth_match(pattern, longest=9, index=0)
