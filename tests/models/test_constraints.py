"""What the database itself refuses of the product's types, tried through the repositories."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.applications import SaasApplication
from models.assessments import Answer, Assessment, Question, Questionnaire
from models.attestations import Attestation
from models.contracts import Clause, Contract
from models.datasets import Dataset
from models.describe import Catalog
from models.findings import Finding
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Integration
from models.penetration import PenetrationFinding
from models.people import User
from models.vendors import Vendor
from repository.errors import Duplicate, ReferenceMissing, RepositoryError, ValueRefused
from tests.conftest import Org

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2026, 1, 2)

Make = Callable[..., Awaitable[UUID]]


@pytest.fixture
def make(org: Org) -> Make:
    """Makes a record and answers its id."""

    async def make(model: type[Any], **values: Any) -> UUID:
        id = (await org.repositories.of(model).create(values))["id"]
        assert isinstance(id, UUID)
        return id

    return make


@pytest.fixture
async def vendor(make: Make) -> UUID:
    return await make(Vendor, name="v", tier="LOW")


@pytest.fixture
async def integration(make: Make, vendor: UUID) -> UUID:
    return await make(Integration, name="i", auth_method="SAML", scopes=[], vendor_id=vendor)


async def refused(error: type[RepositoryError], attempt: Awaitable[object]) -> Any:
    with pytest.raises(error) as caught:
        await attempt
    return caught.value


async def test_a_flow_leads_elsewhere_and_is_told_once(make: Make, integration: UUID) -> None:
    one, other = await make(Dataset, name="one"), await make(Dataset, name="other")
    flow = {"source_id": one, "transport": "TLS", "integration_id": integration}
    await refused(ValueRefused, make(DataFlow, **flow, target_id=one))
    await make(DataFlow, **flow, target_id=other)
    again = await refused(Duplicate, make(DataFlow, **flow, target_id=other))
    assert again.columns == ("source_id", "target_id", "integration_id")
    back = {**flow, "source_id": other, "target_id": one}
    await make(DataFlow, **back)


async def test_a_grant_is_of_an_integration_or_an_application(
    make: Make, integration: UUID
) -> None:
    grant = {"scope": "s", "categories": ["BUSINESS"], "granted_at": AT}
    await refused(ValueRefused, make(Grant, **grant))
    await make(Grant, **grant, integration_id=integration)
    again = await refused(Duplicate, make(Grant, **grant, integration_id=integration))
    assert again.columns == ("integration_id", "scope")

    of = {
        "application_id": await make(SaasApplication, name="a"),
        "user_id": await make(User, email="a@b", name="n"),
    }
    await make(Grant, **grant, **of)
    again = await refused(Duplicate, make(Grant, **grant, **of))
    assert again.columns == ("application_id", "user_id", "scope")


async def test_a_grant_opens_categories_there_are(make: Make, integration: UUID) -> None:
    grant = {"scope": "s", "granted_at": AT, "integration_id": integration}
    await refused(ValueRefused, make(Grant, **grant, categories=["GOSSIP"]))
    await make(Grant, **grant, categories=["BUSINESS", "TECHNICAL"])


async def test_one_contract_of_a_kind_is_active(
    org: Org, catalog: Catalog, make: Make, vendor: UUID
) -> None:
    async def contract(kind: str, status: str, of: UUID = vendor) -> UUID:
        values = {"title": "t", "starts_on": DAY, "vendor_id": of}
        return await make(Contract, kind=kind, status=status, **values)

    await contract("MASTER", "ACTIVE")
    await refused(Duplicate, contract("MASTER", "ACTIVE"))
    await contract("DATA_PROCESSING", "ACTIVE")
    await contract("MASTER", "EXPIRED")
    await contract("MASTER", "ACTIVE", await make(Vendor, name="w", tier="LOW"))

    draft = await contract("MASTER", "DRAFT")
    contracts, status = org.repositories.of(Contract), catalog.tables["Contract"].by_name["status"]
    activation = contracts.transition(draft, status, name="activate", version=1)
    await refused(Duplicate, activation)
    assert (await contracts.get(draft))["status"] == "DRAFT"


async def test_a_clause_gives_at_most_a_year(make: Make, vendor: UUID) -> None:
    contract = await make(Contract, kind="MASTER", title="t", starts_on=DAY, vendor_id=vendor)
    clause = {"kind": "GDPR_ART_33", "contract_id": contract}
    for hours in (-1, 8761):
        await refused(ValueRefused, make(Clause, **clause, notification_hours=hours))
    for hours in (0, 72, 8760):
        await make(Clause, **clause, notification_hours=hours)


async def test_an_attestation_ends_after_it_begins(make: Make, vendor: UUID) -> None:
    report = {"kind": "SOC2_TYPE2", "issuer": "i", "issued_on": DAY, "vendor_id": vendor}
    await refused(ValueRefused, make(Attestation, **report, valid_until=date(2026, 1, 1)))
    await make(Attestation, **report, valid_until=DAY)


async def test_a_base_score_is_from_0_to_10(make: Make, vendor: UUID) -> None:
    found = {"title": "t", "reported_on": DAY, "due_on": DAY, "vendor_id": vendor}
    for score in ("-0.1", "10.1"):
        await refused(ValueRefused, make(PenetrationFinding, **found, cvss=Decimal(score)))
    for score in ("0.0", "9.8", "10.0"):
        await make(PenetrationFinding, **found, cvss=Decimal(score))


async def test_a_question_names_a_control_once(make: Make) -> None:
    asked = await make(Questionnaire, name="n", version_label="1", standard="s")
    again = await refused(
        Duplicate, make(Questionnaire, name="n", version_label="1", standard="other")
    )
    assert again.columns == ("name", "version_label")
    await make(Questionnaire, name="n", version_label="2", standard="s")

    async def question(control_id: str) -> UUID:
        return await make(Question, control_id=control_id, wording="w", questionnaire_id=asked)

    for wrong in ("iam-02", "IAM-2", "I-02", "IAMXX-02", "IAM02"):
        await refused(ValueRefused, question(wrong))
    for control in ("IAM-02", "A&A-01"):
        await question(control)
    await refused(Duplicate, question("IAM-02"))


async def test_an_answer_is_given_once_and_goes_with_its_assessment(
    org: Org, make: Make, vendor: UUID
) -> None:
    asked = await make(Questionnaire, name="n", version_label="1", standard="s")
    question = await make(Question, control_id="IAM-02", wording="w", questionnaire_id=asked)
    assessment = await make(Assessment, vendor_id=vendor, questionnaire_id=asked)
    answer = {"value": "YES", "assessment_id": assessment, "question_id": question}
    await make(Answer, **answer)
    await refused(Duplicate, make(Answer, **answer))
    await org.repositories.of(Assessment).delete(assessment)
    assert await org.repositories.of(Answer).count() == 0
    assert await org.repositories.of(Question).count() == 1


async def test_a_finding_is_told_once_of_a_record(make: Make) -> None:
    finding = {
        "title": "t",
        "severity": 4,
        "subject_type": "Integration",
        "subject_label": "i",
        "first_seen_at": AT,
        "last_seen_at": AT,
    }
    await make(Finding, **finding, rule="unused-grant", subject_id="1")
    await refused(Duplicate, make(Finding, **finding, rule="unused-grant", subject_id="1"))
    await make(Finding, **finding, rule="unused-grant", subject_id="2")
    await make(Finding, **finding, rule="old-key", subject_id="1")
    worse = {**finding, "severity": 7}
    await refused(ValueRefused, make(Finding, **worse, rule="old-key", subject_id="2"))


async def test_a_subject_and_a_client_are_of_one_record(make: Make, vendor: UUID) -> None:
    for number in range(2):  # Several may have none.
        await make(User, email=f"{number}@b", name="n")
        await make(SaasApplication, name=f"a{number}")
    await make(User, email="c@b", name="n", subject="s")
    again = await refused(Duplicate, make(User, email="d@b", name="n", subject="s"))
    assert again.columns == ("subject",)
    await make(SaasApplication, name="a", client_id="c")
    again = await refused(Duplicate, make(SaasApplication, name="b", client_id="c"))
    assert again.columns == ("client_id",)
    calls = {"auth_method": "SAML", "scopes": [], "vendor_id": vendor, "client_id": "c"}
    await make(Integration, name="i", **calls)
    again = await refused(Duplicate, make(Integration, name="j", **calls))
    assert again.columns == ("client_id",)


async def test_another_organisation_may_have_the_same(
    make: Make, other_org: Org, vendor: UUID
) -> None:
    contract = {"kind": "MASTER", "status": "ACTIVE", "title": "t", "starts_on": DAY}
    await make(Contract, **contract, vendor_id=vendor)
    await make(User, email="a@b", name="n", subject="s")
    others = other_org.repositories
    own = (await others.of(Vendor).create({"name": "v", "tier": "LOW"}))["id"]
    await others.of(Contract).create({**contract, "vendor_id": own})
    await others.of(User).create({"email": "a@b", "name": "n", "subject": "s"})
    for model, values in (
        (Vendor, {"name": "w", "tier": "LOW", "parent_id": vendor}),
        (Contract, {**contract, "kind": "SERVICE_LEVEL", "vendor_id": vendor}),
    ):
        await refused(ReferenceMissing, others.of(model).create(values))


async def test_records_begin_where_their_life_does(org: Org, make: Make, vendor: UUID) -> None:
    made = await org.repositories.of(Integration).create(
        {"name": "i", "auth_method": "SAML", "scopes": [], "vendor_id": vendor}
    )
    assert made["status"] == "PROPOSED"
    held = await org.repositories.of(Dataset).create({"name": "d"})
    impacts = [held[name] for name in ("confidentiality", "integrity", "availability")]
    assert impacts == ["LOW"] * 3
    assert (held["application_id"], held["model"]) == (None, None)
