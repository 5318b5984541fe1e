"""JSON objects from untrusted bytes, with one possible reading only."""

import json
from collections.abc import Iterable
from typing import Final

MAX_DEPTH: Final = 32
"""Of a key set three are used, of a token as many as the path to a claim has."""


def read_json_object(data: bytes) -> dict[str, object]:
    """The one JSON object in the data, which must be UTF-8.

    Refuses what two parsers could read differently: duplicate names at any depth, NaN and
    Infinity, other encodings. Nor may it be nested more than 32 deep: without a bound of our own
    it would be one that depends on how deep the caller is.
    Raises: ValueError.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    match value:
        case dict() if _is_shallow(value):
            return value
        case dict():
            raise ValueError("nested too deeply")
        case _:
            raise ValueError("not a JSON object")


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return True
    return False


def _parts(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
