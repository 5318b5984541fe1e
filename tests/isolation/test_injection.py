"""A resolver that puts its argument into SQL: what its attacker gets, and the next request.

The service has one connection. After each attack another organisation, and the attacker's own, get
byte for byte what they get on a fresh one.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from auth.development import DevelopmentIssuer
from auth.tokens import TokenVerifier
from models.registry import import_package
from palisade.app import make_app
from palisade.service import Service, connected
from perimeter.documents import Documents
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.guarded import GuardedConnection
from resolvers.execute import Operations
from schema.build import build_schema, core_schema
from tests.conftest import Org, Urls
from tests.isolation.conftest import OWN_MODELS
from tests.isolation.injections import (
    COMMANDS,
    EXPRESSIONS,
    STATEMENTS,
)

DRIVERS_NAME = asyncpg.Connection._get_unique_id
WAYS = {
    way: f"{'mutation' if way == 'inside' else 'query'} ($sql: String!) {{ {way}(sql: $sql) }}"
    for way in ("expression", "statement", "inside", "script", "unguarded")
}
COMPILED = """{ specimens { totalCount nodes {
  label weight atoms price seenAt bornOn alive phase site { label } } }
  specimensAggregate { count min { label } } }"""
RESOLVED = "{ specimens { nodes { label weight seenAt bornOn } } }"
CHANGED = "mutation ($label: String!) { createSite(input: {label: $label}) { site { version } } }"


class Victim:
    """An injectable service of one connection, with an attacker and a victim."""

    def __init__(self, service: Service, attacker: Org, other: Org) -> None:
        self.service = service
        self.attacker, self.other = attacker, other
        core = core_schema(service.schema)
        resolving = Operations(core, service.catalog, compiled=False)
        self._compiled, self._resolved = (
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=make_app(one)), base_url="http://palisade.test"
            )
            for one in (service, replace(service, operations=resolving))
        )

    async def inject(self, way: str, sql: str) -> str:
        """What an attack is told; never a text of the other organisation."""
        for name, value in (("{other}", str(self.other.id)), ("{slug}", self.other.slug)):
            sql = sql.replace(name, value)
        answer = (await self._post(self.attacker, WAYS[way], {"sql": sql})).json()
        assert "errors" not in answer, answer
        told: str = answer["data"][way]
        if not told.startswith("!"):
            assert self.other.slug not in told, sql
        return told

    async def backend(self) -> int:
        (pid,) = await self.service.connections.fetch_row("SELECT pg_backend_pid()", [])
        return int(pid)

    async def requests(self) -> list[bytes]:
        """Ordinary requests of both, by both paths of reading and by a mutation."""
        answers = []
        for org in (self.other, self.attacker):
            for document in (COMPILED, RESOLVED, CHANGED):
                variables = {"label": str(uuid4())} if document is CHANGED else None
                response = await self._post(org, document, variables)
                answers.append(response.content)
        return answers

    async def _post(self, org: Org, query: str, variables: Any) -> httpx.Response:
        client = self._resolved if query is RESOLVED else self._compiled
        return await client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {org.tokens['admin']}"},
        )


@pytest.fixture(scope="session")
def injectable(unconnected: Service) -> Service:
    packages = [import_package(name) for name in (*OWN_MODELS, "tests.isolation.injectable")]
    return replace(unconnected, schema=build_schema(unconnected.catalog, packages))


@pytest.fixture
async def make_victim(
    injectable: Service, urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer,
    org: Org, other_org: Org,
) -> AsyncIterator[Callable[[], Awaitable[Victim]]]:  # fmt: skip
    await fill(org)
    await fill(other_org)
    opened = []

    async def make() -> Victim:
        connections = Connections(urls.app, size=1)
        database = Database(injectable.catalog, connections, ContextSigner(context_key))
        core = core_schema(injectable.schema)
        types = [table.type for table in injectable.catalog.exposed]
        service = replace(
            injectable,
            documents=Documents(core),
            operations=Operations(core, injectable.catalog),
            connections=connections,
            database=database,
            worker=None,
            worker_connections=None,
            verifier=TokenVerifier([issuer.as_issuer()], database, types=types),
        )
        context = connected(service)
        await context.__aenter__()
        opened.append(context)
        return Victim(service, org, other_org)

    yield make
    for context in opened:
        await context.__aexit__(None, None, None)


async def fill(org: Org) -> None:
    """Three specimens, in values whose form a setting of the session could change."""
    catalog = org.repositories.session.catalog
    site = await org.repositories.of(catalog.tables["Site"]).create({"label": f"{org.slug} site"})
    values = {
        "weight": 0.1 + 0.2,
        "seen_at": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC),
        "born_on": date(2024, 2, 3),
        "site_id": site["id"],
    }
    await org.repositories.of(catalog.tables["Specimen"]).create_many(
        [{"label": f"{org.slug} {index}", **values} for index in range(3)]
    )


@pytest.fixture
async def root(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.superuser)
    yield connection
    await connection.close()


MakeVictim = Callable[[], Awaitable[Victim]]


async def test_expressions_reach_nothing(make_victim: MakeVictim) -> None:
    victim = await make_victim()
    before, backend = await fresh(make_victim), await victim.backend()
    wrong = []
    for attack in EXPRESSIONS:
        for way in ("expression", "statement", "inside"):
            sql = attack.sql if way == "expression" else f"SELECT {attack.sql}"
            told = await victim.inject(way, sql)
            expected = attack.bare if way == "statement" and attack.bare else attack.expected
            if not told_as(expected, told):
                wrong.append((attack.row, way, attack.sql, told))
        assert await victim.requests() == before, attack
        assert await victim.backend() == backend, attack
    assert not wrong, "\n".join(map(str, wrong))


async def test_statements_that_only_read_or_write_reach_nothing(make_victim: MakeVictim) -> None:
    victim = await make_victim()
    before, backend = await fresh(make_victim), await victim.backend()
    wrong = []
    for row, sql, expected in STATEMENTS:
        for way in ("statement", "inside"):
            told = await victim.inject(way, sql)
            if not told_as(expected, told):
                wrong.append((row, way, sql, told))
        assert await victim.requests() == before, sql
        assert await victim.backend() == backend, sql
    assert not wrong, "\n".join(map(str, wrong))


async def test_other_commands_are_never_sent(make_victim: MakeVictim) -> None:
    victim = await make_victim()
    before, backend = await fresh(make_victim), await victim.backend()
    for attack in COMMANDS:
        for way in ("statement", "inside", "script"):
            assert await victim.inject(way, attack.sql) == "!GUARD", attack
            assert await victim.inject(way, f"  \n{attack.sql}") == "!GUARD", attack
        assert await victim.inject("script", f"SELECT 1; {attack.sql}") == "!GUARD", attack
    assert await victim.requests() == before
    assert await victim.backend() == backend


async def test_behind_the_guard_the_database_refuses_or_nothing_is_left(
    make_victim: MakeVictim,
) -> None:
    """The simple protocol without a guard: what one would have to get round it for."""
    victim = await make_victim()
    before = await fresh(make_victim)
    wrong = []
    for attack in COMMANDS:
        if attack.behind is None:
            continue
        told = await victim.inject("unguarded", attack.sql)
        if not told_as(attack.behind, told):
            wrong.append((attack.row, attack.sql, told))
        assert await victim.requests() == before, attack
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("guessable", [False, True])
async def test_a_prepared_statement_can_be_swapped_only_by_its_name(
    make_victim: MakeVictim, guessable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even without a guard. The control: under the driver's own names it can."""
    if guessable:
        monkeypatch.setattr(GuardedConnection, "_get_unique_id", DRIVERS_NAME)
    victim = await make_victim()
    await victim.requests()
    last = asyncpg.connection._uid
    told = {
        await victim.inject("unguarded", f"DEALLOCATE __asyncpg_stmt_{number:x}__")
        for number in range(max(1, last - 40), last + 1)
    }
    assert ('"DEALLOCATE"' in told) == guessable
    assert any('"sqlstate": "26000"' in one for one in told)


