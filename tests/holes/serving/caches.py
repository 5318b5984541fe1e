"""What is kept of one request and found by the next one, of whatever organisation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import auth.verified
from models.registry import load_catalog
from repository.binds import Statement
from repository.context import ContextSigner
from repository.reader import Reader
from repository.sql import StatementText
from resolvers.context import Context
from resolvers.execute import Operations
from resolvers.loaders import Loaders
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged
from tests.isolation.siege import without_predicate

_NAMES = "{ vendors(first: 100) { nodes { name } } }"
_HEADLINES = "{ prospects(first: 100) { nodes { headline } } }"
_GET = "query ($id: ID!) { vendor(id: $id) { name } }"


@asynccontextmanager
async def _one_for_all(ground: Ground) -> AsyncIterator[Wrap]:
    kept: list[Loaders] = []

    def loaders(self: Context) -> Loaders:
        if not kept:
            kept.append(Loaders(self.org_id, self._bound))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Context, "loaders", property(loaders))
        yield unchanged


@asynccontextmanager
async def _rows_by_id(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[object, Any] = {}
    load = Loaders.record

    async def record(self: Loaders, table: Any, id: Any) -> Any:
        if kept.get(id) is None:
            kept[id] = await load(self, table, id)
        return kept[id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loaders, "record", record)
        yield unchanged


@asynccontextmanager
async def _answers_by_document(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[object, Any] = {}
    answer = Operations.execute

    async def execute(self: Operations, document: Any, **given: Any) -> Any:
        key = given["text"], given["operation_name"], repr(given["variables"])
        if key not in kept:
            kept[key] = await answer(self, document, **given)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Operations, "execute", execute)
        yield unchanged


@asynccontextmanager
async def _last_answer_on_error(ground: Ground) -> AsyncIterator[Wrap]:
    kept: list[str] = []
    answer = Operations.execute

    async def execute(self: Operations, document: Any, **given: Any) -> Any:
        result = await answer(self, document, **given)
        if isinstance(result, str):
            kept[:] = [result]
        return kept[0] if kept and not isinstance(result, str) else result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Operations, "execute", execute)
        yield unchanged


@asynccontextmanager
async def _arguments_by_statement(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[object, list[object]] = {}
    made = Statement.arguments

    def arguments(self: Statement, values: Any, **given: Any) -> list[object]:
        return kept.setdefault((self.sql, repr(values)), made(self, values, **given))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "arguments", arguments)
        yield unchanged


@asynccontextmanager
async def _tokens_by_prefix(ground: Ground) -> AsyncIterator[Wrap]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth.verified, "_digest", lambda token: token[:64].encode())
        yield unchanged


@asynccontextmanager
async def _context_by_key(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[object, str] = {}
    sign, written = ContextSigner.sign, StatementText.statement

    def signed(self: ContextSigner, org_id: Any) -> str:
        # The service signs one to see whether the database is there, for nobody.
        if not org_id.value.int:
            return sign(self, org_id)
        return kept.setdefault(self._key.id, sign(self, org_id))

    def statement(self: StatementText, *columns: str) -> Statement:
        made = written(self, *columns)
        return replace(made, sql=without_predicate(made.sql))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ContextSigner, "sign", signed)
        patch.setattr(StatementText, "statement", statement)
        yield unchanged


@asynccontextmanager
async def _totals_by_type(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[str, int] = {}
    read = Reader.page

    async def page(self: Reader, request: Any) -> Any:
        found = await read(self, request)
        if found.total is None:
            return found
        return replace(found, total=kept.setdefault(self._table.type, found.total))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "page", page)
        yield unchanged


KEPT_HEADLINES: list[str] = []


def _remembering(title: str, margin: object) -> str:
    """What takes the place of the computed field's function: its names are found there."""
    from tests.holes.serving.caches import KEPT_HEADLINES

    KEPT_HEADLINES.append(title)
    return KEPT_HEADLINES[0]


@asynccontextmanager
async def _first_headline(ground: Ground) -> AsyncIterator[Wrap]:
    KEPT_HEADLINES.clear()
    (function,) = [
        field.declared.function
        for field in load_catalog(("tests.rules.models",)).tables["Prospect"].computed
        if field.field == "headline"
    ]
    with pytest.MonkeyPatch.context() as patch:
        # The schema that is there already holds on to the function.
        patch.setattr(function, "__code__", _remembering.__code__)
        yield unchanged


