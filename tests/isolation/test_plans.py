"""How the database reads: by an index that begins with the organisation, in every shape.

The plans are those that the application role gets: generic ones, behind the walls.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from assurance.prove.records import ORGANIZATION, reference_columns
from models.columns import Kind
from models.describe import Cardinality, Catalog, Column, Table
from repository.binds import Statement
from repository.criteria import Through
from repository.reading import Figures, GetNodes, Page, Part
from repository.statements import Aggregation, Statements
from tests.conftest import Urls
from tests.repository.readings import every_plan, every_reading

ORGANISATIONS = 300
ROWS = 60
# One row each: a table of a few pages is read whole, whatever the index.
ALL_ORGANISATIONS = 20_000

Lost = list[tuple[str, str]]


@pytest.fixture(scope="module")
def filled(prepare: Callable[[], Urls], catalog: Catalog) -> Urls:
    """A database with so many rows of so many organisations that a plan without them is dear."""
    urls = prepare()

    async def fill() -> None:
        connection = await asyncpg.connect(urls.superuser)
        try:
            # Only the plans matter here: what is filled in need not be valid.
            await connection.execute("SET session_replication_role = replica")
            for table in catalog.tables.values():
                await connection.execute(_without_checks(table))
                await connection.execute(_filling(table))
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()

    asyncio.run(fill())
    return urls


def _without_checks(table: Table) -> str:
    return (
        "DO $do$ DECLARE c text; BEGIN FOR c IN SELECT conname FROM pg_constraint "
        f"WHERE contype = 'c' AND conrelid = '{table.qualified_name}'::regclass LOOP "
        f"EXECUTE format('ALTER TABLE {table.qualified_name} DROP CONSTRAINT %I', c); "
        "END LOOP; END $do$"
    )


def _filling(table: Table) -> str:
    own = table.type == ORGANIZATION
    organisations, rows = (ALL_ORGANISATIONS, 1) if own else (ORGANISATIONS, ROWS)
    references = reference_columns(table)
    values = {
        column.name: _id(references[column.name].target, _spread(column))
        if column.name in references
        else _value(column, table)
        for column in table.columns
    }
    names = ", ".join(f'"{name}"' for name in values)
    return (
        f"INSERT INTO {table.qualified_name} (org_id, {names}) "
        f"SELECT md5('{ORGANIZATION}' || o)::uuid, {', '.join(values.values())} "
        f"FROM generate_series(1, {organisations}) AS o, generate_series(1, {rows}) AS i"
    )


def _spread(column: Column) -> str:
    """Another row for each reference, so that links are distinct."""
    return f"((i * 7 + {len(column.name)}) % {ROWS} + 1)"


def _id(type_name: str, place: str) -> str:
    row = "" if type_name == ORGANIZATION else f" || '-' || {place}"
    return f"md5('{type_name}' || o{row})::uuid"


def _value(column: Column, table: Table) -> str:
    match column.kind:
        case Kind.ID:
            return _id(table.type, "i")
        case Kind.INTEGER | Kind.BIG_INTEGER | Kind.FLOAT | Kind.DECIMAL:
            return "i % 50"
        case Kind.BOOLEAN:
            return "i % 2 = 0"
        case Kind.TIMESTAMP:
            return "timestamptz '2026-01-01' + i * interval '1 hour'"
        case Kind.DATE:
            return "date '2026-01-01' + i"
        case Kind.CHOICE:
            assert column.choices is not None
            return f"'{next(iter(column.choices)).value}'"
        case Kind.TEXT_LIST:
            return "ARRAY['a', 'b' || i]"
        case Kind.JSON:
            return "'{}'"
        case _:
            return "'v' || i"


@pytest.fixture
async def reader(filled: Urls) -> AsyncIterator[asyncpg.Connection]:
    """The application role, with its own settings."""
    connection = await asyncpg.connect(filled.app, statement_cache_size=0)
    try:
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
        assert await connection.fetchval("SHOW row_security") == "on"
        yield connection
    finally:
        await connection.close()


async def indexes_led_by_org(connection: asyncpg.Connection) -> frozenset[str]:
    rows = await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name FROM pg_catalog.pg_index i "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
        "WHERE a.attname = 'org_id'"
    )
    return frozenset(row["name"].removeprefix("data.").strip('"') for row in rows)


async def lost(
    connection: asyncpg.Connection, statement: Statement, led: frozenset[str]
) -> list[str]:
    """The scans of a statement's plan that don't go by an organisation's index."""
    arguments = ", ".join(["NULL"] * len(statement.order))
    await connection.execute(f"PREPARE shape AS {statement.sql}")
    try:
        given = f"({arguments})" if arguments else ""
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE shape{given}")
    finally:
        await connection.execute("DEALLOCATE shape")
    return list(_lost(json.loads(text)[0]["Plan"], led))


