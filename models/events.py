"""What happened: to the organisation's integrations, and in this service itself."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import HIDDEN, READ_ONLY, Exposure, Model, Options
from models.classification import Category, confidential, internal, restricted
from models.columns import choice, integer, json, reference, text, text_list, timestamp
from models.enforcement import recorded


class EventClass(StrEnum):
    """What an event tells of: a class of OCSF 1.x.

    The class uids: ACCOUNT_CHANGE 3001, AUTHENTICATION 3002, AUTHORIZE_SESSION 3003,
    ENTITY_MANAGEMENT 3004, USER_ACCESS 3005, API_ACTIVITY 6003, WEB_RESOURCES_ACTIVITY 6001,
    DATASTORE_ACTIVITY 6005, DETECTION_FINDING 2004, NETWORK_ACTIVITY 4001.
    Source: schema.ocsf.io, classes of version 1.
    """

    ACCOUNT_CHANGE = "ACCOUNT_CHANGE"
    AUTHENTICATION = "AUTHENTICATION"
    AUTHORIZE_SESSION = "AUTHORIZE_SESSION"
    ENTITY_MANAGEMENT = "ENTITY_MANAGEMENT"
    USER_ACCESS = "USER_ACCESS"
    API_ACTIVITY = "API_ACTIVITY"
    WEB_RESOURCES_ACTIVITY = "WEB_RESOURCES_ACTIVITY"
    DATASTORE_ACTIVITY = "DATASTORE_ACTIVITY"
    DETECTION_FINDING = "DETECTION_FINDING"
    NETWORK_ACTIVITY = "NETWORK_ACTIVITY"


class AuditAction(StrEnum):
    """What was done to a record."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class SecurityEvent(Model):
    """Something that an integration or a person did, or that was done to them."""

    __options__ = Options(
        exposure=Exposure(update=False, delete=False),
        indexes=(("integration_id", "at"), ("user_id", "at"), ("at",)),
        enforcement=recorded("Security events of inside and outside, in the terms of OCSF"),
    )

    event_class: Mapped[EventClass] = choice(
        "What the event tells of, as a class of OCSF.", internal(Category.SECURITY), of=EventClass
    )
    severity: Mapped[int] = integer(
        "From 0 (unknown) to 6 (fatal), as in OCSF.",
        internal(Category.SECURITY),
        minimum=0,
        maximum=6,
    )
    at: Mapped[datetime.datetime] = timestamp("When it happened.", internal(Category.SECURITY))
    summary: Mapped[str | None] = text(
        "What happened, in one sentence.", internal(Category.SECURITY), max_length=1000
    )
    source_address: Mapped[str | None] = text(
        "The network address it came from.",
        confidential(Category.PERSONAL),
        max_length=45,
        maskable=True,
    )
    details: Mapped[object | None] = json(
        "Further facts as the source gave them.", confidential(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID | None] = reference(
        "Integration",
        "Which integration it is about, if it is about one.",
        internal(Category.SECURITY),
        inverse=("events", "What the integration did and what was done to it."),
    )
    user_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Whom it is about, if it is about a person.",
        internal(Category.PERSONAL),
        inverse=("events", "What the person did and what was done to them."),
    )


class AuditEvent(Model):
    """That somebody changed a record through this service. Names fields, never values."""

    __options__ = Options(
        exposure=READ_ONLY, indexes=(("created_at",), ("record_type", "record_id"))
    )

    actor: Mapped[str] = text(
        "The subject of the token it was done with.", restricted(Category.PERSONAL), max_length=255
    )
    client_id: Mapped[str | None] = text(
        "The client the token was issued to.", restricted(Category.SECURITY), max_length=255
    )
    request_id: Mapped[str | None] = text(
        "The request it was done in.", restricted(Category.TECHNICAL)
    )
    action: Mapped[AuditAction] = choice(
        "What was done.", restricted(Category.SECURITY), of=AuditAction
    )
    move: Mapped[str | None] = text(
        "The named transition, where it was one.", restricted(Category.SECURITY)
    )
    reason: Mapped[str | None] = text(
        "What the caller gave as the reason.", restricted(Category.SECURITY), max_length=1000
    )
    record_type: Mapped[str] = text("The type of the record.", restricted(Category.SECURITY))
    record_id: Mapped[str] = text("The record's id.", restricted(Category.SECURITY))
    fields: Mapped[list[str]] = text_list(
        "The fields that were set.", restricted(Category.SECURITY)
    )


class OutboxMessage(Model):
    """That the world is still to be told of a change. Carries ids, never values."""

    __options__ = Options(exposure=HIDDEN, indexes=(("sent_at",),))

    topic: Mapped[str] = text("What changed, as type and action.", internal(Category.TECHNICAL))
    record_id: Mapped[str] = text("The record's id.", internal(Category.TECHNICAL))
    sent_at: Mapped[datetime.datetime | None] = timestamp(
        "When it was delivered; empty until then.", internal(Category.TECHNICAL)
    )
