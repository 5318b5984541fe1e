"""What an operator does to a whole organisation: freeze, thaw, erase. On the worker role.

The state that the walls obey changes in one transaction with what the organisation is shown of it
and its audit trail. A change counts for every statement that begins after it, in any process.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from auth.directory import DirectoryEntry
from models.events import AuditAction
from models.organization import Organization, OrganizationStatus
from repository.actor import Actor
from repository.database import Database
from repository.erasure import Certificate, Erasing, digest
from repository.errors import NotFound, Unsettled, WrongState
from repository.journal import write_journal
from repository.session import Session, entered
from repository.walls import APP

# Longer than the service lets a statement or an operation take.
SETTLE: Final = timedelta(seconds=12)
_POLL_SECONDS: Final = 0.05

# What an operator may do with an organisation in each state.
_MOVES: Final = {
    "ACTIVE": ("freezeOrganization", "eraseOrganization"),
    "FROZEN": ("thawOrganization", "eraseOrganization"),
    "DELETED": ("eraseOrganization",),
}

_SHOW: Final = (
    "WITH shown AS (UPDATE data.organization AS o SET status = $2, version = o.version + 1, "
    "updated_at = now() WHERE o.org_id = $1 AND o.id = $1 RETURNING o.id) "
    "SELECT count(*) FROM shown"
)
_SET: Final = "SELECT palisade.set_org_state($1, $2, $3, $4)"

# Who is bound by row level security and has a transaction open, by its virtual id.
_OPEN: Final = f"""
SELECT array(
  SELECT l.virtualxid FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
   WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock'
     AND a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
     AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, '{APP}', 'MEMBER'))
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation after a change. ``settled``: whether all that began before has ended."""

    org_id: UUID
    slug: str
    status: OrganizationStatus
    settled: bool


class Lifecycle:
    """Changes of whole organisations in one operator's name."""

    def __init__(self, database: Database, actor: Actor, *, settle: timedelta = SETTLE) -> None:
        """``database`` is connected as the worker; ``settle``: how long to wait for writers."""
        self._database = database
        self._actor = actor
        self._settle = settle

    async def freeze(self, slug: str, *, reason: str | None) -> Standing:
        """Nothing of the organisation can be changed, and no integration gets in.

        Raises: NotFound, WrongState.
        """
        session, entry = await self._find(slug, doing="freeze")
        frozen = OrganizationStatus.FROZEN
        if entry.status is frozen:
            return Standing(entry.org_id, slug, frozen, settled=True)
        async with entered(session) as inner:
            # In this order: once it is frozen, its record can't be changed any more.
            if entry.status is OrganizationStatus.ACTIVE:
                await self._show(inner, frozen)
            await self._set(inner, frozen, [OrganizationStatus.ACTIVE], reason)
        return Standing(entry.org_id, slug, frozen, settled=await self._settled(session))

    async def thaw(self, slug: str, *, reason: str | None) -> Standing:
        """The organisation is as it was before it was frozen.

        Raises: NotFound, WrongState.
        """
        session, entry = await self._find(slug, doing="thaw")
        active = OrganizationStatus.ACTIVE
        if entry.status is not active:
            async with entered(session) as inner:
                await self._set(inner, active, [OrganizationStatus.FROZEN], reason)
                await self._show(inner, active)
        return Standing(entry.org_id, slug, active, settled=True)

    async def erase(
        self,
        slug: str,
        *,
        reason: str | None,
        patience: timedelta | None = None,
        report: Callable[[str, int], None] = lambda table, rows: None,
    ) -> Certificate | None:
        """Deletes all that there is of the organisation, for good; the proof that nothing is left.

        Its tokens are refused and nothing of it can be written from the first moment on. None
        where ``patience`` was not enough: calling it again goes on. ``report`` gets each table
        and how many of its rows were deleted. Of a slug that is gone it answers the certificate.
        Raises: NotFound, Unaccounted, Unsettled.
        """
        try:
            session, _ = await self._find(slug, doing="erase")
        except NotFound:
            if text := await self._database.find_certificate(digest(slug)):
                return Certificate(text)
            raise
        erasing = Erasing(session, slug, actor=self._actor, report=report)
        await erasing.check_tables()
        async with entered(session) as inner:
            await self._set(inner, OrganizationStatus.DELETED, OrganizationStatus, reason)
        if not await self._settled(session):
            raise Unsettled
        return await erasing.run(
            until=None if patience is None else time.monotonic() + patience.total_seconds()
        )

    async def _find(self, slug: str, *, doing: str) -> tuple[Session, DirectoryEntry]:
        found = await self._database.find_session(slug, actor=self._actor, reason=doing)
        if found is None:
            raise NotFound
        return found

    async def _set(
        self,
        session: Session,
        status: OrganizationStatus,
        sources: Iterable[OrganizationStatus],
        reason: str | None,
    ) -> None:
        """Raises: NotFound, WrongState."""
        names = tuple(source.value for source in sources)
        arguments = [status.value, names, self._actor.subject, reason]
        (previous,) = await session.executor.fetch_row(_SET, arguments)
        if previous is None:
            raise NotFound
        if previous not in names:
            raise WrongState("status", previous, _MOVES.get(previous, ()))

    async def _show(self, session: Session, status: OrganizationStatus) -> None:
        """What the organisation and its trail are told."""
        id = session.org_id.value
        await session.executor.fetch_row(_SHOW, [id, status.value])
        table = session.catalog.tables[Organization.__name__]
        await write_journal(session, table, AuditAction.UPDATE, ids=[id], fields=["status"])

    async def _settled(self, session: Session) -> bool:
        """Waits for the transactions that may have begun before the change; whether they ended.

        A statement that began before it doesn't see it. There is no telling of which organisation
        a transaction is, so all are waited for that could write.
        """
        connections = session.connections
        (before,) = await connections.fetch_row(_OPEN, [])
        deadline = time.monotonic() + self._settle.total_seconds()
        while before:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
            (running,) = await connections.fetch_row(_OPEN, [])
            before = [each for each in before if each in running]
        return True
