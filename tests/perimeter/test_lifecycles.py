"""What stands between a vendor's product and the organisation's data: guards, moves, chains."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.describe import Catalog
from models.events import AuditEvent
from repository.criteria import ALL
from repository.order import complete_order
from repository.statements import PageRequest
from tests.conftest import Ask, Org

Do = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def do(ask: Ask, org: Org) -> Do:
    """A mutation by name: its record, or the extensions of its error."""

    async def do(name: str, /, *, of: str = "", **values: Any) -> dict[str, Any]:
        type_ = of or name.removeprefix("create").removeprefix("update")
        singular = type_[0].lower() + type_[1:]
        kind = "TransitionInput" if of else f"{name[0].upper()}{name[1:]}Input"
        field = f"{name}{of}"
        query = f"mutation ($input: {kind}!) {{ {field}(input: $input) {{ {singular} {{ id version }} }} }}"
        answer = await ask(org, query, {"input": values})
        if "errors" in answer:
            error: dict[str, Any] = answer["errors"][0]["extensions"]
            return error
        record: dict[str, Any] = answer["data"][field][singular]
        return record

    return do


def later(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def approved_integration(do: Do, name: str = "i") -> tuple[dict[str, Any], str]:
    """An integration up to its approval, and its vendor's id."""
    vendor = await do("createVendor", name=f"v-{name}", tier="LOW")
    integration = await do(
        "createIntegration", name=name, authMethod="SAML", scopes=[], vendorId=vendor["id"]
    )
    for move in ("assess", "approve"):
        integration = await do(move, of="Integration", **integration)
    return integration, vendor["id"]


async def assessment(do: Do, vendor: str, integration: str, **values: Any) -> dict[str, Any]:
    questionnaire = await do(
        "createQuestionnaire", name=f"q-{integration}", versionLabel="1", standard="CSA CCM v4"
    )
    return await do(
        "createAssessment",
        vendorId=vendor,
        integrationId=integration,
        questionnaireId=questionnaire["id"],
        **values,
    )


