"""Own models that have every kind of column, relation and exposure, to be attacked and tested.

The product's own models leave some of these out: a team's may have any.
"""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    HIDDEN,
    Category,
    ColumnExposure,
    Exposure,
    Model,
    Options,
    Transition,
    big_integer,
    boolean,
    choice,
    confidential,
    date,
    decimal,
    integer,
    internal,
    json,
    number,
    public,
    reference,
    restricted,
    text,
    text_list,
    timestamp,
)


class Phase(StrEnum):
    """How far a specimen is. Names and stored values differ."""

    RAW = "raw"
    MEASURED = "measured"
    GONE = "gone"


class Site(Model):
    """A place; it may lie within another, and one specimen may be its best."""

    __options__ = Options(unique=(("label",),))

    label: Mapped[str] = text("Label.", public(Category.BUSINESS))
    within_id: Mapped[uuid.UUID | None] = reference(
        "Site", "What it lies within.", internal(Category.BUSINESS), inverse=("sites", "Within it.")
    )
    best_id: Mapped[uuid.UUID | None] = reference(
        "Specimen", "Its best.", internal(Category.BUSINESS), inverse=("best_of", "Best of these.")
    )


class Specimen(Model):
    """A thing with a column of every kind."""

    __options__ = Options(unique=(("label",),), indexes=(("weight",),))

    label: Mapped[str] = text("Label.", public(Category.BUSINESS), max_length=80)
    code: Mapped[str | None] = text(
        "Code.", internal(Category.BUSINESS), max_length=12, pattern="[A-Z]{2}-[0-9]{4}"
    )
    rank: Mapped[int | None] = integer("Rank.", internal(Category.BUSINESS), minimum=1, maximum=9)
    atoms: Mapped[int | None] = big_integer("Atoms.", internal(Category.BUSINESS))
    weight: Mapped[float | None] = number("Weight.", internal(Category.BUSINESS))
    price: Mapped[Decimal | None] = decimal(
        "Price.", internal(Category.FINANCIAL), precision=12, scale=3
    )
    alive: Mapped[bool] = boolean("Alive.", internal(Category.BUSINESS), default=False)
    seen_at: Mapped[datetime.datetime | None] = timestamp("Seen.", internal(Category.BUSINESS))
    born_on: Mapped[datetime.date | None] = date("Born.", internal(Category.BUSINESS))
    phase: Mapped[Phase] = choice(
        "Phase.",
        internal(Category.BUSINESS),
        of=Phase,
        default=Phase.RAW,
        transitions={
            "measure": Transition(("raw",), "measured", "Measures it."),
            "discard": Transition(("raw", "measured"), "gone", "Throws it away."),
        },
    )
    colour: Mapped[Phase | None] = choice("Another choice.", public(Category.BUSINESS), of=Phase)
    tags: Mapped[list[str] | None] = text_list(
        "Tags.", internal(Category.BUSINESS), max_items=3, max_length=60
    )
    facts: Mapped[object | None] = json("Facts.", internal(Category.BUSINESS), max_bytes=300)
    serial: Mapped[str | None] = text(
        "Serial, set once.", internal(Category.BUSINESS), exposure=ColumnExposure.SET_ONCE
    )
    verdict: Mapped[str | None] = text(
        "Set by jobs.", internal(Category.BUSINESS), exposure=ColumnExposure.READ_ONLY
    )
    inside: Mapped[str | None] = text(
        "No client sees this.", internal(Category.BUSINESS), exposure=ColumnExposure.HIDDEN
    )
    contact: Mapped[str | None] = text("Contact.", confidential(Category.PERSONAL), maskable=True)
    dose: Mapped[int | None] = integer("Dose.", confidential(Category.BUSINESS))
    secret: Mapped[str | None] = text("Secret.", restricted(Category.SECURITY))
    site_id: Mapped[uuid.UUID] = reference(
        "Site", "Where it is.", internal(Category.BUSINESS), inverse=("specimens", "What is there.")
    )
    origin_id: Mapped[uuid.UUID | None] = reference(
        "Site",
        "No client sees where it came from.",
        internal(Category.BUSINESS),
        inverse=("origin_of", "No client sees these."),
        exposure=ColumnExposure.HIDDEN,
    )
    spare_site_id: Mapped[uuid.UUID | None] = reference(
        "Site", "Where it could be.", internal(Category.BUSINESS)
    )


class Handover(Model):
    """That a specimen was at a site: a link."""

    __options__ = Options(
        unique=(("specimen_id", "place_id"),),
        links={
            "specimen_id": ("places", "Where it was."),
            "place_id": ("visitors", "What was there."),
        },
    )

    specimen_id: Mapped[uuid.UUID] = reference(
        "Specimen",
        "What.",
        internal(Category.BUSINESS),
        inverse=("handovers", "Its moves."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )
    place_id: Mapped[uuid.UUID] = reference(
        "Site",
        "Where.",
        internal(Category.BUSINESS),
        inverse=("handovers", "The moves to it."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )


class Observation(Model):
    """What only jobs write."""

    __options__ = Options(exposure=Exposure(create=False, update=False))

    remark: Mapped[str] = text("Remark.", internal(Category.BUSINESS))
    specimen_id: Mapped[uuid.UUID] = reference(
        "Specimen",
        "Of what.",
        internal(Category.BUSINESS),
        inverse=("observations", "What was seen."),
        cascade=True,
    )


class Archived(Model):
    """What no client sees, though it refers to what they see."""

    __options__ = Options(plural="archivedThings", exposure=HIDDEN)

    note: Mapped[str] = text("Note.", restricted(Category.TECHNICAL))
    specimen_id: Mapped[uuid.UUID] = reference(
        "Specimen",
        "Of what.",
        internal(Category.BUSINESS),
        inverse=("archive", "Never shown."),
        cascade=True,
    )
