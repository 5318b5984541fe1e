"""Each scalar has one form going out, and takes no value that would change on its way in."""

import datetime
import math
from collections.abc import Callable
from decimal import Decimal as PythonDecimal
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, parse_value

from schema.scalars import JSON, SCALARS, BigInt, Date, DateTime, Decimal

UTC = datetime.UTC


def parsed(scalar: object, value: object) -> Any:
    parse: Callable[[object], Any] | None = SCALARS[scalar].parse_value
    assert parse is not None
    return parse(value)


def serialized(scalar: object, value: object) -> Any:
    serialize = SCALARS[scalar].serialize
    assert serialize is not None
    return serialize(value)


def literal(schema: GraphQLSchema, scalar: str, text: str) -> Any:
    """What a value means that stands in the document itself."""
    kind: Any = schema.type_map[scalar]
    return kind.parse_literal(parse_value(text), None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.datetime(2026, 1, 31, 9, 15, tzinfo=UTC), "2026-01-31T09:15:00.000000Z"),
        (datetime.datetime(2026, 1, 31, 9, 15, 0, 1, UTC), "2026-01-31T09:15:00.000001Z"),
        (datetime.datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime.datetime(999, 12, 31, 23, 59, 59, 999_999, UTC), "0999-12-31T23:59:59.999999Z"),
        (datetime.datetime(1000, 1, 1, tzinfo=UTC), "1000-01-01T00:00:00.000000Z"),
        (datetime.datetime.max.replace(tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
        (
            datetime.datetime(
                2026, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=45))
            ),
            "2025-12-31T19:15:00.000000Z",
        ),
    ],
)
def test_timestamp_has_six_decimals_and_z(value: datetime.datetime, text: str) -> None:
    assert serialized(DateTime, value) == text
    assert parsed(DateTime, text) == value


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31T09:15:00Z", datetime.datetime(2026, 1, 31, 9, 15, tzinfo=UTC)),
        ("2026-01-31T09:15:00+02:00", datetime.datetime(2026, 1, 31, 7, 15, tzinfo=UTC)),
        ("2026-01-31T23:15:00.5-02:00", datetime.datetime(2026, 2, 1, 1, 15, 0, 500_000, UTC)),
        ("0001-01-01T00:00:00-23:59", datetime.datetime(1, 1, 1, 23, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59+23:59", datetime.datetime(9999, 12, 31, 0, 0, 59, tzinfo=UTC)),
    ],
)
def test_timestamp_with_an_offset_becomes_utc(text: str, instant: datetime.datetime) -> None:
    value = parsed(DateTime, text)
    assert value == instant
    assert value.utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T09:15:00",
        "2026-01-31",
        "2026-02-30T00:00:00Z",
        "2026-01-31T09:15:60Z",
        "2026-01-31T09:15:00+24:00",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "infinity",
        "now",
        "\ud800",
        "",
        1769850900,
        True,
        None,
        {},
    ],
)
def test_timestamp_that_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"must be"):
        parsed(DateTime, value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (datetime.date.min, "0001-01-01"),
        (datetime.date.max, "9999-12-31"),
    ],
)
def test_date_is_a_day(value: datetime.date, text: str) -> None:
    assert serialized(Date, value) == text
    assert parsed(Date, text) == value


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "20260131",
        "2026-W05-6",
        "2026-01-31T00:00:00Z",
        "2026-1-31",
        "\uff12\uff10\uff12\uff16-01-31",
        "0000-01-01",
        "2026-01-31\n",
        "",
        20260131,
        None,
    ],
)
def test_date_that_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"must be"):
        parsed(Date, value)


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_big_integer_is_a_string_and_may_come_as_a_number(
    number: int, exhibits: GraphQLSchema
) -> None:
    assert serialized(BigInt, number) == str(number)
    assert parsed(BigInt, str(number)) == number
    assert parsed(BigInt, number) == number
    assert literal(exhibits, "BigInt", str(number)) == number
    assert literal(exhibits, "BigInt", f'"{number}"') == number


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        str(2**63),
        "9" * 5000,
        "1e3",
        "1.0",
        1.0,
        math.nan,
        math.inf,
        True,
        "+1",
        " 1",
        "1\n",
        "1_000",
        "٣",
        "",
        None,
        [1],
    ],
)
def test_big_integer_out_of_range_or_form_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"must be a whole number"):
        parsed(BigInt, value)


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("0.10", "0.10"),
        ("-12345678901234567890.123456789", "-12345678901234567890.123456789"),
        ("9" * 100, "9" * 100),
        ("0." + "1" * 98, "0." + "1" * 98),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("1e100", "1" + "0" * 100),
    ],
)
def test_decimal_keeps_all_digits(text: str, out: str, exhibits: GraphQLSchema) -> None:
    value = parsed(Decimal, text)
    assert value == PythonDecimal(text)
    assert serialized(Decimal, value) == out
    assert literal(exhibits, "Decimal", f'"{text}"') == PythonDecimal(text)
    # As a number too: Python would read a float, which has 17 digits.
    assert literal(exhibits, "Decimal", text) == PythonDecimal(text)


@pytest.mark.parametrize(("value", "expected"), [(7, "7"), (0.1, "0.1"), (-2.5, "-2.5")])
def test_decimal_may_come_as_a_number(value: float, expected: str) -> None:
    assert parsed(Decimal, value) == PythonDecimal(expected)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "sNaN",
        "inf",
        "-Infinity",
        math.nan,
        math.inf,
        -math.inf,
        "9" * 101,
        10**100,
        "0." + "1" * 99,
        "1e101",
        "1e-101",
        "0e999999",
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "",
        ".",
        "e5",
        "0x10",
        "1,5",
        " 1",
        "1\n",
        "1_000",
        "٣",
        "\ud800",
        True,
        None,
        [],
        {},
    ],
)
def test_decimal_that_is_too_large_or_no_number_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"must be a finite decimal number"):
        parsed(Decimal, value)


@pytest.mark.parametrize("text", ["true", "null", "NaN", "[1]", "{a: 1}", "1e999", "9" * 5000])
def test_decimal_literal_that_is_no_number_is_refused(text: str, exhibits: GraphQLSchema) -> None:
    with pytest.raises(GraphQLError, match=r"must be a finite decimal number"):
        literal(exhibits, "Decimal", text)


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "a", [1, [2]], {"a": {"b": None}}])
def test_json_is_passed_as_it_is(value: object) -> None:
    assert serialized(JSON, value) is value
    assert parsed(JSON, value) is value


def test_json_literal_is_read_with_its_structure(exhibits: GraphQLSchema) -> None:
    read = literal(exhibits, "JSON", '{a: [1, 2.5, "x", true, null], b: {}}')
    assert read == {"a": [1, 2.5, "x", True, None], "b": {}}
