"""The attacks made from the schema: on all walls, and on one wall at a time.

A new model, also a team's own, is attacked by being in the catalog. A new root field without a
table behind it makes `test_every_field_is_attacked` fail until `siege.py` has its attack.
"""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

from auth.development import DevelopmentIssuer
from models.columns import Kind
from models.describe import Catalog, Table
from repository.binds import Statement, compile_statement
from repository.sql import StatementText
from resolvers.fields import AggregateRecords, GroupRecords, ListRecords
from resolvers.forms import written_timestamp
from resolvers.selection import meaning_of
from tests.conftest import Urls
from tests.isolation.conftest import MakeService
from tests.isolation.siege import OPERATED, Battle, Siege, besiege

_PREDICATE = re.compile(r"\b[\w.]+\.org_id = (\$\d+)(?:::UUID)?")


def without_predicate(sql: str) -> str:
    """The SQL with the organisation's predicate true for every row."""
    return _PREDICATE.sub(r"(\1::UUID IS NOT NULL)", sql)


async def lift_row_level_security(urls: Urls, catalog: Catalog) -> None:
    """Takes row level security off every table."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        for table in catalog.tables.values():
            await connection.execute(
                f"ALTER TABLE {table.qualified_name} "
                "NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
            )
            # Nor shall a grant that is missing stand in for the wall that is on trial.
            await connection.execute(f"GRANT ALL ON {table.qualified_name} TO palisade_app")
    finally:
        await connection.close()


@pytest.fixture(params=["all walls", "repository alone", "row level security alone"])
def siege(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    catalog: Catalog,
    prepare: Callable[[], Urls],
    make_attacked: MakeService,
    issuer: DevelopmentIssuer,
) -> Siege:
    """All attacks, carried out behind these walls."""
    lifted: list[str] = []
    urls = prepare() if request.param == "repository alone" else request.getfixturevalue("urls")
    match request.param:
        case "repository alone":
            asyncio.run(lift_row_level_security(urls, catalog))
        case "row level security alone":

            def unguarded(statement: Any) -> Statement:
                return lift(compile_statement(statement))

            def lift(made: Statement) -> Statement:
                sql = without_predicate(made.sql)
                assert "org_id =" not in sql
                if sql != made.sql:
                    lifted.append(sql)
                return Statement(sql, made.order, made.fixed)

            written = StatementText.statement
            monkeypatch.setattr(
                StatementText, "statement", lambda self, *columns: lift(written(self, *columns))
            )
            for name, module in list(sys.modules.items()):
                if name.startswith("repository.") and hasattr(module, "compile_statement"):
                    monkeypatch.setattr(module, "compile_statement", unguarded)
    thorough = request.param == "all walls"
    made = asyncio.run(besiege(make_attacked(urls), urls.superuser, issuer, thorough=thorough))
    assert bool(lifted) == (request.param == "row level security alone")
    return made


def test_no_attack_reaches_the_other_organisation(siege: Siege, subtests: pytest.Subtests) -> None:
    for judgement in JUDGEMENTS:
        with subtests.test(judgement.__name__):
            judgement(siege)


def foreign_random_and_undecodable_ids_are_answered_byte_for_byte_alike(siege: Siege) -> None:
    for battle in siege.battles:
        assert len(battle.volleys) > 100
        for volley in battle.volleys:
            answers = set(volley.misses.values())
            assert len(answers) == 1, f"{volley.attack}: {volley.misses}"


def own_ids_are_answered_differently(siege: Siege) -> None:
    for battle in siege.battles:
        for volley in battle.volleys:
            assert not volley.own.codes, f"{volley.attack}: {volley.own.body!r}"
            (miss, *_) = volley.misses.values()
            missed = miss.json.get("data") or {}
            for alias, answer in volley.own.json["data"].items():
                assert missed.get(alias) != answer, f"{alias} of {volley.attack}"


def misses_are_not_found_or_bad_input(siege: Siege) -> None:
    for battle in siege.battles:
        for volley in battle.volleys:
            (miss, *_) = volley.misses.values()
            if not volley.attack.changes:
                expected = {"FORBIDDEN"} if "member" in volley.misses else set()
            else:
                referring = " " in volley.attack.label
                expected = {"BAD_USER_INPUT" if referring else "NOT_FOUND"}
            assert miss.codes == expected, f"{volley.attack}: {miss.body!r}"


def reads_succeed_and_show_own_ids_only(siege: Siege) -> None:
    for battle in siege.battles:
        for exchange in (*battle.reads, *battle.cursors, *battle.others):
            assert not exchange.answer.codes, f"{exchange.attack}: {exchange.answer.body!r}"
        for attack, answer in battle.answers():
            if attack.label not in OPERATED:
                assert answer.ids <= battle.owned, attack


def lists_are_whole_and_count_own_records(siege: Siege) -> None:
    for battle in siege.battles:
        seen = set()
        for type_name, page in _pages(siege, battle, "lists"):
            own = [str(row["id"]) for row in battle.attacker_before[type_name]]
            assert page["totalCount"] == len(own) >= 1
            assert [node["id"] for node in page["nodes"]] == own[:100]
            seen.add(type_name)
        assert seen == {table.type for table in siege.catalog.exposed}


def cursors_of_the_other_organisation_mark_a_place_among_own_records(siege: Siege) -> None:
    assert siege.battles[0].cursors or len(siege.battles) == 1
    for battle in siege.battles:
        for exchange in battle.cursors:
            pages = list(exchange.answer.json["data"].values())
            roots = re.findall(r"r\d+: (\w+)\((first|last)", exchange.attack.text)
            for (root, side), page in zip(roots, pages, strict=True):
                table = _type_behind(siege, root)
                if side == "first":
                    after = {node["id"] for node in page["nodes"]}
                    continue
                before = {node["id"] for node in page["nodes"]}
                assert not before & after, root
                if (count := len(battle.attacker_before[table])) <= 100:
                    assert len(before | after) == count, root


def aggregates_are_of_own_records(siege: Siege) -> None:
    for battle in siege.battles:
        checked = 0
        for type_name, figures in _pages(siege, battle, "aggregates"):
            rows = battle.attacker_before[type_name]
            assert figures.pop("count") == len(rows)
            for function, values in figures.items():
                for name, value in values.items():
                    expected = _figure(siege.catalog.tables[type_name], function, name, rows)
                    if expected is not None:
                        assert value == expected, f"{type_name} {function} {name}"
                        checked += 1
        assert checked > 50


def groups_are_of_own_records(siege: Siege) -> None:
    for battle in siege.battles:
        seen = set()
        for type_name, groups in _pages(siege, battle, "groups"):
            own = battle.attacker_before[type_name]
            assert sum(group["count"] for group in groups) == len(own), type_name
            seen.add(type_name)
        assert len(seen) > 25


def no_canary_of_the_other_organisation_is_in_any_answer(siege: Siege) -> None:
    for battle in siege.battles:
        found = _pattern(battle.victim.canaries | {str(battle.victim.org_id)})
        own = _pattern(battle.attacker.canaries)
        seen = 0
        for attack, answer in battle.answers():
            text = answer.body.decode()
            assert (leak := found.search(text)) is None, f"{leak} in {attack}"
            seen += own.search(text) is not None
        assert seen > 50, "the search finds what is there"


def no_canary_of_anyone_is_in_the_logs(siege: Siege) -> None:
    assert siege.logs.count('"event":"request"') > 500
    for battle in siege.battles:
        for party in (battle.attacker, battle.victim):
            leak = _pattern(party.canaries).search(siege.logs)
            assert leak is None, leak
    assert "unforeseen_error" not in siege.logs


def rows_of_the_other_organisation_are_unchanged(siege: Siege) -> None:
    for battle in siege.battles:
        assert sum(map(len, battle.victim_before.values())) > 100
        assert battle.victim_after == battle.victim_before
        changed = [row for rows in battle.attacker.rows.values() for row in rows]
        assert any(row["version"] > 1 for row in changed)


def a_frozen_organisation_is_changed_by_no_mutation(siege: Siege) -> None:
    if len(siege.battles) == 1:
        return  # left to the siege of all walls: it is row level security that refuses
    battle = siege.battles[0]
    for exchange in battle.frozen:
        assert exchange.answer.codes == {"FORBIDDEN"}, (
            f"{exchange.attack}: {exchange.answer.body!r}"
        )
        assert b"the organisation is frozen" in exchange.answer.body
    assert battle.frozen_after == battle.frozen_before
    assert siege.core.mutation_type is not None
    derived = {name for name, field in siege.core.mutation_type.fields.items() if meaning_of(field)}
    assert {exchange.attack.label for exchange in battle.frozen} == derived


def every_field_is_attacked(siege: Siege) -> None:
    wanted = {
        (name, field)
        for name, kind in siege.core.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for field in kind.fields
    }
    missing = sorted(wanted - siege.fields)
    assert not missing, f"no attack reaches {missing}: add one to siege.py"


def every_input_field_is_attacked(siege: Siege) -> None:
    if len(siege.battles) == 1:
        return  # orders and operators are left to the siege of all walls
    wanted = {
        (name, field)
        for name, kind in siege.core.type_map.items()
        if isinstance(kind, GraphQLInputObjectType)
        for field in kind.fields
        # Lists of conditions are the same for every type, a deletion's version is optional.
        if field not in ("and", "or") and not (name.startswith("Delete") and field == "version")
    }
    missing = sorted(wanted - siege.input_fields)
    assert not missing, f"no attack reaches {missing}: add one to attacks.py"


def own_models_are_attacked_without_being_named(siege: Siege) -> None:
    labels = {volley.attack.label for battle in siege.battles for volley in battle.volleys}
    assert {"updateSpecimen", "createHandover placeId", "measureSpecimen"} <= labels
    assert {"updateProspects", "upsertProspects firmId", "winProspect", "deleteBinders"} <= labels
    assert ("Specimen", "bestOf") in siege.fields
    assert not {("Specimen", "inside"), ("Specimen", "origin"), ("Site", "originOf")} & siege.fields
    assert "Archived" not in siege.core.type_map


JUDGEMENTS = (
    foreign_random_and_undecodable_ids_are_answered_byte_for_byte_alike,
    own_ids_are_answered_differently,
    misses_are_not_found_or_bad_input,
    reads_succeed_and_show_own_ids_only,
    lists_are_whole_and_count_own_records,
    cursors_of_the_other_organisation_mark_a_place_among_own_records,
    aggregates_are_of_own_records,
    groups_are_of_own_records,
    no_canary_of_the_other_organisation_is_in_any_answer,
    no_canary_of_anyone_is_in_the_logs,
    rows_of_the_other_organisation_are_unchanged,
    a_frozen_organisation_is_changed_by_no_mutation,
    every_field_is_attacked,
    every_input_field_is_attacked,
    own_models_are_attacked_without_being_named,
)


def _pages(siege: Siege, battle: Battle, label: str) -> Iterator[tuple[str, Any]]:
    """The type and the answer of each root field of the attacks of a label."""
    for exchange in battle.reads:
        if exchange.attack.label == label:
            roots = re.findall(r"r\d+: (\w+)", exchange.attack.text)
            for root, page in zip(roots, exchange.answer.json["data"].values(), strict=True):
                yield _type_behind(siege, root), page


def _type_behind(siege: Siege, root: str) -> str:
    query = siege.core.query_type
    assert query is not None
    meaning = meaning_of(query.fields[root])
    assert isinstance(meaning, ListRecords | AggregateRecords | GroupRecords)
    return meaning.table.type


def _figure(table: Table, function: str, name: str, rows: list[dict[str, Any]]) -> Any:
    """The figure computed here; None where another way of rounding would decide."""
    column = table.by_field[name]
    values = [row[column.name] for row in rows if row[column.name] is not None]
    if not values or column.name in ("created_at", "updated_at", "version"):
        return None
    match function, column.kind:
        case "min" | "max", _:
            found = min(values) if function == "min" else max(values)
        case "sum", Kind.INTEGER | Kind.BIG_INTEGER | Kind.DECIMAL:
            return str(sum(values))
        case _:
            return None
    match column.kind:
        case Kind.TIMESTAMP:
            return written_timestamp(found)
        case Kind.DATE:
            return found.isoformat()
        case Kind.BIG_INTEGER | Kind.DECIMAL:
            return str(found) if not isinstance(found, Decimal) else format(found, "f")
        case _:
            return found


def _pattern(texts: set[str]) -> re.Pattern[str]:
    assert all(len(text) >= 10 for text in texts)
    return re.compile("|".join(map(re.escape, sorted(texts))))
