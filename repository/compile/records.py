"""Records and pages as SQL: the two that contain each other."""

from collections.abc import Iterator

from models.describe import Catalog
from repository import order
from repository.compile.json_text import (
    Literal,
    Piece,
    column_pieces,
    joined,
    name_pieces,
    object_pieces,
)
from repository.criteria import Conditions
from repository.reading import Constant, Field, Fields, Follow, Page, Part, Record, Shown
from repository.sql import StatementText, column_name
from repository.statements import page_rows

# What a page's rows have besides their columns; no column has such a name.
_PLACE = '"#place"'
_CURSOR = '"#cursor"'


class RecordWriter:
    """Writes records and pages into one statement."""

    def __init__(self, catalog: Catalog, text: StatementText) -> None:
        self._text = text
        self._conditions = Conditions(catalog, text)

    def record(self, record: Record, row: str, joins: list[str]) -> list[Piece]:
        """A record as a JSON object; ``row`` is the alias of its row, ``joins`` what joins it."""
        return object_pieces((key, self.field(field, row, joins)) for key, field in record.fields)

    def bound(self, size: int) -> str:
        """The parameter of a size."""
        return self._text.value(size, "integer")

    def page(self, page: Page, *, parent: str = "") -> str:
        """SELECT of the text of a page; ``parent`` is the alias of the row it is a page of.

        The rows are picked first, with the columns that are needed, and made to text then.
        """
        row, counted = self._text.alias(), self._text.alias()
        parts = _Parts(self, page, row=row, counted=counted)
        answer = joined(object_pieces((key, parts.part(field)) for key, field in page.fields))
        total = ""
        if parts.has_total:
            of = self._text.alias()
            rows = self._text.rows_of(page.table, *self._among(page, of, parent=parent), alias=of)
            # Evaluated once, however often it is asked for.
            total = f"WITH {counted} AS (SELECT count(*) AS total {rows}) "
        picked = ""
        if parts.has_rows:
            rows = self._picked(page, parts, parent=parent)
            picked = " ".join((f" FROM ({rows}) AS {row}", *parts.joins))
        return f"{total}SELECT {answer}{picked}"

    def field(self, field: Field, row: str, joins: list[str]) -> list[Piece]:
        """One field of a record."""
        match field:
            case Record():
                return self.record(field, row, joins)
            case Constant(name):
                return name_pieces(name)
            case Shown(column, masked):
                return column_pieces(column, f"{row}.{column_name(column.name)}", masked=masked)
            case Follow(relation, record):
                target, followed = self._text.alias(), self._text.alias()
                inner: list[str] = []
                text = joined(self.record(record, target, inner))
                related = self._conditions.related(relation, target, parent=row)
                rows = self._text.rows_of(record.table, related, alias=target, joins=inner)
                # OFFSET 0 keeps it what it is, a look by key for each row: that keeps the rows'
                # order, needs no more rows than these, and is remembered for rows of one key.
                look = f"SELECT {text} AS text {rows} OFFSET 0"
                joins.append(f"LEFT JOIN LATERAL ({look}) AS {followed} ON true")
                return [f"coalesce({followed}.text, 'null')"]
            case Page():
                return [f"({self.page(field, parent=row)})"]
            case _:
                raise AssertionError(field)

    def _picked(self, page: Page, parts: "_Parts", *, parent: str) -> str:
        request, base = page.request, self._text.alias()
        columns = [f"{base}.{column_name(name)}" for name in sorted(parts.needed)]
        if parts.has_places:
            keys = order.order_text(request.order, base, backward=request.backward)
            columns.append(f"row_number() OVER (ORDER BY {keys}) AS {_PLACE}")
        if parts.has_cursors:
            columns.append(f"{order.cursor_text(page.table, request.order, base)} AS {_CURSOR}")
        rows = page_rows(
            page.table,
            request,
            self._text,
            *self._among(page, base, parent=parent),
            alias=base,
            longer=1 if parts.looks_beyond else 0,
        )
        return f"SELECT {', '.join(columns)} {rows}"

    def _among(self, page: Page, row: str, *, parent: str) -> Iterator[str]:
        if page.relation is not None:
            yield self._conditions.related(page.relation, row, parent=parent)
        yield self._conditions.condition(page.request.where, page.table, row)


