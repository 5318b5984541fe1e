"""Where personal data lies, and who gets it with which agreement."""

from typing import Any

from models.contracts import Contract
from models.datasets import DataField
from models.flows import DataFlow
from tests.conftest import Ask, Org
from tests.planting import Perimeter, Planter

QUERY = """{ personalData {
  counts { datasets fields flows }
  places {
    country vendor { id } application { id name }
    datasets {
      level fieldCount dataset { id name } fields { id name level }
      flows {
        id purpose legalBasis transport status target
        recipients { vendorId name country agreed }
      }
    }
  }
} }"""


def places(answer: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    assert "errors" not in answer
    found = answer["data"]["personalData"]["places"]
    return {place["application"] and place["application"]["name"]: place for place in found}


async def test_personal_data_by_place(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, sent: list[str]
) -> None:
    answer = await ask(org, QUERY)
    assert "canary" not in str(answer)
    assert answer["data"]["personalData"]["counts"] == {"datasets": 2, "fields": 3, "flows": 2}
    found = places(answer)
    assert set(found) == {None, "plant crm"}
    here, crm = found[None], found["plant crm"]
    assert (here["country"], here["vendor"]) == (None, None)
    assert (crm["country"], crm["vendor"]) == ("IE", {"id": str(planted["upper"])})
    (customers,) = here["datasets"]
    assert customers["dataset"]["id"] == str(planted["customers"])
    assert (customers["level"], customers["fieldCount"]) == ("CONFIDENTIAL", 2)
    assert {field["level"] for field in customers["fields"]} == {"CONFIDENTIAL", "INTERNAL"}
    assert customers["flows"] == [
        {
            "id": str(planted["export"]),
            "purpose": "plant export",
            "legalBasis": "CONTRACT",
            "transport": "TLS",
            "status": "DECLARED",
            "target": "plant contacts",
            "recipients": [
                {
                    "vendorId": str(planted["upper"]),
                    "name": "plant upper",
                    "country": "IE",
                    "agreed": True,
                }
            ],
        }
    ]
    (contacts,) = crm["datasets"]
    (digest,) = contacts["flows"]
    assert [(one["name"], one["agreed"]) for one in digest["recipients"]] == [
        ("plant beside", False)
    ]
    assert len(sent) == 1


async def test_recipient_is_whose_application_it_goes_to_as_well(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    plants = Planter(org.repositories)
    await plants.id(
        DataFlow,
        source_id=planted["customers"],
        target_id=planted["contacts"],
        integration_id=planted["other"],
    )
    (customers,) = places(await ask(org, QUERY))[None]["datasets"]
    recipients = customers["flows"][1]["recipients"]
    assert [(one["name"], one["agreed"]) for one in recipients] == [
        ("plant beside", False),
        ("plant upper", True),
    ]


async def test_only_an_active_agreement_on_data_processing_counts(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    plants = Planter(org.repositories)

    async def agreed() -> bool:
        (contacts,) = places(await ask(org, QUERY))["plant crm"]["datasets"]
        made: bool = contacts["flows"][0]["recipients"][0]["agreed"]
        return made

    await plants.id(Contract, kind="MASTER", vendor_id=planted["beside"])
    await plants.id(Contract, kind="DATA_PROCESSING", status="DRAFT", vendor_id=planted["beside"])
    assert not await agreed()
    await plants.id(Contract, kind="DATA_PROCESSING", vendor_id=planted["beside"])
    assert await agreed()


async def test_many_fields_are_counted_and_fifty_are_shown(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    await org.repositories.of(DataField).create_many(
        [
            {
                "name": f"field {number}",
                "level": "INTERNAL",
                "category": "PERSONAL",
                "dataset_id": planted["customers"],
            }
            for number in range(60)
        ]
    )
    found = places(await ask(org, QUERY))
    (customers,) = found[None]["datasets"]
    assert (customers["fieldCount"], len(customers["fields"])) == (62, 50)
    (contacts,) = found["plant crm"]["datasets"]
    assert len(contacts["fields"]) == 1, "no dataset takes another one's share"
