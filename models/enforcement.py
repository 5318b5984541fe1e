"""What a type or a field is worth as a control, in one of three honest words."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How far a claim goes."""

    ENFORCED = "ENFORCED"
    """The service itself refuses, limits, deletes or revokes; a negative test proves it."""

    RECORDED = "RECORDED"
    """The organisation's own record, kept, related and queryable."""

    ATTESTED = "ATTESTED"
    """Evidence from outside, with an issue and an expiry date."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Of which kind a claim is, and the control it is about, in a few plain words."""

    mode: Mode
    control: str


def enforced(control: str) -> Enforcement:
    """The service itself sees to it."""
    return Enforcement(Mode.ENFORCED, control)


def recorded(control: str) -> Enforcement:
    """The organisation keeps a record of it."""
    return Enforcement(Mode.RECORDED, control)


def attested(control: str) -> Enforcement:
    """Somebody outside vouches for it."""
    return Enforcement(Mode.ATTESTED, control)
