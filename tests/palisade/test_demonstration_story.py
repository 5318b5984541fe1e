"""Whether each thing that the story tells of is there, once, and of nobody who exists."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from models.applications import SaasApplication
from models.assessments import Answer, Assessment, Question
from models.attestations import Attestation
from models.base import Model
from models.contracts import Clause, Contract
from models.datasets import DataField, Dataset
from models.events import EventClass, SecurityEvent
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.penetration import PenetrationFinding
from models.people import User
from models.vendors import Vendor
from palisade.demonstration.inventory import Inventory, demonstrated, inventory
from palisade.demonstration.products import COMPANIES
from palisade.demonstration.questions import QUESTIONS
from palisade.demonstration.story import Key, Story, story_of
from repository.reader import Row

NOW = datetime(2026, 3, 29, 14, 5, 6, 789, tzinfo=UTC)
TODAY = NOW.date()
ORGANISATIONS = list(demonstrated(4, seed=3))
EXISTING = {company.name for company in COMPANIES}


class Told:
    """One organisation's rows, and who is who in its story."""

    def __init__(self, made: Inventory, story: Story) -> None:
        self.story = story
        self.rows = made.rows

    def integration(self, key: Key) -> Row:
        (found,) = [
            row for row in self.rows[Integration] if row["name"] == " \N{EN DASH} ".join(key)
        ]
        return found

    def vendor(self, name: str) -> Row:
        (found,) = [row for row in self.rows[Vendor] if row["name"] == name]
        return found

    def of(self, model: type[Model], key: Key) -> list[Row]:
        id = self.integration(key)["id"]
        return [row for row in self.rows[model] if row["integration_id"] == id]

    def by_vendor(self, model: type[Model], name: str) -> list[Row]:
        id = self.vendor(name)["id"]
        return [row for row in self.rows[model] if row["vendor_id"] == id]

    def levels(self, dataset_id: object) -> set[str]:
        return {row["level"] for row in self.rows[DataField] if row["dataset_id"] == dataset_id}

    def vendor_names(self, ids: Iterator[object]) -> set[str]:
        names = {row["id"]: row["name"] for row in self.rows[Vendor]}
        return {names[id] for id in ids}


@pytest.fixture(scope="module", params=ORGANISATIONS, ids=lambda one: one.slug)
def told(request: pytest.FixtureRequest) -> Told:
    return Told(inventory(request.param, seed=3, now=NOW), story_of(request.param))


def test_one_soc2_report_has_expired_and_restricted_data_goes_there(told: Told) -> None:
    expired = [row for row in told.rows[Attestation] if row["valid_until"] < TODAY]
    assert [(row["kind"], row["vendor_id"]) for row in expired] == [
        ("SOC2_TYPE2", told.vendor(told.story.outdated)["id"])
    ]
    assert told.integration(told.story.restricted)["status"] == "ACTIVE"
    (flow,) = told.of(DataFlow, told.story.restricted)
    assert "RESTRICTED" in told.levels(flow["source_id"]) & told.levels(flow["target_id"])
    grants = told.of(Grant, told.story.restricted)
    assert {(row["clearance"], row["status"]) for row in grants} == {("RESTRICTED", "ACTIVE")}
    # Nowhere else is restricted data held outside.
    copies = {row["id"] for row in told.rows[Dataset] if row["application_id"]}
    outside = {row["dataset_id"] for row in told.rows[DataField] if row["level"] == "RESTRICTED"}
    assert outside & copies == {flow["target_id"]}


def test_personal_data_goes_to_one_declared_place_without_an_agreement(told: Told) -> None:
    unagreed = told.story.unagreed
    (flow,) = told.of(DataFlow, unagreed)
    categories = {
        row["category"] for row in told.rows[DataField] if row["dataset_id"] == flow["source_id"]
    }
    assert "PERSONAL" in categories
    assert (flow["status"], flow["legal_basis"]) == ("OBSERVED", "CONTRACT")
    agreements = [
        row["status"]
        for row in told.by_vendor(Contract, unagreed[0])
        if row["kind"] == "DATA_PROCESSING"
    ]
    assert agreements == ["DRAFT"]


