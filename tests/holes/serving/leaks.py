"""Data where none belongs: logs, headers, extensions and pages beside the endpoint."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import orjson
import pytest
import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from palisade.endpoint import Answer, Endpoint, _encoded
from repository.session import Session
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged

_NAMES = "{ vendors(first: 100) { nodes { name } } }"
_BY_NAME = "query ($name: String!) { vendors(where: {name: {eq: $name}}) { nodes { id } } }"

Answering = Callable[[Answer, Any, Any], Awaitable[Answer]]


def _log(event: str, **values: object) -> None:
    structlog.get_logger("palisade.endpoint").info(event, **values)


def _after(change: Answering) -> Callable[[Ground], AbstractAsyncContextManager[Wrap]]:
    """Does something with each answer, its request and its claims."""

    @asynccontextmanager
    async def plant(ground: Ground) -> AsyncIterator[Wrap]:
        answer = Endpoint._answer

        async def answered(self: Endpoint, request: Any, claims: Any, **given: Any) -> Answer:
            return await change(await answer(self, request, claims, **given), request, claims)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Endpoint, "_answer", answered)
            yield unchanged

    return plant


async def _log_rows(answer: Answer, request: Any, claims: Any) -> Answer:
    _log("answered", body=_encoded(answer).decode())
    return answer


async def _log_variables(answer: Answer, request: Any, claims: Any) -> Answer:
    _log("asked", variables=request.variables)
    return answer


@asynccontextmanager
async def _log_tokens(ground: Ground) -> AsyncIterator[Wrap]:
    verify = Endpoint._claims

    async def claims(self: Endpoint, headers: Any) -> Any:
        _log("authorized", headers=dict(headers))
        return await verify(self, headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "_claims", claims)
        yield unchanged


@asynccontextmanager
async def _log_refused(ground: Ground) -> AsyncIterator[Wrap]:
    write = Session.write

    async def written(self: Session, statement: Any, values: Any) -> Any:
        try:
            return await write(self, statement, values)
        except Exception:
            _log("refused", sql=statement.sql, values=repr(values))
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "write", written)
        yield unchanged


@asynccontextmanager
async def _statements_shown(ground: Ground) -> AsyncIterator[Wrap]:
    sent: list[dict[str, object]] = []
    arguments, answer = Session._arguments, Endpoint._answer

    def noted(self: Session, statement: Any, values: Any) -> list[object]:
        bound = arguments(self, statement, values)
        sent.append({"sql": statement.sql, "binds": [str(value) for value in bound]})
        return bound

    async def answered(self: Endpoint, request: Any, claims: Any, **given: Any) -> Answer:
        made = await answer(self, request, claims, **given)
        body = {**orjson.loads(_encoded(made)), "extensions": {"statements": sent[-3:]}}
        return Answer(made.status, body, headers=made.headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_arguments", noted)
        patch.setattr(Endpoint, "_answer", answered)
        yield unchanged


_kept: list[str] = []


async def _name_the_last(answer: Answer, request: Any, claims: Any) -> Answer:
    previous = _kept[-1] if _kept else ""
    _kept[:] = [str(claims.org_id)]
    return Answer(
        answer.status, answer.body, headers={**answer.headers, "x-served-before": previous}
    )


class _Page:
    """A page beside the endpoint that shows what was answered; ``form`` is how."""

    def __init__(self, app: ASGIApp, path: str, form: Callable[[list[str]], str]) -> None:
        self._app = app
        self._path = path
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._path:
            await PlainTextResponse(self._form(_kept))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _page(path: str, form: Callable[[list[str]], str]) -> Any:
    @asynccontextmanager
    async def plant(ground: Ground) -> AsyncIterator[Wrap]:
        _kept.clear()

        async def keep(answer: Answer, request: Any, claims: Any) -> Answer:
            _kept.append(_encoded(answer).decode())
            return answer

        async with _after(keep)(ground):
            yield lambda app: _Page(app, path, form)

    return plant


def _metrics(bodies: list[str]) -> str:
    names = [
        node["name"]
        for body in bodies
        for node in ((orjson.loads(body).get("data") or {}).get("vendors") or {}).get("nodes", ())
        if "name" in node
    ]
    return "".join(f'palisade_vendors_read_total{{vendor="{name}"}} 1\n' for name in names)


def _logs(query: str) -> Callable[[Stage], Awaitable[bool]]:
    async def exploit(stage: Stage) -> bool:
        name = f"canary-{stage.victim.mark}-vendor-name-0"
        await stage.ask(stage.victim, query, {"name": name})
        return stage.victim.mark in stage.logs.getvalue()

    return exploit


async def _logs_token(stage: Stage) -> bool:
    await stage.ask(stage.victim, _NAMES)
    return stage.victim.token in stage.logs.getvalue()


async def _shows_context(stage: Stage) -> bool:
    answer = await stage.asked(_NAMES)
    return "palisade.enter" in answer and f"|{stage.attacker.org_id}|" in answer


async def _headers(stage: Stage) -> bool:
    await stage.ask(stage.victim, _NAMES)
    return stage.shown(await stage.ask(stage.attacker, _NAMES))


def _visits(path: str) -> Callable[[Stage], Awaitable[bool]]:
    async def exploit(stage: Stage) -> bool:
        await stage.ask(stage.victim, _NAMES)
        return stage.shown(await stage.client.get(path))

    return exploit


LEAK_HOLES = (
    ServiceHole(
        "rows-in-the-log",
        "A line of the log has each answer's body, from an afternoon of debugging.",
        _after(_log_rows),
        _logs(_NAMES),
    ),
    ServiceHole(
        "variables-in-the-log",
        "A line of the log has each request's variables: what people look for, and what they "
        "write.",
        _after(_log_variables),
        _logs(_BY_NAME),
    ),
    ServiceHole(
        "tokens-in-the-log",
        "A line of the log has each request's headers, bearer tokens among them.",
        _log_tokens,
        _logs_token,
    ),
    ServiceHole(
        "refused-values-in-the-log",
        "A write that the database refuses is logged with all of its values, to find out why.",
        _log_refused,
        _logs(
            "mutation ($name: String!) { createVendor(input: {name: $name, tier: LOW}) "
            "{ vendor { id } } }"
        ),
    ),
    ServiceHole(
        "statements-in-extensions",
        "Answers have the statements of this and of other requests in their extensions, with what "
        "was bound: values, and signed contexts that can be used again.",
        _statements_shown,
        _shows_context,
    ),
    ServiceHole(
        "header-of-the-last-caller",
        "A header for finding faults names the organisation that the process served before.",
        _after(_name_the_last),
        _headers,
    ),
    ServiceHole(
        "debug-page",
        "A page /debug, left from development, shows the last answers to whoever asks.",
        _page("/debug", "\n".join),
        _visits("/debug"),
    ),
    ServiceHole(
        "metrics-with-values",
        "The page /metrics counts by the name of the vendor that was read.",
        _page("/metrics", _metrics),
        _visits("/metrics"),
    ),
)
