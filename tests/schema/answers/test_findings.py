"""Findings that are kept: made once, seen again, resolved, opened again."""

import asyncio
from typing import Any

import pytest

from models.conditions import equal
from models.events import AuditEvent
from models.findings import Finding
from models.integrations import Integration
from repository.criteria import ALL, criteria_of
from repository.order import complete_order
from repository.reader import Row
from repository.statements import PageRequest
from tests.conftest import Ask, Org
from tests.planting import Perimeter, Planter

QUERY = """mutation ($rules: [String!]) { refreshFindings(rules: $rules) {
  created kept reopened resolved open
  findings { id rule title severity status subjectType subjectId subjectLabel evidence fix
             firstSeenAt lastSeenAt }
} }"""
OWNERLESS = "integration-without-owner"


async def refresh(ask: Ask, org: Org, *rules: str, role: str = "admin") -> dict[str, Any]:
    answer = await ask(org, QUERY, {"rules": list(rules) or None}, role=role)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["refreshFindings"]
    return found


async def stored(org: Org, model: type = Finding, **values: Any) -> list[Row]:
    repository = org.repositories.of(model)
    table = repository._table
    where = ALL
    for name, value in values.items():
        where = criteria_of(equal(name, value), table, repository._session.catalog)
    page = await repository.page(PageRequest(complete_order(table, ()), 1000, where))
    return page.rows


async def change(org: Org, row: Row, **values: Any) -> Row:
    repository = org.repositories.of(Integration)
    current = await repository.get(row["id"])
    return await repository.update(row["id"], version=current["version"], values=values)


async def move(ask: Ask, org: Org, name: str, finding: Row, **values: Any) -> None:
    query = f"""mutation ($input: TransitionInput!) {{
      {name}Finding(input: $input) {{ finding {{ status }} }} }}"""
    given = {"id": str(finding["id"]), "version": finding["version"], **values}
    answer = await ask(org, query, {"input": given})
    assert "errors" not in answer, answer


@pytest.fixture
def plants(org: Org) -> Planter:
    return Planter(org.repositories)


@pytest.fixture
async def integration(plants: Planter) -> Row:
    return await plants.make(Integration, name="lonely")


async def test_findings_are_made_and_journalled(
    ask: Ask, org: Org, other_org: Org, integration: Row
) -> None:
    found = await refresh(ask, org, OWNERLESS)
    (finding,) = found.pop("findings")
    assert found == {"created": 1, "kept": 0, "reopened": 0, "resolved": 0, "open": 1}
    assert finding["status"] == "OPEN"
    assert finding["severity"] == 3
    assert finding["subjectType"] == "Integration"
    assert finding["subjectId"] == str(integration["id"])
    assert finding["subjectLabel"] == "lonely"
    assert finding["evidence"] == {"status": "ACTIVE", "ownerId": None}
    assert finding["firstSeenAt"] == finding["lastSeenAt"]
    (row,) = await stored(org)
    (event,) = await stored(org, AuditEvent, record_id=str(row["id"]))
    assert (event["action"], event["record_type"], event["actor"]) == (
        "CREATE",
        "Finding",
        f"admin@{org.slug}",
    )
    assert await stored(other_org) == []


async def test_finding_that_holds_is_seen_again(ask: Ask, org: Org, integration: Row) -> None:
    (before,) = (await refresh(ask, org, OWNERLESS))["findings"]
    found = await refresh(ask, org, OWNERLESS)
    (after,) = found.pop("findings")
    assert found == {"created": 0, "kept": 1, "reopened": 0, "resolved": 0, "open": 1}
    assert after.pop("lastSeenAt") > before.pop("lastSeenAt")
    assert after == before


async def test_finding_tells_what_has_changed_since(ask: Ask, org: Org, integration: Row) -> None:
    (before,) = (await refresh(ask, org, OWNERLESS))["findings"]
    await change(org, integration, name="renamed", status="SUSPENDED")
    (after,) = (await refresh(ask, org, OWNERLESS))["findings"]
    assert after["id"] == before["id"]
    assert (after["subjectLabel"], after["evidence"]["status"]) == ("renamed", "SUSPENDED")
    assert after["firstSeenAt"] == before["firstSeenAt"]


