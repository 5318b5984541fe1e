"""The repositories of one organisation, by type: what every resolver and job works with."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from auth.organization import OrgId
from models.base import Model
from models.describe import Table
from repository.binds import Statement
from repository.criteria import values
from repository.reader import Row
from repository.repository import Repository
from repository.session import Session, entered
from repository.statements import Listing


class Repositories:
    """The repositories of one organisation, by type."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._made: dict[str, Repository] = {}

    @property
    def org_id(self) -> OrgId:
        """The organisation all of them are bound to."""
        return self.session.org_id

    def of(self, model: type[Model] | Table) -> Repository:
        """The repository of a model, or of its description."""
        name = model.type if isinstance(model, Table) else model.__name__
        made = self._made.get(name)
        if made is None:
            made = Repository(self.session, self.session.catalog.tables[name])
            self._made[name] = made
        return made

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Repositories"]:
        """Repositories that share one transaction: all of their writes happen, or none."""
        if self.session.transaction:
            yield self
            return
        async with entered(self.session) as session:
            yield Repositories(session)

    async def take_turns(self, name: str) -> None:
        """Waits until no other transaction of the organisation holds this name; then holds it.

        In a transaction, which lets go of the name when it ends.
        """
        await self.session.take_turns(name)

    def read(self, statement: Statement, values: Sequence[object]) -> Awaitable[Any]:
        """What a compiled read answers: finished JSON text, or a list of such texts."""
        return self.session.fetch(statement, values)

    async def lists(self, listings: Sequence[Listing]) -> list[list[Row]]:
        """The records of each listing, as the caller sees them.

        Shape: aligned with ``listings``. One SELECT.
        """
        if not listings:
            return []
        statement = self.session.statements.lists(listings)
        bound: list[object] = []
        for listing in listings:
            bound += [*values(listing.where), listing.limit]
        found = await self.session.fetch_row(statement, bound)
        return [
            self.of(listing.table).rows(records)
            for listing, records in zip(listings, found, strict=True)
        ]

    async def types_of(self, ids: Sequence[UUID], among: Sequence[Table]) -> dict[UUID, Table]:
        """Which of the tables holds each id. Absent: unknown, or another organisation's."""
        if not ids or not among:
            return {}
        statement = self.session.statements.owners_of(among)
        found = await self.session.fetch(statement, [ids])
        types: dict[UUID, Table] = {}
        for type_name, id in found:
            types.setdefault(id, self.session.catalog.tables[type_name])
        return types
