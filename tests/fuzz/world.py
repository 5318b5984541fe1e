"""What the fuzz works on: organisations whose records are known, and services that share a database.

Every connection is examined each time it is borrowed, and all of them when nobody works.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import asyncpg
import httpx
import orjson

from auth.development import DevelopmentIssuer
from auth.organization import OrgId, mint_org_id
from auth.scopes import Role
from auth.tokens import TokenVerifier
from models.describe import Table
from palisade.app import make_app
from palisade.service import Service
from repository import connections as product
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.pool import Pool
from resolvers.execute import Operations
from schema.build import core_schema

ACTOR = Actor("fuzz", "tests", "request")
CONTROLS = 3
# Longer than anything here may take: what isn't done by then hangs.
PATIENCE_SECONDS = 20

# What a connection of this session has that a fresh one has not. PgBouncer sets some parameters
# for each client, which `Examiner` leaves out by comparing with a fresh connection on the same way.
# The application role may not look at most of it, so a function of the superuser's does.
FOUND = """
CREATE FUNCTION public.found() RETURNS text[] LANGUAGE sql SECURITY DEFINER AS $$ SELECT
  array(SELECT name || '=' || setting FROM pg_catalog.pg_settings
         WHERE name NOT LIKE 'plpgsql.%' AND name <> 'palisade.context' ORDER BY name)
  || array(SELECT 'lock ' || locktype || ' ' || mode FROM pg_catalog.pg_locks
            WHERE pid = pg_catalog.pg_backend_pid() AND locktype IN ('advisory', 'tuple'))
  || array(SELECT 'cursor ' || name FROM pg_catalog.pg_cursors WHERE is_holdable)
  || array(SELECT 'channel ' || c FROM pg_catalog.pg_listening_channels() AS c)
  || array(SELECT 'prepared ' || gid FROM pg_catalog.pg_prepared_xacts)
  || array(SELECT 'temporary ' || relname FROM pg_catalog.pg_class
            WHERE relnamespace = pg_catalog.pg_my_temp_schema()) $$;
GRANT USAGE ON SCHEMA public TO palisade_app;
GRANT EXECUTE ON FUNCTION public.found TO palisade_app;
"""
_ASK = """
SELECT coalesce(current_setting('palisade.context', true), ''), public.found(),
  (SELECT count(*) FROM data.organization)
