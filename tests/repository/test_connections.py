import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.vendors import Vendor
from repository.connections import Connections
from repository.context import ContextSigner
from repository.database import Database
from repository.errors import (
    ContextRefused,
    DatabaseUnavailable,
    RepositoryError,
    TooSlow,
    ValueRefused,
)
from repository.order import complete_order
from repository.repositories import Repositories
from repository.statements import PageRequest
from tests.conftest import ACTOR, Org, Urls
from tests.repository.conftest import Sample

BACKEND = "SELECT pg_backend_pid()"


@pytest.fixture
async def single(urls: Urls) -> AsyncIterator[Connections]:
    """A pool of one connection, so that what one query leaves the next one finds."""
    connections = Connections(urls.app, size=1)
    await connections.open()
    try:
        yield connections
    finally:
        await connections.close()


async def settings(connections: Connections) -> list[tuple[str, str]]:
    """Every setting of the session, and the context."""
    (found,) = await connections.fetch_row(
        "SELECT array(SELECT name || '=' || setting FROM pg_settings "
        "WHERE name NOT LIKE 'plpgsql.%' ORDER BY name) "
        "|| coalesce(current_setting('palisade.context', true), '')",
        [],
    )
    assert found[-1] == ""
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://palisade_app@127.0.0.1:1/palisade",
        "postgresql://palisade_app@no-such-host.invalid/palisade",
        "postgresql://palisade_app@/palisade?host=/no/such/socket",
    ],
    ids=["port", "name", "socket"],
)
async def test_open_says_soon_that_nobody_is_there(url: str) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await Connections(url, size=1).open()
    assert time.monotonic() - begun < 2


async def test_open_gives_up_on_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await Connections(f"postgresql://a@127.0.0.1:{port}/b?sslmode=disable", size=1).open()
        assert time.monotonic() - begun < 2


async def test_open_with_an_unknown_role_or_database_is_no_question_of_the_context(
    urls: Urls,
) -> None:
    unknown_role = urls.app.replace("palisade_app", "no_such_role")
    for url in (unknown_role, urls.database("no_such_database").app):
        with pytest.raises(DatabaseUnavailable):
            await Connections(url, size=1).open()
    connections = Connections(urls.app, size=1)
    await connections.open()
    await connections.close()


async def test_a_pool_that_is_not_open_is_unavailable(urls: Urls) -> None:
    connections = Connections(urls.app, size=1)
    with pytest.raises(DatabaseUnavailable):
        await connections.fetch_row("SELECT 1", [])
    await connections.open()
    assert (await connections.fetch_row("SELECT 1", []))[0] == 1
    await connections.close()
    await connections.close()
    with pytest.raises(DatabaseUnavailable):
        async with connections.transaction():
            pass


async def test_a_statement_that_takes_too_long_is_ended(urls: Urls) -> None:
    single = Connections(urls.worker, size=1)
    await single.open()
    before = await settings(single)
    with pytest.raises(TooSlow):
        async with single.transaction() as transaction:
            await transaction.fetch_row("SELECT set_config('statement_timeout', '30', true)", [])
            await transaction.fetch_row("SELECT pg_sleep(5)", [])
    assert await settings(single) == before
    await single.close()


async def test_the_roles_own_timeout_is_in_force(single: Connections) -> None:
    (timeout,) = await single.fetch_row("SELECT current_setting('statement_timeout')", [])
    assert timeout == "5s"
    (zone,) = await single.fetch_row("SELECT current_setting('timezone')", [])
    assert zone == "UTC"
    (path,) = await single.fetch_row("SELECT current_setting('search_path')", [])
    assert path == '""'


