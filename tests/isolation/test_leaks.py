"""What a compiled read that fails leaves behind: nothing, for the next one on its connection.

The service has one connection, so what one request leaves the next one finds.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import uvicorn

from auth.development import DevelopmentIssuer
from auth.tokens import TokenVerifier
from palisade import endpoint
from palisade.app import make_app
from palisade.service import Service, connected
from perimeter.documents import Documents
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from resolvers.execute import Operations
from schema.build import core_schema
from tests.conftest import Org, Urls

READ = """query ($first: Int = 50) {
  specimens(first: $first) { totalCount nodes { label site { label } } }
  specimensAggregate { count min { label } }
  sites { nodes { label specimens { totalCount } } }
}"""
OVERFLOW = "{ specimensAggregate { sum { weight } } }"
SETTINGS = (
    "SELECT array(SELECT name || '=' || setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%' "
    "ORDER BY name) || ARRAY['context=' || coalesce(current_setting('palisade.context', true), ''),"
    "(SELECT 'rows=' || count(*) FROM data.specimen)]"
)
BACKEND = "SELECT pg_backend_pid()"


class Single:
    """A service of one connection, whose database can be held up."""

    def __init__(self, service: Service, root: asyncpg.Connection, orgs: tuple[Org, Org]) -> None:
        self.service = service
        self.root = root
        self.org, self.other_org = orgs
        self.app = make_app(service)
        transport = httpx.ASGITransport(app=self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://palisade.test")

    async def read(self, org: Org, query: str = READ) -> httpx.Response:
        headers = {"authorization": f"Bearer {org.tokens['admin']}"}
        return await self.client.post("/graphql", json={"query": query}, headers=headers)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """No one reads specimens meanwhile."""
        async with self.root.transaction():
            await self.root.execute("LOCK TABLE data.specimen IN ACCESS EXCLUSIVE MODE")
            yield

    async def stuck(self, *, besides: int = 0) -> int:
        """The backend that waits for the lock."""
        find = (
            "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'data.specimen'::regclass "
            "AND pid <> $1"
        )
        async with asyncio.timeout(4):
            while True:
                pid = await self.root.fetchval(find, besides)
                if pid is not None:
                    return int(pid)
                await asyncio.sleep(0.005)

    async def kill(self, pid: int) -> None:
        assert await self.root.fetchval("SELECT pg_terminate_backend($1, 2000)", pid)

    async def settings(self) -> list[str]:
        """Every setting of the session, the context, and how many rows can be seen without one."""
        (found,) = await self.service.connections.fetch_row(SETTINGS, [])
        return list(found)

    async def backend(self) -> int:
        (pid,) = await self.service.connections.fetch_row(BACKEND, [])
        return int(pid)

    async def state(self) -> tuple[str, bool]:
        row = await self.root.fetchrow(
            "SELECT state, xact_start IS NULL FROM pg_stat_activity WHERE pid = $1",
            await self.backend(),
        )
        return row[0], row[1]


MakeSingle = Callable[..., Awaitable[Single]]


@pytest.fixture
async def make_single(
    service: Service, urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer,
    org: Org, other_org: Org,
) -> AsyncIterator[MakeSingle]:  # fmt: skip
    await fill(org)
    await fill(other_org)
    async with AsyncExitStack() as stack:

        async def make(**settings: object) -> Single:
            mark = "&" if "?" in urls.app else "?"
            given = "&".join(f"{name}={value}" for name, value in settings.items())
            connections = Connections(f"{urls.app}{mark}{given}" if given else urls.app, size=1)
            database = Database(service.catalog, connections, ContextSigner(context_key))
            types = [table.type for table in service.catalog.exposed]
            core = core_schema(service.schema)
            single = replace(
                service,
                documents=Documents(core),
                operations=Operations(core, service.catalog),
                connections=connections,
                database=database,
                worker=None,
                worker_connections=None,
                verifier=TokenVerifier([issuer.as_issuer()], database, types=types),
            )
            await stack.enter_async_context(connected(single))
            root = await asyncpg.connect(urls.superuser)
            stack.push_async_callback(root.close)
            made = Single(single, root, (org, other_org))
            stack.push_async_callback(made.client.aclose)
            for one in (org, other_org):
                assert sees_its_own(await made.read(one), one)
            return made

        yield make


async def fill(org: Org) -> None:
    catalog = org.repositories.session.catalog
    site = await org.repositories.of(catalog.tables["Site"]).create({"label": f"{org.slug} site"})
    await org.repositories.of(catalog.tables["Specimen"]).create_many(
        [
            {"label": f"{org.slug} {index}", "weight": 1e308, "site_id": site["id"]}
            for index in range(3)
        ]
    )


def sees_its_own(response: httpx.Response, org: Org) -> bool:
    """That the answer has all of the organisation's rows and no others."""
    data = response.json()["data"]
    nodes = data["specimens"]["nodes"]
    return bool(
        [node["label"] for node in nodes] == [f"{org.slug} {index}" for index in range(3)]
        and {node["site"]["label"] for node in nodes} == {f"{org.slug} site"}
        and data["specimens"]["totalCount"] == data["specimensAggregate"]["count"] == 3
        and data["specimensAggregate"]["min"]["label"] == f"{org.slug} 0"
        and data["sites"]["nodes"]
        == [{"label": f"{org.slug} site", "specimens": {"totalCount": 3}}]
    )


# What can go wrong. Each answers whether the connection must be the one it was.


