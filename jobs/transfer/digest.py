"""Digests of records that don't depend on the organisation, the format or the order of columns.

A record's canonical form is the line that JSON Lines has for it: all fields by name, the names
sorted. The digest of a type is the SHA-256 of these lines in the order of the ids, which is that
of its JSONL file, so that ``sha256sum`` checks it; the overall one is that of lines of type and
digest.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from jobs.transfer.formats import LINE, Values
from models.columns import Kind
from models.describe import Column, Table
from repository.reader import Row
from resolvers.forms import written_decimal, written_timestamp


class TypeDigest:
    """The digest of records that come in the order of their ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, values: Values) -> None:
        """The next record, as JSON values."""
        self._hash.update(orjson.dumps(values, option=LINE))
        self.count += 1

    def text(self) -> str:
        """In hexadecimal."""
        return self._hash.hexdigest()


def overall_digest(digests: Mapping[str, str]) -> str:
    """The digest of types by name."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def json_values_of(table: Table) -> Callable[[Row], Values]:
    """What turns records of the type into JSON values by field.

    All columns but the organisation: an export is the operator's, and complete.
    """
    parts = [(column.field, column.name, _form(column)) for column in table.columns]

    def values(row: Row) -> Values:
        return {
            field: None if (value := row[name]) is None else form(value)
            for field, name, form in parts
        }

    return values


def _form(column: Column) -> Callable[[Any], object]:
    if column.kind is Kind.CHOICE and column.choices:
        return {member.value: member.name for member in column.choices}.__getitem__
    return _FORMS.get(column.kind, _as_is)


def _as_is(value: Any) -> object:
    return value


_FORMS: Final[Mapping[Kind, Callable[[Any], object]]] = {
    Kind.ID: str,
    Kind.BIG_INTEGER: str,
    Kind.DECIMAL: written_decimal,
    Kind.TIMESTAMP: written_timestamp,
    Kind.DATE: lambda value: value.isoformat(),
}
