"""What the table says `palisade doctor` notices, it does."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from assurance.doctor.examination import Examination, examine
from assurance.doctor.expected import Expected, expected
from assurance.doctor.reading import read_here
from assurance.doctor.rule import Examined
from migrations.runner import packages_of
from models.describe import Catalog
from repository.walls import APP, PolicyForm
from tests.ablation.database_ablations import ContextAblation, PolicyAblation
from tests.ablation.repository_ablations import KeyAblation
from tests.ablation.table import Ablation
from tests.ablation.test_table import ROWS
from tests.conftest import Urls

CLAIMED = [row for row in ROWS if "palisade doctor" in row.noticed_by]


@pytest.fixture
async def connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's, in a transaction that is rolled back."""
    connection = await asyncpg.connect(urls.superuser, statement_cache_size=0)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


@pytest.fixture(scope="session")
def wanted(catalog: Catalog, policy_form: PolicyForm) -> Expected:
    revisions = [package.version_table for package in packages_of(catalog, ())]
    return expected(catalog, revisions, form=policy_form)


async def look(connection: asyncpg.Connection, wanted: Expected) -> Examination:
    """As the application role."""
    await connection.execute(f"SET LOCAL ROLE {APP}")
    found = examine(Examined(await read_here(connection), wanted, APP))
    await connection.execute("RESET ROLE")
    return found


def removals(row: Ablation, catalog: Catalog, form: PolicyForm) -> Iterator[str]:
    """What takes the wall away from the whole database."""
    if isinstance(row, PolicyAblation):
        for table in catalog.tables.values():
            yield from row.statements(table)
    elif isinstance(row, ContextAblation):
        yield row.statement(form)
    elif isinstance(row, KeyAblation):
        yield from row.statements(catalog)


async def test_doctor_finds_nothing_where_every_wall_stands(
    connection: asyncpg.Connection, wanted: Expected
) -> None:
    assert not (await look(connection, wanted)).errors


@pytest.mark.parametrize("row", CLAIMED, ids=lambda row: row.id)
async def test_doctor_notices_the_missing_wall(
    row: Ablation,
    connection: asyncpg.Connection,
    wanted: Expected,
    catalog: Catalog,
    policy_form: PolicyForm,
) -> None:
    statements = list(removals(row, catalog, policy_form))
    assert statements
    # What other tests left would be in the way of an index over all organisations.
    every = ", ".join(table.qualified_name for table in catalog.tables.values())
    await connection.execute(f"TRUNCATE {every} CASCADE")
    for statement in statements:
        await connection.execute(statement)
    found = (await look(connection, wanted)).errors
    tables = {table.qualified_name for table in catalog.tables.values()}
    if isinstance(row, PolicyAblation) and statements[0].startswith("ALTER TABLE"):
        assert {one.object for one in found} == tables
    assert found


def test_doctor_is_claimed_to_notice_something() -> None:
    kinds = {type(row) for row in CLAIMED}
    assert kinds == {PolicyAblation, ContextAblation, KeyAblation}
