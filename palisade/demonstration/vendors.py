"""Whom the organisation buys from, and how it judges them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from models.vendors import Sanction, VendorTier
from palisade.demonstration.connections import OLDEST
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company
from repository.ids import new_id
from repository.reader import Row


def vendor_rows(
    organisation: Organisation, companies: Sequence[Company], *, random: Random, now: datetime
) -> Iterator[Row]:
    """One row for each company, in their order."""
    low, high = organisation.risk
    unsanctioned, _ = organisation.findings.unsanctioned
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
            "id": new_id(),
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
        }


def application_rows(
    organisation: Organisation,
    companies: Sequence[Company],
    *,
    vendors: Sequence[Row],
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
                "sanction": sanction.value,
                "vendor_id": vendor["id"],
            }
