"""The object types of every model: records, connections, aggregates and payloads."""

import datetime
import decimal
import typing
import uuid
from enum import EnumType
from typing import Any, Final

import strawberry

from models.columns import Kind
from models.describe import Cardinality, Catalog, Column, ComputedField, Table
from models.rules import ModelError
from resolvers.arguments import DEFAULT_PAGE, LARGEST_PAGE
from resolvers.fields import (
    MEANING,
    ComputedValue,
    FigureOf,
    KeyOf,
    PartOf,
    ToMany,
    ToOne,
    Value,
    WrittenRecord,
    WrittenRecords,
)
from resolvers.variables import Deciding
from schema.classes import Argument, Field, empty_class, fill_type, list_of, optional
from schema.inputs import Inputs, shown_relations
from schema.scalars import BigInt, Date, DateTime, Decimal


@strawberry.interface(description="Anything with an id.")
class Node:
    """Anything with an id."""

    id: strawberry.ID = strawberry.field(description="The record's id.")


def _part(name: str, description: str) -> Any:
    return strawberry.field(description=description, metadata={MEANING: PartOf(name)})


@strawberry.type(description="Where a page stands among all pages.")
class PageInfo:
    """Where a page stands among all pages."""

    has_next_page: bool = _part("hasNextPage", "Whether a page follows.")
    has_previous_page: bool = _part("hasPreviousPage", "Whether a page precedes.")
    start_cursor: str | None = _part("startCursor", "The cursor of the first record.")
    end_cursor: str | None = _part("endCursor", "The cursor of the last record.")


# Which figures there are of which kinds of column, and of what kind the figure is. Sums and
# averages of whole numbers leave their range and their kind.
_FIGURES: Final[dict[str, dict[Kind, Any]]] = {
    "sum": {
        Kind.INTEGER: BigInt,
        Kind.BIG_INTEGER: Decimal,
        Kind.FLOAT: float,
        Kind.DECIMAL: Decimal,
    },
    "avg": {
        Kind.INTEGER: Decimal,
        Kind.BIG_INTEGER: Decimal,
        Kind.FLOAT: float,
        Kind.DECIMAL: Decimal,
    },
}
_ORDERED: Final = (
    Kind.INTEGER,
    Kind.BIG_INTEGER,
    Kind.FLOAT,
    Kind.DECIMAL,
    Kind.TIMESTAMP,
    Kind.DATE,
    Kind.TEXT,
)
_FIGURE_WORDS: Final = {"min": "Least", "max": "Greatest", "sum": "Sum", "avg": "Average"}


_GROUPED: Final = (Kind.CHOICE, Kind.BOOLEAN, Kind.ID, Kind.TEXT, Kind.DATE, Kind.INTEGER)


def groupable(table: Table) -> list[Column]:
    """The columns that records can be grouped by."""
    return [
        column
        for column in table.columns
        if column.exposed and column.kind in _GROUPED and column.name not in ("id", "version")
    ]


def _group_by(table: Table) -> Any:
    members = {column.field: column.field for column in groupable(table)}
    made: Any = EnumType.__call__(Deciding, f"{table.type}GroupBy", members)
    return strawberry.enum(made, description=f"A field to group {table.type} by.")


_PYTHON_TYPES: Final[dict[Any, Any]] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    decimal.Decimal: Decimal,
    datetime.datetime: DateTime,
    datetime.date: Date,
    uuid.UUID: strawberry.ID,
    list[str]: list[str],
}


def computed_type(table: Table, computed: ComputedField) -> Any:
    """The GraphQL type of a computed field.

    Raises: ModelError, where its function's annotation stands for none.
    """
    returns = computed.declared.returns
    kinds = [kind for kind in typing.get_args(returns) if kind is not type(None)]
    nullable = type(None) in typing.get_args(returns)
    kind = kinds[0] if nullable and len(kinds) == 1 else returns
    if kind not in _PYTHON_TYPES:
        raise ModelError(
            f"{table.type}.{computed.field} returns {returns}: annotate it with one of "
            f"{', '.join(getattr(known, '__name__', str(known)) for known in _PYTHON_TYPES)}"
        )
    return optional(_PYTHON_TYPES[kind]) if nullable else _PYTHON_TYPES[kind]


