"""What a fault of the service is planted on, and the two callers who show what it gives away."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import asyncpg
import httpx
from starlette.types import ASGIApp

from repository.database import Database

Wrap = Callable[[ASGIApp], ASGIApp]


def unchanged(app: ASGIApp) -> ASGIApp:
    """The application as it is."""
    return app


@dataclass(frozen=True)
class Ground:
    """The database behind the service, as a superuser reaches it."""

    superuser: str

    @asynccontextmanager
    async def root(self) -> AsyncIterator[asyncpg.Connection]:
        """A superuser's connection, such as a careless service would hold."""
        connection = await asyncpg.connect(self.superuser)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def changed(self, *, by: str, back: str) -> AsyncIterator[None]:
        """The database with a change."""
        async with self.root() as root:
            await root.execute(by)
            try:
                yield
            finally:
                await root.execute(back)

    def without_walls(self, table: str) -> AbstractAsyncContextManager[None]:
        """A table without row level security: the second wall, of faults that take two."""
        return self.changed(
            by=f"ALTER TABLE data.{table} DISABLE ROW LEVEL SECURITY",
            back=f"ALTER TABLE data.{table} ENABLE ROW LEVEL SECURITY",
        )


Plant = Callable[[Ground], AbstractAsyncContextManager[Wrap]]


@dataclass(frozen=True)
class Caller:
    """An administrator of an organisation with records of every type."""

    org_id: UUID
    slug: str
    mark: str
    token: str


class Stage:
    """The served application with its fault, its callers, and what it logs."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        attacker: Caller,
        victim: Caller,
        operator: str,
        root: asyncpg.Connection,
        logs: StringIO,
        exports: Path,
        database: Database,
        issue: Callable[[Caller, timedelta], str],
    ) -> None:
        self.client = client
        self.attacker = attacker
        self.victim = victim
        self.operator = operator
        self.root = root
        self.logs = logs
        self.exports = exports
        self.database = database
        self.issue = issue

    async def ask(
        self,
        who: Caller | str,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to an operation; ``who`` may be a token."""
        token = who if isinstance(who, str) else who.token
        return await self.client.post(
            "/graphql",
            json={"query": query, "variables": dict(variables or {})},
            headers={"authorization": f"Bearer {token}", **(headers or {})},
        )

    async def asked(self, query: str, variables: Mapping[str, Any] | None = None) -> str:
        """What the attacker is answered."""
        return (await self.ask(self.attacker, query, variables)).text

    def shown(self, response: httpx.Response) -> bool:
        """Whether it has something of the victim's, in its body or its headers."""
        return self.tells(response.text) or self.tells(repr(response.headers))

    def tells(self, text: str) -> bool:
        """Whether it has something of the victim's."""
        return self.victim.mark in text or str(self.victim.org_id) in text

    async def ids(self, table: str, who: Caller) -> list[str]:
        """The ids of a caller's records."""
        rows = await self.root.fetch(
            f"SELECT id FROM data.{table} WHERE org_id = $1 ORDER BY id", who.org_id
        )
        return [str(row["id"]) for row in rows]

    async def id(self, table: str, *, owner: Caller | None = None) -> str:
        """A record of the victim's, unless somebody else is named."""
        return (await self.ids(table, owner or self.victim))[0]


Exploit = Callable[[Stage], Awaitable[bool]]


@dataclass(frozen=True)
class ServiceHole:
    """A fault of the running service.

    ``plant`` makes it in this process, before a service is made, whose application it may wrap.
    ``extensions``: packages whose ``extend`` joins the schema. ``compiled``: as the setting.
    ``thorough``: it takes a machine without other work.
    """

    name: str
    story: str
    plant: Plant
    exploit: Exploit
    extensions: tuple[str, ...] = ()
    compiled: bool = True
    thorough: bool = False
    found_by: Literal["doctor", "prove"] = "prove"

    kind = "service"


@asynccontextmanager
async def nothing(ground: Ground) -> AsyncIterator[Wrap]:
    """For faults that lie in an extension alone."""
    yield unchanged


def without_request_id(response: httpx.Response) -> tuple[object, ...]:
    """What of an answer must not tell a foreign record from a missing one."""
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    body = re.sub(re.escape(response.headers.get("x-request-id", "-")), "", response.text)
    return response.status_code, headers, body
