"""What comes to its end, in order of the days that are left."""

from typing import Any

import pytest

from models.attestations import Attestation
from models.contracts import Contract
from models.grants import Grant
from models.integrations import Credential
from tests.conftest import Ask, Org
from tests.planting import Perimeter, Planter, ago, day

QUERY = """query ($within: Int!) { expiring(within: $within) {
  count
  endings {
    subjectType subjectId subjectLabel endsOn daysLeft
    subject { id __typename ... on Contract { title vendor { name } } }
  }
} }"""


async def endings(ask: Ask, org: Org, within: int) -> list[dict[str, Any]]:
    answer = await ask(org, QUERY, {"within": within})
    assert "errors" not in answer
    assert answer["data"]["expiring"]["count"] == len(answer["data"]["expiring"]["endings"])
    found: list[dict[str, Any]] = answer["data"]["expiring"]["endings"]
    return found


async def test_endings_are_sorted_by_day(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, sent: list[str]
) -> None:
    del sent[:]
    found = await endings(ask, org, 60)
    assert "canary" not in str(found)
    assert len(sent) == 2, "what ends, and the vendors of the contracts"
    named = [(planted.name_of(one["subjectId"]), one["daysLeft"]) for one in found]
    assert named == [("report", -5), ("agreement", 20), ("assessment", 40)]
    assert [one["endsOn"] for one in found[:2]] == [day(-5).isoformat(), day(20).isoformat()]
    assert found[1]["subjectLabel"] == "plant agreement"
    assert found[1]["subject"] == {
        "id": str(planted["agreement"]),
        "__typename": "Contract",
        "title": "plant agreement",
        "vendor": {"name": "plant upper"},
    }
    assert [one["subject"]["__typename"] for one in found] == [one["subjectType"] for one in found]


async def test_every_kind_is_there_up_to_the_last_day_and_no_further(ask: Ask, org: Org) -> None:
    plants = Planter(org.repositories)
    integration = (await plants.make(Credential))["integration_id"]
    wanted = {
        await plants.id(Credential, not_after=ago(days=-10)): 10,
        await plants.id(Grant, integration_id=integration, scope="a", expires_at=ago(days=-9)): 9,
        await plants.id(Attestation, valid_until=day(10)): 10,
        await plants.id(Attestation, valid_until=day(-30)): -30,
        await plants.id(Contract, ends_on=day(0)): 0,
    }
    await plants.id(Attestation, valid_until=day(11))
    await plants.id(Attestation, valid_until=day(-31))
    await plants.id(Credential, not_after=ago(days=-1), status="REVOKED")
    await plants.id(Contract, ends_on=day(1), status="TERMINATED")
    await plants.id(
        Grant, integration_id=integration, scope="b", expires_at=ago(days=-1), status="REVOKED"
    )
    found = await endings(ask, org, 10)
    assert {one["subjectId"]: one["daysLeft"] for one in found} == {
        str(id): left for id, left in wanted.items()
    }
    assert [one["daysLeft"] for one in found] == sorted(wanted.values())


async def test_earliest_are_listed_where_there_are_many(ask: Ask, org: Org) -> None:
    plants = Planter(org.repositories)
    vendor = (await plants.make(Attestation, valid_until=day(700)))["vendor_id"]
    await org.repositories.of(Attestation).create_many(
        [
            {
                "kind": "ISO27001",
                "issuer": "Auditors",
                "issued_on": day(-400),
                "valid_until": day(300 - number),
                "vendor_id": vendor,
            }
            for number in range(130)
        ]
    )
    answer = (await ask(org, QUERY, {"within": 730}))["data"]["expiring"]
    assert (answer["count"], len(answer["endings"])) == (131, 100)
    assert [one["daysLeft"] for one in answer["endings"]] == list(range(171, 271))


@pytest.mark.parametrize("within", [-1, 731])
async def test_days_have_bounds(ask: Ask, org: Org, sent: list[str], within: int) -> None:
    (error,) = (await ask(org, QUERY, {"within": within}))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == "within"
    assert sent == []
