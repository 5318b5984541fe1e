"""One operation answered on both ways, and where the answers differ."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from graphql import DocumentNode

from repository.repositories import Repositories
from resolvers.context import Context
from resolvers.errors import formatted
from resolvers.execute import Operations


@dataclass(frozen=True)
class Question:
    """An operation of a document, with its variables."""

    text: str
    document: DocumentNode
    name: str | None
    variables: Mapping[str, Any] | None


@dataclass
class Tally:
    """How operations were answered: by a whole compiled statement, a mixed one, or neither."""

    ways: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    invalid: int = 0
    reads: int = 0
    failed: int = 0
    compiled: int = 0

    @property
    def runs(self) -> int:
        """How often an operation was answered on both ways."""
        return sum(self.ways.values())


class Pair:
    """Both ways of answering, over one schema."""

    def __init__(self, compiled: Operations, reference: Operations, tally: Tally) -> None:
        self._compiled = compiled
        self._reference = reference
        self._tally = tally

    async def ask(
        self, question: Question, make_context: Callable[[], Context]
    ) -> tuple[Any, list[str]]:
        """The compiled answer, and how the reference's differs from it."""
        reads, failed = self._tally.reads, self._tally.failed
        given = orjson.dumps(question.variables)
        compiled, way = await _answer(self._compiled, question, make_context())
        if way != "whole":
            way = "mixed" if self._tally.reads > reads else way
        self._tally.ways[way] += 1
        reference, _ = await _answer(self._reference, question, make_context())
        assert orjson.dumps(question.variables) == given, "variables are left as they are"
        differing = list(differences(compiled, reference))
        if self._tally.failed > failed and "errors" not in reference:
            differing.append("the compiled read failed")
        if way == "reference" and _is_derived(question.text, reference):
            differing.append("no part was compiled")
        for error in reference.get("errors", ()):
            self._tally.codes[error["extensions"]["code"]] += 1
        return compiled, differing

    async def one(self, question: Question, context: Context, *, compiled: bool) -> Any:
        """The answer on one way."""
        return (await _answer(self._compiled if compiled else self._reference, question, context))[
            0
        ]


@contextmanager
def counted(tally: Tally) -> Iterator[None]:
    """Counts what compiled reads send, and what they compile."""
    with pytest.MonkeyPatch.context() as patch:
        read, compile = Repositories.read, Operations._compile

        async def counted_read(self: Repositories, *arguments: Any) -> Any:
            tally.reads += 1
            try:
                return await read(self, *arguments)
            except Exception:
                tally.failed += 1
                raise

        def counted_compile(self: Operations, *arguments: Any) -> Any:
            tally.compiled += 1
            return compile(self, *arguments)

        patch.setattr(Repositories, "read", counted_read)
        patch.setattr(Operations, "_compile", counted_compile)
        yield


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two JSON values differ; the order of keys counts."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            yield f"{place}: {list(one)} is not {list(other)}"
            return
        for key in one:
            yield from differences(one[key], other[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{place}: {_short(one)} is not {_short(other)}"
            return
        for index, (item, another) in enumerate(zip(one, other, strict=True)):
            yield from differences(item, another, f"{place}.{index}")
    elif one != other or isinstance(one, bool) != isinstance(other, bool):
        yield f"{place}: {_short(one)} is not {_short(other)}"


async def _answer(operations: Operations, question: Question, context: Context) -> tuple[Any, str]:
    """The answer as a JSON value, and the way it took."""
    try:
        result = await operations.execute(
            question.document,
            text=question.text,
            operation_name=question.name,
            variables=question.variables,
            context=context,
        )
    except Exception as error:
        return {"raised": repr(error), "by": repr(error.__cause__)}, "raised"
    if isinstance(result, str):
        try:
            return orjson.loads(result), "whole"
        except ValueError as error:
            return {"malformed": result, "error": str(error)}, "whole"
    errors = [formatted(error, request_id="r") for error in result.errors or ()]
    body: dict[str, Any] = {} if result.data is None and errors else {"data": result.data}
    if errors:
        body["errors"] = errors
    way = "refused" if result.data is None else "reference"
    return orjson.loads(orjson.dumps(body, default=str)), way


def _is_derived(text: str, answer: Any) -> bool:
    """Whether all that was asked for is read by SQL, and there was something to read."""
    data = answer.get("data")
    own = re.search(
        r"\b(viewer|echo|broken|picky|needed|someVendor|someSpecimens|__schema|__type"
        r"|expected|headline"
        r"|blastRadius|dataMap|personalData|posture|simulate|expiring|unusedGrants)\b",
        text,
    )
    return not own and bool(data) and set(map(str, data.values())) != {"Query"}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}…"
