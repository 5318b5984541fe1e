"""The payloads of one mutation, compiled; kept where they have no arguments of their own."""

import hashlib
from collections.abc import Hashable
from typing import Any

from graphql import GraphQLResolveInfo

from models.describe import Catalog, Table
from repository.compile.roots import Plan, compile_payload
from repository.reading import Payload
from resolvers.plans import Compiled, Plans


class Payloads:
    """Plans for the payloads of an operation's root fields; without ``plans`` there are none.

    ``key`` is the operation: its document, its name, the caller's access, and the booleans among
    its variables, which decide what is skipped.
    """

    __slots__ = ("_catalog", "_key", "_plans", "_ruled")

    def __init__(
        self,
        catalog: Catalog,
        plans: Plans | None = None,
        key: Hashable | None = None,
        *,
        ruled: frozenset[str] = frozenset(),
    ) -> None:
        self._catalog = catalog
        self._plans = plans
        self._key = key
        self._ruled = ruled

    def alone(self, info: GraphQLResolveInfo[Any]) -> tuple[Payload, Hashable] | None:
        """The payload of a field that a statement can answer which writes its row, and a key.

        None where the row is enough, or leads to pages, which have to show what was written, or to
        records that row rules narrow.
        """
        payload = self._leading(info)
        if payload is None or payload.pages or payload.leads_to(self._ruled):
            return None
        # A digest: statements are kept by number, and a document may be long.
        text = repr((self._key, info.path.key))
        return payload, hashlib.blake2b(text.encode(), digest_size=16).digest()

    def plan(self, info: GraphQLResolveInfo[Any], table: Table) -> Plan | None:
        """What is to be read for the payload of a field; None where the written row is enough."""
        payload = self._leading(info)
        if payload is None or self._plans is None:
            return None
        if payload.pages:
            return compile_payload(payload, table, self._catalog, self._ruled)
        key = (self._key, info.path.key)
        found = self._plans.find(key, {})
        if found is None:
            found = Compiled(compile_payload(payload, table, self._catalog, self._ruled))
            self._plans.keep(key, found, decisive=(), variables={})
        return found.plan

    def _leading(self, info: GraphQLResolveInfo[Any]) -> Payload | None:
        """The payload of a field if it leads to further records, and payloads are compiled."""
        payload: Payload | None = info.context.selection.payloads.get(info.path.key)
        return payload if self._plans is not None and payload and payload.reads else None