class _Parts:
    """The parts of one page over its picked rows, and what these rows need to have."""

    def __init__(self, records: RecordWriter, page: Page, *, row: str, counted: str) -> None:
        names = list(_names(page.fields))
        self._records = records
        self._page = page
        self._row = row
        self._counted = counted
        self.joins: list[str] = []
        self.has_total = "totalCount" in names
        self.has_cursors = any(name in names for name in ("cursor", "startCursor", "endCursor"))
        self.looks_beyond = ("hasPreviousPage" if page.request.backward else "hasNextPage") in names
        self._has_ends = "startCursor" in names or "endCursor" in names
        self._has_lists = "nodes" in names or "edges" in names
        self.has_rows = self._has_lists or self._has_ends or self.looks_beyond
        self.has_places = self._has_ends or self.looks_beyond or page.request.backward
        self.needed = {
            name
            for _, part in page.fields
            if isinstance(part, Part)
            for name in needed_columns(part.fields)
        }
        self._limit = ""

    def part(self, field: Field) -> list[Piece]:
        """One part of the page."""
        match field:
            case Constant(name):
                return name_pieces(name)
            case Part("nodes", fields):
                return self._listed(self._record(fields))
            case Part("edges", fields):
                return self._listed(object_pieces((key, self._edge(part)) for key, part in fields))
            case Part("pageInfo", fields):
                return object_pieces((key, self._info(part)) for key, part in fields)
            case Part("totalCount"):
                return [f"(SELECT {self._counted}.total FROM {self._counted})::text"]
            case _:
                raise AssertionError(field)

    def _record(self, fields: Fields) -> list[Piece]:
        return self._records.record(Record(self._page.table, fields), self._row, self.joins)

    def _edge(self, field: Field) -> list[Piece]:
        match field:
            case Constant(name):
                return name_pieces(name)
            case Part("cursor"):
                return [Literal('"'), f"{self._row}.{_CURSOR}", Literal('"')]
            case Part("node", fields):
                return self._record(fields)
            case _:
                raise AssertionError(field)

    def _info(self, field: Field) -> list[Piece]:
        request = self._page.request
        match field:
            case Constant(name):
                return name_pieces(name)
            case Part("hasNextPage"):
                return self._beyond(asked=not request.backward)
            case Part("hasPreviousPage"):
                return self._beyond(asked=request.backward)
            case Part("startCursor"):
                return self._outermost(first=True)
            case Part("endCursor"):
                return self._outermost(first=False)
            case _:
                raise AssertionError(field)

    def _beyond(self, *, asked: bool) -> list[Piece]:
        """Whether there are rows beyond the page: looked for on the side that is asked for."""
        if not asked:
            return [Literal("false" if self._page.request.cursor is None else "true")]
        return [f"(count(*) > {self._bound_limit()})::text"]

    def _outermost(self, *, first: bool) -> list[Piece]:
        way = " DESC" if first == self._page.request.backward else ""
        cursors = f"array_agg({self._row}.{_CURSOR} ORDER BY {self._row}.{_PLACE}{way})"
        cursor = f"({cursors}{self._within()})[1]"
        return [f"""coalesce('"' || {cursor} || '"', 'null')"""]

    def _listed(self, pieces: list[Piece]) -> list[Piece]:
        """All of the page's rows as a list; they come in order, or the other way round.

        Beside an aggregate with an order they come in its order, and need their own.
        """
        backward = self._page.request.backward
        way = ""
        if backward or self._has_ends:
            way = f" ORDER BY {self._row}.{_PLACE}{' DESC' if backward else ''}"
        return [
            Literal("["),
            f"coalesce(string_agg({joined(pieces)}, ','{way}){self._within()}, '')",
            Literal("]"),
        ]

    def _within(self) -> str:
        """Without the row that was picked to look beyond the page."""
        if not self.looks_beyond:
            return ""
        return f" FILTER (WHERE {self._row}.{_PLACE} <= {self._bound_limit()})"

    def _bound_limit(self) -> str:
        if not self._limit:
            self._limit = self._records.bound(self._page.request.limit)
        return self._limit


def _names(fields: Fields) -> Iterator[str]:
    """The parts of a page that are asked for anywhere."""
    for _, field in fields:
        if isinstance(field, Part):
            yield field.name
            if field.name in ("edges", "pageInfo"):
                yield from _names(field.fields)


def needed_columns(fields: Fields) -> Iterator[str]:
    """The columns that the fields of a page's records are made of."""
    for _, field in fields:
        match field:
            case Part("node", inner):
                yield from needed_columns(inner)
            case Shown(column, _):
                yield column.name
            case Follow(relation, _):
                yield relation.key
            case Page():
                yield "id"
            case _:
                pass
