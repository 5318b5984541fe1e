"""Whom the organisation buys from, and how it judges them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final

from models.applications import Sanction
from models.vendors import VendorTier
from palisade.demonstration.connections import OLDEST
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Company
from repository.ids import new_id
from repository.repository import Row

# Who stands behind whose product, as both say in public.
_STANDS_BEHIND: Final = {
    "GitHub": "Microsoft",
    "Slack Technologies": "Salesforce",
    "Stripe": "Shopify",
}


def vendor_rows(
    organisation: Organisation, companies: Sequence[Company], *, random: Random, now: datetime
) -> Iterator[Row]:
    """One row for each company, in their order."""
    low, high = organisation.risk
    unsanctioned, _ = organisation.findings.unsanctioned
    ids = {company.name: new_id() for company in companies}
    for company in companies:
        tier = random.choices(
            (VendorTier.HIGH, VendorTier.MEDIUM, VendorTier.LOW), weights=(3, 5, 3)
        )[0]
        if company.name in organisation.critical:
            tier = VendorTier.CRITICAL
        risk_score: int | None = random.randint(low, high)
        if unsanctioned in {product.name for product in company.products}:
            risk_score = high + 5
        if company.name == organisation.findings.unassessed:
            risk_score = None
        word = company.name.split()[0].lower()
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
            "parent_id": ids.get(_STANDS_BEHIND.get(company.name, "")),
        }


def application_rows(
    slug: str,
    organisation: Organisation,
    companies: Sequence[Company],
    *,
    vendors: Sequence[Row],
    people: People,
    random: Random,
) -> Iterator[Row]:
    """The companies' products; ``vendors`` is aligned with ``companies``."""
    unrest = organisation.unrest
    unsanctioned, _ = organisation.findings.unsanctioned
    for company, vendor in zip(companies, vendors, strict=True):
        for product in company.products:
            sanction = random.choices(
                (Sanction.SANCTIONED, Sanction.TOLERATED, Sanction.UNSANCTIONED),
                weights=(20, 2 * unrest, unrest - 1),
            )[0]
            if product.name == unsanctioned:
                sanction = Sanction.UNSANCTIONED
            yield {
                "id": new_id(),
                "created_at": vendor["created_at"] + timedelta(days=1),
                "name": product.name,
                "category": product.category,
                "client_id": sha256(f"{slug}/{product.name}".encode()).hexdigest()[:20],
                "sanction": sanction.value,
                "vendor_id": vendor["id"],
                "owner_id": None
                if sanction is Sanction.UNSANCTIONED
                else people.head(product.uses[0].subject),
            }
