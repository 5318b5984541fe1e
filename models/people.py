"""The people of an organisation and the groups they are in."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, confidential, internal, public, restricted
from models.columns import ColumnExposure, Transition, choice, reference, text, timestamp


class UserStatus(StrEnum):
    """Whether a person may sign in."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class User(Model):
    """A person who works for the organisation."""

    __options__ = Options(unique=(("email",), ("subject",)))

    email: Mapped[str] = text(
        "Work address, the name one signs in with.",
        confidential(Category.PERSONAL),
        max_length=254,
        pattern="[^@[:space:]]+@[^@[:space:]]+",
        maskable=True,
    )
    name: Mapped[str] = text("Full name.", internal(Category.PERSONAL))
    subject: Mapped[str | None] = text(
        "The subject of the person's tokens: what row rules know the person by.",
        restricted(Category.SECURITY),
        max_length=255,
    )
    department: Mapped[str | None] = text("Department.", internal(Category.BUSINESS))
    status: Mapped[UserStatus] = choice(
        "Whether the person may sign in.",
        internal(Category.SECURITY),
        of=UserStatus,
        default=UserStatus.INVITED,
        transitions={
            "activate": Transition(("INVITED", "SUSPENDED"), "ACTIVE", "Lets the person sign in."),
            "suspend": Transition(
                ("INVITED", "ACTIVE"),
                "SUSPENDED",
                "Stops the person from signing in.",
                needs_reason=True,
            ),
        },
    )
    last_seen_at: Mapped[datetime.datetime | None] = timestamp(
        "Last activity.", confidential(Category.PERSONAL), exposure=ColumnExposure.READ_ONLY
    )
    manager_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Whom the person reports to.",
        internal(Category.PERSONAL),
        inverse=("reports", "The people who report to the person."),
        acyclic=True,
    )


class Group(Model):
    """A named set of people."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Name, unique in the organisation.", public(Category.BUSINESS))
    description: Mapped[str | None] = text(
        "What the group is for.", internal(Category.BUSINESS), max_length=1000
    )


class Membership(Model):
    """That a person is in a group."""

    __options__ = Options(
        unique=(("user_id", "group_id"),),
        links={
            "user_id": ("groups", "The groups the person is in."),
            "group_id": ("members", "The people in the group."),
        },
    )

    user_id: Mapped[uuid.UUID] = reference(
        "User",
        "The person.",
        internal(Category.PERSONAL),
        inverse=("memberships", "The person's memberships."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    group_id: Mapped[uuid.UUID] = reference(
        "Group",
        "The group.",
        internal(Category.BUSINESS),
        inverse=("memberships", "The group's memberships."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