class Outputs:
    """The object classes of a catalog. The constructor makes them, `fill` gives them fields."""

    def __init__(self, catalog: Catalog, inputs: Inputs) -> None:
        self._catalog = catalog
        self._inputs = inputs
        names = [table.type for table in catalog.exposed]
        self.record = {name: empty_class(name, Node) for name in names}
        self.connection = {name: empty_class(f"{name}Connection") for name in names}
        self.edge = {name: empty_class(f"{name}Edge") for name in names}
        self.payload = {name: empty_class(f"{name}Payload") for name in names}
        self.payload_of_many = {
            name: empty_class(f"{catalog.tables[name].plural_type}Payload") for name in names
        }
        self.aggregate = {name: empty_class(f"{name}Aggregate") for name in names}
        grouped = [table for table in catalog.exposed if groupable(table)]
        self.group = {table.type: empty_class(f"{table.type}Group") for table in grouped}
        self.group_by = {table.type: _group_by(table) for table in grouped}

    def fill(self) -> None:
        """Gives every class its fields."""
        for table in self._catalog.exposed:
            self._fill_record(table)
            self._fill_connection(table)
            self._fill_aggregate(table)
            fill_type(
                self.payload[table.type],
                [
                    Field(
                        table.singular,
                        optional(self.record[table.type]),
                        f"The {table.type} after the change; after a deletion, as it was.",
                        WrittenRecord(table),
                    )
                ],
                description=f"What a change of a {table.type} answers.",
            )

            fill_type(
                self.payload_of_many[table.type],
                [
                    Field(
                        table.plural,
                        list_of(self.record[table.type]),
                        "The records after the change, in the order of the input; after a "
                        "deletion, as they were.",
                        WrittenRecords(table),
                    )
                ],
                description=f"What a change of many records of {table.type} answers.",
            )

    def page_arguments(self, table: Table) -> dict[str, Argument]:
        """The arguments of a connection to a type."""
        order: Any = list_of(self._inputs.order[table.type])
        size = f"from 1 to {LARGEST_PAGE}"
        return {
            "where": Argument(self._inputs.where[table.type], "Which records."),
            "orderBy": Argument(order, "In which order; by id unless given."),
            "first": Argument(int, f"How many, {size}; {DEFAULT_PAGE} unless given."),
            "after": Argument(str, "Only what comes after this cursor."),
            "last": Argument(int, f"How many from the end, {size}."),
            "before": Argument(str, "Only what comes before this cursor; goes with last."),
        }

    def _fill_record(self, table: Table) -> None:
        fields = [
            Field(column.field, self._type(column), column.description, Value(table, column))
            for column in table.columns
            if column.exposed
        ]
        for relation, target in shown_relations(self._catalog, table):
            if relation.cardinality is Cardinality.ONE:
                record: Any = self.record[target.type]
                kind = optional(record) if relation.nullable else record
                fields.append(
                    Field(
                        relation.field, kind, relation.description, ToOne(table, relation, target)
                    )
                )
            else:
                fields.append(
                    Field(
                        relation.field,
                        self.connection[target.type],
                        relation.description,
                        ToMany(table, relation, target),
                        self.page_arguments(target),
                    )
                )
        fields += [
            Field(
                computed.field,
                computed_type(table, computed),
                computed.description,
                ComputedValue(table, computed),
            )
            for computed in table.computed
        ]
        fill_type(
            self.record[table.type],
            fields,
            description=table.description,
            enforcement=table.enforcement,
        )

    def _type(self, column: Column) -> Any:
        kind = self._inputs.column_type(column)
        return optional(kind) if column.nullable else kind

    def _fill_connection(self, table: Table) -> None:
        record, edge = self.record[table.type], self.edge[table.type]
        fill_type(
            edge,
            [
                Field("cursor", str, "Marks the record's place in the order.", PartOf("cursor")),
                Field("node", record, "The record.", PartOf("node")),
            ],
            description=f"A {table.type} and its place in the order.",
        )
        fill_type(
            self.connection[table.type],
            [
                Field("nodes", list_of(record), "The records of the page.", PartOf("nodes")),
                Field("edges", list_of(edge), "The records with their cursors.", PartOf("edges")),
                Field("pageInfo", PageInfo, "Where the page stands.", PartOf("pageInfo")),
                Field(
                    "totalCount",
                    int,
                    "How many records there are on all pages.",
                    PartOf("totalCount"),
                ),
            ],
            description=f"A page of {table.type}.",
        )

    def _fill_aggregate(self, table: Table) -> None:
        fields = [Field("count", int, "How many records there are.", FigureOf("count"))]
        for function, word in _FIGURE_WORDS.items():
            inner = [
                Field(
                    column.field,
                    optional(kind),
                    f"{word} of: {column.description}",
                    FigureOf(function, column),
                )
                for column in table.columns
                if column.exposed and (kind := self._figure_type(function, column)) is not None
            ]
            if inner:
                name = f"{table.type}{function.capitalize()}"
                figures = empty_class(name)
                fill_type(figures, inner, description=f"{word} values of {table.type}.")
                description = f"{word} values; null over no records."
                fields.append(Field(function, figures, description, PartOf(function)))
        fill_type(self.aggregate[table.type], fields, description=f"Figures over {table.type}.")
        if table.type in self.group:
            self._fill_group(table, fields)

    def _fill_group(self, table: Table, figures: list[Field]) -> None:
        key = empty_class(f"{table.type}Key")
        keys = [
            Field(
                column.field,
                optional(self._inputs.column_type(column)),
                column.description,
                KeyOf(column),
            )
            for column in groupable(table)
        ]
        fill_type(key, keys, description=f"What the records of a group of {table.type} share.")
        shared = Field(
            "key", key, "What they share: the fields that are grouped by.", PartOf("key")
        )
        fill_type(
            self.group[table.type],
            [shared, *figures],
            description=f"Figures over the records of {table.type} that share some values.",
        )

    def _figure_type(self, function: str, column: Column) -> Any:
        if function in ("min", "max"):
            return self._inputs.column_type(column) if column.kind in _ORDERED else None
        return _FIGURES[function].get(column.kind)
