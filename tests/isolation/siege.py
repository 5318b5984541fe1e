"""The engine of `palisade prove` on the service of these tests, with walls taken down."""

import re
import sys
from typing import Any

import asyncpg
import pytest

from assurance.prove.proving import Plan, prove
from assurance.prove.report import Report
from auth.development import DevelopmentIssuer
from models.describe import Catalog
from palisade.attacked import attacked
from palisade.service import Service
from repository.binds import Statement, compile_statement
from repository.sql import StatementText
from tests.conftest import Urls

_PREDICATE = re.compile(r"\b[\w.]+\.org_id = (\$\d+)(?:::UUID)?")


def without_predicate(sql: str) -> str:
    """The SQL with the organisation's predicate true for every row."""
    return _PREDICATE.sub(r"(\1::UUID IS NOT NULL)", sql)


async def lift_row_level_security(urls: Urls, catalog: Catalog) -> None:
    """Takes row level security off every table."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        for table in catalog.tables.values():
            await connection.execute(
                f"ALTER TABLE {table.qualified_name} "
                "NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
            )
            # Nor shall a grant that is missing stand in for the wall that is on trial.
            await connection.execute(f"GRANT ALL ON {table.qualified_name} TO palisade_app")
    finally:
        await connection.close()


def lift_predicates(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Takes the predicate out of every statement; those that had one, as they are made."""
    lifted: list[str] = []

    def unguarded(statement: Any) -> Statement:
        return lift(compile_statement(statement))

    def lift(made: Statement) -> Statement:
        sql = without_predicate(made.sql)
        assert "org_id =" not in sql
        if sql != made.sql:
            lifted.append(sql)
        return Statement(sql, made.order, made.fixed)

    written = StatementText.statement
    monkeypatch.setattr(
        StatementText, "statement", lambda self, *columns: lift(written(self, *columns))
    )
    for name, module in list(sys.modules.items()):
        if name.startswith("repository.") and hasattr(module, "compile_statement"):
            monkeypatch.setattr(module, "compile_statement", unguarded)
    return lifted


async def besieged(
    service: Service, issuer: DevelopmentIssuer, superuser_url: str, plan: Plan
) -> Report:
    """What came of attacking a service that is not yet connected."""
    async with attacked(service, issuer, witness_url=superuser_url) as target:
        return await prove(target, plan)
