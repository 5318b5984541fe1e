"""Who the organisation buys software from, and what it uses of them."""

import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal, public
from models.columns import choice, integer, reference, text


class VendorTier(StrEnum):
    """How much depends on a vendor."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Sanction(StrEnum):
    """Where the organisation stands on an application."""

    SANCTIONED = "SANCTIONED"
    TOLERATED = "TOLERATED"
    UNSANCTIONED = "UNSANCTIONED"


class Vendor(Model):
    """A company whose product is integrated."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Name, unique in the organisation.", public(Category.BUSINESS))
    website: Mapped[str | None] = text(
        "Home page.", public(Category.BUSINESS), max_length=2000, pattern="https?://.+"
    )
    country: Mapped[str | None] = text(
        "Seat, as an ISO 3166-1 alpha-2 code.",
        public(Category.BUSINESS),
        max_length=2,
        pattern="[A-Z]{2}",
    )
    tier: Mapped[VendorTier] = choice(
        "How much depends on the vendor.", internal(Category.BUSINESS), of=VendorTier
    )
    risk_score: Mapped[int | None] = integer(
        "Assessed risk from 0 (none) to 100.", internal(Category.SECURITY), minimum=0, maximum=100
    )
    security_contact: Mapped[str | None] = text(
        "Whom to call about a security incident.",
        confidential(Category.PERSONAL),
        max_length=254,
        maskable=True,
    )


class SaasApplication(Model):
    """A product of a vendor that is used in the organisation, sanctioned or not."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Product name.", public(Category.BUSINESS))
    category: Mapped[str | None] = text(
        "Kind of product, such as CRM or payroll.", public(Category.BUSINESS), max_length=100
    )
    sanction: Mapped[Sanction] = choice(
        "Where the organisation stands on it.",
        internal(Category.SECURITY),
        of=Sanction,
        default=Sanction.UNSANCTIONED,
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "Who makes it.",
        internal(Category.BUSINESS),
        inverse=("applications", "The vendor's products in use."),
    )
