"""The statements of the reference path, built once per shape.

Each is one SELECT of one row, whose columns are ``CASE WHEN palisade.enter(context) THEN <a
sub-select> END``, so that the context is set before anything is read, lives only as long as the
statement's own transaction, and costs no round trip. Rows come as an array of records of all
columns of the table.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.describe import Catalog, Column, Relation, Table
from repository import criteria, order
from repository.binds import Binds, Statement, compile_statement
from repository.criteria import ALL, Conditions, Criteria
from repository.order import Cursor, Order

CACHED_SHAPES: Final = 2000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of which records, and what is asked of it besides the rows."""

    order: Order
    limit: int
    where: Criteria = ALL
    cursor: Cursor | None = None
    backward: bool = False
    with_cursors: bool = False
    with_total: bool = False

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What of the request decides the SQL text."""
        return (
            tuple((key.column.name, key.descending) for key in self.order),
            criteria.shape(self.where),
            self.cursor.nulls if self.cursor else None,
            self.backward,
            self.with_cursors,
            self.with_total,
        )

    @property
    def values(self) -> list[object]:
        """What is bound, in the order in which the statement binds it."""
        found = list(criteria.values(self.where))
        if self.cursor:
            found += order.bound_values(self.cursor)
        found.append(self.limit + 1)
        if self.with_total:
            found += criteria.values(self.where)
        return found


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One figure over records; ``column`` is None for the count."""

    function: str
    column: Column | None = None


