"""Attacks through the repositories, whose predicates or whose organisation may be wrong."""

import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from auth.organization import OrgId
from models.conditions import Operator
from models.describe import Cardinality, Catalog, Table
from repository.binds import Statement, compile_statement
from repository.connections import Connections
from repository.context import ContextSigner
from repository.criteria import Compare
from repository.errors import Duplicate, RepositoryError, StillReferenced
from repository.order import complete_order
from repository.repositories import Repositories
from repository.session import Session
from repository.sql import StatementText
from repository.statements import PageRequest, Statements
from tests.ablation.inhabitants import Scene, made_value
from tests.conftest import ACTOR

_PREDICATE = re.compile(r"\b[\w.]+\.org_id = (\$\d+)(?:::UUID)?")


def remove_predicates(monkeypatch: pytest.MonkeyPatch, made: list[str]) -> None:
    """Makes the predicate of every statement true for every row; ``made`` are the statements."""

    def lift(statement: Statement) -> Statement:
        sql = _PREDICATE.sub(r"(\1::UUID IS NOT NULL)", statement.sql)
        assert "org_id =" not in sql
        if sql != statement.sql:
            made.append(sql)
        return Statement(sql, statement.order, statement.fixed)

    def compiled(statement: Any) -> Statement:
        return lift(compile_statement(statement))

    written = StatementText.statement
    monkeypatch.setattr(
        StatementText, "statement", lambda self, *columns: lift(written(self, *columns))
    )
    for name, module in list(sys.modules.items()):
        if name.startswith("repository.") and hasattr(module, "compile_statement"):
            monkeypatch.setattr(module, "compile_statement", compiled)


class _OneContext(ContextSigner):
    """Signs the context of one organisation, whichever it is asked for."""

    org_id: OrgId

    def sign(self, org_id: OrgId) -> str:
        return super().sign(self.org_id)


@dataclass(frozen=True)
class Raid:
    """The attacker's repositories, and a superuser who sees what came of it."""

    repositories: Repositories
    root: asyncpg.Connection
    scene: Scene

    async def try_out(self, attack: "Attack", table: Table) -> bool:
        """Whether the attack got through."""
        try:
            return await attack(self, table)
        except (RepositoryError, asyncpg.PostgresError):
            return False

    async def snapshot(self, catalog: Catalog) -> list[list[str]]:
        """All that there is of the victim."""
        return [
            [
                row[0]
                for row in await self.root.fetch(
                    f"SELECT t::text FROM {table.qualified_name} AS t WHERE org_id = $1 ORDER BY 1",
                    self.scene.victim.value,
                )
            ]
            for table in catalog.tables.values()
        ]


def raid(
    scene: Scene,
    catalog: Catalog,
    connections: Connections,
    *,
    root: asyncpg.Connection,
    bound_to: OrgId | None = None,
) -> Raid:
    """The attacker's, with the attacker's context; ``bound_to`` is what they are bound to."""
    signer = _OneContext(scene.key)
    signer.org_id = scene.attacker
    org_id = bound_to or scene.attacker
    session = Session(catalog, Statements(catalog), connections, signer, org_id, ACTOR)
    return Raid(Repositories(session), root, scene)


def without_guards(catalog: Catalog) -> Catalog:
    """The catalog without what its models ask of a change: rules of business, and no walls."""
    tables = {
        name: replace(table, guards=(), editable=None, row_rules=())
        for name, table in catalog.tables.items()
    }
    return Catalog(tables, catalog.global_tables)


Attack = Callable[[Raid, Table], Awaitable[bool]]


async def _by_id(raid: Raid, table: Table) -> bool:
    own, theirs = raid.scene.attackers(table), raid.scene.victims(table)
    rows = await raid.repositories.of(table).get_many([*own, *theirs])
    return any(row is not None for row in rows[len(own) :])


async def _list(raid: Raid, table: Table) -> bool:
    rows = await raid.repositories.of(table).first(1000)
    return bool({row["id"] for row in rows} & set(raid.scene.victims(table)))


async def _count(raid: Raid, table: Table) -> bool:
    where = Compare(table.by_name["id"], Operator.EQ, raid.scene.victims(table)[0])
    return await raid.repositories.of(table).count(where) > 0


async def _relation(raid: Raid, table: Table) -> bool:
    catalog = raid.repositories.session.catalog
    seen: set[UUID] = set()
    theirs: set[UUID] = set()
    for relation in table.relations:
        if relation.cardinality is Cardinality.MANY:
            target = catalog.target(relation)
            request = PageRequest(complete_order(target, ()), 100)
            ids = raid.scene.victims(table)
            for page in await raid.repositories.of(table).pages(relation, ids, request):
                seen |= {row["id"] for row in page.rows}
            theirs |= set(raid.scene.victims(target))
    return bool(seen & theirs)


async def _types(raid: Raid, table: Table) -> bool:
    return bool(await raid.repositories.types_of(raid.scene.victims(table), [table]))


async def _update(raid: Raid, table: Table) -> bool:
    id = raid.scene.victims(table)[-1]
    return (await raid.repositories.of(table).update(id, version=1, values={}))["id"] == id


async def _delete(raid: Raid, table: Table) -> bool:
    id = raid.scene.victims(table)[-1]
    return (await raid.repositories.of(table).delete(id))["id"] == id


async def _insert(raid: Raid, table: Table) -> bool:
    columns = [one for one in table.columns if one.name not in ("created_at", "updated_at")]
    values = {one.name: made_value(one, 1) for one in columns if one.name not in ("id", "version")}
    id = (await raid.repositories.of(table).create(values))["id"]
    org_id = await raid.root.fetchval(
        f"SELECT org_id FROM {table.qualified_name} WHERE id = $1", id
    )
    return bool(org_id == raid.scene.victim.value)


REPOSITORY_ATTACKS: dict[str, Attack] = {
    "reading by id": _by_id,
    "listing": _list,
    "counting": _count,
    "reading through a relation": _relation,
    "asking for the type of an id": _types,
    "inserting": _insert,
    "updating": _update,
    "deleting": _delete,
}


def has_relations(catalog: Catalog, table: Table) -> bool:
    """Whether there is a relation to many records to read through."""
    return any(
        relation.cardinality is Cardinality.MANY and catalog.target(relation).type != table.type
        for relation in table.relations
    )


async def refer_across(raid: Raid, table: Table, column: str, foreign: UUID) -> bool:
    """Whether an own record can be made to refer to a foreign one."""
    own = raid.scene.attackers(table)[-1]
    (row,) = await raid.repositories.of(table).get_many([own])
    assert row is not None
    version = row["version"]
    changed = await raid.repositories.of(table).update(
        own, version=version, values={column: foreign}
    )
    return bool(changed[column] == foreign)


async def is_held(raid: Raid, table: Table, id: UUID) -> bool:
    """Whether the victim's repositories can no longer delete a record, for a reference to it."""
    try:
        await raid.repositories.of(table).delete(id)
    except StillReferenced:
        return True
    return False


async def learns_of(raid: Raid, table: Table, columns: tuple[str, ...]) -> bool:
    """Whether an own record cannot have the values of a foreign one, which tells that it exists."""
    own = raid.scene.attackers(table)[-1]
    names = ", ".join(columns)
    theirs = await raid.root.fetchrow(
        f"SELECT {names} FROM {table.qualified_name} WHERE id = $1", raid.scene.victims(table)[-1]
    )
    repository = raid.repositories.of(table)
    (row,) = await repository.get_many([own])
    assert row is not None
    try:
        await repository.update(own, version=row["version"], values=dict(theirs))
    except Duplicate:
        return True
    return False
