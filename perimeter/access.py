"""Claims → what the caller may do with each type and each column.

The clearance for a type follows from its scopes: INTERNAL to read it, CONFIDENTIAL to write it,
RESTRICTED to administer the organisation. A column above the clearance is masked where its model
says so, and refused otherwise. Row rules bind whoever has neither ``<type>:all`` nor runs the
organisation.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from auth.claims import Claims
from auth.scopes import ORG_ADMIN
from models.classification import Level
from models.describe import Catalog, Column, Table
from resolvers.access import NO_ACCESS, Access, Decision

_KEPT: Final = 1000


class AccessRules:
    """Decides once per set of scopes; bounded, because issuers choose the sets."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._decided: OrderedDict[frozenset[str], Access] = OrderedDict()

    def access_of(self, claims: Claims) -> Access:
        """What the caller may do; nothing for a token without an organisation."""
        if claims.org_id is None:
            return NO_ACCESS
        access = self._decided.get(claims.scopes)
        if access is None:
            access = self._decided[claims.scopes] = self._decide(claims.scopes)
            if len(self._decided) > _KEPT:
                self._decided.popitem(last=False)
        else:
            self._decided.move_to_end(claims.scopes)
        return access

    def _decide(self, scopes: frozenset[str]) -> Access:
        readable = [table for table in self._catalog.exposed if table.read_scope in scopes]
        return Access(
            columns={table.type: _columns(table, _clearance(table, scopes)) for table in readable},
            writable=frozenset(table.type for table in readable if _writable(table, scopes)),
            ruled=frozenset(
                table.type
                for table in self._catalog.tables.values()
                if table.row_rules and not scopes & {ORG_ADMIN, table.all_scope}
            ),
        )


def _writable(table: Table, scopes: frozenset[str]) -> bool:
    if table.administered and ORG_ADMIN not in scopes:
        return False
    return table.write_scope in scopes


def _clearance(table: Table, scopes: frozenset[str]) -> Level:
    if ORG_ADMIN in scopes:
        return Level.RESTRICTED
    return Level.CONFIDENTIAL if table.write_scope in scopes else Level.INTERNAL


def _columns(table: Table, clearance: Level) -> Mapping[str, Decision]:
    return {column.name: _decision(column, clearance) for column in table.columns}


def _decision(column: Column, clearance: Level) -> Decision:
    if column.level <= clearance:
        return Decision.READ
    return Decision.MASK if column.maskable else Decision.REFUSE
