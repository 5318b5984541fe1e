"""What the repositories of one organisation share: who asks, and on which connection."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from auth.organization import OrgId
from models.describe import Catalog
from repository.actor import Actor
from repository.binds import Statement
from repository.connections import Connections, Executor, Transaction
from repository.context import ContextSigner
from repository.statements import Statements


@dataclass(frozen=True, slots=True)
class Session:
    """One organisation, bound to the pool or to a transaction.

    ``ruled`` are the types whose row rules bind the actor.
    """

    catalog: Catalog
    statements: Statements
    connections: Connections
    signer: ContextSigner
    org_id: OrgId
    actor: Actor
    ruled: frozenset[str] = frozenset()
    transaction: Transaction | None = None

    @property
    def seeing_all(self) -> "Session":
        """The same session without row rules: for what an organisation knows of itself."""
        if not self.ruled:
            return self
        return replace(self, ruled=frozenset(), statements=self.statements.under(frozenset()))

    @property
    def executor(self) -> Executor:
        """The held transaction where there is one, else the pool."""
        return self.transaction or self.connections

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Any:
        """The first column of a statement's row, asked as this organisation."""
        arguments = self._arguments(statement, values)
        return (await self.executor.fetch_row(statement.sql, arguments))[0]

    async def fetch_row(self, statement: Statement, values: Sequence[object]) -> Sequence[Any]:
        """A statement's row, asked as this organisation."""
        arguments = self._arguments(statement, values)
        return await self.executor.fetch_row(statement.sql, arguments)

    async def write(self, statement: Statement, values: Sequence[object]) -> Any:
        """The first column of the row of a statement that writes, and enters by itself."""
        arguments = self._arguments(statement, values)
        return (await self.executor.write_row(statement.sql, arguments))[0]

    async def take_turns(self, name: str) -> None:
        """Waits until no other transaction of the organisation holds this name; then holds it.

        In a transaction, which lets go of the name when it ends.
        """
        assert self.transaction is not None
        await self.executor.fetch_row(
            "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))",
            [f"{self.org_id}|{name}"],
        )

    def _arguments(self, statement: Statement, values: Sequence[object]) -> list[object]:
        return statement.arguments(
            values,
            org_id=self.org_id.value,
            context=self.signer.sign(self.org_id),
            subject=self.actor.subject,
        )


@asynccontextmanager
async def entered(session: Session) -> AsyncIterator[Session]:
    """The session in a transaction that has been entered as its organisation.

    All that is written in the block happens, or nothing.
    """
    async with session.connections.transaction() as transaction:
        context = session.signer.sign(session.org_id)
        await transaction.fetch_row("SELECT palisade.enter($1)", [context])
        yield replace(session, transaction=transaction)