async def test_a_connection_without_its_statements_is_replaced(make_victim: MakeVictim) -> None:
    victim = await make_victim()
    before, backend = await victim.requests(), await victim.backend()
    assert await victim.inject("unguarded", "DEALLOCATE ALL") == '"DEALLOCATE ALL"'
    assert await victim.requests() == before
    assert await victim.backend() != backend


async def test_an_oracle_would_see_foreign_rows_without_the_policies(
    root: asyncpg.Connection, make_victim: MakeVictim
) -> None:
    """The control of the oracles."""
    victim = await make_victim()
    oracles = [attack for attack in EXPRESSIONS if attack.row == "oracles"]
    assert oracles
    for oracle in oracles:
        with pytest.raises(asyncpg.DataError):
            await root.fetchval(f"SELECT {oracle.sql}".replace("{other}", str(victim.other.id)))


async def test_a_foreign_reference_fails_like_one_to_nothing(make_victim: MakeVictim) -> None:
    victim = await make_victim()
    catalog = victim.service.catalog
    site = await victim.other.repositories.of(catalog.tables["Site"]).create({"label": "theirs"})
    change = "UPDATE data.specimen SET site_id = '{}' RETURNING 1"
    nobody = "0192f0c1-2d3e-7f4a-8b5c-6d7e8f901234"
    foreign, missing = [
        (await victim.inject("inside", change.format(id))).replace(str(id), "ID")
        for id in (site["id"], nobody)
    ]
    assert '"sqlstate": "23503"' in missing
    assert foreign == missing


async def test_a_text_that_another_has_is_free(make_victim: MakeVictim) -> None:
    """A unique index of all organisations would tell, by an error, what others have."""
    victim = await make_victim()
    rename = "UPDATE data.specimen SET label = '{}' WHERE label = '{}' RETURNING 1"
    own, other = victim.attacker.slug, victim.other.slug
    taken = await victim.inject("inside", rename.format(f"{own} 1", f"{own} 0"))
    assert '"sqlstate": "23505"' in taken
    assert await victim.inject("inside", rename.format(f"{other} 1", f"{own} 0")) == "[1]"


async def fresh(make_victim: MakeVictim) -> list[bytes]:
    """What the requests are answered on a connection that nobody attacked."""
    one = await make_victim()
    await one.requests()
    answers = await one.requests()
    assert all(b'"errors"' not in answer for answer in answers), answers
    assert one.other.slug.encode() in answers[0] and one.attacker.slug.encode() in answers[3]
    return answers


def told_as(expected: str, told: str) -> bool:
    """Whether an answer is the one; of refusals the beginning is compared."""
    compare = re.match if expected.startswith(("!", '"')) else re.fullmatch
    return compare(expected, told, re.DOTALL) is not None
