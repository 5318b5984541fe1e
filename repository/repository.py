"""The only way to an organisation's records. Each repository is bound to one organisation."""

from collections.abc import AsyncIterator, Awaitable, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import asyncpg

from auth.organization import OrgId
from models.base import Model
from models.describe import Column, Relation, Table
from models.events import AuditAction
from repository import criteria as conditions
from repository.binds import Statement
from repository.compile.roots import Plan
from repository.criteria import ALL, Criteria
from repository.errors import NotFound, Stale, WrongState
from repository.ids import new_id
from repository.journal import journal_values, write_journal
from repository.order import complete_order
from repository.reading import Payload
from repository.session import Session, entered
from repository.statements import Aggregation, PageRequest
from repository.writes import (
    delete_statement,
    insert_statement,
    still_referenced,
    translate_violation,
    update_statement,
)

Row = Mapping[str, Any]
ROWS_PER_INSERT: Final = 500
# The protocol counts parameters in 16 bits.
PARAMETERS_PER_STATEMENT: Final = 32_000
# Of a record's audit event and outbox message.
JOURNAL_PARAMETERS: Final = 11


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows. ``cursors`` is aligned with ``rows``; empty unless asked for."""

    rows: list[Row]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    total: int | None


class Repositories:
    """The repositories of one organisation, by type."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._made: dict[str, Repository] = {}

    @property
    def org_id(self) -> OrgId:
        """The organisation all of them are bound to."""
        return self._session.org_id

    def of(self, model: type[Model] | Table) -> "Repository":
        """The repository of a model, or of its description."""
        name = model.type if isinstance(model, Table) else model.__name__
        made = self._made.get(name)
        if made is None:
            made = Repository(self._session, self._session.catalog.tables[name])
            self._made[name] = made
        return made

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Repositories"]:
        """Repositories that share one transaction: all of their writes happen, or none."""
        if self._session.transaction:
            yield self
            return
        async with entered(self._session) as session:
            yield Repositories(session)

    def read(self, statement: Statement, values: Sequence[object]) -> Awaitable[Any]:
        """What a compiled read answers: finished JSON text, or a list of such texts."""
        return self._session.fetch(statement, values)

    async def types_of(self, ids: Sequence[UUID], among: Sequence[Table]) -> dict[UUID, Table]:
        """Which of the tables holds each id. Absent: unknown, or another organisation's."""
        if not ids or not among:
            return {}
        statement = self._session.statements.owners_of(among)
        found = await self._session.fetch(statement, [ids])
        types: dict[UUID, Table] = {}
        for type_name, id in found:
            types.setdefault(id, self._session.catalog.tables[type_name])
        return types


