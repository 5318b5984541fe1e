"""Connections handed out one at a time, without work where there is none to do.

The driver's own pool resets a connection that comes back, in a task of its own, and wraps each
call: more than a point query costs. Here nothing is ever set on a connection beyond its
transaction, so one that comes back idle is as it was. One that does not, because its query was
cancelled or its transaction was left open, is mended before anybody else gets it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg

MEND_TIMEOUT: Final = timedelta(seconds=2)


class Pool:
    """At most ``size`` connections, made when they are needed; the last used goes out first."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        *,
        size: int,
        patience: timedelta,
    ) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._idle: list[asyncpg.Connection] = []
        self._made: set[asyncpg.Connection] = set()
        self._reserved = 0
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._mending: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for the block."""
        connection = await self.acquire()
        try:
            yield connection
        except asyncpg.PostgresError:
            self.release(connection)
            raise
        except BaseException:
            self.doubt(connection)
            raise
        else:
            self.release(connection)

    async def acquire(self) -> asyncpg.Connection:
        """A connection that is idle.

        Raises: TimeoutError, where none comes back in time, and what connecting raises.
        """
        if self._closed:
            raise asyncpg.InterfaceError("the pool is closed")
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._made.discard(connection)
        if len(self._made) + self._reserved < self._size:
            self._reserved += 1
            return await self._make()
        return await self._wait()

    def release(self, connection: asyncpg.Connection) -> None:
        """Takes back a connection whose last statement has ended."""
        if connection.is_closed() or self._closed:
            self._drop(connection)
        elif connection.is_in_transaction():
            self.doubt(connection)
        elif not self._hand_on(connection):
            self._idle.append(connection)

    def doubt(self, connection: asyncpg.Connection) -> None:
        """Takes back a connection that may still be at work, or in a transaction."""
        if connection.is_closed() or self._closed:
            self._drop(connection)
            return
        task = asyncio.get_running_loop().create_task(self._mend(connection))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    def forget_idle(self) -> None:
        """Drops what is idle: after one connection was lost, others may be."""
        while self._idle:
            self._drop(self._idle.pop())

    async def close(self) -> None:
        """Closes all connections: the idle ones in order, those at work at once."""
        self._closed = True
        for task in self._mending:
            task.cancel()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(asyncpg.InterfaceError("the pool is closed"))
        idle, self._idle = self._idle, []
        for connection in idle:
            self._made.discard(connection)
            try:
                await connection.close(timeout=MEND_TIMEOUT.total_seconds())
            except (OSError, TimeoutError, asyncpg.PostgresError):
                connection.terminate()
        for connection in list(self._made):
            self._drop(connection)

    async def _make(self) -> asyncpg.Connection:
        """A new connection in a place that is reserved for it."""
        try:
            connection = await self._connect()
        except BaseException:
            self._give_up_place()
            raise
        self._reserved -= 1
        self._made.add(connection)
        return connection

    async def _wait(self) -> asyncpg.Connection:
        """What the one before hands on: a connection, or the place for a new one."""
        waiter: asyncio.Future[asyncpg.Connection | None]
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                connection = await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It was this one's turn.
                handed = waiter.result()
                if handed is None:
                    self._give_up_place()
                else:
                    self.release(handed)
            raise
        return await self._make() if connection is None else connection

    def _hand_on(self, connection: asyncpg.Connection | None) -> bool:
        """Gives the longest waiting a connection or a place; false where nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _give_up_place(self) -> None:
        if not self._hand_on(None):
            self._reserved -= 1

    async def _mend(self, connection: asyncpg.Connection) -> None:
        """Waits for the end of a query that was cancelled, and leaves the transaction."""
        try:
            async with asyncio.timeout(MEND_TIMEOUT.total_seconds()):
                # The driver's own, because it keeps a state of transactions besides the server's.
                await connection.reset()
        except BaseException as error:
            self._drop(connection)
            if not isinstance(error, Exception):
                raise
        else:
            self.release(connection)

    def _drop(self, connection: asyncpg.Connection) -> None:
        connection.terminate()
        if connection in self._made:
            self._made.discard(connection)
            if self._waiting and not self._closed:
                self._reserved += 1
                self._give_up_place()
