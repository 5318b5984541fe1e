"""A database of its own, whose roles have little patience, and processes of the service on it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import count
from random import Random, SystemRandom
from socket import create_server

import asyncpg
import pytest
import structlog
import uvicorn

from auth.development import DevelopmentIssuer
from migrations.runner import migrate
from models.describe import Catalog
from palisade.service import Service, connected
from repository import connections as product
from repository.connections import Connections
from repository.context import ContextKey
from repository.context_keys import install_context_key
from repository.walls import APP, PolicyForm
from tests.conftest import Urls
from tests.fuzz.world import FOUND, Door, Examiner, Leaked, World, found_party, make_door, watched

STATEMENT_SECONDS = 0.15
IDLE_SECONDS = 0.15
SLUGS = ("amber", "birch", "cedar")
_FOUNDED = count()

MakeWorld = Callable[..., Awaitable[World]]


@pytest.fixture
def seed() -> int:
    """PALISADE_FUZZ_SEED, or any; the error of a failed run names it."""
    given = os.environ.get("PALISADE_FUZZ_SEED")
    return int(given) if given else SystemRandom().randrange(10**9)


@pytest.fixture(scope="session")
def fuzzed_urls(
    make_database: Callable[[], Urls], catalog: Catalog, policy_form: PolicyForm
) -> Urls:
    """Statements and idle transactions are ended soon, for every connection of the roles.

    By settings of the role, as those that the product relies on.
    """
    urls = make_database()

    async def prepare() -> None:
        await migrate(urls.superuser, catalog, form=policy_form)
        root = await asyncpg.connect(urls.superuser)
        database = await root.fetchval("SELECT quote_ident(current_database())")
        for name, seconds in (
            ("statement_timeout", STATEMENT_SECONDS),
            ("idle_in_transaction_session_timeout", IDLE_SECONDS),
        ):
            await root.execute(
                f"ALTER ROLE {APP} IN DATABASE {database} SET {name} = {int(seconds * 1000)}"
            )
        await root.execute(FOUND)
        await root.close()

    asyncio.run(prepare())
    return urls


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No log: to draw the locals of an error takes structlog's own form seconds of the loop."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)


@pytest.fixture
async def make_world(
    fuzzed_urls: Urls,
    built_service: Service,
    issuer: DevelopmentIssuer,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MakeWorld]:
    """Makes three organisations, and two processes: one compiles its reads, the other does not."""
    monkeypatch.setattr(product, "CONNECT_TIMEOUT", timedelta(seconds=0.5))
    async with AsyncExitStack() as stack:

        async def make(seed: int, *, app_url: str = "", **settings: object) -> World:
            random = Random(seed)
            key = ContextKey.generate()
            urls = fuzzed_urls
            await install_context_key(urls.superuser, key, overlap=timedelta(0))
            root = await asyncpg.connect(urls.superuser)
            stack.push_async_callback(root.close)
            examiner, leaks = Examiner(), list[Leaked]()
            await stack.enter_async_context(watched(examiner, leaks))
            doors = []
            for compiled in (True, False):
                connections = Connections(
                    app_url or urls.app, size=random.randint(1, 3), **settings
                )
                door = make_door(
                    built_service, connections, key=key, issuer=issuer, compiled=compiled
                )
                await stack.enter_async_context(connected(door.service))
                stack.push_async_callback(door.client.aclose)
                door.address = await stack.enter_async_context(_served(door))
                doors.append(door)
            database = doors[0].service.database
            parties = [
                # A number besides, for the seed may be given twice and the names are for all.
                await found_party(database, issuer, f"{slug}-{seed}-{next(_FOUNDED)}")
                for slug in SLUGS
            ]
            return World(
                random=random,
                root=root,
                owner_url=urls.superuser,
                doors=doors,
                parties=parties,
                examiner=examiner,
                leaks=leaks,
                vendor=built_service.catalog.tables["Vendor"],
                key=key,
                superuser_url=urls.superuser,
                statement_seconds=STATEMENT_SECONDS,
                idle_seconds=IDLE_SECONDS,
            )

        yield make


@asynccontextmanager
async def _served(door: Door) -> AsyncIterator[tuple[str, int]]:
    """The process on a port of the machine itself."""
    listener = create_server(("127.0.0.1", 0))
    app = door.client._transport.app  # type: ignore[attr-defined]
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(5):
            while not server.started:
                await asyncio.sleep(0.01)
        yield listener.getsockname()
    finally:
        server.should_exit = True
        async with asyncio.timeout(5):
            await serving
        listener.close()
