"""Two worlds that differ only in who else is there, and one trace of requests for both.

The second database is a copy of the first, in which neighbours are then founded: the first
organisation has the same rows, ids and instants in both.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
from graphql import GraphQLSchema

from assurance.prove.answers import Answers
from assurance.prove.attacks import Attack, Foreign, Own, Target, Version
from assurance.prove.cursors import Cursors
from assurance.prove.reads import Reads
from assurance.prove.records import insert
from assurance.prove.values import wire
from assurance.prove.writes import Writes
from auth.development import DevelopmentIssuer
from auth.organization import mint_org_id
from auth.scopes import Role
from auth.tokens import TokenVerifier
from models.describe import Catalog, Table
from palisade.app import make_app
from palisade.service import Service
from perimeter.documents import Documents
from repository.connections import Connections, Transaction
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.ids import new_id
from repository.lifecycle import Lifecycle
from resolvers.execute import Operations
from schema.build import core_schema
from tests.conftest import ACTOR

MARK = "5eed5eed5eed"
OTHER = "f0e1f0e1f0e1"
# More than the patched bound of a search allows, of a type that the organisation has itself.
MANY = 60
SEARCHED = 50

# Ids of records, and of requests, which the journal keeps.
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_RECORDED: ContextVar[list[str] | None] = ContextVar("recorded", default=None)

Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Ask:
    """One request of the trace. ``aim`` says what stands where the attack has a target."""

    attack: Attack
    aim: str = "own"
    token: str | None = None


@dataclass(frozen=True)
class Seen:
    """All that the organisation sees of an answer, and all that was sent to the database for it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[tuple[str, int], ...]


@dataclass
class Realm:
    """One world: a database, a process for each way of answering, and what is new in it."""

    root: asyncpg.Connection
    services: list[Service]
    clients: list[httpx.AsyncClient]
    token: str
    org_id: UUID
    known: set[str]
    fresh: dict[str, str] = field(default_factory=dict)

    async def ask(self, ask: Ask, *, door: int, foreign: Rows) -> Seen:
        for state in ask.attack.states:
            table = self.services[0].catalog.tables[state.type]
            rows = await self.rows(state.type)
            await self.root.execute(
                f"UPDATE {table.qualified_name} SET {state.column} = $1 "
                "WHERE org_id = $2 AND id = $3",
                state.value, self.org_id, rows[state.index]["id"],
            )  # fmt: skip
        variables = await self._filled(ask.attack.variables, ask.aim, foreign)
        sent: list[str] = []
        token = _RECORDED.set(sent)
        try:
            response = await self.clients[door].post(
                "/graphql",
                content=orjson.dumps({"query": ask.attack.text, "variables": variables}),
                headers={
                    "authorization": f"Bearer {ask.token or self.token}",
                    "content-type": "application/json",
                },
            )
        finally:
            _RECORDED.reset(token)
        request_id = response.headers["x-request-id"]
        headers = tuple(
            item for item in response.headers.items()
            if item[0] not in ("x-request-id", "content-length")
        )  # fmt: skip
        body = self._plain(response.text.replace(request_id, "request"))
        return Seen(response.status_code, headers, body, tuple(sorted(Counter(sent).items())))

    async def rows(self, type_name: str) -> list[dict[str, Any]]:
        """Its rows of a type, oldest first."""
        table = self.services[0].catalog.tables[type_name]
        sql = f"SELECT * FROM {table.qualified_name} WHERE org_id = $1 ORDER BY id"
        return [dict(row) for row in await self.root.fetch(sql, self.org_id)]

    def _plain(self, body: str) -> str:
        """The body, new ids and the present replaced by the order in which they turn up."""
        now = datetime.now(UTC)

        def id_(found: re.Match[str]) -> str:
            text = found[0]
            if text in self.known:
                return text
            return self.fresh.setdefault(text, f"new id {len(self.fresh)}")

        def instant(found: re.Match[str]) -> str:
            at = datetime.fromisoformat(found[0])
            recent = abs((now - at).total_seconds()) < 3600 and found[0] not in self.known
            return "just now" if recent else found[0]

        return _INSTANT.sub(instant, _UUID.sub(id_, body))

    async def _filled(self, value: Any, aim: str, foreign: Rows) -> Any:
        match value:
            case dict():
                return {k: await self._filled(item, aim, foreign) for k, item in value.items()}
            case list():
                return [await self._filled(item, aim, foreign) for item in value]
            case Target(type, index):
                if aim == "own":
                    return str((await self.rows(type))[index]["id"])
                return str(foreign[type][0]["id"]) if aim == "foreign" else aim
            case Own(type, index):
                rows = await self.rows(type)
                return str(rows[min(index, len(rows) - 1)]["id"])
            case Version(type, index):
                return (await self.rows(type))[index]["version"]
            case Foreign(type, column, listed):
                values = (row[column.name] for row in foreign[type])
                found = next(item for item in values if item is not None)
                if isinstance(found, list):
                    return wire(column, found[0])
                return [wire(column, found)] if listed else wire(column, found)
            case _:
                return value