async def sql_error(single: Single, patch: pytest.MonkeyPatch) -> bool:
    answer = (await single.read(single.org, OVERFLOW)).json()
    assert answer["errors"]
    return True


async def cancel(single: Single, patch: pytest.MonkeyPatch) -> bool:
    async with single.locked():
        task = asyncio.create_task(single.read(single.org))
        await single.stuck()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    return True


async def operation_deadline(single: Single, patch: pytest.MonkeyPatch) -> bool:
    async with single.locked():
        with patch.context() as patched:
            patched.setattr(endpoint, "OPERATION_TIMEOUT", timedelta(seconds=0.2))
            response = await single.read(single.org)
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"TOO_COMPLEX"}
    return True


async def client_disconnect(single: Single, patch: pytest.MonkeyPatch) -> bool:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        single.app, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(4):
            while not server.started:
                await asyncio.sleep(0.01)
        async with single.locked():
            _, writer = await asyncio.open_connection(*listener.getsockname())
            body = orjson.dumps({"query": READ})
            writer.write(
                b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\nauthorization: Bearer %s\r\n\r\n%s"
                % (len(body), single.org.tokens["admin"].encode(), body)
            )
            await writer.drain()
            await single.stuck()
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.02)
    finally:
        server.should_exit = True
        async with asyncio.timeout(5):
            await serving
        listener.close()
    return True


async def killed_once(single: Single, patch: pytest.MonkeyPatch) -> bool:
    async with single.locked():
        task = asyncio.create_task(single.read(single.org))
        first = await single.stuck()
        await single.kill(first)
        assert await single.stuck(besides=first) != first
    response = await task
    assert response.status_code == 200
    assert sees_its_own(response, single.org), "asked once more"
    return False


async def killed_twice(single: Single, patch: pytest.MonkeyPatch) -> bool:
    async with single.locked():
        task = asyncio.create_task(single.read(single.org))
        first = await single.stuck()
        await single.kill(first)
        await single.kill(await single.stuck(besides=first))
        response = await task
    assert response.status_code == 503
    assert "data" not in response.json()
    return False


async def pool_exhausted(single: Single, patch: pytest.MonkeyPatch) -> bool:
    async with single.locked():
        holding = asyncio.create_task(single.read(single.org))
        await single.stuck()
        response = await single.read(single.org)
        assert response.status_code == 503
        assert "data" not in response.json()
        assert response.headers["retry-after"]
    assert sees_its_own(await holding, single.org)
    return True


Failure = Callable[[Single, pytest.MonkeyPatch], Awaitable[bool]]
FAILURES: list[Failure] = [
    sql_error,
    cancel,
    operation_deadline,
    client_disconnect,
    killed_once,
    killed_twice,
    pool_exhausted,
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
async def test_failure_of_one_organisation_leaves_nothing_for_another(
    make_single: MakeSingle, monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    single = await make_single()
    before, backend = await single.settings(), await single.backend()
    assert before[-2:] == ["context=", "rows=0"]
    stays = await failure(single, monkeypatch)
    response = await single.read(single.other_org)
    assert sees_its_own(response, single.other_org), response.text
    assert single.org.slug not in response.text
    assert await single.settings() == before
    assert await single.state() == ("idle", True)
    assert (await single.backend() == backend) is stays
    assert sees_its_own(await single.read(single.org), single.org)


async def test_statement_timeout_of_one_organisation_leaves_nothing_for_another(
    make_single: MakeSingle,
) -> None:
    single = await make_single(statement_timeout=200)
    before, backend = await single.settings(), await single.backend()
    async with single.locked():
        response = await single.read(single.org)
    answer = response.json()
    assert answer["data"] == dict.fromkeys(("specimens", "specimensAggregate", "sites"))
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"TOO_COMPLEX"}
    after = await single.read(single.other_org)
    assert sees_its_own(after, single.other_org)
    assert single.org.slug not in after.text
    assert await single.settings() == before
    assert await single.state() == ("idle", True)
    assert await single.backend() == backend


async def test_settings_see_a_context_that_is_left(make_single: MakeSingle, signer: Any) -> None:
    """The control: what a context that is set for the session would look like."""
    single = await make_single()
    context = signer.sign(single.org.org_id)
    async with single.service.connections._opened.lend() as connection:
        # Past the guard, which takes no SET.
        await asyncpg.Connection.execute(connection, f"SET palisade.context = '{context}'")
    assert (await single.settings())[-2:] == [f"context={context}", "rows=3"]


@dataclass(frozen=True)
class Outcome:
    """An answer, and whose it was to be."""

    org: Org
    response: httpx.Response


async def test_organisations_in_turn_on_one_connection_never_mix(make_single: MakeSingle) -> None:
    """Reads that fail, are cancelled and succeed at once, of two organisations."""
    single = await make_single()

    async def work(number: int) -> Outcome | None:
        org = (single.org, single.other_org)[number % 2]
        match number % 4:
            case 0 | 1:
                task = asyncio.create_task(single.read(org, OVERFLOW if number % 3 else READ))
                await asyncio.sleep(0.001 * (number % 7))
                task.cancel()
                await asyncio.wait([task])
                return None
            case _:
                return Outcome(org, await single.read(org))

    for _ in range(5):
        for outcome in await asyncio.gather(*(work(number) for number in range(16))):
            if outcome is not None:
                assert sees_its_own(outcome.response, outcome.org), outcome.response.text
    assert (await single.settings())[-2:] == ["context=", "rows=0"]