class Repository:
    """The records of one type of one organisation. No method takes an organisation."""

    def __init__(self, session: Session, table: Table) -> None:
        self._session = session
        self._table = table
        self._names = ("__typename", *(column.name for column in table.columns))

    async def get(self, id: UUID) -> Row:
        """The record.

        Raises: NotFound, also where it is another organisation's.
        """
        (row,) = await self.get_many([id])
        if row is None:
            raise NotFound
        return row

    async def get_many(self, ids: Sequence[UUID]) -> list[Row | None]:
        """Rows by id; None where absent or another organisation's.

        Shape: aligned with ids, same length. One SELECT.
        Raises: DatabaseUnavailable.
        Source: GraphQL DataLoader, "batch function".
        """
        statement = self._session.statements.by_ids(self._table)
        records = await self._session.fetch(statement, [ids])
        rows = {row["id"]: row for row in map(self._row, records)}
        return [rows.get(id) for id in ids]

    async def find(self, where: Criteria) -> Row | None:
        """The first record that meets the criteria, by id; None where there is none."""
        page = await self.page(PageRequest(complete_order(self._table, ()), 1, where))
        return page.rows[0] if page.rows else None

    async def page(self, request: PageRequest) -> Page:
        """One keyset page. One SELECT."""
        statement = self._session.statements.page(self._table, request)
        records, *totals = await self._session.fetch_row(statement, request.values)
        return self._page(request, records, total=totals[0] if totals else None)

    async def pages(
        self, relation: Relation, parents: Sequence[UUID], request: PageRequest
    ) -> list[Page]:
        """The same page of a relation's records for many parents of this type.

        Shape: aligned with ``parents``, same length. One SELECT.
        """
        target = Repository(self._session, self._session.catalog.target(relation))
        statement = self._session.statements.pages(self._table, relation, request)
        distinct = list(dict.fromkeys(parents))
        found, *totals = await self._session.fetch_row(statement, [distinct, *request.values])
        records: dict[UUID, list[Sequence[Any]]] = {parent: [] for parent in parents}
        for parent, *record in found:
            records[parent].append(record)
        total = dict(totals[0]) if totals else {}
        return [
            target._page(request, records[parent], total=total.get(parent)) for parent in parents
        ]

    async def count(self, where: Criteria = ALL) -> int:
        """How many records meet the criteria."""
        (count,) = await self.aggregate(where, [Aggregation("count")])
        assert isinstance(count, int)
        return count

    async def aggregate(self, where: Criteria, figures: Sequence[Aggregation]) -> list[object]:
        """The figures over the records that meet the criteria; None over no records."""
        statement = self._session.statements.aggregate(self._table, where, figures)
        return list(await self._session.fetch(statement, list(conditions.values(where))))

    async def create(self, values: Row) -> Row:
        """A new record, with its audit event and outbox message.

        Raises: Duplicate, ReferenceMissing, ValueRefused.
        """
        (row,) = await self.create_many([values])
        return row

    async def create_many(self, many: Sequence[Row]) -> list[Row]:
        """New records, all or none; the columns are those of the first.

        Shape: aligned with ``many``. One INSERT per 500 records.
        """
        if not many:
            return []
        columns = ["id", *(name for name in many[0] if name != "id")]
        step = min(ROWS_PER_INSERT, PARAMETERS_PER_STATEMENT // (len(columns) + JOURNAL_PARAMETERS))
        chunks = [many[start : start + step] for start in range(0, len(many), step)]
        if len(chunks) == 1:
            # One statement is a transaction of its own.
            async with self._translated():
                return await self._create(self._session, columns, many)
        created: list[Row] = []
        async with self._changing() as session:
            for chunk in chunks:
                created += await self._create(session, columns, chunk)
        return created

    async def create_and_answer(self, values: Row, payload: Payload, key: Hashable) -> str:
        """The text of a payload without pages, by the statement that creates the record.

        ``key`` tells this payload from every other one.
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

        Raises: Duplicate, ReferenceMissing, ValueRefused.
        """
        async with self._translated(), self._session.connections.transaction() as transaction:
            # Both statements enter by themselves.
            session = replace(self._session, transaction=transaction)
            columns = ["id", *(name for name in values if name != "id")]
            (row,) = await self._create(session, columns, [values])
            return await session.fetch(plan.statement, plan.values_for(row))

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

        Raises: NotFound, Stale, Duplicate, ReferenceMissing, ValueRefused.
        """
        columns = tuple(values)
        statement = self._session.statements.kept(
            ("update", self._table.type, columns), lambda: update_statement(self._table, columns)
        )
        async with self._changing() as session:
            records = await session.fetch(statement, [*values.values(), id, version])
            if not records:
                raise await self._why_not(session, id)
            fields = [self._table.by_name[name].field for name in columns]
            await write_journal(session, self._table, AuditAction.UPDATE, ids=[id], fields=fields)
        return self._row(records[0])

    async def transition(self, id: UUID, column: Column, *, name: str, version: int) -> Row:
        """The record after a named transition of a choice column.

        Raises: NotFound, Stale, WrongState.
        """
        transition = column.transitions[name]
        statement = self._session.statements.kept(
            ("transition", self._table.type, column.name),
            lambda: update_statement(self._table, [column.name], sources=column.name),
        )
        async with self._changing() as session:
            arguments = [transition.target, id, version, list(transition.sources)]
            records = await session.fetch(statement, arguments)
            if not records:
                wrong = WrongState(column.field, transition.sources)
                raise await self._why_not(session, id, version=version, otherwise=wrong)
            await write_journal(
                session, self._table, AuditAction.UPDATE, ids=[id], fields=[column.field]
            )
        return self._row(records[0])

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
            arguments: list[object] = [id] if version is None else [id, version]
            try:
                records = await session.fetch(statement, arguments)
            except asyncpg.ForeignKeyViolationError as error:
                raise still_referenced(error, session.catalog) from error
            if not records:
                raise await self._why_not(session, id)
            await write_journal(session, self._table, AuditAction.DELETE, ids=[id], fields=[])
        return self._row(records[0])

    def _row(self, record: Iterable[object]) -> Row:
        return dict(zip(self._names, (self._table.type, *record), strict=True))

    def _page(
        self, request: PageRequest, records: list[Sequence[Any]], *, total: int | None
    ) -> Page:
        more = len(records) > request.limit
        records = records[: request.limit]
        if request.backward:
            records.reverse()
        cursors: list[str] = []
        if request.with_cursors:
            cursors = [record[-1] for record in records]
            records = [record[:-1] for record in records]
        beyond = request.cursor is not None
        return Page(
            rows=[self._row(record) for record in records],
            cursors=cursors,
            has_next=beyond if request.backward else more,
            has_previous=more if request.backward else beyond,
            total=total,
        )

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
        otherwise: WrongState | None = None,
    ) -> NotFound | Stale | WrongState:
        """Why a write met no record: it is gone, or of another version, or ``otherwise``."""
        (row,) = await Repository(session, self._table).get_many([id])
        if row is None:
            return NotFound()
        if otherwise and row["version"] == version:
            return otherwise
        return Stale()
