import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.describe import Catalog
from models.grants import Grant
from models.integrations import Integration
from models.vendors import Vendor
from repository.errors import (
    Duplicate,
    NotFound,
    ReferenceMissing,
    RepositoryError,
    Stale,
    StillReferenced,
    TransactionFailed,
    ValueRefused,
    WrongState,
)
from tests.conftest import Org
from tests.repository.conftest import Sample, SampleNote, SampleVendor

Journal = Callable[[], Awaitable[list[tuple[str, str, str]]]]
TABLES = ("sample", "sample_note", "sample_vendor", "vendor", "integration", "grant_record")


@pytest.fixture
async def journal(root: asyncpg.Connection, org: Org) -> Journal:
    """What the trail says since the test began, and that the outbox says the same."""
    begun = {
        row[0]
        for table in ("audit_event", "outbox_message")
        for row in await root.fetch(f"SELECT id FROM data.{table}")
    }

    async def read() -> list[tuple[str, str, str]]:
        audit = await root.fetch(
            "SELECT id, org_id, action, record_type, record_id FROM data.audit_event ORDER BY id"
        )
        outbox = await root.fetch(
            "SELECT id, org_id, topic, record_id FROM data.outbox_message ORDER BY id"
        )
        trail = [
            (row["record_type"], row["action"], row["record_id"])
            for row in audit
            if row["id"] not in begun and row["org_id"] == org.id
        ]
        told = [
            (*row["topic"].split("."), row["record_id"])
            for row in outbox
            if row["id"] not in begun and row["org_id"] == org.id
        ]
        assert told == trail
        return trail

    return read


@pytest.fixture
async def rows(root: asyncpg.Connection, org: Org) -> Callable[[], Awaitable[object]]:
    """All records of the organisation as they are in the tables."""

    async def read() -> object:
        return [
            await root.fetch(f"SELECT * FROM data.{table} WHERE org_id = $1 ORDER BY id", org.id)
            for table in TABLES
        ]

    return read


async def sample(org: Org, title: str = "a", **values: object) -> Any:
    return await org.repositories.of(Sample).create({"title": title, "tags": [], **values})


async def test_create_writes_one_event_and_one_message(
    org: Org, root: asyncpg.Connection, journal: Journal
) -> None:
    created = await sample(org, small=3)
    assert await journal() == [("Sample", "CREATE", str(created["id"]))]
    event = await root.fetchrow(
        "SELECT * FROM data.audit_event WHERE record_id = $1", str(created["id"])
    )
    assert event is not None
    assert (event["actor"], event["client_id"], event["request_id"]) == (
        "tester",
        "tests",
        "request",
    )
    assert event["fields"] == ["title", "tags", "small"]
    message = await root.fetchrow(
        "SELECT * FROM data.outbox_message WHERE record_id = $1", str(created["id"])
    )
    assert message is not None
    assert message["sent_at"] is None
    assert created["version"] == 1
    assert created["created_at"] == created["updated_at"]


async def test_create_takes_an_id_and_makes_sortable_ones(org: Org) -> None:
    given = uuid4()
    assert (await sample(org, "given", id=given))["id"] == given
    first, second = await sample(org, "b"), await sample(org, "c")
    assert first["id"].version == 7
    assert first["id"] < second["id"]


@pytest.mark.parametrize("count", [1, 500, 502])
async def test_create_many_is_aligned_and_journaled(
    org: Org, root: asyncpg.Connection, journal: Journal, count: int
) -> None:
    titles = [f"{place:04d}" for place in reversed(range(count))]
    created = await org.repositories.of(Sample).create_many(
        [{"title": title, "tags": [title]} for title in titles]
    )
    assert [row["title"] for row in created] == titles
    assert await journal() == [("Sample", "CREATE", str(row["id"])) for row in created]
    stored = await root.fetch(
        "SELECT id, title, tags FROM data.sample WHERE org_id = $1 ORDER BY title DESC", org.id
    )
    assert [(row["id"], row["title"], row["tags"]) for row in stored] == [
        (row["id"], row["title"], row["tags"]) for row in created
    ]


async def test_create_many_of_nothing(org: Org, journal: Journal) -> None:
    assert await org.repositories.of(Sample).create_many([]) == []
    assert await journal() == []


