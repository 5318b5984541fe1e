"""The same through PgBouncer in transaction mode: everybody shares one connection to the server."""

from collections.abc import Iterator

import asyncpg
import pytest

from migrations.runner import outdated
from models.registry import load_catalog
from repository.connections import CACHED_STATEMENTS, Connections
from repository.errors import RepositoryError
from tests.conftest import Urls
from tests.fuzz.bouncer import Bouncer, installed, running
from tests.fuzz.conftest import MakeWorld
from tests.fuzz.test_contexts import fuzz

pytestmark = pytest.mark.thorough

KEEPING = pytest.param(True, id="keeps-statements")
FORGETTING = pytest.param(False, id="keeps-no-statements")


@pytest.fixture(scope="module", params=[KEEPING, FORGETTING])
def bouncer(request: pytest.FixtureRequest, fuzzed_urls: Urls) -> Iterator[Bouncer]:
    """A pooler that keeps prepared statements, and one that does not."""
    _, version = installed()
    if request.param and version < (1, 21):
        pytest.skip(
            f"PgBouncer {version[0]}.{version[1]} keeps no prepared statements: 1.21 does. "
            "PALISADE_TEST_PGBOUNCER names another one"
        )
    with running(fuzzed_urls.app, keeps_statements=request.param) as made:
        yield made


def cached(bouncer: Bouncer) -> int:
    return CACHED_STATEMENTS if bouncer.keeps_statements else 0


async def test_random_steps_through_it_never_show_a_wrong_row(
    make_world: MakeWorld, seed: int, bouncer: Bouncer, fuzzed_urls: Urls
) -> None:
    world = await fuzz(
        make_world,
        seed,
        500,
        app_url=bouncer.url(fuzzed_urls.app),
        cached_statements=cached(bouncer),
    )
    assert world.tally["read"] > 50, world.tally
    backends = await world.root.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = 'palisade_app'"
    )
    assert backends <= 1, "everybody shared one connection"


async def test_clients_share_one_connection_with_a_context_for_each_statement(
    bouncer: Bouncer, fuzzed_urls: Urls, make_world: MakeWorld, seed: int
) -> None:
    """What a client sets for its session is there for the next one: so nothing may be."""
    await make_world(seed)  # accepts a key
    url = bouncer.url(fuzzed_urls.app)
    first, second = [await asyncpg.connect(url, statement_cache_size=0) for _ in range(2)]
    try:
        assert await _backend(first) == await _backend(second)
        await first.execute("SELECT pg_catalog.set_config('palisade.context', 'stays', false)")
        found = await second.fetchval("SELECT pg_catalog.current_setting('palisade.context')")
        assert found == "stays", "the control: a pooler cleans nothing in transaction mode"
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await second.fetch("SELECT * FROM data.vendor")
    finally:
        await first.execute("RESET ALL")
        await first.close()
        await second.close()


async def test_names_of_statements_are_refused_by_a_pooler_that_keeps_none(
    bouncer: Bouncer, fuzzed_urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why PALISADE_STATEMENT_CACHE is 0 behind it: refused, rather than another's answer."""
    clients = [Connections(bouncer.url(fuzzed_urls.app), size=1) for _ in range(4)]
    try:
        outcomes = []
        for number, client in enumerate(clients):
            # The driver counts its names up; another process has the same ones.
            monkeypatch.setattr(asyncpg.connection, "_uid", 0)
            try:
                await client.open()
                (answer,) = await client.fetch_row(f"SELECT $1::text || '{number}'", ["of "])
                outcomes.append(answer == f"of {number}")
            except (RepositoryError, asyncpg.PostgresError):
                outcomes.append(None)
        assert False not in outcomes, outcomes
        assert (None in outcomes) is not bouncer.keeps_statements, outcomes
    finally:
        for client in clients:
            await client.close()


async def test_service_starts_through_it(bouncer: Bouncer, fuzzed_urls: Urls) -> None:
    url = bouncer.url(fuzzed_urls.app)
    for _ in range(2):
        assert await outdated(url, load_catalog()) is None


async def _backend(connection: asyncpg.Connection) -> int:
    pid: int = await connection.fetchval("SELECT pg_catalog.pg_backend_pid()")
    return pid
