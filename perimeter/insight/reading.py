"""What an answer reads, checked before anything is asked of the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models.base import Model
from models.conditions import Condition, every
from models.describe import Catalog, Column, Table
from repository.criteria import Compare, Criteria, Every, Not, Some, Through, criteria_of
from repository.reader import Row
from repository.repositories import Repositories
from repository.survey import Found, Link, RecordSet, Tally, survey
from resolvers.access import Access

ANY: Final = every()


@dataclass(frozen=True, slots=True)
class Insight:
    """One caller's way to the records of their organisation. ``place`` names the answer."""

    repositories: Repositories
    catalog: Catalog
    access: Access
    place: str

    def table(self, model: type[Model]) -> Table:
        """The description of a model."""
        return self.catalog.tables[model.__name__]

    def records(
        self, name: str, model: type[Model], *links: Link, where: Condition = ANY, limit: int = 0
    ) -> RecordSet:
        """A set of a model's records, of which the first ``limit`` are listed."""
        table = self.table(model)
        return RecordSet(name, table, criteria_of(where, table, self.catalog), links, limit=limit)

    def check_columns(self, model: type[Model], names: Iterable[str]) -> None:
        """That the caller may read these columns.

        Raises: Forbidden.
        """
        table = self.table(model)
        self.access.check_type(table, self.place)
        for name in names:
            self.access.check_read(table, table.by_name[name], self.place)

    def check(self, sets: Sequence[RecordSet], tallies: Sequence[Tally] = ()) -> None:
        """That the caller may read all that decides what is in the sets.

        Raises: Forbidden.
        """
        tables = {one.name: one.table for one in sets}
        for one in sets:
            self.access.check_type(one.table, self.place)
            for table, column in _columns_of(one, tables, self.catalog):
                self.access.check_read(table, column, self.place)
        for tally in tallies:
            table = tables[tally.of]
            for name in tally.columns:
                self.access.check_read(table, table.by_name[name], self.place)

    async def survey(self, sets: Sequence[RecordSet], tallies: Sequence[Tally] = ()) -> Found:
        """What is found of the sets. One SELECT, and none where the caller may not read it all.

        Raises: Forbidden.
        """
        self.check(sets, tallies)
        return await survey(self.repositories, sets, tallies)


def by_id(rows: Iterable[Row]) -> dict[UUID, Row]:
    """Rows by their ids."""
    return {row["id"]: row for row in rows}


def _columns_of(
    one: RecordSet, tables: Mapping[str, Table], catalog: Catalog
) -> Iterator[tuple[Table, Column]]:
    yield from columns_in(one.where, one.table, catalog)
    for link in (*one.links, *one.without):
        yield one.table, one.table.by_name[link.column]
        yield tables[link.of], tables[link.of].by_name[link.by]
    for name in (one.climbs, one.order, one.per):
        if name is not None:
            yield one.table, one.table.by_name[name]


def columns_in(where: Criteria, table: Table, catalog: Catalog) -> Iterator[tuple[Table, Column]]:
    """Each column that conditions on records of ``table`` read, with its table."""
    match where:
        case Compare(column, _, _):
            yield table, column
        case Every(of) | Some(of):
            for part in of:
                yield from columns_in(part, table, catalog)
        case Not(part):
            yield from columns_in(part, table, catalog)
        case Through(relation, beneath):
            target = catalog.target(relation)
            yield target, target.by_name["id"]
            yield from catalog.keys_of(table, relation)
            yield from columns_in(beneath, target, catalog)
