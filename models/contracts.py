"""What was agreed with vendors."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal
from models.columns import ColumnExposure, Transition, choice, date, integer, reference, text
from models.enforcement import recorded

_HOURS_OF_A_YEAR = 8760


class ContractKind(StrEnum):
    """What a contract is about."""

    MASTER = "MASTER"
    DATA_PROCESSING = "DATA_PROCESSING"
    NON_DISCLOSURE = "NON_DISCLOSURE"
    SERVICE_LEVEL = "SERVICE_LEVEL"


class ContractStatus(StrEnum):
    """Whether a contract binds."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"


class ClauseKind(StrEnum):
    """What a clause settles."""

    GDPR_ART_28 = "GDPR_ART_28"
    GDPR_ART_33 = "GDPR_ART_33"
    BREACH_NOTIFICATION = "BREACH_NOTIFICATION"
    SUB_PROCESSORS = "SUB_PROCESSORS"
    AUDIT_RIGHT = "AUDIT_RIGHT"
    DATA_RETURN = "DATA_RETURN"
    DATA_LOCATION = "DATA_LOCATION"
    CONFIDENTIALITY = "CONFIDENTIALITY"


class Contract(Model):
    """An agreement with a vendor; of each kind, one at a time is active."""

    __options__ = Options(
        unique_while={("vendor_id", "kind"): ("status", "ACTIVE")},
        enforcement=recorded("Agreements with vendors, on data processing among them"),
    )

    kind: Mapped[ContractKind] = choice(
        "What it is about.", internal(Category.BUSINESS), of=ContractKind
    )
    title: Mapped[str] = text("Title.", internal(Category.BUSINESS))
    starts_on: Mapped[datetime.date] = date("The first day it binds.", internal(Category.BUSINESS))
    ends_on: Mapped[datetime.date | None] = date(
        "The last day it binds; empty where none was agreed.", internal(Category.BUSINESS)
    )
    status: Mapped[ContractStatus] = choice(
        "Whether it binds.",
        internal(Category.BUSINESS),
        of=ContractStatus,
        default=ContractStatus.DRAFT,
        transitions={
            "activate": Transition(("DRAFT",), "ACTIVE", "Says that it was signed and binds."),
            "expire": Transition(("ACTIVE",), "EXPIRED", "Says that it came to its end."),
            "terminate": Transition(
                ("ACTIVE",), "TERMINATED", "Ends it before its time.", needs_reason=True
            ),
        },
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "With whom it is.",
        internal(Category.BUSINESS),
        inverse=("contracts", "What was agreed with the vendor."),
        exposure=ColumnExposure.SET_ONCE,
    )


class Clause(Model):
    """What a contract settles in one matter."""

    __options__ = Options(enforcement=recorded("What vendors owe by contract, and how soon"))

    kind: Mapped[ClauseKind] = choice(
        "What it settles.", internal(Category.BUSINESS), of=ClauseKind
    )
    wording: Mapped[str | None] = text(
        "What it says.", confidential(Category.BUSINESS), max_length=10_000
    )
    notification_hours: Mapped[int | None] = integer(
        "Within how many hours somebody has to be told.",
        internal(Category.BUSINESS),
        minimum=0,
        maximum=_HOURS_OF_A_YEAR,
    )
    contract_id: Mapped[uuid.UUID] = reference(
        "Contract",
        "The contract it is in.",
        internal(Category.BUSINESS),
        inverse=("clauses", "What the contract settles."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
