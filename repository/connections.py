"""One pool of database connections, and the driver's errors as ours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from repository.errors import (
    ContextRefused,
    DatabaseUnavailable,
    RepositoryError,
    TooSlow,
    TransactionFailed,
    ValueRefused,
)

CONNECT_TIMEOUT: Final = timedelta(seconds=1.5)
CACHED_STATEMENTS: Final = 1000

# What PostgreSQL counts microseconds and days from.
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND

# A class name, not each code: SQLSTATE class 08 is "connection exception", 57P "operator
# intervention". Source: PostgreSQL documentation, appendix A.
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,
    # How the driver tells of a connection whose end it heard just before the query.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class Executor(Protocol):
    """Runs one statement that yields one row."""

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]: ...


class Transaction:
    """One held connection, in a transaction."""

    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._connection = connection
        self.failure: asyncpg.PostgresError | None = None

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
        """The first row, by position."""
        with translated():
            try:
                row: Sequence[Any] = await self._connection.fetchrow(sql, *arguments)
            except asyncpg.PostgresError as error:
                self.failure = error
                raise
            return row


class Connections:
    """The pool. A read borrows a connection for one statement, a transaction holds one.

    Nothing is ever set on a connection beyond its transaction, so none is reset when it comes
    back; one that comes back inside a transaction is rolled back.
    """

    def __init__(self, url: str, *, size: int) -> None:
        self._url = url
        self._size = size
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connects once, to see that the database is there.

        Raises: DatabaseUnavailable.
        """
        with translated():
            try:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._size,
                    timeout=CONNECT_TIMEOUT.total_seconds(),
                    init=_prepare,
                    reset=_leave,
                    statement_cache_size=CACHED_STATEMENTS,
                    max_cached_statement_lifetime=0,
                )
            except asyncpg.InvalidAuthorizationSpecificationError as error:
                # The class of a refused context, too; here it is the role that is refused.
                raise DatabaseUnavailable from error

    async def close(self) -> None:
        """Closes every connection, at once for those still at work after two seconds."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), 2)
        except TimeoutError:
            pool.terminate()

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
        """The first row of one statement, in a transaction of its own."""
        with translated():
            async with self._acquire() as connection:
                row: Sequence[Any] = await connection.fetchrow(sql, *arguments)
                return row

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction, committed at the end of the block and rolled back by any exception.

        Raises: TransactionFailed, where the block caught the error of a statement; COMMIT would
        roll back and not say so.
        """
        with translated() as translation:
            async with self._acquire() as connection, connection.transaction():
                transaction = Transaction(connection)
                try:
                    yield transaction
                except Exception as error:
                    translation.passed = error
                    raise
                if transaction.failure:
                    raise TransactionFailed from transaction.failure

    def _acquire(self) -> Any:
        if self._pool is None:
            raise DatabaseUnavailable
        return self._pool.acquire(timeout=CONNECT_TIMEOUT.total_seconds())


class translated:  # noqa: N801  reads as a word in `with translated():`
    """Turns the driver's errors into RepositoryError; constraint errors pass unchanged.

    So does ``passed``, an error that isn't the driver's whatever its type.
    """

    def __init__(self) -> None:
        self.passed: Exception | None = None

    def __enter__(self) -> "translated":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or error is self.passed or isinstance(error, RepositoryError):
            return
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return
        if isinstance(error, asyncpg.QueryCanceledError):
            raise TooSlow from error
        if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
            raise ContextRefused from error
        if isinstance(error, asyncpg.DataError):
            raise ValueRefused(getattr(error, "column_name", None)) from error
        if isinstance(error, _UNAVAILABLE):
            raise DatabaseUnavailable from error


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        # The binary form is a version byte and the text.
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(bytes(data)[1:]),
    )
    # The driver takes the first and the last day there is for infinity, which has no place in a
    # cursor; these write them as they are.
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda value: ((value - _EPOCH) // _MICROSECOND,),
        decoder=lambda data: _instant(data[0]),
    )
    await connection.set_type_codec(
        "date",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda value: (value.toordinal() - _EPOCH_DAY,),
        decoder=lambda data: _day(data[0]),
    )


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=min(max(microseconds, _FIRST), _LAST))


def _day(days: int) -> date:
    return date.fromordinal(min(max(days + _EPOCH_DAY, 1), date.max.toordinal()))


async def _leave(connection: asyncpg.Connection) -> None:
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
