"""What an import has to remember of every row, kept on disk so that memory stays bounded.

The scratch database has no name in the file system and is gone with the process. It holds digests,
ids and line numbers; what is to be stored lies in the organisation's records only.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final
from uuid import UUID

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32000;
CREATE TABLE seen (type TEXT, id BLOB, file TEXT, line INTEGER, PRIMARY KEY (type, id))
  WITHOUT ROWID;
CREATE TABLE alike (digest BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID;
CREATE TABLE later (type TEXT, field TEXT, id BLOB, target BLOB, file TEXT, line INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Later:
    """A reference that is set when all records are there."""

    type: str
    column: str
    id: UUID
    target: UUID
    file: str
    line: int


class Ledger:
    """A context manager; empty at its beginning."""

    def __init__(self) -> None:
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.executescript(_TABLES)
        self._scratch.execute("BEGIN")

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scratch.close()

    def first(self, type: str, id: UUID, *, file: str, line: int) -> tuple[str, int] | None:
        """Notes a row's id; where another row had it before, the file and the line of that one."""
        key = (type, id.bytes)
        added = self._scratch.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (*key, file, line)
        )
        if added.rowcount:
            return None
        found: tuple[str, int] = self._scratch.execute(
            "SELECT file, line FROM seen WHERE type = ? AND id = ?", key
        ).fetchone()
        return found

    def times(self, digest: bytes) -> int:
        """How many rows before this one had the digest."""
        before: tuple[int] = self._scratch.execute(
            "INSERT INTO alike VALUES (?, 0) ON CONFLICT DO UPDATE SET times = times + 1 "
            "RETURNING times",
            (digest,),
        ).fetchone()
        return before[0]

    def set_later(self, reference: Later) -> None:
        """Notes a reference for `later`."""
        self._scratch.execute(
            "INSERT INTO later VALUES (?, ?, ?, ?, ?, ?)",
            (
                reference.type,
                reference.column,
                reference.id.bytes,
                reference.target.bytes,
                reference.file,
                reference.line,
            ),
        )

    def later(self, *, together: int) -> Iterator[list[Later]]:
        """The references that were noted, so many at a time, of one type and column each time."""
        group: list[Later] = []
        for type, column, id, target, file, line in self._scratch.execute(
            "SELECT type, field, id, target, file, line FROM later ORDER BY type, field, rowid"
        ):
            reference = Later(type, column, UUID(bytes=id), UUID(bytes=target), file, line)
            last = group[-1] if group else reference
            if len(group) == together or (last.type, last.column) != (type, column):
                yield group
                group = []
            group.append(reference)
        if group:
            yield group
