"""Whom the organisation buys from, and how it judges them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final

from models.applications import Sanction
from models.attestations import AttestationKind
from models.penetration import PenetrationStatus
from models.vendors import VendorTier
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import OLDEST
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Company
from palisade.demonstration.products.invented import Trade
from palisade.demonstration.story import OVERDUE, REPORT_ENDED, Story
from repository.reader import Row

# Above what any vendor that exists is given.
_HIGH_RISK: Final = 88
_LOW_RISK: Final = (12, 45)
_AUDITOR: Final = "Fairweather Assurance (invented)"
_REPORTS: Final = (
    AttestationKind.SOC2_TYPE2,
    AttestationKind.ISO27001,
    AttestationKind.CSA_STAR,
    AttestationKind.SOC2_TYPE1,
)
# By trade: what was found, its CVSS base score, its status and in how many days it is due.
_WEAKNESSES: Final = (
    (Trade.SIGNATURES, "Signed documents open without a sign-in", "9.8", "OPEN", -OVERDUE.days),
    (Trade.SIGNATURES, "Session outlives the sign-out", "6.5", "FIXED", -60),
    (Trade.ANALYTICS, "Forecasts of other customers by their number", "9.1", "FIXED", -30),
    (Trade.BILLING, "Invoice numbers can be guessed", "4.3", "ACCEPTED", -90),
    (Trade.CHAT, "Script in a visitor's name", "7.5", "OPEN", 25),
    (Trade.PAYROLL, "Old cipher on a test host", "5.3", "FIXED", -15),
)


def vendor_rows(
    organisation: Organisation,
    companies: Sequence[Company],
    story: Story,
    *,
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """One row for each company, in their order."""
    ids = {company.name: random.id() for company in companies}
    unassessed, _ = story.unassessed
    unsanctioned, _ = story.unsanctioned
    for company in companies:
        tier = random.choices(
            (VendorTier.HIGH, VendorTier.MEDIUM, VendorTier.LOW), weights=(3, 5, 3)
        )[0]
        if company.name in organisation.critical:
            tier = VendorTier.CRITICAL
        bounds = _LOW_RISK if company.name in story.names else organisation.risk
        risk_score: int | None = random.randint(*bounds)
        if company.name == unsanctioned:
            risk_score = _HIGH_RISK
        if company.name == unassessed:
            risk_score = None
        word = company.name.split()[0].lower()
        parent = story.parents.get(company.name)
        yield {
            "id": ids[company.name],
            "created_at": between(
                now - timedelta(days=1190), now - OLDEST - timedelta(days=9), random=random
            ),
            "name": company.name,
            "website": company.website,
            "country": company.country,
            "tier": tier.value,
            "risk_score": risk_score,
            # No real address: nobody is to be written to from a demonstration.
            "security_contact": f"security@{word}.example",
            "parent_id": ids[parent] if parent else None,
        }


def application_rows(
    organisation: Organisation,
    companies: Sequence[Company],
    story: Story,
    *,
    vendors: Sequence[Row],
    people: People,
    random: Chance,
) -> Iterator[Row]:
    """The companies' products, then the one nobody allowed; ``vendors`` is aligned."""
    unsanctioned, _ = story.unsanctioned
    for company, vendor in zip(companies, vendors, strict=True):
        for product in company.products:
            sanction = random.choices(
                (Sanction.SANCTIONED, Sanction.TOLERATED), weights=(20, 2 * organisation.unrest)
            )[0]
            if product.name == unsanctioned:
                sanction = Sanction.UNSANCTIONED
            yield {
                "id": random.id(),
                "created_at": vendor["created_at"] + timedelta(days=1),
                "name": product.name,
                "category": product.category,
                "client_id": _client_id(organisation.slug, product.name),
                "sanction": sanction.value,
                "vendor_id": vendor["id"],
                "owner_id": None
                if sanction is Sanction.UNSANCTIONED
                else people.head(product.uses[0].subject),
            }
    yield {
        "id": random.id(),
        "created_at": max(vendor["created_at"] for vendor in vendors),
        "name": story.shadow,
        "category": Trade.NOTES.value,
        "client_id": _client_id(organisation.slug, story.shadow),
        "sanction": Sanction.UNSANCTIONED.value,
        "vendor_id": None,
        "owner_id": None,
    }


def attestation_rows(
    companies: Sequence[Company],
    story: Story,
    *,
    vendors: Sequence[Row],
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """A report on each vendor. Issuer, dates and documents are invented, and all but one count."""
    today = now.date()
    for number, (company, vendor) in enumerate(zip(companies, vendors, strict=True)):
        kind = _REPORTS[number % len(_REPORTS)]
        valid_until = today + timedelta(days=random.randint(120, 340))
        if company.name == story.outdated:
            kind = AttestationKind.SOC2_TYPE2
            valid_until = today - REPORT_ENDED
        yield {
            "id": random.id(),
            "created_at": vendor["created_at"],
            "kind": kind.value,
            "issuer": _AUDITOR,
            "issued_on": valid_until - timedelta(days=365),
            "valid_until": valid_until,
            "document": f"https://assurance.example/reports/{number + 1:03}.pdf",
            "vendor_id": vendor["id"],
        }


def weakness_rows(
    story: Story, *, vendors: Sequence[Row], random: Chance, now: datetime
) -> Iterator[Row]:
    """What penetration tests found, in the products of vendors that do not exist only."""
    by_trade = {
        trade: row
        for row in vendors
        if row["name"] in story.names
        for trade in Trade
        if row["name"].endswith(f" {trade} (invented)")
    }
    for trade, title, cvss, status, days in _WEAKNESSES:
        due_on = now.date() + timedelta(days=days)
        reported_on = due_on - timedelta(days=45)
        yield {
            "id": random.id(),
            "created_at": now + timedelta(days=days - 45),
            "title": title,
            "cvss": Decimal(cvss),
            "status": PenetrationStatus(status).value,
            "reported_on": reported_on,
            "due_on": due_on,
            "vendor_id": by_trade[trade]["id"],
        }


def _client_id(slug: str, product: str) -> str:
    return sha256(f"{slug}/{product}".encode()).hexdigest()[:20]
