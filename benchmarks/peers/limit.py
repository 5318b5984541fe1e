"""The limit: nothing but what the four queries need, on bare ASGI and asyncpg.

With BENCH_WALLS set it reads under the application role behind the signed context, else under a
role that row level security does not bind.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from asyncpg.prepared_stmt import PreparedStatement
from jwt import InvalidTokenError

from auth.organization import mint_org_id
from benchmarks.documents import DOCUMENTS
from benchmarks.peers import statements
from benchmarks.peers.tokens import Tokens
from repository.context import ContextKey, ContextSigner

Arguments = Callable[[UUID, Mapping[str, Any]], tuple[object, ...]]
Prepared = dict[str, tuple[PreparedStatement, Arguments]]

_SIZE: Final = int(os.environ["BENCH_POOL"])


class Limit:
    """An ASGI application."""

    def __init__(self) -> None:
        self._tokens = Tokens()
        self._idle: deque[Prepared] = deque()
        self._waiting: deque[asyncio.Future[Prepared]] = deque()
        self._open: list[asyncpg.Connection] = []

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        status = 200
        try:
            org_id = self._tokens.org_of(
                next(value for name, value in scope["headers"] if name == b"authorization")
            )
            request = orjson.loads(body)
            prepared = await self._take()
            try:
                statement, arguments = prepared[request["query"]]
                answer = await statement.fetchval(*arguments(org_id, request.get("variables")))
            finally:
                self._give(prepared)
        except (StopIteration, InvalidTokenError, KeyError):
            status, answer = 401, b'{"errors":[{"message":"refused"}]}'
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(answer)),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    async def _take(self) -> Prepared:
        if self._idle:
            return self._idle.pop()
        waiting: asyncio.Future[Prepared] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return await waiting

    def _give(self, prepared: Prepared) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(prepared)
                return
        self._idle.append(prepared)

    async def _live(
        self,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        await receive()
        for _ in range(_SIZE):
            connection = await asyncpg.connect(os.environ["BENCH_URL"])
            # The answer goes from socket to socket as the bytes that it is.
            await connection.set_type_codec(
                "text", schema="pg_catalog", format="binary", encoder=str.encode, decoder=bytes
            )
            self._open.append(connection)
            self._idle.append(
                {
                    text: (await connection.prepare(sql), arguments)
                    for text, sql, arguments in _statements()
                }
            )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for connection in self._open:
            await connection.close()
        await send({"type": "lifespan.shutdown.complete"})


def _statements() -> list[tuple[str, str, Arguments]]:
    """Each document's text, its statement, and how the request becomes the statement's values."""
    if "BENCH_WALLS" not in os.environ:
        return [
            (DOCUMENTS["point"], statements.POINT, lambda org, given: (org, given["id"])),
            (DOCUMENTS["list"], statements.LIST, lambda org, given: (org,)),
            (DOCUMENTS["tree"], statements.TREE, lambda org, given: (org,)),
            (
                DOCUMENTS["create"],
                statements.create(source=""),
                lambda org, given: _row(org, given),
            ),
        ]
    signer = ContextSigner(ContextKey.parse(os.environ["BENCH_CONTEXT_KEY"]))

    def context(org: UUID) -> str:
        return signer.sign(mint_org_id(org))

    entered = statements.entered
    return [
        (
            DOCUMENTS["point"],
            entered(statements.POINT, context="$3"),
            lambda org, given: (org, given["id"], context(org)),
        ),
        (
            DOCUMENTS["list"],
            entered(statements.LIST, context="$2"),
            lambda org, given: (org, context(org)),
        ),
        (
            DOCUMENTS["tree"],
            entered(statements.TREE, context="$2"),
            lambda org, given: (org, context(org)),
        ),
        (
            DOCUMENTS["create"],
            statements.create(source="WHERE palisade.enter($7)"),
            lambda org, given: (*_row(org, given), context(org)),
        ),
    ]


def _row(org: UUID, given: Mapping[str, Any]) -> tuple[object, ...]:
    made = given["input"]
    return (
        org,
        made["name"],
        made["authMethod"],
        made.get("baseUrl"),
        made["scopes"],
        made["vendorId"],
    )


app = Limit()
