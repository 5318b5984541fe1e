"""A JSON value → the Python value that GraphQL would make of it, without a schema at hand.

`resolvers.values` checks what comes out: coercion is about form, the rules of a column are not
looked at here.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from models.columns import INTEGER_BOUNDS, Kind
from models.describe import Column
from resolvers.forms import read_big_integer, read_date, read_decimal, read_timestamp

_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Reader = Callable[[Any], object]


def reader_of(column: Column) -> Reader:
    """What reads a JSON value of the column that isn't null; it raises ValueError with the rule."""
    if column.choices is None:
        return _READERS[column.kind]
    names = {member.name: member.value for member in column.choices}
    rule = f"must be one of {', '.join(names)}"

    def choice(value: object) -> object:
        if not isinstance(value, str) or value not in names:
            raise ValueError(rule)
        return names[value]

    if column.kind is not Kind.TEXT_LIST:
        return choice
    return lambda value: [choice(item) for item in _list(value)]


def _id(value: object) -> UUID:
    if isinstance(value, str) and _ID.fullmatch(value):
        return UUID(value)
    raise ValueError("must be an id, such as 01890a5d-ac96-774b-bcce-b302099a8057")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise ValueError("must be a whole number")
    if not INTEGER_BOUNDS[0] <= value <= INTEGER_BOUNDS[1]:
        raise ValueError("must be a whole number of 32 bits")
    return int(value)


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return float(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return value


def _texts(value: object) -> list[str]:
    return [_text(item) for item in _list(value)]


_READERS: Final[Mapping[Kind, Reader]] = {
    Kind.ID: _id,
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.BIG_INTEGER: read_big_integer,
    Kind.FLOAT: _float,
    Kind.DECIMAL: read_decimal,
    Kind.BOOLEAN: _boolean,
    Kind.TIMESTAMP: read_timestamp,
    Kind.DATE: read_date,
    Kind.CHOICE: _text,
    Kind.TEXT_LIST: _texts,
    Kind.JSON: lambda value: value,
}