async def test_create_many_is_all_or_nothing_beyond_one_statement(
    org: Org, rows: Callable[[], Awaitable[object]], journal: Journal
) -> None:
    before = await rows()
    titles = [f"{place}" for place in range(501)]
    with pytest.raises(Duplicate):
        await org.repositories.of(Sample).create_many(
            [{"title": title, "tags": []} for title in [*titles, "0"]]
        )
    assert await rows() == before
    assert await journal() == []


async def test_update_counts_versions(org: Org, journal: Journal) -> None:
    created = await sample(org)
    repository = org.repositories.of(Sample)
    changed = await repository.update(
        created["id"], version=1, values={"title": "b", "small": None, "note": "n"}
    )
    assert (changed["title"], changed["note"], changed["version"]) == ("b", "n", 2)
    assert changed["updated_at"] > created["updated_at"]
    assert changed["created_at"] == created["created_at"]
    assert await repository.get(created["id"]) == changed
    assert await journal() == [
        ("Sample", "CREATE", str(created["id"])),
        ("Sample", "UPDATE", str(created["id"])),
    ]


async def test_update_of_another_version_is_stale(
    org: Org, rows: Callable[[], Awaitable[object]], journal: Journal
) -> None:
    created = await sample(org)
    repository = org.repositories.of(Sample)
    await repository.update(created["id"], version=1, values={"note": "first"})
    before, told = await rows(), await journal()
    for version in (1, 3):
        with pytest.raises(Stale):
            await repository.update(created["id"], version=version, values={"note": "late"})
    assert await rows() == before
    assert await journal() == told
    assert (await repository.update(created["id"], version=2, values={"note": "ok"}))[
        "version"
    ] == 3


async def test_update_at_once_lets_one_win(org: Org, journal: Journal) -> None:
    created = await sample(org)
    repository = org.repositories.of(Sample)
    results = await asyncio.gather(
        *(
            repository.update(created["id"], version=1, values={"note": f"{place}"})
            for place in range(4)
        ),
        return_exceptions=True,
    )
    won = [result for result in results if not isinstance(result, BaseException)]
    lost = [result for result in results if isinstance(result, BaseException)]
    assert len(won) == 1
    assert [type(error) for error in lost] == [Stale] * 3
    assert len(await journal()) == 2


