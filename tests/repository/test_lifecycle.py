"""An organisation frozen, thawed and erased: what the database refuses, and what is left."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from auth.directory import DirectoryKind
from auth.organization import mint_org_id
from models.describe import Catalog
from models.organization import OrganizationStatus
from repository import erasure
from repository.context import ContextSigner
from repository.database import Database
from repository.erasure import Certificate, deletion_of, erasable, known_tables
from repository.errors import Duplicate, Frozen, NotFound, Unaccounted, Unsettled, WrongState
from repository.lifecycle import Lifecycle
from tests.conftest import ACTOR, Org, Urls
from tests.isolation.rows import rows_of
from tests.repository.conftest import Sample, SampleNote

VALUES = {"title": "a", "tags": []}


async def refused(attempt: Awaitable[object]) -> None:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt
    assert caught.value.sqlstate == "PL001", caught.value


# Freeze


async def test_a_frozen_organisation_can_be_read_and_not_changed_until_it_is_thawed(
    lifecycle: Lifecycle, org: Org, other_org: Org
) -> None:
    samples = org.repositories.of(Sample)
    made = await samples.create(VALUES)
    attempts: dict[str, Callable[[], Awaitable[object]]] = {
        "create": lambda: samples.create(VALUES),
        "create many": lambda: samples.create_many([VALUES, {**VALUES, "title": "b"}]),
        "update": lambda: samples.update(made["id"], version=1, values={"note": "x"}),
        "transition": lambda: samples.transition(
            made["id"], samples._table.by_name["shade"], name="lighten", version=1
        ),
        "delete": lambda: samples.delete(made["id"]),
    }
    standing = await lifecycle.freeze(org.slug, reason="a drill")
    assert (standing.org_id, standing.status) == (org.id, OrganizationStatus.FROZEN)
    assert standing.settled
    for name, attempt in attempts.items():
        with pytest.raises(Frozen):
            await attempt()
        assert await samples.get_many([made["id"]]) == [made], name
    assert await samples.count() == 1
    assert await other_org.repositories.of(Sample).create(VALUES)

    assert (await lifecycle.thaw(org.slug, reason=None)).status is OrganizationStatus.ACTIVE
    made = await samples.update(made["id"], version=1, values={"note": "x"})
    assert (await samples.delete(made["id"], version=2))["note"] == "x"


async def test_a_freeze_is_shown_in_the_record_and_its_trail(
    lifecycle: Lifecycle, org: Org, catalog: Catalog, root: asyncpg.Connection
) -> None:
    organization = org.repositories.of(catalog.tables["Organization"])
    events = (
        "SELECT actor, fields FROM data.audit_event WHERE org_id = $1 "
        "AND action = 'UPDATE' AND record_type = 'Organization' ORDER BY id"
    )
    for change, status in ((lifecycle.freeze, "FROZEN"), (lifecycle.thaw, "ACTIVE")):
        before = await organization.get(org.id)
        await change(org.slug, reason="a drill")
        after = await organization.get(org.id)
        assert after["status"] == status
        assert after["version"] == before["version"] + 1
        state = await root.fetchrow(
            "SELECT state, changed_by, reason FROM palisade.organisation_state WHERE org_id = $1",
            org.id,
        )
        assert tuple(state) == (status, "operator", "a drill")
    assert [tuple(row) for row in await root.fetch(events, org.id)] == [
        ("operator", ["status"]),
        ("operator", ["status"]),
    ]


async def test_a_change_to_the_state_that_is_there_changes_nothing(
    lifecycle: Lifecycle, org: Org, root: asyncpg.Connection
) -> None:
    await lifecycle.thaw(org.slug, reason=None)
    await lifecycle.freeze(org.slug, reason="first")
    before = await rows_of(root, org.id)
    assert (await lifecycle.freeze(org.slug, reason="second")).status is OrganizationStatus.FROZEN
    assert await rows_of(root, org.id) == before


async def test_a_slug_of_nobody_is_not_found(lifecycle: Lifecycle) -> None:
    for change in (lifecycle.freeze, lifecycle.thaw, lifecycle.erase):
        with pytest.raises(NotFound):
            await change(f"nobody-{uuid4().hex}", reason=None)


async def test_an_organisation_that_is_restored_is_neither_frozen_nor_thawed(
    lifecycle: Lifecycle, org: Org, root: asyncpg.Connection
) -> None:
    await lifecycle.freeze(org.slug, reason=None)
    await root.execute(
        "UPDATE palisade.organisation_state SET state = 'RESTORING' WHERE org_id = $1", org.id
    )
    for change in (lifecycle.freeze, lifecycle.thaw):
        before = await rows_of(root, org.id)
        with pytest.raises(WrongState):
            await change(org.slug, reason=None)
        assert await rows_of(root, org.id) == before


async def test_the_worker_can_not_change_a_frozen_organisation_either(
    lifecycle: Lifecycle, org: Org, signer: ContextSigner, urls: Urls
) -> None:
    await org.repositories.of(Sample).create(VALUES)
    await lifecycle.freeze(org.slug, reason=None)
    connection = await asyncpg.connect(urls.worker)
    try:
        for statement in (
            "DELETE FROM data.sample",
            "DELETE FROM data.audit_event",
            "UPDATE data.sample SET note = 'x'",
        ):
            async with connection.transaction():
                await connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
                with pytest.raises(asyncpg.PostgresError) as caught:
                    async with connection.transaction():
                        await connection.execute(statement)
                assert caught.value.sqlstate == "PL001"
    finally:
        await connection.close()


async def test_the_worker_deletes_the_trail_of_no_organisation_that_lives(
    org: Org, signer: ContextSigner, urls: Urls
) -> None:
    connection = await asyncpg.connect(urls.worker)
    try:
        async with connection.transaction():
            await connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
            assert await connection.fetchval("SELECT count(*) FROM data.audit_event")
            await connection.execute("DELETE FROM data.sample")
            with pytest.raises(asyncpg.PostgresError) as caught:
                async with connection.transaction():
                    await connection.execute("DELETE FROM data.audit_event")
            assert caught.value.sqlstate == "PL001"
    finally:
        await connection.close()


async def test_the_worker_alone_writes_what_is_restored(
    lifecycle: Lifecycle,
    org: Org,
    signer: ContextSigner,
    root: asyncpg.Connection,
    urls: Urls,
) -> None:
    await lifecycle.freeze(org.slug, reason=None)
    await root.execute(
        "UPDATE palisade.organisation_state SET state = 'RESTORING' WHERE org_id = $1", org.id
    )
    statement = "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'z', '{}')"
    for url, allowed in ((urls.worker, True), (urls.app, False)):
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
                if allowed:
                    await connection.execute(statement, org.id, uuid4())
                    continue
                with pytest.raises(asyncpg.PostgresError) as caught:
                    async with connection.transaction():
                        await connection.execute(statement, org.id, uuid4())
                assert caught.value.sqlstate == "PL001"
        finally:
            await connection.close()


async def test_a_context_changes_the_state_of_its_own_organisation_only(
    org: Org, other_org: Org, signer: ContextSigner, urls: Urls, root: asyncpg.Connection
) -> None:
    """No argument names an organisation: not even the worker can reach another one."""
    connection = await asyncpg.connect(urls.worker)
    change = "SELECT palisade.set_org_state('FROZEN', ARRAY['ACTIVE'], 'me', NULL)"
    state = "SELECT palisade.org_state($1)"
    try:
        assert await connection.fetchval(change) is None, "without a context"
        async with connection.transaction():
            unknown = signer.sign(mint_org_id(uuid4()))
            await connection.fetchval("SELECT palisade.enter($1)", unknown)
            assert await connection.fetchval(change) is None, "of an organisation of nobody"
        async with connection.transaction():
            await connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
            assert await connection.fetchval(change) == "ACTIVE"
            for function in ("record_erased('data.sample', 1)", "keep_certificate('a', 'b')"):
                assert not await connection.fetchval(f"SELECT palisade.{function}")
            assert await connection.fetchrow("SELECT * FROM palisade.forget_org()") == (None, None)
        assert await connection.fetchval(state, org.id) == "FROZEN"
        assert await connection.fetchval(state, other_org.id) == "ACTIVE"
    finally:
        await connection.close()
    entries = "SELECT count(*) FROM palisade.directory_entry WHERE org_id = $1"
    assert await root.fetchval(entries, org.id) == 2


async def test_a_freeze_waits_for_what_began_before(
    lifecycle: Lifecycle, org: Org, signer: ContextSigner, app_connection: asyncpg.Connection
) -> None:
    begun = app_connection.transaction()
    await begun.start()
    await app_connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
    await app_connection.execute(
        "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'before', '{}')",
        org.id,
        uuid4(),
    )
    freezing = asyncio.create_task(lifecycle.freeze(org.slug, reason=None))
    await asyncio.sleep(0.3)
    assert not freezing.done()
    await refused(
        app_connection.execute(
            "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'after', '{}')",
            org.id,
            uuid4(),
        )
    )
    await begun.rollback()
    assert (await freezing).settled


async def test_a_freeze_says_that_something_is_still_at_work(
    lifecycle: Lifecycle, org: Org, app_connection: asyncpg.Connection
) -> None:
    lifecycle._settle = timedelta(seconds=0.2)
    async with app_connection.transaction():
        await app_connection.fetchval("SELECT 1")
        assert not (await lifecycle.freeze(org.slug, reason=None)).settled
        with pytest.raises(Unsettled):
            await lifecycle.erase(org.slug, reason=None)
    assert await lifecycle.erase(org.slug, reason=None)


# Erase


async def test_erase_of_an_erased_organisation_answers_its_certificate(
    lifecycle: Lifecycle, org: Org, root: asyncpg.Connection
) -> None:
    certificate = await lifecycle.erase(org.slug, reason=None)
    before = await rows_of(root, org.id)
    assert await lifecycle.erase(org.slug, reason=None) == certificate
    assert await rows_of(root, org.id) == before
    for change in (lifecycle.freeze, lifecycle.thaw):
        with pytest.raises(NotFound):
            await change(org.slug, reason=None)


async def test_a_table_that_no_model_declares_stops_an_erasure_before_it_begins(
    lifecycle: Lifecycle, org: Org, root: asyncpg.Connection, database: Database
) -> None:
    await root.execute("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.copy (org_id uuid)")
    try:
        before = await rows_of(root, org.id)
        with pytest.raises(Unaccounted, match=r"elsewhere\.copy"):
            await lifecycle.erase(org.slug, reason=None)
        assert await rows_of(root, org.id) == before
        assert await org.repositories.of(Sample).create(VALUES)
    finally:
        await root.execute("DROP SCHEMA elsewhere CASCADE")
    assert await lifecycle.erase(org.slug, reason=None)


async def test_rows_that_are_left_are_no_erasure(
    lifecycle: Lifecycle, org: Org, root: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof counts by itself: it doesn't believe that what was told to be deleted is."""
    await org.repositories.of(Sample).create(VALUES)
    whole = erasure.erasable

    def all_but_one(catalog: Catalog) -> Any:
        return (tables for tables in whole(catalog) if tables[0].type != "Sample")

    monkeypatch.setattr(erasure, "erasable", all_but_one)
    with pytest.raises(Unsettled):
        await lifecycle.erase(org.slug, reason=None)
    assert await root.fetchval(
        "SELECT count(*) FROM palisade.directory_entry WHERE org_id = $1", org.id
    )
    monkeypatch.undo()
    assert await lifecycle.erase(org.slug, reason=None)


