"""Single claims read from a payload that anybody may have written."""

from collections.abc import Mapping, Sequence
from typing import Final

from auth.errors import ClaimMissing, TokenMalformed

MAX_TEXT_CHARACTERS: Final = 255
MAX_SECONDS: Final = 253_402_300_799
"""The last second of the year 9999, the last one a timestamp can hold."""


def find_claim(payload: Mapping[str, object], path: Sequence[str]) -> object | None:
    """The claim at a path into nested objects; None where a name on the path is absent.

    Raises: TokenMalformed, for null and for a path through something other than an object.
    """
    value: object = payload
    for name in path:
        if not isinstance(value, Mapping):
            raise TokenMalformed
        if name not in value:
            return None
        value = value[name]
    if value is None:
        raise TokenMalformed
    return value


def find_text(payload: Mapping[str, object], path: Sequence[str]) -> str | None:
    """A claim of 1 to 255 printable characters; None where absent.

    Such text can be stored, logged and used as a key: no NUL, no control character, no lone
    surrogate.
    Raises: TokenMalformed.
    """
    value = find_claim(payload, path)
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT_CHARACTERS:
        raise TokenMalformed
    if not value.isprintable():
        raise TokenMalformed
    return value


def get_text(payload: Mapping[str, object], name: str) -> str:
    """As `find_text`. Raises: ClaimMissing, TokenMalformed."""
    value = find_text(payload, (name,))
    if value is None:
        raise ClaimMissing(name)
    return value


def find_seconds(payload: Mapping[str, object], name: str) -> float | None:
    """A point in time, in seconds since 1970; None where absent.

    Raises: TokenMalformed, for anything but a number from 0 to the end of the year 9999.
    Source: RFC 7519 section 2, NumericDate.
    """
    value = find_claim(payload, (name,))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenMalformed
    if not 0 <= value <= MAX_SECONDS:
        raise TokenMalformed
    return value


def get_seconds(payload: Mapping[str, object], name: str) -> float:
    """As `find_seconds`. Raises: ClaimMissing, TokenMalformed."""
    value = find_seconds(payload, name)
    if value is None:
        raise ClaimMissing(name)
    return value


def find_names(payload: Mapping[str, object], path: Sequence[str]) -> list[str]:
    """A claim that is a list of strings; empty where absent. Raises: TokenMalformed."""
    value = find_claim(payload, path)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TokenMalformed
    return value
