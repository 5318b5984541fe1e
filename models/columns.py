"""The kinds of column a model is made of.

Each function returns a SQLAlchemy column that carries its traits: what the GraphQL type, the
filters, the checks and the inventory are derived from. Whether a column may be empty is read
from its annotation (``Mapped[str | None]``).
"""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import MappedColumn, mapped_column

from models.classification import Classification
from models.conditions import Guard
from models.enforcement import Enforcement

TRAITS: Final = "palisade"


class Kind(StrEnum):
    """What a column holds; decides its scalar, its filters and its form in JSON."""

    ID = "id"
    TEXT = "text"
    INTEGER = "integer"
    BIG_INTEGER = "big_integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"
    CHOICE = "choice"
    TEXT_LIST = "text_list"
    JSON = "json"


class ColumnExposure(StrEnum):
    """What clients may do with a column, beside what scopes and clearance allow them."""

    WRITABLE = "writable"
    SET_ONCE = "set_once"
    READ_ONLY = "read_only"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Transition:
    """A named move of a choice column, allowed from some of its values only.

    ``guards`` must hold of the record. The caller's reason goes to the audit trail; with
    ``needs_reason`` there has to be one.
    """

    sources: tuple[str, ...]
    target: str
    description: str
    guards: tuple[Guard, ...] = ()
    needs_reason: bool = False
    enforcement: Enforcement | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that points at another record of the same organisation."""

    target: str
    inverse: str | None
    inverse_description: str
    cascade: bool
    acyclic: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """What a column declares about itself beyond its SQL type.

    ``bounds`` and ``max_length`` are inclusive; ``max_length`` counts characters (for a list,
    characters of each entry) and, for JSON, bytes.
    """

    kind: Kind
    description: str
    classification: Classification | None
    exposure: ColumnExposure = ColumnExposure.WRITABLE
    max_length: int | None = None
    max_items: int | None = None
    bounds: tuple[int | Decimal, int | Decimal] | None = None
    scale: int | None = None
    pattern: str | None = None
    choices: type[StrEnum] | None = None
    transitions: Mapping[str, Transition] = field(default_factory=dict)
    reference: Reference | None = None
    maskable: bool = False


INTEGER_BOUNDS: Final = (-(2**31), 2**31 - 1)
BIG_INTEGER_BOUNDS: Final = (-(2**63), 2**63 - 1)


def decimal_bounds(precision: int, scale: int) -> tuple[Decimal, Decimal]:
    """The least and the greatest number of so many digits."""
    bound = Decimal(10) ** (precision - scale) - Decimal(10) ** -scale
    return -bound, bound


def text(
    description: str,
    classification: Classification | None = None,
    *,
    max_length: int = 200,
    pattern: str | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
    maskable: bool = False,
    default: str | None = None,
) -> MappedColumn[str]:
    """Text of at most ``max_length`` characters, sorted by code point.

    ``pattern`` is a POSIX regular expression the whole value must match. A ``maskable`` column
    is answered as asterisks, not refused, to a caller below its level.
    """
    traits = Traits(
        Kind.TEXT,
        description,
        classification,
        exposure=exposure,
        max_length=max_length,
        pattern=pattern,
        maskable=maskable,
    )
    return _column(sa.Text(collation="C"), traits, default=default)


def integer(
    description: str,
    classification: Classification | None = None,
    *,
    minimum: int = INTEGER_BOUNDS[0],
    maximum: int = INTEGER_BOUNDS[1],
    default: int | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[int]:
    """A whole number of 32 bits."""
    traits = Traits(Kind.INTEGER, description, classification, exposure, bounds=(minimum, maximum))
    return _column(sa.Integer(), traits, default=default)


def big_integer(
    description: str,
    classification: Classification | None = None,
    *,
    minimum: int = BIG_INTEGER_BOUNDS[0],
    maximum: int = BIG_INTEGER_BOUNDS[1],
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[int]:
    """A whole number of 64 bits; a string in JSON, where numbers lose digits beyond 2^53."""
    traits = Traits(
        Kind.BIG_INTEGER, description, classification, exposure, bounds=(minimum, maximum)
    )
    return _column(sa.BigInteger(), traits)


def number(
    description: str,
    classification: Classification | None = None,
    *,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[float]:
    """A binary floating point number of 64 bits, finite."""
    return _column(sa.Double(), Traits(Kind.FLOAT, description, classification, exposure))


def decimal(
    description: str,
    classification: Classification | None = None,
    *,
    precision: int = 18,
    scale: int = 2,
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[Decimal]:
    """A decimal number of ``precision`` digits, ``scale`` of them after the point."""
    low, high = decimal_bounds(precision, scale)
    bounds = (low if minimum is None else minimum, high if maximum is None else maximum)
    traits = Traits(Kind.DECIMAL, description, classification, exposure, bounds=bounds, scale=scale)
    return _column(sa.Numeric(precision, scale), traits)


def boolean(
    description: str,
    classification: Classification | None = None,
    *,
    default: bool | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[bool]:
    """True or false."""
    return _column(
        sa.Boolean(), Traits(Kind.BOOLEAN, description, classification, exposure), default=default
    )


def timestamp(
    description: str,
    classification: Classification | None = None,
    *,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[datetime.datetime]:
    """An instant with microseconds."""
    traits = Traits(Kind.TIMESTAMP, description, classification, exposure=exposure)
    return _column(sa.DateTime(timezone=True), traits)


def date(
    description: str,
    classification: Classification | None = None,
    *,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[datetime.date]:
    """A calendar day."""
    return _column(sa.Date(), Traits(Kind.DATE, description, classification, exposure))


Choice = TypeVar("Choice", bound=StrEnum)


def choice(
    description: str,
    classification: Classification | None = None,
    *,
    of: type[Choice],
    default: Choice | None = None,
    transitions: Mapping[str, Transition] | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[Choice]:
    """One of a fixed set of values, kept as text.

    With ``transitions`` a record begins with the default, and only they change the value.
    """
    traits = Traits(
        Kind.CHOICE,
        description,
        classification,
        exposure=ColumnExposure.READ_ONLY if transitions else exposure,
        choices=of,
        transitions=dict(transitions or {}),
    )
    return _column(sa.Text(collation="C"), traits, default=default)


def text_list(
    description: str,
    classification: Classification | None = None,
    *,
    max_items: int = 100,
    max_length: int = 200,
    of: type[StrEnum] | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[list[str]]:
    """A list of at most ``max_items`` texts of at most ``max_length`` characters each.

    With ``of`` the texts are values of a fixed set, whose names are what is stored.
    """
    traits = Traits(
        Kind.TEXT_LIST,
        description,
        classification,
        exposure,
        max_length=max_length,
        max_items=max_items,
        choices=of,
    )
    return _column(postgresql.ARRAY(sa.Text(collation="C")), traits)


def json(
    description: str,
    classification: Classification | None = None,
    *,
    max_bytes: int = 16_384,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
) -> MappedColumn[object]:
    """A JSON value of at most ``max_bytes``."""
    traits = Traits(Kind.JSON, description, classification, exposure, max_length=max_bytes)
    return _column(postgresql.JSONB(), traits)


def reference(
    target: str,
    description: str,
    classification: Classification | None = None,
    *,
    inverse: tuple[str, str] | None = None,
    exposure: ColumnExposure = ColumnExposure.WRITABLE,
    cascade: bool = False,
    acyclic: bool = False,
) -> MappedColumn[uuid.UUID]:
    """A reference to a record of the same organisation; the composite key is made here.

    ``target`` is the model's class name. ``inverse`` is the name and description of the
    connection on the other side. A referenced record can't be deleted while it is referred to,
    unless ``cascade`` deletes this record with it. ``acyclic``, for references to the own type:
    no record leads back to itself.
    """
    name, inverse_description = inverse or (None, "")
    traits = Traits(
        Kind.ID,
        description,
        classification,
        exposure=exposure,
        reference=Reference(target, name, inverse_description, cascade, acyclic),
    )
    return _column(sa.Uuid(), traits)


def traits_of(column: sa.Column[object]) -> Traits | None:
    """What a column declares; None for a column not made by this module."""
    traits = column.info.get(TRAITS)
    return traits if isinstance(traits, Traits) else None


def _column(
    sql_type: sa.types.TypeEngine[Any],
    traits: Traits,
    *,
    default: str | int | bool | None = None,
) -> MappedColumn[Any]:
    if isinstance(default, bool | int):
        default_clause: sa.TextClause | str | None = sa.text(str(default).lower())
    else:
        default_clause = None if default is None else str(default)
    return mapped_column(
        sql_type,
        info={TRAITS: traits},
        comment=traits.description,
        server_default=default_clause,
    )
