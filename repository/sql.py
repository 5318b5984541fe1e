"""The text of one reading statement while it is written, and what its parameters stand for.

Names in the text come from the description only; every value is a parameter.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from models.base import quoted_name
from models.columns import Kind
from models.describe import Table
from repository.binds import CONTEXT, ORG_ID, Statement

# The types that parameters are cast to, by the kind of the column they are compared with.
SQL_TYPES: Final = {
    Kind.ID: "uuid",
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.BIG_INTEGER: "bigint",
    Kind.FLOAT: "double precision",
    Kind.DECIMAL: "numeric",
    Kind.BOOLEAN: "boolean",
    Kind.TIMESTAMP: "timestamptz",
    Kind.DATE: "date",
    Kind.CHOICE: "text",
    Kind.TEXT_LIST: "text[]",
    Kind.JSON: "jsonb",
}

column_name = cache(quoted_name)


class StatementText:
    """Hands out the aliases and the parameters of one statement.

    ``$1`` is the signed context and ``$2`` the organisation; ``values`` follow from ``$3``.
    """

    def __init__(self) -> None:
        self.values: list[object] = []
        self._aliases = 0

    def alias(self) -> str:
        """A name no other row source of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def value(self, value: object, sql_type: str) -> str:
        """A parameter."""
        self.values.append(value)
        return f"${len(self.values) + 2}::{sql_type}"

    def rows_of(self, table: Table, *conditions: str, alias: str, joins: Sequence[str] = ()) -> str:
        """FROM and WHERE: the organisation's rows of a table. The only way to name a table."""
        owned = f"{alias}.org_id = $2"
        source = " ".join((f"FROM {table.qualified_name} AS {alias}", *joins))
        narrower = (condition for condition in conditions if condition != "true")
        return f"{source} WHERE {' AND '.join((owned, *narrower))}"

    def statement(self, *columns: str) -> Statement:
        """One row of these columns, each read once the organisation's context is set.

        So the context is there before anything is read, lives only as long as the statement's own
        transaction, and costs no round trip.
        """
        entered = ", ".join(
            f"CASE WHEN palisade.enter($1) THEN ({column}) END" for column in columns
        )
        order = (CONTEXT, ORG_ID, *(f"v{index}" for index in range(len(self.values))))
        # What reads no table at all still is somebody's.
        rest = "" if ".org_id = $2" in entered else " WHERE $2::uuid IS NOT NULL"
        return Statement(f"SELECT {entered}{rest}", order)
