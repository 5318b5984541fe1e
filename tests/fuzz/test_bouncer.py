"""The same through PgBouncer in transaction mode: everybody shares one connection to the server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from assurance.doctor.rule import Severity
from migrations.runner import migrate, outdated
from models.describe import Catalog
from models.registry import load_catalog
from palisade.doctor_command import examination
from palisade.installation import Installation
from palisade.preparation import check_bound
from palisade.settings import Settings
from repository.connections import CACHED_STATEMENTS, Connections
from repository.guarded import GuardedConnection
from repository.walls import PolicyForm
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


@pytest.fixture
def forgetful(fuzzed_urls: Urls) -> Iterator[Bouncer]:
    """One that keeps no prepared statements, and has two connections to the server."""
    with running(fuzzed_urls.app, keeps_statements=False, servers=2) as made:
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
        await first.execute("SET palisade.context = 'stays'")
        found = await second.fetchval("SELECT pg_catalog.current_setting('palisade.context')")
        assert found == "stays", "the control: a pooler cleans nothing in transaction mode"
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await second.fetch("SELECT * FROM data.vendor")
    finally:
        await first.execute("RESET ALL")
        await first.close()
        await second.close()


@pytest.mark.parametrize("counted", [True, False], ids=["the-driver-s", "ours"])
async def test_name_of_a_statement_is_never_taken_for_another_statement(
    forgetful: Bouncer, fuzzed_urls: Urls, monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    """Why names are drawn: a pooler that keeps none moves clients between its connections.

    The control: by the driver's names, which count up in each process, one gets another's answer.
    """
    if counted:
        count = asyncpg.Connection._get_unique_id
        monkeypatch.setattr(GuardedConnection, "_get_unique_id", count)
    url = forgetful.url(fuzzed_urls.app)
    ones, others = Connections(url, size=1), Connections(url, size=1)
    async with held(url) as first, held(url) as second:
        assert await _backend(first) != await _backend(second)
        await second.execute("ROLLBACK")
        assert await ask(ones, monkeypatch, "one's") == "one's answer"
        await second.execute("BEGIN")
        await first.execute("ROLLBACK")
        assert await ask(others, monkeypatch, "another's") == "another's answer"
        # The one's statement is on the connection that is held, and this is not it.
        if counted:
            assert tuple(await ones.write_row(_said("one's"), ["answer"])) == ("another's answer",)
        else:
            with pytest.raises(asyncpg.InvalidSQLStatementNameError):
                await ones.write_row(_said("one's"), ["answer"])
            # What only reads is asked once more, by a name of its own.
            assert tuple(await ones.fetch_row(_said("one's"), ["answer"])) == ("one's answer",)
    await ones.close()
    await others.close()


def _said(who: str) -> str:
    return f"SELECT $${who} $$ || $1::text"


async def ask(connections: Connections, monkeypatch: pytest.MonkeyPatch, who: str) -> str:
    """Opens them as a process would that has just started, and asks."""
    monkeypatch.setattr(asyncpg.connection, "_uid", 0)
    await connections.open()
    (answer,) = await connections.write_row(_said(who), ["answer"])
    return str(answer)


@asynccontextmanager
async def held(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A client in a transaction, which holds a connection to the server."""
    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        await connection.execute("BEGIN")
        yield connection
    finally:
        await connection.close()


async def test_service_starts_through_it(bouncer: Bouncer, fuzzed_urls: Urls) -> None:
    url = bouncer.url(fuzzed_urls.app)
    for _ in range(2):
        assert await outdated(url, load_catalog()) is None
        await check_bound(_place(url))


@pytest.fixture(scope="module")
def examined_urls(
    make_database: Callable[[], Urls], catalog: Catalog, policy_form: PolicyForm
) -> Urls:
    """A database as `palisade migrate` leaves it, without the fuzz's own."""
    urls = make_database()
    asyncio.run(migrate(urls.superuser, catalog, form=policy_form))
    return urls


@pytest.mark.parametrize("mode", ["transaction", "session", "statement"])
def test_doctor_says_what_the_pooler_s_mode_means(mode: str, examined_urls: Urls) -> None:
    with running(examined_urls.app, keeps_statements=False, mode=mode, servers=3) as bouncer:
        place = _place(bouncer.url(examined_urls.app), owner_url=examined_urls.superuser)
        found = asyncio.run(examination(place, serving=False))
    errors = {one.rule for one in found.findings if one.severity is Severity.ERROR}
    pooled = {one.rule for one in found.findings if one.object == "PALISADE_DATABASE_URL"}
    said = {
        "transaction": (set(), {"shared-session"}),
        "session": (set(), set()),
        "statement": ({"pooler-without-transactions"}, {"pooler-without-transactions"}),
    }
    print(mode, errors, pooled)
    assert (errors, pooled) == said[mode]


def _place(url: str, *, owner_url: str | None = None) -> Installation:
    return Installation(Settings(), url, owner_url, None, None)


async def _backend(connection: asyncpg.Connection) -> int:
    pid: int = await connection.fetchval("SELECT pg_catalog.pg_backend_pid()")
    return pid
