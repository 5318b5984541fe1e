"""Changes to the rows of every organisation, from inside a revision.

The owner, who runs migrations, is bound by row level security and no policy is for it: its own
UPDATE of an org-owned table touches no row and says nothing of it. A revision that changes rows
therefore calls `change_rows`::

    from migrations.data import change_rows

    def upgrade() -> None:
        change_rows(
            op.get_bind(),
            "UPDATE data.vendor SET country = 'GB' WHERE country = 'UK'",
            table="data.vendor",
            where="country = 'UK'",
        )

It runs the statement once for each organisation of the directory, as the application role in the
organisation's signed context, and fails unless it changed every row that there was to change. All
of it happens in the revision's transaction:

The context is signed with a key that is made for it and deleted again before the transaction
ends, so that nobody else ever sees it. `palisade.enter` refuses a second organisation in one
transaction; the owner empties the context after each, which is the state before the first, and no
statement on rows stands in between. What there was to change is counted beforehand, with FORCE
lifted for that one count: the lock that this takes keeps others from the table until the end.

Names are schema-qualified. ``where`` speaks of the table's own columns, for the rows of other
tables stay hidden from the count. A table that is new in the same revision has no rows yet, and
no grants. Of a table that clients don't change the application role may not update rows: grant it
that in the revision, and the walls take it back after the last one.
"""

from typing import Final

import sqlalchemy as sa

from migrations.runner import MigrationError
from repository.context import LIFETIME, ContextKey
from repository.walls import APP, OWNER

# Source: RFC 2104; palisade.org_id() checks the same expression.
_SIGNED: Final = sa.text(
    "SELECT message || '|' || encode(sha256(outer_pad || sha256(inner_pad || "
    "convert_to(message, 'UTF8'))), 'hex') "
    "FROM palisade.context_key, LATERAL (SELECT id || '|' || CAST(:org AS text) || '|' || "
    "floor(extract(epoch FROM clock_timestamp()) + :seconds) AS message) AS unsigned "
    "WHERE id = :key"
)


def change_rows(connection: sa.Connection, statement: str, *, table: str, where: str) -> int:
    """Runs an UPDATE or DELETE of ``table`` for every organisation; how many rows it changed.

    ``where`` tells which rows it is to change. For a revision: ``connection`` is `op.get_bind()`.
    Raises: MigrationError, where that many rows were not changed.
    """
    expected = _count(connection, table, where)
    key = ContextKey.generate()
    pads = {"key": key.id, "inner": key.inner_pad, "outer": key.outer_pad}
    connection.execute(
        sa.text(
            "INSERT INTO palisade.context_key (id, inner_pad, outer_pad) "
            "VALUES (:key, :inner, :outer)"
        ),
        pads,
    )
    orgs = connection.scalars(
        sa.text("SELECT org_id FROM palisade.directory_entry WHERE kind = 'id' ORDER BY org_id")
    ).all()
    changed = sum(_change(connection, statement, key=key.id, org=org) for org in orgs)
    connection.execute(sa.text("DELETE FROM palisade.context_key WHERE id = :key"), {"key": key.id})
    if changed != expected:
        raise MigrationError(
            f"{changed} of {expected} rows of {table} were changed: the statement and `where` "
            f"differ, or an organisation is not in the directory."
        )
    return changed


def _count(connection: sa.Connection, table: str, where: str) -> int:
    """The rows of all organisations."""
    connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    counted = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}").scalar_one()
    connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    assert isinstance(counted, int)
    return counted


def _change(connection: sa.Connection, statement: str, *, key: str, org: object) -> int:
    """Runs the statement as the application role in the context of one organisation."""
    context = connection.scalar(
        _SIGNED, {"key": key, "org": str(org), "seconds": LIFETIME.total_seconds()}
    )
    connection.exec_driver_sql(f"SET LOCAL ROLE {APP}")
    connection.execute(sa.text("SELECT palisade.enter(:context)"), {"context": context})
    changed = connection.exec_driver_sql(statement).rowcount
    connection.exec_driver_sql("SET LOCAL palisade.context = ''")
    # Not RESET: a superuser's session would be the superuser again.
    connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
    return changed
