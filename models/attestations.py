"""What somebody outside vouches for about a vendor."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal
from models.columns import choice, date, reference, text
from models.enforcement import attested


class AttestationKind(StrEnum):
    """What sort of report or certificate it is."""

    SOC2_TYPE1 = "SOC2_TYPE1"
    SOC2_TYPE2 = "SOC2_TYPE2"
    ISO27001 = "ISO27001"
    ISO27701 = "ISO27701"
    PCI_DSS = "PCI_DSS"
    CSA_STAR = "CSA_STAR"
    PENTEST = "PENTEST"


class Attestation(Model):
    """A report or certificate about a vendor, with the days between which it counts."""

    __options__ = Options(
        indexes=(("valid_until",),),
        checks={"ends_after_it_begins": "valid_until >= issued_on"},
        enforcement=attested("Audits and certificates of a vendor"),
    )

    kind: Mapped[AttestationKind] = choice(
        "What sort of report or certificate it is.",
        internal(Category.SECURITY),
        of=AttestationKind,
    )
    issuer: Mapped[str] = text("Who vouches for it.", internal(Category.BUSINESS))
    issued_on: Mapped[datetime.date] = date("When it was issued.", internal(Category.SECURITY))
    valid_until: Mapped[datetime.date] = date(
        "The last day it counts.", internal(Category.SECURITY)
    )
    document: Mapped[str | None] = text(
        "Where the report lies.",
        confidential(Category.SECURITY),
        max_length=2000,
        pattern="https?://.+",
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "Whom it is about.",
        internal(Category.BUSINESS),
        inverse=("attestations", "What others vouch for about the vendor."),
    )
