"""What would break without a vendor, and that nothing does."""

from typing import Any
from uuid import uuid4

import asyncpg

from models.flows import DataFlow
from models.integrations import Integration
from tests.conftest import Ask, Org, Urls
from tests.planting import Perimeter, Planter

QUERY = """query ($vendor: ID!) { simulate(vendorSuspended: $vendor) {
  counts { vendors integrations applications flows datasets users }
  vendors { id } integrations { id } applications { id } flows { id } datasets { id }
  users { id name }
} }"""


async def simulated(ask: Ask, org: Org, planted: Perimeter, vendor: str) -> dict[str, set[str]]:
    answer = await ask(org, QUERY, {"vendor": str(planted[vendor])})
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["simulate"]
    counts = found.pop("counts")
    assert counts == {sort: len(records) for sort, records in found.items()}
    return {sort: {planted.name_of(one["id"]) for one in found[sort]} for sort in found}


async def test_what_stands_above_a_vendor_stops_with_it(
    ask: Ask, org: Org, planted: Perimeter, sent: list[str]
) -> None:
    del sent[:]
    assert await simulated(ask, org, planted, "lower") == {
        "vendors": {"lower", "middle", "upper"},
        "integrations": {"sync", "feed"},
        "applications": {"crm"},
        "flows": {"export", "digest"},
        "datasets": {"contacts", "reports"},
        "users": {"owner", "keeper"},
    }
    assert len(sent) == 1


async def test_what_stands_below_a_vendor_goes_on(ask: Ask, org: Org, planted: Perimeter) -> None:
    found = await simulated(ask, org, planted, "upper")
    assert (found["vendors"], found["integrations"]) == ({"upper"}, {"sync"})


async def test_dataset_with_another_inflow_that_works_is_not_emptied(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    plants = Planter(org.repositories)
    into = {"source_id": planted["prices"], "target_id": planted["reports"]}
    assert (await simulated(ask, org, planted, "beside"))["datasets"] == {"reports"}
    retired = await plants.id(Integration, status="RETIRED")
    await plants.id(DataFlow, integration_id=retired, **into)
    assert (await simulated(ask, org, planted, "beside"))["datasets"] == {"reports"}
    await plants.id(DataFlow, integration_id=planted["sync"], **into)
    found = await simulated(ask, org, planted, "beside")
    assert (found["datasets"], found["flows"]) == (set(), {"digest"})


async def test_integrations_that_are_not_active_do_not_stop(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    plants = Planter(org.repositories)
    await plants.id(Integration, vendor_id=planted["beside"], status="SUSPENDED")
    assert (await simulated(ask, org, planted, "beside"))["integrations"] == {"other"}


async def test_nothing_is_changed(ask: Ask, org: Org, planted: Perimeter, urls: Urls) -> None:
    connection = await asyncpg.connect(urls.superuser)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'data'")

    async def all_rows() -> list[Any]:
        return [
            await connection.fetch(
                f"SELECT t.xmin, t::text FROM data.{table['tablename']} AS t "
                "WHERE t.org_id = $1 ORDER BY t.id",
                org.id,
            )
            for table in tables
        ]

    try:
        before = await all_rows()
        assert sum(map(len, before)) > 30
        await simulated(ask, org, planted, "lower")
        assert await all_rows() == before
    finally:
        await connection.close()


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter
) -> None:
    for id in (str(theirs["upper"]), str(uuid4()), "nonsense", "'"):
        assert await ask(org, QUERY, {"vendor": id}) == {"data": {"simulate": None}}


async def test_no_name_of_another_organisation_is_answered(
    ask: Ask, org: Org, other_org: Org, planted: Perimeter, theirs: Perimeter
) -> None:
    mine = await ask(org, QUERY, {"vendor": str(planted["lower"])})
    assert "canary" not in str(mine)
    assert "canary" in str(await ask(other_org, QUERY, {"vendor": str(theirs["lower"])}))
