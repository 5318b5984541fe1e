"""The input types of every model: conditions, orders, and what can be written."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import strawberry

from models.columns import Kind
from models.conditions import Operator
from models.describe import Catalog, Column, Relation, Table
from repository.sql import MOST_SEARCHED
from resolvers.inputs import LONGEST_REASON, MOST_RECORDS, may_be_set
from schema.classes import InputField, empty_class, fill_input, list_of
from schema.enums import Direction, Enums
from schema.names import filter_name
from schema.scalars import JSON, BigInt, Date, DateTime, Decimal

SCALAR_TYPES: Final[dict[Kind, Any]] = {
    Kind.ID: strawberry.ID,
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.BIG_INTEGER: BigInt,
    Kind.FLOAT: float,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.TIMESTAMP: DateTime,
    Kind.DATE: Date,
    Kind.TEXT_LIST: list[str],
    Kind.JSON: JSON,
}

_EQUALITY: Final = (Operator.EQ, Operator.NE, Operator.IN)
_RANGE: Final = (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)
_OPERATORS: Final[dict[Kind, tuple[Operator, ...]]] = {
    Kind.ID: _EQUALITY,
    Kind.CHOICE: _EQUALITY,
    Kind.TEXT: (*_EQUALITY, *_RANGE, Operator.CONTAINS, Operator.STARTS_WITH),
    Kind.BOOLEAN: (Operator.EQ, Operator.NE),
    Kind.TEXT_LIST: (Operator.HAS,),
    Kind.JSON: (),
}
_DESCRIPTIONS: Final = {
    Operator.EQ: "Equal to.",
    Operator.NE: "Different from; null is different from every value.",
    Operator.IN: "One of at most 1,000 values.",
    Operator.LT: "Less than.",
    Operator.LTE: "Less than or equal to.",
    Operator.GT: "Greater than.",
    Operator.GTE: "Greater than or equal to.",
    Operator.CONTAINS: "Contains, letter case respected; for types of at most "
    f"{MOST_SEARCHED:,} records.",
    Operator.STARTS_WITH: "Starts with, letter case respected.",
    Operator.HAS: "Has this entry.",
    Operator.IS_NULL: "Is null, or with false, is not.",
}


class Inputs:
    """The input classes of a catalog. The constructor makes them, `fill` gives them fields."""

    def __init__(self, catalog: Catalog, enums: Enums) -> None:
        self._catalog = catalog
        self._enums = enums
        self._filters: dict[object, type] = {}
        self.where = {t.type: empty_class(f"{t.type}Where") for t in catalog.exposed}
        self.order = {t.type: empty_class(f"{t.type}Order") for t in catalog.exposed}
        self.create = {
            t.type: empty_class(f"Create{t.type}Input")
            for t in catalog.exposed
            if t.exposure.create
        }
        self.update = {
            t.type: empty_class(f"Update{t.type}Input")
            for t in catalog.exposed
            if t.exposure.update
        }
        self.delete = {
            t.type: empty_class(f"Delete{t.type}Input")
            for t in catalog.exposed
            if t.exposure.delete
        }
        self.create_many = self._of_many("Create", self.create)
        self.update_many = self._of_many("Update", self.update)
        self.delete_many = self._of_many("Delete", self.delete)
        self.upsert_many = self._of_many("Upsert", self.create)
        self.transition = empty_class("TransitionInput")

    def _of_many(self, verb: str, single: Mapping[str, type]) -> dict[str, type]:
        """Inputs of mutations of many records, by the type."""
        return {
            name: empty_class(f"{verb}{self._catalog.tables[name].plural_type}Input")
            for name in single
        }

    def column_type(self, column: Column) -> Any:
        """The type of a column's values, null left out."""
        if column.choices is not None:
            enum = self._enums.of(column.choices)
            return list_of(enum) if column.kind is Kind.TEXT_LIST else enum
        return SCALAR_TYPES[column.kind]

    def fill(self) -> None:
        """Gives every class its fields."""
        for table in self._catalog.exposed:
            self._fill_where(table)
            self._fill_order(table)
            if table.exposure.create:
                self._fill_create(table)
            if table.exposure.update:
                self._fill_update(table)
            if table.exposure.delete:
                version = "Delete it only if it still is of this version."
                fill_input(
                    self.delete[table.type],
                    [_ID, InputField("version", int, version)],
                    description=f"Which {table.type} to delete.",
                )
        for many, single in (
            (self.create_many, self.create),
            (self.update_many, self.update),
            (self.delete_many, self.delete),
            (self.upsert_many, self.create),
        ):
            for name, made in many.items():
                records = f"From 1 to {MOST_RECORDS} records."
                fill_input(
                    made,
                    [InputField("records", list_of(single[name]), records, required=True)],
                    description=f"Many records of {name}; all of it happens or nothing.",
                )
        fill_input(
            self.transition,
            [_ID, _VERSION, _REASON],
            description="Which record to take through a transition.",
        )

    def _fill_where(self, table: Table) -> None:
        where = self.where[table.type]
        fields = [
            InputField(column.field, self._filter(column), column.description)
            for column in table.columns
            if column.exposed
        ]
        fields += [
            InputField(
                relation.field,
                self.where[target.type],
                f"At least one related {target.type} meets this.",
            )
            for relation, target in shown_relations(self._catalog, table)
        ]
        fields += [
            InputField("and", list_of(where), "All of these are met."),
            InputField("or", list_of(where), "At least one of these is met."),
            InputField("not", where, "This is not met."),
        ]
        description = f"Conditions on {table.type}; all fields that are set are met."
        fill_input(where, fields, description=description)

    def _fill_order(self, table: Table) -> None:
        fields = [
            InputField(column.field, Direction, column.description)
            for column in table.columns
            if column.exposed and column.sortable
        ]
        description = f"A key to sort {table.type} by: exactly one field. Ties are broken by id."
        fill_input(self.order[table.type], fields, description=description)

    def _fill_create(self, table: Table) -> None:
        fields = [
            InputField(
                column.field,
                self.column_type(column),
                _written_description(column),
                required=not column.nullable and not column.has_default,
            )
            for column in table.columns
            if column.exposed and may_be_set(column, on_create=True)
        ]
        fill_input(
            self.create[table.type], fields, description=f"The values of a new {table.type}."
        )

    def _fill_update(self, table: Table) -> None:
        fields = [_ID, _VERSION]
        fields += [
            InputField(column.field, self.column_type(column), _written_description(column))
            for column in table.columns
            if column.exposed and may_be_set(column, on_create=False)
        ]
        description = f"Which {table.type} to change, and its new values; what is absent stays."
        fill_input(self.update[table.type], fields, description=description)

    def _filter(self, column: Column) -> type:
        is_list = column.kind is Kind.TEXT_LIST
        key = (column.choices or column.kind, is_list)
        made = self._filters.get(key)
        if made is None:
            subject = column.choices.__name__ if column.choices else column.kind.value
            if column.choices and is_list:
                subject += "_list"
            made = empty_class(filter_name(subject))
            self._filters[key] = made
            inner = self.column_type(column)
            if is_list:
                inner = self._enums.of(column.choices) if column.choices else str
            operators = _OPERATORS.get(column.kind, (*_EQUALITY, *_RANGE))
            fields = [
                InputField(
                    operator.value,
                    list_of(inner) if operator is Operator.IN else inner,
                    _DESCRIPTIONS[operator],
                )
                for operator in operators
            ]
            fields.append(InputField("isNull", bool, _DESCRIPTIONS[Operator.IS_NULL]))
            fill_input(made, fields, description="Conditions on a value; all that are set are met.")
        return made


def shown_relations(catalog: Catalog, table: Table) -> Iterator[tuple[Relation, Table]]:
    """The relations that clients see, with their targets: a hidden key hides its relation."""
    for relation in table.relations:
        target = catalog.target(relation)
        keys = catalog.keys_of(table, relation)
        if target.exposure.read and all(column.exposed for _, column in keys):
            yield relation, target


_ID: Final = InputField("id", strawberry.ID, "The record's id.", required=True)
_VERSION: Final = InputField(
    "version", int, "The version the change was made from; another one is STALE.", required=True
)
_REASON: Final = InputField(
    "reason",
    str,
    f"Why, for the audit trail; some transitions need it (at most {LONGEST_REASON} characters).",
)


def _written_description(column: Column) -> str:
    rules = []
    if column.max_length and column.kind in (Kind.TEXT, Kind.TEXT_LIST):
        rules.append(f"at most {column.max_length} characters")
    if column.max_items:
        rules.append(f"at most {column.max_items} entries")
    if column.bounds and column.kind is Kind.INTEGER:
        rules.append(f"from {column.bounds[0]} to {column.bounds[1]}")
    return f"{column.description} ({', '.join(rules)})" if rules else column.description