class _SharedCache:
    """Keeps answers to GET by their address, as a proxy may that is told they are public."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[bytes, tuple[Message, Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        key = scope["query_string"]
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        if key not in self._kept:
            await self._app(scope, receive, keep)
            head, body = sent[0], sent[1]
            headers = [pair for pair in head["headers"] if pair[0] != b"cache-control"]
            head["headers"] = [*headers, (b"cache-control", b"public, max-age=60")]
            self._kept[key] = head, body
        for message in self._kept[key]:
            await send(message)


@asynccontextmanager
async def _public_answers(ground: Ground) -> AsyncIterator[Wrap]:
    yield _SharedCache


async def _same_question(stage: Stage) -> bool:
    await stage.ask(stage.victim, _NAMES)
    return stage.tells(await stage.asked(_NAMES))


async def _same_headlines(stage: Stage) -> bool:
    await stage.ask(stage.victim, _HEADLINES)
    return stage.tells(await stage.asked(_HEADLINES))


async def _same_id(stage: Stage) -> bool:
    id = await stage.id("vendor")
    await stage.ask(stage.victim, _GET, {"id": id})
    return stage.tells(await stage.asked(_GET, {"id": id}))


async def _mistake(stage: Stage) -> bool:
    await stage.ask(stage.victim, _NAMES)
    return stage.tells(await stage.asked("{ vendors(first: 0) { nodes { name } } }"))


async def _same_address(stage: Stage) -> bool:
    for who in (stage.victim, stage.attacker):
        response = await stage.client.get(
            "/graphql", params={"query": _NAMES}, headers={"authorization": f"Bearer {who.token}"}
        )
    return stage.shown(response)


async def _total(stage: Stage) -> bool:
    count = "{ sites { totalCount } }"
    await stage.ask(
        stage.victim,
        'mutation { createSite(input: {label: "one more"}) { site { id } } }',
    )
    own = len(await stage.ids("site", stage.attacker))
    await stage.ask(stage.victim, count)
    answer = (await stage.ask(stage.attacker, count)).json()
    await stage.root.execute(
        "DELETE FROM data.site WHERE org_id = $1 AND label = 'one more'", stage.victim.org_id
    )
    return bool(answer["data"]["sites"]["totalCount"] != own)


CACHE_HOLES = (
    ServiceHole(
        "loaders-of-the-process",
        "The loaders are made once and kept by the process instead of the request, bound to the "
        "repositories of whoever came first (reads not compiled).",
        _one_for_all,
        _same_id,
        compiled=False,
    ),
    ServiceHole(
        "rows-kept-by-id",
        "A cache of rows by id is put before the loaders; an id that its owner read a moment ago "
        "is answered to anybody (reads not compiled).",
        _rows_by_id,
        _same_id,
        compiled=False,
    ),
    ServiceHole(
        "answers-kept-by-document",
        "Finished answers are kept by document and variables: the next organisation that asks "
        "the same gets them.",
        _answers_by_document,
        _same_question,
    ),
    ServiceHole(
        "last-answer-on-error",
        "Where an operation fails the last good answer is given instead, to look more stable.",
        _last_answer_on_error,
        _mistake,
    ),
    ServiceHole(
        "arguments-kept-by-statement",
        "The driver's arguments are kept with the statement, the organisation and its signed "
        "context among them.",
        _arguments_by_statement,
        _same_question,
    ),
    ServiceHole(
        "tokens-kept-by-prefix",
        "Verified tokens are kept by their first 64 characters, which are the same header for "
        "all of an issuer: the next caller is the last one.",
        _tokens_by_prefix,
        _same_question,
    ),
    ServiceHole(
        "context-kept-by-key",
        "Signed contexts are kept by the key instead of the organisation, and the repository's "
        "predicate is gone (two removals): all callers read as the first one.",
        _context_by_key,
        _same_question,
    ),
    ServiceHole(
        "computed-field-remembers",
        "A computed field keeps its first result, for it is dear: it shows another "
        "organisation's values as one's own.",
        _first_headline,
        _same_headlines,
    ),
    ServiceHole(
        "totals-kept-by-type",
        "Totals are kept by type, for they are dear: an organisation is told how many records "
        "another one has (reads not compiled).",
        _totals_by_type,
        _total,
        compiled=False,
    ),
    ServiceHole(
        "answers-public-to-proxies",
        "Answers to GET are marked public and a cache in front keeps them by their address, "
        "whoever asked.",
        _public_answers,
        _same_address,
    ),
)
