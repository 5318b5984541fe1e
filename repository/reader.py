"""What an organisation's records are read through. Each reader is bound to one organisation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.conditions import Condition
from models.describe import Column, Relation, Table
from repository import criteria as conditions
from repository.criteria import ALL, Criteria
from repository.errors import NotFound
from repository.order import complete_order
from repository.session import Session
from repository.statements import Aggregation, PageRequest

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows. ``cursors`` is aligned with ``rows``; empty unless asked for."""

    rows: list[Row]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    total: int | None


class Reader:
    """The records of one type of one organisation that the caller sees.

    No method takes an organisation.
    """

    def __init__(self, session: Session, table: Table) -> None:
        self._session = session
        self._table = table
        self._names = ("__typename", *(column.name for column in table.columns))

    async def get(self, id: UUID) -> Row:
        """The record.

        Raises: NotFound, also where it is another organisation's.
        """
        (row,) = await self.get_many([id])
        if row is None:
            raise NotFound
        return row

    async def get_many(self, ids: Sequence[UUID]) -> list[Row | None]:
        """Rows by id; None where absent or another organisation's.

        Shape: aligned with ids, same length. One SELECT.
        Raises: DatabaseUnavailable.
        Source: GraphQL DataLoader, "batch function".
        """
        statement = self._session.statements.by_ids(self._table)
        records = await self._session.fetch(statement, [ids])
        rows = {row["id"]: row for row in map(self._row, records)}
        return [rows.get(id) for id in ids]

    def where(self, condition: Condition) -> Criteria:
        """A condition on these records, as models write theirs, as criteria."""
        return conditions.criteria_of(condition, self._table, self._session.catalog)

    async def find(self, where: Criteria) -> Row | None:
        """The first record that meets the criteria, by id; None where there is none."""
        rows = await self.first(1, where)
        return rows[0] if rows else None

    async def first(self, limit: int, where: Criteria = ALL) -> list[Row]:
        """The first records that meet the criteria, by id."""
        page = await self.page(PageRequest(complete_order(self._table, ()), limit, where))
        return page.rows

    async def page(self, request: PageRequest) -> Page:
        """One keyset page. One SELECT."""
        statement = self._session.statements.page(self._table, request)
        records, *totals = await self._session.fetch_row(statement, request.values)
        return self._page(request, records, total=totals[0] if totals else None)

    async def pages(
        self, relation: Relation, parents: Sequence[UUID], request: PageRequest
    ) -> list[Page]:
        """The same page of a relation's records for many parents of this type.

        Shape: aligned with ``parents``, same length. One SELECT.
        """
        target = Reader(self._session, self._session.catalog.target(relation))
        statement = self._session.statements.pages(self._table, relation, request)
        distinct = list(dict.fromkeys(parents))
        found, *totals = await self._session.fetch_row(statement, [distinct, *request.values])
        records: dict[UUID, list[Sequence[Any]]] = {parent: [] for parent in parents}
        for parent, *record in found:
            records[parent].append(record)
        total = dict(totals[0]) if totals else {}
        return [
            target._page(request, records[parent], total=total.get(parent)) for parent in parents
        ]

    async def count(self, where: Criteria = ALL) -> int:
        """How many records meet the criteria."""
        (count,) = await self.aggregate(where, [Aggregation("count")])
        assert isinstance(count, int)
        return count

    async def aggregate(self, where: Criteria, figures: Sequence[Aggregation]) -> list[object]:
        """The figures over the records that meet the criteria; None over no records."""
        statement = self._session.statements.aggregate(self._table, where, figures)
        return list(await self._session.fetch(statement, list(conditions.values(where))))

    async def groups(
        self,
        where: Criteria,
        keys: Sequence[Column],
        *,
        figures: Sequence[Aggregation],
        limit: int,
    ) -> list[tuple[Sequence[Any], Sequence[Any]]]:
        """The keys and the figures of each group of records, the largest groups first."""
        statement = self._session.statements.groups(self._table, where, keys, figures=figures)
        bound = [*conditions.values(where), limit]
        found = await self._session.fetch(statement, bound)
        return [(record[: len(keys)], record[len(keys) :]) for record in map(tuple, found)]

    def rows(self, records: Iterable[Iterable[object]]) -> list[Row]:
        """Rows of what a statement answered, by column name."""
        return [self._row(record) for record in records]

    def _row(self, record: Iterable[object]) -> Row:
        return dict(zip(self._names, (self._table.type, *record), strict=True))

    def _page(
        self, request: PageRequest, records: list[Sequence[Any]], *, total: int | None
    ) -> Page:
        more = len(records) > request.limit
        records = records[: request.limit]
        if request.backward:
            records.reverse()
        cursors: list[str] = []
        if request.with_cursors:
            cursors = [record[-1] for record in records]
            records = [record[:-1] for record in records]
        beyond = request.cursor is not None
        return Page(
            rows=[self._row(record) for record in records],
            cursors=cursors,
            has_next=beyond if request.backward else more,
            has_previous=more if request.backward else beyond,
            total=total,
        )