def _lost(node: dict[str, Any], led: frozenset[str]) -> Iterator[str]:
    kind = node["Node Type"]
    by_index = kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
    if by_index and not (node["Index Name"] in led and "org_id" in node.get("Index Cond", "")):
        yield f"{kind} by {node['Index Name']}: {node.get('Index Cond')}"
    elif node.get("Schema") == "data" and not by_index and kind != "Bitmap Heap Scan":
        yield f"{kind} of {node['Relation Name']}: {node.get('Filter')}"
    for inner in node.get("Plans", ()):
        yield from _lost(inner, led)


def reference_statements(catalog: Catalog) -> Iterator[tuple[str, Statement]]:
    """What the reference path sends for the same readings."""
    statements = Statements(catalog)
    for name, root in every_reading(catalog):
        match root:
            case Page(table, request, fields):
                yield name, statements.page(table, request)
                nodes = dict(fields).get("nodes")
                for _, inner in nodes.fields if isinstance(nodes, Part) else ():
                    if isinstance(inner, Page) and inner.relation is not None:
                        yield name, statements.pages(table, inner.relation, inner.request)
            case Figures(table, where):
                yield name, statements.aggregate(table, where, [Aggregation("count")])
            case GetNodes(_, _, records):
                yield name, statements.owners_of([record.table for record in records])
            case _:
                pass
    for table in catalog.tables.values():
        yield f"{table.singular} by ids", statements.by_ids(table)


async def every_lost(
    connection: asyncpg.Connection, statements: Iterator[tuple[str, Statement]]
) -> Lost:
    led = await indexes_led_by_org(connection)
    assert len(led) > 40
    seen: set[str] = set()
    found: Lost = []
    for name, statement in statements:
        if statement.sql not in seen:
            seen.add(statement.sql)
            found += [(name, scan) for scan in await lost(connection, statement, led)]
    assert len(seen) > 500
    return found


async def test_compiled_reads_go_by_an_index_of_the_organisation(
    reader: asyncpg.Connection, catalog: Catalog
) -> None:
    plans = ((name, plan.statement) for name, plan in every_plan(catalog))
    assert await every_lost(reader, plans) == []


async def test_reference_reads_go_by_an_index_of_the_organisation(
    reader: asyncpg.Connection, catalog: Catalog
) -> None:
    assert await every_lost(reader, reference_statements(catalog)) == []


@pytest.mark.parametrize("type_name", ["Specimen", "Integration", "Membership"])
async def test_plan_that_loses_its_index_is_reported(
    filled: Urls, catalog: Catalog, type_name: str
) -> None:
    """The control: without an index on the organisation there is none to go by."""
    table = catalog.tables[type_name]
    statements = Statements(catalog)
    ways = [statements.by_ids(table)]
    ways += [
        plan.statement for name, plan in every_plan(catalog) if name == f"{table.singular} point"
    ]
    assert len(ways) == 2
    root = await asyncpg.connect(filled.superuser, statement_cache_size=0)
    try:
        async with root.transaction():
            await root.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await root.execute("SET LOCAL search_path = ''")
            await root.execute("SET LOCAL ROLE palisade_app")
            led = await indexes_led_by_org(root)
            for statement in ways:
                assert await lost(root, statement, led) == []
        transaction = root.transaction()
        await transaction.start()
        for row in await root.fetch(
            "SELECT conrelid::regclass::text AS owner, conname FROM pg_constraint "
            "WHERE (confrelid = $1::text::regclass OR conrelid = $1::text::regclass) "
            "AND contype IN ('f', 'p', 'u') ORDER BY contype",
            table.qualified_name,
        ):
            await root.execute(f'ALTER TABLE {row["owner"]} DROP CONSTRAINT "{row["conname"]}"')
        for row in await root.fetch(
            "SELECT indexrelid::regclass::text AS name FROM pg_index "
            "WHERE indrelid = $1::text::regclass",
            table.qualified_name,
        ):
            await root.execute(f"DROP INDEX {row['name']}")
        await root.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await root.execute("SET LOCAL search_path = ''")
        await root.execute("SET LOCAL ROLE palisade_app")
        for statement in ways:
            assert await lost(root, statement, led), statement.sql
        await transaction.rollback()
    finally:
        await root.close()


def test_every_relation_and_every_sortable_column_is_among_the_shapes(catalog: Catalog) -> None:
    names = {name for name, _ in every_reading(catalog)}
    for table in catalog.tables.values():
        for column in table.columns:
            assert (f"{table.singular} by {column.name} up" in names) is column.sortable
        for relation in table.relations:
            assert f"{table.singular} where {relation.field}" in names
            assert f"{table.singular} {relation.field} 0" in names
    linked = [
        relation
        for table in catalog.tables.values()
        for relation in table.relations
        if relation.cardinality is Cardinality.LINKED
    ]
    assert linked
    assert any(
        isinstance(root, Page) and isinstance(root.request.where, Through)
        for _, root in every_reading(catalog)
    )