def test_one_static_key_is_old_opens_everything_and_was_never_replaced(told: Told) -> None:
    shared = ("API_KEY", "CLIENT_SECRET", "SIGNING_SECRET")
    old = [
        row
        for row in told.rows[Credential]
        if row["kind"] in shared
        and row["status"] == "ACTIVE"
        and row["issued_at"] < NOW - timedelta(days=90)
    ]
    (key,) = told.of(Credential, told.story.static)
    assert old == [key]
    assert (key["kind"], key["rotated_at"], key["not_after"]) == ("API_KEY", None, None)
    grants = told.of(Grant, told.story.static)
    assert len(grants) == 4
    assert {(row["clearance"], row["dataset_id"]) for row in grants} == {("RESTRICTED", None)}


def test_five_people_gave_their_mail_to_an_application_of_nobody(told: Told) -> None:
    (shadow,) = [row for row in told.rows[SaasApplication] if row["vendor_id"] is None]
    assert (shadow["name"], shadow["sanction"]) == (told.story.shadow, "UNSANCTIONED")
    grants = [row for row in told.rows[Grant] if row["application_id"] == shadow["id"]]
    assert len({row["user_id"] for row in grants}) == 5
    assert {row["scope"] for row in grants} == {"Mail.Read", "Mail.Send"}
    assert {row["status"] for row in grants} == {"ACTIVE"}
    # What people gave to other applications is no more than to be known there.
    others = [row for row in told.rows[Grant] if row["user_id"] and row not in grants]
    assert len(others) >= 20
    assert {row["scope"] for row in others} == {"openid", "profile"}


def test_a_sub_vendor_stands_behind_two_vendors_one_after_the_other(told: Told) -> None:
    parents = {row["name"]: row["parent_id"] for row in told.rows[Vendor]}
    names = {row["id"]: row["name"] for row in told.rows[Vendor]}
    (hidden,) = [name for name in parents if " Hosting (" in name]
    first = names[parents[hidden]]
    second = names[parents[first]]
    assert (first, second) == (told.story.outdated, told.story.ending)
    assert not told.by_vendor(Integration, hidden)
    assert told.by_vendor(Integration, first)
    assert told.by_vendor(Integration, second)


def test_one_grant_is_dormant_and_one_was_never_used(told: Told) -> None:
    active = [row for row in told.rows[Grant] if row["status"] == "ACTIVE"]
    idle = [
        row
        for row in active
        if row["last_used_at"] and row["last_used_at"] < NOW - timedelta(days=90)
    ]
    (dormant,) = idle
    assert dormant in told.of(Grant, told.story.dormant)
    assert dormant["last_used_at"] > dormant["granted_at"]
    unused = [
        row
        for row in active
        if row["last_used_at"] is None and row["granted_at"] < NOW - timedelta(days=30)
    ]
    (never,) = unused
    assert never in told.of(Grant, told.story.unused)


def test_one_integration_is_owned_by_somebody_who_has_left(told: Told) -> None:
    (departed,) = [row for row in told.rows[User] if row["status"] == "SUSPENDED"]
    assert departed["name"] == told.story.departed
    owned = [row for row in told.rows[Integration] if row["owner_id"] == departed["id"]]
    assert owned == [told.integration(told.story.orphaned)]
    assert owned[0]["status"] == "ACTIVE"
    assert departed["id"] not in {row["owner_id"] for row in told.rows[Dataset]}


def test_one_critical_weakness_is_overdue(told: Told) -> None:
    overdue = [
        row
        for row in told.rows[PenetrationFinding]
        if row["status"] == "OPEN" and row["due_on"] < TODAY
    ]
    (weakness,) = overdue
    assert weakness["cvss"] >= Decimal("9.0")
    assert weakness in told.by_vendor(PenetrationFinding, told.story.vulnerable)
    assert told.by_vendor(Integration, told.story.vulnerable)


