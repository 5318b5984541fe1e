"""What a team must never write: own fields that put their argument into SQL, by every way there is.

Past the declared repositories and into members that are private, because nothing else reaches the
connection. An answer is what the database said, errors with their details included: no real
resolver tells its attacker as much.
"""

import json
from collections.abc import Awaitable, Callable

import asyncpg
import strawberry

from palisade.extension import Extension, Info, Types
from repository.errors import RepositoryError, StatementRefused
from repository.session import Session, entered


def extend(types: Types) -> Extension:
    @strawberry.type
    class Query:
        @strawberry.field(description="An expression in a generated statement.")
        async def expression(self, info: Info, sql: str) -> str:
            session = _session(info)
            text = f"SELECT CASE WHEN palisade.enter($1) THEN ({sql})::text END"
            context = session.signer.sign(session.org_id)
            return await _answer(lambda: session.connections.fetch_row(text, [context]))

        @strawberry.field(description="A whole statement on a pooled connection.")
        async def statement(self, info: Info, sql: str) -> str:
            return await _answer(lambda: _session(info).connections.fetch_row(sql, []))

        @strawberry.field(description="Several commands by the simple protocol.")
        async def script(self, info: Info, sql: str) -> str:
            async with _session(info).connections._opened.lend() as connection:
                return await _answer(lambda: connection.execute(sql))

        @strawberry.field(description="The same if there were no guard.")
        async def unguarded(self, info: Info, sql: str) -> str:
            async with _session(info).connections._opened.lend() as connection:
                return await _answer(lambda: asyncpg.Connection.execute(connection, sql))

    @strawberry.type
    class Mutation:
        @strawberry.mutation(description="A whole statement in a transaction that was entered.")
        async def inside(self, info: Info, sql: str) -> str:
            try:
                async with entered(_session(info)) as session:
                    return _told(await session.executor.fetch_row(sql, []))
            except (asyncpg.PostgresError, RepositoryError, StatementRefused) as error:
                return _refusal(error)

    return Extension(query=Query, mutation=Mutation)


def _session(info: Info) -> Session:
    assert info.context.repositories is not None
    return info.context.repositories.session


async def _answer(ask: Callable[[], Awaitable[object]]) -> str:
    try:
        return _told(await ask())
    except (asyncpg.PostgresError, RepositoryError, StatementRefused) as error:
        return _refusal(error)


def _told(row: object) -> str:
    return json.dumps(list(row) if isinstance(row, asyncpg.Record) else row, default=str)


def _refusal(error: Exception) -> str:
    """Behind a "!": GUARD or the SQLSTATE, and everything that the server adds."""
    if isinstance(error, StatementRefused):
        return "!GUARD"
    cause = error if isinstance(error, asyncpg.PostgresError) else error.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        return "!" + json.dumps(cause.as_dict(), default=str, sort_keys=True)
    return f"!{type(error).__name__}"