@contextmanager
def recorded() -> Iterator[None]:
    """Statements that are sent while a request of the trace is answered are written down."""
    names = ((Connections, "fetch_row"), (Connections, "write_row"), (Transaction, "fetch_row"),
             (Transaction, "write_row"))  # fmt: skip
    before = [(owner, name, getattr(owner, name)) for owner, name in names]
    transaction = Connections.transaction

    def note(text: str) -> None:
        sent = _RECORDED.get()
        # A token's state is asked for each 30 seconds, whichever request is the first by then.
        if sent is not None and "palisade.find_org(" not in text:
            sent.append(text)

    def noting(original: Any) -> Any:
        async def noted(self: Any, sql: str, arguments: Any) -> Any:
            note(sql)
            return await original(self, sql, arguments)

        return noted

    def noted_transaction(self: Connections) -> Any:
        note("BEGIN")
        return transaction(self)

    for owner, name, original in before:
        setattr(owner, name, noting(original))
    Connections.transaction = noted_transaction  # type: ignore[method-assign]
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)
        Connections.transaction = transaction  # type: ignore[method-assign]


class _SomeChanged(Answers, Cursors, Reads, Writes):
    """Attacks that change records of some types only, for the sake of time."""

    changed: Set[str]

    def _fields(self, parent: Any, kind: Any) -> Iterator[tuple[Table, str, Any]]:
        for table, name, field_ in super()._fields(parent, kind):
            if parent is self._query or table.type in self.changed:
                yield table, name, field_


def trace(
    catalog: Catalog, core: GraphQLSchema, random: Random, *, share: float, changed: Set[str]
) -> Iterator[Ask]:
    """Requests of every kind, made from the schema: reads, refused ones, malformed ones, changes.

    ``share``: of reads that there are many of. ``changed``: the types that are changed.
    """
    attacks = _SomeChanged(catalog, core, mark=MARK)
    attacks.changed = changed

    def some(found: Iterator[Attack]) -> list[Attack]:
        return [attack for attack in found if random.random() < share]

    unknown = str(new_id())
    for attack in (*attacks.lists(), *attacks.answers()):
        yield Ask(attack)
    for kind in (
        attacks.relations,
        attacks.aggregates,
        attacks.groups,
        attacks.orders,
        attacks.values,
    ):
        for attack in some(kind()):
            yield Ask(attack)
    for kind in (attacks.points, attacks.point_relations, attacks.filters, attacks.nested_filters,
                 attacks.answers_from_ids):  # fmt: skip
        for attack in some(kind()):
            for aim in ("own", "foreign", unknown, "nonsense"):
                yield Ask(attack, aim)
    for text in ODD:
        yield Ask(Attack("odd", text))
    yield Ask(Attack("token", "{ viewer { subject } }"), token="e30.e30.e30")
    for kind in (attacks.creations, attacks.references, attacks.writes):
        for attack in kind():
            aims = ("foreign", unknown, "own") if kind is not attacks.creations else ("own", "own")
            for aim in aims:
                yield Ask(attack, aim)
    yield Ask(attacks.refreshed())
    for attack in (*attacks.aggregates(), *some(attacks.relations())):
        yield Ask(attack)


# Limits, what is malformed, and what depends on how much there is.
ODD = (
    "{ vendors { nodes { name } } ",
    "{ vendors { nope } }",
    "query ($first: Int!) { vendors(first: $first) { totalCount } }",
    "{ vendors(first: 1000) { totalCount } }",
    "{ vendors(after: \"W10=\") { totalCount } }",
    "{ " + " ".join(f"a{i}: vendors {{ totalCount }}" for i in range(30)) + " }",
    "{ vendors { nodes { subVendors { nodes { subVendors { nodes { subVendors { nodes { subVendors"
    " { nodes { subVendors { nodes { name } } } } } } } } } } } } }",
    "{ vendors(first: 100) { nodes { integrations(first: 100) { nodes { securityEvents(first: 100)"
    " { nodes { id } } } } } } }",
    # Few of its own, thousands of the neighbours'; then the other way round.
    '{ specimens(where: {label: {contains: "canary"}}) { totalCount } }',
    '{ vendors(where: {name: {contains: "canary"}}) { totalCount } }',
    '{ specimensAggregate { count sum { atoms rank } } }',
    'mutation { createVendor(input: {name: "Neighbour 7", tier: LOW}) { vendor { name } } }',
    'mutation { createVendor(input: {name: "Neighbour 7", tier: LOW}) { vendor { name } } }',
    'mutation { createVendor(input: {name: "Own 7", tier: LOW}) { vendor { name } } }',
    'mutation { createOrganization(input: {slug: "neighbour", name: "N"}) { id } }',
    'mutation { freezeOrganization(input: {slug: "neighbour", reason: "R"}) { id } }',
    "{ organizations { totalCount nodes { slug } } }",
)  # fmt: skip


