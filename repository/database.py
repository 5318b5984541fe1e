"""The door to the data: from a proven organisation to its repositories.

`Database.of`, `loading` and `snapshot` take an `OrgId`, and there is no other way to records. Org
ids come from verified claims; jobs and the command line get them from `organisations`, or for a
slug that an operator names from `organisation`; provisioning makes new ones.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from uuid import UUID

import asyncpg
import structlog

from auth.directory import DirectoryEntry, DirectoryKind
from auth.organization import OrgId, mint_org_id
from models.describe import Catalog
from models.organization import OrganizationStatus
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextSigner
from repository.errors import ContextRefused, Duplicate
from repository.ids import new_id
from repository.loading import Loading, loading, snapshot
from repository.reader import Row
from repository.repositories import Repositories
from repository.repository import Repository
from repository.session import Session, entered
from repository.statements import Statements

Furnish = Callable[[Repositories], Awaitable[object]]

_log = structlog.get_logger(__name__)


class Database:
    """One pool, one catalog, one signer; bound to an organisation only by `of`."""

    def __init__(self, catalog: Catalog, connections: Connections, signer: ContextSigner) -> None:
        self.catalog = catalog
        self._connections = connections
        self._signer = signer
        self._statements = Statements(catalog)

    def of(
        self, org_id: OrgId, actor: Actor, *, ruled: frozenset[str] = frozenset()
    ) -> Repositories:
        """The repositories of one organisation.

        ``ruled`` are the types whose row rules bind the actor; all records of others are seen.
        """
        session = self._session(org_id, actor)
        if ruled:
            session = replace(session, ruled=ruled, statements=self._statements.under(ruled))
        return Repositories(session)

    def loading(self, org_id: OrgId, actor: Actor) -> AbstractAsyncContextManager[Loading]:
        """A transaction to load records of one organisation in."""
        return loading(self._session(org_id, actor))

    def snapshot(self, org_id: OrgId, actor: Actor) -> AbstractAsyncContextManager[Repositories]:
        """The repositories of one organisation as they are at one moment, to read from."""
        return snapshot(self._session(org_id, actor))

    async def ready(self) -> None:
        """That the database answers and accepts our context key.

        Raises: DatabaseUnavailable, ContextRefused.
        """
        context = self._signer.sign(mint_org_id(UUID(int=0)))
        (accepted,) = await self._connections.fetch_row(
            "SELECT CASE WHEN palisade.enter($1) THEN palisade.org_id() IS NOT NULL END", [context]
        )
        if not accepted:
            raise ContextRefused

    async def find_org(self, kind: DirectoryKind, key: str) -> UUID | None:
        """The id of an organisation that is not deleted, by an exact key."""
        entry = await self.find_entry(kind, key)
        return entry.org_id if entry and entry.status is not OrganizationStatus.DELETED else None

    async def find_entry(self, kind: DirectoryKind, key: str) -> DirectoryEntry | None:
        """One organisation's id and state by an exact key."""
        org_id, state = await self._connections.fetch_row(
            "SELECT f.id, palisade.org_state(f.id) FROM palisade.find_org($1, $2) AS f (id)",
            [kind.value, key],
        )
        return DirectoryEntry(org_id, OrganizationStatus(state)) if org_id else None

    async def find_session(
        self, slug: str, *, actor: Actor, reason: str
    ) -> tuple[Session, DirectoryEntry] | None:
        """An organisation for its operator, on the worker role; None where there is no such slug.

        ``reason`` is written to the log.
        """
        entry = await self.find_entry(DirectoryKind.slug, slug)
        if entry is None:
            return None
        _log.info("organisation_opened", org_id=str(entry.org_id), reason=reason)
        return self._session(mint_org_id(entry.org_id), actor), entry

    async def organisations(self, *, reason: str) -> AsyncIterator[OrgId]:
        """Every organisation's id, never a row. For jobs and the command line, on the worker role.

        ``reason`` is written to the log.
        """
        _log.info("organisations_listed", reason=reason)
        (ids,) = await self._connections.fetch_row("SELECT array(SELECT palisade.list_orgs())", [])
        for id in ids:
            yield mint_org_id(id)

    async def find_certificate(self, slug_digest: str) -> str | None:
        """The certificate of the organisation that had this slug last and was erased."""
        row = await self._connections.fetch_row(
            "SELECT palisade.find_certificate($1)", [slug_digest]
        )
        found: str | None = row[0]
        return found

    async def organisation(self, slug: str, *, reason: str) -> OrgId | None:
        """The id of the organisation that an operator names, for the command line; None for none.

        ``reason`` is written to the log.
        """
        id = await self.find_org(DirectoryKind.slug, slug)
        if id is None:
            return None
        _log.info("organisation_named", org_id=str(id), reason=reason)
        return mint_org_id(id)

    async def signed_context(self, slug: str, *, reason: str) -> str | None:
        """A context to enter by hand, for the command line; None where there is no such slug.

        ``reason`` is written to the log.
        """
        id = await self.find_org(DirectoryKind.slug, slug)
        if id is None:
            return None
        _log.info("context_signed", org_id=str(id), reason=reason)
        return self._signer.sign(mint_org_id(id))

    async def provision(
        self,
        slug: str,
        *,
        name: str,
        actor: Actor,
        external: str | None = None,
        furnish: Furnish | None = None,
    ) -> Row:
        """A new organisation: its record and its entries in the directory, all or nothing.

        ``external`` is the key that a foreign issuer's tokens find it by: "<issuer> <its id>".
        ``furnish`` gives it, in the same transaction, what an organisation has from the start.
        Raises: Duplicate(slug), Duplicate(external), ValueRefused.
        """
        id = new_id()
        table = self.catalog.tables["Organization"]
        async with entered(self._session(mint_org_id(id), actor)) as session:
            row = await Repository(session, table).create({"id": id, "slug": slug, "name": name})
            try:
                await session.executor.fetch_row(
                    "SELECT palisade.register_org($1, $2)", [slug, external]
                )
            except asyncpg.UniqueViolationError as error:
                taken = "slug" if "(slug," in (error.detail or "") else "external"
                raise Duplicate((taken,)) from error
            if furnish is not None:
                await furnish(Repositories(session))
        return row

    def _session(self, org_id: OrgId, actor: Actor) -> Session:
        return Session(
            self.catalog, self._statements, self._connections, self._signer, org_id, actor
        )
