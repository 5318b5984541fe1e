"""Scalars: the written forms of values, as GraphQL knows them."""

import datetime
from collections.abc import Callable
from decimal import Decimal as PythonDecimal
from typing import Any, Final, NewType, TypeVar

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from resolvers.forms import (
    read_big_integer,
    read_date,
    read_decimal,
    read_timestamp,
    written_decimal,
    written_timestamp,
)

DateTime = NewType("DateTime", datetime.datetime)
Date = NewType("Date", datetime.date)
BigInt = NewType("BigInt", int)
Decimal = NewType("Decimal", PythonDecimal)
JSON = NewType("JSON", object)
Read = TypeVar("Read")


def _read_decimal(node: ValueNode, variables: object = None) -> PythonDecimal:
    """From the text of the literal: a float has lost digits."""
    if isinstance(node, FloatValueNode | IntValueNode | StringValueNode):
        return _read(read_decimal)(node.value)
    return _read(read_decimal)(None)


def _read(read: Callable[[object], Read]) -> Callable[[object], Read]:
    """A reader of a form that tells the broken rule as GraphQL tells it."""

    def parse(value: object) -> Read:
        try:
            return read(value)
        except ValueError as error:
            raise GraphQLError(str(error)) from error

    return parse


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
        written_timestamp,
        _read(read_timestamp),
    ),
    Date: _scalar(
        "Date", "A calendar day in ISO 8601.", lambda value: value.isoformat(), _read(read_date)
    ),
    BigInt: _scalar(
        "BigInt", "A whole number of 64 bits, as a string.", str, _read(read_big_integer)
    ),
    Decimal: _scalar(
        "Decimal",
        "A decimal number with all its digits, as a string.",
        written_decimal,
        _read(read_decimal),
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
