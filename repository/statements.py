"""The statements of the reference path, written once per shape.

Rows come as an array of records of all columns of the table.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from models.describe import Catalog, Column, Relation, Table
from repository import criteria, order
from repository.binds import Statement
from repository.criteria import ALL, Conditions, Criteria
from repository.order import Cursor, Order
from repository.row_rules import RowRules
from repository.sql import StatementText, column_name

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
class Listing:
    """The first ``limit`` records by id that meet the criteria."""

    table: Table
    where: Criteria = ALL
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One figure over records; ``column`` is None for the count."""

    function: str
    column: Column | None = None

    def text(self, alias: str) -> str:
        """The figure as SQL over the rows of ``alias``."""
        if self.column is None:
            return "count(*)"
        return f"{self.function}({alias}.{column_name(self.column.name)})"


class Statements:
    """Writes and keeps statements; bounded, because clients choose the shapes.

    ``ruled`` are the types whose row rules bind the caller.
    """

    def __init__(self, catalog: Catalog, ruled: frozenset[str] = frozenset()) -> None:
        self._catalog = catalog
        self._ruled = ruled
        self._kept: OrderedDict[Hashable, Statement] = OrderedDict()

    def under(self, ruled: frozenset[str]) -> "Statements":
        """The statements for callers bound by the row rules of these types; one bound for all."""
        if ruled == self._ruled:
            return self
        made = Statements(self._catalog, ruled)
        made._kept = self._kept
        return made

    def text(self) -> StatementText:
        """The text of a statement to be written."""
        return StatementText(RowRules(self._catalog, self._ruled) if self._ruled else None)

    def by_ids(self, table: Table) -> Statement:
        """Rows by id. Values: the ids."""

        def write(text: StatementText) -> list[str]:
            row = text.alias()
            rows = text.rows_of(table, f"{row}.id = ANY ({text.value(None, 'uuid[]')})", alias=row)
            return [f"array(SELECT {_record(table, row)} {rows})"]

        return self._statement(("by_ids", table.type), write)

    def seen(self, table: Table, *, lock: str = "") -> Statement:
        """The ids of those records that the caller sees. Values: the ids.

        ``lock`` is the lock that their rows get, as SQL names it.
        """

        def write(text: StatementText) -> list[str]:
            row = text.alias()
            rows = text.rows_of(table, f"{row}.id = ANY ({text.value(None, 'uuid[]')})", alias=row)
            locking = f" ORDER BY {row}.id FOR {lock} OF {row}" if lock else ""
            return [f"array(SELECT {row}.id {rows}{locking})"]

        return self._statement(("seen", table.type, lock), write)

    def referring(self, table: Table, key: str) -> Statement:
        """The ids of the records whose reference leads to one of the ids. Values: the ids."""

        def write(text: StatementText) -> list[str]:
            row = text.alias()
            condition = f"{row}.{column_name(key)} = ANY ({text.value(None, 'uuid[]')})"
            return [f"array(SELECT {row}.id {text.rows_of(table, condition, alias=row)})"]

        return self._statement(("referring", table.type, key), write)

    def page(self, table: Table, request: PageRequest) -> Statement:
        """The rows, and the total if it is asked for. Values: the request's."""

        def write(text: StatementText) -> list[str]:
            conditions = Conditions(self._catalog, text)
            row = text.alias()
            where = conditions.condition(request.where, table, row)
            cursors = _cursors(table, request, row)
            record = _record(table, row, *cursors)
            page = page_rows(table, request, text, where, alias=row, longer=1)
            columns = [f"array(SELECT {record} {page})"]
            if request.with_total:
                row = text.alias()
                where = conditions.condition(request.where, table, row)
                columns.append(f"SELECT count(*) {text.rows_of(table, where, alias=row)}")
            return columns

        return self._statement(("page", table.type, request.shape), write)

    def pages(self, table: Table, relation: Relation, request: PageRequest) -> Statement:
        """The rows of many parents, each row behind its parent's id, and if asked for, records of
        parent id and total. Values: the parent ids, the request's.
        """
        target = self._catalog.target(relation)

        def write(text: StatementText) -> list[str]:
            conditions = Conditions(self._catalog, text)
            ids = text.value(None, "uuid[]")

            def related(row: str, parent: str) -> list[str]:
                return [
                    conditions.related(relation, row, parent=parent),
                    conditions.condition(request.where, target, row),
                ]

            row, parent, page = text.alias(), text.alias(), text.alias()
            names = [f"c{index}" for index in range(len(target.columns) + request.with_cursors)]
            shown = (*_columns(target, row), *_cursors(target, request, row))
            named = ", ".join(
                f"{column} AS {name}" for column, name in zip(shown, names, strict=True)
            )
            keys = order.order_text(request.order, row, backward=request.backward)
            among = related(row, parent)
            rows = page_rows(target, request, text, *among, alias=row, longer=1)
            record = ", ".join((f"{parent}.id", *(f"{page}.{name}" for name in names)))
            columns = [
                f"array(SELECT row({record}) FROM unnest({ids}) AS {parent}(id) CROSS JOIN LATERAL "
                f"(SELECT {named}, row_number() OVER (ORDER BY {keys}) AS place {rows}) AS {page} "
                f"ORDER BY {page}.place)"
            ]
            if request.with_total:
                row, parent = text.alias(), text.alias()
                total = f"SELECT count(*) {text.rows_of(target, *related(row, parent), alias=row)}"
                columns.append(
                    f"array(SELECT row({parent}.id, ({total})) FROM unnest({ids}) AS {parent}(id))"
                )
            return columns

        return self._statement(("pages", table.type, relation.field, request.shape), write)

    def aggregate(self, table: Table, where: Criteria, figures: Sequence[Aggregation]) -> Statement:
        """A record of the figures. Values: the criteria's."""

        def write(text: StatementText) -> list[str]:
            row = text.alias()
            condition = Conditions(self._catalog, text).condition(where, table, row)
            values = ", ".join(figure.text(row) for figure in figures)
            return [f"SELECT row({values}) {text.rows_of(table, condition, alias=row)}"]

        names = tuple((f.function, f.column.name if f.column else None) for f in figures)
        return self._statement(("aggregate", table.type, criteria.shape(where), names), write)

    def lists(self, listings: Sequence[Listing]) -> Statement:
        """The rows of each listing, a column each. Values: of each the criteria's and the limit."""

        def write(text: StatementText) -> list[str]:
            conditions = Conditions(self._catalog, text)
            columns = []
            for listing in listings:
                row = text.alias()
                met = conditions.condition(listing.where, listing.table, row)
                rows = text.rows_of(listing.table, met, alias=row)
                limit = text.value(listing.limit, "integer")
                columns.append(
                    f"array(SELECT {_record(listing.table, row)} {rows} "
                    f"ORDER BY {row}.id LIMIT {limit})"
                )
            return columns

        shapes = tuple((one.table.type, criteria.shape(one.where)) for one in listings)
        return self._statement(("lists", shapes), write)

    def counts(self, table: Table, wheres: Sequence[Criteria]) -> Statement:
        """How many records meet each of the criteria, a column each. Values: the criteria's."""

        def write(text: StatementText) -> list[str]:
            conditions = Conditions(self._catalog, text)
            columns = []
            for where in wheres:
                row = text.alias()
                met = conditions.condition(where, table, row)
                columns.append(f"SELECT count(*) {text.rows_of(table, met, alias=row)}")
            return columns

        return self._statement(("counts", table.type, tuple(map(criteria.shape, wheres))), write)

    def leads_back(self, table: Table, relation: Relation) -> Statement:
        """Whether following a reference of the table to itself leads back to where it began, for
        any of the records. Values: their ids.
        """
        key = column_name(relation.key)

        def write(text: StatementText) -> list[str]:
            first, next_, step, way = text.alias(), text.alias(), text.alias(), text.alias()
            ids = text.value(None, "uuid[]")
            begin = text.rows_of(table, f"{first}.id = ANY ({ids})", alias=first)
            rows = text.rows_of(table, f"{next_}.id = {way}.id", alias=next_)
            # OFFSET 0 keeps it a look by key; joined, all rows would be read for each step.
            return [
                f"WITH RECURSIVE {way}(start, id) AS (SELECT {first}.id, {first}.{key} {begin} "
                f"UNION SELECT {way}.start, {step}.id FROM {way} CROSS JOIN LATERAL "
                f"(SELECT {next_}.{key} AS id {rows} OFFSET 0) AS {step}) "
                f"SELECT EXISTS (SELECT FROM {way} WHERE {way}.id = {way}.start)"
            ]

        return self._statement(("leads_back", table.type, relation.key), write)

    def groups(
        self,
        table: Table,
        where: Criteria,
        keys: Sequence[Column],
        *,
        figures: Sequence[Aggregation],
    ) -> Statement:
        """Records of the keys and the figures of each group, the largest groups first.

        Values: the criteria's, how many groups.
        """

        def write(text: StatementText) -> list[str]:
            row = text.alias()
            condition = Conditions(self._catalog, text).condition(where, table, row)
            rows, order = group_rows(table, keys, condition, text=text, alias=row)
            record = ", ".join(
                (
                    *(f"{row}.{column_name(key.name)}" for key in keys),
                    *(figure.text(row) for figure in figures),
                )
            )
            limit = text.value(None, "integer")
            return [f"array(SELECT row({record}) {rows} ORDER BY {order} LIMIT {limit})"]

        names = tuple((f.function, f.column.name if f.column else None) for f in figures)
        by = tuple(key.name for key in keys)
        shape = ("groups", table.type, criteria.shape(where), by, names)
        return self._statement(shape, write)

    def owners_of(self, tables: Sequence[Table]) -> Statement:
        """Records of type name and id, for the ids found in any of the tables. Values: the ids."""

        def write(text: StatementText) -> list[str]:
            ids = text.value(None, "uuid[]")
            parts = []
            for table in tables:
                row = text.alias()
                rows = text.rows_of(table, f"{row}.id = ANY ({ids})", alias=row)
                parts.append(f"SELECT row('{table.type}'::text, {row}.id) {rows}")
            return [f"array({' UNION ALL '.join(parts)})"]

        return self._statement(("owners", tuple(table.type for table in tables)), write)

    def _statement(self, key: Hashable, write: Callable[[StatementText], list[str]]) -> Statement:
        def make() -> Statement:
            text = self.text()
            return text.statement(*write(text))

        return self.kept(key, make)

    def kept(self, key: Hashable, make: Callable[[], Statement]) -> Statement:
        """The statement of a shape, made at its first use."""
        key = (self._ruled, key)
        statement = self._kept.get(key)
        if statement is None:
            statement = self._kept[key] = make()
            if len(self._kept) > CACHED_SHAPES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return statement


