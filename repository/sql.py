"""The text of one reading statement while it is written, and what its parameters stand for.

Names in the text come from the description only; every value is a parameter.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, Protocol

from models.base import quoted_name
from models.columns import Kind
from models.describe import Column, Table
from repository.binds import CONTEXT, ORG_ID, SUBJECT, Statement

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

# How many rows of its type an organisation may have for a search that no index helps with.
MOST_SEARCHED: Final = 50_000

column_name = cache(quoted_name)


class Rules(Protocol):
    """Says which rows of a table a caller sees."""

    def condition(self, table: Table, alias: str, text: "StatementText") -> str:
        """SQL on the rows of ``alias``; its tables are named without rules."""


class StatementText:
    """Hands out the aliases and the parameters of one statement.

    ``$1`` is the signed context and ``$2`` the organisation; the others follow from ``$3``:
    ``values``, and what is part of the statement. ``rules`` narrow every table it names.
    """

    def __init__(self, rules: Rules | None = None) -> None:
        self.values: list[object] = []
        self._rules = rules
        self._fixed: list[object] = []
        self._order: list[str] = []
        self._searched: dict[str, str] = {}
        self._aliases = 0

    def alias(self) -> str:
        """A name no other row source of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def value(self, value: object, sql_type: str) -> str:
        """A parameter."""
        self.values.append(value)
        return self._parameter(f"v{len(self.values) - 1}", sql_type)

    def fixed(self, value: object, sql_type: str) -> str:
        """A parameter whose value is part of the statement."""
        self._fixed.append(value)
        return self._parameter(f"f{len(self._fixed) - 1}", sql_type)

    def subject(self) -> str:
        """The subject of whoever asks."""
        return self._parameter(SUBJECT, "text")

    def _parameter(self, name: str, sql_type: str) -> str:
        self._order.append(name)
        return f"${len(self._order) + 2}::{sql_type}"

    def rows_of(self, table: Table, *conditions: str, alias: str, joins: Sequence[str] = ()) -> str:
        """FROM and WHERE: the rows of a table that the organisation owns and the caller sees.

        The only way to name a table.
        """
        owned = f"{alias}.org_id = $2"
        source = " ".join((f"FROM {table.qualified_name} AS {alias}", *joins))
        narrower = (c for c in (self._seen(table, alias), *conditions) if c != "true")
        return f"{source} WHERE {' AND '.join((owned, *narrower))}"

    def _seen(self, table: Table, alias: str) -> str:
        rules, self._rules = self._rules, None
        if rules is None:
            return "true"
        try:
            return rules.condition(table, alias, self)
        finally:
            self._rules = rules

    def search(self, table: Table, column: Column) -> None:
        """Says that the statement looks through all rows of a table, for something in a column.

        It is refused where the organisation has too many of them, whoever sees which.
        """
        if table.type in self._searched:
            return
        row, rows = self.alias(), self.alias()
        self._searched[table.type] = (
            f"(SELECT CASE WHEN count(*) > {MOST_SEARCHED} "
            f"THEN palisade.refuse_search('{table.type}.{column.field}') ELSE true END "
            f"FROM (SELECT FROM {table.qualified_name} AS {row} WHERE {row}.org_id = $2 "
            f"LIMIT {MOST_SEARCHED + 1}) AS {rows})"
        )

    def statement(self, *columns: str) -> Statement:
        """One row of these columns, each read once the organisation's context is set.

        So the context is there before anything is read, lives only as long as the statement's own
        transaction, and costs no round trip.
        """
        if self._searched:
            # Asked once, before any of it is read.
            first, *others = columns
            asked = " AND ".join(self._searched.values())
            columns = (f"CASE WHEN {asked} THEN ({first}) END", *others)
        entered = ", ".join(
            f"CASE WHEN palisade.enter($1) THEN ({column}) END" for column in columns
        )
        # What reads no table at all still is somebody's.
        rest = "" if ".org_id = $2" in entered else " WHERE $2::uuid IS NOT NULL"
        order = (CONTEXT, ORG_ID, *self._order)
        return Statement(f"SELECT {entered}{rest}", order, tuple(self._fixed))
