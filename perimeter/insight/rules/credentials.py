"""What is wrong with keys."""

from typing import Final

from models.conditions import (
    NOW,
    ago,
    below,
    equal,
    every,
    missing,
    one_of,
    related,
    some,
)
from models.integrations import Credential
from perimeter.insight.rules.rule import HIGH, LOW, MEDIUM, PostureRule

_ACTIVE: Final = equal("status", "ACTIVE")

CREDENTIAL_RULES: Final = (
    PostureRule(
        "static-credential-old",
        Credential,
        HIGH,
        "A shared secret is older than 90 days",
        "Replace it by a new one, or better by a public key or a certificate.",
        every(
            one_of("kind", "API_KEY", "CLIENT_SECRET", "SIGNING_SECRET"),
            _ACTIVE,
            below("issued_at", ago(days=90)),
        ),
        ("kind", "status", "issued_at"),
    ),
    PostureRule(
        "credential-never-rotated",
        Credential,
        MEDIUM,
        "A key was not replaced for a year",
        "Issue a new key to the integration and retire this one.",
        every(_ACTIVE, below("issued_at", ago(days=365)), missing("rotated_at")),
        ("kind", "status", "issued_at", "rotated_at"),
    ),
    PostureRule(
        "credential-past-its-end",
        Credential,
        HIGH,
        "A key is past its end and still works",
        "Revoke it.",
        every(one_of("status", "ACTIVE", "RETIRING"), below("not_after", NOW)),
        ("kind", "status", "not_after"),
    ),
    PostureRule(
        "credential-without-end",
        Credential,
        LOW,
        "A key never ends by itself",
        "Give it a date of end, or replace it by one that has one.",
        every(_ACTIVE, missing("not_after")),
        ("kind", "status", "not_after"),
    ),
    PostureRule(
        "credential-unused",
        Credential,
        MEDIUM,
        "A key that works was not used for 90 days",
        "Revoke it if nobody misses it.",
        every(
            _ACTIVE,
            some(
                below("last_used_at", ago(days=90)),
                every(missing("last_used_at"), below("issued_at", ago(days=90))),
            ),
        ),
        ("kind", "status", "issued_at", "last_used_at"),
    ),
    PostureRule(
        "credential-replaced",
        Credential,
        MEDIUM,
        "A key works 30 days after another one replaced it",
        "Revoke it: its successor is in use.",
        every(one_of("status", "ACTIVE", "RETIRING"), below("rotated_at", ago(days=30))),
        ("kind", "status", "rotated_at"),
    ),
    PostureRule(
        "credential-of-stopped-integration",
        Credential,
        HIGH,
        "A key of an integration that was stopped still works",
        "Revoke it.",
        every(
            one_of("status", "ACTIVE", "RETIRING"),
            related("integration", one_of("status", "QUARANTINED", "RETIRED")),
        ),
        ("kind", "status"),
    ),
)
