"""A frozen organisation, attacked; an erased one, looked for. On every kind of table there is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta

import asyncpg
import pytest

from assurance.prove.records import insert
from auth.directory import DirectoryKind
from models.describe import Catalog
from models.organization import OrganizationStatus
from repository import erasure
from repository.context import ContextSigner
from repository.database import Database
from repository.errors import Frozen, WrongState
from repository.lifecycle import Lifecycle
from tests.conftest import Org, Urls
from tests.isolation.rows import rows_of

# What stays of an erased organisation.
TOMBSTONES = {"palisade.erasure", "palisade.organisation_state"}


@pytest.fixture
async def root(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A superuser, for whom there are no walls: what is really there."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def filled(org: Org, other_org: Org, catalog: Catalog) -> tuple[Org, Org]:
    """Two organisations with records of every type, references in a circle included."""
    for one in (org, other_org):
        await insert(one.repositories, catalog, one.slug[-12:])
    return org, other_org


async def refused(attempt: Awaitable[object]) -> None:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt
    assert caught.value.sqlstate == "PL001", caught.value


async def test_raw_statements_of_the_application_role_are_refused(
    lifecycle: Lifecycle,
    org: Org,
    other_org: Org,
    catalog: Catalog,
    signer: ContextSigner,
    app_connection: asyncpg.Connection,
) -> None:
    """With a valid context and the grants, past the repository."""
    await insert(org.repositories, catalog, org.slug[-12:])

    class Undone(Exception):
        pass

    async def attempt(statement: str) -> object:
        async with app_connection.transaction():
            await app_connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
            raise Undone(await app_connection.execute(statement))

    statements = []
    for table in catalog.tables.values():
        name = table.qualified_name
        copy = ", ".join(
            "gen_random_uuid()" if column.name == "id" else column.name
            for column in table.core.columns
        )
        statements.append((f"INSERT INTO {name} SELECT {copy} FROM {name} LIMIT 1", "INSERT"))
        if table.exposure.update or not table.exposure.read:
            statements.append((f"UPDATE {name} SET version = version + 1", "UPDATE"))
        if table.exposure.delete:
            statements.append((f"DELETE FROM {name}", "DELETE"))
            statements.append((f"DELETE FROM {name} RETURNING id", "DELETE"))
    assert len(statements) > 40
    for statement, _ in statements:
        # Constraints may refuse it, the state doesn't.
        with pytest.raises((Undone, asyncpg.IntegrityConstraintViolationError)):
            await attempt(statement)
    await lifecycle.freeze(org.slug, reason=None)
    for statement, _ in statements:
        await refused(attempt(statement))
    async with app_connection.transaction():
        await app_connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
        for table in catalog.tables.values():
            assert await app_connection.fetchval(f"SELECT count(*) FROM {table.qualified_name}")
    async with app_connection.transaction():
        await app_connection.fetchval("SELECT palisade.enter($1)", signer.sign(other_org.org_id))
        await app_connection.execute("UPDATE data.organization SET name = 'still mine'")


async def test_erase_leaves_nothing_and_the_neighbour_as_it_was(
    lifecycle: Lifecycle,
    filled: tuple[Org, Org],
    catalog: Catalog,
    root: asyncpg.Connection,
    database: Database,
) -> None:
    org, other_org = filled
    before, neighbour = await rows_of(root, org.id), await rows_of(root, other_org.id)
    assert all(before[table.qualified_name] for table in catalog.tables.values())
    told: dict[str, int] = {}

    def report(table: str, rows: int) -> None:
        told[table] = told.get(table, 0) + rows

    certificate = await lifecycle.erase(org.slug, reason="the contract ended", report=report)

    left = await rows_of(root, org.id)
    assert {name for name, rows in left.items() if rows} == TOMBSTONES
    assert await rows_of(root, other_org.id) == neighbour
    assert certificate is not None
    assert certificate.adds_up()
    facts = certificate.facts
    assert facts["orgId"] == str(org.id)
    assert facts["erasedBy"] == "operator"
    assert org.slug not in certificate.text
    emptied = {
        name for name in left if name not in ("palisade.erasure", "palisade.organisation_state")
    }
    assert facts["rowsDeleted"] == {name: len(before[name]) for name in emptied}
    assert facts["rowsLeft"] == dict.fromkeys(emptied, 0)
    assert told == {name: len(before[name]) for name in emptied if name.startswith("data.")}
    tombstone = await root.fetchrow("SELECT * FROM palisade.erasure WHERE org_id = $1", org.id)
    assert tombstone["certificate"] == certificate.text
    assert tombstone["erased_at"] is not None
    for kind, key in ((DirectoryKind.slug, org.slug), (DirectoryKind.id, str(org.id))):
        assert await database.find_entry(kind, key) is None


async def test_an_organisation_that_is_being_erased_is_written_and_listed_no_more(
    lifecycle: Lifecycle,
    filled: tuple[Org, Org],
    database: Database,
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    urls: Urls,
    catalog: Catalog,
) -> None:
    org, other_org = filled
    vendors = catalog.tables["Vendor"]
    assert await lifecycle.erase(org.slug, reason=None, patience=timedelta(0)) is None
    with pytest.raises(Frozen):
        await org.repositories.of(vendors).create({"name": "New", "tier": "LOW"})
    for change in (lifecycle.freeze, lifecycle.thaw):
        with pytest.raises(WrongState):
            await change(org.slug, reason=None)
    entry = await database.find_entry(DirectoryKind.slug, org.slug)
    assert entry is not None and entry.status is OrganizationStatus.DELETED
    assert await database.find_org(DirectoryKind.slug, org.slug) is None
    worker = await asyncpg.connect(urls.worker)
    try:
        listed = {row[0] for row in await worker.fetch("SELECT palisade.list_orgs()")}
        assert other_org.id in listed
        assert org.id not in listed
        async with worker.transaction():
            await worker.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
            for statement in (
                "INSERT INTO data.site (org_id, id, label) VALUES ($1, $1, 'z')",
                "UPDATE data.organization SET name = 'back' WHERE org_id = $1",
            ):
                with pytest.raises(asyncpg.PostgresError) as caught:
                    async with worker.transaction():
                        await worker.execute(statement, org.id)
                assert caught.value.sqlstate == "PL001"
    finally:
        await worker.close()
    assert await lifecycle.erase(org.slug, reason=None)
    # Nor does a context that is still good bring the organisation back.
    with pytest.raises(Frozen):
        await org.repositories.of(vendors).create({"name": "New", "tier": "LOW"})
    async with app_connection.transaction():
        await app_connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
        await refused(app_connection.fetchval("SELECT palisade.register_org($1, NULL)", org.slug))


@pytest.mark.parametrize("steps", [0, 1, 5, 17, 40])
async def test_an_interrupted_erasure_goes_on_and_its_certificate_adds_up(
    lifecycle: Lifecycle,
    filled: tuple[Org, Org],
    root: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    """Whatever the point at which it was killed, in small batches."""
    org, other_org = filled
    monkeypatch.setattr(erasure, "BATCH_ROWS", 2)
    before, neighbour = await rows_of(root, org.id), await rows_of(root, other_org.id)

    class Killed(Exception):
        pass

    made = 0

    def report(table: str, rows: int) -> None:
        nonlocal made
        made += 1
        if made > steps:
            raise Killed

    with pytest.raises(Killed):
        await lifecycle.erase(org.slug, reason=None, report=report)
    certificate = await lifecycle.erase(org.slug, reason=None)
    assert certificate is not None
    assert certificate.facts["rowsDeleted"] == {
        name: len(rows) for name, rows in before.items() if name not in TOMBSTONES
    }
    assert await rows_of(root, other_org.id) == neighbour


async def test_two_erasures_at_once_end_with_one_certificate(
    lifecycle: Lifecycle, filled: tuple[Org, Org], root: asyncpg.Connection
) -> None:
    org, _ = filled
    before = await rows_of(root, org.id)
    certificates = await asyncio.gather(*(lifecycle.erase(org.slug, reason=None) for _ in range(2)))
    assert certificates[0] == certificates[1]
    assert certificates[0] is not None
    deleted = certificates[0].facts["rowsDeleted"]
    assert deleted["data.specimen"] == len(before["data.specimen"]) > 0
