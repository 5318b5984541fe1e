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

import orjson

from models.columns import BIG_INTEGER_BOUNDS, Kind
from models.describe import Column, Table
from repository.errors import CursorRefused
from repository.sql import SQL_TYPES, StatementText, column_name

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

    Raises: CursorRefused, for anything that `cursor_text` doesn't write.
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


def cursor_text(table: Table, order: Order, alias: str) -> str:
    """The cursor of a row, made by the database: the same text on every way of reading."""
    keys = [_encoded(key.column, f"{alias}.{column_name(key.column.name)}") for key in order]
    array = f"json_build_array({', '.join((_literal(fingerprint(table, order)), *keys))})"
    encoded = f"encode(convert_to(({array})::text, 'UTF8'), 'base64')"
    return rf"translate({encoded}, E'+/=\n', '-_')"


def order_text(order: Order, alias: str, *, backward: bool) -> str:
    """ORDER BY; ``backward`` turns it round, for the last rows of a page."""
    return ", ".join(
        f"{alias}.{column_name(key.column.name)}{' DESC' if key.descending != backward else ''}"
        for key in order
    )


def beyond(order: Order, cursor: Cursor, text: StatementText, *, alias: str, backward: bool) -> str:
    """The rows strictly after the cursor in the order, or before it if ``backward``."""
    columns = [f"{alias}.{column_name(key.column.name)}" for key in order]
    bounds = [
        None if value is None else text.value(value, SQL_TYPES[key.column.kind])
        for key, value in zip(order, cursor.values, strict=True)
    ]
    ascending = [key.descending == backward for key in order]
    if len(set(ascending)) == 1 and not any(key.column.nullable for key in order):
        sign = ">" if ascending[0] else "<"
        return f"({', '.join(columns)}) {sign} ({', '.join(map(str, bounds))})"
    steps: list[str] = []
    equal: list[str] = []
    for key, column, bound, up in zip(order, columns, bounds, ascending, strict=True):
        if bound is None:
            if not up:
                steps.append(" AND ".join((*equal, f"{column} IS NOT NULL")))
            equal.append(f"{column} IS NULL")
            continue
        step = f"{column} {'>' if up else '<'} {bound}"
        if up and key.column.nullable:
            step = f"({step} OR {column} IS NULL)"
        steps.append(" AND ".join((*equal, step)))
        equal.append(f"{column} = {bound}")
    return f"({' OR '.join(steps or ['false'])})"


def bound_values(cursor: Cursor) -> list[object]:
    """The values to bind, in the order in which `beyond` binds them."""
    return [value for value in cursor.values if value is not None]


def timestamp_text(value: str) -> str:
    """SQL for a timestamp in the one form that clients see."""
    return f"to_char(timezone('UTC', {value}), {_literal(TIMESTAMP_FORMAT)})"


def _encoded(column: Column, value: str) -> str:
    match column.kind:
        case Kind.TIMESTAMP:
            return timestamp_text(value)
        case Kind.BIG_INTEGER | Kind.DECIMAL | Kind.DATE | Kind.ID:
            return f"{value}::text"
        case _:
            return value


def _literal(text: str) -> str:
    return f"'{text}'"


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
