"""What commits with every change: an audit event and an outbox message for each record.

Both say which record changed and which of its fields were set, never a value.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from models.describe import Catalog, Table
from models.events import AuditAction
from repository.actor import Actor
from repository.binds import Binds, Statement, compile_statement
from repository.ids import new_id
from repository.session import Session

ROWS_PER_STATEMENT: Final = 500

_AUDIT: Final = (
    "id",
    "actor",
    "client_id",
    "request_id",
    "action",
    "record_type",
    "record_id",
    "fields",
)
_OUTBOX: Final = ("id", "topic", "record_id")


async def write_journal(
    session: Session,
    table: Table,
    action: AuditAction,
    *,
    ids: Sequence[UUID],
    fields: Sequence[str],
) -> None:
    """Writes the events and messages of one change to many records, in the session's transaction.

    One statement per 500 records.
    """
    for start in range(0, len(ids), ROWS_PER_STATEMENT):
        chunk = ids[start : start + ROWS_PER_STATEMENT]
        values = journal_values(session.actor, table, action, ids=chunk, fields=fields)
        await session.fetch_row(_statement(session, len(chunk)), values)


def journal_values(
    actor: Actor,
    table: Table,
    action: AuditAction,
    *,
    ids: Sequence[UUID],
    fields: Sequence[str],
) -> list[object]:
    """What `journal_ctes` binds: the events row by row, then the messages."""
    who = (actor.subject, actor.client_id, actor.request_id)
    values: list[object] = []
    for id in ids:
        values += [new_id(), *who, action.value, table.type, str(id), list(fields)]
    for id in ids:
        values += [new_id(), f"{table.type}.{action}", str(id)]
    return values


def _statement(session: Session, rows: int) -> Statement:
    return session.statements.kept(
        ("journal", rows), lambda: journal_statement(session.catalog, rows=rows)
    )


def journal_statement(catalog: Catalog, *, rows: int) -> Statement:
    """Inserts events and messages. Values: the events row by row, then the messages."""
    binds = Binds()
    return compile_statement(
        sa.select(sa.literal_column("true")).add_cte(
            *journal_ctes(catalog, binds, binds.org_id, rows=rows)
        )
    )


def journal_ctes(
    catalog: Catalog, binds: Binds, org_id: sa.ColumnElement[UUID], *, rows: int
) -> tuple[sa.CTE, sa.CTE]:
    """Inserts events and messages, beside another statement."""

    def values(table: Table, columns: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"org_id": org_id} | {name: binds.value(table.core.c[name].type) for name in columns}
            for _ in range(rows)
        ]

    audit, outbox = catalog.tables["AuditEvent"], catalog.tables["OutboxMessage"]
    return (
        sa.insert(audit.core).values(values(audit, _AUDIT)).cte("audited"),
        sa.insert(outbox.core).values(values(outbox, _OUTBOX)).cte("told"),
    )