def group_rows(
    table: Table, keys: Sequence[Column], condition: str, *, text: StatementText, alias: str
) -> tuple[str, str]:
    """FROM to GROUP BY, and the order of the groups: the largest first, then by their keys."""
    by = ", ".join(f"{alias}.{column_name(key.name)}" for key in keys)
    return (
        f"{text.rows_of(table, condition, alias=alias)} GROUP BY {by}",
        f"count(*) DESC, {by}",
    )


def page_rows(
    table: Table,
    request: PageRequest,
    text: StatementText,
    *conditions: str,
    alias: str,
    longer: int,
) -> str:
    """FROM to LIMIT: the rows beyond the cursor, in order, and ``longer`` rows than the page."""
    among = list(conditions)
    if request.cursor:
        among.append(
            order.beyond(
                request.order, request.cursor, text, alias=alias, backward=request.backward
            )
        )
    keys = order.order_text(request.order, alias, backward=request.backward)
    limit = text.value(request.limit + longer, "integer")
    return f"{text.rows_of(table, *among, alias=alias)} ORDER BY {keys} LIMIT {limit}"


def _columns(table: Table, row: str) -> list[str]:
    return [f"{row}.{column_name(column.name)}" for column in table.columns]


def _cursors(table: Table, request: PageRequest, row: str) -> list[str]:
    """The cursor as a further column, where it is asked for."""
    return [order.cursor_text(table, request.order, row)] if request.with_cursors else []


def _record(table: Table, row: str, *further: str) -> str:
    return f"row({', '.join((*_columns(table, row), *further))})"
