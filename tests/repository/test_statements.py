"""The SQL itself: one snapshot a shape, reviewed as code, and the organisation everywhere.

``PALISADE_WRITE_SNAPSHOTS=1`` writes the snapshots anew.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.columns import Kind
from models.conditions import Operator
from models.describe import Cardinality, Catalog, Relation, Table
from repository import order
from repository.binds import Statement
from repository.criteria import ALL, Compare, Criteria, Every, Not, Some, Through
from repository.journal import journal_statement
from repository.order import Cursor, Key, complete_order
from repository.reading import Follow, Payload, Record, Shown
from repository.statements import CACHED_SHAPES, Aggregation, PageRequest, Statements
from repository.writes import delete_statement, insert_statement, update_statement
from tests.repository.scope import REFERENCE, unscoped

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("PALISADE_WRITE_SNAPSHOTS") == "1"


def name_is(catalog: Catalog, type_name: str = "Vendor") -> Compare:
    return Compare(catalog.tables[type_name].by_name["name"], Operator.EQ, "a")


def page_of(catalog: Catalog, *, cursor: Cursor | None = None, **options: Any) -> PageRequest:
    """A page of vendors by risk, down, in which NULL is the greatest."""
    table = catalog.tables["Vendor"]
    keys = [Key(table.by_name["risk_score"], True), Key(table.by_name["name"], False)]
    return PageRequest(complete_order(table, keys), 10, cursor=cursor, **options)


def one_way(catalog: Catalog, **options: Any) -> PageRequest:
    table = catalog.tables["Vendor"]
    return PageRequest(complete_order(table, [Key(table.by_name["name"], False)]), 10, **options)


def pages_of(catalog: Catalog, type_name: str, field: str, **options: Any) -> Statement:
    table = catalog.tables[type_name]
    relation = table.relation_by_field[field]
    request = PageRequest(complete_order(catalog.target(relation), ()), 10, **options)
    return Statements(catalog).pages(table, relation, request)


def criteria(catalog: Catalog) -> Criteria:
    """Every operator, every joint, and ways through one, many and linked records."""
    user, table = catalog.tables["User"], catalog.tables["Integration"]
    groups = user.relation_by_field["groups"]
    vendor, scopes = table.relation_by_field["vendor"], table.by_name["scopes"]
    grants, owner = table.relation_by_field["grants"], table.relation_by_field["owner"]
    name, at = table.by_name["name"], table.by_name["last_sync_at"]
    return Every(
        (
            Some(
                (
                    Compare(name, Operator.EQ, "a"),
                    Compare(name, Operator.NE, "a"),
                    Compare(name, Operator.IN, ["a"]),
                    Compare(name, Operator.CONTAINS, "a"),
                    Compare(name, Operator.STARTS_WITH, "a"),
                )
            ),
            Compare(at, Operator.LT, None),
            Compare(at, Operator.LTE, None),
            Compare(at, Operator.GT, None),
            Compare(at, Operator.GTE, None),
            Compare(at, Operator.IS_NULL, False),
            Compare(scopes, Operator.HAS, "a"),
            Through(vendor, name_is(catalog)),
            Not(Through(grants, Not(ALL))),
            Through(owner, Through(groups, name_is(catalog, "Group"))),
        )
    )


def insert_with_payload(catalog: Catalog) -> Statement:
    """An integration, answered with its vendor by the statement that writes it."""
    table, vendor = catalog.tables["Integration"], catalog.tables["Vendor"]
    name = ("name", Shown(vendor.by_name["name"], False))
    follow = Follow(table.relation_by_field["vendor"], Record(vendor, (name,)))
    shown = ("name", Shown(table.by_name["name"], False))
    record = Record(table, (shown, ("vendor", follow)))
    columns = ["id", "name", "vendor_id"]
    return insert_statement(table, columns, catalog, payload=Payload((("integration", record),)))


SHAPES: dict[str, Callable[[Catalog], Statement]] = {
    "insert_payload": insert_with_payload,
    "by_ids": lambda c: Statements(c).by_ids(c.tables["Vendor"]),
    "owners": lambda c: Statements(c).owners_of([c.tables["Vendor"], c.tables["User"]]),
    "page": lambda c: Statements(c).page(c.tables["Vendor"], one_way(c)),
    "page_backward": lambda c: Statements(c).page(
        c.tables["Vendor"], page_of(c, backward=True, with_cursors=True)
    ),
    "page_after_one_way": lambda c: Statements(c).page(
        c.tables["Vendor"], one_way(c, cursor=Cursor(("a", None.__class__)))
    ),
    "page_after_ladder": lambda c: Statements(c).page(
        c.tables["Vendor"], page_of(c, cursor=Cursor((1, "a", 0)), with_cursors=True)
    ),
    "page_after_null": lambda c: Statements(c).page(
        c.tables["Vendor"], page_of(c, cursor=Cursor((None, "a", 0)))
    ),
    "page_where_total": lambda c: Statements(c).page(
        c.tables["Integration"],
        PageRequest(complete_order(c.tables["Integration"], ()), 10, criteria(c), with_total=True),
    ),
    "pages_many": lambda c: pages_of(c, "Vendor", "integrations", with_cursors=True),
    "pages_many_total": lambda c: pages_of(
        c, "Vendor", "integrations", where=name_is(c, "Integration"), with_total=True
    ),
    "pages_linked": lambda c: pages_of(c, "User", "groups", backward=True, with_total=True),
    "aggregate": lambda c: Statements(c).aggregate(
        c.tables["Vendor"],
        name_is(c),
        [
            Aggregation("count"),
            *(Aggregation(f, c.tables["Vendor"].by_name["risk_score"]) for f in ("min", "avg")),
        ],
    ),
    "insert": lambda c: insert_statement(c.tables["Group"], ["id", "name"], c, rows=2),
    "update": lambda c: update_statement(c.tables["Group"], ["name", "description"]),
    "transition": lambda c: update_statement(c.tables["Grant"], ["status"], sources="status"),
    "delete": lambda c: delete_statement(c.tables["Group"], versioned=False),
    "delete_version": lambda c: delete_statement(c.tables["Group"], versioned=True),
    "journal": lambda c: journal_statement(c, rows=2),
}


def readable(statement: Statement) -> str:
    order = ", ".join(statement.order)
    lines = [line.rstrip() for line in statement.sql.splitlines()]
    return "\n".join([f"-- {order}", *lines, ""])


@pytest.mark.parametrize("shape", SHAPES)
def test_statement_is_its_snapshot(catalog: Catalog, shape: str) -> None:
    text = readable(SHAPES[shape](catalog))
    path = SNAPSHOTS / f"{shape}.sql"
    if WRITE:
        path.write_text(text)
    assert text == path.read_text()


def test_snapshots_are_all_of_some_shape() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.sql")} == SHAPES.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_statement_names_the_organisation_at_every_table(catalog: Catalog, shape: str) -> None:
    statement = SHAPES[shape](catalog)
    assert REFERENCE.search(statement.sql)
    assert unscoped(statement.sql) == []
    assert statement.order.count("org_id") >= 1


def every_connection(catalog: Catalog) -> Iterator[tuple[Table, Relation]]:
    for table in catalog.tables.values():
        for relation in table.relations:
            if relation.cardinality is not Cardinality.ONE:
                yield table, relation


@pytest.fixture(scope="module")
def every_statement(catalog: Catalog) -> list[Statement]:
    """Every way of reading and writing, for every table and connection there is."""
    return list(all_statements(catalog))


def all_statements(catalog: Catalog) -> Iterator[Statement]:
    statements = Statements(catalog)
    for table in catalog.tables.values():
        columns = [column.name for column in table.columns]
        sortable = [Key(column, False) for column in table.columns if column.sortable]
        through: list[Criteria] = [
            Through(relation, Through(second, ALL))
            for relation in table.relations
            for second in catalog.target(relation).relations
        ]
        where = Every((Some(tuple(through)), Not(Some(tuple(through)))))
        request = PageRequest(
            complete_order(table, sortable), 5, where, with_cursors=True, with_total=True
        )
        yield statements.by_ids(table)
        yield statements.page(table, request)
        yield statements.aggregate(table, where, [Aggregation("count")])
        yield statements.owners_of([table])
        yield insert_statement(table, columns, catalog, rows=3)
        yield update_statement(table, columns)
        yield delete_statement(table, versioned=True)
        yield delete_statement(table, versioned=False)
    for table, relation in every_connection(catalog):
        target = catalog.target(relation)
        where = Some(tuple(Through(second, ALL) for second in target.relations))
        for with_total in (False, True):
            request = PageRequest(complete_order(target, ()), 5, where, with_total=with_total)
            yield statements.pages(table, relation, request)
    yield statements.owners_of(list(catalog.tables.values()))
    yield journal_statement(catalog, rows=3)


def test_every_statement_names_the_organisation_at_every_table(
    every_statement: list[Statement],
) -> None:
    for statement in every_statement:
        assert unscoped(statement.sql) == [], statement.sql
    assert len(every_statement) > 150


def test_unscoped_sees_what_it_is_for(catalog: Catalog) -> None:
    sql = SHAPES["pages_linked"](catalog).sql
    references = len(REFERENCE.findall(sql))
    predicates = list(re.finditer(r"(\w+)\.org_id = \$\d+", sql))
    assert len(predicates) == references >= 4
    for predicate in predicates:
        without = sql[: predicate.start()] + "true" + sql[predicate.end() :]
        assert unscoped(without), predicate
    assert unscoped("SELECT * FROM data.vendor")
    assert unscoped("SELECT * FROM data.vendor AS v WHERE w.org_id = $1")
    assert unscoped("SELECT * FROM (TABLE data.vendor) v WHERE v.org_id = $1")
    assert unscoped("INSERT INTO data.vendor (id, name) VALUES ($1, $2)")


def test_values_are_never_in_the_text(catalog: Catalog) -> None:
    marked = "'; DROP TABLE data.vendor; --"
    table = catalog.tables["Vendor"]
    name = table.by_name["name"]
    where = Some(
        tuple(
            Compare(name, operator, [marked] if operator is Operator.IN else marked)
            for operator in Operator
            if operator not in (Operator.IS_NULL, Operator.HAS)
        )
    )
    cursor = Cursor((marked, None.__class__))
    request = one_way(catalog, where=where, cursor=cursor, with_cursors=True)
    statement = Statements(catalog).page(table, request)
    assert "DROP" not in statement.sql
    assert marked in statement.arguments(request.values, org_id="org", context="context")


def test_arguments_follow_the_parameters(catalog: Catalog) -> None:
    table = catalog.tables["Vendor"]
    request = one_way(catalog, where=name_is(catalog), with_total=True)
    statement = Statements(catalog).page(table, request)
    arguments = statement.arguments(request.values, org_id="org", context="context")
    numbers = {int(number) for number in re.findall(r"\$(\d+)", statement.sql)}
    assert numbers == set(range(1, len(arguments) + 1))
    assert arguments.count("context") == statement.order.count("context")
    assert arguments.count("org") == statement.order.count("org_id")
    assert [argument for argument in arguments if argument not in ("context", "org")] == [
        "a",
        11,
        "a",
    ]


def test_a_statement_is_made_once_a_shape(catalog: Catalog) -> None:
    statements = Statements(catalog)
    table = catalog.tables["Vendor"]
    first = statements.page(table, one_way(catalog, where=name_is(catalog)))
    other = Compare(table.by_name["name"], Operator.EQ, "another")
    assert statements.page(table, one_way(catalog, where=other)) is first
    assert statements.page(table, one_way(catalog)) is not first


def test_shapes_that_clients_choose_are_bounded(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CACHED_SHAPES <= 10_000
    monkeypatch.setattr("repository.statements.CACHED_SHAPES", 5)
    statements = Statements(catalog)
    name = catalog.tables["Vendor"].by_name["name"]
    where: Criteria = Compare(name, Operator.EQ, "a")
    for _ in range(12):
        where = Not(where)
        statements.page(catalog.tables["Vendor"], one_way(catalog, where=where))
    assert len(statements._kept) == 5
    again = statements.page(catalog.tables["Vendor"], one_way(catalog, where=where))
    assert again in statements._kept.values()


def test_names_in_statements_are_qualified(
    catalog: Catalog, every_statement: list[Statement]
) -> None:
    """The roles have an empty search path; a bare name would not be found, or be another's."""
    for statement in every_statement:
        for table in catalog.tables.values():
            bare = rf"\b(FROM|JOIN|INTO|UPDATE) \"?{table.name}\b(?!_)"
            assert not re.search(bare, statement.sql), statement.sql
        assert " enter(" not in statement.sql


def test_cursor_text_has_a_form_for_every_sortable_kind(catalog: Catalog) -> None:
    table = catalog.tables["Sample"]
    sortable = [column for column in table.columns if column.sortable]
    assert {column.kind for column in sortable} == set(Kind) - {Kind.JSON, Kind.TEXT_LIST}
    for column in sortable:
        keys = complete_order(table, [Key(column, False)])
        assert f"t1.{column.name}" in order.cursor_text(table, keys, "t1")
