"""What a caller may do, as plain values: an input of every selection."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.describe import Catalog, Column, Relation, Table
from resolvers.errors import Forbidden


class Decision(StrEnum):
    """What happens to a column when a caller asks for it."""

    READ = "READ"
    MASK = "MASK"
    REFUSE = "REFUSE"


MASKED_TEXT = "***"


@dataclass(frozen=True, slots=True)
class Access:
    """Decisions for each type and each of its columns.

    ``ruled`` are the types of which the caller sees what their row rules allow.

    A type that is absent from ``columns`` can't be read at all. Filtering, ordering and counting
    by a column is reading it, and a masked column is not read. Of one ``fingerprint`` are accesses
    that decide alike.
    """

    columns: Mapping[str, Mapping[str, Decision]]
    writable: frozenset[str]
    ruled: frozenset[str] = frozenset()
    fingerprint: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        decided = [
            (name, sorted(columns.items())) for name, columns in sorted(self.columns.items())
        ]
        text = repr((decided, sorted(self.writable), sorted(self.ruled)))
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        object.__setattr__(self, "fingerprint", digest)

    def check_type(self, table: Table, place: str) -> None:
        """That the caller may read records of the type.

        Raises: Forbidden.
        """
        if table.type not in self.columns:
            raise Forbidden(place, f"needs the scope {table.read_scope}")

    def check_shown(self, table: Table, column: Column, place: str) -> None:
        """That the caller may see the column, masked if need be.

        Raises: Forbidden.
        """
        if self.columns[table.type][column.name] is Decision.REFUSE:
            raise Forbidden(place, f"is {column.level.name}, above the clearance of the token")

    def check_read(self, table: Table, column: Column, place: str) -> None:
        """That the caller may filter, order or count by the column.

        Raises: Forbidden.
        """
        self.check_type(table, place)
        if self.columns[table.type][column.name] is not Decision.READ:
            raise Forbidden(place, f"is {column.level.name}, above the clearance of the token")

    def check_relation(
        self, catalog: Catalog, source: Table, relation: Relation, *, place: str
    ) -> None:
        """That the caller may follow the relation: it is reading the keys, and the target.

        Raises: Forbidden.
        """
        self.check_type(catalog.target(relation), place)
        for table, column in catalog.keys_of(source, relation):
            self.check_read(table, column, place)

    def check_write(self, table: Table, place: str) -> None:
        """That the caller may change records of the type.

        Raises: Forbidden.
        """
        self.check_type(table, place)
        if table.type not in self.writable:
            raise Forbidden(place, f"needs the scope {table.write_scope}")

    def masks(self, table: Table, column: Column) -> bool:
        """Whether the column's values are replaced before they are shown."""
        return self.columns[table.type][column.name] is Decision.MASK


NO_ACCESS = Access({}, frozenset())
