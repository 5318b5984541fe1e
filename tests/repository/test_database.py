from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from auth.directory import DirectoryKind
from auth.organization import mint_org_id
from models.describe import Catalog
from models.organization import Organization
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.errors import ContextRefused, Duplicate, NotFound, RepositoryError, ValueRefused
from tests.conftest import ACTOR, Org, Urls


def slug() -> str:
    return f"org-{uuid4().hex[:12]}"


async def test_ready_needs_a_key_the_database_knows(
    catalog: Catalog, connections: Connections, signer: ContextSigner
) -> None:
    await Database(catalog, connections, signer).ready()
    stranger = Database(catalog, connections, ContextSigner(ContextKey.generate()))
    with pytest.raises(ContextRefused):
        await stranger.ready()


async def test_provision_makes_a_record_and_its_entries(
    database: Database, root: asyncpg.Connection
) -> None:
    name = slug()
    row = await database.provision(name, name="A GmbH & Co. KG", actor=ACTOR)
    assert (row["slug"], row["name"], row["status"]) == (name, "A GmbH & Co. KG", "ACTIVE")
    assert await database.find_org(DirectoryKind.slug, name) == row["id"]
    assert await database.find_org(DirectoryKind.id, str(row["id"])) == row["id"]
    assert await database.find_org(DirectoryKind.external, name) is None
    stored = await root.fetchrow("SELECT org_id, id FROM data.organization WHERE slug = $1", name)
    assert stored is not None
    assert stored["org_id"] == stored["id"] == row["id"]
    told = await root.fetch(
        "SELECT record_type, action FROM data.audit_event WHERE org_id = $1", row["id"]
    )
    assert [tuple(one) for one in told] == [("Organization", "CREATE")]


async def test_provision_enters_the_key_of_a_foreign_issuer(
    database: Database, root: asyncpg.Connection
) -> None:
    key = f"https://issuer.example {uuid4()}"
    row = await database.provision(slug(), name="n", actor=ACTOR, external=key)
    assert await database.find_org(DirectoryKind.external, key) == row["id"]
    before = await everything(root)
    with pytest.raises(Duplicate) as caught:
        await database.provision(slug(), name="n", actor=ACTOR, external=key)
    assert caught.value.columns == ("external",)
    assert await everything(root) == before


async def everything(root: asyncpg.Connection) -> list[int]:
    tables = ("data.organization", "data.audit_event", "data.outbox_message")
    return [
        await root.fetchval(f"SELECT count(*) FROM {table}")
        for table in (*tables, "palisade.directory_entry")
    ]


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not a slug"])
async def test_provision_is_all_or_nothing(
    database: Database, root: asyncpg.Connection, org: Org, taken: bool
) -> None:
    before = await everything(root)
    expected: type[RepositoryError] = Duplicate if taken else ValueRefused
    with pytest.raises(expected) as caught:
        await database.provision(org.slug if taken else "Not a slug", name="n", actor=ACTOR)
    if isinstance(caught.value, Duplicate):
        assert caught.value.columns == ("slug",)
    if isinstance(caught.value, ValueRefused):
        assert caught.value.column == "slug"
    assert await everything(root) == before
    assert await database.find_org(DirectoryKind.slug, org.slug) == org.id


@pytest.mark.parametrize(
    "text", ["", "-a", "a-", "A", "a_b", "a b", "é", "a" * 64, "a\n", "\na", "a\0"]
)
async def test_provision_takes_slugs_only(database: Database, text: str) -> None:
    with pytest.raises(ValueRefused):
        await database.provision(text, name="n", actor=ACTOR)


async def test_organisations_are_for_the_worker(
    catalog: Catalog,
    urls: Urls,
    signer: ContextSigner,
    database: Database,
    org: Org,
    other_org: Org,
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        [one async for one in database.organisations(reason="test")]
    connections = Connections(urls.worker, size=1)
    await connections.open()
    try:
        worker = Database(catalog, connections, signer)
        with capture_logs() as logs:
            listed = [one async for one in worker.organisations(reason="nightly")]
        assert {org.org_id, other_org.org_id} <= set(listed)
        assert [entry["reason"] for entry in logs] == ["nightly"]
        assert await worker.of(org.org_id, ACTOR).of(Organization).count() == 1
    finally:
        await connections.close()


async def test_signed_context_is_for_a_known_slug(
    database: Database, app_connection: asyncpg.Connection, org: Org
) -> None:
    with capture_logs() as logs:
        context = await database.signed_context(org.slug, reason="psql")
    assert context is not None
    assert [(entry["org_id"], entry["reason"]) for entry in logs] == [(str(org.id), "psql")]
    assert context not in str(logs)
    async with app_connection.transaction():
        await app_connection.fetchval("SELECT palisade.enter($1)", context)
        assert await app_connection.fetchval("SELECT id FROM data.organization") == org.id
    assert await database.signed_context("no-such-org", reason="psql") is None


async def test_of_an_organisation_that_is_not_there_has_nothing(database: Database) -> None:
    nobody = database.of(mint_org_id(uuid4()), ACTOR)
    assert await nobody.of(Organization).count() == 0
    with pytest.raises(NotFound):
        await nobody.of(Organization).get(UUID(int=0))


async def test_an_organisation_reads_itself_alone(org: Org, other_org: Org) -> None:
    found = await org.repositories.of(Organization).get_many([org.id, other_org.id])
    assert [row and row["slug"] for row in found] == [org.slug, None]


async def test_an_organisation_is_its_own_org(org: Org, root: asyncpg.Connection) -> None:
    with pytest.raises(ValueRefused):
        await org.repositories.of(Organization).create({"slug": slug(), "name": "second"})
    assert (
        await root.fetchval("SELECT count(*) FROM data.organization WHERE org_id = $1", org.id) == 1
    )


async def test_organisation_is_found_by_its_exact_slug_and_told_to_the_log(
    org: Org, database: Database
) -> None:
    with capture_logs() as logs:
        found = await database.organisation(org.slug, reason="test")
    assert found == org.org_id
    assert [(log["event"], log["reason"]) for log in logs] == [("organisation_named", "test")]
    for other in (org.slug.upper(), org.slug[:-1], f"{org.slug}%", "", str(org.id)):
        assert await database.organisation(other, reason="test") is None
