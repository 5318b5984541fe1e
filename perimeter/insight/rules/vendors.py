"""What is wrong with vendors, what they have signed, and what was found in their products."""

from decimal import Decimal
from typing import Final

from models.conditions import (
    NOW,
    ahead,
    at_least,
    below,
    equal,
    every,
    never,
    one_of,
    related,
)
from models.contracts import Contract
from models.penetration import PenetrationFinding
from models.vendors import Vendor
from perimeter.insight.rules.rule import CRITICAL, HIGH, LOW, MEDIUM, PostureRule

_ACTIVE: Final = equal("status", "ACTIVE")
_SOC2: Final = one_of("kind", "SOC2_TYPE1", "SOC2_TYPE2")
_VALID: Final = at_least("valid_until", NOW)

VENDOR_RULES: Final = (
    PostureRule(
        "vendor-soc2-expired",
        Vendor,
        MEDIUM,
        "The last SOC 2 report of a vendor has expired",
        "Ask the vendor for the next report.",
        every(
            related("attestations", _SOC2),
            never(related("attestations", _SOC2, _VALID)),
        ),
        ("tier",),
    ),
    PostureRule(
        "vendor-attestations-expired",
        Vendor,
        MEDIUM,
        "All that others vouched for about a vendor has expired",
        "Ask the vendor for reports or certificates that count today.",
        every(related("attestations"), never(related("attestations", _VALID))),
        ("tier",),
    ),
    PostureRule(
        "critical-vendor-without-attestation",
        Vendor,
        HIGH,
        "Nobody vouches for a critical vendor",
        "Ask the vendor for a SOC 2 report or an ISO 27001 certificate.",
        every(equal("tier", "CRITICAL"), never(related("attestations"))),
        ("tier",),
    ),
    PostureRule(
        "risky-vendor-connected",
        Vendor,
        HIGH,
        "A vendor of high risk is connected",
        "Suspend its integrations, or bring its risk down and assess it anew.",
        every(at_least("risk_score", 80), related("integrations", _ACTIVE)),
        ("tier", "risk_score"),
    ),
)

CONTRACT_RULES: Final = (
    PostureRule(
        "contract-about-to-end",
        Contract,
        LOW,
        "A contract ends within 60 days",
        "Renew it, or prepare for its end.",
        every(_ACTIVE, at_least("ends_on", NOW), below("ends_on", ahead(days=60))),
        ("kind", "status", "ends_on"),
    ),
    PostureRule(
        "contract-past-its-end",
        Contract,
        MEDIUM,
        "A contract is past its end and counts as active",
        "Renew it, or say that it has expired.",
        every(_ACTIVE, below("ends_on", NOW)),
        ("kind", "status", "ends_on"),
    ),
    PostureRule(
        "agreement-without-notification",
        Contract,
        HIGH,
        "An agreement on data processing is silent about breaches",
        "Agree on a clause on article 33 GDPR: whom to tell, and how soon.",
        every(
            equal("kind", "DATA_PROCESSING"),
            _ACTIVE,
            never(related("clauses", equal("kind", "GDPR_ART_33"))),
        ),
        ("kind", "status"),
    ),
)

PENETRATION_RULES: Final = (
    PostureRule(
        "critical-penetration-finding-overdue",
        PenetrationFinding,
        CRITICAL,
        "A critical weakness was not mended in time",
        "Press the vendor to mend it; until then nothing new is granted to its integrations.",
        every(equal("status", "OPEN"), at_least("cvss", Decimal("9.0")), below("due_on", NOW)),
        ("cvss", "status", "due_on"),
    ),
    PostureRule(
        "penetration-finding-overdue",
        PenetrationFinding,
        MEDIUM,
        "A weakness was not mended in time",
        "Ask the vendor when it will be mended, or accept it with a reason.",
        every(equal("status", "OPEN"), below("cvss", Decimal("9.0")), below("due_on", NOW)),
        ("cvss", "status", "due_on"),
    ),
)
