"""Records written in parts: a refused part leaves the others standing, a failed whole leaves none."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.describe import Catalog, Table
from repository import loading as module
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.errors import (
    ContextRefused,
    DatabaseUnavailable,
    Duplicate,
    LeadsBack,
    ReferenceMissing,
    ValueRefused,
)
from tests.conftest import ACTOR, Org, Urls


@pytest.fixture
def vendor(catalog: Catalog) -> Table:
    return catalog.tables["Vendor"]


def rows(*names: str, **values: Any) -> list[dict[str, Any]]:
    return [{"id": uuid4(), "name": name, "tier": "LOW", **values} for name in names]


async def count(org: Org, table: Table) -> int:
    return await org.repositories.of(table).count()


async def test_loaded_records_have_their_journal(
    org: Org, database: Database, catalog: Catalog, vendor: Table
) -> None:
    trail, post = catalog.tables["AuditEvent"], catalog.tables["OutboxMessage"]
    before = await count(org, trail), await count(org, post)
    made = rows(*(f"v{i}" for i in range(700)))
    async with database.loading(org.org_id, ACTOR) as loading:
        assert await loading.create(vendor, made) is None
    assert await count(org, vendor) == 700
    assert await count(org, trail) - before[0] == await count(org, post) - before[1] == 700


async def test_refused_part_leaves_the_others(org: Org, database: Database, vendor: Table) -> None:
    async with database.loading(org.org_id, ACTOR) as loading:
        assert await loading.create(vendor, rows("a", "b")) is None
        assert isinstance(await loading.create(vendor, rows("c", "a")), Duplicate)
        assert isinstance(await loading.create(vendor, rows("d", tier="NONE")), ValueRefused)
        missing = await loading.create(vendor, rows("e", parent_id=uuid4()))
        assert isinstance(missing, ReferenceMissing)
        assert await loading.create(vendor, rows("f")) is None
    assert await count(org, vendor) == 3


async def test_error_undoes_the_whole(org: Org, database: Database, vendor: Table) -> None:
    with pytest.raises(KeyError):
        async with database.loading(org.org_id, ACTOR) as loading:
            await loading.create(vendor, rows("a"))
            raise KeyError
    assert await count(org, vendor) == 0


async def test_record_of_another_organisation_is_not_there(
    org: Org, other_org: Org, database: Database, vendor: Table
) -> None:
    theirs = rows("theirs")
    async with database.loading(other_org.org_id, ACTOR) as loading:
        await loading.create(vendor, theirs)
        assert set(await loading.there(vendor, [theirs[0]["id"]])) == {theirs[0]["id"]}
    async with database.loading(org.org_id, ACTOR) as loading:
        assert await loading.there(vendor, [theirs[0]["id"]]) == {}
        ours = rows("ours")
        await loading.create(vendor, ours)
        pairs = [(ours[0]["id"], theirs[0]["id"])]
        error = await loading.refer(vendor, vendor.by_name["parent_id"], pairs)
        assert isinstance(error, ReferenceMissing)


@pytest.mark.parametrize("role", ["app", "superuser"])
async def test_reference_of_another_organisations_record_is_not_set(
    org: Org,
    other_org: Org,
    urls: Urls,
    catalog: Catalog,
    signer: ContextSigner,
    vendor: Table,
    role: str,
) -> None:
    """The same id in two organisations: only one's own record is touched, also where row level
    security doesn't bind.
    """
    connections = Connections(getattr(urls, role), size=2)
    await connections.open()
    database = Database(catalog, connections, signer)
    a, b, p, q = (uuid4() for _ in range(4))
    made = [{"id": id, "name": str(id), "tier": "LOW"} for id in (a, b, p, q)]
    column = vendor.by_name["parent_id"]
    try:
        for one in (org, other_org):
            async with database.loading(one.org_id, ACTOR) as loading:
                assert await loading.create(vendor, made) is None
        async with database.loading(other_org.org_id, ACTOR) as loading:
            assert await loading.refer(vendor, column, [(b, a)]) is None
        async with database.loading(org.org_id, ACTOR) as loading:
            assert await loading.refer(vendor, column, [(a, p)]) is None
            # A circle over the other organisation's reference would be none.
            assert await loading.refer(vendor, column, [(p, b)]) is None
            assert await loading.refer(vendor, column, [(b, q)]) is None
            assert len(await loading.there(vendor, [a, b, p])) == 3
    finally:
        await connections.close()
    ours = {id: (await org.repositories.of(vendor).get(id))["parent_id"] for id in (a, b, p)}
    theirs = {
        id: (await other_org.repositories.of(vendor).get(id))["parent_id"] for id in (a, b, p)
    }
    assert ours == {a: p, p: b, b: q}
    assert theirs == {a: None, p: None, b: a}


async def test_refer_fills_what_is_empty_only(org: Org, database: Database, vendor: Table) -> None:
    a, b, c = (row["id"] for row in rows("a", "b", "c"))
    made = [{"id": id, "name": str(id), "tier": "LOW"} for id in (a, b, c)]
    column = vendor.by_name["parent_id"]
    async with database.loading(org.org_id, ACTOR) as loading:
        await loading.create(vendor, made)
        assert await loading.refer(vendor, column, [(a, b)]) is None
        assert await loading.refer(vendor, column, [(a, c)]) is None
        assert isinstance(await loading.refer(vendor, column, [(b, a)]), LeadsBack)
        assert await loading.refer(vendor, column, [(b, c)]) is None
    found = await org.repositories.of(vendor).get(a)
    assert (found["parent_id"], found["version"]) == (b, 1)


async def test_load_outlives_its_context(
    org: Org, database: Database, vendor: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction may last longer than a context is good for."""
    signer = database._signer
    moment = [signer._clock()]
    old = ContextSigner(signer._key, clock=lambda: moment[0] - 299)
    monkeypatch.setattr(database, "_signer", old)
    async with database.loading(org.org_id, ACTOR) as loading:
        assert await loading.create(vendor, rows("a")) is None
        await asyncio.sleep(1.5)
        monkeypatch.setattr(loading, "_session", _with(loading._session, signer))
        assert await loading.create(vendor, rows("b")) is None
    assert await count(org, vendor) == 2


