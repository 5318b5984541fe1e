"""How we make ourselves known: campaigns, and the contacts in them."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category,
    ColumnExposure,
    Model,
    Options,
    boolean,
    choice,
    date,
    internal,
    public,
    reference,
    text,
)


class Channel(StrEnum):
    """By what way a campaign reaches people."""

    EMAIL = "EMAIL"
    EVENT = "EVENT"
    PHONE = "PHONE"


class Campaign(Model):
    """An effort to be known by many contacts at once."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Name, unique.", public(Category.BUSINESS))
    channel: Mapped[Channel] = choice(
        "How it reaches people.", internal(Category.BUSINESS), of=Channel
    )
    starts_on: Mapped[datetime.date | None] = date("First day.", internal(Category.BUSINESS))


class CampaignMember(Model):
    """That a contact is in a campaign: a link, with connections on both sides."""

    __options__ = Options(
        unique=(("campaign_id", "contact_id"),),
        links={
            "campaign_id": ("contacts", "The contacts it is meant for."),
            "contact_id": ("campaigns", "The campaigns the person is in."),
        },
    )

    responded: Mapped[bool] = boolean(
        "Whether the person answered.", internal(Category.BUSINESS), default=False
    )
    campaign_id: Mapped[uuid.UUID] = reference(
        "Campaign",
        "The campaign.",
        internal(Category.BUSINESS),
        inverse=("members", "Who is in it, and who answered."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    contact_id: Mapped[uuid.UUID] = reference(
        "Contact",
        "The person.",
        internal(Category.PERSONAL),
        inverse=("campaign_memberships", "In which campaigns, and whether the person answered."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
