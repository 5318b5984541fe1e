"""Changed check constraints, which Alembic's comparison leaves out.

A check's name ends in a digest of its condition, so a changed condition is a changed name.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic.operations import ops


def check_changes(
    connection: sa.Connection, tables: Iterable[sa.Table]
) -> tuple[list[ops.MigrateOperation], list[ops.MigrateOperation]]:
    """The checks to drop before all else and those to add after it; new tables left out.

    A check goes before its column does, and comes after it.
    """
    dropped: list[ops.MigrateOperation] = []
    added: list[ops.MigrateOperation] = []
    inspector = sa.inspect(connection)
    for table in tables:
        if not inspector.has_table(table.name, schema=table.schema):
            continue
        present = {
            str(check["name"])
            for check in inspector.get_check_constraints(table.name, table.schema)
        }
        wanted = {
            str(constraint.name): constraint
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        for name in sorted(present - wanted.keys()):
            drop = ops.DropConstraintOp(name, table.name, type_="check", schema=table.schema)
            dropped.append(drop)
        for name in sorted(wanted.keys() - present):
            added.append(ops.CreateCheckConstraintOp.from_constraint(wanted[name]))
    return dropped, added
