"""The software as a service that is in use, whether somebody allowed it or not."""

import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, internal, public
from models.columns import Transition, choice, reference, text
from models.enforcement import recorded


class Sanction(StrEnum):
    """Where the organisation stands on an application."""

    SANCTIONED = "SANCTIONED"
    TOLERATED = "TOLERATED"
    UNSANCTIONED = "UNSANCTIONED"


class SaasApplication(Model):
    """A product that is used in the organisation, sanctioned or not."""

    __options__ = Options(
        unique=(("name",), ("client_id",)),
        enforcement=recorded("Software in use that nobody has allowed"),
    )

    name: Mapped[str] = text("Product name.", public(Category.BUSINESS))
    category: Mapped[str | None] = text(
        "Kind of product, such as CRM or payroll.", public(Category.BUSINESS), max_length=100
    )
    client_id: Mapped[str | None] = text(
        "The OAuth client it is known by at the identity provider.",
        internal(Category.SECURITY),
        max_length=255,
    )
    sanction: Mapped[Sanction] = choice(
        "Where the organisation stands on it.",
        internal(Category.SECURITY),
        of=Sanction,
        default=Sanction.UNSANCTIONED,
        transitions={
            "sanction": Transition(
                ("TOLERATED", "UNSANCTIONED"), "SANCTIONED", "Allows its use in the organisation."
            ),
            "tolerate": Transition(
                ("SANCTIONED", "UNSANCTIONED"),
                "TOLERATED",
                "Lets its use go on without a blessing.",
            ),
            "unsanction": Transition(
                ("SANCTIONED", "TOLERATED"),
                "UNSANCTIONED",
                "Takes back that it may be used.",
                needs_reason=True,
            ),
        },
    )
    vendor_id: Mapped[uuid.UUID | None] = reference(
        "Vendor",
        "Who makes it; empty until it is known.",
        internal(Category.BUSINESS),
        inverse=("applications", "The vendor's products in use."),
    )
    owner_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who answers for it.",
        internal(Category.PERSONAL),
        inverse=("applications", "The applications the person answers for."),
    )