async def test_a_read_whose_backend_is_killed_is_asked_once_more(
    single: Connections, root: asyncpg.Connection
) -> None:
    (pid,) = await single.fetch_row(BACKEND, [])
    sleeping = asyncio.create_task(single.fetch_row("SELECT pg_backend_pid(), pg_sleep(1)", []))
    await waits(root, pid)
    assert await root.fetchval("SELECT pg_terminate_backend($1, 2000)", pid)
    (fresh, _) = await sleeping
    assert fresh != pid
    assert (await single.fetch_row(BACKEND, []))[0] == fresh


async def test_a_read_whose_backend_is_killed_twice_is_unavailable(
    single: Connections, root: asyncpg.Connection
) -> None:
    (pid,) = await single.fetch_row(BACKEND, [])
    sleeping = asyncio.create_task(single.fetch_row("SELECT pg_sleep(4), 'killed twice'", []))
    find = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE query LIKE '%killed twice%' AND wait_event = 'PgSleep'"
    )
    killed = set()
    async with asyncio.timeout(5):
        while len(killed) < 2:
            for row in await root.fetch(find):
                if row["pid"] not in killed:
                    killed.add(row["pid"])
                    await root.fetchval("SELECT pg_terminate_backend($1, 2000)", row["pid"])
    with pytest.raises(DatabaseUnavailable):
        await sleeping
    assert pid in killed
    (fresh,) = await single.fetch_row(BACKEND, [])
    assert fresh not in killed


async def test_a_backend_killed_while_idle_is_replaced(
    single: Connections, root: asyncpg.Connection
) -> None:
    (pid,) = await single.fetch_row(BACKEND, [])
    assert await root.fetchval("SELECT pg_terminate_backend($1, 2000)", pid)
    with suppress(DatabaseUnavailable):  # Its end may not have been heard yet.
        await single.fetch_row(BACKEND, [])
    (fresh,) = await single.fetch_row(BACKEND, [])
    assert fresh != pid


