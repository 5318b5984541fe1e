"""The pool alone: who gets a connection and when, and in which state.

What the server counts is the truth; the pool's own members are looked at only where the server
can't tell.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from repository.pool import Pool
from tests.conftest import Urls

SOON = timedelta(seconds=5)
CONTEXT = "SELECT coalesce(current_setting('palisade.context', true), '')"

MakePool = Callable[..., Pool]


class Server:
    """Connects, on demand fails to, and tells what the server knows of the connections."""

    def __init__(self, url: str, root: asyncpg.Connection) -> None:
        self._url = url
        self._root = root
        self._name = f"pool-{uuid4().hex[:12]}"
        self._killing = asyncio.Lock()
        self.connects = 0
        self.failures = 0
        self.may_connect = asyncio.Event()
        self.may_connect.set()

    async def connect(self) -> asyncpg.Connection:
        self.connects += 1
        await self.may_connect.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError
        return await asyncpg.connect(self._url, server_settings={"application_name": self._name})

    async def states(self) -> list[str]:
        """The state of each backend."""
        rows = await self._root.fetch(
            "SELECT state FROM pg_stat_activity WHERE application_name = $1", self._name
        )
        return [row["state"] for row in rows]

    async def settle(self, *states: str) -> None:
        """Waits until the backends are of these states."""
        found: list[str] = []
        try:
            async with asyncio.timeout(4):
                while (found := sorted(await self.states())) != sorted(states):
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pytest.fail(f"the backends are {found}")

    async def kill(self, connection: asyncpg.Connection) -> None:
        async with self._killing:
            await self._root.fetchval(
                "SELECT pg_terminate_backend($1, 2000)", connection.get_server_pid()
            )

    async def sleeps(self, connection: asyncpg.Connection) -> None:
        """Waits until the connection's backend sleeps in its query."""
        async with asyncio.timeout(4):
            while not await self._root.fetchval(
                "SELECT true FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
                connection.get_server_pid(),
            ):
                pass


@pytest.fixture
def server(urls: Urls, root: asyncpg.Connection) -> Server:
    return Server(urls.worker, root)


@pytest.fixture
async def make_pool(server: Server) -> AsyncIterator[MakePool]:
    made: list[Pool] = []

    def make(*, size: int, patience: timedelta = SOON) -> Pool:
        made.append(Pool(server.connect, size=size, patience=patience))
        return made[-1]

    yield make
    for pool in made:
        await pool.close()
    await asyncio.sleep(0)


