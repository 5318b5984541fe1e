"""Attacks by somebody who has SQL of the application's role, each in a transaction of its own.

The attacker has a genuine context of the own organisation, and where the attack says so one of
the victim that is genuine but for one thing.
"""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg

from auth.organization import OrgId
from models.describe import Table
from repository.context import ContextKey, ContextSigner
from repository.sql import column_name
from repository.walls import APP, OWNER
from tests.ablation.inhabitants import ORGANIZATION, Scene, made_value

HOUR = 3600


class Intruder:
    """A superuser's connection in a transaction, acting as another role until it is rolled back."""

    def __init__(self, connection: asyncpg.Connection, scene: Scene) -> None:
        self.connection = connection
        self.scene = scene
        self._signer = ContextSigner(scene.key)

    async def become(self, role: str) -> None:
        await self.connection.execute(f"SET SESSION AUTHORIZATION {role}")

    async def enter(self, context: str) -> None:
        await self.connection.execute("SELECT palisade.enter($1)", context)

    async def enter_own(self) -> None:
        await self.enter(self._signer.sign(self.scene.attacker))

    def context(self, org_id: OrgId, *, key: ContextKey | None = None, seconds: int = HOUR) -> str:
        """A context of an organisation; mac and form are right."""
        key = key or self.scene.key
        message = f"{key.id}|{org_id}|{int(time.time()) + seconds}"
        mac = hmac.new(key.secret, message.encode(), hashlib.sha256).hexdigest()
        return f"{message}|{mac}"

    async def try_out(self, attack: "Attack", table: Table) -> bool:
        """Whether the attack got through; whatever it did is undone."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            return await attack(self, table)
        except asyncpg.PostgresError:
            return False
        finally:
            await transaction.rollback()

    async def reads(self, table: Table, org_id: OrgId) -> bool:
        """Whether rows of an organisation are seen."""
        statement = f"SELECT org_id FROM {table.qualified_name}"
        return org_id.value in [row[0] for row in await self.connection.fetch(statement)]

    async def inserts(self, table: Table, org_id: OrgId) -> bool:
        """Whether a row of an organisation can be added: a copy of one's first, of a new id."""
        await self.connection.execute("RESET SESSION AUTHORIZATION")
        (row,) = await self.connection.fetch(
            f"SELECT * FROM {table.qualified_name} WHERE org_id = $1 LIMIT 1", org_id.value
        )
        values = dict(row) | {"id": uuid4()}
        for columns in (*table.unique, *table.unique_while):
            for column in map(table.by_name.__getitem__, columns):
                values[column.name] = made_value(column, int(time.time_ns() % 10**9))
        await self.become(APP)
        names = ", ".join(map(column_name, values))
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        insert = f"INSERT INTO {table.qualified_name} ({names}) VALUES ({places})"
        return await self.connection.execute(insert, *values.values()) == "INSERT 0 1"

    async def victims_rows(self, table: Table) -> list[tuple[object, ...]]:
        """What there is of the victim, as a superuser sees it."""
        await self.connection.execute("RESET SESSION AUTHORIZATION")
        rows = await self.connection.fetch(
            f"SELECT id, version FROM {table.qualified_name} WHERE org_id = $1 ORDER BY id",
            self.scene.victim.value,
        )
        return [tuple(row) for row in rows]


Attack = Callable[[Intruder, Table], Awaitable[bool]]


async def _read(intruder: Intruder, table: Table) -> bool:
    await intruder.become(APP)
    await intruder.enter_own()
    assert await intruder.reads(table, intruder.scene.attacker)
    return await intruder.reads(table, intruder.scene.victim)


async def _insert(intruder: Intruder, table: Table) -> bool:
    await intruder.become(APP)
    await intruder.enter_own()
    return await intruder.inserts(table, intruder.scene.victim)


def _changing(statement: str, *, to_victim: bool = False) -> Attack:
    """A statement that reads no column: else the policy for reading is asked as well."""

    async def attack(intruder: Intruder, table: Table) -> bool:
        before = await intruder.victims_rows(table)
        await intruder.become(APP)
        await intruder.enter_own()
        values = [intruder.scene.victim.value] if to_victim else []
        await intruder.connection.execute(statement.format(table.qualified_name), *values)
        return await intruder.victims_rows(table) != before

    return attack


async def _owner(intruder: Intruder, table: Table) -> bool:
    await intruder.become(OWNER)
    return await intruder.reads(table, intruder.scene.victim)


POLICY_ATTACKS: dict[str, Attack] = {
    "reading": _read,
    "inserting": _insert,
    "updating": _changing("UPDATE {} SET version = 99"),
    "moving own rows over": _changing("UPDATE {} SET org_id = $1", to_victim=True),
    "deleting": _changing("DELETE FROM {}"),
    "reading as the owner of the tables": _owner,
}
"""On rows of the victim, of every table."""


def exempt(attack: str, table: Table) -> bool:
    """An organisation is one row of its own id, which a rule of its table says."""
    return table.type == ORGANIZATION and attack in ("inserting", "moving own rows over")


def _with_context(make: Callable[[Intruder], str], *, writing: bool) -> Attack:
    async def attack(intruder: Intruder, table: Table) -> bool:
        context = make(intruder)
        await intruder.become(APP)
        await intruder.enter(context)
        if writing:
            return await intruder.inserts(table, intruder.scene.victim)
        return await intruder.reads(table, intruder.scene.victim)

    return attack


def _forged(intruder: Intruder) -> str:
    own, theirs = (
        intruder.context(one) for one in (intruder.scene.attacker, intruder.scene.victim)
    )
    return f"{theirs[:-64]}{own[-64:]}"


def _expired(intruder: Intruder) -> str:
    return intruder.context(intruder.scene.victim, seconds=-1)


def _retired(intruder: Intruder) -> str:
    return intruder.context(intruder.scene.victim, key=intruder.scene.retired_key)


async def _two(intruder: Intruder, table: Table) -> bool:
    theirs = intruder.context(intruder.scene.victim)
    await intruder.become(APP)
    await intruder.enter_own()
    assert await intruder.reads(table, intruder.scene.attacker)
    await intruder.enter(theirs)
    return await intruder.reads(table, intruder.scene.victim)


async def _frozen(intruder: Intruder, table: Table) -> bool:
    context = intruder.context(intruder.scene.frozen)
    await intruder.become(APP)
    await intruder.enter(context)
    return await intruder.inserts(table, intruder.scene.frozen)


async def _none(intruder: Intruder, table: Table) -> bool:
    await intruder.become(APP)
    return await intruder.reads(table, intruder.scene.victim)


CONTEXT_ATTACKS: dict[str, Attack] = {
    "reading without a context": _none,
    "reading with a forged context": _with_context(_forged, writing=False),
    "inserting with a forged context": _with_context(_forged, writing=True),
    "reading with an expired context": _with_context(_expired, writing=False),
    "inserting with an expired context": _with_context(_expired, writing=True),
    "reading with a context of a retired key": _with_context(_retired, writing=False),
    "inserting with a context of a retired key": _with_context(_retired, writing=True),
    "two organisations in one transaction": _two,
    "changing a frozen organisation": _frozen,
}
"""On rows of the victim, of one table."""