async def test_a_slug_can_be_used_again_by_another_organisation(
    lifecycle: Lifecycle, org: Org, database: Database, catalog: Catalog
) -> None:
    with pytest.raises(Duplicate):
        await database.provision(org.slug, name="New", actor=ACTOR)
    await lifecycle.erase(org.slug, reason=None)
    row = await database.provision(org.slug, name="New", actor=ACTOR)
    assert row["id"] != org.id
    assert await database.find_org(DirectoryKind.slug, org.slug) == row["id"]
    assert await database.find_entry(DirectoryKind.id, str(org.id)) is None
    again = await lifecycle.erase(org.slug, reason=None)
    assert again is not None and again.facts["orgId"] == str(row["id"])


async def test_a_self_reference_does_not_stop_an_erasure(
    lifecycle: Lifecycle, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH_ROWS", 1)
    samples, parent = org.repositories.of(Sample), None
    for _ in range(5):
        parent = (await samples.create({**VALUES, "title": uuid4().hex, "parent_id": parent}))["id"]
    await org.repositories.of(SampleNote).create({"body": "b", "sample_id": parent})
    certificate = await lifecycle.erase(org.slug, reason=None)
    assert certificate is not None
    assert certificate.facts["rowsDeleted"]["data.sample"] == 5


def test_erasable_has_every_table_once_before_what_it_refers_to(catalog: Catalog) -> None:
    order = list(erasable(catalog))
    flat = [table.type for tables in order for table in tables]
    assert sorted(flat) == sorted(catalog.tables)
    place = {table.type: number for number, tables in enumerate(order) for table in tables}
    for table in catalog.tables.values():
        for relation in table.relations:
            if relation.cardinality == "one":
                assert place[table.type] <= place[relation.target], table.type


def test_deletions_name_the_organisation_at_every_table(catalog: Catalog) -> None:
    for tables in erasable(catalog):
        sql = deletion_of(tables, batch=7)
        aliases = re.findall(r"\bdata\.\w+ AS (\w+)", sql)
        assert len(re.findall(r"\bdata\.\w+", sql)) == len(aliases) > 0
        assert sql.count("org_id = $1") == len(aliases)


def test_known_tables_are_those_of_the_description(catalog: Catalog) -> None:
    known = known_tables(catalog)
    assert {table.qualified_name for table in catalog.tables.values()} < known
    assert "palisade.directory_entry" in known
    assert "palisade.context_key" not in known


def test_a_certificate_that_was_changed_does_not_add_up() -> None:
    certificate = Certificate.of({"orgId": "a", "rowsDeleted": {"data.vendor": 3}})
    assert certificate.adds_up()
    assert not Certificate(certificate.text.replace(":3", ":4")).adds_up()
    assert not Certificate('{"orgId":"a"}').adds_up()
