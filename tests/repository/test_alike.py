"""The same values for many records, journalled, and one writer at a time."""

import asyncio
from uuid import uuid4

import pytest

from models.describe import Catalog
from models.events import AuditEvent
from repository.alike import update_alike
from repository.criteria import ALL
from repository.errors import Duplicate, NotFound
from repository.order import complete_order
from repository.reader import Row
from repository.statements import PageRequest
from tests.conftest import Org


@pytest.fixture
async def samples(org: Org, catalog: Catalog) -> list[Row]:
    values = [{"title": f"s{number}", "tags": []} for number in range(4)]
    return await org.repositories.of(catalog.tables["Sample"]).create_many(values)


async def test_records_get_the_values_and_their_events(
    org: Org, catalog: Catalog, samples: list[Row]
) -> None:
    table = catalog.tables["Sample"]
    ids = [row["id"] for row in samples[:3]]
    values = {"note": "alike", "flag": True}
    rows = await update_alike(org.repositories, table, ids, values=values)
    assert {row["id"] for row in rows} == set(ids)
    assert all((row["note"], row["flag"], row["version"]) == ("alike", True, 2) for row in rows)
    untouched = await org.repositories.of(table).get(samples[3]["id"])
    assert untouched == samples[3]
    events = org.repositories.of(AuditEvent)
    order = complete_order(events._table, ())
    page = await events.page(PageRequest(order, 100, ALL))
    updated = [event for event in page.rows if event["action"] == "UPDATE"]
    assert {event["record_id"] for event in updated} == {str(id) for id in ids}
    assert all(event["fields"] == ["note", "flag"] for event in updated)


async def test_all_or_none(org: Org, other_org: Org, catalog: Catalog, samples: list[Row]) -> None:
    table = catalog.tables["Sample"]
    for repositories, ids in (
        (org.repositories, [samples[0]["id"], uuid4()]),
        (other_org.repositories, [samples[0]["id"]]),
    ):
        with pytest.raises(NotFound):
            await update_alike(repositories, table, ids, values={"note": "no"})
    assert await org.repositories.of(table).get(samples[0]["id"]) == samples[0]
    assert await update_alike(org.repositories, table, [], values={"note": "no"}) == []


async def test_values_that_must_be_unique_are_refused(
    org: Org, catalog: Catalog, samples: list[Row]
) -> None:
    ids = [row["id"] for row in samples]
    with pytest.raises(Duplicate) as refused:
        await update_alike(org.repositories, catalog.tables["Sample"], ids, values={"title": "s"})
    assert refused.value.columns == ("title",)


async def test_turns_are_taken(org: Org, other_org: Org) -> None:
    said: list[str] = []
    holds, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with org.repositories.transaction() as held:
            await held.take_turns("name")
            holds.set()
            await go_on.wait()
            said.append("first")

    async def second() -> None:
        async with org.repositories.transaction() as held:
            await held.take_turns("name")
            said.append("second")

    async def others() -> None:
        async with other_org.repositories.transaction() as held:
            await held.take_turns("name")
            said.append("others")

    waiting = asyncio.create_task(first())
    await holds.wait()
    later = asyncio.create_task(second())
    await others()
    await asyncio.sleep(0.1)
    assert said == ["others"], "another organisation does not wait, and the second one does"
    go_on.set()
    await asyncio.gather(waiting, later)
    assert said == ["others", "first", "second"]
