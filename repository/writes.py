"""The statements that change records, and the driver's constraint errors as ours."""

import re
from collections.abc import Sequence
from typing import Any

import asyncpg
import sqlalchemy as sa

from models.base import reference_constraint_name, unique_while_name
from models.describe import Catalog, Table
from repository.binds import CONTEXT, ORG_ID, Binds, Statement, compile_statement
from repository.compile.roots import written_answer
from repository.errors import (
    Duplicate,
    ReferenceMissing,
    RepositoryError,
    StillReferenced,
    ValueRefused,
)
from repository.journal import journal_ctes
from repository.reading import Payload


def insert_statement(
    table: Table,
    columns: Sequence[str],
    catalog: Catalog,
    *,
    rows: int = 1,
    payload: Payload | None = None,
) -> Statement:
    """Inserts rows of the bound organisation, each with its audit event and outbox message.

    Enters the organisation's context itself. Answers the rows, or the text of a ``payload``.
    Values: row by row, each in column order, then those of the journal.
    """
    binds = Binds()
    org_id = sa.case((sa.func.palisade.enter(binds.context), binds.org_id))
    values = [
        {"org_id": org_id} | {column: binds.value(table.core.c[column].type) for column in columns}
        for _ in range(rows)
    ]
    inserted = sa.insert(table.core).values(values).returning(table.core).cte("inserted")
    journal = journal_ctes(catalog, binds, org_id, rows=rows)
    if payload is None:
        return compile_statement(_returned(table, inserted).add_cte(*journal))
    answer, source = written_answer(payload, catalog, rows="inserted")
    # A colon in text would be the mark of a parameter.
    written = sa.text(source.replace(":", r"\:"))
    selected: sa.Select[Any] = sa.select(sa.literal_column(answer)).select_from(written)
    statement = compile_statement(selected.add_cte(inserted, *journal))
    assert statement.order[:2] == (CONTEXT, ORG_ID), "the payload's text counts on it"
    return statement


def update_statement(
    table: Table, columns: Sequence[str], *, sources: str | None = None
) -> Statement:
    """Updates the row of one version. Values: the columns', id, version, sources if named.

    ``sources`` is a column that must hold one of the last value's entries beforehand.
    """
    binds = Binds()
    core = table.core
    values: dict[str, Any] = {name: binds.value(core.c[name].type) for name in columns}
    values["version"] = core.c.version + sa.literal_column("1")
    values["updated_at"] = sa.func.now()
    statement = sa.update(core).where(
        core.c.org_id == binds.org_id,
        core.c.id == binds.value(sa.Uuid()),
        core.c.version == binds.value(sa.Integer()),
    )
    if sources:
        allowed = binds.value(sa.ARRAY(sa.Text()))
        statement = statement.where(core.c[sources] == sa.func.any(allowed))
    updated = statement.values(values).returning(core).cte("updated")
    return _returning(table, updated)


def delete_statement(table: Table, *, versioned: bool) -> Statement:
    """Deletes a row. Values: id, and the version if it is ``versioned``."""
    binds = Binds()
    core = table.core
    statement = sa.delete(core).where(
        core.c.org_id == binds.org_id, core.c.id == binds.value(sa.Uuid())
    )
    if versioned:
        statement = statement.where(core.c.version == binds.value(sa.Integer()))
    return _returning(table, statement.returning(core).cte("deleted"))


def translate_violation(
    error: asyncpg.IntegrityConstraintViolationError, table: Table
) -> RepositoryError:
    """The decision behind a violated constraint of an insert to ``table`` or an update of it."""
    name = _base_name(error.constraint_name or "")
    match error:
        case asyncpg.UniqueViolationError():
            for columns in table.unique:
                if name == _unique_name(table, columns):
                    return Duplicate(columns)
            for columns, (while_column, _) in table.unique_while.items():
                if name == unique_while_name(table.name, columns, while_column):
                    return Duplicate(columns)
            return Duplicate(("id",))
        case asyncpg.ForeignKeyViolationError():
            for column in table.columns:
                if name == reference_constraint_name(table.name, column.name):
                    return ReferenceMissing(column.name)
            return ReferenceMissing(None)
        case _:
            # The longest name: that of another column may begin with a column's name.
            names = sorted((column.name for column in table.columns), key=len, reverse=True)
            for column_name in names:
                if name.startswith(f"ck_{table.name}_{column_name}_"):
                    return ValueRefused(column_name)
            return ValueRefused(error.column_name or None)


def still_referenced(error: asyncpg.ForeignKeyViolationError, catalog: Catalog) -> StillReferenced:
    """The decision behind a deletion that a reference stopped; the error names its table."""
    name = _base_name(error.table_name or "")
    found = (table.type for table in catalog.tables.values() if table.name == name)
    return StillReferenced(next(found, name))


def _unique_name(table: Table, columns: Sequence[str]) -> str:
    return f"uq_{table.name}_{'_'.join(('org_id', *columns))}"


def _base_name(constraint: str) -> str:
    """The name without the shard number that Citus appends."""
    return re.sub(r"_\d{6,}$", "", constraint)


def _returning(table: Table, rows: sa.CTE) -> Statement:
    return compile_statement(_returned(table, rows))


def _returned(table: Table, rows: sa.CTE) -> sa.Select[Any]:
    """The written rows as one array of records of all columns."""
    record = sa.func.row(*(rows.c[column.name] for column in table.columns))
    return sa.select(sa.func.array(sa.select(record).scalar_subquery()))