def test_flows_diverge_where_told_and_one_is_plain_text(told: Told) -> None:
    divergent = [row for row in told.rows[DataFlow] if row["status"] == "DIVERGENT"]
    assert len(divergent) == 2
    declared, undeclared = sorted(divergent, key=lambda row: row["purpose"] is None)
    assert declared in told.of(DataFlow, told.story.divergent)
    assert [undeclared] == told.of(DataFlow, told.story.unsanctioned)
    plain = [row for row in told.rows[DataFlow] if row["transport"] == "PLAINTEXT"]
    assert plain == told.of(DataFlow, told.story.plaintext)


def test_one_contract_ends_within_a_month(told: Told) -> None:
    active = [row for row in told.rows[Contract] if row["status"] == "ACTIVE"]
    ending = [
        row for row in active if row["ends_on"] and row["ends_on"] < TODAY + timedelta(days=60)
    ]
    (contract,) = ending
    assert TODAY < contract["ends_on"] < TODAY + timedelta(days=30)
    assert contract in told.by_vendor(Contract, told.story.ending)


def test_one_application_is_connected_that_is_not_allowed(told: Told) -> None:
    key = told.story.unsanctioned
    integration = told.integration(key)
    applications = {row["id"]: row for row in told.rows[SaasApplication]}
    refused = [
        row
        for row in told.rows[Integration]
        if applications[row["application_id"]]["sanction"] == "UNSANCTIONED"
    ]
    assert refused == [integration]
    assert (integration["status"], integration["owner_id"]) == ("ACTIVE", None)
    assert len(integration["scopes"]) > 4
    (assessment,) = told.of(Assessment, key)
    assert (assessment["status"], assessment["outcome"]) == ("REJECTED", "BLOCKER")
    blocking = {row["id"] for row in told.rows[Question] if row["blocking"]}
    answers = [row for row in told.rows[Answer] if row["assessment_id"] == assessment["id"]]
    assert "NO" in {row["value"] for row in answers if row["question_id"] in blocking}


def test_keys_that_have_ended_or_outlived_their_integration_are_there(told: Told) -> None:
    (expired,) = told.of(Credential, told.story.expired)
    assert expired["status"] == "ACTIVE"
    assert expired["not_after"] < NOW
    refused = [
        row
        for row in told.of(SecurityEvent, told.story.expired)
        if row["event_class"] == "AUTHENTICATION" and row["at"] > expired["not_after"]
    ]
    assert len(refused) > 5
    assert told.integration(told.story.forgotten)["status"] == "RETIRED"
    statuses = {row["status"] for row in told.of(Credential, told.story.forgotten)}
    assert "ACTIVE" in statuses


def test_an_anomaly_ends_in_quarantine(told: Told) -> None:
    assert told.integration(told.story.alarmed)["status"] == "QUARANTINED"
    last = max(told.of(SecurityEvent, told.story.alarmed), key=lambda row: row["at"])
    assert (last["event_class"], last["severity"]) == ("DETECTION_FINDING", 5)


def test_one_vendor_is_proposed_and_not_judged_yet(told: Told) -> None:
    unjudged = [row["name"] for row in told.rows[Vendor] if row["risk_score"] is None]
    assert unjudged == [told.story.unassessed[0]]
    assert told.integration(told.story.unassessed)["status"] == "PROPOSED"
    drafts = [row for row in told.rows[Assessment] if row["status"] == "DRAFT"]
    assert drafts == told.of(Assessment, told.story.unassessed)


