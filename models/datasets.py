"""What data the organisation holds."""

import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from models.base import Model, Options
from models.classification import Category, Level, confidential, internal, public
from models.columns import ColumnExposure, big_integer, boolean, choice, reference, text
from models.enforcement import recorded


class DataLevel(StrEnum):
    """How far a value may travel."""

    PUBLIC = Level.PUBLIC.name
    INTERNAL = Level.INTERNAL.name
    CONFIDENTIAL = Level.CONFIDENTIAL.name
    RESTRICTED = Level.RESTRICTED.name


class Impact(StrEnum):
    """What a loss would do to the organisation, as FIPS 199 grades it."""

    LOW = "LOW"
    MODERATE = "MODERATE"
    HIGH = "HIGH"


class Dataset(Model):
    """A body of data the organisation answers for."""

    __options__ = Options(
        unique=(("name",), ("model",)),
        enforcement=recorded("The inventory of data, and where it lies"),
    )

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
    confidentiality: Mapped[Impact] = choice(
        "What it would do if others read it.",
        internal(Category.SECURITY),
        of=Impact,
        default=Impact.LOW,
    )
    integrity: Mapped[Impact] = choice(
        "What it would do if others changed it.",
        internal(Category.SECURITY),
        of=Impact,
        default=Impact.LOW,
    )
    availability: Mapped[Impact] = choice(
        "What it would do if it couldn't be reached.",
        internal(Category.SECURITY),
        of=Impact,
        default=Impact.LOW,
    )
    model: Mapped[str | None] = text(
        "The type of this service that it is, for datasets derived from its models.",
        internal(Category.TECHNICAL),
        exposure=ColumnExposure.READ_ONLY,
    )
    owner_id: Mapped[uuid.UUID | None] = reference(
        "User",
        "Who answers for it.",
        internal(Category.PERSONAL),
        inverse=("datasets", "The datasets the person answers for."),
    )
    application_id: Mapped[uuid.UUID | None] = reference(
        "SaasApplication",
        "The application that holds it; this service where empty.",
        internal(Category.BUSINESS),
        inverse=("datasets", "The data the application holds."),
    )


class DataField(Model):
    """One kind of value in a dataset."""

    __options__ = Options(
        unique=(("dataset_id", "name"),),
        enforcement=recorded("The inventory of data: what is in it, by level and category"),
    )

    name: Mapped[str] = text("Name, unique in the dataset.", public(Category.BUSINESS))
    level: Mapped[DataLevel] = choice(
        "How far it may travel.", internal(Category.SECURITY), of=DataLevel
    )
    category: Mapped[Category] = choice(
        "What it is about.", internal(Category.SECURITY), of=Category
    )
    derived: Mapped[bool] = boolean(
        "Whether it was derived from a model.",
        internal(Category.TECHNICAL),
        default=False,
        exposure=ColumnExposure.READ_ONLY,
    )
    dataset_id: Mapped[uuid.UUID] = reference(
        "Dataset",
        "The dataset it is in.",
        internal(Category.BUSINESS),
        inverse=("fields", "The kinds of value in the dataset."),
        cascade=True,
    )
