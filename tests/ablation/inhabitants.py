"""Two organisations, with three records of every type each, written past every wall.

The rules of single columns are dropped first, so that a record of any type is easily made: they
are no walls. What says that an organisation is its own stays.
"""

import datetime
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from auth.organization import OrgId, mint_org_id
from models.columns import Kind
from models.describe import Catalog, Column, Table
from repository.context import ContextKey
from repository.sql import column_name

ROWS = 3
ORGANIZATION = "Organization"
_OWN_DEFAULTS = ("created_at", "updated_at", "version")
_RULES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE contype = 'c' AND connamespace = 'data'::regnamespace AND conname NOT LIKE '%its_own_org%'
"""


@dataclass(frozen=True)
class Scene:
    """Who attacks whom, and the ids of their records: a type's by organisation, in order."""

    key: ContextKey
    retired_key: ContextKey
    attacker: OrgId
    victim: OrgId
    frozen: OrgId
    ids: dict[tuple[OrgId, str], list[UUID]]

    @classmethod
    def make(cls, key: ContextKey) -> "Scene":
        attacker, victim, frozen = (mint_org_id(uuid4()) for _ in range(3))
        return cls(key, ContextKey.generate(), attacker, victim, frozen, {})

    @property
    def reversed(self) -> "Scene":
        """The same, seen from the other side."""
        return replace(self, attacker=self.victim, victim=self.attacker)

    def victims(self, table: Table) -> list[UUID]:
        return self.ids[self.victim, table.type]

    def attackers(self, table: Table) -> list[UUID]:
        return self.ids[self.attacker, table.type]


def references(table: Table) -> dict[str, str]:
    """The table that each reference column leads to, by its name."""
    return {
        constraint.column_keys[-1]: constraint.referred_table.name
        for constraint in table.core.foreign_key_constraints
        if len(constraint.column_keys) == 2
    }


async def inhabit(superuser_url: str, catalog: Catalog, scene: Scene) -> None:
    """Fills the database."""
    connection = await asyncpg.connect(superuser_url)
    try:
        for (statement,) in await connection.fetch(_RULES):
            await connection.execute(statement)
        # No foreign key is asked, in whatever order the records are written.
        await connection.execute("SET session_replication_role = replica")
        for org_id in (scene.attacker, scene.victim, scene.frozen):
            for table in catalog.tables.values():
                count = 1 if table.type == ORGANIZATION else ROWS
                ids = [org_id.value if count == 1 else uuid4() for _ in range(count)]
                scene.ids[org_id, table.type] = ids
            for table in catalog.tables.values():
                await _insert(connection, catalog, table, scene=scene, org_id=org_id)
        await connection.execute(
            "INSERT INTO palisade.organisation_state (org_id, state, changed_by) "
            "VALUES ($1, 'FROZEN', 'tests')",
            scene.frozen.value,
        )
    finally:
        await connection.close()


async def _insert(
    connection: asyncpg.Connection, catalog: Catalog, table: Table, *, scene: Scene, org_id: OrgId
) -> None:
    columns = [column for column in table.columns if column.name not in _OWN_DEFAULTS]
    names = ", ".join(column_name(column.name) for column in columns)
    places = ", ".join(f"${number}" for number in range(2, len(columns) + 2))
    for index, id in enumerate(scene.ids[org_id, table.type]):
        values = [
            id if column.name == "id" else _value(catalog, table, column, scene, org_id, index)
            for column in columns
        ]
        await connection.execute(
            f"INSERT INTO {table.qualified_name} (org_id, {names}) VALUES ($1, {places})",
            org_id.value,
            *values,
        )


def _value(
    catalog: Catalog, table: Table, column: Column, scene: Scene, org_id: OrgId, index: int
) -> Any:
    leading = references(table)
    target = leading.get(column.name)
    if target is not None:
        if target == table.name:
            return None  # nothing leads back to itself
        (type_name,) = (one.type for one in catalog.tables.values() if one.name == target)
        ids = scene.ids[org_id, type_name]
        # Nothing refers to the last one; it refers to what no other record refers to together.
        place = index if index < ROWS - 1 else list(leading).index(column.name) % (ROWS - 1)
        return ids[min(place, len(ids) - 1)]
    return made_value(column, next(_NUMBERS))


def made_value(column: Column, number: int) -> Any:
    """A value of the column's kind, another one for each number."""
    match column.kind:
        case Kind.ID:
            return uuid4()
        case Kind.TEXT:
            return f"value {number}"
        case Kind.CHOICE:
            assert column.choices is not None
            return next(iter(column.choices)).value
        case Kind.INTEGER | Kind.BIG_INTEGER:
            return number
        case Kind.FLOAT:
            return float(number)
        case Kind.DECIMAL:
            return Decimal(number % 7)
        case Kind.BOOLEAN:
            return False
        case Kind.TIMESTAMP:
            return datetime.datetime.now(datetime.UTC)
        case Kind.DATE:
            return datetime.datetime.now(datetime.UTC).date()
        case Kind.TEXT_LIST:
            return [f"value {number}"]
        case Kind.JSON:
            return "{}"


_NUMBERS: Iterator[int] = itertools.count(1)


def without_references(catalog: Catalog) -> Iterator[str]:
    """Takes every foreign key away."""
    for table in catalog.tables.values():
        for constraint in table.core.foreign_key_constraints:
            yield f"ALTER TABLE {table.qualified_name} DROP CONSTRAINT {constraint.name}"


def granted(catalog: Catalog) -> Iterator[str]:
    """Lets the application do anything with any table, as far as grants say."""
    for table in catalog.tables.values():
        yield f"GRANT ALL ON {table.qualified_name} TO palisade_app"


def lifted(catalog: Catalog) -> Iterator[str]:
    """Takes row level security off every table."""
    for table in catalog.tables.values():
        yield (
            f"ALTER TABLE {table.qualified_name} "
            "NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        )