def _with(session: Any, signer: ContextSigner) -> Any:
    return replace(session, signer=signer)


async def test_stay_keeps_an_idle_transaction(
    org: Org, database: Database, vendor: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(silence: timedelta) -> None:
        monkeypatch.setattr(module, "_SILENCE", silence)
        async with database.loading(org.org_id, ACTOR) as loading:
            # Past the guard, which takes no SET.
            await asyncpg.Connection.execute(
                loading._transaction._connection, "SET idle_in_transaction_session_timeout = 300"
            )
            for _ in range(8):
                await asyncio.sleep(0.1)
                await loading.stay()
            await loading.create(vendor, rows(str(silence)))

    await load(timedelta(milliseconds=50))
    assert await count(org, vendor) == 1
    with pytest.raises(DatabaseUnavailable):
        await load(timedelta(hours=1))


async def test_snapshot_can_not_write(org: Org, database: Database, vendor: Table) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.snapshot(org.org_id, ACTOR) as repositories:
            assert await repositories.of(vendor).count() == 0
            await repositories.of(vendor).create({"name": "a", "tier": "LOW"})


async def test_snapshot_needs_a_context(
    org: Org, database: Database, vendor: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_signer", ContextSigner(ContextKey.generate()))
    with pytest.raises(ContextRefused):
        async with database.snapshot(org.org_id, ACTOR) as repositories:
            await repositories.of(vendor).count()
    with pytest.raises(ContextRefused):
        async with database.loading(org.org_id, ACTOR) as loading:
            await loading.create(vendor, rows("a"))


def test_parts_are_of_few_sizes() -> None:
    made = [{"id": UUID(int=i)} for i in range(1337)]
    parts = list(module._parts(made))
    assert [row for part in parts for row in part] == made
    sizes = {len(part) for size in range(1, 501) for part in module._parts(made[:size])}
    assert len(sizes) == 10
