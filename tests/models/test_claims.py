"""How far each claim goes, and that what the computed answers need is there for every viewer."""

import pytest

from models.classification import Level
from models.columns import Kind
from models.describe import Catalog
from models.enforcement import Mode

CLAIMS = {
    "Answer": None,
    "Assessment": Mode.RECORDED,
    "Attestation": Mode.ATTESTED,
    "AuditEvent": None,
    "Clause": Mode.RECORDED,
    "Contract": Mode.RECORDED,
    "Credential": None,
    "DataField": Mode.RECORDED,
    "DataFlow": Mode.RECORDED,
    "Dataset": Mode.RECORDED,
    "Finding": Mode.RECORDED,
    "Grant": Mode.ENFORCED,
    "Group": None,
    "Integration": None,
    "Membership": None,
    "Organization": Mode.ENFORCED,
    "OutboxMessage": None,
    "PenetrationFinding": Mode.RECORDED,
    "Question": None,
    "Questionnaire": None,
    "SaasApplication": Mode.RECORDED,
    "SecurityEvent": Mode.RECORDED,
    "User": None,
    "Vendor": Mode.RECORDED,
}

# What tells of a person or a session, and what only administrators may read.
ABOVE_INTERNAL = {"User.last_seen_at"}


def test_types_claim_what_they_are(catalog: Catalog) -> None:
    claimed = {
        name: table.enforcement.mode if table.enforcement else None
        for name, table in catalog.tables.items()
    }
    assert claimed == CLAIMS


def test_only_the_activation_of_an_integration_claims_to_be_enforced(catalog: Catalog) -> None:
    claimed = {
        (table.type, name): move.enforcement.mode
        for table in catalog.tables.values()
        for column in table.columns
        for name, move in column.transitions.items()
        if move.enforcement
    }
    assert claimed == {("Integration", "activate"): Mode.ENFORCED}


def test_controls_are_told_in_words(catalog: Catalog) -> None:
    told = [table.enforcement.control for table in catalog.tables.values() if table.enforcement]
    assert len(set(told)) == len(told)
    assert all(text[0].isupper() and not text.endswith(".") for text in told)


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.TIMESTAMP, Kind.DATE, Kind.ID])
def test_viewers_read_what_answers_are_computed_from(catalog: Catalog, kind: Kind) -> None:
    above = {
        f"{table.type}.{column.name}"
        for table in catalog.tables.values()
        for column in table.columns
        if column.kind is kind and column.level > Level.INTERNAL and table.type != "AuditEvent"
    }
    assert above <= ABOVE_INTERNAL


def test_subjects_are_for_administrators(catalog: Catalog) -> None:
    assert catalog.tables["User"].by_name["subject"].level is Level.RESTRICTED


def test_severity_has_one_scale(catalog: Catalog) -> None:
    found = [
        column.bounds
        for table in catalog.tables.values()
        for column in table.columns
        if column.name == "severity"
    ]
    assert found == [(0, 6)] * 2


def test_chains_that_must_not_close_are_declared(catalog: Catalog) -> None:
    chains = {
        (table.type, relation.field)
        for table in catalog.tables.values()
        for relation in table.relations
        if relation.acyclic
    }
    assert chains == {("User", "manager"), ("Vendor", "parent")}
