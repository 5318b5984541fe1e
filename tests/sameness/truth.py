"""What conditions, orders and pages mean, in plain Python over plain rows.

Nothing of the service is used here: this is the other opinion.
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any
from uuid import UUID

from models.columns import Kind
from models.describe import Cardinality, Catalog, Column, Table

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Entries = Sequence[Mapping[str, str]]

_NO_ID = UUID(int=0)


class Truth:
    """The rows of one organisation by type."""

    def __init__(self, catalog: Catalog, rows: Rows) -> None:
        self._catalog = catalog
        self._rows = rows

    def chosen(self, table: Table, where: Mapping[str, Any], order: Entries) -> list[Row]:
        """The rows that meet the conditions, in order."""
        found = [row for row in self._rows[table.type] if self.meets(table, row, where)]
        return in_order(table, found, order)

    def related(self, table: Table, row: Row, name: str) -> list[Row]:
        """The rows a relation leads to."""
        relation = table.relation_by_field[name]
        target = self._rows[relation.target]
        match relation.cardinality:
            case Cardinality.ONE:
                return [other for other in target if other["id"] == row[relation.key]]
            case Cardinality.MANY:
                return [other for other in target if other[relation.key] == row["id"]]
            case Cardinality.LINKED:
                assert relation.link and relation.far_key
                far = {
                    link[relation.far_key]
                    for link in self._rows[relation.link]
                    if link[relation.key] == row["id"]
                }
                return [other for other in target if other["id"] in far]

    def meets(self, table: Table, row: Row, where: Mapping[str, Any]) -> bool:
        """Whether a row meets all of the conditions; what is unknown is not met."""
        return all(self._holds(table, row, name, value) for name, value in where.items())

    def _holds(self, table: Table, row: Row, name: str, value: Any) -> bool:
        if name == "and":
            return all(self.meets(table, row, item) for item in value)
        if name == "or":
            return any(self.meets(table, row, item) for item in value)
        if name == "not":
            return not self.meets(table, row, value)
        if name in table.relation_by_field:
            target = self._catalog.tables[table.relation_by_field[name].target]
            return any(self.meets(target, other, value) for other in self.related(table, row, name))
        column = table.by_field[name]
        held = row[column.name]
        return all(_compared(column, held, word, given) for word, given in value.items())


def in_order(table: Table, rows: Sequence[Row], order: Entries) -> list[Row]:
    """The rows by the keys, then by id in the direction of the last key."""
    keys = [(table.by_field[name], way == "DESC") for entry in order for name, way in entry.items()]
    if not any(column.name == "id" for column, _ in keys):
        keys.append((table.by_name["id"], keys[-1][1] if keys else False))

    def compare(one: Row, other: Row) -> int:
        for column, descending in keys:
            a, b = _sortable(one[column.name]), _sortable(other[column.name])
            if a == b:
                continue
            # NULL is the greatest.
            less = a is not None and (b is None or a < b)
            return -1 if less != descending else 1
        return 0

    return sorted(rows, key=cmp_to_key(compare))


def _sortable(value: Any) -> Any:
    match value:
        case str():
            return [ord(character) for character in value]
        case UUID():
            return value.bytes
        case _:
            return value


def _compared(column: Column, held: Any, word: str, given: Any) -> bool:
    if word == "isNull":
        return (held is None) == given
    if word == "in":
        return held is not None and held in [_value(column, item) for item in given]
    if word == "ne":
        return bool(held != _value(column, given))
    if held is None:
        return False
    if word == "has":
        return given in held
    value = _value(column, given)
    a, b = _sortable(held), _sortable(value)
    match word:
        case "eq":
            return bool(held == value)
        case "lt":
            return bool(a < b)
        case "lte":
            return bool(a <= b)
        case "gt":
            return bool(a > b)
        case "gte":
            return bool(a >= b)
        case "contains":
            return value in held
        case "startsWith":
            return bool(held.startswith(value))
    raise AssertionError(word)


def _value(column: Column, given: Any) -> Any:
    match column.kind:
        case Kind.ID:
            try:
                return UUID(given)
            except ValueError:
                return _NO_ID
        case Kind.BIG_INTEGER:
            return int(given)
        case Kind.DECIMAL:
            return Decimal(given)
        case Kind.TIMESTAMP:
            return datetime.datetime.fromisoformat(given)
        case Kind.DATE:
            return datetime.date.fromisoformat(given)
        case Kind.CHOICE:
            assert column.choices is not None
            return column.choices[given].value
        case _:
            return given
