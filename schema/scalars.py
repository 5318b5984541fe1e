"""Scalars, one form on every way of reading.

Timestamps have six decimals and ``Z``; 64-bit integers and decimals are strings, because JSON
numbers lose their digits.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal as PythonDecimal
from typing import Any, Final, NewType

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from models.columns import BIG_INTEGER_BOUNDS

DateTime = NewType("DateTime", datetime.datetime)
Date = NewType("Date", datetime.date)
BigInt = NewType("BigInt", int)
Decimal = NewType("Decimal", PythonDecimal)
JSON = NewType("JSON", object)

MAX_DECIMAL_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def serialize_timestamp(value: datetime.datetime) -> str:
    """``2026-01-31T09:15:00.000000Z``"""
    utc = value.astimezone(datetime.UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if utc.year > 999 else _early(utc)


def _early(utc: datetime.datetime) -> str:
    """strftime leaves out the leading zeros of early years."""
    return f"{utc.year:04d}" + utc.strftime("-%m-%dT%H:%M:%S.%fZ")


def _parse_timestamp(value: object) -> datetime.datetime:
    try:
        instant = datetime.datetime.fromisoformat(_string(value))
        if instant.tzinfo is not None:
            return instant.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("must be an ISO 8601 timestamp with an offset, such as 2026-01-31T09:15:00Z")


def _parse_date(value: object) -> datetime.date:
    text = _string(value)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            pass
    raise GraphQLError("must be an ISO 8601 date, such as 2026-01-31")


def _parse_big_integer(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        number = int(value)
    else:
        raise GraphQLError("must be a whole number, as a string or a number")
    if not BIG_INTEGER_BOUNDS[0] <= number <= BIG_INTEGER_BOUNDS[1]:
        raise GraphQLError("must be a whole number of 64 bits")
    return number


def _parse_decimal(value: object) -> PythonDecimal:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        text = str(value)
        if len(text) <= MAX_DECIMAL_DIGITS and _DECIMAL.fullmatch(text):
            number = PythonDecimal(text)
            if abs(number.adjusted()) <= MAX_DECIMAL_DIGITS:
                return number
    raise GraphQLError("must be a finite decimal number, as a string or a number")


def _read_decimal(node: ValueNode, variables: object = None) -> PythonDecimal:
    """From the text of the literal: a float has lost digits."""
    if isinstance(node, FloatValueNode | IntValueNode | StringValueNode):
        return _parse_decimal(node.value)
    return _parse_decimal(None)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("must be a string")
    return value


def _scalar(
    name: str,
    description: str,
    serialize: Callable[[Any], Any],
    parse: Callable[[object], Any],
    parse_literal: Callable[..., Any] | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=serialize,
        parse_value=parse,
        parse_literal=parse_literal,
    )


SCALARS: Final[dict[object, ScalarDefinition]] = {
    DateTime: _scalar(
        "DateTime",
        "An instant in ISO 8601, in UTC with six decimals.",
        serialize_timestamp,
        _parse_timestamp,
    ),
    Date: _scalar(
        "Date", "A calendar day in ISO 8601.", lambda value: value.isoformat(), _parse_date
    ),
    BigInt: _scalar("BigInt", "A whole number of 64 bits, as a string.", str, _parse_big_integer),
    Decimal: _scalar(
        "Decimal",
        "A decimal number with all its digits, as a string.",
        lambda value: format(value, "f"),
        _parse_decimal,
        _read_decimal,
    ),
    JSON: _scalar("JSON", "Any JSON value.", lambda value: value, lambda value: value),
}
# Own types are annotated with what Python has.
SCALARS.update(
    {
        datetime.datetime: SCALARS[DateTime],
        datetime.date: SCALARS[Date],
        PythonDecimal: SCALARS[Decimal],
    }
)
