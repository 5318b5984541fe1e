import asyncpg
import pytest

from repository.roles import database_statements, role_statements
from repository.walls import APP, OWNER, WORKER
from tests.conftest import Urls


async def state(root: asyncpg.Connection) -> list[object]:
    return [
        await root.fetch(
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, "
            "rolreplication, rolbypassrls, rolconfig FROM pg_roles "
            "WHERE rolname LIKE 'palisade%' ORDER BY 1"
        ),
        await root.fetch("SELECT roleid, member, inherit_option, set_option FROM pg_auth_members"),
        await root.fetchval("SELECT datacl FROM pg_database WHERE datname = current_database()"),
    ]


async def test_roles_are_made_again_without_change(root: asyncpg.Connection) -> None:
    before = await state(root)
    database = await root.fetchval("SELECT current_database()")
    for statement in (*role_statements(), *database_statements(database)):
        await root.execute(statement)
    assert await state(root) == before


@pytest.mark.parametrize("role", [APP, WORKER])
async def test_serving_roles_have_their_settings(urls: Urls, role: str) -> None:
    connection = await asyncpg.connect(urls.app.replace(APP, role))
    try:
        shown = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in (
                "timezone",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "plan_cache_mode",
                "jit",
                "search_path",
            )
        }
    finally:
        await connection.close()
    assert shown == {
        "timezone": "UTC",
        "statement_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "search_path": '""',
    }


async def test_database_privileges_are_for_the_owner_alone(root: asyncpg.Connection) -> None:
    query = "SELECT has_database_privilege($1, current_database(), $2)"
    rights = {
        (role, right): await root.fetchval(query, role, right)
        for role in (OWNER, APP, WORKER)
        for right in ("CONNECT", "CREATE", "TEMPORARY")
    }
    assert {key for key, held in rights.items() if held} == {
        (OWNER, "CONNECT"),
        (OWNER, "CREATE"),
        (APP, "CONNECT"),
        (WORKER, "CONNECT"),
    }


def test_a_database_name_is_quoted() -> None:
    assert all('"a""b"' in line for line in database_statements('a"b') if "ON DATABASE" in line)
