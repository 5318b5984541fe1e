"""A look at the migrated database, with whatever a test has done to it in its transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from assurance.doctor.examination import Examination, examine
from assurance.doctor.expected import Expected, expected
from assurance.doctor.reading import read_here
from assurance.doctor.rule import Examined
from migrations.runner import packages_of
from models.describe import Catalog
from repository.walls import APP, PolicyForm
from tests.conftest import Urls

Look = Callable[[], Awaitable[Examination]]


@pytest.fixture(scope="session")
def wanted(catalog: Catalog, policy_form: PolicyForm) -> Expected:
    revisions = [package.version_table for package in packages_of(catalog, ())]
    return expected(catalog, revisions, form=policy_form)


@pytest.fixture
async def planted(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection; what is done with it is rolled back."""
    connection = await asyncpg.connect(urls.superuser)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


@pytest.fixture
def look(planted: asyncpg.Connection, wanted: Expected) -> Look:
    async def look() -> Examination:
        return examine(Examined(await read_here(planted), wanted, APP))

    return look


@pytest.fixture
async def clean(look: Look) -> Examination:
    return await look()
