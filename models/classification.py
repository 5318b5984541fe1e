"""How sensitive a value is, and what kind of value it is."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How far a value may travel; a caller's clearance is the highest level it may read."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3


class Category(StrEnum):
    """What a value is about; contracts and retention speak of categories."""

    BUSINESS = "BUSINESS"
    PERSONAL = "PERSONAL"
    FINANCIAL = "FINANCIAL"
    SECURITY = "SECURITY"
    TECHNICAL = "TECHNICAL"


@dataclass(frozen=True, slots=True)
class Classification:
    """The level and the category of one column."""

    level: Level
    category: Category


def public(category: Category) -> Classification:
    """Anyone in the organisation, and outside it, may know this."""
    return Classification(Level.PUBLIC, category)


def internal(category: Category) -> Classification:
    """Every member of the organisation may read this."""
    return Classification(Level.INTERNAL, category)


def confidential(category: Category) -> Classification:
    """Those who maintain this type of record may read this."""
    return Classification(Level.CONFIDENTIAL, category)


def restricted(category: Category) -> Classification:
    """The organisation's administrators may read this."""
    return Classification(Level.RESTRICTED, category)
