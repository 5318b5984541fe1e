"""What is wrong with permissions."""

from typing import Final

from models.conditions import (
    NOW,
    Condition,
    ago,
    below,
    equal,
    every,
    has,
    missing,
    never,
    one_of,
    present,
    related,
    some,
)
from models.grants import Grant
from perimeter.insight.rules.rule import HIGH, MEDIUM, PostureRule

_ACTIVE: Final = equal("status", "ACTIVE")


def _moves(field: Condition) -> Condition:
    """That the integration moves data with such a field."""
    fields = related("fields", field)
    flows = related("data_flows", some(related("source", fields), related("target", fields)))
    return related("integration", flows)


def _more_than_moved(category: str) -> Condition:
    return every(has("categories", category), never(_moves(equal("category", category))))


_CONFIDENTIAL: Final = one_of("level", "CONFIDENTIAL", "RESTRICTED")

GRANT_RULES: Final = (
    PostureRule(
        "grant-dormant",
        Grant,
        MEDIUM,
        "A permission was not used for 90 days",
        "Revoke it if nobody misses it.",
        every(_ACTIVE, below("last_used_at", ago(days=90))),
        ("scope", "status", "last_used_at"),
    ),
    PostureRule(
        "grant-never-used",
        Grant,
        MEDIUM,
        "A permission was not used once in 30 days",
        "Revoke it: it was given in vain.",
        every(_ACTIVE, missing("last_used_at"), below("granted_at", ago(days=30))),
        ("scope", "status", "granted_at", "last_used_at"),
    ),
    PostureRule(
        "grant-wider-than-flows",
        Grant,
        MEDIUM,
        "A permission opens more than its integration moves",
        "Lower its clearance or its categories to what the integration's flows need.",
        every(
            _ACTIVE,
            present("integration_id"),
            some(
                every(
                    equal("clearance", "RESTRICTED"), never(_moves(equal("level", "RESTRICTED")))
                ),
                every(equal("clearance", "CONFIDENTIAL"), never(_moves(_CONFIDENTIAL))),
                _more_than_moved("PERSONAL"),
                _more_than_moved("FINANCIAL"),
                _more_than_moved("SECURITY"),
            ),
        ),
        ("scope", "clearance", "categories"),
    ),
    PostureRule(
        "grant-of-everything",
        Grant,
        HIGH,
        "A permission opens restricted data and names no dataset",
        "Name the dataset it is for, or lower its clearance.",
        every(_ACTIVE, equal("clearance", "RESTRICTED"), missing("dataset_id")),
        ("scope", "clearance", "dataset_id"),
    ),
    PostureRule(
        "grant-past-its-end",
        Grant,
        HIGH,
        "A permission is past its end and still holds",
        "Revoke it.",
        every(_ACTIVE, below("expires_at", NOW)),
        ("scope", "status", "expires_at"),
    ),
    PostureRule(
        "grant-orphaned",
        Grant,
        HIGH,
        "A permission holds whose integration was retired, or whose person was suspended",
        "Revoke it.",
        every(
            _ACTIVE,
            some(
                related("integration", equal("status", "RETIRED")),
                related("user", equal("status", "SUSPENDED")),
            ),
        ),
        ("scope", "status", "integration_id", "user_id"),
    ),
)
