"""Rows checked by the rules that GraphQL inputs are checked by."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jobs.transfer.formats import Values
from jobs.transfer.problems import Code, RowRefused
from models.base import camel_case
from models.describe import Cardinality, Column, Table
from resolvers.coercion import reader_of
from resolvers.errors import BadInput
from resolvers.values import written_value

Checked = dict[str, Any]
# What is no field's name may be as long as a row.
_LONGEST_NAME: Final = 100


class RowCheck:
    """Turns rows of one type into values by column name, ready to be bound.

    A row may set whatever an export writes: what clients may set and also ids, moments, versions
    and states, for whoever imports is the operator.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._readers = {column.field: _checker(column) for column in table.columns}
        self._required = [
            column for column in table.columns if not column.nullable and not column.has_default
        ]
        # So that rows which leave out what is empty anyhow have the columns of the others.
        self._empty = {
            column.name: None
            for column in table.columns
            if column.nullable and not column.has_default
        }

    def checked(self, values: Values) -> Checked:
        """The row by column name; without an id if it names none.

        Raises: RowRefused.
        """
        found: Checked = dict(self._empty)
        for field, value in values.items():
            reader = self._readers.get(field)
            if reader is None:
                raise self._unknown(field)
            name, check = reader
            found[name] = check(value)
        for column in self._required:
            if column.name not in found and column.name != "id":
                raise RowRefused(Code.MISSING_FIELD, "must have a value", column.field)
        if found.get("id", ...) is None:
            del found["id"]
        return found

    def _unknown(self, field: str) -> RowRefused:
        """Why a row may not have the field."""
        table = self._table
        field = field[:_LONGEST_NAME]
        if field.replace("_", "").lower() == "orgid":
            rule = "no row names its organisation: the command does"
            return RowRefused(Code.FIELD_REFUSED, rule, field)
        relation = table.relation_by_field.get(field)
        if relation:
            rule = f"leads to other records: their own rows refer to this {table.type}"
            if relation.cardinality is Cardinality.ONE:
                rule = f"is no column: {camel_case(relation.key)} takes the id of the record"
            return RowRefused(Code.FIELD_REFUSED, rule, field)
        if any(computed.field == field for computed in table.computed):
            return RowRefused(Code.FIELD_REFUSED, "is computed from other fields", field)
        return RowRefused(Code.UNKNOWN_FIELD, f"{table.type} has no such field", field)


Check = Callable[[Any], object]


def _checker(column: Column) -> tuple[str, Check]:
    read = reader_of(column)

    def check(value: Any) -> object:
        if value is None:
            if column.nullable or column.name == "id":
                return None
            raise RowRefused(Code.BAD_VALUE, "must not be null", column.field)
        try:
            return written_value(column, read(value), column.field)
        except BadInput as error:
            raise RowRefused(Code.BAD_VALUE, error.rule, error.field) from error
        except ValueError as error:
            raise RowRefused(Code.BAD_VALUE, str(error), column.field) from error

    return column.name, check


def same_content(row: Checked, there: Mapping[str, Any], *, later: frozenset[str]) -> bool:
    """Whether a record has the content of a row, as far as the row says.

    The columns that are set ``later`` may still be empty, if nobody changed the record since.
    """
    untouched = there["version"] == row.get("version", 1)
    for name, value in row.items():
        if there[name] != value and not (untouched and name in later and there[name] is None):
            return False
    return True
