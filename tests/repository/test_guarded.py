from collections.abc import AsyncIterator

import asyncpg
import pytest

from repository.connections import CACHED_STATEMENTS, Connections
from repository.errors import StatementRefused
from repository.guarded import GuardedConnection, check_statement
from tests.conftest import Urls


@pytest.fixture
async def connection(urls: Urls) -> AsyncIterator[GuardedConnection]:
    made = await asyncpg.connect(
        urls.app, connection_class=GuardedConnection, statement_cache_size=CACHED_STATEMENTS
    )
    yield made
    await made.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "\n  WITH x AS (SELECT 1) SELECT * FROM x",
        "INSERT INTO data.x VALUES (1)",
        "UPDATE data.x SET y = 1",
        "DELETE FROM data.x",
        "SAVEPOINT part",
    ],
)
def test_what_the_service_writes_is_sent(sql: str) -> None:
    check_statement(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SET x = 1",
        "/* x */ SELECT 1",
        "-- x\nSELECT 1",
        "(SELECT 1)",
        "SELECTED",
        "SAVEPOINT part; SET x = 1",
        "SAVEPOINT partial",
        "EXECUTE x",
        "EXPLAIN SELECT 1",
        "PREPARE x AS SELECT 1",
    ],
)
def test_anything_else_is_not(sql: str) -> None:
    for _ in range(2):
        with pytest.raises(StatementRefused):
            check_statement(sql)


async def test_every_way_to_send_is_guarded(connection: GuardedConnection) -> None:
    for send in ("fetch", "fetchrow", "fetchval", "execute", "prepare", "cursor", "executemany"):
        with pytest.raises(StatementRefused):
            await getattr(connection, send)("SET bytea_output = 'escape'")
    assert await connection.fetchval("SELECT current_setting('bytea_output')") == "hex"
    async with connection.transaction():
        assert await connection.fetchval("SELECT 1") == 1
    await connection.reset()


async def test_names_on_the_server_are_not_the_drivers(
    connection: GuardedConnection, urls: Urls
) -> None:
    """The canary of the driver's private member by which statements are named."""
    root = await asyncpg.connect(urls.superuser)
    await root.execute("GRANT EXECUTE ON FUNCTION pg_prepared_statement() TO palisade_app")
    try:
        ask = "SELECT array_agg(name) FROM pg_prepared_statements"
        first, second = (
            await connection.fetchval(ask),
            await connection.fetchval(ask + " WHERE 1=1"),
        )
    finally:
        await root.execute("REVOKE EXECUTE ON FUNCTION pg_prepared_statement() FROM palisade_app")
        await root.close()
    assert len(first) == 1
    assert len(set(second)) == 2
    assert all(name.startswith("__palisade_stmt_") and len(name) > 45 for name in second)


async def test_types_the_driver_does_not_know_need_no_setting(
    connection: GuardedConnection,
) -> None:
    """The canary of the other one: a driver that turns JIT off would be refused set_config."""
    assert await connection.fetchval("SELECT 7::information_schema.cardinal_number") == 7
    assert await connection.fetchval("SELECT ARRAY[7::information_schema.cardinal_number]") == [7]


async def test_a_refused_statement_leaves_the_connection_as_it_was(urls: Urls) -> None:
    connections = Connections(urls.app, size=1)
    await connections.open()
    try:
        (pid,) = await connections.fetch_row("SELECT pg_backend_pid()", [])
        for ask in (connections.fetch_row, connections.write_row):
            with pytest.raises(StatementRefused):
                await ask("SET bytea_output = 'escape'", [])
        with pytest.raises(StatementRefused):
            async with connections.transaction() as transaction:
                await transaction.fetch_row("COMMIT", [])
        assert await connections.fetch_row("SELECT pg_backend_pid()", []) == (pid,)
    finally:
        await connections.close()
