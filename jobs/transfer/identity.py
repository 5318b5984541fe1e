"""Ids for rows that have none: the same row gets the same id each time it is imported.

An id is made of the organisation, the type, those values of the row that everybody who may read
the type may read, and how many rows before it in the same import were alike in all of these.

- The same file again, or the same file after it was cut off, gives the same ids, so that rows
  which are there already are recognised; neither the file's name nor its digest is part of them.
- Two rows that are alike are two records, for the second has another number.
- An id tells nothing: it is seen by everybody who sees the record, and so must not be a digest of
  what some of them may not see, which they could guess and compare. Levels above INTERNAL and
  maskable columns are therefore left out, and rows that differ in these alone are told apart by
  their number.
- Where the order of such rows is changed between two imports, or a record was changed since the
  first, the id is there with other content: the row is refused as a CONFLICT, nothing is doubled.
- The organisation is part of it: records of two organisations that are alike have different ids.
"""

import hashlib
from typing import Final
from uuid import UUID

import orjson

from auth.organization import OrgId
from jobs.transfer.digest import json_values_of
from jobs.transfer.ledger import Ledger
from jobs.transfer.validation import Checked
from models.classification import Level
from models.describe import Column, Table

_PURPOSE: Final = b"palisade import 1\0"


class Identity:
    """Gives ids to the rows of one type."""

    def __init__(self, org_id: OrgId, table: Table, ledger: Ledger) -> None:
        self._ledger = ledger
        self._columns = frozenset(
            column.name for column in table.columns if _is_seen_by_all(column)
        )
        self._by_field = {column.field: column.name for column in table.columns}
        self._json_values = json_values_of(table)
        self._start = hashlib.sha256(_PURPOSE + org_id.value.bytes + table.type.encode() + b"\0")
        self._absent = dict.fromkeys(self._by_field.values())

    def id_of(self, row: Checked) -> UUID:
        """The id of the next row, given its values by column name."""
        values = self._json_values({**self._absent, **row})
        seen = {
            field: value
            for field, value in values.items()
            if value is not None and self._by_field[field] in self._columns
        }
        digest = self._start.copy()
        digest.update(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS))
        number = self._ledger.times(digest.digest())
        digest.update(b"\0" + number.to_bytes(8))
        return _version_8(digest.digest())


def _is_seen_by_all(column: Column) -> bool:
    return column.level <= Level.INTERNAL and not column.maskable


def _version_8(digest: bytes) -> UUID:
    """A UUID whose bits are the application's own. Source: RFC 9562, 5.8."""
    number = int.from_bytes(digest[:16])
    number &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return UUID(int=number | 0x8000 << 64 | 0x8000 << 48)
