"""What data the organisation holds, and where it goes."""

import datetime
import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, Level, confidential, internal, public
from models.columns import big_integer, boolean, choice, reference, text, timestamp


class DataLevel(StrEnum):
    """How far a value may travel."""

    PUBLIC = Level.PUBLIC.name
    INTERNAL = Level.INTERNAL.name
    CONFIDENTIAL = Level.CONFIDENTIAL.name
    RESTRICTED = Level.RESTRICTED.name


class FlowDirection(StrEnum):
    """Which way data moves, seen from the organisation."""

    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"
    BOTH = "BOTH"


class Dataset(Model):
    """A body of data the organisation answers for."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Name, unique in the organisation.", public(Category.BUSINESS))
    description: Mapped[str | None] = text(
        "What is in it.", internal(Category.BUSINESS), max_length=1000
    )
    location: Mapped[str | None] = text(
        "Where it is stored.", confidential(Category.TECHNICAL), maskable=True
    )
    record_count: Mapped[int | None] = big_integer(
        "How many records it holds, last counted.", internal(Category.BUSINESS), minimum=0
    )
    owner_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who answers for it.",
        internal(Category.PERSONAL),
        inverse=("datasets", "The datasets the person answers for."),
    )


class DataField(Model):
    """One kind of value in a dataset."""

    __options__ = Options(unique=(("dataset_id", "name"),))

    name: Mapped[str] = text("Name, unique in the dataset.", public(Category.BUSINESS))
    level: Mapped[DataLevel] = choice(
        "How far it may travel.", internal(Category.SECURITY), of=DataLevel
    )
    category: Mapped[Category] = choice(
        "What it is about.", internal(Category.SECURITY), of=Category
    )
    dataset_id: Mapped[uuid.UUID] = reference(
        "Dataset",
        "The dataset it is in.",
        internal(Category.BUSINESS),
        inverse=("fields", "The kinds of value in the dataset."),
        cascade=True,
    )


class DataFlow(Model):
    """That an integration moves a dataset in or out."""

    __options__ = Options(unique=(("integration_id", "dataset_id", "direction"),))

    direction: Mapped[FlowDirection] = choice(
        "Which way the data moves.", internal(Category.BUSINESS), of=FlowDirection
    )
    purpose: Mapped[str | None] = text(
        "Why it moves.", internal(Category.BUSINESS), max_length=1000
    )
    declared: Mapped[bool] = boolean(
        "True when somebody declared it, false when it was only observed.",
        internal(Category.SECURITY),
        default=True,
    )
    last_observed_at: Mapped[datetime.datetime | None] = timestamp(
        "When data last moved.", internal(Category.SECURITY)
    )
    integration_id: Mapped[uuid.UUID] = reference(
        "Integration",
        "What moves it.",
        internal(Category.BUSINESS),
        inverse=("data_flows", "The data the integration moves."),
        cascade=True,
    )
    dataset_id: Mapped[uuid.UUID] = reference(
        "Dataset",
        "What is moved.",
        internal(Category.BUSINESS),
        inverse=("data_flows", "Where the data goes."),
        cascade=True,
    )
