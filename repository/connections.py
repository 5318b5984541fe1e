"""One pool of database connections, and the driver's errors as ours."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

import asyncpg
import orjson

from repository.context_functions import FROZEN_STATE, SEARCH_REFUSED
from repository.errors import (
    Contended,
    ContextRefused,
    DatabaseUnavailable,
    Frozen,
    RepositoryError,
    StatementRefused,
    TooManyToSearch,
    TooSlow,
    TransactionFailed,
    ValueRefused,
)
from repository.guarded import GuardedConnection
from repository.pool import Pool

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

# What a connection that was cut in the middle of a statement raises, or one whose prepared
# statements are gone.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    asyncpg.InvalidSQLStatementNameError,
    ConnectionError,
)


class Executor(Protocol):
    """Runs one statement that yields one row: one that only reads, or one that writes."""

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]: ...

    async def write_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]: ...


class Transaction:
    """One held connection, in a transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
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

    write_row = fetch_row


class Connections:
    """The pool. A read borrows a connection for one statement, a transaction holds one."""

    def __init__(self, url: str, *, size: int, cached_statements: int = CACHED_STATEMENTS) -> None:
        self._url = url
        self._size = size
        self._cached_statements = cached_statements
        self._pool: Pool | None = None

    async def open(self) -> None:
        """Connects once, to see that the database is there.

        Raises: DatabaseUnavailable.
        """
        pool = Pool(self._connect, size=self._size, patience=CONNECT_TIMEOUT)
        with translated():
            try:
                pool.release(await pool.acquire())
            except asyncpg.InvalidAuthorizationSpecificationError as error:
                # The class of a refused context, too; here it is the role that is refused.
                raise DatabaseUnavailable from error
        self._pool = pool

    async def close(self) -> None:
        """Closes every connection, at once for those still at work."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
        """The first row of one statement that only reads, in a transaction of its own.

        Asked once more where the connection is lost on the way.
        """
        with translated():
            pool = self._opened
            try:
                return await _fetch_row(pool, sql, arguments)
            except _LOST:
                pool.forget_idle()
                return await _fetch_row(pool, sql, arguments)

    async def write_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
        """The first row of one statement that writes, in a transaction of its own.

        Never asked again: a connection that is lost may have committed.
        """
        with translated():
            return await _fetch_row(self._opened, sql, arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction, committed at the end of the block and rolled back by any exception.

        Raises: TransactionFailed, where the block caught the error of a statement; COMMIT would
        roll back and not say so.
        """
        with translated() as translation:
            async with self._opened.lend() as connection, connection.transaction():
                transaction = Transaction(connection)
                try:
                    yield transaction
                except Exception as error:
                    translation.passed = error
                    raise
                if transaction.failure:
                    raise TransactionFailed from transaction.failure

    @property
    def _opened(self) -> Pool:
        if self._pool is None:
            raise DatabaseUnavailable
        return self._pool

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_TIMEOUT.total_seconds(),
            connection_class=GuardedConnection,
            statement_cache_size=self._cached_statements,
            max_cached_statement_lifetime=0,
        )
        await _prepare(connection)
        return connection


async def _fetch_row(pool: Pool, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
    connection = await pool.acquire()
    try:
        row: Sequence[Any] = await connection.fetchrow(sql, *arguments)
    except asyncpg.InvalidSQLStatementNameError:
        # Its statements were taken away: it would fail for ever.
        connection.terminate()
        pool.release(connection)
        raise
    except (asyncpg.PostgresError, StatementRefused):
        pool.release(connection)
        raise
    except BaseException:
        pool.doubt(connection)
        raise
    pool.release(connection)
    return row


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
        if isinstance(error, asyncpg.TransactionRollbackError):
            raise Contended from error
        if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
            raise ContextRefused from error
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == SEARCH_REFUSED:
            raise TooManyToSearch(str(error.args[0])) from error
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == FROZEN_STATE:
            raise Frozen from error
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
