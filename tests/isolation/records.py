"""A valid record for every type, made from the description: all columns, references satisfied.

Text, numbers and instants carry the organisation's mark as far as their rules allow, so that a
value of the other organisation is known wherever it turns up.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from models.columns import Kind
from models.describe import Cardinality, Catalog, Column, Relation, Table
from repository import erasure
from repository.ids import new_id
from repository.repositories import Repositories

COUNT = 5
ORGANIZATION = "Organization"
# Made by the database, and by it alone.
_OWN_DEFAULTS = ("created_at", "updated_at", "version")
# Where no record may lead back to itself: the first one has two before it and two behind it.
_CHAIN = {2: 1, 1: 0, 0: 4, 4: 3}
# What guards ask of other records: with these, each move can be made.
_STATES = {("Assessment", "status"): "APPROVED"}

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
    order = _insertable(catalog)
    ids = {table.type: [new_id() for _ in range(COUNT)] for table in order}
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


async def rows_of(root: asyncpg.Connection, org_id: UUID) -> dict[str, list[Any]]:
    """All that the database has of an organisation, in whatever table."""
    (names,) = await root.fetchrow(erasure._TABLES_OF_ORGS)
    return {
        name: await root.fetch(
            f"SELECT t::text FROM {name} AS t WHERE org_id = $1 ORDER BY 1", org_id
        )
        for name in names
    }


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


def valid_value(column: Column, table: Table, *, mark: str, index: int) -> Any:
    """A value that the column takes, another one for each index as far as there are others."""
    number = int(mark, 16) + index
    match column.kind:
        case Kind.TEXT:
            return _text(column, table, mark=mark, index=index)
        case Kind.TEXT_LIST if column.choices is not None:
            return [next(iter(column.choices)).name]
        case Kind.TEXT_LIST:
            return [f"{mark}-{index}"[: column.max_length]]
        case Kind.JSON:
            return {"canary": f"{mark}-{index}"}
        case Kind.CHOICE:
            assert column.choices is not None
            choices = list(column.choices)
            return choices[index % len(choices)].value
        case Kind.INTEGER | Kind.BIG_INTEGER:
            assert column.bounds is not None
            low, high = (int(bound) for bound in column.bounds)
            wanted = number if high >= number else index + 1
            return max(low, min(high, wanted))
        case Kind.DECIMAL:
            assert column.bounds is not None and column.scale is not None
            wanted = Decimal(number % 10**8).scaleb(-column.scale)
            return max(column.bounds[0], min(column.bounds[1], wanted))
        case Kind.FLOAT:
            return number % 10**6 + 0.5
        case Kind.BOOLEAN:
            return index % 2 == 0
        case Kind.TIMESTAMP:
            start = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
            return start + datetime.timedelta(microseconds=number % 10**15)
        case Kind.DATE:
            return datetime.date(2030, 1, 1) + datetime.timedelta(days=number % 10_000)
        case _:
            return new_id()


def canaries(rows: Iterable[Values]) -> set[str]:
    """The long numbers, instants and ids of records: nobody else has them by chance.

    Texts are known by the mark that is in them.
    """
    found: set[str] = set()
    for row in rows:
        for value in row.values():
            match value:
                case UUID():
                    found.add(str(value))
                case int() if abs(value) >= 10**9:
                    found.add(str(value))
                case datetime.datetime():
                    found.add(value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"))
                case _:
                    pass
    return found


def _text(column: Column, table: Table, *, mark: str, index: int) -> str:
    longest = column.max_length or 0
    plain = f"canary-{mark}-{table.singular}-{column.name}-{index}"
    short = f"{mark}{index}"
    forms = (
        plain,
        f"https://{plain}.example",
        f"{plain}@example.com",
        short,
        short.ljust(longest, "0"),
    )
    for form in forms:
        if len(form) <= longest and _matches(column, form):
            return form
    assert column.pattern, f"{table.type}.{column.name} takes {longest} characters: too few"
    wanted = _nth_match(_python(column.pattern), longest, index)
    assert _matches(column, wanted), f"no value for {table.type}.{column.name}"
    return wanted


def _matches(column: Column, value: str) -> bool:
    return not column.pattern or bool(re.fullmatch(_python(column.pattern), value))


def _python(posix: str) -> str:
    return posix.replace("[:space:]", r"\s")


def _nth_match(pattern: str, longest: int, index: int) -> str:
    found = _matching(pattern, longest)
    while len(found) <= index:
        found.append(
            find(
                st.from_regex(pattern, fullmatch=True),
                lambda text: len(text) <= longest and "\0" not in text and text not in found,
                settings=_QUIET,
                random=Random(index),
            )
        )
    return found[index]


@cache
def _matching(pattern: str, longest: int) -> list[str]:
    """The values made for a pattern so far."""
    return []


_QUIET = settings(
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _insertable(catalog: Catalog) -> list[Table]:
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
