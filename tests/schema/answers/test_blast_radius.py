"""What a breach would reach, and that it ends at the organisation."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from models.vendors import Vendor
from tests.conftest import Ask, Org, Urls
from tests.planting import Perimeter, Planter

QUERY = """query ($vendor: ID, $integration: ID, $credential: ID, $first: Int! = 100) {
  blastRadius(vendor: $vendor, integration: $integration, credential: $credential, first: $first) {
    counts {
      vendors integrations credentials applications grants flows datasets fields users
    }
    level openGrants categories { category level fields }
    vendors { id name } integrations { id } credentials { id } applications { id } grants { id }
    flows { id } datasets { dataset { id } level fields { id category } } users { id }
  }
}"""
SORTS = ("vendors", "integrations", "credentials", "applications", "grants", "flows", "users")


def names(planted: Perimeter, radius: dict[str, Any]) -> dict[str, set[str]]:
    found = {sort: {planted.name_of(one["id"]) for one in radius[sort]} for sort in SORTS}
    datasets = {planted.name_of(one["dataset"]["id"]) for one in radius["datasets"]}
    return {**found, "datasets": datasets}


async def test_vendor_reaches_what_it_stands_behind(
    ask: Ask, org: Org, planted: Perimeter, sent: list[str]
) -> None:
    answer = await ask(org, QUERY, {"vendor": str(planted["lower"])})
    assert "errors" not in answer
    radius = answer["data"]["blastRadius"]
    assert names(planted, radius) == {
        "vendors": {"lower", "middle", "upper"},
        "integrations": {"sync", "feed"},
        "credentials": {"key", "second_key", "feed_key"},
        "applications": {"crm"},
        "grants": {"write", "read_prices", "sign_in"},
        "flows": {"export", "digest"},
        "datasets": {"customers", "contacts", "prices"},
        "users": {"owner", "keeper", "agreeing"},
    }
    counts = radius["counts"]
    assert all(counts[sort] == len(radius[sort]) for sort in (*SORTS, "datasets"))
    assert counts["fields"] == 4
    assert radius["level"] == "RESTRICTED"
    assert radius["openGrants"] == 1, "the sign-in names no dataset"
    assert radius["categories"] == [
        {"category": "FINANCIAL", "level": "RESTRICTED", "fields": 1},
        {"category": "PERSONAL", "level": "CONFIDENTIAL", "fields": 3},
    ]
    by_dataset = {
        planted.name_of(one["dataset"]["id"]): (one["level"], len(one["fields"]))
        for one in radius["datasets"]
    }
    assert by_dataset == {
        "customers": ("CONFIDENTIAL", 2),
        "contacts": ("CONFIDENTIAL", 1),
        "prices": ("RESTRICTED", 1),
    }
    assert len(sent) <= 5


async def test_vendor_does_not_reach_those_who_stand_behind_it(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    answer = await ask(org, QUERY, {"vendor": str(planted["upper"])})
    found = names(planted, answer["data"]["blastRadius"])
    assert found["vendors"] == {"upper"}
    assert found["integrations"] == {"sync"}
    assert found["datasets"] == {"customers", "contacts"}
    beside = (await ask(org, QUERY, {"vendor": str(planted["beside"])}))["data"]["blastRadius"]
    assert names(planted, beside)["integrations"] == {"other"}
    assert names(planted, beside)["datasets"] == {"contacts", "reports"}


async def test_integration_reaches_what_it_moves_and_was_granted(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    answer = await ask(org, QUERY, {"integration": str(planted["sync"])})
    assert names(planted, answer["data"]["blastRadius"]) == {
        "vendors": {"upper"},
        "integrations": {"sync"},
        "credentials": {"key", "second_key"},
        "applications": {"crm"},
        "grants": {"write"},
        "flows": {"export"},
        "datasets": {"customers", "contacts"},
        "users": {"owner", "keeper"},
    }


async def test_credential_reaches_what_its_integration_does_and_no_other_key(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    answer = await ask(org, QUERY, {"credential": str(planted["feed_key"])})
    assert names(planted, answer["data"]["blastRadius"]) == {
        "vendors": {"lower"},
        "integrations": {"feed"},
        "credentials": {"feed_key"},
        "applications": set(),
        "grants": {"read_prices"},
        "flows": set(),
        "datasets": {"prices"},
        "users": set(),
    }


async def test_counts_are_exact_where_lists_are_cut(ask: Ask, org: Org, planted: Perimeter) -> None:
    answer = await ask(org, QUERY, {"vendor": str(planted["lower"]), "first": 1})
    radius = answer["data"]["blastRadius"]
    assert all(len(radius[sort]) == 1 for sort in (*SORTS, "datasets"))
    assert radius["counts"]["credentials"] == 3
    assert radius["counts"]["fields"] == 4


async def test_circle_of_vendors_ends(ask: Ask, org: Org, planted: Perimeter, urls: Urls) -> None:
    """The service lets nobody close a circle; the database itself would."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        done = await connection.execute(
            "UPDATE data.vendor SET parent_id = $1 WHERE id = $2",
            planted["lower"],
            planted["upper"],
        )
        assert done == "UPDATE 1"
    finally:
        await connection.close()
    for name in ("lower", "middle", "upper"):
        answer = await ask(org, QUERY, {"vendor": str(planted[name])})
        assert answer["data"]["blastRadius"]["counts"]["vendors"] == 3


async def test_long_chain_is_climbed_in_as_many_statements(
    ask: Ask, org: Org, sent: list[str]
) -> None:
    plants = Planter(org.repositories)
    vendor = await plants.id(Vendor)
    for _ in range(40):
        vendor = await plants.id(Vendor, parent_id=vendor)
    del sent[:]
    answer = await ask(org, QUERY, {"vendor": str(vendor)})
    assert answer["data"]["blastRadius"]["counts"]["vendors"] == 41
    assert len(sent) == 2


@pytest.mark.parametrize("argument", ["vendor", "integration", "credential"])
async def test_foreign_unknown_and_malformed_ids_are_answered_alike(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, argument: str
) -> None:
    ids = {"vendor": "upper", "integration": "sync", "credential": "key"}
    own = await ask(org, QUERY, {argument: str(planted[ids[argument]])})
    assert own["data"]["blastRadius"]
    for id in (str(theirs[ids[argument]]), str(uuid4()), "x'; --", ""):
        assert await ask(org, QUERY, {argument: id}) == {"data": {"blastRadius": None}}


async def test_no_name_of_another_organisation_is_answered(
    ask: Ask, org: Org, other_org: Org, planted: Perimeter, theirs: Perimeter
) -> None:
    mine = await ask(org, QUERY, {"vendor": str(planted["lower"])})
    assert "canary" not in str(mine)
    assert "canary" in str(await ask(other_org, QUERY, {"vendor": str(theirs["lower"])}))


async def test_exactly_one_is_to_be_named(
    ask: Ask, org: Org, planted: Perimeter, sent: list[str]
) -> None:
    vendor, integration = str(planted["upper"]), str(planted["sync"])
    del sent[:]
    for given in ({}, {"vendor": None}, {"vendor": vendor, "integration": integration}):
        (error,) = (await ask(org, QUERY, given))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
    for first in (0, 101):
        (error,) = (await ask(org, QUERY, {"vendor": vendor, "first": first}))["errors"]
        assert error["extensions"]["field"] == "first"
    assert sent == []
