"""What reaches the organisation's data from outside, by which key, and how far."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal, public, restricted
from models.columns import (
    ColumnExposure,
    Transition,
    choice,
    reference,
    text,
    text_list,
    timestamp,
)


class IntegrationStatus(StrEnum):
    """Where an integration stands in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
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
    """Whether a credential still opens anything."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class GrantStatus(StrEnum):
    """Whether a permission still holds."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class Integration(Model):
    """A connection between the organisation's data and a product of a vendor."""

    __options__ = Options(unique=(("name",),), indexes=(("last_sync_at",),))

    name: Mapped[str] = text("Name, unique in the organisation.", public(Category.BUSINESS))
    status: Mapped[IntegrationStatus] = choice(
        "Where the integration stands in its life.",
        public(Category.SECURITY),
        of=IntegrationStatus,
        default=IntegrationStatus.DRAFT,
        transitions={
            "activate": Transition(
                ("DRAFT", "SUSPENDED"), "ACTIVE", "Lets the integration reach data."
            ),
            "suspend": Transition(
                ("ACTIVE",), "SUSPENDED", "Stops the integration until it is activated again."
            ),
            "retire": Transition(
                ("DRAFT", "ACTIVE", "SUSPENDED"), "RETIRED", "Ends the integration for good."
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

    __options__ = Options(unique=(("fingerprint",),))

    kind: Mapped[CredentialKind] = choice(
        "What sort of key it is.", internal(Category.SECURITY), of=CredentialKind
    )
    fingerprint: Mapped[str] = text(
        "SHA-256 of the public key, certificate or secret, as 64 hexadecimal digits.",
        restricted(Category.SECURITY),
        max_length=64,
        pattern="[0-9a-f]{64}",
        exposure=ColumnExposure.SET_ONCE,
        maskable=True,
    )
    status: Mapped[CredentialStatus] = choice(
        "Whether it still opens anything.",
        internal(Category.SECURITY),
        of=CredentialStatus,
        default=CredentialStatus.ACTIVE,
        transitions={"revoke": Transition(("ACTIVE",), "REVOKED", "Ends the key for good.")},
    )
    issued_at: Mapped[datetime.datetime] = timestamp(
        "When it was issued.", internal(Category.SECURITY), exposure=ColumnExposure.SET_ONCE
    )
    expires_at: Mapped[datetime.datetime | None] = timestamp(
        "When it ends by itself.", internal(Category.SECURITY)
    )
    last_used_at: Mapped[datetime.datetime | None] = timestamp(
        "When it was last used.", confidential(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID] = reference(
        "Integration",
        "Who holds it.",
        internal(Category.BUSINESS),
        inverse=("credentials", "The keys the integration holds."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )


class Grant(Model):
    """One permission an integration was given."""

    __options__ = Options(unique=(("integration_id", "scope"),))

    scope: Mapped[str] = text(
        "The OAuth scope that was granted.",
        internal(Category.SECURITY),
        max_length=500,
        exposure=ColumnExposure.SET_ONCE,
    )
    status: Mapped[GrantStatus] = choice(
        "Whether it still holds.",
        internal(Category.SECURITY),
        of=GrantStatus,
        default=GrantStatus.ACTIVE,
        transitions={"revoke": Transition(("ACTIVE",), "REVOKED", "Takes the permission back.")},
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
        "When it was last used.", confidential(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID] = reference(
        "Integration",
        "Who was given it.",
        internal(Category.BUSINESS),
        inverse=("grants", "The permissions the integration was given."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
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