async def test_activate_needs_an_assessment_that_is_approved_and_valid(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    rule = "must have an assessment that was approved and is still valid"
    refused = {"code": "CONFLICT", "field": "input", "rule": rule}
    assert await do("activate", of="Integration", **integration) == refused
    made = await assessment(
        do, vendor, integration["id"], outcome="OK", validUntil=later(seconds=2)
    )
    assert await do("activate", of="Integration", **integration) == refused
    made = await do("submit", of="Assessment", **made)
    made = await do("approve", of="Assessment", **made)
    active = await do("activate", of="Integration", **integration)
    assert active["version"] == integration["version"] + 1
    suspended = await do("suspend", of="Integration", **active, reason="a pause")
    expired = await do("reopen", of="Assessment", **made, reason="it lapsed")
    await do("updateAssessment", **expired, validUntil=later(days=-1))
    assert await do("activate", of="Integration", **suspended) == refused


async def test_activate_refuses_an_unsanctioned_application(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    made = await assessment(do, vendor, integration["id"], outcome="OK", validUntil=later(days=2))
    made = await do("approve", of="Assessment", **await do("submit", of="Assessment", **made))
    application = await do("createSaasApplication", name="shadow")
    integration = await do("updateIntegration", **integration, applicationId=application["id"])
    refused = await do("activate", of="Integration", **integration)
    assert refused["rule"] == "must not be of an application that is unsanctioned"
    await do("sanction", of="SaasApplication", **application)
    assert "id" in await do("activate", of="Integration", **integration)


async def test_an_approval_is_not_turned_into_one_of_something_else(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    other, _ = await approved_integration(do, "other")
    made = await assessment(do, vendor, integration["id"], outcome="OK", validUntil=later(days=2))
    made = await do("updateAssessment", **made, outcome="WARNING")
    made = await do("approve", of="Assessment", **await do("submit", of="Assessment", **made))
    # Which integration it is of is set once, and is no field of the input.
    moved = await do("updateAssessment", **made, integrationId=other["id"])
    assert moved["code"] == "BAD_USER_INPUT"
    refused = await do("updateAssessment", **made, validUntil=later(days=900))
    assert (refused["code"], refused["rule"]) == ("CONFLICT", "must be a draft to be changed")
    assert (await do("activate", of="Integration", **other))["code"] == "CONFLICT"


async def test_a_blocker_is_not_approved(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    made = await assessment(
        do, vendor, integration["id"], outcome="BLOCKER", validUntil=later(days=2)
    )
    made = await do("submit", of="Assessment", **made)
    refused = await do("approve", of="Assessment", **made)
    assert refused["rule"] == "must have an outcome that is no BLOCKER"


async def grant(do: Do, integration: str, scope: str, *categories: str) -> dict[str, Any]:
    return await do(
        "createGrant",
        integrationId=integration,
        scope=scope,
        categories=list(categories),
        grantedAt=later(),
    )


async def test_no_grant_while_a_critical_finding_is_overdue(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    held = await grant(do, integration["id"], "before")
    finding = await do(
        "createPenetrationFinding",
        vendorId=vendor,
        title="t",
        cvss="9.1",
        reportedOn=later(days=-60)[:10],
        dueOn=later(days=-2)[:10],
    )
    refused = await grant(do, integration["id"], "after")
    assert refused["code"] == "CONFLICT"
    assert "penetration finding" in refused["rule"]
    # What could not be granted any more can still be taken back.
    assert "id" in await do("revoke", of="Grant", **held, reason="the finding")
    await do("fix", of="PenetrationFinding", **finding)
    assert "id" in await grant(do, integration["id"], "after")


async def test_no_grant_of_personal_data_without_an_agreement(do: Do) -> None:
    integration, vendor = await approved_integration(do)
    assert "id" in await grant(do, integration["id"], "business", "BUSINESS")
    refused = await grant(do, integration["id"], "people", "BUSINESS", "PERSONAL")
    assert refused["rule"] == "must not open personal data without an agreement on data processing"
    contract = await do(
        "createContract",
        vendorId=vendor,
        kind="DATA_PROCESSING",
        title="DPA",
        startsOn=later()[:10],
    )
    assert "code" in await grant(do, integration["id"], "people", "PERSONAL")
    contract = await do("activate", of="Contract", **contract)
    held = await grant(do, integration["id"], "people", "PERSONAL")
    assert "id" in held
    await do("terminate", of="Contract", **contract, reason="over")
    business = await grant(do, integration["id"], "more", "BUSINESS")
    assert "code" in await do("updateGrant", **business, categories=["PERSONAL"])


async def test_one_contract_of_a_kind_is_active_at_a_time(do: Do) -> None:
    vendor = await do("createVendor", name="v", tier="LOW")
    values = {"vendorId": vendor["id"], "title": "t", "startsOn": later()[:10]}
    first, second = [await do("createContract", **values, kind="MASTER") for _ in range(2)]
    other = await do("createContract", **values, kind="NON_DISCLOSURE")
    first = await do("activate", of="Contract", **first)
    refused = await do("activate", of="Contract", **second)
    assert (refused["code"], refused["field"]) == ("CONFLICT", "input.kind")
    assert "id" in await do("activate", of="Contract", **other)
    await do("expire", of="Contract", **first)
    assert "id" in await do("activate", of="Contract", **second)


async def test_no_vendor_stands_behind_itself(do: Do) -> None:
    first, second, third = [
        await do("createVendor", name=name, tier="LOW") for name in ("a", "b", "c")
    ]
    second = await do("updateVendor", **second, parentId=first["id"])
    third = await do("updateVendor", **third, parentId=second["id"])
    for parent in (first, third):
        refused = await do("updateVendor", **first, parentId=parent["id"])
        assert refused == {
            "code": "BAD_USER_INPUT",
            "field": "input.parentId",
            "rule": "must not lead back to the record itself",
        }


async def test_a_move_that_is_not_allowed_names_those_that_are(do: Do) -> None:
    integration, _ = await approved_integration(do)
    refused = await do("suspend", of="Integration", **integration, reason="why not")
    assert refused == {
        "code": "CONFLICT",
        "field": "status",
        "rule": "is APPROVED, from which is allowed: activateIntegration, retireIntegration",
        "allowed": ["activateIntegration", "retireIntegration"],
    }
    retired = await do("retire", of="Integration", **integration, reason="over")
    refused = await do("assess", of="Integration", **retired)
    assert refused["rule"] == "is RETIRED, from which is allowed: nothing"
    assert refused["allowed"] == []


async def test_a_move_says_why_and_who_in_the_audit_trail(
    do: Do, org: Org, catalog: Catalog
) -> None:
    integration, _ = await approved_integration(do)
    for reason in (None, "", "  "):
        refused = await do("retire", of="Integration", **integration, reason=reason)
        assert (refused["field"], refused["rule"]) == ("input.reason", "must say why")
    await do("retire", of="Integration", **integration, reason=" replaced by another ")
    repository = org.repositories.of(AuditEvent)
    order = complete_order(catalog.tables["AuditEvent"], ())
    events = (await repository.page(PageRequest(order, 100, ALL))).rows
    told = [(row["move"], row["reason"], row["actor"]) for row in events if row["move"]]
    actor = f"admin@{org.slug}"
    assert told == [
        ("assess", None, actor),
        ("approve", None, actor),
        ("retire", "replaced by another", actor),
    ]
