"""Many records that get the same values."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from models.describe import Table
from models.events import AuditAction
from repository.binds import Binds, Statement, compile_statement
from repository.checks import Checks
from repository.errors import NotFound
from repository.journal import write_journal
from repository.reader import Row
from repository.repositories import Repositories
from repository.writes import translate_violation


async def update_alike(
    repositories: Repositories, table: Table, ids: Sequence[UUID], *, values: Mapping[str, object]
) -> list[Row]:
    """The records with these values, of whichever version they are; all of them or none.

    One UPDATE, with an audit event and an outbox message for each record.
    Raises: NotFound, and what a change of one record raises, but for Stale.
    """
    if not ids:
        return []
    columns = tuple(values)
    async with repositories.transaction() as held:
        session = held.session
        checks = Checks(session, table)
        await checks.before_update(ids)
        statement = session.statements.kept(
            ("update_alike", table.type, columns), lambda: _statement(table, columns)
        )
        try:
            records = await session.fetch(statement, [*values.values(), list(ids)])
        except asyncpg.IntegrityConstraintViolationError as error:
            raise translate_violation(error, table) from error
        rows = held.of(table).rows(records)
        if len(rows) != len(set(ids)):
            raise NotFound
        await checks.after(rows, columns)
        fields = [table.by_name[name].field for name in columns]
        await write_journal(session, table, AuditAction.UPDATE, ids=ids, fields=fields)
    return rows


def _statement(table: Table, columns: Sequence[str]) -> Statement:
    """Values: the columns', then the ids."""
    binds = Binds()
    core = table.core
    values: dict[str, Any] = {name: binds.value(core.c[name].type) for name in columns}
    values["version"] = core.c.version + sa.literal_column("1")
    values["updated_at"] = sa.func.now()
    among = core.c.id == sa.func.any(binds.value(sa.ARRAY(sa.Uuid())))
    changed = sa.update(core).where(core.c.org_id == binds.org_id, among).values(values)
    updated = changed.returning(core).cte("updated")
    record = sa.func.row(*(updated.c[column.name] for column in table.columns))
    return compile_statement(sa.select(sa.func.array(sa.select(record).scalar_subquery())))
