"""That all systems give the same answers, but for the ways in which they write an instant."""

import http.client
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.documents import Query

_TIMEOUT_SECONDS: Final = 10
_INSTANTS: Final = frozenset({"at", "createdAt", "lastSyncAt"})
_OF_ONE_CREATION: Final = frozenset({"id", "createdAt", "name"})


class WrongAnswer(Exception):
    """An answer that is not 200, has errors, or is not what another system answers."""


def ask(port: int, token: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The data of an answer, and how many bytes it came in.

    Raises: WrongAnswer, OSError.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        connection.request("POST", "/graphql", json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise WrongAnswer(f"status {response.status}: {text[:500]!r}")
    answer = json.loads(text)
    if answer.get("errors") or not all((answer.get("data") or {"": None}).values()):
        raise WrongAnswer(f"no data: {text[:500]!r}")
    data: dict[str, Any] = answer["data"]
    return data, len(text)


class Answers:
    """What was answered first to each question; everyone else has to answer the same."""

    def __init__(self) -> None:
        self._first: dict[tuple[Query, str], tuple[str, object]] = {}

    def compare(self, system: str, query: Query, question: str, data: object) -> None:
        """Raises: WrongAnswer, where it is not what the first system answered."""
        answer = _normalised(data, created=query == "create")
        first, expected = self._first.setdefault((query, question), (system, answer))
        difference = _difference(expected, answer, path=query)
        if difference:
            raise WrongAnswer(f"{system} does not answer as {first} does: {difference}")


def _normalised(value: object, *, created: bool) -> object:
    """Instants as instants; what is of one creation alone is only required to be there."""
    if isinstance(value, list):
        return [_normalised(item, created=created) for item in value]
    if not isinstance(value, dict):
        return value
    at_home = created and "authMethod" in value
    return {
        name: bool(item)
        if at_home and name in _OF_ONE_CREATION
        else datetime.fromisoformat(item).astimezone(UTC)
        if name in _INSTANTS and isinstance(item, str)
        else _normalised(item, created=created)
        for name, item in value.items()
    }


def _difference(expected: object, answer: object, *, path: str) -> str | None:
    """Where two answers differ first. The order of fields counts, as GraphQL has it."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        if list(expected) != list(answer):
            return f"{path} has {list(answer)}, not {list(expected)}"
        pairs = [(f"{path}.{name}", expected[name], answer[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(answer, list):
        if len(expected) != len(answer):
            return f"{path} has {len(answer)} items, not {len(expected)}"
        pairs = [
            (f"{path}[{index}]", *both)
            for index, both in enumerate(zip(expected, answer, strict=True))
        ]
    else:
        return None if expected == answer else f"{path} is {answer!r}, not {expected!r}"
    found = (_difference(one, other, path=where) for where, one, other in pairs)
    return next(filter(None, found), None)
