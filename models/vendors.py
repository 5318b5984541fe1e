"""Who the organisation buys software from, and who stands behind them."""

import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal, public
from models.columns import choice, integer, reference, text
from models.enforcement import recorded


class VendorTier(StrEnum):
    """How much depends on a vendor."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Vendor(Model):
    """A company whose product is integrated, or that stands behind such a product."""

    __options__ = Options(
        unique=(("name",),),
        enforcement=recorded("The supply chain: vendors and those who work for them"),
    )

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
    parent_id: Mapped[uuid.UUID | None] = reference(
        "Vendor",
        "The vendor whose product it stands behind, for a sub-vendor or sub-processor.",
        internal(Category.BUSINESS),
        inverse=("sub_vendors", "The vendors that stand behind its product."),
        acyclic=True,
    )
