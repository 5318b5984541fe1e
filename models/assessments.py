"""What vendors are asked before anything of theirs is connected, and what they answered."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal
from models.columns import ColumnExposure, Transition, boolean, choice, reference, text, timestamp
from models.conditions import Guard, one_of, present
from models.enforcement import recorded


class Outcome(StrEnum):
    """What an assessment comes to."""

    OK = "OK"
    WARNING = "WARNING"
    BLOCKER = "BLOCKER"


class AssessmentStatus(StrEnum):
    """Where an assessment stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class AnswerValue(StrEnum):
    """Whether a vendor does what a question asks about."""

    YES = "YES"
    NO = "NO"
    PARTIAL = "PARTIAL"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Questionnaire(Model):
    """A list of questions for vendors, in one version."""

    __options__ = Options(unique=(("name", "version_label"),))

    name: Mapped[str] = text("Name, such as CAIQ.", internal(Category.BUSINESS))
    version_label: Mapped[str] = text(
        "Which version of it, such as 4.0.3.", internal(Category.BUSINESS), max_length=50
    )
    standard: Mapped[str] = text(
        "The controls it asks about, such as CSA CCM v4.", internal(Category.BUSINESS)
    )


class Question(Model):
    """One question of a questionnaire, about one control."""

    __options__ = Options(unique=(("questionnaire_id", "control_id"),))

    control_id: Mapped[str] = text(
        "The control it asks about, such as IAM-02: an id of the CSA CCM v4.",
        internal(Category.BUSINESS),
        max_length=7,
        pattern="[A-Z&]{2,4}-[0-9]{2}",
    )
    wording: Mapped[str] = text(
        "The question itself.", internal(Category.BUSINESS), max_length=2000
    )
    required: Mapped[bool] = boolean(
        "Whether it has to be answered.", internal(Category.BUSINESS), default=True
    )
    blocking: Mapped[bool] = boolean(
        "Whether a no stands in the way of an approval.", internal(Category.BUSINESS), default=False
    )
    questionnaire_id: Mapped[uuid.UUID] = reference(
        "Questionnaire",
        "The questionnaire it is in.",
        internal(Category.BUSINESS),
        inverse=("questions", "The questions in it."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )


class Assessment(Model):
    """What the organisation found out about a vendor, or about one integration of the vendor."""

    __options__ = Options(
        enforcement=recorded("The risks of a vendor, known before its product is connected")
    )

    outcome: Mapped[Outcome | None] = choice(
        "What it comes to.", internal(Category.SECURITY), of=Outcome
    )
    status: Mapped[AssessmentStatus] = choice(
        "Where the assessment stands.",
        internal(Category.SECURITY),
        of=AssessmentStatus,
        default=AssessmentStatus.DRAFT,
        transitions={
            "submit": Transition(("DRAFT",), "SUBMITTED", "Hands it in to be decided on."),
            "approve": Transition(
                ("SUBMITTED",),
                "APPROVED",
                "Accepts the assessment: what it is about may be activated.",
                guards=(
                    Guard(
                        "must have an outcome that is no BLOCKER",
                        one_of("outcome", "OK", "WARNING"),
                    ),
                    Guard("must have a date until which it is valid", present("valid_until")),
                ),
            ),
            "reject": Transition(
                ("SUBMITTED",), "REJECTED", "Refuses the assessment.", needs_reason=True
            ),
            "reopen": Transition(("REJECTED",), "DRAFT", "Takes the assessment up again."),
        },
    )
    valid_until: Mapped[datetime.datetime | None] = timestamp(
        "Until when it counts.", internal(Category.SECURITY)
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "Who was assessed.",
        internal(Category.BUSINESS),
        inverse=("assessments", "What the organisation found out about the vendor."),
        exposure=ColumnExposure.SET_ONCE,
    )
    integration_id: Mapped[uuid.UUID | None] = reference(
        "Integration",
        "The integration it is about, if it is about one.",
        internal(Category.BUSINESS),
        inverse=("assessments", "What the organisation found out about the integration."),
        exposure=ColumnExposure.SET_ONCE,
    )
    questionnaire_id: Mapped[uuid.UUID] = reference(
        "Questionnaire",
        "What was asked.",
        internal(Category.BUSINESS),
        inverse=("assessments", "The assessments made with it."),
        exposure=ColumnExposure.SET_ONCE,
    )
    assessor_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who made it.",
        internal(Category.PERSONAL),
        inverse=("assessments", "The assessments the person made."),
    )


class Answer(Model):
    """What a vendor answered to one question, in one assessment."""

    __options__ = Options(unique=(("assessment_id", "question_id"),))

    value: Mapped[AnswerValue] = choice(
        "The answer in a word.", internal(Category.SECURITY), of=AnswerValue
    )
    comment: Mapped[str | None] = text(
        "What the vendor adds to it.", confidential(Category.SECURITY), max_length=2000
    )
    evidence: Mapped[str | None] = text(
        "Where the proof of it lies.",
        confidential(Category.SECURITY),
        max_length=2000,
        pattern="https?://.+",
    )
    assessment_id: Mapped[uuid.UUID] = reference(
        "Assessment",
        "The assessment it is in.",
        internal(Category.BUSINESS),
        inverse=("answers", "What the vendor answered."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    question_id: Mapped[uuid.UUID] = reference(
        "Question",
        "What was asked.",
        internal(Category.BUSINESS),
        inverse=("answers", "What vendors answered to it."),
        exposure=ColumnExposure.SET_ONCE,
    )