async def turns(count: int = 5) -> None:
    """Lets everybody who can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


# How many there are


async def test_pool_makes_no_more_connections_than_its_size(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=3)
    at_once = most = 0

    async def work() -> None:
        nonlocal at_once, most
        async with pool.lend() as connection:
            at_once += 1
            most = max(most, at_once)
            await connection.fetchval("SELECT pg_sleep(0.002)")
            at_once -= 1

    await asyncio.gather(*(work() for _ in range(60)))
    assert most == 3
    assert server.connects == 3
    await server.settle("idle", "idle", "idle")


async def test_pool_makes_connections_when_they_are_needed(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=3)
    assert server.connects == 0
    for _ in range(5):
        async with pool.lend() as connection:
            await connection.fetchval("SELECT 1")
    assert server.connects == 1


async def test_size_holds_while_connecting(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=2)
    server.may_connect.clear()
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(4)]
    await turns()
    assert server.connects == 2
    server.may_connect.set()
    first = await asyncio.gather(*tasks[:2])
    for connection in first:
        pool.release(connection)
    second = await asyncio.gather(*tasks[2:])
    assert set(first) == set(second)
    assert server.connects == 2
    for connection in second:
        pool.release(connection)


async def test_last_used_connection_goes_out_first(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    one, two = await pool.acquire(), await pool.acquire()
    pool.release(two)
    pool.release(one)
    assert await pool.acquire() is one
    assert await pool.acquire() is two
    pool.release(one)
    pool.release(two)


# Waiting


async def test_waiting_ends_with_a_timeout(make_pool: MakePool) -> None:
    pool = make_pool(size=1, patience=timedelta(milliseconds=50))
    held = await pool.acquire()
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await pool.acquire()
    assert 0.04 < time.monotonic() - begun < 1
    pool.release(held)
    assert await pool.acquire() is held
    pool.release(held)


async def test_waiting_callers_are_served_in_their_order(make_pool: MakePool) -> None:
    pool = make_pool(size=1)
    held = await pool.acquire()
    served: list[int] = []

    async def work(number: int) -> None:
        connection = await pool.acquire()
        served.append(number)
        await connection.fetchval("SELECT 1")
        pool.release(connection)

    tasks = []
    for number in range(6):
        tasks.append(asyncio.create_task(work(number)))
        await turns(1)
    pool.release(held)
    await asyncio.gather(*tasks)
    assert served == list(range(6))


async def test_caller_that_comes_later_does_not_take_the_turn_of_one_that_waits(
    make_pool: MakePool,
) -> None:
    pool = make_pool(size=1, patience=timedelta(milliseconds=300))
    served: list[str] = []

    async def waiting() -> None:
        async with pool.lend():
            served.append("waiting")

    held = await pool.acquire()
    task = asyncio.create_task(waiting())
    await turns()
    for _ in range(20):
        # What one that reads many times in a row does.
        pool.release(held)
        held = await pool.acquire()
        served.append("later")
        await held.fetchval("SELECT 1")
    pool.release(held)
    await task
    assert served[0] == "waiting"


async def test_turn_of_a_cancelled_waiter_is_the_next_ones(make_pool: MakePool) -> None:
    pool = make_pool(size=1)
    held = await pool.acquire()
    first = asyncio.create_task(pool.acquire())
    await turns()
    second = asyncio.create_task(pool.acquire())
    await turns()
    pool.release(held)  # The first one's turn has come, but it has not heard of it,
    first.cancel()  # and never will.
    with pytest.raises(asyncio.CancelledError):
        await first
    async with asyncio.timeout(1):
        assert await second is held
    pool.release(held)


async def test_waiter_that_is_cancelled_before_its_turn_is_passed_over(
    make_pool: MakePool,
) -> None:
    pool = make_pool(size=1)
    held = await pool.acquire()
    first = asyncio.create_task(pool.acquire())
    await turns()
    second = asyncio.create_task(pool.acquire())
    await turns()
    first.cancel()
    await asyncio.wait([first])
    pool.release(held)
    async with asyncio.timeout(1):
        assert await second is held
    pool.release(held)


async def test_turn_of_a_waiter_that_times_out_at_that_moment_is_not_lost(
    make_pool: MakePool,
) -> None:
    for delay_ms in range(15, 26):
        pool = make_pool(size=1, patience=timedelta(milliseconds=20))
        held = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(delay_ms / 1000)
        pool.release(held)
        await asyncio.wait([waiting])
        if waiting.exception() is None:
            pool.release(waiting.result())
        async with asyncio.timeout(1):
            assert await pool.acquire() is held
        pool.release(held)
        await pool.close()


async def test_failed_connect_lets_the_next_one_try(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=1)
    server.failures = 1
    server.may_connect.clear()
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(2)]
    await turns()
    assert server.connects == 1
    server.may_connect.set()
    with pytest.raises(ConnectionRefusedError):
        await tasks[0]
    async with asyncio.timeout(1):
        connection = await tasks[1]
    assert server.connects == 2
    pool.release(connection)


async def test_cancelled_connect_lets_the_next_one_try(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=1)
    server.may_connect.clear()
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(2)]
    await turns()
    tasks[0].cancel()
    server.may_connect.set()
    async with asyncio.timeout(2):
        connection = await tasks[1]
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    pool.release(connection)
    await server.settle("idle")


async def test_all_failed_connects_are_told_and_the_pool_recovers(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=2)
    server.failures = 8
    outcomes = await asyncio.gather(*(pool.acquire() for _ in range(8)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionRefusedError] * 8
    pool.release(await pool.acquire())
    await server.settle("idle")


async def test_dropped_connection_makes_room_for_one_that_waits(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    held = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    await turns()
    await server.kill(held)
    with suppress(
        # The driver's word for an end that it heard just before the query.
        asyncpg.InternalClientError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        OSError,
    ):
        await held.execute("SELECT 1")
    pool.doubt(held)
    async with asyncio.timeout(3):
        fresh = await waiting
    assert fresh is not held
    pool.release(fresh)
    await server.settle("idle")


# Mending


async def test_cancelled_query_ends_and_its_connection_serves_on(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)

    async def work(ready: asyncio.Future[asyncpg.Connection]) -> None:
        async with pool.lend() as connection:
            ready.set_result(connection)
            await connection.fetchval("SELECT pg_sleep(4)")

    begun = time.monotonic()
    ready: asyncio.Future[asyncpg.Connection] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(work(ready))
    connection = await ready
    await server.sleeps(connection)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with pool.lend() as again:
        assert again is connection
        assert await again.fetchval("SELECT 1") == 1
    assert time.monotonic() - begun < 3
    assert server.connects == 1


async def test_connection_in_doubt_is_nobodys_until_it_is_mended(
    make_pool: MakePool,
) -> None:
    pool = make_pool(size=1)
    connection = await pool.acquire()
    await connection.execute("BEGIN")
    pool.doubt(connection)
    waiting = asyncio.create_task(pool.acquire())
    await turns(1)
    assert not waiting.done()
    assert await waiting is connection
    assert not connection.is_in_transaction()
    pool.release(connection)


async def test_cancelled_block_of_a_transaction_is_rolled_back(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with pool.lend() as connection, connection.transaction():
            await connection.execute("SET LOCAL palisade.context = 'somebody'")
            inside.set_result(None)
            await asyncio.sleep(10)

    task = asyncio.create_task(work())
    await inside
    await server.settle("idle in transaction")
    task.cancel()
    await asyncio.wait([task])
    async with pool.lend() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval(CONTEXT) == ""
    await server.settle("idle")


@pytest.mark.parametrize(
    "word",
    [
        "BEGIN",
        "ROLLBACK",
        "COMMIT",
    ],
)
async def test_transaction_that_is_cancelled_at_its_edge_does_not_spoil_the_next(
    make_pool: MakePool, server: Server, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    pool = make_pool(size=1)

    edge = asyncio.Event()
    execute = asyncpg.Connection.execute

    async def watched(self: asyncpg.Connection, sql: str, *rest: object, **options: object) -> str:
        if sql.startswith(word):
            edge.set()
        result: str = await execute(self, sql, *rest, **options)
        return result

    async def work() -> None:
        async with pool.lend() as connection, connection.transaction():
            await connection.fetchval("SELECT 1")
            if word == "ROLLBACK":
                raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "execute", watched)
        task = asyncio.create_task(work())
        async with asyncio.timeout(2):
            await edge.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    for _ in range(2):
        async with pool.lend() as connection, connection.transaction():
            assert await connection.fetchval("SELECT 1") == 1
    await server.settle("idle")


async def test_deadline_in_a_query_leaves_the_connection_usable(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                async with pool.lend() as connection:
                    await connection.fetchval("SELECT pg_sleep(4)")
    async with pool.lend() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    assert server.connects == 1


async def test_transaction_that_was_left_open_is_rolled_back(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    async with pool.lend() as connection:
        await connection.execute("BEGIN")
        await connection.execute("SET LOCAL palisade.context = 'somebody'")
        assert await connection.fetchval(CONTEXT) == "somebody"
    await server.settle("idle")
    async with pool.lend() as connection:
        assert await connection.fetchval(CONTEXT) == ""
    assert server.connects == 1


async def test_transaction_that_failed_and_was_left_open_holds_nobody_up(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with pool.lend() as connection:
            await connection.execute("BEGIN")
            await connection.execute("SET LOCAL palisade.context = 'somebody'")
            await connection.fetchval("SELECT 1 / 0")
    async with pool.lend() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval(CONTEXT) == ""
    await server.settle("idle")


async def test_error_of_a_statement_keeps_the_connection(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    for _ in range(3):
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with pool.lend() as connection:
                await connection.fetchval("SELECT 1 / 0")
    assert server.connects == 1


async def test_connection_that_can_not_be_mended_is_dropped(
    make_pool: MakePool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repository.pool.MEND_TIMEOUT", timedelta(milliseconds=100))
    pool = make_pool(size=1)
    connection = await pool.acquire()
    busy = asyncio.create_task(connection.execute("SELECT pg_sleep(3)"))
    await server.sleeps(connection)
    pool.doubt(connection)
    async with asyncio.timeout(2):
        fresh = await pool.acquire()
    assert fresh is not connection
    assert connection.is_closed()
    pool.release(fresh)
    await asyncio.wait([busy])
    assert busy.exception() is not None


# Connections that are gone


async def test_connection_that_died_idle_is_not_handed_out(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=2)
    one, two = await pool.acquire(), await pool.acquire()
    pool.release(one)
    pool.release(two)
    for connection in (one, two):
        await server.kill(connection)
    async with asyncio.timeout(2):
        while not (one.is_closed() and two.is_closed()):
            await asyncio.sleep(0.001)
    fresh = [await pool.acquire(), await pool.acquire()]
    assert not {one, two} & set(fresh)
    assert [await connection.fetchval("SELECT 1") for connection in fresh] == [1, 1]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pool.acquire()
    for connection in fresh:
        pool.release(connection)
    await server.settle("idle", "idle")


async def test_connection_that_comes_back_dead_is_dropped(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    for give_back in (pool.release, pool.doubt):
        connection = await pool.acquire()
        connection.terminate()
        give_back(connection)
        fresh = await pool.acquire()
        assert fresh is not connection
        pool.release(fresh)
    await server.settle("idle")


async def test_forget_idle_drops_what_is_idle_alone(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=3)
    held, one, two = [await pool.acquire() for _ in range(3)]
    pool.release(one)
    pool.release(two)
    pool.forget_idle()
    assert one.is_closed()
    assert two.is_closed()
    assert await held.fetchval("SELECT 1") == 1
    fresh = [await pool.acquire() for _ in range(2)]
    for connection in (held, *fresh):
        pool.release(connection)
    await server.settle("idle", "idle", "idle")


# The end


async def test_close_ends_the_idle_and_those_at_work(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=3)
    held, idle, mended = [await pool.acquire() for _ in range(3)]
    working = asyncio.create_task(held.execute("SELECT pg_sleep(1)"))
    await server.sleeps(held)
    pool.release(idle)
    await mended.execute("BEGIN")
    pool.doubt(mended)
    begun = time.monotonic()
    await pool.close()
    assert time.monotonic() - begun < 1
    await asyncio.wait([working])
    assert working.exception() is not None
    assert all(connection.is_closed() for connection in (held, idle, mended))
    pool.release(held)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.acquire()
    await server.settle()


async def test_close_while_a_connection_is_being_mended(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    connection = await pool.acquire()
    busy = asyncio.create_task(connection.execute("SELECT pg_sleep(1)"))
    await server.sleeps(connection)
    pool.doubt(connection)
    await turns()
    begun = time.monotonic()
    await pool.close()
    await turns()
    assert time.monotonic() - begun < 1
    assert connection.is_closed()
    await asyncio.wait([busy])
    assert busy.exception() is not None
    await server.settle()


async def test_close_tells_those_who_wait(make_pool: MakePool, server: Server) -> None:
    pool = make_pool(size=1)
    held = await pool.acquire()
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(3)]
    await turns()
    await pool.close()
    async with asyncio.timeout(1):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncpg.InterfaceError] * 3
    pool.release(held)
    await server.settle()


async def test_connection_that_is_made_during_close_ends_with_its_use(
    make_pool: MakePool, server: Server
) -> None:
    pool = make_pool(size=1)
    server.may_connect.clear()

    async def work() -> None:
        async with pool.lend():
            pass

    task = asyncio.create_task(work())
    await turns()
    await pool.close()
    server.may_connect.set()
    await asyncio.wait([task])
    if task.exception() is not None:
        assert isinstance(task.exception(), asyncpg.InterfaceError)
    await server.settle()


async def test_close_twice_does_no_harm(make_pool: MakePool) -> None:
    pool = make_pool(size=1)
    async with pool.lend() as connection:
        await connection.fetchval("SELECT 1")
    await pool.close()
    await pool.close()


# Everything at once


EXPECTED = (
    asyncpg.DivisionByZeroError,
    asyncpg.QueryCanceledError,
    *(asyncpg.AdminShutdownError, asyncpg.ConnectionDoesNotExistError, asyncpg.InternalClientError),
    *(ConnectionError, TimeoutError),
)


@pytest.mark.parametrize("seed", range(3))
async def test_random_steps_lose_no_connection_and_leave_nothing(
    make_pool: MakePool, server: Server, seed: int
) -> None:
    """Queries, errors, cancels, deadlines, kills, open transactions, failing connects: 800."""
    choose = random.Random(seed)
    pool = make_pool(size=2, patience=timedelta(milliseconds=200))
    done: dict[str, int] = {}

    async def query() -> None:
        async with pool.lend() as connection:
            assert await connection.fetchval(CONTEXT) == ""
            assert not connection.is_in_transaction()
            context = "SELECT set_config('palisade.context', 'somebody', true)"
            assert await connection.fetchval(context) == "somebody"

    async def fail() -> None:
        async with pool.lend() as connection:
            await connection.fetchval(
                "SELECT set_config('palisade.context', 'somebody', true), 1 / 0"
            )

    async def transact() -> None:
        async with pool.lend() as connection, connection.transaction():
            assert await connection.fetchval(CONTEXT) == ""
            await connection.execute("SET LOCAL palisade.context = 'somebody'")
            await asyncio.sleep(choose.random() / 300)
            if choose.random() < 0.3:
                await connection.fetchval("SELECT 1 / 0")

    async def leave_open() -> None:
        async with pool.lend() as connection:
            await connection.execute("BEGIN; SET LOCAL palisade.context = 'somebody'")
            if choose.random() < 0.3:
                await connection.fetchval("SELECT 1 / 0")

    async def time_out() -> None:
        async with pool.lend() as connection, connection.transaction():
            await connection.execute("SET LOCAL statement_timeout = 1")
            await connection.fetchval("SELECT pg_sleep(1)")

    async def die() -> None:
        if choose.random() < 0.2:
            server.failures = 1
        async with pool.lend() as connection:
            working = asyncio.create_task(connection.fetchval("SELECT pg_sleep(1)"))
            await server.kill(connection)
            await working

    async def forget() -> None:
        if choose.random() < 0.1:
            pool.forget_idle()

    works = [query] * 8 + [fail, transact, transact, leave_open, time_out, forget] + [die]

    async def step() -> None:
        work = choose.choice(works)
        done[work.__name__] = done.get(work.__name__, 0) + 1
        task = asyncio.create_task(work())  # type: ignore[arg-type]
        way = choose.random()
        if way < 0.25:
            await asyncio.sleep(choose.choice((0, 0, 0.001, 0.003)))
            task.cancel()
        elif way < 0.35:
            await asyncio.wait([task], timeout=0.002)
            task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            with suppress(*EXPECTED):
                task.result()

    async def steps(count: int) -> None:
        for _ in range(count):
            await step()

    await asyncio.gather(*(steps(100) for _ in range(8)))
    server.failures = 0
    assert len(done) == 7
    async with asyncio.timeout(5):
        while pool._mending or len(pool._idle) != len(pool._made):
            await asyncio.sleep(0.005)
    assert len(pool._made) <= 2
    assert pool._reserved == 0
    assert not [waiter for waiter in pool._waiting if not waiter.done()]
    # Some of the idle may have died unheard; all others are as they were made.
    both = [await pool.acquire(), await pool.acquire()]
    for connection in both:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            assert not connection.is_in_transaction()
            assert await connection.fetchval(CONTEXT) == ""
            assert await connection.fetchval("SHOW statement_timeout") == "5s"
    with pytest.raises(TimeoutError):
        await pool.acquire()
    for connection in both:
        pool.release(connection)
    async with asyncio.timeout(4):
        while not {"idle"}.issuperset(await server.states()) or len(await server.states()) > 2:
            await asyncio.sleep(0.01)
