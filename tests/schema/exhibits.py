"""Models with a column of every kind and of every exposure; no database has them."""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    HIDDEN,
    READ_ONLY,
    Category,
    ColumnExposure,
    Exposure,
    Model,
    Options,
    Transition,
    big_integer,
    boolean,
    choice,
    date,
    decimal,
    integer,
    internal,
    json,
    number,
    reference,
    text,
    text_list,
    timestamp,
)

BUSINESS = internal(Category.BUSINESS)


class Wear(StrEnum):
    """How worn it is.

    Only the first line is for clients.
    """

    AS_NEW = "as-new"
    WORN = "worn"


class Gallery(Model):
    """A room."""

    __options__ = Options(plural="galleries")

    name: Mapped[str] = text("Its name.", BUSINESS)


class Exhibit(Model):
    """A thing that is shown."""

    label: Mapped[str] = text("Label.", BUSINESS, max_length=80)
    note: Mapped[str | None] = text("Note.", BUSINESS)
    rank: Mapped[int] = integer("Rank.", BUSINESS, minimum=1, maximum=9)
    age: Mapped[int | None] = big_integer("Age.", BUSINESS)
    weight: Mapped[float | None] = number("Weight.", BUSINESS)
    price: Mapped[Decimal | None] = decimal("Price.", BUSINESS)
    shown: Mapped[bool] = boolean("Shown.", BUSINESS, default=False)
    seen_at: Mapped[datetime.datetime | None] = timestamp("Seen.", BUSINESS)
    made_on: Mapped[datetime.date | None] = date("Made.", BUSINESS)
    wear: Mapped[Wear] = choice("Wear.", BUSINESS, of=Wear)
    phase: Mapped[Wear] = choice(
        "Phase.",
        BUSINESS,
        of=Wear,
        default=Wear.AS_NEW,
        transitions={"use": Transition(("as-new",), "worn", "Uses it.")},
    )
    tags: Mapped[list[str]] = text_list("Tags.", BUSINESS, max_items=3, max_length=60)
    facts: Mapped[object | None] = json("Facts.", BUSINESS)
    serial: Mapped[str] = text("Serial.", BUSINESS, exposure=ColumnExposure.SET_ONCE)
    digest: Mapped[str | None] = text("Digest.", BUSINESS, exposure=ColumnExposure.READ_ONLY)
    secret: Mapped[str | None] = text("Secret.", BUSINESS, exposure=ColumnExposure.HIDDEN)
    gallery_id: Mapped[uuid.UUID] = reference(
        "Gallery", "Where it is.", BUSINESS, inverse=("exhibits", "What is here.")
    )
    store_id: Mapped[uuid.UUID | None] = reference(
        "Gallery",
        "Where it is kept, which nobody shall know.",
        BUSINESS,
        inverse=("stored", "What is kept here."),
        exposure=ColumnExposure.HIDDEN,
    )


class Loan(Model):
    """That an exhibit is in another gallery: a link with a key that is hidden."""

    __options__ = Options(
        links={
            "exhibit_id": ("loaned_to", "Where it is on loan."),
            "gallery_id": ("loans", "What is here on loan."),
        }
    )

    exhibit_id: Mapped[uuid.UUID] = reference("Exhibit", "What.", BUSINESS)
    gallery_id: Mapped[uuid.UUID | None] = reference(
        "Gallery", "Where to.", BUSINESS, exposure=ColumnExposure.HIDDEN
    )


class Visit(Model):
    """That somebody came: set once and for all."""

    at: Mapped[datetime.datetime] = timestamp("When.", BUSINESS, exposure=ColumnExposure.SET_ONCE)


class Tally(Model):
    """A figure that comes from elsewhere: nothing of it can be set."""

    total: Mapped[int | None] = integer("Total.", BUSINESS, exposure=ColumnExposure.READ_ONLY)


class Measurement(Model):
    """What an instrument said."""

    __options__ = Options(exposure=READ_ONLY)

    value: Mapped[float] = number("Value.", BUSINESS)


class Entry(Model):
    """A line of a book that is only added to."""

    __options__ = Options(plural="entries", exposure=Exposure(update=False, delete=False))

    line: Mapped[str] = text("Line.", BUSINESS)


class Vault(Model):
    """What clients don't see."""

    __options__ = Options(exposure=HIDDEN)

    content: Mapped[str] = text("Content.", BUSINESS)
    exhibit_id: Mapped[uuid.UUID] = reference(
        "Exhibit", "Of what.", BUSINESS, inverse=("vaults", "Never shown.")
    )


MODELS = (Gallery, Exhibit, Loan, Visit, Tally, Measurement, Entry, Vault)
