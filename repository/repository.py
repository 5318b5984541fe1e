"""The only way to an organisation's records. Each repository is bound to one organisation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg

from models.conditions import Operator
from models.describe import Column
from models.events import AuditAction
from repository.checks import Checks, lock
from repository.compile.roots import Plan
from repository.criteria import Compare, Every
from repository.errors import (
    Duplicate,
    GuardRefused,
    LeadsBack,
    NotFound,
    ReferenceMissing,
    RepositoryError,
    RowRefused,
    SetOnce,
    Stale,
    ValueRefused,
    WrongState,
)
from repository.ids import new_id
from repository.journal import Move, journal_values, write_journal
from repository.reader import Reader, Row
from repository.reading import Payload
from repository.session import Session, entered
from repository.writes import (
    delete_statement,
    insert_statement,
    still_referenced,
    translate_violation,
    update_statement,
)

ROWS_PER_INSERT: Final = 500
# The protocol counts parameters in 16 bits.
PARAMETERS_PER_STATEMENT: Final = 32_000
# Of a record's audit event and outbox message.
JOURNAL_PARAMETERS: Final = 11

# What is wrong with one of many new records. Nothing else is tried again: of a lost connection
# nobody knows whether it committed.
_OF_A_RECORD: Final = (
    Duplicate,
    GuardRefused,
    LeadsBack,
    ReferenceMissing,
    RowRefused,
    ValueRefused,
)

Item = TypeVar("Item")


class Repository(Reader):
    """The records of one type, to be read and changed.

    What a caller doesn't see can't be changed either, and no change makes a record that the
    caller doesn't see.
    """

    def checks(self, values: Row) -> bool:
        """Whether creating such a record takes more than its own statement."""
        return Checks(self._session, self._table).needed(("id", *values))

    async def create(self, values: Row) -> Row:
        """A new record, with its audit event and outbox message.

        Raises: Duplicate, ReferenceMissing, ValueRefused, GuardRefused, LeadsBack, RowRefused.
        """
        (row,) = await self.create_many([values])
        return row

    async def create_many(self, many: Sequence[Row]) -> list[Row]:
        """New records, all or none.

        Shape: aligned with ``many``. One INSERT per 500 records that set the same columns.
        Raises: as `create`.
        """
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, row in enumerate(many):
            groups.setdefault(tuple(name for name in row if name != "id"), []).append(index)
        chunks = [
            (("id", *columns), indices[start : start + step])
            for columns, indices in groups.items()
            for step in [_step(len(columns) + 1)]
            for start in range(0, len(indices), step)
        ]
        if len(chunks) == 1 and not self.checks(many[0]):
            # One statement is a transaction of its own.
            async with self._translated():
                return await self._create(self._session, chunks[0][0], many)
        created: dict[int, Row] = {}
        async with self._changing() as session:
            for columns, indices in chunks:
                rows = await self._create(session, columns, [many[index] for index in indices])
                await Checks(session, self._table).after(rows, columns)
                created.update(zip(indices, rows, strict=True))
        return [created[index] for index in range(len(many))]

    async def create_each(self, many: Sequence[Row]) -> list[Row]:
        """New records as `create_many` makes them; an error tells which one it is about."""
        try:
            return await self.create_many(many)
        except _OF_A_RECORD:
            if self._session.transaction:
                raise  # of which nothing can happen any more
            # One after the other, which is slow, and finds the place.
            return await self._each(many, lambda repository, values: repository.create(values))

    async def create_and_answer(self, values: Row, payload: Payload, key: Hashable) -> str:
        """The text of a payload without pages, by the statement that creates the record.

        ``key`` tells this payload from every other one. Only where `checks` is false.
        Raises: Duplicate, ReferenceMissing, ValueRefused.
        """
        columns = ["id", *(name for name in values if name != "id")]
        statement = self._session.statements.kept(
            ("create", key, self._table.type, tuple(columns)),
            lambda: insert_statement(self._table, columns, self._session.catalog, payload=payload),
        )
        async with self._translated():
            made = [{"id": new_id(), **values}]
            return str(await self._session.write(statement, self._inserted(columns, made)))

    async def create_and_read(self, values: Row, plan: Plan) -> Any:
        """What a plan reads for a new record, in the transaction that creates the record.

        Raises: as `create`.
        """
        async with self._translated(), self._session.connections.transaction() as transaction:
            # All of its statements enter by themselves.
            session = replace(self._session, transaction=transaction)
            columns = ["id", *(name for name in values if name != "id")]
            rows = await self._create(session, columns, [values])
            await Checks(session, self._table).after(rows, columns)
            return await session.fetch(plan.statement, plan.values_for(rows[0]))

    async def _create(
        self, session: Session, columns: Sequence[str], many: Sequence[Row]
    ) -> list[Row]:
        made = [{"id": new_id(), **row} for row in many]
        statement = session.statements.kept(
            ("insert", self._table.type, tuple(columns), len(made)),
            lambda: insert_statement(self._table, columns, session.catalog, rows=len(made)),
        )
        records = await session.write(statement, self._inserted(columns, made))
        rows = {row["id"]: row for row in map(self._row, records)}
        return [rows[row["id"]] for row in made]

    def _inserted(self, columns: Sequence[str], made: Sequence[Row]) -> list[object]:
        """The values of new records, and those of their journal."""
        return [
            *(row[name] for row in made for name in columns),
            *journal_values(
                self._session.actor,
                self._table,
                AuditAction.CREATE,
                ids=[row["id"] for row in made],
                fields=[self._table.by_name[name].field for name in columns if name != "id"],
            ),
        ]

    async def update(self, id: UUID, *, version: int, values: Row) -> Row:
        """The record with these values, if it still is of this version.

        Raises: NotFound, Stale, and as `create`.
        """
        columns = tuple(values)
        statement = self._session.statements.kept(
            ("update", self._table.type, columns), lambda: update_statement(self._table, columns)
        )
        async with self._changing() as session:
            checks = Checks(session, self._table)
            await checks.before_update([id])
            records = await session.fetch(statement, [*values.values(), id, version])
            if not records:
                raise await self._why_not(session, id)
            row = self._row(records[0])
            await checks.after([row], columns)
            fields = [self._table.by_name[name].field for name in columns]
            await write_journal(session, self._table, AuditAction.UPDATE, ids=[id], fields=fields)
        return row

    async def update_each(self, many: Sequence[tuple[UUID, int, Row]]) -> list[Row]:
        """Updates by id, version and values, all or none; an error tells which one it is about.

        Raises: as `update`.
        """
        return await self._each(
            many,
            lambda repository, one: repository.update(one[0], version=one[1], values=one[2]),
        )

    async def upsert_each(
        self, many: Sequence[Row], *, key: Sequence[str], settable: frozenset[str]
    ) -> list[Row]:
        """Records by a unique key, all or none: new ones, or new values for those that are there.

        ``settable`` are the columns that may change once a record is there; another one must have
        the value it has. An error tells which record it is about.
        Raises: Duplicate, where the caller doesn't see the record that is there; as `update`.
        """

        async def upsert(repository: Repository, values: Row) -> Row:
            return await repository._upsert(values, key=key, settable=settable)

        try:
            return await self._each(many, upsert)
        except Duplicate:
            if self._session.transaction:
                raise
            # Somebody made one at the same time: now it is there.
            return await self._each(many, upsert)

    async def _upsert(self, values: Row, *, key: Sequence[str], settable: frozenset[str]) -> Row:
        where = Every(
            tuple(Compare(self._table.by_name[name], Operator.EQ, values.get(name)) for name in key)
        )
        found = None
        if all(values.get(name) is not None for name in key):
            found = await Reader(self._session.seeing_all, self._table).find(where)
        if found is None:
            return await self.create(values)
        await lock(self._session, self._table, [found["id"]])
        (found,) = await self.get_many([found["id"]])
        if found is None:
            raise Duplicate(tuple(key))
        changes = {name: value for name, value in values.items() if value != found[name]}
        for name in changes:
            if name not in settable:
                raise SetOnce(name)
        if not changes:
            return found
        return await self.update(found["id"], version=found["version"], values=changes)

    async def transition(
        self, id: UUID, column: Column, *, name: str, version: int, reason: str | None = None
    ) -> Row:
        """The record after a named transition of a choice column.

        Raises: NotFound, Stale, WrongState, GuardRefused, RowRefused.
        """
        transition = column.transitions[name]
        statement = self._session.statements.kept(
            ("transition", self._table.type, column.name),
            lambda: update_statement(self._table, [column.name], sources=column.name),
        )
        async with self._changing() as session:
            checks = Checks(session, self._table)
            await checks.before([id])
            arguments = [transition.target, id, version, list(transition.sources)]
            records = await session.fetch(statement, arguments)
            if not records:
                raise await self._why_not(session, id, version=version, column=column)
            row = self._row(records[0])
            await checks.after([row], [column.name], guards=transition.guards)
            await write_journal(
                session,
                self._table,
                AuditAction.UPDATE,
                ids=[id],
                fields=[column.field],
                move=Move(name, reason),
            )
        return row

    async def delete(self, id: UUID, *, version: int | None = None) -> Row:
        """The record as it was, deleted; with ``version``, only if it still is of it.

        Raises: NotFound, Stale, StillReferenced.
        """
        versioned = version is not None
        statement = self._session.statements.kept(
            ("delete", self._table.type, versioned),
            lambda: delete_statement(self._table, versioned=versioned),
        )
        async with self._changing() as session:
            await Checks(session, self._table).before_deletion(id)
            arguments: list[object] = [id] if version is None else [id, version]
            try:
                records = await session.fetch(statement, arguments)
            except asyncpg.ForeignKeyViolationError as error:
                raise still_referenced(error, session.catalog) from error
            if not records:
                raise await self._why_not(session, id)
            await write_journal(session, self._table, AuditAction.DELETE, ids=[id], fields=[])
        return self._row(records[0])

    async def delete_each(self, many: Sequence[tuple[UUID, int | None]]) -> list[Row]:
        """Deletions by id and version, all or none; an error tells which one it is about.

        Raises: as `delete`.
        """
        return await self._each(
            many, lambda repository, one: repository.delete(one[0], version=one[1])
        )

    async def _each(
        self, many: Sequence[Item], change: Callable[["Repository", Item], Awaitable[Row]]
    ) -> list[Row]:
        """One change after the other in one transaction."""
        rows: list[Row] = []
        async with self._changing() as session:
            repository = Repository(session, self._table)
            for index, item in enumerate(many):
                try:
                    rows.append(await change(repository, item))
                except RepositoryError as error:
                    error.index = index
                    raise
        return rows

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Session]:
        """A transaction entered as this organisation, constraint errors translated."""
        async with self._translated():
            if self._session.transaction:
                yield self._session
            else:
                async with entered(self._session) as session:
                    yield session

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except asyncpg.IntegrityConstraintViolationError as error:
            raise translate_violation(error, self._table) from error

    async def _why_not(
        self,
        session: Session,
        id: UUID,
        *,
        version: int | None = None,
        column: Column | None = None,
    ) -> NotFound | Stale | WrongState:
        """Why a write met no record: it is gone, or of another version, or the column's state."""
        (row,) = await Reader(session, self._table).get_many([id])
        if row is None:
            return NotFound()
        if column is not None and row["version"] == version:
            state = row[column.name]
            moves = (
                f"{name}{self._table.type}"
                for name, transition in column.transitions.items()
                if state in transition.sources
            )
            return WrongState(column.field, state, tuple(moves))
        return Stale()


def _step(columns: int) -> int:
    """How many records of so many columns one statement inserts."""
    return min(ROWS_PER_INSERT, PARAMETERS_PER_STATEMENT // (columns + JOURNAL_PARAMETERS))
