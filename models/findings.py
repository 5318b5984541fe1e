"""What this service itself finds to be wrong in an organisation's perimeter."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import UPDATE_ONLY, Model, Options
from models.classification import Category, confidential, internal
from models.columns import (
    ColumnExposure,
    Transition,
    choice,
    integer,
    json,
    reference,
    text,
    timestamp,
)
from models.enforcement import recorded


class FindingStatus(StrEnum):
    """What became of a finding."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"
    ACCEPTED = "ACCEPTED"


class Finding(Model):
    """That a rule of the service isn't kept by one record."""

    __options__ = Options(
        exposure=UPDATE_ONLY,
        unique=(("rule", "subject_id"),),
        indexes=(("status", "severity"),),
        enforcement=recorded("What is set up wrongly, with the rule, the evidence and the fix"),
    )

    rule: Mapped[str] = text(
        "The rule that isn't kept.", internal(Category.SECURITY), exposure=ColumnExposure.READ_ONLY
    )
    title: Mapped[str] = text(
        "What is wrong, in a few words.",
        internal(Category.SECURITY),
        max_length=500,
        exposure=ColumnExposure.READ_ONLY,
    )
    severity: Mapped[int] = integer(
        "From 0 (unknown) to 6 (fatal), as in OCSF.",
        internal(Category.SECURITY),
        minimum=0,
        maximum=6,
        exposure=ColumnExposure.READ_ONLY,
    )
    status: Mapped[FindingStatus] = choice(
        "What became of it.",
        internal(Category.SECURITY),
        of=FindingStatus,
        default=FindingStatus.OPEN,
        transitions={
            "acknowledge": Transition(("OPEN",), "ACKNOWLEDGED", "Says that somebody is at it."),
            "resolve": Transition(
                ("OPEN", "ACKNOWLEDGED"), "RESOLVED", "Says that it was put right."
            ),
            "accept": Transition(
                ("OPEN", "ACKNOWLEDGED"), "ACCEPTED", "Lives with it as it is.", needs_reason=True
            ),
            "reopen": Transition(
                ("RESOLVED", "ACCEPTED"), "OPEN", "Says that it has to be put right after all."
            ),
        },
    )
    subject_type: Mapped[str] = text(
        "The type of the record it is about.",
        internal(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    subject_id: Mapped[str] = text(
        "The id of the record it is about.",
        internal(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    subject_label: Mapped[str] = text(
        "What people call the record it is about.",
        internal(Category.SECURITY),
        max_length=500,
        exposure=ColumnExposure.READ_ONLY,
    )
    evidence: Mapped[object | None] = json(
        "The facts it rests on.",
        confidential(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    contributions: Mapped[object | None] = json(
        "What its severity is made up of, each part by name.",
        confidential(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    fix: Mapped[str | None] = text(
        "What would put it right.",
        internal(Category.SECURITY),
        max_length=1000,
        exposure=ColumnExposure.READ_ONLY,
    )
    note: Mapped[str | None] = text(
        "What those who deal with it write down.",
        internal(Category.SECURITY),
        max_length=2000,
    )
    first_seen_at: Mapped[datetime.datetime] = timestamp(
        "When it was first found.",
        internal(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    last_seen_at: Mapped[datetime.datetime] = timestamp(
        "When it was last found.",
        internal(Category.SECURITY),
        exposure=ColumnExposure.READ_ONLY,
    )
    assignee_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who deals with it.",
        internal(Category.PERSONAL),
        inverse=("findings", "The findings the person deals with."),
    )
