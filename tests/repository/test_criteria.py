"""Criteria against SQL written by hand, which a superuser runs past every wall."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.describe import Catalog, Table
from models.vendors import Vendor
from repository.criteria import (
    ALL,
    Compare,
    Criteria,
    Every,
    Not,
    Operator,
    Some,
    Through,
    shape,
    values,
)
from repository.order import complete_order
from repository.statements import PageRequest
from tests.conftest import Org
from tests.repository.conftest import Sample, SampleNote, SampleVendor

TEXTS = [
    "plain",
    "Plain",
    "it's",
    'say "no"',
    "back\\slash",
    "100%",
    "under_score",
    "%",
    "_",
    "\\",
    "'",
    "",
    "zażółć gęślą",
    "日本語",
    "e\u0301",
    "\u00e9",
    "🦊 and 🐻",
    "line\nbreak",
    "'; DROP TABLE data.vendor; --",
]
FIRST = datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC)
LAST = datetime(2025, 1, 1, tzinfo=UTC)
DOMAINS: dict[str, list[Any]] = {
    "note": TEXTS,
    "small": [-1000, -1, 0, 1, 7],
    "big": [-(2**63), -1, 0, 2**53 + 1, 2**63 - 1],
    "ratio": [-1.5, 0.0, 0.1, 1e300],
    "price": [Decimal("-0.0001"), Decimal(0), Decimal("9999999999999999.9999")],
    "flag": [True, False],
    "seen_at": [FIRST, LAST],
    "day": [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "shade": ["DARK", "LIGHT", "MIXED"],
}
COMPARISONS = {
    Operator.EQ: "{column} = $2",
    Operator.NE: "({column} <> $2 OR {column} IS NULL)",
    Operator.LT: "{column} < $2",
    Operator.LTE: "{column} <= $2",
    Operator.GT: "{column} > $2",
    Operator.GTE: "{column} >= $2",
}


@pytest.fixture
def table(catalog: Catalog) -> Table:
    return catalog.tables["Sample"]


async def seed(org: Org) -> list[UUID]:
    """A row for each text, the other columns going round their values and NULL."""
    rows = []
    for place, note in enumerate([*TEXTS, None]):
        row: dict[str, Any] = {"title": f"title {place}", "note": note, "tags": TEXTS[:place:3]}
        for name, domain in DOMAINS.items():
            if name != "note":
                row[name] = [*domain, None][place % (len(domain) + 1)]
        if place in (5, 11):
            row["small"] = place
        if place > 2:
            row["shade"] = None if row["small"] is not None else row["shade"]
        rows.append(row)
    return [row["id"] for row in await org.repositories.of(Sample).create_many(rows)]


@pytest.fixture
async def seeded(org: Org, other_org: Org) -> list[UUID]:
    """The ids of one organisation; another one has rows alike."""
    await seed(other_org)
    return await seed(org)


async def found(org: Org, table: Table, where: Criteria) -> set[UUID]:
    request = PageRequest(complete_order(table, ()), 100, where)
    page = await org.repositories.of(table).page(request)
    assert await org.repositories.of(table).count(where) == len(page.rows)
    return {row["id"] for row in page.rows}


Ask = Callable[..., Any]


@pytest.fixture
def expected(root: asyncpg.Connection, org: Org) -> Ask:
    """Ids that SQL with the organisation as $1 finds past the walls."""

    async def ask(where: str, *arguments: object) -> set[UUID]:
        query = f"SELECT id FROM data.sample s WHERE org_id = $1 AND ({where})"
        return {row[0] for row in await root.fetch(query, org.id, *arguments)}

    return ask


@pytest.mark.parametrize("name", DOMAINS)
async def test_comparisons_match_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask, name: str
) -> None:
    column = table.by_name[name]
    matched = 0
    for operator, sql in COMPARISONS.items():
        for value in DOMAINS[name]:
            where = Compare(column, operator, value)
            wanted = await expected(sql.format(column=name), value)
            assert await found(org, table, where) == wanted, (operator, value)
            assert await found(org, table, Not(where)) == set(seeded) - wanted, (operator, value)
            matched += len(wanted)
    assert matched


@pytest.mark.parametrize("name", [*DOMAINS, "facts", "tags"])
async def test_is_null_matches_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask, name: str
) -> None:
    column = table.by_name[name]
    null = await expected(f"{name} IS NULL")
    assert await found(org, table, Compare(column, Operator.IS_NULL, True)) == null
    assert await found(org, table, Compare(column, Operator.IS_NULL, False)) == set(seeded) - null
    assert null or name == "tags"


@pytest.mark.parametrize("name", DOMAINS)
async def test_in_matches_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask, name: str
) -> None:
    column = table.by_name[name]
    for chosen in ([], DOMAINS[name][:1], DOMAINS[name][1:], DOMAINS[name][:1] * 3):
        sql = " OR ".join(f"{name} = ${place + 2}" for place in range(len(chosen)))
        wanted = await expected(sql or "false", *chosen)
        where = Compare(column, Operator.IN, chosen)
        assert await found(org, table, where) == wanted
        assert await found(org, table, Not(where)) == set(seeded) - wanted
        assert bool(wanted) == bool(chosen)


@pytest.mark.parametrize("piece", TEXTS)
async def test_text_pieces_match_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask, piece: str
) -> None:
    note = table.by_name["note"]
    contains = await expected("position($2 IN note) > 0", piece)
    assert await found(org, table, Compare(note, Operator.CONTAINS, piece)) == contains
    starts = await expected("left(note, char_length($2)) = $2", piece)
    assert await found(org, table, Compare(note, Operator.STARTS_WITH, piece)) == starts
    assert contains >= starts
    assert starts
    for operator, wanted in (Operator.CONTAINS, contains), (Operator.STARTS_WITH, starts):
        where = Not(Compare(note, operator, piece))
        assert await found(org, table, where) == set(seeded) - wanted


@pytest.mark.parametrize("entry", [*TEXTS[::3], "absent"])
async def test_has_matches_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask, entry: str
) -> None:
    wanted = await expected("$2 IN (SELECT unnest(tags))", entry)
    assert await found(org, table, Compare(table.by_name["tags"], Operator.HAS, entry)) == wanted
    assert bool(wanted) == (entry != "absent")


async def test_every_and_some_of_nothing(org: Org, table: Table, seeded: list[UUID]) -> None:
    assert await found(org, table, ALL) == set(seeded)
    assert await found(org, table, Some(())) == set()
    assert await found(org, table, Not(ALL)) == set()
    assert await found(org, table, Not(Some(()))) == set(seeded)


async def test_trees_match_independent_sql(
    org: Org, table: Table, seeded: list[UUID], expected: Ask
) -> None:
    choose = random.Random(7)
    arguments: list[object] = []

    def leaf() -> tuple[Criteria, str]:
        name = choose.choice(list(DOMAINS))
        operator = choose.choice([*COMPARISONS, Operator.IS_NULL])
        column = table.by_name[name]
        if operator is Operator.IS_NULL:
            flag = choose.random() < 0.5
            return Compare(column, operator, flag), f"{name} IS {'' if flag else 'NOT'} NULL"
        value = choose.choice(DOMAINS[name])
        arguments.append(value)
        sql = COMPARISONS[operator].replace("$2", f"${len(arguments) + 1}")
        return Compare(column, operator, value), sql.format(column=name)

    def tree(depth: int) -> tuple[Criteria, str]:
        kind = choose.choice(["leaf", "every", "some", "not"]) if depth else "leaf"
        if kind == "leaf":
            return leaf()
        if kind == "not":
            criteria, sql = tree(depth - 1)
            return Not(criteria), f"(({sql}) IS NOT TRUE)"
        parts = [tree(depth - 1) for _ in range(choose.randint(1, 3))]
        joint = " AND " if kind == "every" else " OR "
        make = Every if kind == "every" else Some
        return make(tuple(part[0] for part in parts)), f"({joint.join(part[1] for part in parts)})"

    sizes = set()
    for _ in range(120):
        arguments.clear()
        criteria, sql = tree(3)
        wanted = await expected(sql, *arguments)
        assert await found(org, table, criteria) == wanted, sql
        sizes.add(len(wanted))
    assert len(sizes) > 5


@pytest.fixture
async def related(org: Org, other_org: Org, root: asyncpg.Connection) -> dict[str, list[UUID]]:
    """Three samples of each organisation, chained by parent, with notes and vendors."""
    made: dict[str, list[UUID]] = {}
    for one in (other_org, org):
        repositories = one.repositories
        ids: list[UUID] = []
        for place in range(4):
            row = await repositories.of(Sample).create(
                {"title": f"s{place}", "tags": [], "parent_id": ids[-1] if ids else None}
            )
            ids.append(row["id"])
        notes = await repositories.of(SampleNote).create_many(
            [{"body": body, "sample_id": ids[at]} for body, at in (("a", 0), ("b", 0), ("a", 1))]
        )
        vendors = await repositories.of(Vendor).create_many(
            [{"name": name, "tier": "LOW"} for name in ("v0", "v1", "v2")]
        )
        await repositories.of(SampleVendor).create_many(
            [
                {"sample_id": ids[at], "vendor_id": vendors[to]["id"]}
                for at, to in ((0, 0), (0, 1), (1, 1), (2, 2))
            ]
        )
        made = {
            "samples": ids,
            "notes": [row["id"] for row in notes],
            "vendors": [row["id"] for row in vendors],
        }
    return made


async def test_through_one_many_and_linked_match_independent_sql(
    org: Org, catalog: Catalog, related: dict[str, list[UUID]], expected: Ask
) -> None:
    table = catalog.tables["Sample"]
    relations = table.relation_by_field
    title = table.by_name["title"]
    body = catalog.tables["SampleNote"].by_name["body"]
    name = catalog.tables["Vendor"].by_name["name"]
    parent = Through(relations["parent"], Compare(title, Operator.IN, ["s0", "s2"]))
    notes = Through(relations["notes"], Compare(body, Operator.EQ, "b"))
    vendors = Through(relations["vendors"], Compare(name, Operator.EQ, "v1"))
    children = Through(relations["children"], Through(relations["notes"], ALL))
    back = catalog.tables["Vendor"].relation_by_field["samples"]
    sql_parent = (
        "parent_id IN (SELECT id FROM data.sample WHERE org_id = $1 AND title IN ('s0', 's2'))"
    )
    sql_notes = "id IN (SELECT sample_id FROM data.sample_note WHERE org_id = $1 AND body = 'b')"
    sql_vendors = (
        "id IN (SELECT sample_id FROM data.sample_vendor l JOIN data.vendor v "
        "ON v.id = l.vendor_id WHERE v.org_id = $1 AND v.name = 'v1')"
    )
    everything = set(related["samples"])
    for criteria, where in (
        (parent, sql_parent),
        (notes, sql_notes),
        (vendors, sql_vendors),
        (
            children,
            "EXISTS (SELECT FROM data.sample c JOIN data.sample_note n "
            "ON n.sample_id = c.id WHERE c.org_id = $1 AND c.parent_id = s.id)",
        ),
        (Through(relations["parent"], ALL), "parent_id IS NOT NULL"),
        (
            Through(relations["vendors"], Through(back, Compare(title, Operator.EQ, "s0"))),
            "title IN ('s0', 's1')",
        ),
        (Every((notes, vendors)), f"{sql_notes} AND {sql_vendors}"),
        (Some((parent, Not(vendors))), f"{sql_parent} OR NOT ({sql_vendors})"),
    ):
        wanted = await expected(where)
        assert await found(org, table, criteria) == wanted, where
        assert await found(org, table, Not(criteria)) == everything - wanted, where
        assert wanted
        assert wanted != everything


async def test_id_criteria_hide_rows_of_another_org(
    org: Org, other_org: Org, table: Table, seeded: list[UUID]
) -> None:
    (foreign,) = (
        await other_org.repositories.of(table).page(PageRequest(complete_order(table, ()), 1))
    ).rows
    where = Compare(table.by_name["id"], Operator.IN, [foreign["id"], seeded[0], uuid4()])
    assert await found(org, table, where) == {seeded[0]}
    assert await found(other_org, table, where) == {foreign["id"]}


def test_shape_leaves_values_out(table: Table) -> None:
    one = Every((Compare(table.by_name["note"], Operator.EQ, "a"), Not(Some(()))))
    two = Every((Compare(table.by_name["note"], Operator.EQ, "b"), Not(Some(()))))
    assert shape(one) == shape(two)
    assert list(values(one)) == ["a"]
    assert list(values(two)) == ["b"]


def test_shape_tells_what_decides_the_sql(table: Table) -> None:
    note, small = table.by_name["note"], table.by_name["small"]
    notes = table.relation_by_field["notes"]
    distinct: list[Criteria] = [
        Compare(note, Operator.EQ, "a"),
        Compare(note, Operator.NE, "a"),
        Compare(small, Operator.EQ, 1),
        Compare(note, Operator.IS_NULL, True),
        Compare(note, Operator.IS_NULL, False),
        Every(()),
        Some(()),
        Not(Every(())),
        Every((Every(()),)),
        Every((Every(()), Every(()))),
        Through(notes, ALL),
        Through(table.relation_by_field["vendors"], ALL),
    ]
    assert len({shape(criteria) for criteria in distinct}) == len(distinct)
    assert list(values(Compare(note, Operator.IS_NULL, True))) == []
