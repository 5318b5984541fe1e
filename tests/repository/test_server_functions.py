from collections.abc import AsyncIterator

import asyncpg
import pytest

from repository.server_functions import ESTIMATES, WITHHELD, shared_function_statements
from tests.conftest import Urls

FOUND = (
    "SELECT oid::regprocedure::text AS name, "
    "has_function_privilege('palisade_app', oid, 'EXECUTE') AS app, "
    "has_function_privilege('palisade_owner', oid, 'EXECUTE') AS owner, "
    "has_function_privilege('palisade_worker', oid, 'EXECUTE') AS worker "
    "FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE $1"
)


@pytest.fixture
async def root(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.superuser)
    yield connection
    await connection.close()


async def test_the_application_has_none_of_them(root: asyncpg.Connection) -> None:
    of_the_worker = set()
    for pattern in WITHHELD:
        rows = await root.fetch(FOUND, pattern)
        # Not in every version of the server.
        assert rows or pattern in {"pg\\_get\\_sequence\\_data"}, pattern
        for row in rows:
            assert (row["app"], row["owner"]) == (False, True), row["name"]
            if row["worker"]:
                of_the_worker.add(row["name"].partition("(")[0])
    assert of_the_worker == {"set_config", "pg_lock_status", "pg_stat_get_activity"}


async def test_the_application_does_not_see_estimates(root: asyncpg.Connection) -> None:
    rows = await root.fetch(
        "SELECT attname, has_column_privilege('palisade_app', attrelid, attnum, 'SELECT') AS may "
        "FROM pg_attribute WHERE attrelid = 'pg_class'::regclass AND attnum > 0"
    )
    assert {row["attname"] for row in rows if not row["may"]} == {
        name for name in ESTIMATES if name in {row["attname"] for row in rows}
    }


async def test_without_the_right_to_it_nothing_changes_and_nothing_fails(urls: Urls) -> None:
    owner = await asyncpg.connect(urls.owner)
    warnings: list[str] = []
    owner.add_log_listener(lambda _, message: warnings.append(message.severity))
    try:
        async with owner.transaction():
            for statement in shared_function_statements():
                await owner.execute(statement)
    finally:
        await owner.close()
    assert set(warnings) == {"WARNING"}


async def test_it_can_be_run_again(root: asyncpg.Connection) -> None:
    async with root.transaction():
        for statement in shared_function_statements():
            await root.execute(statement)
