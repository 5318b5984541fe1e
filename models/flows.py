"""Where data goes."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, internal
from models.columns import Transition, choice, reference, text, timestamp
from models.enforcement import recorded


class LegalBasis(StrEnum):
    """What allows processing personal data, as article 6(1) GDPR lists it."""

    CONSENT = "CONSENT"
    CONTRACT = "CONTRACT"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    VITAL_INTERESTS = "VITAL_INTERESTS"
    PUBLIC_TASK = "PUBLIC_TASK"
    LEGITIMATE_INTERESTS = "LEGITIMATE_INTERESTS"


class Transport(StrEnum):
    """How data is guarded on its way."""

    TLS = "TLS"
    MUTUAL_TLS = "MUTUAL_TLS"
    SFTP = "SFTP"
    PLAINTEXT = "PLAINTEXT"


class FlowStatus(StrEnum):
    """Whether data moves as somebody declared."""

    DECLARED = "DECLARED"
    OBSERVED = "OBSERVED"
    DIVERGENT = "DIVERGENT"


class DataFlow(Model):
    """That data moves from one dataset to another."""

    __options__ = Options(
        unique=(("source_id", "target_id", "integration_id"),),
        checks={"leads_elsewhere": "source_id <> target_id"},
        enforcement=recorded("Where data goes, as declared and as observed"),
    )

    purpose: Mapped[str | None] = text(
        "Why it moves.", internal(Category.BUSINESS), max_length=1000
    )
    legal_basis: Mapped[LegalBasis | None] = choice(
        "What allows it, for personal data: one of article 6(1) GDPR.",
        internal(Category.BUSINESS),
        of=LegalBasis,
    )
    transport: Mapped[Transport] = choice(
        "How it is guarded on its way.", internal(Category.SECURITY), of=Transport
    )
    status: Mapped[FlowStatus] = choice(
        "Whether it moves as declared.",
        internal(Category.SECURITY),
        of=FlowStatus,
        default=FlowStatus.DECLARED,
        transitions={
            "observe": Transition(("DECLARED",), "OBSERVED", "Says that it was seen as declared."),
            "diverge": Transition(
                ("DECLARED", "OBSERVED"),
                "DIVERGENT",
                "Says that it was seen otherwise than declared.",
                needs_reason=True,
            ),
            "declare": Transition(
                ("OBSERVED", "DIVERGENT"), "DECLARED", "Declares it anew, as it stands here."
            ),
        },
    )
    last_observed_at: Mapped[datetime.datetime | None] = timestamp(
        "When data last moved.", internal(Category.SECURITY)
    )
    source_id: Mapped[uuid.UUID] = reference(
        "Dataset",
        "Where the data comes from.",
        internal(Category.BUSINESS),
        inverse=("outflows", "Where the data goes."),
        cascade=True,
    )
    target_id: Mapped[uuid.UUID] = reference(
        "Dataset",
        "Where the data goes.",
        internal(Category.BUSINESS),
        inverse=("inflows", "Where the data comes from."),
        cascade=True,
    )
    integration_id: Mapped[uuid.UUID | None] = reference(
        "Integration",
        "What moves it.",
        internal(Category.BUSINESS),
        inverse=("data_flows", "The data the integration moves."),
        cascade=True,
    )
