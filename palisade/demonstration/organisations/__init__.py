"""The two organisations: whom they employ, what data they hold, what goes wrong there."""

from palisade.demonstration.organisations.acme import ACME
from palisade.demonstration.organisations.globex import GLOBEX
from palisade.demonstration.organisations.kinds import (
    Findings,
    Holding,
    Organisation,
    Person,
    Team,
    Value,
)

__all__ = [
    "ACME",
    "GLOBEX",
    "Findings",
    "Holding",
    "Organisation",
    "Person",
    "Team",
    "Value",
]
