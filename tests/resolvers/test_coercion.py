"""JSON values become what GraphQL would make of them."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLError

from models.columns import Kind
from models.describe import Catalog, Column
from resolvers.coercion import reader_of
from schema.scalars import SCALARS, BigInt, Date, DateTime, Decimal

SAMPLES = (
    None, True, 0, 1, -1, 1.0, 1.5, 1e30, 2**31, 2**63, -(2**63), "", "1", "x", "1.50", "1e3", "NaN",
    "2026-01-31", "2026-02-30", "2026-01-31T09:15:00Z", "2026-01-31T09:15:00", [], ["a"], {},
    "9223372036854775807", "0001-01-01T00:00:00+14:00",
)  # fmt: skip
SCALAR_OF = {
    Kind.TIMESTAMP: DateTime,
    Kind.DATE: Date,
    Kind.BIG_INTEGER: BigInt,
    Kind.DECIMAL: Decimal,
}


@pytest.fixture
def columns(catalog: Catalog) -> dict[Kind, Column]:
    found = {}
    for table in catalog.tables.values():
        for column in table.columns:
            if column.choices is None:
                found.setdefault(column.kind, column)
    return found


def outcome(read: Callable[[Any], object], value: Any, refused: type[Exception]) -> object:
    try:
        return read(value)
    except refused as error:
        return f"refused: {error}"


@pytest.mark.parametrize("kind", SCALAR_OF)
def test_value_is_read_as_its_scalar_reads_it(columns: dict[Kind, Column], kind: Kind) -> None:
    scalar = SCALARS[SCALAR_OF[kind]]
    assert scalar.parse_value
    for value in SAMPLES:
        ours = outcome(reader_of(columns[kind]), value, ValueError)
        theirs = outcome(scalar.parse_value, value, GraphQLError)
        assert ours == theirs, value


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        (Kind.INTEGER, [0, 1, -1, 1.0]),
        (Kind.FLOAT, [0, 1, -1, 1.0, 1.5, 1e30, 2**31, 2**63, -(2**63)]),
        (Kind.BOOLEAN, [True]),
        (Kind.TEXT_LIST, [[], ["a"]]),
    ],
)
def test_kinds_take_only_their_own(
    columns: dict[Kind, Column], kind: Kind, accepted: list[Any]
) -> None:
    if kind not in columns:
        pytest.skip(f"no model here has a column of {kind}")
    read = reader_of(columns[kind])
    taken = [v for v in SAMPLES if not str(outcome(read, v, (ValueError))).startswith("refused")]
    assert [(type(v), v) for v in taken] == [(type(v), v) for v in accepted]
