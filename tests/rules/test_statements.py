"""How a ruled read is answered: by one statement, and by indexes that begin with the organisation."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from repository.connections import Connections, Transaction
from repository.context import ContextSigner
from tests.conftest import Urls
from tests.rules.conftest import Office
from tests.rules.test_visibility import READS, variables

ORGANISATIONS = 400
ROWS = 40
# Table, columns and the values of the i-th row of an organisation.
FILLED = {
    "user_record": ("email, name, subject", "'u' || i || '@x', 'u', 's' || i"),
    "firm": ("name", "'f' || i"),
    "prospect": ("title, owner_id, firm_id", "'p' || i, ids[i], ids[i]"),
    "watcher": ("prospect_id, user_id", "ids[i], ids[i]"),
    "call": ("note, prospect_id", "'c', ids[i]"),
    "binder": ("label, owner_id", "'b', ids[i]"),
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every statement that is sent, with its arguments."""
    statements: list[tuple[str, Any]] = []
    for owner in (Connections, Transaction):
        fetch = owner.fetch_row

        async def counted(self: Any, sql: str, arguments: Any, fetch: Any = fetch) -> Any:
            statements.append((sql, arguments))
            return await fetch(self, sql, arguments)

        monkeypatch.setattr(owner, "fetch_row", counted)
    return statements


def of_data(sent: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(sql, arguments) for sql, arguments in sent if "data." in sql]


@pytest.mark.parametrize("name", [name for name in READS if "computed" not in name])
async def test_a_ruled_read_is_one_statement(
    office: Office, sent: list[tuple[str, Any]], name: str
) -> None:
    query = READS[name]
    await office.post(query, "ann", variables(office, query))
    assert len(of_data(sent)) == 1
    (statement,) = of_data(sent)
    assert "ann" in statement[1], "the subject is bound"
    assert "'ann'" not in statement[0]


async def test_rules_read_no_rows_of_another_organisation(
    office: Office, sent: list[tuple[str, Any]], urls: Urls, signer: ContextSigner
) -> None:
    queries = [READS[name] for name in READS if "computed" not in name and "mixed" not in name]
    for query in queries:
        await office.post(query, "ann", variables(office, query))
    superuser = await asyncpg.connect(urls.superuser)
    connection = await asyncpg.connect(urls.app)
    # Asking for a type, the driver would turn JIT off with set_config: the role has neither.
    connection._server_caps = connection._server_caps._replace(jit=False)
    try:
        await superuser.execute("SET session_replication_role = replica")
        await superuser.execute(
            f"CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS org, array(SELECT gen_random_uuid() "
            f"FROM generate_series(1, {ROWS})) AS ids, n FROM generate_series(1, {ORGANISATIONS}) AS n"
        )
        for table, (columns, values) in FILLED.items():
            await superuser.execute(
                f"INSERT INTO data.{table} (org_id, id, {columns}) SELECT org, ids[i], {values} "
                f"FROM made, generate_series(1, {ROWS}) AS i"
            )
        await superuser.execute("VACUUM ANALYZE")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        checked = 0
        for sql, arguments in of_data(sent):
            context = signer.sign(office.org_id)
            given = [context if index == 0 else value for index, value in enumerate(arguments)]
            (text,) = await connection.fetchrow(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given)
            for node in nodes(json.loads(text)[0]["Plan"]):
                relation = node.get("Relation Name")
                if relation not in FILLED:
                    continue  # a table of a few rows is read whole
                checked += 1
                read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                assert node["Node Type"] != "Seq Scan" or not node["Actual Loops"], (relation, sql)
                assert read <= 60, (relation, node)
        assert checked > 60
    finally:
        for table in FILLED:
            await superuser.execute(
                f"DELETE FROM data.{table} WHERE org_id IN (SELECT org FROM made)"
            )
        await superuser.close()
        await connection.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)
