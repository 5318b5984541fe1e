"""What stands in the database itself: row level security on every table, keys on every reference."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from assurance.prove.records import insert, reference_columns
from auth.organization import mint_org_id
from models.describe import Catalog, Table
from palisade.service import connected
from repository.context import ContextSigner
from repository.criteria import Every, Not, Through
from repository.order import complete_order
from repository.repositories import Repositories
from repository.statements import PageRequest, Statements
from repository.writes import delete_statement, update_statement
from tests.conftest import ACTOR, Org, Urls
from tests.isolation.conftest import MakeService
from tests.isolation.siege import lift_row_level_security, without_predicate


@pytest.fixture
async def filled(org: Org, other_org: Org, catalog: Catalog) -> tuple[Org, Org]:
    """Two organisations with records of every type."""
    for one in (org, other_org):
        await insert(one.repositories, catalog, one.slug[-12:])
    return org, other_org


async def _first_ids(connection: asyncpg.Connection, table: Table, org_id: UUID) -> list[UUID]:
    rows = await connection.fetch(
        f"SELECT id FROM {table.qualified_name} WHERE org_id = $1 ORDER BY id", org_id
    )
    return [row["id"] for row in rows]


async def test_select_shows_nothing_without_a_context(
    app_connection: asyncpg.Connection, filled: tuple[Org, Org], catalog: Catalog
) -> None:
    for table in catalog.tables.values():
        assert await app_connection.fetch(f"SELECT * FROM {table.qualified_name}") == []


async def test_select_shows_the_rows_of_the_entered_organisation_only(
    app_connection: asyncpg.Connection,
    filled: tuple[Org, Org],
    catalog: Catalog,
    signer: ContextSigner,
) -> None:
    for one in filled:
        async with app_connection.transaction():
            await app_connection.execute("SELECT palisade.enter($1)", signer.sign(one.org_id))
            for table in catalog.tables.values():
                rows = await app_connection.fetch(f"SELECT * FROM {table.qualified_name}")
                assert {row["org_id"] for row in rows} == {one.id}, table.name


async def test_writes_without_a_predicate_touch_own_rows_only(
    app_connection: asyncpg.Connection,
    filled: tuple[Org, Org],
    catalog: Catalog,
    signer: ContextSigner,
) -> None:
    org, _ = filled
    for table in _changeable(catalog):
        transaction = app_connection.transaction()
        await transaction.start()
        await app_connection.execute("SELECT palisade.enter($1)", signer.sign(org.org_id))
        count = await app_connection.fetchval(f"SELECT count(*) FROM {table.qualified_name}")
        changed = await app_connection.fetch(
            f"UPDATE {table.qualified_name} SET version = version + 1 RETURNING org_id"
        )
        assert len(changed) == count > 0
        assert {row["org_id"] for row in changed} == {org.id}, table.name
        await transaction.rollback()


async def test_the_audit_trail_is_only_added_to(
    app_connection: asyncpg.Connection, filled: tuple[Org, Org], signer: ContextSigner
) -> None:
    org, _ = filled
    for statement in ("UPDATE data.audit_event SET actor = 'x'", "DELETE FROM data.audit_event"):
        async with app_connection.transaction():
            await app_connection.execute("SELECT palisade.enter($1)", signer.sign(org.org_id))
            assert await app_connection.fetchval("SELECT count(*) FROM data.audit_event") > 0
            with pytest.raises(asyncpg.PostgresError) as caught:
                async with app_connection.transaction():
                    await app_connection.execute(statement)
            # The grant, or where the policy is asked before it, as in the bare form, the policy.
            assert caught.value.sqlstate in ("42501", "PL001")


async def test_insert_for_another_organisation_is_refused(
    app_connection: asyncpg.Connection,
    filled: tuple[Org, Org],
    catalog: Catalog,
    signer: ContextSigner,
) -> None:
    org, other_org = filled
    for table in _changeable(catalog):
        for target, refused in ((org, False), (other_org, True)):
            transaction = app_connection.transaction()
            await transaction.start()
            await app_connection.execute("SELECT palisade.enter($1)", signer.sign(org.org_id))
            move = f"UPDATE {table.qualified_name} SET org_id = $1 WHERE org_id = $2"
            if refused:
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    await app_connection.execute(move, target.id, org.id)
            else:
                await app_connection.execute(move, target.id, org.id)
            await transaction.rollback()


async def test_statements_without_their_predicate_show_own_rows_only(
    app_connection: asyncpg.Connection,
    filled: tuple[Org, Org],
    catalog: Catalog,
    signer: ContextSigner,
) -> None:
    org, other_org = filled
    statements = Statements(catalog)
    for table in catalog.tables.values():
        request = PageRequest(complete_order(table, ()), 1000, with_total=True)
        own = await _ids_as(app_connection, table, org, signer)
        foreign = await _ids_as(app_connection, table, other_org, signer)
        page = statements.page(table, request)
        by_ids = statements.by_ids(table)
        for statement, values in ((page, request.values), (by_ids, [[*own, *foreign]])):
            sql = without_predicate(statement.sql)
            assert "org_id =" not in sql
            row = await app_connection.fetchrow(
                sql, *statement.arguments(values, org_id=org.id, context=signer.sign(org.org_id))
            )
            assert {record[0] for record in row[0]} == set(own), table.name
            if len(row) > 1:
                assert row[1] == len(own)


async def test_writes_without_their_predicate_miss_foreign_rows(
    app_connection: asyncpg.Connection,
    filled: tuple[Org, Org],
    catalog: Catalog,
    signer: ContextSigner,
) -> None:
    org, other_org = filled
    for table in _changeable(catalog):
        own = await _ids_as(app_connection, table, org, signer)
        foreign = await _ids_as(app_connection, table, other_org, signer)
        update = update_statement(table, ["created_at"])
        delete = delete_statement(table, versioned=False)
        for id, expected in ((foreign[0], 0), (own[-1], 1)):
            for statement in (update, delete):
                if expected and statement is delete and table.type == "Organization":
                    continue  # everything refers to it
                transaction = app_connection.transaction()
                await transaction.start()
                context = signer.sign(org.org_id)
                await app_connection.execute("SELECT palisade.enter($1)", context)
                row = await app_connection.fetchrow(
                    f"SELECT created_at, version FROM {table.qualified_name} WHERE id = $1", id
                )
                stamp, version = row or (None, 1)
                values: list[Any] = [stamp, id, version] if statement is update else [id]
                arguments = statement.arguments(values, org_id=org.id, context=context)
                sql = without_predicate(statement.sql)
                assert "org_id =" not in sql
                try:
                    found = await app_connection.fetchval(sql, *arguments)
                except asyncpg.ForeignKeyViolationError:
                    found = ["referred to"]
                assert len(found) == expected, f"{table.name} {id}"
                await transaction.rollback()


def test_every_table_reference_carries_the_predicate(catalog: Catalog) -> None:
    statements = Statements(catalog)
    checked = 0
    for table in catalog.tables.values():
        through = tuple(
            Through(relation, Not(Through(inner, Every())))
            for relation in table.relations
            for inner in catalog.target(relation).relations
        )
        where = Every(through)
        request = PageRequest(complete_order(table, ()), 5, where, with_total=True)
        texts = [statements.page(table, request).sql, statements.by_ids(table).sql]
        texts.append(statements.aggregate(table, where, ()).sql)
        texts.append(statements.owners_of(list(catalog.tables.values())).sql)
        for relation in table.relations:
            target = catalog.target(relation)
            inner_request = PageRequest(complete_order(target, ()), 5, with_total=True)
            if relation.cardinality != "one":
                texts.append(statements.pages(table, relation, inner_request).sql)
        for sql in texts:
            aliases = re.findall(r"\bdata\.\w+ AS (\w+)", sql)
            assert len(re.findall(r"\bdata\.\w+", sql)) == len(aliases) == len(set(aliases)) > 0
            for alias in aliases:
                assert re.search(rf"\b{alias}\.org_id = \$\d+", sql), f"{alias} in {sql}"
                checked += 1
    assert checked > 500


async def test_composite_keys_alone_refuse_a_reference_to_another_organisation(
    prepare: Callable[[], Urls], catalog: Catalog, make_attacked: MakeService
) -> None:
    urls = await asyncio.to_thread(prepare)
    await lift_row_level_security(urls, catalog)
    orgs: list[Repositories] = []
    async with connected(service := make_attacked(urls)):
        for index in range(2):
            row = await service.database.provision(f"keys-{index}", name="Keys", actor=ACTOR)
            made = service.database.of(mint_org_id(row["id"]), ACTOR)
            await insert(made, catalog, f"00000000000{index + 1}")
            orgs.append(made)
    lifted = await asyncpg.connect(urls.app)
    try:
        await _refer_across(lifted, catalog, orgs)
    finally:
        await lifted.close()


async def _refer_across(
    lifted: asyncpg.Connection, catalog: Catalog, orgs: list[Repositories]
) -> None:
    org_id, other_id = (one.org_id.value for one in orgs)
    checked = 0
    for table in catalog.tables.values():
        (record, *_) = await _first_ids(lifted, table, org_id)
        for name, relation in reference_columns(table).items():
            target = catalog.target(relation)
            set_reference = (
                f"UPDATE {table.qualified_name} SET {name} = $1 WHERE org_id = $2 AND id = $3"
            )
            own = await lifted.fetchval(
                f"SELECT {name} FROM {table.qualified_name} WHERE org_id = $1 AND id = $2",
                org_id,
                record,
            )
            (foreign, *_) = await _first_ids(lifted, target, other_id)
            assert await lifted.execute(set_reference, own, org_id, record) == "UPDATE 1"
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await lifted.execute(set_reference, foreign, org_id, record)
            checked += 1
    assert checked > 20


async def _ids_as(
    connection: asyncpg.Connection, table: Table, org: Org, signer: ContextSigner
) -> list[UUID]:
    async with connection.transaction():
        await connection.execute("SELECT palisade.enter($1)", signer.sign(org.org_id))
        return await _first_ids(connection, table, org.id)


def _changeable(catalog: Catalog) -> list[Table]:
    """The tables that the application may change rows of and delete rows from."""
    return [
        table
        for table in catalog.tables.values()
        if table.exposure.update and table.exposure.delete
    ]
