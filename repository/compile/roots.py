"""The roots of an operation as one statement, and what its parameters stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.describe import Catalog, Table
from repository.binds import Statement
from repository.compile.figures import figures_text, groups_text
from repository.compile.json_text import (
    Literal,
    Piece,
    joined,
    name_pieces,
    object_pieces,
)
from repository.compile.records import RecordWriter, needed_columns
from repository.reading import (
    Constant,
    Figures,
    Get,
    GetNodes,
    Groups,
    Page,
    Payload,
    Record,
    Root,
    Roots,
    Variable,
)
from repository.row_rules import RowRules
from repository.sql import SQL_TYPES, StatementText, column_name


@dataclass(frozen=True, slots=True)
class OfRow:
    """A value of the record that is at hand, by column name."""

    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled read: a statement, and its values or how to find them in the variables."""

    statement: Statement
    values: tuple[object, ...]

    def first_values(self) -> list[object]:
        """The values of the request that the plan was made for."""
        return [value.now if isinstance(value, Variable) else value for value in self.values]

    def values_for(self, row: Mapping[str, object]) -> list[object]:
        """The values for a record that is at hand."""
        return [row[value.name] if isinstance(value, OfRow) else value for value in self.values]

    def later_values(self, variables: Mapping[str, Any]) -> list[object]:
        """The values of another request, each checked.

        Raises: what the selection raises for a value that breaks a rule.
        """
        return [
            value.later(variables) if isinstance(value, Variable) else value
            for value in self.values
        ]


def compile_answer(roots: Roots, catalog: Catalog, ruled: frozenset[str] = frozenset()) -> Plan:
    """The whole answer: the text of ``{"data": …}``.

    ``ruled`` are the types whose row rules bind the caller, here and below.
    """
    writer = _Writer(catalog, ruled)
    answer = object_pieces((key, writer.root(root)) for key, root in roots)
    return writer.plan(joined([Literal('{"data":'), *answer, Literal("}")]))


def compile_roots(
    roots: Sequence[Root], catalog: Catalog, ruled: frozenset[str] = frozenset()
) -> Plan:
    """The roots one by one: an array of the texts of their values."""
    writer = _Writer(catalog, ruled)
    return writer.plan(f"ARRAY[{', '.join(joined(writer.root(root)) for root in roots)}]")


def compile_payload(
    payload: Payload, table: Table, catalog: Catalog, ruled: frozenset[str] = frozenset()
) -> Plan:
    """The payload of a mutation: a record that is at hand, and the records it leads to.

    The record was written a moment ago, or is gone already: its own values are bound.
    """
    writer = _Writer(catalog, ruled)
    return writer.plan(writer.payload(payload, table))


def written_answer(payload: Payload, catalog: Catalog, *, rows: str) -> tuple[str, str]:
    """SQL for the payload of rows that the same statement writes, and what it is selected from.

    ``rows`` names them. For payloads without pages, and without types whose row rules bind the
    caller: what they lead to was there before, and is looked for row by row, so never before a
    row is written and the context entered.
    """
    assert not payload.pages
    return _Writer(catalog).written(payload, rows)


class _Writer:
    def __init__(self, catalog: Catalog, ruled: frozenset[str] = frozenset()) -> None:
        self._catalog = catalog
        self._text = StatementText(RowRules(catalog, ruled) if ruled else None)
        self._records = RecordWriter(catalog, self._text)

    def plan(self, column: str) -> Plan:
        return Plan(self._text.statement(column), tuple(self._text.values))

    def root(self, root: Root) -> list[Piece]:
        match root:
            case Constant(name):
                return name_pieces(name)
            case Get(id, record):
                found = self._found(record, self._text.value(id, "uuid"))
                return [f"coalesce({found}, 'null')"]
            case GetNodes():
                return [self._nodes(root)]
            case Page():
                return [f"({self._records.page(root)})"]
            case Figures():
                return [f"({figures_text(root, self._catalog, self._text)})"]
            case Groups():
                return [f"({groups_text(root, self._catalog, self._text)})"]

    def payload(self, payload: Payload, table: Table) -> str:
        row = self._text.alias()
        needed = {"id"}
        for _, field in payload.fields:
            if isinstance(field, Record):
                needed.update(needed_columns(field.fields))
        columns = ", ".join(
            f"{self._text.value(OfRow(name), SQL_TYPES[table.by_name[name].kind])} "
            f"AS {column_name(name)}"
            for name in sorted(needed)
        )
        answer, source = self._answer(payload, f"(SELECT {columns})", row)
        return f"SELECT {answer} FROM {source}"

    def written(self, payload: Payload, rows: str) -> tuple[str, str]:
        answer = self._answer(payload, rows, self._text.alias())
        assert not self._text.values
        return answer

    def _answer(self, payload: Payload, rows: str, row: str) -> tuple[str, str]:
        joins: list[str] = []
        answer = joined(
            object_pieces(
                (key, self._records.field(field, row, joins)) for key, field in payload.fields
            )
        )
        return answer, " ".join((f"{rows} AS {row}", *joins))

    def _nodes(self, nodes: GetNodes) -> str:
        """Each id is looked for in one table after the other until it is found."""
        wanted = self._text.alias()
        ids = self._text.value(nodes.ids, "uuid[]" if nodes.many else "uuid")
        id = f"{wanted}.id" if nodes.many else ids
        found = ", ".join(self._found(record, id) for record in nodes.records)
        node = f"coalesce({found}, 'null')"
        if not nodes.many:
            return node
        source = f"FROM unnest({ids}) WITH ORDINALITY AS {wanted}(id, place)"
        texts = f"string_agg({node}, ',' ORDER BY {wanted}.place)"
        return f"(SELECT '[' || coalesce({texts}, '') || ']' {source})"

    def _found(self, record: Record, id: str) -> str:
        row = self._text.alias()
        joins: list[str] = []
        text = joined(self._records.record(record, row, joins))
        rows = self._text.rows_of(record.table, f"{row}.id = {id}", alias=row, joins=joins)
        return f"(SELECT {text} {rows})"