@pytest.mark.parametrize("first", [None, "acknowledge"])
async def test_finding_is_resolved_and_opened_again(
    ask: Ask, org: Org, plants: Planter, integration: Row, first: str | None
) -> None:
    from models.people import User

    await refresh(ask, org, OWNERLESS)
    (row,) = await stored(org)
    if first:
        await move(ask, org, first, row)
    await change(org, integration, owner_id=await plants.id(User))
    found = await refresh(ask, org, OWNERLESS)
    assert (found["resolved"], found["open"], found["findings"]) == (1, 0, [])
    (resolved,) = await stored(org)
    assert resolved["status"] == "RESOLVED"
    assert (await refresh(ask, org, OWNERLESS))["resolved"] == 0
    await change(org, integration, owner_id=None)
    found = await refresh(ask, org, OWNERLESS)
    assert (found["created"], found["kept"], found["reopened"], found["open"]) == (0, 0, 1, 1)
    (again,) = await stored(org)
    assert (again["id"], again["status"]) == (row["id"], "OPEN")
    assert again["first_seen_at"] == row["first_seen_at"]
    assert again["last_seen_at"] > resolved["last_seen_at"]
    moves = [event["move"] for event in await stored(org, AuditEvent, record_id=str(row["id"]))]
    wanted = [first, "resolve", "reopen"] if first else ["resolve", "reopen"]
    assert [name for name in moves if name] == wanted


async def test_accepted_finding_stays_accepted(ask: Ask, org: Org, integration: Row) -> None:
    await refresh(ask, org, OWNERLESS)
    (row,) = await stored(org)
    await move(ask, org, "accept", row, reason="It ends soon.")
    found = await refresh(ask, org, OWNERLESS)
    assert (found["kept"], found["open"]) == (1, 0)
    await change(org, integration, status="RETIRED")
    assert (await refresh(ask, org, OWNERLESS))["resolved"] == 0
    (kept,) = await stored(org)
    assert kept["status"] == "ACCEPTED"


async def test_acknowledged_finding_stays_so_while_it_holds(
    ask: Ask, org: Org, integration: Row
) -> None:
    await refresh(ask, org, OWNERLESS)
    (row,) = await stored(org)
    await move(ask, org, "acknowledge", row)
    await refresh(ask, org, OWNERLESS)
    (kept,) = await stored(org)
    assert kept["status"] == "ACKNOWLEDGED"


async def test_rules_that_are_not_named_are_left_alone(
    ask: Ask, org: Org, planted: Perimeter
) -> None:
    everything = await refresh(ask, org)
    rows = await stored(org)
    assert everything["created"] == everything["open"] == len(rows) > 5
    found = await refresh(ask, org, "flow-divergent")
    assert (found["created"], found["kept"], found["resolved"]) == (0, 0, 0)
    assert await stored(org) == rows
    again = await refresh(ask, org)
    assert (again["created"], again["kept"]) == (0, len(rows))


async def test_findings_of_others_are_left_alone(ask: Ask, org: Org, integration: Row) -> None:
    """Such as what is found by watching, and not by a rule of the posture."""
    from tests.planting import ago

    made = await org.repositories.of(Finding).create(
        {
            "rule": "bulk-read",
            "title": "Much was read",
            "severity": 4,
            "subject_type": "Integration",
            "subject_id": str(integration["id"]),
            "subject_label": "lonely",
            "first_seen_at": ago(days=1),
            "last_seen_at": ago(days=1),
        }
    )
    await refresh(ask, org)
    assert await org.repositories.of(Finding).get(made["id"]) == made


async def test_two_at_a_time_make_each_finding_once(ask: Ask, org: Org, planted: Perimeter) -> None:
    both = await asyncio.gather(refresh(ask, org), refresh(ask, org))
    rows = await stored(org)
    assert sorted(one["created"] for one in both) == [0, len(rows)]
    assert sorted(one["kept"] for one in both) == [0, len(rows)]


async def test_many_findings_take_few_statements(
    ask: Ask, org: Org, plants: Planter, sent: list[str]
) -> None:
    vendor = (await plants.make(Integration))["vendor_id"]
    await org.repositories.of(Integration).create_many(
        [
            {"name": f"i{number}", "auth_method": "SAML", "scopes": [], "vendor_id": vendor}
            for number in range(300)
        ]
    )
    del sent[:]
    assert (await refresh(ask, org, OWNERLESS))["created"] == 301
    assert len(sent) <= 8
    del sent[:]
    found = await refresh(ask, org, OWNERLESS)
    assert (found["kept"], found["open"], len(found["findings"])) == (301, 301, 100)
    assert len(sent) <= 8


async def test_viewer_may_not_refresh(
    ask: Ask, org: Org, integration: Row, sent: list[str]
) -> None:
    del sent[:]
    query = "mutation { refreshFindings { created findings { id } } }"
    answer = await ask(org, query, role="viewer")
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "field": "refreshFindings",
        "rule": "needs the scope finding:write",
    }
    assert answer["data"] == {"refreshFindings": None}
    assert sent == []
    assert await stored(org) == []
    assert (await refresh(ask, org, OWNERLESS, role="editor"))["created"] == 1
