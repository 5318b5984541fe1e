"""What stands round the endpoint, and how all of it behaves while the database is away."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from auth.development import DevelopmentIssuer
from auth.scopes import Role
from auth.tokens import TokenVerifier
from migrations.runner import migrate
from palisade.app import make_app
from palisade.embedded import EmbeddedPostgres
from palisade.service import Service, connected
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.errors import ContextRefused, DatabaseUnavailable
from repository.walls import APP

QUERY = {"query": "{ vendors { nodes { name } } }"}
GRACE_SECONDS = 2


def over(service: Service, url: str, issuer: DevelopmentIssuer, signer: ContextSigner) -> Service:
    """The same service over another database."""
    connections = Connections(url, size=2)
    database = Database(service.catalog, connections, signer)
    types = [table.type for table in service.catalog.exposed]
    verifier = TokenVerifier([issuer.as_issuer()], database, types=types)
    return replace(service, connections=connections, database=database, verifier=verifier)


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://palisade.test"
    )


@pytest.fixture
def empty_database(make_database: Callable[[], Any]) -> Any:
    return make_database()


async def test_health_answers_while_the_database_does(client: httpx.AsyncClient) -> None:
    live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_root_leads_to_the_endpoint(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 307
    assert response.headers["location"] == "/graphql"


async def test_paths_that_are_not_there_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/graphql/x", "/admin", "/health", "/docs", "/console/demo.json"):
        assert (await client.get(path)).status_code == 404


async def test_lifespan_connects_and_lets_go(
    service: Service, urls: Any, issuer: DevelopmentIssuer, signer: ContextSigner
) -> None:
    other = over(service, urls.app, issuer, signer)
    app = make_app(other)
    async with client_of(app) as client:
        assert (await client.get("/health/ready")).status_code == 503
        async with app.router.lifespan_context(app):
            assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503


async def test_start_is_refused_where_the_database_does_not_know_the_key(
    service: Service, urls: Any, issuer: DevelopmentIssuer
) -> None:
    stranger = ContextSigner(ContextKey.generate())
    other = over(service, urls.app, issuer, stranger)
    with pytest.raises(ContextRefused):
        async with connected(other):
            pytest.fail("it must not start")
    await other.connections.open()
    try:
        async with client_of(make_app(other)) as client:
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
    finally:
        await other.connections.close()


async def test_database_without_our_schema_is_not_ready(
    service: Service,
    empty_database: Any,
    issuer: DevelopmentIssuer,
    signer: ContextSigner,
) -> None:
    other = over(service, empty_database.superuser, issuer, signer)
    await other.connections.open()
    try:
        async with client_of(make_app(other)) as client:
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
    finally:
        await other.connections.close()


async def test_start_is_refused_where_there_is_no_database(
    service: Service, issuer: DevelopmentIssuer, signer: ContextSigner, tmp_path: Path
) -> None:
    other = over(service, f"postgresql://{APP}@/x?host={tmp_path}", issuer, signer)
    with pytest.raises(DatabaseUnavailable):
        async with connected(other):
            pytest.fail("it must not start")


@dataclass
class Away:
    """A service over a server that can be taken away, and a token known to it or not."""

    server: EmbeddedPostgres
    client: httpx.AsyncClient
    known: str
    unknown: str

    async def stop(self) -> None:
        """As a crash does: at once, whoever is connected."""
        os.kill(self.server._server.get_pid(), signal.SIGQUIT)
        await until(self._gone)

    async def start(self) -> None:
        await asyncio.to_thread(self.server._server.ensure_postgres_running)

    async def ask(self, token: str) -> httpx.Response:
        """The answer, which must come in time."""
        headers = {"authorization": f"Bearer {token}"}
        started = time.perf_counter()
        response = await self.client.post("/graphql", json=QUERY, headers=headers)
        assert time.perf_counter() - started < GRACE_SECONDS
        return response

    async def _gone(self) -> bool:
        return not (self.server._server.pgdata / "postmaster.pid").exists()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(100):
        if await condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail("not within five seconds")


@pytest.fixture
async def away(
    built_service: Service, issuer: DevelopmentIssuer, data_dir: Path
) -> AsyncIterator[Away]:
    server = EmbeddedPostgres(data_dir)  # durable: what is committed outlives the crash
    server.start()
    try:
        key = ContextKey.generate()
        await migrate(server.url("postgres"), built_service.catalog)
        await install_context_key(server.url("postgres"), key, overlap=timedelta(hours=1))
        service = over(built_service, server.url(APP), issuer, ContextSigner(key))
        async with connected(service), client_of(make_app(service)) as client:
            known, unknown = [
                issuer.issue(row["id"], role=Role.admin, subject="ada")
                for slug in ("one", "two")
                for row in [await service.database.provision(slug, name=slug, actor=Actor("tests"))]
            ]
            yield Away(server, client, known, unknown)
    finally:
        server.stop()


async def test_database_that_goes_away_is_told_in_time_and_found_again(away: Away) -> None:
    assert (await away.ask(away.known)).status_code == 200
    await away.stop()
    for _ in range(2):
        for token in (away.known, away.unknown):
            response = await away.ask(token)
            assert response.status_code == 503
            (error,) = response.json()["errors"]
            assert error["extensions"]["code"] == "UNAVAILABLE"
            assert error["message"] == "The database can't be reached."
            assert response.headers["retry-after"] == "2"
            assert response.headers["x-request-id"]
    assert (await away.client.get("/health/ready")).status_code == 503
    assert (await away.client.get("/health/live")).status_code == 200
    assert (await away.ask("garbage")).status_code == 401, "a bad token needs no database"

    await away.start()

    async def back() -> bool:
        return (await away.client.get("/health/ready")).status_code == 200

    await until(back)
    for token in (away.known, away.unknown):
        response = await away.ask(token)
        assert response.json() == {"data": {"vendors": {"nodes": []}}}


async def test_connections_that_broke_while_nobody_asked_are_replaced(away: Away) -> None:
    assert (await away.ask(away.known)).status_code == 200
    await away.stop()
    await away.start()
    statuses = [(await away.ask(away.known)).status_code for _ in range(4)]
    assert statuses[-1] == 200
    assert set(statuses) <= {200, 503}


async def test_database_that_does_not_answer_makes_it_not_ready_in_time(
    service: Service, issuer: DevelopmentIssuer, signer: ContextSigner
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    other = over(service, f"postgresql://{APP}@{host}:{port}/x", issuer, signer)
    try:
        started = time.perf_counter()
        with pytest.raises(DatabaseUnavailable):
            await other.connections.open()
        assert time.perf_counter() - started < GRACE_SECONDS
    finally:
        server.close()
        await other.connections.close()