async def reach(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The server of a URL, by its socket or its port."""
    parts = urlsplit(url)
    port = parts.port or 5432
    folder = parse_qs(parts.query).get("host")
    if folder:
        return await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.{port}")
    return await asyncio.open_connection(parts.hostname, port)


async def test_a_backends_end_that_is_heard_before_the_line_is_cut(
    urls: Urls, root: asyncpg.Connection
) -> None:
    """The server's last word and the end of the line can come apart."""
    heard = asyncio.Event()
    relays: list[asyncio.Task[object] | None] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            if b"57P01" in data:
                heard.set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relays.append(asyncio.current_task())
        server_reader, server_writer = await reach(urls.app)
        ways = (pass_on(reader, server_writer), pass_on(server_reader, writer))
        await asyncio.gather(*ways, return_exceptions=True)
        for one in (server_writer, writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        parts = urlsplit(urls.app)
        user = parts.netloc.rpartition("@")[0]
        connections = Connections(
            f"postgresql://{user}@127.0.0.1:{port}{parts.path}?sslmode=disable", size=1
        )
        await connections.open()
        (pid,) = await connections.fetch_row(BACKEND, [])
        await root.fetchval("SELECT pg_terminate_backend($1)", pid)
        async with asyncio.timeout(5):
            await heard.wait()
        await asyncio.sleep(0.05)
        (fresh,) = await connections.fetch_row(BACKEND, [])
        await connections.close()
        async with asyncio.timeout(5):
            await asyncio.gather(*filter(None, relays))
        assert fresh != pid


async def test_a_backend_killed_in_a_transaction_commits_nothing(
    org: Org, root: asyncpg.Connection
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with org.repositories.transaction() as repositories:
            row = await repositories.of(Vendor).create({"name": "a", "tier": "LOW"})
            held = repositories.session.transaction
            assert held is not None
            (pid,) = await held.fetch_row(BACKEND, [])
            await root.fetchval("SELECT pg_terminate_backend($1, 2000)", pid)
            await repositories.of(Vendor).get(row["id"])
    assert await org.repositories.of(Vendor).count() == 0


async def test_errors_of_the_driver_are_ours(single: Connections) -> None:
    cases: list[tuple[type[RepositoryError], str, list[object]]] = [
        (ValueRefused, "SELECT 1 / $1::int", [0]),
        (ValueRefused, "SELECT $1::int", [2**40]),
        (ValueRefused, "SELECT $1::text", ["a\0b"]),
        (ValueRefused, "SELECT $1::text", ["\ud800"]),
        (ValueRefused, "SELECT $1::timestamptz", [datetime(2024, 1, 1)]),
        (ContextRefused, "SELECT CASE WHEN palisade.enter($1) THEN palisade.org_id() END", ["x"]),
    ]
    before = await settings(single)
    for error, sql, arguments in cases:
        with pytest.raises(error):
            await single.fetch_row(sql, arguments)
        with pytest.raises(error):
            async with single.transaction() as transaction:
                await transaction.fetch_row(sql, arguments)
    assert await settings(single) == before


async def test_an_error_of_ours_in_sql_stays_what_it_is(single: Connections) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await single.fetch_row("SELECT * FROM nowhere", [])
    with pytest.raises(asyncpg.CheckViolationError):
        async with single.transaction() as transaction:
            await transaction.fetch_row("SELECT (-1)::information_schema.cardinal_number", [])


async def test_an_error_of_the_block_stays_what_it_is(single: Connections) -> None:
    with pytest.raises(FileNotFoundError):
        async with single.transaction():
            raise FileNotFoundError
    with pytest.raises(TimeoutError):
        async with single.transaction():
            raise TimeoutError


async def waits(root: asyncpg.Connection, pid: int) -> None:
    """Until the backend sleeps in its query."""
    async with asyncio.timeout(5):
        while not await root.fetchval(
            "SELECT true FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", pid
        ):
            pass


async def test_a_transaction_that_was_left_open_is_rolled_back(
    single: Connections, root: asyncpg.Connection
) -> None:
    (pid,) = await single.fetch_row(BACKEND, [])
    async with single._opened.lend() as connection:
        await connection.execute("BEGIN;")
    async with asyncio.timeout(2):
        while True:
            state = await root.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", pid)
            if state == "idle":
                break
            await asyncio.sleep(0.01)
    assert await single.fetch_row(BACKEND, []) == (pid,)


@pytest.mark.parametrize("entered", [False, True])
async def test_a_cancelled_query_leaves_nothing(
    single: Connections,
    root: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    entered: bool,
) -> None:
    before = await settings(single)
    (pid,) = await single.fetch_row(BACKEND, [])

    async def work() -> None:
        if entered:
            async with single.transaction() as transaction:
                await transaction.fetch_row("SELECT palisade.enter($1)", [signer.sign(org.org_id)])
                await transaction.fetch_row("SELECT pg_sleep(4)", [])
        else:
            await single.fetch_row(
                "SELECT CASE WHEN palisade.enter($1) THEN pg_sleep(4)::text END",
                [signer.sign(org.org_id)],
            )

    begun = time.monotonic()
    task = asyncio.create_task(work())
    await waits(root, pid)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await settings(single) == before
    (rows,) = await single.fetch_row("SELECT count(*) FROM data.organization", [])
    assert rows == 0
    assert time.monotonic() - begun < 3


async def test_a_deadline_leaves_nothing(
    single: Connections, signer: ContextSigner, org: Org
) -> None:
    before = await settings(single)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                async with single.transaction() as transaction:
                    await transaction.fetch_row(
                        "SELECT palisade.enter($1)", [signer.sign(org.org_id)]
                    )
                    await transaction.fetch_row("SELECT pg_sleep(4)", [])
    assert await settings(single) == before
    (rows,) = await single.fetch_row("SELECT count(*) FROM data.organization", [])
    assert rows == 0


async def test_a_busy_pool_is_unavailable_soon(single: Connections) -> None:
    begun = time.monotonic()
    async with single.transaction():
        with pytest.raises(DatabaseUnavailable):
            await single.fetch_row("SELECT 1", [])
    assert time.monotonic() - begun < 2
    assert (await single.fetch_row("SELECT 1", []))[0] == 1


@pytest.mark.parametrize("size", [1, 4])
async def test_organisations_at_once_never_mix(
    urls: Urls, database: Database, signer: ContextSigner, org: Org, other_org: Org, size: int
) -> None:
    """50 tasks of two organisations on one pool: reads, writes, transactions, cancelled ones."""
    for one in (org, other_org):
        await one.repositories.of(Vendor).create_many(
            [{"name": f"{one.slug} {place}", "tier": "LOW"} for place in range(3)]
        )
    connections = Connections(urls.app, size=size)
    await connections.open()
    shared = Database(database.catalog, connections, signer)

    async def task(number: int) -> None:
        one = (org, other_org)[number % 2]
        repositories = shared.of(one.org_id, ACTOR)
        match number % 5:
            case 0:
                row = await repositories.of(Vendor).create(
                    {"name": f"{one.slug} new {number}", "tier": "LOW"}
                )
                assert (await repositories.of(Vendor).get(row["id"]))["id"] == row["id"]
            case 1:
                async with repositories.transaction() as inside:
                    await inside.of(Sample).create({"title": f"{one.slug} {number}", "tags": []})
                    assert await names(inside) == {one.slug}
            case 2:
                reading = asyncio.create_task(names(repositories))
                await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait([reading])
            case _:
                assert await names(repositories) == {one.slug}
        assert await names(repositories) == {one.slug}

    async def names(repositories: Repositories) -> set[str]:
        table = database.catalog.tables["Vendor"]
        page = await repositories.of(Vendor).page(PageRequest(complete_order(table, ()), 100))
        return {row["name"].split(" ")[0] for row in page.rows}

    try:
        await asyncio.gather(*(task(number) for number in range(50)))
        assert await settings(connections)
    finally:
        await connections.close()
    for one in (org, other_org):
        assert await one.repositories.of(Vendor).count() == 8
        assert await one.repositories.of(Sample).count() == 5


async def test_close_does_not_wait_for_a_query_for_ever(urls: Urls) -> None:
    connections = Connections(urls.app, size=1)
    await connections.open()
    sleeping = asyncio.create_task(connections.fetch_row("SELECT pg_sleep(4.5)", []))
    await asyncio.sleep(0.01)
    begun = time.monotonic()
    await connections.close()
    assert time.monotonic() - begun < 3.5
    with pytest.raises(DatabaseUnavailable):
        await sleeping


async def test_first_and_last_instants_are_no_infinity(org: Org, root: asyncpg.Connection) -> None:
    instants = [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC),
    ]
    days = [date.min, date.max, date(2024, 2, 29)]
    repository = org.repositories.of(Sample)
    made: list[UUID] = []
    for place, (instant, day) in enumerate(zip(instants, days, strict=True)):
        row = await repository.create(
            {"title": f"{place}", "tags": [], "seen_at": instant, "day": day}
        )
        assert (row["seen_at"], row["day"]) == (instant, day)
        assert row["seen_at"].tzinfo is UTC
        made.append(row["id"])
    finite = await root.fetchval(
        "SELECT bool_and(isfinite(seen_at) AND isfinite(day)) FROM data.sample WHERE id = ANY($1)",
        made,
    )
    assert finite
    await root.execute(
        "UPDATE data.sample SET seen_at = 'infinity', day = '-infinity' WHERE id = $1", made[2]
    )
    row = await repository.get(made[2])
    assert (row["seen_at"], row["day"]) == (datetime.max.replace(tzinfo=UTC), date.min)


async def test_ids_of_any_kind_are_bound(single: Connections) -> None:
    id = uuid4()
    (found,) = await single.fetch_row("SELECT $1::uuid[]", [[id]])
    assert found == [id]
