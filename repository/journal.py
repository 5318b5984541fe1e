"""What commits with every change: an audit event and an outbox message for each record.

Both say which record changed and which of its fields were set, never a value. An event of a
transition has its name and the caller's reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
_MOVE: Final = ("move", "reason")
_OUTBOX: Final = ("id", "topic", "record_id")


@dataclass(frozen=True, slots=True)
class Move:
    """A named transition, and why the caller made it."""

    name: str
    reason: str | None


async def write_journal(
    session: Session,
    table: Table,
    action: AuditAction,
    *,
    ids: Sequence[UUID],
    fields: Sequence[str],
    move: Move | None = None,
) -> None:
    """Writes the events and messages of one change to many records, in the session's transaction.

    One statement per 500 records.
    """
    for start in range(0, len(ids), ROWS_PER_STATEMENT):
        chunk = ids[start : start + ROWS_PER_STATEMENT]
        values = journal_values(session.actor, table, action, ids=chunk, fields=fields, move=move)
        await session.fetch_row(_statement(session, len(chunk), moved=move is not None), values)


def journal_values(
    actor: Actor,
    table: Table,
    action: AuditAction,
    *,
    ids: Sequence[UUID],
    fields: Sequence[str],
    move: Move | None = None,
) -> list[object]:
    """What `journal_ctes` binds: the events row by row, then the messages."""
    who = (actor.subject, actor.client_id, actor.request_id)
    how = (move.name, move.reason) if move else ()
    values: list[object] = []
    for id in ids:
        values += [new_id(), *who, action.value, table.type, str(id), list(fields), *how]
    for id in ids:
        values += [new_id(), f"{table.type}.{action}", str(id)]
    return values


def _statement(session: Session, rows: int, *, moved: bool) -> Statement:
    return session.statements.kept(
        ("journal", rows, moved),
        lambda: journal_statement(session.catalog, rows=rows, moved=moved),
    )


def journal_statement(catalog: Catalog, *, rows: int, moved: bool = False) -> Statement:
    """Inserts events and messages. Values: the events row by row, then the messages."""
    binds = Binds()
    return compile_statement(
        sa.select(sa.literal_column("true")).add_cte(
            *journal_ctes(catalog, binds, binds.org_id, rows=rows, moved=moved)
        )
    )


def journal_ctes(
    catalog: Catalog,
    binds: Binds,
    org_id: sa.ColumnElement[UUID],
    *,
    rows: int,
    moved: bool = False,
) -> tuple[sa.CTE, sa.CTE]:
    """Inserts events and messages, beside another statement; ``moved`` tells of a transition."""

    def values(table: Table, columns: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"org_id": org_id} | {name: binds.value(table.core.c[name].type) for name in columns}
            for _ in range(rows)
        ]

    audit, outbox = catalog.tables["AuditEvent"], catalog.tables["OutboxMessage"]
    told = (*_AUDIT, *_MOVE) if moved else _AUDIT
    return (
        sa.insert(audit.core).values(values(audit, told)).cte("audited"),
        sa.insert(outbox.core).values(values(outbox, _OUTBOX)).cte("told"),
    )
