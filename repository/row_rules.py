"""Who sees which records within an organisation, as models declare it."""

from models.describe import Catalog, Table
from repository.criteria import Conditions, Some, criteria_of
from repository.sql import StatementText


class RowRules:
    """The rules of the types in ``ruled``; of any other type a caller sees every record.

    A rule may look at any record of the organisation: what it names is not narrowed again.
    """

    def __init__(self, catalog: Catalog, ruled: frozenset[str]) -> None:
        self._catalog = catalog
        self._ruled = ruled

    def condition(self, table: Table, alias: str, text: StatementText) -> str:
        """SQL for the rows of ``alias`` that at least one rule of the table allows."""
        if table.type not in self._ruled:
            return "true"
        rules = (criteria_of(rule.allows, table, self._catalog) for rule in table.row_rules)
        return Conditions(self._catalog, text, fixed=True).condition(
            Some(tuple(rules)), table, alias
        )
