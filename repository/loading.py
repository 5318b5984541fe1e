"""Many records at a time: written in parts, of which a refused one leaves the others standing."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from models.describe import Cardinality, Catalog, Column, Table
from models.events import AuditAction
from repository.binds import Binds, Statement, compile_statement
from repository.checks import Checks
from repository.errors import (
    Duplicate,
    LeadsBack,
    ReferenceMissing,
    RepositoryError,
    StillReferenced,
    ValueRefused,
)
from repository.journal import journal_ctes, journal_values
from repository.reader import Row
from repository.repositories import Repositories
from repository.session import Session, entered
from repository.writes import translate_violation

LARGEST_PART: Final = 500
# A statement is kept for each number of rows, and one of 500 takes megabytes on the server.
_PARTS: Final = (LARGEST_PART, 256, 128, 64, 32, 16, 8, 4, 2, 1)
_SILENCE: Final = timedelta(seconds=2)


# What another record may fare better with; all else is of the whole load.
_OF_A_RECORD = (Duplicate, LeadsBack, ReferenceMissing, StillReferenced, ValueRefused)


class Loading:
    """One organisation's records while they are loaded, inside a transaction."""

    def __init__(self, session: Session) -> None:
        assert session.transaction is not None, "loading goes on in a transaction"
        self._session = session
        self._transaction = session.transaction
        self.repositories = Repositories(session)
        self._last = time.monotonic()

    async def there(self, table: Table, ids: Sequence[UUID]) -> dict[UUID, Row]:
        """The records among the ids that are there already."""
        self._last = time.monotonic()
        found = await self.repositories.of(table).get_many(ids)
        return {row["id"]: row for row in found if row is not None}

    def target(self, table: Table, column: str) -> Table:
        """The type that a reference leads to."""
        return next(
            self._session.catalog.target(relation)
            for relation in table.relations
            if relation.cardinality is Cardinality.ONE and relation.key == column
        )

    async def create(self, table: Table, rows: Sequence[Row]) -> RepositoryError | None:
        """Records that have ids, all or none, with their audit events and outbox messages; what
        refused them, where it is for one of the rows.

        The columns are those of the first. What a change has to meet beyond the constraints is not
        asked, for what is loaded may have been right in its time, or lead to what is loaded later.
        Raises: DatabaseUnavailable, ContextRefused, TooSlow.
        """
        columns = ("id", *(name for name in rows[0] if name != "id"))

        async def insert() -> None:
            for part in _parts(rows):
                await self._insert(table, columns, part)

        return await self._part(table, insert)

    async def _insert(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        session = self._session
        statement = session.statements.kept(
            ("load", table.type, columns, len(rows)),
            lambda: _load_statement(session.catalog, table, columns, rows=len(rows)),
        )
        fields = [table.by_name[name].field for name in columns if name != "id"]
        journal = journal_values(
            session.actor,
            table,
            AuditAction.CREATE,
            ids=[row["id"] for row in rows],
            fields=fields,
        )
        await session.fetch(statement, [*(row[name] for row in rows for name in columns), *journal])

    async def update(self, table: Table, row: Row, values: Row) -> RepositoryError | None:
        """New values of a record as it was read; what refused them.

        Raises: DatabaseUnavailable, ContextRefused, TooSlow.
        """

        async def update() -> None:
            repository = self.repositories.of(table)
            await repository.update(row["id"], version=row["version"], values=values)

        return await self._part(table, update)

    async def delete(self, table: Table, row: Row) -> RepositoryError | None:
        """Deletes a record as it was read; what refused it.

        Raises: DatabaseUnavailable, ContextRefused, TooSlow, Stale.
        """

        async def delete() -> None:
            await self.repositories.of(table).delete(row["id"], version=row["version"])

        return await self._part(table, delete)

    async def refer(
        self, table: Table, column: Column, pairs: Sequence[tuple[UUID, UUID]]
    ) -> RepositoryError | None:
        """Fills references that are empty: id of the record, id of what it refers to.

        All or none; what refused them, where it is for one of them. Part of the records' creation,
        so neither their version nor the journal counts it.
        Raises: DatabaseUnavailable, ContextRefused, TooSlow.
        """
        statement = self._session.statements.kept(
            ("refer", table.type, column.name), lambda: _refer_statement(table, column)
        )
        ids, targets = (list(side) for side in zip(*pairs, strict=True))

        async def refer() -> None:
            await self._session.fetch(statement, [ids, targets])
            for relation in table.relations:
                if relation.acyclic and relation.key == column.name:
                    await Checks(self._session, table).check_acyclic(relation, ids)

        return await self._part(table, refer)

    async def stay(self) -> None:
        """Keeps the transaction from being ended as idle while nothing is written for long."""
        if time.monotonic() - self._last > _SILENCE.total_seconds():
            self._last = time.monotonic()
            await self._transaction.fetch_row("SELECT 1", [])

    async def _part(
        self, table: Table, write: Callable[[], Awaitable[None]]
    ) -> RepositoryError | None:
        """Writes a part, or undoes it where it is refused; the transaction goes on.

        The context is set anew: a load may take longer than one is good for.
        """
        self._last = time.monotonic()
        context = self._session.signer.sign(self._session.org_id)
        await self._transaction.fetch_row("SELECT palisade.enter($1)", [context])
        await self._transaction.fetch_row("SAVEPOINT part", [])
        try:
            try:
                await write()
            except asyncpg.IntegrityConstraintViolationError as error:
                raise translate_violation(error, table) from error
        except _OF_A_RECORD as error:
            await self._transaction.fetch_row("ROLLBACK TO SAVEPOINT part", [])
            self._transaction.failure = None
            return error
        await self._transaction.fetch_row("RELEASE SAVEPOINT part", [])
        return None


@asynccontextmanager
async def loading(session: Session) -> AsyncIterator[Loading]:
    """A transaction to load records in: what is loaded in the block is kept, or nothing of it."""
    async with entered(session) as inside:
        yield Loading(inside)


@asynccontextmanager
async def snapshot(session: Session) -> AsyncIterator[Repositories]:
    """Repositories that see one moment, however long is read; nothing can be written."""
    async with session.connections.transaction() as transaction:
        await transaction.fetch_row(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", []
        )
        # Each statement enters by itself, with a context that is still good.
        yield Repositories(replace(session, transaction=transaction))


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    while start < len(rows):
        size = next(size for size in _PARTS if size <= len(rows) - start)
        yield rows[start : start + size]
        start += size


def _load_statement(
    catalog: Catalog, table: Table, columns: Sequence[str], *, rows: int
) -> Statement:
    """Inserts rows in a transaction that is entered. Values: row by row, then the journal's."""
    binds = Binds()
    values = [
        {"org_id": binds.org_id} | {name: binds.value(table.core.c[name].type) for name in columns}
        for _ in range(rows)
    ]
    inserted = sa.insert(table.core).values(values).cte("inserted")
    journal = journal_ctes(catalog, binds, binds.org_id, rows=rows)
    return compile_statement(sa.select(sa.literal_column("true")).add_cte(inserted, *journal))


def _refer_statement(table: Table, column: Column) -> Statement:
    """Values: the ids, what they refer to."""
    binds = Binds()
    core = table.core
    ids, targets = (binds.value(sa.ARRAY(sa.Uuid())) for _ in range(2))
    pairs = (
        sa.func.unnest(ids, targets)
        .table_valued(sa.column("id", sa.Uuid()), sa.column("target", sa.Uuid()), name="pairs")
        .render_derived()
    )
    updated = (
        sa.update(core)
        .values({column.name: pairs.c.target})
        .where(
            core.c.org_id == binds.org_id,
            core.c.id == pairs.c.id,
            core.c[column.name].is_(None),
        )
        .returning(core.c.id)
        .cte("updated")
    )
    return compile_statement(sa.select(sa.func.array(sa.select(updated.c.id).scalar_subquery())))
