"""What can go wrong between the service and its data: one class per decision of a caller."""

from typing import ClassVar


class RepositoryError(Exception):
    """Something went wrong in the data layer."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


class NotFound(RepositoryError):
    """There is no such record."""


class Stale(RepositoryError):
    """The record changed since it was read."""


class WrongState(RepositoryError):
    """The record is not in a state that allows this."""

    def __init__(self, field: str, allowed: tuple[str, ...]) -> None:
        super().__init__(field, allowed)
        self.field = field
        self.allowed = allowed


class Duplicate(RepositoryError):
    """Another record has this value already."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        super().__init__(columns)
        self.columns = columns


class ReferenceMissing(RepositoryError):
    """The record that is referred to is not there."""

    def __init__(self, column: str | None) -> None:
        super().__init__(column)
        self.column = column


class StillReferenced(RepositoryError):
    """Other records refer to this one."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


class ValueRefused(RepositoryError):
    """The database refuses a value."""

    def __init__(self, column: str | None) -> None:
        super().__init__(column)
        self.column = column


class TransactionFailed(RepositoryError):
    """A statement of the transaction failed before, so nothing of it happened."""


class CursorRefused(RepositoryError):
    """This is not a cursor of this connection."""


class ContextRefused(RepositoryError):
    """The database does not accept the signed organisation context."""


class Frozen(RepositoryError):
    """The organisation is frozen: nothing can be changed until it is thawed."""


class Unsettled(RepositoryError):
    """Transactions that began before have not ended yet: run it again in a moment."""


class Unaccounted(RepositoryError):
    """The database holds rows of organisations that no loaded model declares."""

    def __init__(self, tables: tuple[str, ...]) -> None:
        super().__init__(tables)
        self.tables = tables

    def __str__(self) -> str:
        return f"{super().__str__()[:-1]}, in {', '.join(self.tables)}: name their package."


class TooSlow(RepositoryError):
    """The statement took longer than it may."""


class DatabaseUnavailable(RepositoryError):
    """The database can't be reached."""

    retry_after_seconds: ClassVar[int] = 2
