"""What penetration tests of vendors' products found."""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal
from models.columns import Transition, choice, date, decimal, reference, text
from models.enforcement import recorded


class PenetrationStatus(StrEnum):
    """What became of a weakness."""

    OPEN = "OPEN"
    FIXED = "FIXED"
    ACCEPTED = "ACCEPTED"


class PenetrationFinding(Model):
    """A weakness that a penetration test found in a vendor's product."""

    __options__ = Options(
        enforcement=recorded("Weaknesses found in vendors' products, and when they are due"),
    )

    title: Mapped[str] = text("What was found.", confidential(Category.SECURITY))
    cvss: Mapped[Decimal] = decimal(
        "How bad it is: the CVSS base score, from 0.0 to 10.0.",
        internal(Category.SECURITY),
        precision=3,
        scale=1,
        minimum=Decimal(0),
        maximum=Decimal(10),
    )
    status: Mapped[PenetrationStatus] = choice(
        "What became of it.",
        internal(Category.SECURITY),
        of=PenetrationStatus,
        default=PenetrationStatus.OPEN,
        transitions={
            "fix": Transition(("OPEN",), "FIXED", "Says that it was mended."),
            "accept": Transition(
                ("OPEN",), "ACCEPTED", "Lives with it as it is.", needs_reason=True
            ),
            "reopen": Transition(("FIXED",), "OPEN", "Says that it is there again."),
        },
    )
    reported_on: Mapped[datetime.date] = date("When it was reported.", internal(Category.SECURITY))
    due_on: Mapped[datetime.date] = date("The last day to mend it.", internal(Category.SECURITY))
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "In whose product it is.",
        internal(Category.BUSINESS),
        inverse=("penetration_findings", "What penetration tests found in its products."),
    )