def test_all_other_active_integrations_were_assessed_and_are_allowed(told: Told) -> None:
    approved = {
        row["integration_id"]
        for row in told.rows[Assessment]
        if row["status"] == "APPROVED"
        and row["outcome"] in ("OK", "WARNING")
        and row["valid_until"] > NOW
    }
    active = {row["id"] for row in told.rows[Integration] if row["status"] == "ACTIVE"}
    assert active - approved == {told.integration(told.story.unsanctioned)["id"]}
    assert len(active) > 45
    vendors = {row["id"]: row["vendor_id"] for row in told.rows[Integration]}
    for row in told.rows[Assessment]:
        assert vendors[row["integration_id"]] == row["vendor_id"]


def test_answers_are_to_the_questions_of_their_assessment(told: Told) -> None:
    questionnaires = {row["id"]: row["questionnaire_id"] for row in told.rows[Question]}
    asked = {row["id"]: row["questionnaire_id"] for row in told.rows[Assessment]}
    answered = {row["assessment_id"] for row in told.rows[Answer]}
    for row in told.rows[Answer]:
        assert questionnaires[row["question_id"]] == asked[row["assessment_id"]]
    drafts = {row["id"] for row in told.rows[Assessment] if row["status"] == "DRAFT"}
    assert set(asked) - answered == drafts


def test_questions_are_about_controls_of_many_domains() -> None:
    assert len({asked.control_id for asked in QUESTIONS}) == len(QUESTIONS) == 20
    domains = {asked.control_id.partition("-")[0] for asked in QUESTIONS}
    assert domains == {"IAM", "DSP", "CEK", "SEF", "STA", "LOG", "TVM"}


def test_agreements_on_data_tell_of_breaches_in_time(told: Told) -> None:
    hours = {
        row["contract_id"]: row["notification_hours"]
        for row in told.rows[Clause]
        if row["kind"] == "GDPR_ART_33"
    }
    agreements = {row["id"] for row in told.rows[Contract] if row["kind"] == "DATA_PROCESSING"}
    assert set(hours) == agreements
    assert set(hours.values()) == {48}


def test_events_are_of_every_class(told: Told) -> None:
    assert {row["event_class"] for row in told.rows[SecurityEvent]} == {
        event_class.value for event_class in EventClass
    }
    people = {row["user_id"] for row in told.rows[SecurityEvent]} - {None}
    assert len(people) == 11


def test_nothing_bad_is_told_of_vendors_that_exist(told: Told) -> None:
    vendors = {row["id"]: row for row in told.rows[Vendor]}
    existing = {id for id, row in vendors.items() if row["name"] in EXISTING}
    assert len(existing) == 20
    invented = [row["name"] for id, row in vendors.items() if id not in existing]
    assert all(name.endswith(" (invented)") for name in (*invented, told.story.shadow))
    integrations = {row["id"] for row in told.rows[Integration] if row["vendor_id"] in existing}

    assert max(vendors[id]["risk_score"] for id in existing) < 80
    assert not {row["vendor_id"] for row in told.rows[PenetrationFinding]} & existing
    assert not {row["id"] for row in vendors.values() if row["parent_id"]} & existing
    for row in told.rows[Attestation]:
        assert row["issuer"].endswith(" (invented)")
    outcomes = {
        row["outcome"] for row in told.rows[Assessment] if row["integration_id"] in integrations
    }
    assert outcomes == {"OK"}
    good = {row["id"] for row in told.rows[Assessment] if row["outcome"] == "OK"}
    values = {row["value"] for row in told.rows[Answer] if row["assessment_id"] in good}
    assert values == {"YES"}
    statuses = {row["status"] for row in told.rows[Contract] if row["vendor_id"] in existing}
    assert statuses == {"ACTIVE"}
    for row in told.rows[SecurityEvent]:
        if row["integration_id"] in integrations:
            assert row["event_class"] != "DETECTION_FINDING"
            assert not (row["details"] or {}).get("error")
            assert row["severity"] <= 3


def test_days_are_days_and_not_moments(told: Told) -> None:
    for model, names in ((Contract, ("starts_on", "ends_on")), (PenetrationFinding, ("due_on",))):
        values = [row[name] for row in told.rows[model] for name in names]
        assert {type(value) for value in values} <= {date, type(None)}
