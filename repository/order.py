"""The order of a page and the cursors that mark places in it.

A cursor is the base64url form of the JSON array ``[fingerprint, key…, id]``. The fingerprint
ties it to one table and one order; the keys show the values of the order's columns, so ordering
by a column counts as reading it. NULL sorts as the greatest value, as PostgreSQL has it.
"""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import sqlalchemy as sa

from models.columns import BIG_INTEGER_BOUNDS, Kind
from models.describe import Column, Table
from repository.binds import Binds
from repository.errors import CursorRefused

TIMESTAMP_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order."""

    column: Column
    descending: bool


Order = tuple[Key, ...]


def complete_order(table: Table, keys: Sequence[Key]) -> Order:
    """The order made total: by id at last, in the direction of the last key."""
    if any(key.column.name == "id" for key in keys):
        return tuple(keys)
    descending = keys[-1].descending if keys else False
    return (*keys, Key(table.by_name["id"], descending))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order: the values of its keys, one for each key."""

    values: tuple[object, ...]

    @property
    def nulls(self) -> tuple[bool, ...]:
        """Which keys are NULL: part of the shape, for NULL is compared by other SQL."""
        return tuple(value is None for value in self.values)


def fingerprint(table: Table, order: Order) -> str:
    """What ties a cursor to a table and an order."""
    text = repr((table.type, [(key.column.name, key.descending) for key in order]))
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


def decode_cursor(text: str, table: Table, order: Order) -> Cursor:
    """The place a cursor marks.

    Raises: CursorRefused, for anything that `cursor_expression` doesn't write.
    """
    if len(text) > _longest(order):
        raise CursorRefused
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        items = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise CursorRefused from error
    if not isinstance(items, list) or len(items) != len(order) + 1:
        raise CursorRefused
    if items[0] != fingerprint(table, order):
        raise CursorRefused
    return Cursor(
        tuple(_decode(item, key.column) for item, key in zip(items[1:], order, strict=True))
    )


def cursor_expression(table: Table, order: Order, row: sa.FromClause) -> sa.ColumnElement[str]:
    """The cursor of a row, made by the database: the same text on every way of reading."""
    keys = [_encode(key.column, row.c[key.column.name]) for key in order]
    array = sa.func.json_build_array(
        sa.literal_column(f"'{fingerprint(table, order)}'"), *keys, type_=sa.Text()
    )
    encoded = sa.func.encode(
        sa.func.convert_to(sa.cast(array, sa.Text()), sa.literal_column("'UTF8'")),
        sa.literal_column("'base64'"),
    )
    return sa.func.translate(
        encoded, sa.literal_column(r"E'+/=\n'"), sa.literal_column("'-_'"), type_=sa.Text()
    )


def order_clauses(
    order: Order, row: sa.FromClause, *, backward: bool
) -> list[sa.UnaryExpression[Any]]:
    """ORDER BY; ``backward`` turns it round, for the last rows of a page."""
    return [
        row.c[key.column.name].desc()
        if key.descending != backward
        else row.c[key.column.name].asc()
        for key in order
    ]


def beyond(
    order: Order, cursor: Cursor, *, row: sa.FromClause, backward: bool, binds: Binds
) -> sa.ColumnElement[bool]:
    """The rows strictly after the cursor in the order, or before it if ``backward``."""
    columns = [row.c[key.column.name] for key in order]
    bounds: list[sa.ColumnElement[Any] | None] = [
        None if is_null else binds.value(column.type)
        for column, is_null in zip(columns, cursor.nulls, strict=True)
    ]
    ascending = [key.descending == backward for key in order]
    if len(set(ascending)) == 1 and not any(key.column.nullable for key in order):
        left, right = sa.tuple_(*columns), sa.tuple_(*bounds)
        return left > right if ascending[0] else left < right
    steps: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for key, column, bound, up in zip(order, columns, bounds, ascending, strict=True):
        if bound is None:
            if not up:
                steps.append(sa.and_(*equal, column.is_not(None)))
            equal.append(column.is_(None))
            continue
        step = column > bound if up else column < bound
        if up and key.column.nullable:
            step = sa.or_(step, column.is_(None))
        steps.append(sa.and_(*equal, step))
        equal.append(column == bound)
    return sa.or_(sa.false(), *steps)


def bound_values(cursor: Cursor) -> list[object]:
    """The values to bind, in the order in which `beyond` binds them."""
    return [value for value in cursor.values if value is not None]


def _encode(column: Column, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    match column.kind:
        case Kind.TIMESTAMP:
            return sa.func.to_char(
                sa.func.timezone(sa.literal_column("'UTC'"), value),
                sa.literal_column(f"'{TIMESTAMP_FORMAT}'"),
            )
        case Kind.BIG_INTEGER | Kind.DECIMAL | Kind.DATE | Kind.ID:
            return sa.cast(value, sa.Text())
        case _:
            return value


def _decode(item: object, column: Column) -> object:
    """The value of a key, of exactly the type the column has."""
    if item is None:
        if column.nullable:
            return None
        raise CursorRefused
    try:
        match column.kind, item:
            case Kind.TIMESTAMP, str():
                instant = datetime.fromisoformat(item)
                if instant.utcoffset() == timedelta(0):
                    return instant
            case Kind.DATE, str():
                return date.fromisoformat(item)
            case Kind.ID, str():
                return uuid.UUID(item)
            case Kind.DECIMAL, str():
                return _in_scale(Decimal(item), column)
            case Kind.BIG_INTEGER, str():
                return _bounded(int(item), BIG_INTEGER_BOUNDS)
            case Kind.INTEGER, int() if not isinstance(item, bool):
                return _bounded(item, (-(2**31), 2**31 - 1))
            case Kind.FLOAT, int() | float() if not isinstance(item, bool):
                return float(item)
            case Kind.BOOLEAN, bool():
                return item
            case Kind.TEXT | Kind.CHOICE, str() if "\0" not in item:
                return item
    except (ValueError, InvalidOperation) as error:
        raise CursorRefused from error
    raise CursorRefused


def _longest(order: Order) -> int:
    """More characters than any cursor of the order has: six bytes for a character in JSON."""
    json_bytes = sum(6 * (key.column.max_length or 60) for key in order)
    return (64 + json_bytes) * 4 // 3


def _in_scale(value: Decimal, column: Column) -> Decimal:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and column.bounds and column.scale is not None:
        low, high = column.bounds
        if low <= value <= high and exponent >= -column.scale:
            return value
    raise CursorRefused


def _bounded(value: int, bounds: tuple[int, int]) -> int:
    if bounds[0] <= value <= bounds[1]:
        return value
    raise CursorRefused
