"""What can go wrong between the service and its data: one class per decision of a caller."""

from typing import ClassVar


class RepositoryError(Exception):
    """Something went wrong in the data layer.

    ``index`` is which of many records it is about.
    """

    index: int | None = None

    def __str__(self) -> str:
        return (type(self).__doc__ or "").partition("\n")[0]


class NotFound(RepositoryError):
    """There is no such record."""


class Stale(RepositoryError):
    """The record changed since it was read."""


class WrongState(RepositoryError):
    """The record is not in a state that allows this.

    ``moves`` are the transitions that its state does allow, each with the type's name behind it.
    """

    def __init__(self, field: str, state: str | None, moves: tuple[str, ...]) -> None:
        super().__init__(field, state, moves)
        self.field = field
        self.state = state
        self.moves = moves


class GuardRefused(RepositoryError):
    """What the change needs does not hold."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class LeadsBack(RepositoryError):
    """The reference would lead back to the record itself."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class RowRefused(RepositoryError):
    """The record would be one that the caller doesn't see."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        super().__init__(rules)
        self.rules = rules


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


class SetOnce(RepositoryError):
    """The column is set once, and the record that is there has another value."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


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


class Contended(RepositoryError):
    """Another change at the same time was in the way: try again."""


class TooManyToSearch(RepositoryError):
    """The organisation has more records of the type than can be searched for a text.

    ``field`` is type and field: ``Deal.title``.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


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


class StatementRefused(Exception):
    """The statement is of no kind that this service writes: a fault of ours, whoever wrote it."""
