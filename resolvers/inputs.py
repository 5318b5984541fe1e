"""The inputs of derived mutations → what is to be written, checked value by value."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from models.columns import ColumnExposure
from models.describe import Catalog, Column, Table
from resolvers.access import Access
from resolvers.errors import BadInput
from resolvers.fields import (
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    Meaning,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
)
from resolvers.steps import Create, Delete, Many, Step, Transit, Update
from resolvers.values import record_id, written_value

MOST_RECORDS: Final = 100
LONGEST_REASON: Final = 1000

Fields = Mapping[str, Any]


def write_step(
    meaning: Meaning, given: Fields, catalog: Catalog, access: Access, *, place: str
) -> Step:
    """What a mutation is to do.

    Raises: BadInput, Forbidden.
    """
    reader = _InputReader(catalog, access, place)
    fields = given["input"]
    match meaning:
        case CreateRecord(table):
            return reader.create(table, fields, "input")
        case UpdateRecord(table):
            return reader.update(table, fields, "input")
        case DeleteRecord(table):
            return reader.delete(table, fields)
        case TransitionRecord(table, column, name):
            needs_reason = column.transitions[name].needs_reason
            return reader.transit(table, fields, column=column, needs_reason=needs_reason)
        case CreateRecords(table) | UpsertRecords(table):
            return Many(tuple(reader.create(table, one, spot) for one, spot in _records(fields)))
        case UpdateRecords(table):
            return Many(tuple(reader.update(table, one, spot) for one, spot in _records(fields)))
        case DeleteRecords(table):
            return Many(tuple(reader.delete(table, one) for one, _ in _records(fields)))
        case _:
            raise AssertionError(meaning)


def may_be_set(column: Column, *, on_create: bool) -> bool:
    """Whether a client may set the column on creation, or afterwards."""
    if column.exposure is ColumnExposure.SET_ONCE:
        return on_create
    return column.exposure is ColumnExposure.WRITABLE


def upsert_key(table: Table) -> tuple[str, ...] | None:
    """The columns that a record is found by to be upserted: the first unique ones that clients
    set; None where there are none.
    """
    for unique in table.unique:
        columns = [table.by_name[name] for name in unique]
        if all(column.exposed and may_be_set(column, on_create=True) for column in columns):
            return unique
    return None


class _InputReader:
    def __init__(self, catalog: Catalog, access: Access, place: str) -> None:
        self._catalog = catalog
        self._access = access
        self._place = place

    def create(self, table: Table, fields: Fields, spot: str) -> Create:
        self._access.check_write(table, self._place)
        return Create(dict(self._written(table, fields, spot, on_create=True)))

    def update(self, table: Table, fields: Fields, spot: str) -> Update:
        self._access.check_write(table, self._place)
        values = dict(self._written(table, fields, spot, on_create=False))
        if not values:
            raise BadInput(spot, "must set at least one field")
        return Update(record_id(fields["id"]), fields["version"], values)

    def delete(self, table: Table, fields: Fields) -> Delete:
        for gone in (table, *self._catalog.deleted_with(table)):
            if gone.exposure.read:
                self._access.check_write(gone, self._place)
        return Delete(record_id(fields["id"]), fields.get("version"))

    def transit(
        self, table: Table, fields: Fields, *, column: Column, needs_reason: bool
    ) -> Transit:
        self._access.check_write(table, self._place)
        self._access.check_read(table, column, self._place)
        reason = (fields.get("reason") or "").strip()
        if needs_reason and not reason:
            raise BadInput("input.reason", "must say why")
        if len(reason) > LONGEST_REASON:
            raise BadInput("input.reason", f"must not be longer than {LONGEST_REASON} characters")
        if "\0" in reason:
            raise BadInput("input.reason", "must not contain the character U+0000")
        return Transit(record_id(fields["id"]), fields["version"], reason or None)

    def _written(
        self, table: Table, fields: Fields, spot: str, *, on_create: bool
    ) -> Iterator[tuple[str, object]]:
        for column in table.columns:
            if column.field not in fields or not may_be_set(column, on_create=on_create):
                continue
            place = f"{spot}.{column.field}"
            self._access.check_read(table, column, place)
            yield column.name, written_value(column, fields[column.field], place)


def _records(fields: Fields) -> Iterator[tuple[Fields, str]]:
    records = fields["records"]
    if not 1 <= len(records) <= MOST_RECORDS:
        raise BadInput("input.records", f"must have from 1 to {MOST_RECORDS} entries")
    return ((one, f"input.records.{index}") for index, one in enumerate(records))
