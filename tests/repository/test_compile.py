"""The SQL of compiled reads: one snapshot a shape, reviewed as code, and the organisation everywhere.

``PALISADE_WRITE_SNAPSHOTS=1`` writes the snapshots anew. What stands in them is broken into lines
for those who review them.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.conditions import Operator
from models.describe import Catalog, Table
from repository.binds import Statement
from repository.compile.json_text import Literal, joined, name_pieces, object_pieces
from repository.compile.roots import Plan, compile_payload, compile_roots
from repository.criteria import ALL, Not, Some, Through
from repository.database import Database
from repository.order import Cursor, Key
from repository.reading import (
    Constant,
    Figure,
    Figures,
    Get,
    GetNodes,
    Part,
    Payload,
    Record,
    Root,
    Shown,
    Variable,
)
from repository.repositories import Repositories
from repository.statements import Aggregation
from tests.conftest import Org
from tests.repository.readings import (
    BEYOND,
    CURSORS,
    PAGE_INFO,
    TOTAL,
    compare,
    compiled,
    every_plan,
    figures,
    full,
    listed,
    page,
    related,
    shown,
)
from tests.repository.scope import REFERENCE, unscoped

SNAPSHOTS = Path(__file__).parent / "snapshots" / "compiled"
WRITE = os.environ.get("PALISADE_WRITE_SNAPSHOTS") == "1"
ID = UUID(int=1)
ROW = {"id": ID, "name": "a", "vendor_id": ID, "application_id": None, "owner_id": None}


def vendor(catalog: Catalog) -> Table:
    return catalog.tables["Vendor"]


def names(catalog: Catalog, type_name: str = "Vendor") -> Any:
    return shown(catalog.tables[type_name], "name")


def by(table: Table, name: str, *, descending: bool = False) -> Key:
    return Key(table.by_name[name], descending)


def one(root: Callable[[Catalog], Root]) -> Callable[[Catalog], Plan]:
    return lambda catalog: compiled(catalog, ("answer", root(catalog)))


def payload(catalog: Catalog, *fields: Any) -> Plan:
    table = catalog.tables["Integration"]
    return compile_payload(
        Payload((("integration", Record(table, fields)), ("__typename", Constant("Payload")))),
        table,
        catalog,
    )


SHAPES: dict[str, Callable[[Catalog], Plan]] = {
    "point": one(lambda c: Get(ID, Record(vendor(c), names(c)))),
    "point_of_every_kind": one(
        lambda c: Get(ID, Record(c.tables["Sample"], shown(c.tables["Sample"])))
    ),
    "point_masked": one(
        lambda c: Get(
            ID,
            Record(
                vendor(c),
                (
                    ("name", Shown(vendor(c).by_name["name"], masked=True)),
                    ("contact", Shown(vendor(c).by_name["security_contact"], masked=True)),
                ),
            ),
        )
    ),
    "node": one(lambda c: GetNodes(ID, False, (Record(vendor(c), names(c)),))),
    "nodes_of_many_types": one(
        lambda c: GetNodes(
            [ID],
            True,
            tuple(Record(c.tables[name], names(c, name)) for name in ("Vendor", "User", "Group")),
        )
    ),
    "list": one(lambda c: page(vendor(c), listed(names(c)))),
    "list_by_columns": one(
        lambda c: page(
            vendor(c), listed(names(c)), by(vendor(c), "risk_score", descending=True),
            by(vendor(c), "name"),
        )
    ),
    "list_after": one(
        lambda c: page(
            vendor(c), listed(names(c)), by(vendor(c), "name"), cursor=Cursor(("a", ID))
        )
    ),
    "list_after_null": one(
        lambda c: page(
            vendor(c),
            full(names(c)),
            by(vendor(c), "risk_score", descending=True),
            cursor=Cursor((None, ID)),
        )
    ),
    "list_where": one(
        lambda c: page(
            vendor(c),
            (*listed(names(c)), TOTAL),
            where=Some(
                (
                    compare(vendor(c), "name", "a"),
                    Not(
                        Through(
                            vendor(c).relation_by_field["integrations"],
                            compare(c.tables["Integration"], "name", "b"),
                        )
                    ),
                )
            ),
        )
    ),
    "page_total_only": one(lambda c: page(vendor(c), (TOTAL,))),
    "page_total_twice": one(lambda c: page(vendor(c), (TOTAL, ("again", Part("totalCount"))))),
    "page_info_only": one(lambda c: page(vendor(c), (("pageInfo", PAGE_INFO),))),
    "page_info_beyond_only": one(lambda c: page(vendor(c), (("pageInfo", Part("pageInfo", BEYOND)),))),
    "page_typename_only": one(lambda c: page(vendor(c), (("__typename", Constant("P")),))),
    "page_full": one(lambda c: page(vendor(c), full(names(c)))),
    "page_full_backward": one(
        lambda c: page(vendor(c), full(names(c)), backward=True, cursor=Cursor((ID,)))
    ),
    "nested_one": one(lambda c: page(c.tables["Integration"], listed(
        (related(c, c.tables["Integration"], "vendor"),)))),
    "nested_many": one(lambda c: page(vendor(c), listed((related(c, vendor(c), "integrations"),)))),
    "nested_many_full": one(
        lambda c: page(
            vendor(c), listed((related(c, vendor(c), "integrations", parts=full, backward=True),))
        )
    ),
    "nested_linked": one(
        lambda c: page(
            c.tables["User"], listed((related(c, c.tables["User"], "groups", parts=full),))
        )
    ),
    "figures": one(lambda c: figures(c.tables["Sample"])),
    "figures_where": one(
        lambda c: Figures(
            vendor(c),
            compare(vendor(c), "name", ["a"], Operator.IN),
            (("count", Figure(Aggregation("count"))), ("__typename", Constant("A"))),
        )
    ),
    "several_roots": lambda c: compiled(
        c,
        ("a", page(vendor(c), (TOTAL,))),
        ("__typename", Constant("Query")),
        ("b", Get(ID, Record(vendor(c), names(c)))),
    ),
    "roots_apart": lambda c: compile_roots(
        [page(vendor(c), (TOTAL,)), Constant("Query"), Get(ID, Record(vendor(c), names(c)))], c
    ),
    "payload_one": lambda c: payload(
        c, *names(c, "Integration"), related(c, c.tables["Integration"], "vendor")
    ),
    "payload_many": lambda c: payload(
        c, related(c, c.tables["Integration"], "grants", parts=full)
    ),
}  # fmt: skip


def readable(statement: Statement) -> str:
    """The text with a line for each clause."""
    lines = re.sub(r" ?(\(SELECT |(?:FROM|WHERE|ORDER BY|LIMIT) )", r"\n\1", statement.sql)
    return f"-- {', '.join(statement.order)}\n{lines}\n"


@pytest.mark.parametrize("shape", SHAPES)
def test_plan_is_its_snapshot(catalog: Catalog, shape: str) -> None:
    text = readable(SHAPES[shape](catalog).statement)
    path = SNAPSHOTS / f"{shape}.sql"
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def test_snapshots_are_all_of_some_shape() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*")} == SHAPES.keys()


@pytest.fixture(scope="module")
def plans(catalog: Catalog) -> list[tuple[str, Plan]]:
    return list(every_plan(catalog))


def test_every_plan_names_the_organisation_at_every_table(
    catalog: Catalog, plans: list[tuple[str, Plan]]
) -> None:
    assert len(plans) > 1000
    reached: set[str] = set()
    for name, plan in plans:
        assert unscoped(plan.statement.sql) == [], name
        reached |= {match.group(2) for match in REFERENCE.finditer(plan.statement.sql)}
    assert reached == {table.qualified_name for table in catalog.tables.values()}


@pytest.mark.parametrize("shape", SHAPES)
def test_plan_without_one_of_its_predicates_is_seen(catalog: Catalog, shape: str) -> None:
    sql = SHAPES[shape](catalog).statement.sql
    predicates = list(re.finditer(r"(\w+)\.org_id = \$2", sql))
    assert len(predicates) == len(REFERENCE.findall(sql))
    for predicate in predicates:
        assert unscoped(sql[: predicate.start()] + "true" + sql[predicate.end() :])
    if shape not in ("page_typename_only",):
        assert predicates


def test_every_plan_is_read_once_the_context_is_set(plans: list[tuple[str, Plan]]) -> None:
    for name, plan in plans:
        sql = plan.statement.sql
        assert sql.startswith("SELECT CASE WHEN palisade.enter($1) THEN ("), name
        assert sql.endswith(") END"), name
        assert sql.count("palisade.enter") == 1, name


def test_every_plan_binds_what_it_names(plans: list[tuple[str, Plan]]) -> None:
    for name, plan in plans:
        numbers = {int(number) for number in re.findall(r"\$(\d+)", plan.statement.sql)}
        assert numbers <= set(range(1, len(plan.values) + 3)), name
        assert set(range(3, len(plan.values) + 3)) <= numbers, name
        assert plan.statement.order == (
            "context",
            "org_id",
            *(f"v{index}" for index in range(len(plan.values))),
        )


def test_values_are_never_in_the_text(catalog: Catalog) -> None:
    marked = "'; DROP TABLE data.vendor; --"
    table = vendor(catalog)
    where = Some(
        tuple(
            compare(table, "name", [marked] if operator is Operator.IN else marked, operator)
            for operator in Operator
            if operator not in (Operator.IS_NULL, Operator.HAS)
        )
    )
    later = Variable(marked, lambda variables: marked)
    cursor = Cursor((marked, marked))
    plan = compiled(
        catalog,
        ("a", page(table, full(names(catalog)), by(table, "name"), where=where, cursor=cursor)),
        ("b", Get(marked, Record(table, names(catalog)))),
        ("c", Get(later, Record(table, names(catalog)))),
        ("d", GetNodes([marked], True, (Record(table, names(catalog)),))),
        ("e", figures(table, where)),
    )
    assert "DROP" not in plan.statement.sql
    bound = plan.first_values()
    assert bound.count(marked) >= 18
    assert plan.later_values({}) == bound
    row = {**ROW, "id": marked}
    integration = catalog.tables["Integration"]
    fields = Payload((("integration", Record(integration, shown(integration, "id"))),))
    written = compile_payload(fields, integration, catalog)
    assert "DROP" not in written.statement.sql
    assert marked in written.values_for(row)


@pytest.mark.parametrize(
    "key", ["", "a'b", 'a"b', "a b", "1a", "é", "a\n", "a\\", "a,b", "$1", "--", "a\0"]
)
def test_key_that_is_no_name_of_graphql_is_refused(catalog: Catalog, key: str) -> None:
    with pytest.raises(AssertionError):
        object_pieces([(key, [Literal("1")])])
    with pytest.raises(AssertionError):
        name_pieces(key)
    column = Shown(vendor(catalog).by_name["name"], masked=False)
    with pytest.raises(AssertionError):
        compiled(catalog, ("a", Get(ID, Record(vendor(catalog), ((key, column),)))))
    with pytest.raises(AssertionError):
        compiled(catalog, (key, Constant("Query")))
    with pytest.raises(AssertionError):
        compiled(catalog, ("a", Constant(key)))


def test_key_that_is_a_name_of_graphql_is_not_refused() -> None:
    for key in ("a", "_", "__typename", "A9_b", "x" * 200):
        assert object_pieces([(key, [Literal("1")])])[0] == Literal(f'{{"{key}":')


@pytest.mark.parametrize("count", [1, 2, 40, 41, 99, 101, 1601, 10_001])
def test_joined_passes_no_more_arguments_than_a_function_takes_and_nests_little(count: int) -> None:
    sql = joined([f"a{index}" for index in range(count)])
    most, deepest, arguments = 0, 0, [1]
    for character in sql:
        if character == "(":
            arguments.append(1)
            deepest = max(deepest, len(arguments))
        elif character == ")":
            most = max(most, arguments.pop())
        elif character == ",":
            arguments[-1] += 1
    assert most <= 100
    assert deepest <= 5
    assert re.findall(r"a\d+", sql) == [f"a{index}" for index in range(count)]


def test_joined_literals_are_one() -> None:
    assert joined([Literal("a"), Literal("b")]) == "'ab'::text"
    assert re.findall("'[^']*'", joined([Literal("a"), "x", Literal("b"), Literal("c")])) == [
        "'a'",
        "'bc'",
    ]


def test_total_is_counted_once_and_only_where_it_is_asked_for(catalog: Catalog) -> None:
    table = vendor(catalog)
    for times in range(4):
        totals = tuple((f"t{index}", Part("totalCount")) for index in range(times))
        sql = compiled(
            catalog, ("a", page(table, (*totals, *listed(names(catalog)))))
        ).statement.sql
        assert sql.count("count(*)") == min(times, 1)
        assert sql.count(".total FROM") == times


def test_only_what_is_asked_for_is_read(catalog: Catalog) -> None:
    table = vendor(catalog)

    def sql(fields: Any) -> str:
        return compiled(catalog, ("a", page(table, fields))).statement.sql

    assert "data." not in sql((("__typename", Constant("P")),))
    assert "LIMIT" not in sql((TOTAL,))
    assert "row_number" not in sql(listed(names(catalog)))
    assert "base64" not in sql(listed(names(catalog)))
    assert "base64" in sql((("pageInfo", Part("pageInfo", CURSORS)),))
    assert "website" not in sql(listed(names(catalog)))


# What comes of it in the database


@pytest.fixture
async def vendors(org: Org, other_org: Org, catalog: Catalog) -> Repositories:
    """Five vendors of the organisation and one of another."""
    for one_org, count in ((org, 5), (other_org, 1)):
        await one_org.repositories.of(vendor(catalog)).create_many(
            [{"name": f"{one_org.slug} {index}", "tier": "LOW"} for index in range(count)]
        )
    return org.repositories


async def answer(repositories: Repositories, plan: Plan) -> Any:
    text = await repositories.read(plan.statement, plan.first_values())
    return json.loads(text)["data"]["answer"]


async def test_more_fields_than_a_function_takes_arguments(
    vendors: Repositories, catalog: Catalog
) -> None:
    table = vendor(catalog)
    columns = [Shown(column, masked=False) for column in table.columns]
    fields = tuple((f"f{index}", columns[index % len(columns)]) for index in range(400))
    found = await answer(vendors, compiled(catalog, ("answer", page(table, listed(fields)))))
    assert len(found["nodes"]) == 5
    for node in found["nodes"]:
        assert list(node) == [key for key, _ in fields]
        assert node["f1"] == node[f"f{1 + len(columns)}"]


async def test_more_than_fifty_fields_of_an_aggregate(
    vendors: Repositories, catalog: Catalog
) -> None:
    table = vendor(catalog)
    count = tuple((f"c{index}", Figure(Aggregation("count"))) for index in range(120))
    plan = compiled(catalog, ("answer", Figures(table, compare(table, "tier", "LOW"), count)))
    assert await answer(vendors, plan) == {f"c{index}": 5 for index in range(120)}


async def test_more_roots_than_a_function_takes_arguments(
    vendors: Repositories, catalog: Catalog
) -> None:
    table = vendor(catalog)
    roots = tuple((f"r{index}", page(table, (TOTAL,))) for index in range(110))
    plan = compiled(catalog, *roots)
    text = await vendors.read(plan.statement, plan.first_values())
    assert json.loads(text)["data"] == {f"r{index}": {"totalCount": 5} for index in range(110)}
    apart = compile_roots([root for _, root in roots], catalog)
    texts = await vendors.read(apart.statement, apart.first_values())
    assert [json.loads(item) for item in texts] == [{"totalCount": 5}] * 110


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
async def test_edges_nodes_and_page_info_tell_of_one_page(
    vendors: Repositories, catalog: Catalog, org: Org, limit: int, backward: bool
) -> None:
    table = vendor(catalog)
    root = page(table, full(names(catalog)), by(table, "name"), limit=limit, backward=backward)
    found = await answer(vendors, compiled(catalog, ("answer", root)))
    places = list(range(5))[-limit:] if backward else list(range(5))[:limit]
    wanted = [{"name": f"{org.slug} {place}"} for place in places]
    assert found["nodes"] == wanted
    assert [edge["node"] for edge in found["edges"]] == wanted
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert found["pageInfo"] == {
        "hasNextPage": not backward and limit < 5,
        "hasPreviousPage": backward and limit < 5,
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
    }
    assert found["totalCount"] == 5


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    "cursors",
    [
        ("endCursor",),
        ("startCursor",),
        ("startCursor", "endCursor"),
        ("endCursor", "startCursor"),
        ("hasNextPage",),
        ("hasPreviousPage",),
        (),
    ],
    ids=" ".join,
)
async def test_records_are_in_order_whatever_else_is_asked_for(
    vendors: Repositories, catalog: Catalog, org: Org, cursors: tuple[str, ...], backward: bool
) -> None:
    table = vendor(catalog)
    info = tuple((name, Part(name)) for name in cursors)
    fields = (*listed(names(catalog)), *((("pageInfo", Part("pageInfo", info)),) if info else ()))
    for descending in (False, True):
        key = by(table, "name", descending=descending)
        root = page(table, fields, key, limit=4, backward=backward)
        found = await answer(vendors, compiled(catalog, ("answer", root)))
        wanted = [f"{org.slug} {place}" for place in range(5)]
        if descending:
            wanted.reverse()
        wanted = wanted[-4:] if backward else wanted[:4]
        assert [node["name"] for node in found["nodes"]] == wanted


PARTS_WITHOUT_ROWS: dict[str, Any] = {
    "pageInfo of names": (("pageInfo", Part("pageInfo", (("__typename", Constant("I")),))),),
    "pageInfo of the near side": (
        ("pageInfo", Part("pageInfo", (("hasPreviousPage", Part("hasPreviousPage")),))),
    ),
    "total and the near side": (
        TOTAL,
        ("pageInfo", Part("pageInfo", (("hasPreviousPage", Part("hasPreviousPage")),))),
    ),
}


@pytest.mark.parametrize("name", PARTS_WITHOUT_ROWS)
async def test_parts_that_need_no_rows_are_answered_once(
    vendors: Repositories, other_org: Org, org: Org, catalog: Catalog, name: str
) -> None:
    root = page(vendor(catalog), PARTS_WITHOUT_ROWS[name])
    plan = compiled(catalog, ("answer", root))
    for repositories in (vendors, other_org.repositories):
        assert "pageInfo" in await answer(repositories, plan)
    nobody = page(
        vendor(catalog), PARTS_WITHOUT_ROWS[name], where=compare(vendor(catalog), "name", "x")
    )
    assert "pageInfo" in await answer(vendors, compiled(catalog, ("answer", nobody)))


@pytest.mark.parametrize("where", ["x", None])
async def test_figures_without_a_figure_are_answered_once(
    vendors: Repositories, catalog: Catalog, where: str | None
) -> None:
    table = vendor(catalog)
    criteria = ALL if where is None else compare(table, "name", where)
    root = Figures(table, criteria, (("__typename", Constant("A")),))
    plan = compiled(catalog, ("answer", root))
    assert await answer(vendors, plan) == {"__typename": "A"}


async def test_parts_of_a_page_without_rows(vendors: Repositories, catalog: Catalog) -> None:
    table = vendor(catalog)
    nobody = compare(table, "name", "nobody")
    for backward in (False, True):
        root = page(table, full(names(catalog)), where=nobody, backward=backward)
        assert await answer(vendors, compiled(catalog, ("answer", root))) == {
            "nodes": [],
            "edges": [],
            "pageInfo": {
                "hasNextPage": False,
                "hasPreviousPage": False,
                "startCursor": None,
                "endCursor": None,
            },
            "totalCount": 0,
            "__typename": "Connection",
        }


async def test_plans_run_and_another_organisation_sees_nothing_of_it(
    vendors: Repositories, other_org: Org, org: Org, database: Database, catalog: Catalog
) -> None:
    record = Record(vendor(catalog), names(catalog))
    everything = page(vendor(catalog), listed(shown(vendor(catalog), "id", "name")))
    rows = (await answer(vendors, compiled(catalog, ("answer", everything))))["nodes"]
    id = UUID(rows[0]["id"])
    plan = compiled(catalog, ("answer", Get(id, record)))
    assert await answer(vendors, plan) == {"name": f"{org.slug} 0"}
    assert await answer(other_org.repositories, plan) is None
    both = compiled(catalog, ("answer", GetNodes([id, ID, id], True, (record,))))
    assert await answer(vendors, both) == [
        {"name": f"{org.slug} 0"},
        None,
        {"name": f"{org.slug} 0"},
    ]
    assert await answer(other_org.repositories, both) == [None, None, None]
    assert (await answer(other_org.repositories, compiled(catalog, ("answer", everything))))[
        "nodes"
    ] != rows


@pytest.mark.parametrize("shape", SHAPES)
async def test_shapes_are_json_for_one_who_has_nothing(
    org: Org, catalog: Catalog, shape: str
) -> None:
    plan = SHAPES[shape](catalog)
    values = plan.values_for(ROW) if shape.startswith("payload") else plan.first_values()
    text = await org.repositories.read(plan.statement, values)
    for item in text if isinstance(text, list) else [text]:
        json.loads(item)