async def found_own(service: Service, *, slug: str) -> UUID:
    """The organisation of both worlds."""
    row = await service.database.provision(slug, name="Own", actor=ACTOR)
    org_id = mint_org_id(row["id"])
    repositories = service.database.of(org_id, ACTOR)
    await insert(repositories, service.catalog, MARK)
    vendors = repositories.of(service.catalog.tables["Vendor"])
    await vendors.create_many([{"name": f"Own {i}", "tier": "LOW"} for i in range(MANY)])
    return org_id.value


async def found_neighbours(
    service: Service, worker_url: str, key: ContextKey, *, slug: str, many: int
) -> list[UUID]:
    """Organisations of equal values, one with thousands of records, one frozen, one erased."""
    found = []
    catalog = service.catalog
    for name in (f"{slug}-twin", "neighbour", f"{slug}-frozen", f"{slug}-erased", f"{slug}-other"):
        row = await service.database.provision(name, name="Own", actor=ACTOR)
        org_id = mint_org_id(row["id"])
        repositories = service.database.of(org_id, ACTOR)
        # The mark makes the ids, too: to be foreign, one needs another.
        await insert(repositories, catalog, OTHER if name.endswith("-other") else MARK)
        found.append(org_id.value)
        if name == "neighbour":
            await repositories.of(catalog.tables["Vendor"]).create_many(
                [
                    {"name": f"{('Own', 'Neighbour')[i % 2]} {i // 2}", "tier": "LOW"}
                    for i in range(many)
                ]
            )
            site = await repositories.of(catalog.tables["Site"]).create({"label": "canary"})
            await repositories.of(catalog.tables["Specimen"]).create_many(
                [
                    {"label": f"canary {i}", "atoms": i, "rank": 1 + i % 9, "site_id": site["id"]}
                    for i in range(many)
                ]
            )
    connections = Connections(worker_url, size=2)
    await connections.open()
    try:
        lifecycle = Lifecycle(Database(catalog, connections, ContextSigner(key)), ACTOR)
        await lifecycle.freeze(f"{slug}-frozen", reason="R")
        await lifecycle.erase(f"{slug}-erased", reason="R")
    finally:
        await connections.close()
    return found


def processes(
    built: Service, url: str, key: ContextKey, issuer: DevelopmentIssuer
) -> list[Service]:
    """A process that compiles its reads, and one that does not; nothing is cached in either."""
    made = []
    for compiled in (True, False):
        connections = Connections(url, size=4)
        database = Database(built.catalog, connections, ContextSigner(key))
        types = [table.type for table in built.catalog.exposed]
        core = core_schema(built.schema)
        made.append(
            replace(
                built,
                documents=Documents(core),
                operations=Operations(core, built.catalog, compiled=compiled),
                connections=connections,
                database=database,
                worker=None,
                worker_connections=None,
                verifier=TokenVerifier([issuer.as_issuer()], database, types=types),
            )
        )
    return made


@asynccontextmanager
async def realm(
    services: list[Service], superuser_url: str, *, token: str, org_id: UUID
) -> AsyncIterator[Realm]:
    """A world whose processes are connected."""
    root = await asyncpg.connect(superuser_url)
    clients = [
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=make_app(service)), base_url="http://palisade.test"
        )
        for service in services
    ]
    try:
        made = Realm(root, services, clients, token, org_id, set())
        for type_name in services[0].catalog.tables:
            for row in await made.rows(type_name):
                for value in row.values():
                    made.known |= {_wired(value)}
        yield made
    finally:
        for client in clients:
            await client.aclose()
        await root.close()


def _wired(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


@asynccontextmanager
async def bustle(client: httpx.AsyncClient, token: str) -> AsyncIterator[Counter[int]]:
    """The neighbours at work in the same process meanwhile: reads, changes, mistakes."""
    answers = Counter[int]()

    async def work(number: int) -> None:
        for turn in range(10**9):
            for text in (
                "{ vendors(first: 20) { totalCount nodes { name subVendors { totalCount } } } }",
                f'mutation {{ createVendor(input: {{name: "Busy {number} {turn}", tier: LOW}})'
                " { vendor { id } } }",
                "{ specimensAggregate { sum { atoms } } nope }",
            ):
                response = await client.post(
                    "/graphql", json={"query": text}, headers={"authorization": f"Bearer {token}"}
                )
                answers[response.status_code] += 1
                await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(work(number)) for number in range(2)]
    try:
        yield answers
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def token_for(issuer: DevelopmentIssuer, org_id: UUID) -> str:
    return issuer.issue(org_id, role=Role.admin, subject="somebody")