Attempt = Callable[[Org, UUID, Catalog], Awaitable[object]]
ATTEMPTS: dict[str, Attempt] = {
    "update": lambda org, id, catalog: org.repositories.of(Sample).update(
        id, version=1, values={"note": "x"}
    ),
    "transition": lambda org, id, catalog: org.repositories.of(Sample).transition(
        id, catalog.tables["Sample"].by_name["shade"], name="lighten", version=1
    ),
    "delete": lambda org, id, catalog: org.repositories.of(Sample).delete(id),
    "delete of a version": lambda org, id, catalog: org.repositories.of(Sample).delete(
        id, version=1
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_writes_to_foreign_and_missing_records_are_refused_alike(
    org: Org,
    other_org: Org,
    catalog: Catalog,
    root: asyncpg.Connection,
    journal: Journal,
    attempt: str,
) -> None:
    foreign = await sample(other_org, shade="DARK")
    whole = "SELECT * FROM data.sample WHERE org_id = $1"
    before = await root.fetch(whole, other_org.id)
    refused = []
    for id in (foreign["id"], uuid4()):
        with pytest.raises(NotFound) as caught:
            await ATTEMPTS[attempt](org, id, catalog)
        refused.append((str(caught.value), caught.value.args))
    assert refused[0] == refused[1]
    assert await root.fetch(whole, other_org.id) == before
    assert (await other_org.repositories.of(Sample).get(foreign["id"]))["version"] == 1

    mine = await sample(org, shade="DARK")
    await ATTEMPTS[attempt](org, mine["id"], catalog)


async def test_transition_goes_from_its_sources_only(
    org: Org, catalog: Catalog, journal: Journal, rows: Callable[[], Awaitable[object]]
) -> None:
    shade = catalog.tables["Sample"].by_name["shade"]
    repository = org.repositories.of(Sample)
    dark = await sample(org, "dark", shade="DARK")
    none = await sample(org, "none", shade=None)
    light = await repository.transition(dark["id"], shade, name="lighten", version=1)
    assert (light["shade"], light["version"]) == ("LIGHT", 2)
    before, told = await rows(), await journal()
    assert told[-1] == ("Sample", "UPDATE", str(dark["id"]))
    for id, version in ((dark["id"], 2), (none["id"], 1)):
        with pytest.raises(WrongState) as caught:
            await repository.transition(id, shade, name="lighten", version=version)
        error = caught.value
        assert (error.field, error.moves) == ("shade", ())
        assert error.state == ("LIGHT" if id == dark["id"] else None)
    with pytest.raises(Stale):
        await repository.transition(dark["id"], shade, name="lighten", version=1)
    assert await rows() == before
    assert await journal() == told


async def test_delete_answers_the_record_as_it_was(org: Org, journal: Journal) -> None:
    created = await sample(org)
    repository = org.repositories.of(Sample)
    with pytest.raises(Stale):
        await repository.delete(created["id"], version=2)
    assert await repository.delete(created["id"], version=1) == created
    with pytest.raises(NotFound):
        await repository.get(created["id"])
    assert [action for _, action, _ in await journal()] == ["CREATE", "DELETE"]


async def test_delete_stops_at_records_that_refer_to_it(
    org: Org, journal: Journal, rows: Callable[[], Awaitable[object]]
) -> None:
    created = await sample(org)
    note = await org.repositories.of(SampleNote).create({"body": "b", "sample_id": created["id"]})
    before, told = await rows(), await journal()
    with pytest.raises(StillReferenced) as caught:
        await org.repositories.of(Sample).delete(created["id"])
    assert caught.value.table == "SampleNote"
    assert await rows() == before
    assert await journal() == told
    await org.repositories.of(SampleNote).delete(note["id"])
    await org.repositories.of(Sample).delete(created["id"])


async def test_delete_stops_at_records_of_the_same_type(org: Org) -> None:
    parent = await sample(org, "parent")
    child = await sample(org, "child", parent_id=parent["id"])
    with pytest.raises(StillReferenced) as caught:
        await org.repositories.of(Sample).delete(parent["id"])
    assert caught.value.table == "Sample"
    await org.repositories.of(Sample).delete(child["id"])
    await org.repositories.of(Sample).delete(parent["id"])


async def test_delete_takes_cascading_records_along(org: Org, root: asyncpg.Connection) -> None:
    vendor = await org.repositories.of(Vendor).create({"name": "v", "tier": "LOW"})
    kept = await sample(org, "kept")
    gone = await sample(org, "gone")
    for one in (kept, gone):
        await org.repositories.of(SampleVendor).create(
            {"sample_id": one["id"], "vendor_id": vendor["id"]}
        )
    await org.repositories.of(Sample).delete(gone["id"])
    links = await root.fetch("SELECT sample_id FROM data.sample_vendor WHERE org_id = $1", org.id)
    assert [row[0] for row in links] == [kept["id"]]


async def refused(error: type[RepositoryError], attempt: Awaitable[object]) -> Any:
    with pytest.raises(error) as caught:
        await attempt
    return caught.value


async def test_duplicates_name_their_columns(org: Org, other_org: Org, journal: Journal) -> None:
    first = await sample(org, small=1, shade="DARK")
    second = await sample(org, "b")
    told = await journal()
    repository = org.repositories.of(Sample)
    same_title = await refused(Duplicate, sample(org))
    assert same_title.columns == ("title",)
    pair = await refused(Duplicate, sample(org, "c", small=1, shade="DARK"))
    assert pair.columns == ("small", "shade")
    same_id = await refused(Duplicate, sample(org, "d", id=first["id"]))
    assert same_id.columns == ("id",)
    changed = await refused(
        Duplicate, repository.update(second["id"], version=1, values={"title": "a"})
    )
    assert changed.columns == ("title",)
    assert await journal() == told
    # Another organisation may have the same: uniqueness tells nothing of it.
    await other_org.repositories.of(Sample).create(
        {"id": first["id"], "title": "a", "tags": [], "small": 1, "shade": "DARK"}
    )


async def test_references_to_foreign_and_missing_records_are_refused_alike(
    org: Org, other_org: Org, journal: Journal
) -> None:
    foreign = await sample(other_org)
    mine = await sample(org)
    notes = org.repositories.of(SampleNote)
    note = await notes.create({"body": "b", "sample_id": mine["id"]})
    told = await journal()
    errors = []
    for id in (foreign["id"], uuid4()):
        created = await refused(ReferenceMissing, notes.create({"body": "b", "sample_id": id}))
        updated = await refused(
            ReferenceMissing, notes.update(note["id"], version=1, values={"sample_id": id})
        )
        errors.append((str(created), created.args, str(updated), updated.args))
        assert created.column == updated.column == "sample_id"
        # A record may refer to one of its own type: creating it is no deletion of the other.
        own_type = await refused(ReferenceMissing, sample(org, "child", parent_id=id))
        assert own_type.column == "parent_id"
    assert errors[0] == errors[1]
    assert await journal() == told


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"small": 1001}, "small"),
        ({"small": -1001}, "small"),
        ({"title": "x" * 2001}, "title"),
        ({"title_note": "xxxxxx"}, "title_note"),
        ({"shade": "PINK"}, "shade"),
        ({"tags": ["x"] * 101}, "tags"),
        ({"facts": ["x" * 40_000]}, "facts"),
        ({"title": None}, "title"),
        ({"note": "a"}, None),
        ({"price": 10**17}, None),
        ({"note": "a\0b"}, None),
    ],
)
async def test_values_that_break_a_check_are_refused(
    org: Org, journal: Journal, values: dict[str, object], column: str | None
) -> None:
    error = await refused(ValueRefused, sample(org, **{"title": "a", **values}))
    assert error.column == column
    created = await sample(org)
    updated = await refused(
        ValueRefused,
        org.repositories.of(Sample).update(created["id"], version=1, values=values),
    )
    assert updated.column == column
    assert len(await journal()) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"small": "five"},
        {"small": 2**40},
        {"big": 2**63},
        {"ratio": "x"},
        {"seen_at": "yesterday"},
        {"day": 5},
        {"note": 5},
        {"note": "\ud800"},
        {"parent_id": "no id"},
        {"tags": "text"},
    ],
    ids=lambda values: next(iter(values)),
)
async def test_values_the_driver_cant_send_are_refused(
    org: Org, journal: Journal, values: dict[str, object]
) -> None:
    await refused(ValueRefused, sample(org, **values))
    assert await journal() == []


