"""The map of an organisation's data."""

from tests.conftest import Ask, Org
from tests.planting import Perimeter

QUERY = """{ dataMap {
  counts { systems datasets flows }
  systems { datasets application { id } }
  datasets { level categories { category level fields } dataset { id applicationId } }
  flows {
    level categories { category }
    flow { id sourceId targetId status transport legalBasis integration { id name } }
  }
} }"""


async def test_data_map_has_all_systems_datasets_and_flows(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, sent: list[str]
) -> None:
    answer = await ask(org, QUERY)
    assert "errors" not in answer
    assert "canary" not in str(answer)
    found = answer["data"]["dataMap"]
    assert found["counts"] == {"systems": 2, "datasets": 4, "flows": 2}
    assert found["systems"] == [
        {"datasets": 3, "application": None},
        {"datasets": 1, "application": {"id": str(planted["crm"])}},
    ]
    datasets = {planted.name_of(one["dataset"]["id"]): one for one in found["datasets"]}
    assert set(datasets) == {"customers", "contacts", "prices", "reports"}
    assert datasets["customers"]["level"] == "CONFIDENTIAL"
    assert datasets["customers"]["categories"] == [
        {"category": "PERSONAL", "level": "CONFIDENTIAL", "fields": 2}
    ]
    assert datasets["contacts"]["dataset"]["applicationId"] == str(planted["crm"])
    flows = {planted.name_of(one["flow"]["id"]): one for one in found["flows"]}
    export = flows["export"]
    assert export["level"] == "CONFIDENTIAL"
    assert export["categories"] == [{"category": "PERSONAL"}]
    assert export["flow"] == {
        "id": str(planted["export"]),
        "sourceId": str(planted["customers"]),
        "targetId": str(planted["contacts"]),
        "status": "DECLARED",
        "transport": "TLS",
        "legalBasis": "CONTRACT",
        "integration": {"id": str(planted["sync"]), "name": "plant sync"},
    }
    assert flows["digest"]["flow"]["legalBasis"] is None
    assert len(sent) == 2, "the map, and the names of the integrations"


async def test_data_map_of_an_organisation_without_data(ask: Ask, org: Org) -> None:
    found = (await ask(org, QUERY))["data"]["dataMap"]
    assert found["counts"] == {"systems": 1, "datasets": 0, "flows": 0}
    assert found["systems"] == [{"datasets": 0, "application": None}]
