"""What stands in docs/isolation.md is all there is: read off the live catalog and the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from repository.walls import PolicyForm

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = (ROOT / "docs" / "isolation.md").read_text()
PRODUCT = (
    *("models", "auth", "repository", "resolvers", "perimeter", "jobs", "schema", "palisade"),
)

# Method of the unscoped door → the modules that may call it.
DOORS = {
    "organisations": {
        "palisade/organisation_commands.py",
        "palisade/inventory.py",
        "palisade/demo.py",
    },
    "organisation": {"palisade/exports.py", "palisade/transfer_commands.py"},
    "signed_context": {"palisade/psql.py"},
    "find_session": {"repository/lifecycle.py"},
    "provision": {
        "palisade/organisation_commands.py",
        "palisade/demo.py",
        "palisade/endpoint.py",
        "palisade/testing.py",
    },
}


@pytest.fixture
async def superuser(urls):  # type: ignore[no-untyped-def]
    connection = await asyncpg.connect(urls.superuser)
    yield connection
    await connection.close()


async def test_functions_are_those_documented(
    superuser: asyncpg.Connection, policy_form: PolicyForm
) -> None:
    rows = await superuser.fetch(
        "SELECT n.nspname || '.' || p.proname AS name, p.prosecdef AS definer, "
        "p.proconfig AS config, p.prosqlbody IS NOT NULL AS bound, array(SELECT grantee::regrole::text FROM "
        "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) "
        "WHERE grantee <> p.proowner) AS callers "
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    found = {row["name"]: (row["definer"], set(row["callers"])) for row in rows}
    assert found == {
        "palisade.org_id": (True, {"palisade_app"}),
        "palisade.enter": (policy_form is PolicyForm.SUBSELECT, {"palisade_app"}),
        "palisade.refuse": (False, {"palisade_app"}),
        "palisade.refuse_search": (False, {"palisade_app"}),
        "palisade.find_org": (True, {"palisade_app"}),
        "palisade.register_org": (True, {"palisade_app"}),
        "palisade.list_orgs": (True, {"palisade_worker"}),
        "palisade.org_id_for": (True, {"palisade_app"}),
        "palisade.refuse_change": (False, {"palisade_app"}),
        "palisade.org_state": (True, {"palisade_app"}),
        "palisade.set_org_state": (True, {"palisade_worker"}),
        "palisade.record_erased": (True, {"palisade_worker"}),
        "palisade.forget_org": (True, {"palisade_worker"}),
        "palisade.keep_certificate": (True, {"palisade_worker"}),
        "palisade.find_certificate": (True, {"palisade_worker"}),
    }
    for name, (definer, _) in found.items():
        if name == "palisade.enter" and policy_form is PolicyForm.BARE:
            continue
        line = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}("))
        assert ("(definer)" in line) == definer, name
    for row in rows:
        if row["definer"]:
            # Either its path is pinned, or its body was bound to what it names when it was made.
            pinned = row["config"] == ["search_path=pg_catalog, pg_temp"]
            assert pinned != row["bound"], row["name"]


async def test_relations_are_org_owned_or_documented(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity "
        "AS walled, c.relowner::regrole::text AS owner, c.relkind::text AS kind, "
        "array(SELECT DISTINCT grantee::regrole::text FROM aclexplode(c.relacl) "
        "WHERE grantee <> c.relowner) AS grantees "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    assert {row["schema"] for row in rows} == {"data", "palisade"}
    for row in rows:
        assert row["owner"] == "palisade_owner", row["name"]
        assert row["kind"] == "r", row["name"]
        if row["schema"] == "data":
            assert row["walled"], row["name"]
            assert set(row["grantees"]) == {"palisade_app", "palisade_worker"}, row["name"]
        elif row["name"].startswith("revision_of_"):
            assert row["grantees"] == ["palisade_app"], row["name"]
        else:
            assert row["grantees"] == [], row["name"]
            assert f"table `palisade.{row['name']}`" in DOCUMENT, row["name"]


async def test_roles_have_no_power_of_their_own(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication "
        "FROM pg_roles WHERE rolname LIKE 'palisade\\_%'"
    )
    assert {row[0] for row in rows} == {"palisade_owner", "palisade_app", "palisade_worker"}
    for row in rows:
        assert not any(row[1:]), row["rolname"]
        assert f"role `{row['rolname']}`" in DOCUMENT
    policies = await superuser.fetch("SELECT tablename, roles::text[] AS roles FROM pg_policies")
    assert policies
    assert all(row["roles"] == ["palisade_app"] for row in policies)


@pytest.mark.parametrize("method", DOORS)
def test_the_unscoped_door_is_opened_by_known_callers_only(method: str) -> None:
    assert set(_callers(method)) == DOORS[method]
    assert f"`Database.{method}" in DOCUMENT


def _callers(method: str) -> Iterator[str]:
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == method
                    and re.search(r"\b_?database$", ast.unparse(node.func.value))
                ):
                    yield path.relative_to(ROOT).as_posix()
