from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.describe import Catalog, Column
from resolvers.errors import BadInput
from resolvers.values import (
    MAX_FILTER_TEXT,
    MAX_JSON_DEPTH,
    NOBODY,
    filter_value,
    record_id,
    written_value,
)


@pytest.fixture
def column(catalog: Catalog) -> Any:
    def find(name: str) -> Column:
        return catalog.tables["Specimen"].by_field[name]

    return find


def _nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels - 1):
        value = [value]
    return value


def test_record_id_of_an_id() -> None:
    id = uuid4()
    assert record_id(str(id)) == id


@pytest.mark.parametrize(
    "text", ["nonsense", "", "0", "0" * 31, "g" * 32, "-" * 36, "\0", "é" * 32]
)
def test_record_id_of_anything_else_is_nobody(text: str) -> None:
    assert record_id(text) == NOBODY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("label", "x" * 80),
        ("label", "😀" * 80),
        ("code", "AB-1234"),
        ("rank", 1),
        ("rank", 9),
        ("atoms", -(2**63)),
        ("atoms", 2**63 - 1),
        ("weight", 1e308),
        ("price", Decimal("999999999.999")),
        ("price", Decimal("-999999999.999")),
        ("price", Decimal("1.5000000000000000000000000000000000000000")),
        ("price", Decimal("1E+2")),
        ("price", Decimal("0E-50")),
        ("alive", True),
        ("tags", []),
        ("tags", ["x" * 60] * 3),
        ("facts", None),
        ("facts", {"a": [1, 2.5, "b", None, True, {"c": {}}]}),
        ("facts", 2**63),
        ("facts", "x" * 298),
    ],
)
def test_written_value_within_its_rules(column: Any, field: str, value: object) -> None:
    assert written_value(column(field), value, "input") == value


@pytest.mark.parametrize(
    ("field", "value", "place", "rule"),
    [
        ("label", "x" * 81, "input", "must not be longer than 80 characters"),
        ("label", "a\0b", "input", "must not contain the character U+0000"),
        ("label", None, "input", "must not be null"),
        ("code", "AB-12345", "input", "must match [A-Z]{2}-[0-9]{4}"),
        ("code", "AB-1234\n", "input", "must match [A-Z]{2}-[0-9]{4}"),
        ("rank", 0, "input", "must be between 1 and 9"),
        ("rank", 10, "input", "must be between 1 and 9"),
        ("weight", float("inf"), "input", "must be a finite number"),
        ("weight", float("nan"), "input", "must be a finite number"),
        (
            "price",
            Decimal("1000000000"),
            "input",
            "must be between -999999999.999 and 999999999.999",
        ),
        ("price", Decimal("0.0001"), "input", "must not have more than 3 decimal places"),
        (
            "price",
            Decimal("1.00000000000000000000000000000000000001"),
            "input",
            "must not have more than 3 decimal places",
        ),
        ("tags", ["a"] * 4, "input", "must not have more than 3 entries"),
        ("tags", ["a", "x" * 61], "input.1", "must not be longer than 60 characters"),
        ("tags", ["\0"], "input.0", "must not contain the character U+0000"),
        ("facts", "x" * 299, "input", "must not be larger than 300 bytes"),
        ("facts", 2**64, "input", "must have numbers of 64 bits at most"),
        ("facts", [float("nan")], "input", "must have finite numbers only"),
        ("facts", {"a": float("-inf")}, "input", "must have finite numbers only"),
        ("facts", {"a\0": 1}, "input", "must not contain the character U+0000"),
        ("facts", [["\0"]], "input", "must not contain the character U+0000"),
    ],
)
def test_written_value_names_the_rule_it_breaks(
    column: Any, field: str, value: object, place: str, rule: str
) -> None:
    with pytest.raises(BadInput) as caught:
        written_value(column(field), value, "input")
    assert (caught.value.field, caught.value.rule) == (place, rule)


def test_written_json_is_bounded_in_depth(column: Any) -> None:
    deepest = _nested(MAX_JSON_DEPTH)
    assert written_value(column("facts"), deepest, "input") == deepest
    with pytest.raises(BadInput, match="nested deeper than 32 levels"):
        written_value(column("facts"), _nested(MAX_JSON_DEPTH + 1), "input")


def test_written_reference_that_is_no_id_is_nobodys(column: Any) -> None:
    assert written_value(column("siteId"), "nonsense", "input") == NOBODY
    assert written_value(column("spareSiteId"), None, "input") is None


def test_filter_value_is_not_held_to_the_columns_rules(column: Any) -> None:
    assert filter_value(column("label"), "x" * 81, "where") == "x" * 81
    assert filter_value(column("code"), "no pattern", "where") == "no pattern"
    assert filter_value(column("rank"), 10, "where") == 10
    assert filter_value(column("id"), "nonsense", "where") == UUID(int=0)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("label", "x" * (MAX_FILTER_TEXT + 1), "must not be longer than 10000 characters"),
        ("label", "\0", "must not contain the character U+0000"),
        ("tags", "\0", "must not contain the character U+0000"),
        ("weight", float("inf"), "must be a finite number"),
    ],
)
def test_filter_value_names_the_rule_it_breaks(
    column: Any, field: str, value: object, rule: str
) -> None:
    with pytest.raises(BadInput) as caught:
        filter_value(column(field), value, "where")
    assert (caught.value.field, caught.value.rule) == ("where", rule)