class Statements:
    """Builds and keeps statements; bounded, because clients choose the shapes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[Hashable, Statement] = OrderedDict()

    def by_ids(self, table: Table) -> Statement:
        """Rows by id. Values: the ids."""

        def build(binds: Binds) -> list[sa.ColumnElement[Any]]:
            row = table.core.alias()
            ids = binds.value(postgresql.ARRAY(sa.Uuid()))
            record = sa.func.row(*(row.c[column.name] for column in table.columns))
            owned = Conditions(self._catalog, binds).owned(row)
            return [_array(sa.select(record).where(owned, row.c.id == sa.func.any(ids)))]

        return self._statement(("by_ids", table.type), build)

    def page(self, table: Table, request: PageRequest) -> Statement:
        """The rows, and the total if it is asked for. Values: the request's."""

        def build(binds: Binds) -> list[sa.ColumnElement[Any]]:
            conditions = Conditions(self._catalog, binds)
            row = table.core.alias()
            among = [conditions.owned(row), conditions.condition(request.where, table, row)]
            record = sa.func.row(*_columns(table, request, row))
            columns = [_array(_limited(sa.select(record).where(*among), request, row, binds=binds))]
            if request.with_total:
                row = table.core.alias()
                columns.append(
                    sa.select(sa.func.count())
                    .select_from(row)
                    .where(conditions.owned(row), conditions.condition(request.where, table, row))
                    .scalar_subquery()
                )
            return columns

        return self._statement(("page", table.type, request.shape), build)

    def pages(self, table: Table, relation: Relation, request: PageRequest) -> Statement:
        """The rows of many parents, each row behind its parent's id, and if asked for, records of
        parent id and total. Values: the parent ids, the request's.
        """
        target = self._catalog.target(relation)

        def build(binds: Binds) -> list[sa.ColumnElement[Any]]:
            conditions = Conditions(self._catalog, binds)
            ids = binds.value(postgresql.ARRAY(sa.Uuid()))

            def related() -> tuple[sa.FromClause, sa.FromClause, list[sa.ColumnElement[bool]]]:
                unnested = sa.func.unnest(ids).table_valued(sa.column("id", sa.Uuid()))
                parent = unnested.render_derived()
                row = target.core.alias()
                among = [
                    conditions.owned(row),
                    conditions.related(relation, row, parent=parent),
                    conditions.condition(request.where, target, row),
                ]
                return parent, row, among

            parent, row, among = related()
            named = [
                column.label(f"c{index}")
                for index, column in enumerate(_columns(target, request, row))
            ]
            keys = order.order_clauses(request.order, row, backward=request.backward)
            page = _limited(sa.select(*named).where(*among), request, row, binds=binds)
            place = sa.func.row_number().over(order_by=keys).label("place")
            lateral = page.add_columns(place).correlate(parent).lateral()
            record = sa.func.row(parent.c.id, *(lateral.c[label.name] for label in named))
            columns = [
                _array(
                    sa.select(record)
                    .select_from(parent.join(lateral, sa.true()))
                    .order_by(lateral.c.place)
                )
            ]
            if request.with_total:
                parent, row, among = related()
                total = sa.select(sa.func.count()).select_from(row).where(*among).correlate(parent)
                columns.append(
                    _array(
                        sa.select(sa.func.row(parent.c.id, total.scalar_subquery())).select_from(
                            parent
                        )
                    )
                )
            return columns

        return self._statement(("pages", table.type, relation.field, request.shape), build)

    def aggregate(self, table: Table, where: Criteria, figures: Sequence[Aggregation]) -> Statement:
        """A record of the figures. Values: the criteria's."""

        def build(binds: Binds) -> list[sa.ColumnElement[Any]]:
            row = table.core.alias()
            conditions = Conditions(self._catalog, binds)
            columns = [
                sa.func.count()
                if figure.column is None
                else getattr(sa.func, figure.function)(row.c[figure.column.name])
                for figure in figures
            ]
            return [
                sa.select(sa.func.row(*columns))
                .select_from(row)
                .where(conditions.owned(row), conditions.condition(where, table, row))
                .scalar_subquery()
            ]

        names = tuple((f.function, f.column.name if f.column else None) for f in figures)
        return self._statement(("aggregate", table.type, criteria.shape(where), names), build)

    def owners_of(self, tables: Sequence[Table]) -> Statement:
        """Records of type name and id, for the ids found in any of the tables. Values: the ids."""

        def build(binds: Binds) -> list[sa.ColumnElement[Any]]:
            ids = binds.value(postgresql.ARRAY(sa.Uuid()))
            conditions = Conditions(self._catalog, binds)
            parts = []
            for table in tables:
                row = table.core.alias()
                parts.append(
                    sa.select(
                        sa.literal_column(f"'{table.type}'").label("type"), row.c.id.label("id")
                    ).where(conditions.owned(row), row.c.id == sa.func.any(ids))
                )
            found = sa.union_all(*parts).subquery()
            return [_array(sa.select(sa.func.row(found.c.type, found.c.id)))]

        return self._statement(("owners", tuple(table.type for table in tables)), build)

    def _statement(
        self, key: Hashable, build: Callable[[Binds], list[sa.ColumnElement[Any]]]
    ) -> Statement:
        def make() -> Statement:
            binds = Binds()
            entered = sa.func.palisade.enter(binds.context)
            return compile_statement(
                sa.select(*(sa.case((entered, column)) for column in build(binds)))
            )

        return self.kept(key, make)

    def kept(self, key: Hashable, make: Callable[[], Statement]) -> Statement:
        """The statement of a shape, made at its first use."""
        statement = self._kept.get(key)
        if statement is None:
            statement = self._kept[key] = make()
            if len(self._kept) > CACHED_SHAPES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return statement


def _columns(table: Table, request: PageRequest, row: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The columns of a page's rows: all of the table's, and the cursor if it is asked for."""
    columns: list[sa.ColumnElement[Any]] = [row.c[column.name] for column in table.columns]
    if request.with_cursors:
        columns.append(order.cursor_expression(table, request.order, row))
    return columns


def _limited(
    statement: sa.Select[Any], request: PageRequest, row: sa.FromClause, *, binds: Binds
) -> sa.Select[Any]:
    """The statement beyond the cursor, in order, and one row longer than the page."""
    if request.cursor:
        statement = statement.where(
            order.beyond(
                request.order, request.cursor, row=row, backward=request.backward, binds=binds
            )
        )
    keys = order.order_clauses(request.order, row, backward=request.backward)
    return statement.order_by(*keys).limit(binds.value(sa.Integer()))


def _array(statement: sa.Select[Any]) -> sa.ColumnElement[Any]:
    return sa.func.array(statement.scalar_subquery())
