"""Valid records of every type, made from the description: all columns, references satisfied."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from assurance.prove.values import valid_value
from models.describe import Cardinality, Catalog, Relation, Table
from repository.repositories import Repositories

COUNT: Final = 5
ORGANIZATION: Final = "Organization"
# Made by the database, and by it alone.
_OWN_DEFAULTS: Final = ("created_at", "updated_at", "version")
# Where no record may lead back to itself: the first one has two before it and two behind it.
_CHAIN: Final = {2: 1, 1: 0, 0: 4, 4: 3}
# What guards ask of other records: with these, each move can be made.
_STATES: Final = {("Assessment", "status"): "APPROVED"}

# The beginning of 2020, from which on the records' ids count.
_EPOCH_MS: Final = 1_577_836_800_000

Values = dict[str, Any]


@dataclass(frozen=True)
class Population:
    """Records of every type of a catalog, by column name, in an order that can be inserted.

    ``late`` are references that go round in a circle: type, index, column and value.
    """

    rows: Mapping[str, list[Values]]
    late: list[tuple[str, int, str, UUID]]


def make_population(catalog: Catalog, mark: str, org_id: UUID) -> Population:
    """``COUNT`` records of each type; `place_of` tells which they refer to."""
    order = insertable(catalog)
    ids = {
        table.type: [_record_id(mark, place * COUNT + index) for index in range(COUNT)]
        for place, table in enumerate(order)
    }
    ids[ORGANIZATION] = [org_id] * COUNT
    rows: dict[str, list[Values]] = {}
    late: list[tuple[str, int, str, UUID]] = []
    for table in order:
        references = reference_columns(table)
        rows[table.type] = []
        for index in range(COUNT):
            row: Values = {"id": ids[table.type][index]}
            for column in table.columns:
                if column.name in ("id", *_OWN_DEFAULTS):
                    continue
                if column.name not in references:
                    row[column.name] = _STATES.get(
                        (table.type, column.name),
                        valid_value(column, table, mark=mark, index=index),
                    )
                    continue
                target = references[column.name].target
                place = place_of(table, column.name, index)
                value = None if place is None else ids[target][place]
                known = target in rows or target == ORGANIZATION
                row[column.name] = value if known else None
                if not known and value is not None:
                    late.append((table.type, index, column.name, value))
            rows[table.type].append(row)
    return Population(rows, late)


async def insert(repositories: Repositories, catalog: Catalog, mark: str) -> None:
    """Fills the organisation behind the repositories."""
    organization = catalog.tables[ORGANIZATION]
    org_id = repositories.org_id.value
    name = valid_value(organization.by_name["name"], organization, mark=mark, index=0)
    await repositories.of(organization).update(org_id, version=1, values={"name": name})
    population = make_population(catalog, mark, org_id)
    for type_name, rows in population.rows.items():
        await repositories.of(catalog.tables[type_name]).create_many(rows)
    for type_name, index, column, value in population.late:
        repository = repositories.of(catalog.tables[type_name])
        id = population.rows[type_name][index]["id"]
        version = (await repository.get(id))["version"]
        await repository.update(id, version=version, values={column: value})


def place_of(table: Table, column: str, index: int) -> int | None:
    """Which record of its target the i-th record of a population refers to.

    The i-th one, if it can be: of several references to one type, each leads to another record.
    """
    references = reference_columns(table)
    relation = references[column]
    if relation.acyclic:
        return _CHAIN.get(index)
    same = [name for name, other in references.items() if other.target == relation.target]
    return (index - same.index(column) + (relation.target == table.type)) % COUNT


def reference_columns(table: Table) -> dict[str, Relation]:
    """The relation behind each reference column."""
    return {
        relation.key: relation
        for relation in table.relations
        if relation.cardinality is Cardinality.ONE
    }


def insertable(catalog: Catalog) -> list[Table]:
    """Tables behind those they refer to; in a circle, behind those they can't do without."""
    left = {name: table for name, table in catalog.tables.items() if name != ORGANIZATION}
    order: list[Table] = []

    def ready_tables(*, whole: bool) -> list[Table]:
        return [
            table
            for table in left.values()
            if not any(
                (whole or not table.by_name[name].nullable)
                and relation.target in left
                and relation.target != table.type
                for name, relation in reference_columns(table).items()
            )
        ]

    while left:
        ready = ready_tables(whole=True) or ready_tables(whole=False)[:1]
        assert ready, f"{', '.join(left)} need each other: none can be the first"
        for table in ready:
            order.append(left.pop(table.type))
    return order


def _record_id(mark: str, number: int) -> UUID:
    """A UUIDv7 of long ago, so that all that is made later sorts later; the same for a mark."""
    drawn = int.from_bytes(hashlib.sha256(f"{mark}/{number}".encode()).digest()[:10])
    instant = (_EPOCH_MS + number) << 80
    return UUID(int=(instant | drawn) & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))
