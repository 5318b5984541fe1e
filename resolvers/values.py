"""What a client sent → what is bound: every value is checked here, once, before any SQL."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import orjson

from models.columns import Kind
from models.describe import Column
from resolvers.errors import BadInput

MAX_LIST: Final = 1000
MAX_FILTER_TEXT: Final = 10_000
MAX_JSON_DEPTH: Final = 32

# No record has this id: records get UUIDv7. What is not an id at all is looked for under it,
# so that it is answered in the same words and by the same work as an id that is not there.
NOBODY: Final = UUID(int=0)


def record_id(value: object) -> UUID:
    """The id a client means; `NOBODY` for what is no id."""
    try:
        return UUID(str(value))
    except ValueError:
        return NOBODY


def filter_value(column: Column, value: Any, place: str) -> object:
    """A value to compare a column with.

    Raises: BadInput.
    """
    value = getattr(value, "value", value)
    match column.kind:
        case Kind.ID:
            return record_id(value)
        case Kind.TEXT | Kind.TEXT_LIST | Kind.CHOICE:
            return _text(value, place, MAX_FILTER_TEXT)
        case _:
            return _plain(column.kind, value, place)


def written_value(column: Column, value: Any, place: str) -> object:
    """A value to store in a column.

    Raises: BadInput.
    """
    value = getattr(value, "value", value)
    if value is None:
        if not column.nullable:
            raise BadInput(place, "must not be null")
        return None
    match column.kind:
        case Kind.ID:
            return record_id(value)
        case Kind.TEXT:
            return _matching(column, _text(value, place, column.max_length or 0), place)
        case Kind.TEXT_LIST:
            if len(value) > (column.max_items or 0):
                raise BadInput(place, f"must not have more than {column.max_items} entries")
            return [
                _text(getattr(item, "value", item), f"{place}.{index}", column.max_length or 0)
                for index, item in enumerate(value)
            ]
        case Kind.JSON:
            return _json(column, value, place)
        case _:
            return _bounded(column, _plain(column.kind, value, place), place)


def _plain(kind: Kind, value: Any, place: str) -> object:
    if kind is Kind.FLOAT and not math.isfinite(value):
        raise BadInput(place, "must be a finite number")
    return value


def _text(value: str, place: str, longest: int) -> str:
    if len(value) > longest:
        raise BadInput(place, f"must not be longer than {longest} characters")
    if "\0" in value:
        raise BadInput(place, "must not contain the character U+0000")
    return value


def _matching(column: Column, value: str, place: str) -> str:
    if column.pattern and not re.fullmatch(_python_pattern(column.pattern), value):
        raise BadInput(place, f"must match {column.pattern}")
    return value


def _python_pattern(posix: str) -> str:
    return posix.replace("[:space:]", r"\s")


def _bounded(column: Column, value: Any, place: str) -> object:
    if column.bounds is not None:
        low, high = column.bounds
        if not low <= value <= high:
            raise BadInput(place, f"must be between {low} and {high}")
    # A fraction is exact; arithmetic of decimals rounds to 28 digits.
    if (
        isinstance(value, Decimal)
        and column.scale is not None
        and (Fraction(value) * 10**column.scale).denominator != 1
    ):
        raise BadInput(place, f"must not have more than {column.scale} decimal places")
    return value


def _json(column: Column, value: object, place: str) -> object:
    _check_json(value, place, MAX_JSON_DEPTH)
    try:
        size = len(orjson.dumps(value))
    except TypeError as error:
        raise BadInput(place, "must have numbers of 64 bits at most") from error
    if size > (column.max_length or 0):
        raise BadInput(place, f"must not be larger than {column.max_length} bytes")
    return value


def _check_json(value: object, place: str, depth: int) -> None:
    if depth == 0:
        raise BadInput(place, f"must not be nested deeper than {MAX_JSON_DEPTH} levels")
    match value:
        case str():
            _text(value, place, len(value))
        case float() if not math.isfinite(value):
            raise BadInput(place, "must have finite numbers only")
        case dict():
            for key, item in value.items():
                _text(key, place, len(key))
                _check_json(item, place, depth - 1)
        case list():
            for item in value:
                _check_json(item, place, depth - 1)
        case _:
            pass
