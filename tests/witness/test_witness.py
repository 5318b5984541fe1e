"""The witness sees what is wrong with a statement, and nothing where nothing is."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from models.describe import Table
from repository.session import Session
from repository.sql import StatementText
from tests.conftest import Ask, Org, Urls
from tests.witness.collector import Sighting, Witness, WitnessedGuarded
from tests.witness.court import verdict
from tests.witness.judgement import _replayed, database_failings, text_failings
from tests.witness.plans import Scan, places
from tests.witness.texts import insert_org_places, strange_literals

TREE = """{ %s: vendors(first: 3, where: {name: {contains: "canary-1"}}) { totalCount
  nodes { name integrations(first: 2, orderBy: [{name: ASC}]) { nodes { name } } } } }"""
CREATE = 'mutation { createGroup(input: {name: "canary-2"}) { group { id name } } }'


@pytest.fixture
def tree() -> str:
    """A document that no statement is kept for."""
    return TREE % f"a{uuid4().hex}"


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    """A witness of this test alone."""
    mine = Witness()
    monkeypatch.setattr(WitnessedGuarded, "witness", mine)
    return mine


async def rules(witness: Witness, urls: Urls) -> list[str]:
    """What is wrong with the statements that were seen."""
    seen = list(witness.sightings.values())
    assert seen
    failings = [failing for one in seen for failing in text_failings(one)]
    failings += await database_failings(
        [one for one in seen if "data." in one.sql],
        superuser=urls.superuser,
        app=urls.app,
        worker=urls.worker,
    )
    return [failing.rule for failing in failings]


async def test_nothing_is_said_of_what_is_right(
    ask: Ask, org: Org, tree: str, witness: Witness, urls: Urls
) -> None:
    assert "errors" not in await ask(org, tree)
    assert "errors" not in await ask(org, CREATE)
    assert any("LATERAL" in sql or "integration" in sql for sql, _ in witness.sightings)
    assert any("INSERT INTO" in sql for sql, _ in witness.sightings)
    assert await rules(witness, urls) == []


async def test_a_predicate_that_is_left_out_below_a_row_is_seen(
    ask: Ask, org: Org, tree: str, witness: Witness, urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = StatementText.rows_of

    def rows_of(
        self: StatementText, table: Table, *conditions: str, alias: str, **more: Any
    ) -> str:
        rows = written(self, table, *conditions, alias=alias, **more)
        if table.type == "Integration":
            return rows.replace(f"{alias}.org_id = $2", "true")
        return rows

    monkeypatch.setattr(StatementText, "rows_of", rows_of)
    assert "errors" not in await ask(org, tree)
    (rule,) = await rules(witness, urls)
    assert rule.startswith("reads integration AS t")


async def test_a_statement_that_does_not_enter_is_seen(
    ask: Ask, org: Org, tree: str, witness: Witness, urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = StatementText.statement

    def statement(self: StatementText, *columns: str) -> Any:
        made = written(self, *columns)
        object.__setattr__(made, "sql", made.sql.replace("palisade.enter($1)", "$1 <> ''"))
        return made

    monkeypatch.setattr(StatementText, "statement", statement)
    await ask(org, tree)
    assert "was sent without an organisation's context" in " ".join(await rules(witness, urls))


async def test_a_value_that_stands_in_the_text_is_seen(
    ask: Ask, org: Org, tree: str, witness: Witness, urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = StatementText.value

    def value(self: StatementText, value: object, sql_type: str) -> str:
        place = bound(self, value, sql_type)
        return f"coalesce({place}, 'canary-1')" if sql_type == "text" else place

    monkeypatch.setattr(StatementText, "value", value)
    await ask(org, tree)
    assert "['canary-1'" in " ".join(await rules(witness, urls))


async def test_another_organisation_than_the_entered_one_is_seen(
    ask: Ask,
    org: Org,
    other_org: Org,
    tree: str,
    witness: Witness,
    urls: Urls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed = Session._arguments

    def arguments(self: Session, *given: Any) -> list[object]:
        return [other_org.id if value == org.id else value for value in signed(self, *given)]

    monkeypatch.setattr(Session, "_arguments", arguments)
    await ask(org, tree)
    assert "has no parameter that always was the entered organisation" in await rules(witness, urls)


ENTERED = "SELECT CASE WHEN palisade.enter($1) THEN "


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        (f"{ENTERED}(SELECT count(*) FROM data.vendor AS t WHERE t.org_id = $2) END", None),
        (
            f"{ENTERED}(SELECT count(*) FROM data.vendor AS t WHERE t.org_id = $2 OR t.id = $3) END",
            "reads vendor AS t without its predicate",
        ),
        (
            f"{ENTERED}(SELECT count(*) FROM data.vendor AS t WHERE t.org_id = $3 AND $2::uuid "
            "IS NOT NULL) END",
            "reads vendor AS t without its predicate",
        ),
        (
            f"{ENTERED}(SELECT count(*) FROM data.vendor AS t WHERE NOT t.org_id = $2) END",
            "reads vendor AS t without its predicate",
        ),
        (
            f"{ENTERED}t.name END FROM data.vendor AS t WHERE t.org_id = $2",
            "reads rows before its context is entered",
        ),
        (
            f"{ENTERED}(SELECT count(*) FROM palisade.directory_entry AS d WHERE d.org_id = $2) END",
            "reads tables that are of no organisation: ['palisade.directory_entry']",
        ),
        (
            f"{ENTERED}(SELECT count(*) FROM data.vendor AS t WHERE t.org_id = $2 LIMIT 7) END",
            "has literals that are not of the description: ['7']",
        ),
        (
            "INSERT INTO data.vendor (id, org_id) VALUES ($2::UUID, $1::UUID)",
            "inserts a row of another organisation than the entered one",
        ),
        ("INSERT INTO data.vendor (id, org_id) VALUES ($1::UUID, $2::UUID)", None),
        (
            "UPDATE data.vendor AS t SET version = 1 WHERE t.id = $2 AND t.id = $1",
            "reads vendor AS t without its predicate",
        ),
        ("UPDATE data.vendor AS t SET version = 1 WHERE t.org_id = $2 AND t.id = $1", None),
    ],
)
async def test_each_rule_has_what_breaks_it(urls: Urls, sql: str, rule: str | None) -> None:
    sighting = Sighting(sql, "palisade_app", "x", "here", (), org_places=frozenset({2}))
    failings = await database_failings(
        [sighting], superuser=urls.superuser, app=urls.app, worker=urls.worker
    )
    # The policies and the grants are none of the statement's.
    told = [failing.rule for failing in failings if "refused for another" not in failing.rule]
    assert told == ([] if rule is None else [rule])


async def test_a_role_that_no_policy_binds_is_seen(urls: Urls) -> None:
    sighting = Sighting("SELECT id FROM data.vendor", "palisade_app", "x", "here", ())
    for url, bound in ((urls.superuser, False), (urls.app, True)):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET row_security = off")
            told = [failing.rule async for failing in _replayed(connection, sighting)]
        finally:
            await connection.close()
        assert told == ([] if bound else ["names an org-owned table, and no policy is asked"])


@pytest.mark.parametrize(
    ("sql", "lasting"),
    [
        ("SELECT set_config('palisade.context', $1, false)", True),
        ("SELECT pg_catalog.set_config('statement_timeout', '600000', true)", False),
        ("SET statement_timeout = 1", True),
        ("SET SESSION ROLE x", True),
        ("SET LOCAL statement_timeout = 1", False),
        ("SELECT pg_advisory_lock(1)", True),
        ("PREPARE x AS SELECT 1", True),
        ("UPDATE data.vendor SET name = $1", False),
    ],
)
def test_what_lasts_beyond_a_transaction_is_seen(sql: str, lasting: bool) -> None:
    sighting = Sighting(sql, "palisade_app", "x", "here", (), org_places=frozenset({1}))
    told = [failing.rule for failing in text_failings(sighting)]
    assert ("sets something beyond its transaction" in told) == lasting


def test_a_witness_that_saw_nothing_is_a_failure() -> None:
    told = verdict(Witness(), [], organisations=2, thorough=False)
    assert told == "The witness saw 0 statements enter 2 organisations."
    assert verdict(Witness(), [], organisations=0, thorough=False) is None


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("(t.org_id = $2)", True),
        ("((t.org_id = $2) AND (t.a = 1))", True),
        ("((t.org_id = $2) OR (t.a = 1))", False),
        ("((t.a = ') AND (t.org_id = $2'::text) AND b)", False),
        ("(((t.org_id = $2) AND a) OR b)", False),
        ("(((t.org_id = $2) AND a) OR ((t.org_id = $2) AND b))", True),
        ("(((t.org_id = $2) AND a) OR ((t.org_id = $3) AND b))", False),
        ("((a OR (t.org_id = $2)) AND b)", False),
    ],
)
def test_predicate_is_found_where_it_has_to_hold(condition: str, held: bool) -> None:
    assert places(condition) == ({2} if held else set())
    assert Scan("vendor", "t", ("(t.a = 1)", condition), lazy=True).org_places == places(condition)


def test_rows_of_an_insert_are_read_one_by_one() -> None:
    sql = "INSERT INTO data.a (org_id, b) VALUES ($1::UUID, f($2, 3)), ($4::UUID, $5) RETURNING id"
    assert list(insert_org_places(sql)) == [1, 4]
    assert list(insert_org_places("INSERT INTO data.a (b) VALUES ($1)")) == [None]
    entered = "INSERT INTO data.a (org_id) VALUES (CASE WHEN palisade.enter($1) THEN $2::UUID END)"
    assert list(insert_org_places(entered)) == [2]


@pytest.mark.parametrize(
    ("sql", "strange"),
    [
        ("""SELECT '{"a":' || to_json(t.a)::text || ',"b_1":***'""", [',"b_1":***']),
        ("""SELECT '{"a":"***","b":null}'""", []),
        ("SELECT 'LOW', 'Vendor.name'", []),
        ("SELECT 'low'", ["low"]),
        ("SELECT '{\"a b\":'", ['{"a b":']),
        ("SELECT $12, t12.c3, 12", ["12"]),
        ("SELECT E'it''s'", ["it''s"]),
    ],
)
def test_literals_are_names_and_constants(sql: str, strange: list[str]) -> None:
    assert strange_literals(sql, names=frozenset({"LOW", "Vendor.name"})) == strange
