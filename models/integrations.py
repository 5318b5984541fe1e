"""What reaches the organisation's data from outside, and by which key."""

import datetime
import uuid
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, internal, public, restricted
from models.columns import (
    ColumnExposure,
    Transition,
    choice,
    reference,
    text,
    text_list,
    timestamp,
)
from models.conditions import NOW, Guard, above, equal, never, related
from models.enforcement import enforced


class IntegrationStatus(StrEnum):
    """Where an integration stands in its life."""

    PROPOSED = "PROPOSED"
    ASSESSED = "ASSESSED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    QUARANTINED = "QUARANTINED"
    RETIRED = "RETIRED"


class AuthMethod(StrEnum):
    """How an integration proves who it is."""

    OAUTH2_AUTHORIZATION_CODE = "OAUTH2_AUTHORIZATION_CODE"
    OAUTH2_CLIENT_CREDENTIALS = "OAUTH2_CLIENT_CREDENTIALS"
    PRIVATE_KEY_JWT = "PRIVATE_KEY_JWT"
    MUTUAL_TLS = "MUTUAL_TLS"
    SAML = "SAML"
    API_KEY = "API_KEY"
    WEBHOOK_SECRET = "WEBHOOK_SECRET"


class CredentialKind(StrEnum):
    """What sort of key a credential is."""

    CLIENT_SECRET = "CLIENT_SECRET"
    PUBLIC_KEY = "PUBLIC_KEY"
    CERTIFICATE = "CERTIFICATE"
    API_KEY = "API_KEY"
    SIGNING_SECRET = "SIGNING_SECRET"


class CredentialStatus(StrEnum):
    """Whether a credential opens anything."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    RETIRING = "RETIRING"
    REVOKED = "REVOKED"


_ASSESSED: Final = Guard(
    "must have an assessment that was approved and is still valid",
    related("assessments", equal("status", "APPROVED"), above("valid_until", NOW)),
)
_SANCTIONED: Final = Guard(
    "must not be of an application that is unsanctioned",
    never(related("application", equal("sanction", "UNSANCTIONED"))),
)


class Integration(Model):
    """A connection between the organisation's data and a product of a vendor."""

    __options__ = Options(unique=(("name",), ("client_id",)), indexes=(("last_sync_at",),))

    name: Mapped[str] = text("Name, unique in the organisation.", public(Category.BUSINESS))
    purpose: Mapped[str | None] = text(
        "What it is for.", internal(Category.BUSINESS), max_length=1000
    )
    status: Mapped[IntegrationStatus] = choice(
        "Where the integration stands in its life.",
        public(Category.SECURITY),
        of=IntegrationStatus,
        default=IntegrationStatus.PROPOSED,
        transitions={
            "assess": Transition(("PROPOSED",), "ASSESSED", "Says that its risks are known."),
            "approve": Transition(("ASSESSED",), "APPROVED", "Agrees to it, with its risks."),
            "activate": Transition(
                ("APPROVED", "SUSPENDED"),
                "ACTIVE",
                "Lets the integration reach data.",
                guards=(_ASSESSED, _SANCTIONED),
                enforcement=enforced(
                    "Nothing reaches data without an approved assessment, or for shadow IT"
                ),
            ),
            "suspend": Transition(
                ("ACTIVE",),
                "SUSPENDED",
                "Stops the integration until it is activated again.",
                needs_reason=True,
            ),
            "quarantine": Transition(
                ("ACTIVE", "SUSPENDED"),
                "QUARANTINED",
                "Stops the integration until somebody has looked into it.",
                needs_reason=True,
            ),
            "release": Transition(
                ("QUARANTINED",),
                "SUSPENDED",
                "Ends the quarantine; the integration still has to be activated.",
                needs_reason=True,
            ),
            "retire": Transition(
                ("PROPOSED", "ASSESSED", "APPROVED", "ACTIVE", "SUSPENDED", "QUARANTINED"),
                "RETIRED",
                "Ends the integration for good.",
                needs_reason=True,
            ),
        },
    )
    auth_method: Mapped[AuthMethod] = choice(
        "How the integration proves who it is.", internal(Category.SECURITY), of=AuthMethod
    )
    base_url: Mapped[str | None] = text(
        "Where its API lives.", internal(Category.TECHNICAL), max_length=2000, pattern="https?://.+"
    )
    scopes: Mapped[list[str]] = text_list(
        "The OAuth scopes it asked for.", internal(Category.SECURITY)
    )
    client_id: Mapped[str | None] = text(
        "The OAuth client it calls this service as.", internal(Category.SECURITY), max_length=255
    )
    last_sync_at: Mapped[datetime.datetime | None] = timestamp(
        "When it last moved data.", internal(Category.TECHNICAL)
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor",
        "Whose product is connected.",
        internal(Category.BUSINESS),
        inverse=("integrations", "The connections to the vendor's products."),
    )
    application_id: Mapped[uuid.UUID | None] = reference(
        "SaasApplication",
        "The product that is connected.",
        internal(Category.BUSINESS),
        inverse=("integrations", "The connections to the product."),
    )
    owner_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who answers for it.",
        internal(Category.PERSONAL),
        inverse=("integrations", "The integrations the person answers for."),
    )


class Credential(Model):
    """The public facts of a key that an integration holds. The secret itself is never kept."""

    __options__ = Options(unique=(("thumbprint",),))

    kind: Mapped[CredentialKind] = choice(
        "What sort of key it is.", internal(Category.SECURITY), of=CredentialKind
    )
    thumbprint: Mapped[str] = text(
        "SHA-256 of the public key, certificate or secret, as 64 hexadecimal digits.",
        restricted(Category.SECURITY),
        max_length=64,
        pattern="[0-9a-f]{64}",
        exposure=ColumnExposure.SET_ONCE,
        maskable=True,
    )
    status: Mapped[CredentialStatus] = choice(
        "Whether it opens anything.",
        internal(Category.SECURITY),
        of=CredentialStatus,
        default=CredentialStatus.PENDING,
        transitions={
            "activate": Transition(("PENDING",), "ACTIVE", "Lets the key be used."),
            "retire": Transition(
                ("ACTIVE",), "RETIRING", "Lets the key work on only until another has replaced it."
            ),
            "revoke": Transition(
                ("PENDING", "ACTIVE", "RETIRING"),
                "REVOKED",
                "Ends the key for good.",
                needs_reason=True,
            ),
        },
    )
    issued_at: Mapped[datetime.datetime] = timestamp(
        "When it was issued.", internal(Category.SECURITY), exposure=ColumnExposure.SET_ONCE
    )
    not_after: Mapped[datetime.datetime | None] = timestamp(
        "When it ends by itself.", internal(Category.SECURITY)
    )
    rotated_at: Mapped[datetime.datetime | None] = timestamp(
        "When another key replaced it.", internal(Category.SECURITY)
    )
    last_used_at: Mapped[datetime.datetime | None] = timestamp(
        "When it was last used.", internal(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID] = reference(
        "Integration",
        "Who holds it.",
        internal(Category.BUSINESS),
        inverse=("credentials", "The keys the integration holds."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
