"""Where a fault of the database is planted and used: two organisations, every role, one database.

A fault is planted in a transaction that is rolled back, or where that does not show it (settings
of new sessions, notifications), committed to a copy of the database.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

import asyncpg

from repository.context import ContextKey
from repository.walls import APP
from tests.conftest import Urls

ROOT = "root"
# What an attacker knows who planted a key of their own.
PLANTED_KEY = ContextKey("planted", b"an attacker knows these 32 bytes")


@dataclass(frozen=True)
class Party:
    """An organisation with records of every type, whose texts bear its mark."""

    org_id: UUID
    slug: str
    mark: str


@dataclass(frozen=True)
class Step:
    """A statement, by which role, and in which organisation's context."""

    sql: str
    role: str = APP
    side: Literal["attacker", "victim", ""] = "attacker"


class Plantable(Protocol):
    """What is done to a database."""

    @property
    def sql(self) -> tuple[str, ...]: ...

    @property
    def undo(self) -> tuple[str, ...]: ...


class Scene:
    """Plays steps and remembers what the server told besides.

    In one transaction, of which each play is undone; with ``urls``, each step by a connection of
    its own, and for good.
    """

    def __init__(
        self,
        attacker: Party,
        victim: Party,
        key: ContextKey,
        *,
        root: asyncpg.Connection | None = None,
        urls: Urls | None = None,
    ) -> None:
        self.attacker = attacker
        self.victim = victim
        self.told: list[str] = []
        self._key = key
        self._root = root
        self._urls = urls

    @property
    def root(self) -> asyncpg.Connection:
        """The superuser's connection whose transaction the fault is in."""
        assert self._root is not None
        return self._root

    async def plant(self, fault: Plantable) -> None:
        """Does what somebody did, as a superuser."""
        for sql in fault.sql:
            await self.play(Step(sql, ROOT, ""), keep=True)

    async def play(self, *steps: Step, keep: bool = False) -> list[Any]:
        """What the last step answers.

        Raises: asyncpg.PostgresError.
        """
        if self._root is None:
            rows: list[Any] = []
            for step in steps:
                async with self.session(step.role) as connection, connection.transaction():
                    rows = await self._step(connection, step)
            return rows
        transaction = self._root.transaction()
        await transaction.start()
        try:
            for step in steps:
                role = "DEFAULT" if step.role == ROOT else step.role
                await self._root.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
                await self._root.execute("SET LOCAL palisade.context = ''")
                path = "DEFAULT" if step.role == ROOT else "''"
                await self._root.execute(f"SET LOCAL search_path = {path}")
                rows = await self._step(self._root, step)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.commit() if keep else transaction.rollback())
        return rows

    async def _step(self, connection: asyncpg.Connection, step: Step) -> list[Any]:
        if step.side:
            side = self.attacker if step.side == "attacker" else self.victim
            await connection.execute("SELECT palisade.enter($1)", self.context(side))
        rows: list[Any] = await connection.fetch(self.filled(step.sql))
        return rows

    @asynccontextmanager
    async def session(self, role: str) -> AsyncIterator[asyncpg.Connection]:
        """A new connection of a role, where the fault is committed."""
        assert self._urls is not None
        url = self._urls.superuser if role == ROOT else _of_role(self._urls, role)
        connection = await asyncpg.connect(url, statement_cache_size=0)
        connection.add_log_listener(self.listen)
        try:
            yield connection
        finally:
            await connection.close()

    def listen(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        """Remembers what the server tells."""
        self.told.append(f"{message.message} {message.detail}")

    def context(self, party: Party, *, key: ContextKey | None = None, seconds: int = 300) -> str:
        """A signed context; with fewer than no ``seconds``, one that is past its time."""
        key = key or self._key
        message = f"{key.id}|{party.org_id}|{int(time.time()) + seconds}"
        mac = hmac.new(key.secret, message.encode(), hashlib.sha256).hexdigest()
        return f"{message}|{mac}"

    def filled(self, sql: str) -> str:
        """The SQL with what stands for the two organisations."""
        forged = self.context(self.victim)[:-64] + "0" * 64
        for name, value in {
            "attacker": str(self.attacker.org_id),
            "attacker_slug": self.attacker.slug,
            "victim": str(self.victim.org_id),
            "victim_slug": self.victim.slug,
            "victim_name": f"canary-{self.victim.mark}-vendor-name-0",
            "victim_context": self.context(self.victim),
            "lasting_context": self.context(self.victim, seconds=10**8),
            "expired_context": self.context(self.victim, seconds=-3600),
            "forged_context": forged,
            "planted_context": self.context(self.victim, key=PLANTED_KEY),
        }.items():
            sql = sql.replace(f"{{{name}}}", value)
        return sql

    def shown(self, text: str) -> bool:
        """Whether it tells something of the victim."""
        return self.victim.mark in text or str(self.victim.org_id) in text


Exploit = Callable[[Scene], Awaitable[bool]]


@dataclass(frozen=True)
class DatabaseHole:
    """A fault of the database.

    ``sql`` is run by a superuser, a statement each; ``undo`` takes back what of it is not of the
    one database. ``committed``: it shows in new sessions or after a commit only. ``outside``: its
    statements refuse to run in a transaction. ``needs``: an extension, or a version of the server.
    ``thorough``: it takes too long, or too much of the machine, for every run.
    """

    name: str
    story: str
    sql: tuple[str, ...]
    exploit: Exploit
    undo: tuple[str, ...] = ()
    committed: bool = False
    outside: bool = False
    needs: str = ""
    thorough: bool = False
    found_by: Literal["doctor", "prove"] = "doctor"

    kind = "database"


def shows(*steps: Step | str) -> Exploit:
    """The last step answers something of the victim."""

    async def exploit(scene: Scene) -> bool:
        try:
            return scene.shown(repr(await scene.play(*_steps(steps))))
        except asyncpg.PostgresError:
            return False

    return exploit


def runs(*steps: Step | str) -> Exploit:
    """All steps are allowed."""

    async def exploit(scene: Scene) -> bool:
        try:
            await scene.play(*_steps(steps))
        except asyncpg.PostgresError:
            return False
        return True

    return exploit


def holds(*steps: Step | str) -> Exploit:
    """The last step answers true."""

    async def exploit(scene: Scene) -> bool:
        try:
            rows = await scene.play(*_steps(steps))
        except asyncpg.PostgresError:
            return False
        return bool(rows and rows[0][0])

    return exploit


def tells(*steps: Step | str) -> Exploit:
    """What the server says besides has something of the victim: notices, and errors."""

    async def exploit(scene: Scene) -> bool:
        scene.told.clear()
        try:
            await scene.play(*_steps(steps))
        except asyncpg.PostgresError as error:
            scene.told.append(f"{error} {error.detail}")
        await asyncio.sleep(0)
        return any(map(scene.shown, scene.told))

    return exploit


def collides(state: str, *steps: Step | str) -> Exploit:
    """The last step is refused with this state: it tells that somebody else has the value."""

    async def exploit(scene: Scene) -> bool:
        try:
            await scene.play(*_steps(steps))
        except asyncpg.PostgresError as error:
            return bool(error.sqlstate == state)
        return False

    return exploit


def _steps(steps: tuple[Step | str, ...]) -> list[Step]:
    return [Step(step) if isinstance(step, str) else step for step in steps]


def _of_role(urls: Urls, role: str) -> str:
    return {"palisade_owner": urls.owner, "palisade_worker": urls.worker}.get(role, urls.app)
