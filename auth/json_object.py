"""JSON objects from untrusted bytes, with one possible reading only."""

import json


def read_json_object(data: bytes) -> dict[str, object]:
    """The one JSON object in the data, which must be UTF-8.

    Refuses what two parsers could read differently: duplicate names at any depth, NaN and
    Infinity, other encodings.
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
        case dict():
            return value
        case _:
            raise ValueError("not a JSON object")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
