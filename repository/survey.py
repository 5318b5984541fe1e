"""Sets of records, each by condition or by how others lead to it, in one statement.

Questions about the whole of an organisation, such as what would be hit if a vendor were breached,
are answered from sets that are made of each other: counted, tallied, and listed from the first on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.describe import Catalog, Table
from repository import criteria
from repository.binds import Statement
from repository.criteria import ALL, Conditions, Criteria
from repository.reader import Row
from repository.repositories import Repositories
from repository.sql import StatementText, column_name

LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Link:
    """The records whose ``column`` has what ``by`` has in a record of the set ``of``."""

    column: str
    of: str
    by: str = "id"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """Records that meet ``where``, and, where there are ``links``, that one of them leads to.

    ``without`` leads to records that are not in it. ``climbs`` is a reference of the type to
    itself: the records that following it leads to, again and again, are in the set too.
    Listed are the first ``limit`` by ``order`` and id; with ``per``, at most ``share`` of them for
    each value of that column.
    """

    name: str
    table: Table
    where: Criteria = ALL
    links: tuple[Link, ...] = ()
    without: tuple[Link, ...] = ()
    climbs: str | None = None
    order: str = "id"
    limit: int = LISTED
    per: str | None = None
    share: int = LISTED

    @property
    def shape(self) -> tuple[object, ...]:
        """What of the set decides the SQL text."""
        return (
            self.name,
            self.table.type,
            criteria.shape(self.where),
            self.links,
            self.without,
            self.climbs,
            self.order,
            self.per,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a set have the same values in these columns."""

    name: str
    of: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of each set: how many there are, and the first of them; and the tallies.

    An entry of a tally is the values of its columns, and how many records have them.
    """

    counts: Mapping[str, int]
    rows: Mapping[str, list[Row]]
    tallies: Mapping[str, list[tuple[Any, ...]]]


async def survey(
    repositories: Repositories, sets: Sequence[RecordSet], tallies: Sequence[Tally] = ()
) -> Found:
    """The sets as the caller sees them, each made of those before it. One SELECT."""
    session = repositories.session
    key = (
        "survey",
        tuple(one.shape for one in sets),
        tuple((one.of, one.columns) for one in tallies),
    )

    def make() -> Statement:
        text = session.statements.text()
        return text.statement(_answer(text, session.catalog, sets, tallies))

    statement = session.statements.kept(key, make)
    values: list[object] = []
    for one in sets:
        values += criteria.values(one.where)
    for one in sets:
        values += [one.share, one.limit] if one.per else [one.limit]
    answers = _Answers(await session.fetch(statement, values))
    return Found(
        counts={one.name: answers.at(place)[0][0] for place, one in enumerate(sets)},
        rows={
            one.name: repositories.of(one.table).rows(answers.at(place))
            for place, one in enumerate(sets, len(sets))
        },
        tallies={
            tally.name: [tuple(entry) for entry in answers.at(place)]
            for place, tally in enumerate(tallies, 2 * len(sets))
        },
    )


class _Answers:
    """The records of a survey by the number that each of them begins with."""

    def __init__(self, records: Iterable[Iterable[Any]]) -> None:
        self._found: dict[int, list[tuple[Any, ...]]] = {}
        for place, *record in records:
            self._found.setdefault(place, []).append(tuple(record))

    def at(self, place: int) -> list[tuple[Any, ...]]:
        return self._found.get(place, [])


def _answer(
    text: StatementText, catalog: Catalog, sets: Sequence[RecordSet], tallies: Sequence[Tally]
) -> str:
    """An array of records: the counts, the lists and the tallies, each behind its number.

    All in one array, because the driver knows arrays of records, and no records of arrays of them.
    """
    names = {one.name: text.alias() for one in sets}
    conditions = Conditions(catalog, text)
    parts = [part for one in sets for part in _parts(one, names, conditions, text)]
    answers = [
        f"SELECT row({place}, count(*)) FROM {names[one.name]}" for place, one in enumerate(sets)
    ]
    answers += [
        _listed(one, names[one.name], text, place) for place, one in enumerate(sets, len(sets))
    ]
    answers += [
        _tallied(one, names[one.of], place) for place, one in enumerate(tallies, 2 * len(sets))
    ]
    every = " UNION ALL ".join(f"({answer})" for answer in answers)
    return f"WITH RECURSIVE {', '.join(parts)} SELECT array({every})"


def _parts(
    one: RecordSet, names: Mapping[str, str], conditions: Conditions, text: StatementText
) -> list[str]:
    row = text.alias()
    among = [conditions.condition(one.where, one.table, row)]
    if one.links:
        among.append(f"({' OR '.join(_led(link, names, row) for link in one.links)})")
    # Of an empty column it isn't known whether it leads anywhere.
    among += [f"NOT coalesce({_led(link, names, row)}, false)" for link in one.without]
    if one.climbs is None:
        return [_part(names[one.name], one.table, among, row, text)]
    # Ids alone, and each of them once: a circle ends the climb, and so does the last record.
    way, first, next_ = text.alias(), row, text.alias()
    begin = text.rows_of(one.table, *among, alias=first)
    join = f"JOIN {way} ON {next_}.id = {way}.id"
    step = text.rows_of(one.table, alias=next_, joins=(join,))
    climb = (
        f"{way}(id) AS (SELECT {first}.id {begin} "
        f"UNION SELECT {next_}.{column_name(one.climbs)} {step})"
    )
    row = text.alias()
    on_the_way = f"{row}.id IN (SELECT {way}.id FROM {way})"
    return [climb, _part(names[one.name], one.table, [on_the_way], row, text)]


def _part(name: str, table: Table, among: Sequence[str], row: str, text: StatementText) -> str:
    columns = ", ".join(f"{row}.{column_name(column.name)}" for column in table.columns)
    rows = text.rows_of(table, *among, alias=row)
    return f"{name} AS MATERIALIZED (SELECT {columns} {rows})"


def _led(link: Link, names: Mapping[str, str], row: str) -> str:
    by, of = column_name(link.by), names[link.of]
    found = f"SELECT {of}.{by} FROM {of} WHERE {of}.{by} IS NOT NULL"
    return f"{row}.{column_name(link.column)} IN ({found})"


def _listed(one: RecordSet, name: str, text: StatementText, place: int) -> str:
    columns = ", ".join(f"{name}.{column_name(column.name)}" for column in one.table.columns)
    keys = ", ".join(f"{name}.{column_name(key)}" for key in dict.fromkeys((one.order, "id")))
    source = f"FROM {name}"
    if one.per:
        rank, per = text.alias(), f"{name}.{column_name(one.per)}"
        share = text.value(one.share, "integer")
        ranked = (
            f"SELECT {name}.*, row_number() OVER (PARTITION BY {per} ORDER BY {keys}) AS {rank} "
            f"FROM {name}"
        )
        source = f"FROM ({ranked}) AS {name} WHERE {name}.{rank} <= {share}"
    limit = text.value(one.limit, "integer")
    return f"SELECT row({place}, {columns}) {source} ORDER BY {keys} LIMIT {limit}"


def _tallied(tally: Tally, name: str, place: int) -> str:
    columns = ", ".join(f"{name}.{column_name(column)}" for column in tally.columns)
    return f"SELECT row({place}, {columns}, count(*)) FROM {name} GROUP BY {columns}"
