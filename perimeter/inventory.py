"""The inventory's own part: a dataset for each model, a field for each of its columns.

They are rows like any other, so that flows, grants and questions lead to them, and are kept in
step with the models: at the start of an organisation, and whenever the models may have changed.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from models.classification import Level
from models.conditions import Operator
from models.datasets import DataField, Dataset, Impact
from models.describe import Catalog, Column, Table
from repository.criteria import ALL, Compare
from repository.reader import Row
from repository.repositories import Repositories
from repository.statements import Listing

_ALL_ROWS: Final = 1_000_000
_LONGEST_DESCRIPTION: Final = 1000

# FIPS 199 grades the loss; a model's highest level says how bad it would be if others read it.
_CONFIDENTIALITY: Final = {
    Level.PUBLIC: Impact.LOW,
    Level.INTERNAL: Impact.LOW,
    Level.CONFIDENTIAL: Impact.MODERATE,
    Level.RESTRICTED: Impact.HIGH,
}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many datasets and fields were made, changed and taken away."""

    made: int = 0
    changed: int = 0
    gone: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.made + other.made, self.changed + other.changed, self.gone + other.gone)


async def keep_in_step(repositories: Repositories, catalog: Catalog) -> Changes:
    """Brings an organisation's derived datasets and fields to what the models declare.

    All of it happens or nothing; what is in step already is not written.
    """
    async with repositories.transaction() as inner:
        present, names, fields = await _present(inner, catalog)
        tables = {table.type: table for table in catalog.exposed}
        made = changed = 0
        fresh = [table for type_, table in tables.items() if type_ not in present]
        rows = await inner.of(Dataset).create_many([_dataset(table, names) for table in fresh])
        for row in rows:
            present[row["model"]] = row
        made += len(rows)
        missing: list[dict[str, Any]] = []
        for type_, table in tables.items():
            dataset = present[type_]
            wanted = {column.field: _field(column) for column in _shown(table)}
            there = fields.get(dataset["id"], {})
            missing += [
                {**values, "name": name, "derived": True, "dataset_id": dataset["id"]}
                for name, values in wanted.items()
                if name not in there
            ]
            for name, row in there.items():
                if name not in wanted:
                    continue
                values = {key: value for key, value in wanted[name].items() if row[key] != value}
                if values:
                    await inner.of(DataField).update(
                        row["id"], version=row["version"], values=values
                    )
                    changed += 1
        await inner.of(DataField).create_many(missing)
        gone = await _take_away(inner, tables, present, fields)
    return Changes(made + len(missing), changed, gone)


def furnishing(catalog: Catalog) -> Callable[[Repositories], Awaitable[object]]:
    """What gives a new organisation its inventory."""
    return lambda repositories: keep_in_step(repositories, catalog)


async def _present(
    repositories: Repositories, catalog: Catalog
) -> tuple[dict[str, Row], set[str], dict[UUID, dict[str, Row]]]:
    """The derived datasets by type, the names of all others, and derived fields by dataset."""
    dataset, field = catalog.tables["Dataset"], catalog.tables["DataField"]
    derived = Compare(field.by_name["derived"], Operator.EQ, True)
    datasets, fields = await repositories.lists(
        [Listing(dataset, ALL, _ALL_ROWS), Listing(field, derived, _ALL_ROWS)]
    )
    found: dict[UUID, dict[str, Row]] = {}
    for row in fields:
        found.setdefault(row["dataset_id"], {})[row["name"]] = row
    models = {row["model"]: row for row in datasets if row["model"] is not None}
    return models, {row["name"] for row in datasets}, found


async def _take_away(
    repositories: Repositories,
    tables: Mapping[str, Table],
    present: Mapping[str, Row],
    fields: Mapping[UUID, Mapping[str, Row]],
) -> int:
    """Fields of columns that are gone go too. A dataset of a type that isn't loaded stays: its
    package may be served by another process, and flows and grants may lead to it.
    """
    gone = 0
    for type_, table in tables.items():
        wanted = {column.field for column in _shown(table)}
        for name, row in fields.get(present[type_]["id"], {}).items():
            if name not in wanted:
                await repositories.of(DataField).delete(row["id"])
                gone += 1
    return gone


def _shown(table: Table) -> Iterator[Column]:
    return (column for column in table.columns if column.exposed)


def _dataset(table: Table, taken: set[str]) -> dict[str, object]:
    """The values of a table's dataset, under a name that no other one has."""
    names = (table.type, *(f"{table.type} ({number})" for number in range(2, len(taken) + 3)))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return {
        "name": name,
        "description": table.description[:_LONGEST_DESCRIPTION],
        "model": table.type,
        "confidentiality": _CONFIDENTIALITY[max(column.level for column in _shown(table))].value,
    }


def _field(column: Column) -> dict[str, object]:
    return {"level": column.level.name, "category": column.category.value}
