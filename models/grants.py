"""What somebody outside was permitted to do with the organisation's data."""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, internal
from models.columns import (
    ColumnExposure,
    Transition,
    choice,
    reference,
    text,
    text_list,
    timestamp,
)
from models.conditions import (
    NOW,
    Guard,
    at_least,
    below,
    equal,
    has,
    missing,
    never,
    related,
    some,
)
from models.datasets import DataLevel
from models.enforcement import enforced


class GrantStatus(StrEnum):
    """Whether a permission still holds."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


_NO_OVERDUE_FINDING: Final = Guard(
    "must not be given while a critical penetration finding of the vendor is overdue",
    never(
        related(
            "integration",
            related(
                "vendor",
                related(
                    "penetration_findings",
                    equal("status", "OPEN"),
                    at_least("cvss", Decimal("9.0")),
                    below("due_on", NOW),
                ),
            ),
        )
    ),
)
_AGREED_PROCESSING: Final = Guard(
    "must not open personal data without an agreement on data processing",
    some(
        never(has("categories", "PERSONAL")),
        missing("integration_id"),
        related(
            "integration",
            related(
                "vendor",
                related("contracts", equal("kind", "DATA_PROCESSING"), equal("status", "ACTIVE")),
            ),
        ),
    ),
)


class Grant(Model):
    """One permission that an integration or an application was given."""

    __options__ = Options(
        unique=(("integration_id", "scope"), ("application_id", "user_id", "scope")),
        checks={"has_a_holder": "integration_id IS NOT NULL OR application_id IS NOT NULL"},
        guards=(_NO_OVERDUE_FINDING, _AGREED_PROCESSING),
        enforcement=enforced(
            "No integration is granted anything while a critical finding of its vendor is "
            "overdue, nor personal data without an agreement"
        ),
    )

    scope: Mapped[str] = text(
        "The OAuth scope that was granted.",
        internal(Category.SECURITY),
        max_length=500,
        exposure=ColumnExposure.SET_ONCE,
    )
    clearance: Mapped[DataLevel] = choice(
        "The highest level of data it opens.",
        internal(Category.SECURITY),
        of=DataLevel,
        default=DataLevel.INTERNAL,
    )
    categories: Mapped[list[str]] = text_list(
        "The categories of data it opens.", internal(Category.SECURITY), of=Category
    )
    status: Mapped[GrantStatus] = choice(
        "Whether it still holds.",
        internal(Category.SECURITY),
        of=GrantStatus,
        default=GrantStatus.ACTIVE,
        transitions={
            "revoke": Transition(
                ("ACTIVE",), "REVOKED", "Takes the permission back.", needs_reason=True
            )
        },
    )
    reason: Mapped[str | None] = text(
        "Why it was granted.", internal(Category.BUSINESS), max_length=1000
    )
    granted_at: Mapped[datetime.datetime] = timestamp(
        "When it was granted.", internal(Category.SECURITY), exposure=ColumnExposure.SET_ONCE
    )
    expires_at: Mapped[datetime.datetime | None] = timestamp(
        "When it ends by itself.", internal(Category.SECURITY)
    )
    last_used_at: Mapped[datetime.datetime | None] = timestamp(
        "When it was last used.", internal(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID | None] = reference(
        "Integration",
        "The integration that was given it.",
        internal(Category.BUSINESS),
        inverse=("grants", "The permissions the integration was given."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    application_id: Mapped[uuid.UUID | None] = reference(
        "SaasApplication",
        "The application that was given it.",
        internal(Category.BUSINESS),
        inverse=("grants", "The permissions the application was given."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    user_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who agreed to it, for an application.",
        internal(Category.PERSONAL),
        inverse=("grants", "The permissions of applications that the person agreed to."),
        exposure=ColumnExposure.SET_ONCE,
    )
    granted_by_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who gave it.",
        internal(Category.PERSONAL),
        inverse=("grants_given", "The permissions the person gave."),
    )
    dataset_id: Mapped[uuid.UUID | None] = reference(
        "Dataset",
        "The data it opens.",
        internal(Category.BUSINESS),
        inverse=("grants", "The permissions that open the data."),
    )
