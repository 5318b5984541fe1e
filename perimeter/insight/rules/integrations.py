"""What is wrong with integrations and applications."""

from typing import Final

from models.applications import SaasApplication
from models.conditions import (
    NOW,
    above,
    ago,
    begins_with,
    below,
    equal,
    every,
    missing,
    never,
    one_of,
    related,
)
from models.integrations import Integration
from perimeter.insight.rules.rule import HIGH, LOW, MEDIUM, PostureRule

_ACTIVE: Final = equal("status", "ACTIVE")
_NOT_RETIRED: Final = never(equal("status", "RETIRED"))

INTEGRATION_RULES: Final = (
    PostureRule(
        "integration-over-plaintext",
        Integration,
        HIGH,
        "An integration calls its API without encryption",
        "Change its address to https.",
        every(_NOT_RETIRED, begins_with("base_url", "http://")),
        ("status", "base_url"),
    ),
    PostureRule(
        "integration-without-owner",
        Integration,
        MEDIUM,
        "Nobody answers for an integration",
        "Name an owner.",
        every(_NOT_RETIRED, missing("owner_id")),
        ("status", "owner_id"),
    ),
    PostureRule(
        "integration-without-purpose",
        Integration,
        LOW,
        "Nobody wrote down what an integration is for",
        "Write down its purpose, or retire it.",
        every(_NOT_RETIRED, missing("purpose")),
        ("status", "purpose"),
    ),
    PostureRule(
        "integration-of-suspended-owner",
        Integration,
        HIGH,
        "An integration runs whose owner was suspended",
        "Name another owner, or suspend the integration.",
        every(_ACTIVE, related("owner", equal("status", "SUSPENDED"))),
        ("status", "owner_id"),
    ),
    PostureRule(
        "integration-without-assessment",
        Integration,
        HIGH,
        "An integration runs without a valid assessment",
        "Assess it anew, or suspend it until that is done.",
        every(
            _ACTIVE,
            never(related("assessments", equal("status", "APPROVED"), above("valid_until", NOW))),
        ),
        ("status", "vendor_id"),
    ),
    PostureRule(
        "integration-of-unsanctioned-application",
        Integration,
        HIGH,
        "An integration runs for an application that is not allowed",
        "Quarantine the integration, or sanction the application.",
        every(_ACTIVE, related("application", equal("sanction", "UNSANCTIONED"))),
        ("status", "application_id"),
    ),
    PostureRule(
        "integration-idle",
        Integration,
        LOW,
        "An integration runs that moved nothing for 90 days",
        "Suspend it, and retire it if nobody misses it.",
        every(_ACTIVE, below("last_sync_at", ago(days=90))),
        ("status", "last_sync_at"),
    ),
    PostureRule(
        "restricted-data-behind-shared-secret",
        Integration,
        HIGH,
        "A shared secret is all that guards restricted data",
        "Let the integration prove who it is by private key or certificate.",
        every(
            _ACTIVE,
            one_of("auth_method", "API_KEY", "WEBHOOK_SECRET"),
            related(
                "data_flows", related("source", related("fields", equal("level", "RESTRICTED")))
            ),
        ),
        ("status", "auth_method"),
    ),
)

APPLICATION_RULES: Final = (
    PostureRule(
        "unsanctioned-application-with-grants",
        SaasApplication,
        HIGH,
        "An application that is not allowed holds permissions",
        "Revoke its grants, or sanction it.",
        every(equal("sanction", "UNSANCTIONED"), related("grants", equal("status", "ACTIVE"))),
        ("sanction", "vendor_id"),
    ),
    PostureRule(
        "application-without-owner",
        SaasApplication,
        LOW,
        "Nobody answers for an application that is allowed",
        "Name an owner.",
        every(one_of("sanction", "SANCTIONED", "TOLERATED"), missing("owner_id")),
        ("sanction", "owner_id"),
    ),
)