async def test_transaction_that_raises_leaves_nothing(
    org: Org, journal: Journal, rows: Callable[[], Awaitable[object]]
) -> None:
    kept = await sample(org, "kept")
    before, told = await rows(), await journal()

    class Stop(Exception):
        pass

    with pytest.raises(Stop):
        async with org.repositories.transaction() as repositories:
            await repositories.of(Sample).create({"title": "gone", "tags": []})
            await repositories.of(Sample).update(kept["id"], version=1, values={"note": "x"})
            await repositories.of(Vendor).create({"name": "v", "tier": "LOW"})
            raise Stop
    assert await rows() == before
    assert await journal() == told


async def test_transaction_commits_all_writes_together(org: Org, journal: Journal) -> None:
    async with org.repositories.transaction() as repositories:
        vendor = await repositories.of(Vendor).create({"name": "v", "tier": "LOW"})
        integration = await repositories.of(Integration).create(
            {"name": "i", "auth_method": "SAML", "scopes": [], "vendor_id": vendor["id"]}
        )
        assert await journal() == []
    assert await journal() == [
        ("Vendor", "CREATE", str(vendor["id"])),
        ("Integration", "CREATE", str(integration["id"])),
    ]
    assert await org.repositories.of(Grant).count() == 0


async def test_transaction_whose_failure_is_caught_leaves_nothing(
    org: Org, journal: Journal, rows: Callable[[], Awaitable[object]]
) -> None:
    """What failed can't be made good inside: the block says so at its end."""
    await sample(org)
    before, told = await rows(), await journal()
    with pytest.raises(TransactionFailed):
        async with org.repositories.transaction() as repositories:
            await repositories.of(Sample).create({"title": "lost", "tags": []})
            with pytest.raises(Duplicate):
                await repositories.of(Sample).create({"title": "a", "tags": []})
    assert await rows() == before
    assert await journal() == told


async def test_writes_that_refuse_cleanly_leave_their_transaction_usable(
    org: Org, journal: Journal
) -> None:
    created = await sample(org)
    async with org.repositories.transaction() as repositories:
        with pytest.raises(Stale):
            await repositories.of(Sample).update(created["id"], version=9, values={"note": "x"})
        with pytest.raises(NotFound):
            await repositories.of(Sample).delete(uuid4())
        await repositories.of(Sample).update(created["id"], version=1, values={"note": "x"})
    assert len(await journal()) == 2
