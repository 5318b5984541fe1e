"""What is wrong with data, and with where it goes."""

from typing import Final

from models.conditions import (
    Condition,
    equal,
    every,
    missing,
    never,
    present,
    related,
    some,
)
from models.datasets import Dataset
from models.flows import DataFlow
from perimeter.insight.rules.rule import CRITICAL, HIGH, LOW, MEDIUM, PostureRule

_PERSONAL: Final = related("source", related("fields", equal("category", "PERSONAL")))


def _without_agreement(*way: str) -> Condition:
    """That the vendor at the end of the way has agreed to no data processing."""
    agreement = related("contracts", equal("kind", "DATA_PROCESSING"), equal("status", "ACTIVE"))
    condition = related("vendor", never(agreement))
    for relation in reversed(way):
        condition = related(relation, condition)
    return condition


FLOW_RULES: Final = (
    PostureRule(
        "flow-over-plaintext",
        DataFlow,
        HIGH,
        "Data moves without encryption",
        "Move it over TLS or SFTP.",
        equal("transport", "PLAINTEXT"),
        ("transport", "source_id", "target_id"),
    ),
    PostureRule(
        "personal-flow-without-legal-basis",
        DataFlow,
        HIGH,
        "Personal data moves, and nobody wrote down what allows it",
        "Write down the legal basis, or stop the flow.",
        every(missing("legal_basis"), _PERSONAL),
        ("legal_basis", "source_id", "target_id"),
    ),
    PostureRule(
        "personal-flow-without-agreement",
        DataFlow,
        CRITICAL,
        "Personal data goes to a vendor that has agreed to no data processing",
        "Conclude an agreement on data processing, or stop the flow.",
        every(
            _PERSONAL,
            some(_without_agreement("integration"), _without_agreement("target", "application")),
        ),
        ("integration_id", "source_id", "target_id"),
    ),
    PostureRule(
        "flow-divergent",
        DataFlow,
        HIGH,
        "Data moves otherwise than declared",
        "Find out why, and declare the flow anew or stop it.",
        equal("status", "DIVERGENT"),
        ("status", "last_observed_at"),
    ),
    PostureRule(
        "flow-undeclared",
        DataFlow,
        MEDIUM,
        "Data moves, and nobody has declared why",
        "Write down its purpose, or stop the flow.",
        every(present("last_observed_at"), missing("purpose")),
        ("last_observed_at", "purpose"),
    ),
    PostureRule(
        "flow-to-unsanctioned-application",
        DataFlow,
        HIGH,
        "Data goes to an application that is not allowed",
        "Stop the flow, or sanction the application.",
        related("target", related("application", equal("sanction", "UNSANCTIONED"))),
        ("status", "target_id"),
    ),
)

DATASET_RULES: Final = (
    PostureRule(
        "confidential-dataset-without-owner",
        Dataset,
        HIGH,
        "Nobody answers for data whose loss would be grave",
        "Name an owner.",
        # What this service keeps of itself has no owner among the organisation's people.
        every(equal("confidentiality", "HIGH"), missing("owner_id"), missing("model")),
        ("confidentiality", "owner_id"),
    ),
    PostureRule(
        "dataset-of-suspended-owner",
        Dataset,
        MEDIUM,
        "The owner of data was suspended",
        "Name another owner.",
        related("owner", equal("status", "SUSPENDED")),
        ("owner_id",),
    ),
    PostureRule(
        "dataset-unclassified",
        Dataset,
        LOW,
        "Nobody wrote down what is in a dataset",
        "List its fields with their level and category.",
        never(related("fields")),
        ("confidentiality",),
    ),
    PostureRule(
        "dataset-underrated",
        Dataset,
        MEDIUM,
        "Restricted data is said to do little harm if others read it",
        "Grade the confidentiality of the dataset anew.",
        every(
            equal("confidentiality", "LOW"),
            related("fields", equal("level", "RESTRICTED")),
        ),
        ("confidentiality",),
    ),
)
