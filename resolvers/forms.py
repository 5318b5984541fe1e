"""The written form of each kind of value, one on every way in and out.

Timestamps have six decimals and ``Z``; 64-bit integers and decimals are strings, because JSON
numbers lose their digits. What is read may be written more freely. A reader raises ValueError,
whose text is the rule that is broken.
"""

import datetime
import re
from decimal import Decimal
from typing import Final

from models.columns import BIG_INTEGER_BOUNDS

MAX_DECIMAL_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def written_timestamp(value: datetime.datetime) -> str:
    """``2026-01-31T09:15:00.000000Z``"""
    utc = value.astimezone(datetime.UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if utc.year > 999 else _early(utc)


def _early(utc: datetime.datetime) -> str:
    """strftime leaves out the leading zeros of early years."""
    return f"{utc.year:04d}" + utc.strftime("-%m-%dT%H:%M:%S.%fZ")


def written_decimal(value: Decimal) -> str:
    """All digits, no exponent."""
    return format(value, "f")


def read_timestamp(value: object) -> datetime.datetime:
    """An instant in UTC."""
    text = _string(value)
    try:
        instant = datetime.datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be an ISO 8601 timestamp with an offset, such as 2026-01-31T09:15:00Z")


def read_date(value: object) -> datetime.date:
    """A calendar day."""
    text = _string(value)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("must be an ISO 8601 date, such as 2026-01-31")


def read_big_integer(value: object) -> int:
    """A whole number of 64 bits."""
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        number = int(value)
    else:
        raise ValueError("must be a whole number, as a string or a number")
    if not BIG_INTEGER_BOUNDS[0] <= number <= BIG_INTEGER_BOUNDS[1]:
        raise ValueError("must be a whole number of 64 bits")
    return number


def read_decimal(value: object) -> Decimal:
    """A decimal number, exactly as it is written."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        text = str(value)
        if len(text) <= MAX_DECIMAL_DIGITS and _DECIMAL.fullmatch(text):
            number = Decimal(text)
            if abs(number.adjusted()) <= MAX_DECIMAL_DIGITS:
                return number
    raise ValueError("must be a finite decimal number, as a string or a number")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value
