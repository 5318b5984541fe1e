"""A valid value for every column, which is known wherever it turns up.

Texts carry the organisation's mark, numbers and instants are drawn from it, as far as the column's
rules allow.
"""

import datetime
import hashlib
import re
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from assurance.prove.patterns import drawn_match, nth_match
from models.columns import Kind
from models.describe import Column, Table

COMMON: Final = "canary"
"""What texts begin with, whosever they are."""
_EPOCH: Final = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
# Every sixteenth day is one organisation's, and all of them are before the year 8000.
_DAYS: Final = 125_000
_LONG: Final = 10**9


def valid_value(column: Column, table: Table, *, mark: str, index: int) -> Any:
    """A value that the column takes, another one for each index as far as there are others."""
    number = _number(column, table, mark=mark, index=index)
    match column.kind:
        case Kind.TEXT:
            return _text(column, table, mark=mark, index=index)
        case Kind.TEXT_LIST if column.choices is not None:
            return [next(iter(column.choices)).name]
        case Kind.TEXT_LIST:
            return [f"{mark}-{index}"[: column.max_length]]
        case Kind.JSON:
            return {"canary": f"{mark}-{index}"}
        case Kind.CHOICE:
            assert column.choices is not None
            choices = list(column.choices)
            return choices[index % len(choices)].value
        case Kind.INTEGER | Kind.BIG_INTEGER:
            return _whole(column, number, index)
        case Kind.DECIMAL:
            assert column.bounds is not None
            assert column.scale is not None
            low, high = (Decimal(bound) for bound in column.bounds)
            span = min(int(high.scaleb(column.scale)), 10**12)
            wanted = Decimal(number % span if span > 1 else index).scaleb(-column.scale)
            return max(low, min(high, wanted))
        case Kind.FLOAT:
            return number % 10**11 + 0.5
        case Kind.BOOLEAN:
            return index % 2 == 0
        case Kind.TIMESTAMP:
            return _EPOCH + datetime.timedelta(microseconds=number % 10**15)
        case Kind.DATE:
            days = number % _DAYS * 16 + int(mark[-1], 16)
            return _EPOCH.date() + datetime.timedelta(days=days)
        case _:
            return UUID(int=number)


def wire(column: Column, value: Any) -> Any:
    """A stored value as a variable in JSON."""
    match value:
        case None:
            return None
        case UUID() | Decimal():
            return str(value)
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case str() if column.choices is not None:
            return column.choices(value).name
        case int() if column.kind is Kind.BIG_INTEGER:
            return str(value)
        case _:
            return value


def _number(column: Column, table: Table, *, mark: str, index: int) -> int:
    """A number of this column in this row alone; a column declared later has a larger one."""
    drawn = hashlib.sha256(f"{mark}/{table.type}/{index}".encode()).digest()
    position = table.columns.index(column) if column in table.columns else 0
    return int.from_bytes(drawn[:5]) * 1000 + position


def _whole(column: Column, number: int, index: int) -> int:
    assert column.bounds is not None
    low, high = (int(bound) for bound in column.bounds)
    if high >= number:
        wanted = number
    elif high >= 2 * _LONG:
        wanted = _LONG + number % _LONG
    else:
        wanted = index + 1
    return max(low, min(high, wanted))


def _text(column: Column, table: Table, *, mark: str, index: int) -> str:
    longest = column.max_length or 0
    plain = f"{COMMON}-{mark}-{table.singular}-{column.name}-{index}"
    short = f"{mark}{index}"
    forms = (
        plain,
        f"https://{plain}.example",
        f"{plain}@example.com",
        short,
        short.ljust(longest, "0"),
    )
    for form in forms:
        if len(form) <= longest and _matches(column, form):
            return form
    assert column.pattern, f"{table.type}.{column.name} takes {longest} characters: too few"
    number = _number(column, table, mark=mark, index=index)
    wanted = drawn_match(column.pattern, longest=longest, number=number)
    if wanted is None or not _matches(column, wanted):
        wanted = nth_match(column.pattern, longest=longest, index=index)
    assert _matches(column, wanted), f"no value for {table.type}.{column.name}"
    return wanted


def _matches(column: Column, value: str) -> bool:
    pattern = column.pattern
    return not pattern or bool(re.fullmatch(pattern.replace("[:space:]", r"\s"), value))