"""


# What a connection raises whose backend was ended, whenever that is heard.
ENDED = (asyncpg.PostgresError, *product._LOST, asyncpg.InterfaceError, OSError)


class Leaked(AssertionError):
    """A connection that is not as a fresh one."""


class Examiner:
    """Compares connections with a fresh one."""

    def __init__(self) -> None:
        self.examined = 0
        self._fresh: list[str] | None = None

    async def examine(self, connection: asyncpg.Connection) -> None:
        """Raises: Leaked."""
        if connection.is_in_transaction():
            raise Leaked("a connection at rest is in a transaction")
        context, found, rows = await connection.fetchrow(_ASK)
        self._fresh = self._fresh or found
        if context or rows or found != self._fresh:
            different = sorted(set(found) ^ set(self._fresh))
            raise Leaked(f"context {context!r}, {rows} rows without one, {different}")
        self.examined += 1


class WatchedPool(Pool):
    """The product's pool, which has every connection examined before it hands it out.

    ``unheard``: how many of those next have an answer lost, after the server gave it.
    """

    examiner: Examiner
    leaks: list[Leaked]
    unheard = 0

    async def acquire(self) -> asyncpg.Connection:
        connection = await super().acquire()
        try:
            await self.examiner.examine(connection)
        except Leaked as leak:
            # The product would mend it, or hide it behind an error of its own.
            self.leaks.append(leak)
            self.doubt(connection)
            raise
        except asyncpg.InterfaceError as error:
            if not connection.is_closed():
                self.leaks.append(Leaked(f"handed out while at work: {error}"))
            self.doubt(connection)
            raise
        except BaseException:
            self.doubt(connection)
            raise
        if self.unheard:
            self.unheard -= 1
            connection.fetchrow = _unheard(connection)
        return connection


def _unheard(connection: asyncpg.Connection) -> Callable[..., Awaitable[object]]:
    async def fetch_row(*arguments: object) -> object:
        del connection.fetchrow
        await connection.fetchrow(*arguments)
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError("the connection was closed")

    return fetch_row


@dataclass
class Party:
    """An organisation, and what is known of its vendors by name.

    ``present``: committed. ``absent``: refused, or deleted. ``unclear``: being changed, or ended
    without a word; the superuser finds out once nobody works.
    """

    slug: str
    org_id: OrgId
    token: str
    present: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    controls: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def new_name(self) -> str:
        """A name that nobody had, about which nothing is known from now on."""
        self.made += 1
        name = f"canary-{self.slug}-{self.made:06}"
        self.unclear.add(name)
        return name

    def settle(self, name: str, *, there: bool) -> None:
        self.unclear.discard(name)
        (self.present if there else self.absent).add(name)
        (self.absent if there else self.present).discard(name)

    def doubt(self, name: str) -> None:
        self.present.discard(name)
        self.unclear.add(name)


@dataclass
class Door:
    """One process of the service."""

    service: Service
    client: httpx.AsyncClient
    address: tuple[str, int] | None = None

    @property
    def pool(self) -> WatchedPool:
        pool = self.service.connections._pool
        assert isinstance(pool, WatchedPool)
        return pool

    async def ask(
        self, party: Party, query: str, variables: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        return await self.client.post(
            "/graphql",
            content=orjson.dumps({"query": query, "variables": variables}),
            headers={"authorization": f"Bearer {party.token}", "content-type": "application/json"},
        )


@dataclass
class World:
    """Everything a step may touch."""

    random: Random
    root: asyncpg.Connection
    owner_url: str
    doors: list[Door]
    parties: list[Party]
    examiner: Examiner
    leaks: list[Leaked]
    vendor: Table
    key: ContextKey
    superuser_url: str
    statement_seconds: float
    idle_seconds: float
    tally: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def other(self, party: Party) -> Party:
        return self.random.choice([one for one in self.parties if one is not party])

    def use_key(self, key: ContextKey) -> None:
        self.key = key
        for door in self.doors:
            door.service.database._signer = ContextSigner(key)

    async def rest(self) -> None:
        """Waits until nobody works, then looks at every connection and every record."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not all(_at_rest(door.pool) for door in self.doors):
                    await asyncio.sleep(0.002)
        except TimeoutError as error:
            raise AssertionError(f"pools: {[vars(door.pool) for door in self.doors]}") from error
        for _ in range(PATIENCE_SECONDS * 100):
            working = await self.root.fetch(_WORKING)
            if not working:
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError(f"backends at work: {working}")
        for door in self.doors:
            for connection in list(door.pool._idle):
                try:
                    await self.examiner.examine(connection)
                except Leaked:
                    raise
                except ENDED:
                    # Its backend was ended; the product finds out when it borrows it.
                    connection.terminate()
                    door.pool._idle.remove(connection)
                    door.pool._made.discard(connection)
        assert not self.leaks, self.leaks
        await self._compare()

    async def _compare(self) -> None:
        rows = await self.root.fetch("SELECT org_id, name FROM data.vendor")
        for party in self.parties:
            there = {row["name"] for row in rows if row["org_id"] == party.org_id.value}
            assert party.present <= there, f"committed and lost: {party.present - there}"
            assert not party.absent & there, f"refused and there: {party.absent & there}"
            foreign = there - party.present - party.unclear
            assert not foreign, f"nobody made: {foreign}"
            for name in sorted(party.unclear):
                party.settle(name, there=name in there)
            party.absent.clear()  # gone for good: names are never used again

    async def borrow_all(self) -> None:
        """Takes every connection of every pool at once: none was leaked."""
        for door in self.doors:
            held = [await door.pool.acquire() for _ in range(door.pool._size)]
            assert len({id(one) for one in held}) == door.pool._size
            for connection in held:
                door.pool.release(connection)


_WORKING = """
SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE datname = current_database()
   AND usename IN ('palisade_app', 'palisade_worker')
   AND (state <> 'idle' OR xact_start IS NOT NULL)
"""


def _at_rest(pool: Pool) -> bool:
    return (
        not pool._mending
        and not pool._reserved
        and not any(not waiter.done() for waiter in pool._waiting)
        and len(pool._idle) == len(pool._made)
    )


async def found_party(database: Database, issuer: DevelopmentIssuer, slug: str) -> Party:
    """A new organisation with its control records."""
    row = await database.provision(slug, name=slug, actor=ACTOR)
    org_id = mint_org_id(row["id"])
    party = Party(slug, org_id, issuer.issue(org_id.value, role=Role.admin, subject=f"a@{slug}"))
    vendors = database.of(org_id, ACTOR).of(database.catalog.tables["Vendor"])
    for _ in range(CONTROLS):
        name = party.new_name()
        made = await vendors.create({"name": name, "tier": "LOW"})
        party.controls[name] = str(made["id"])
        party.settle(name, there=True)
    return party


def make_door(
    built: Service, connections: Connections, *, key: ContextKey, issuer: DevelopmentIssuer,
    compiled: bool,
) -> Door:  # fmt: skip
    """A process of its own but for its schema, which takes long to build."""
    database = Database(built.catalog, connections, ContextSigner(key))
    types = [table.type for table in built.catalog.exposed]
    service = replace(
        built,
        operations=Operations(core_schema(built.schema), built.catalog, compiled=compiled),
        connections=connections,
        database=database,
        worker=None,
        worker_connections=None,
        verifier=TokenVerifier([issuer.as_issuer()], database, types=types),
    )
    transport = httpx.ASGITransport(app=make_app(service))
    return Door(service, httpx.AsyncClient(transport=transport, base_url="http://palisade.test"))


@asynccontextmanager
async def watched(examiner: Examiner, leaks: list[Leaked]) -> AsyncIterator[None]:
    """Pools that are made in the block have their connections examined."""

    class Watched(WatchedPool):
        pass

    Watched.examiner, Watched.leaks = examiner, leaks
    before, product.Pool = product.Pool, Watched  # type: ignore[misc]
    try:
        yield
    finally:
        product.Pool = before  # type: ignore[misc]
