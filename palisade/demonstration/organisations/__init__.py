"""The organisations: whom they employ and what data they hold. Two are written by hand."""

from palisade.demonstration.organisations.acme import ACME
from palisade.demonstration.organisations.generated import colleagues, generated
from palisade.demonstration.organisations.globex import GLOBEX
from palisade.demonstration.organisations.kinds import (
    Holding,
    Organisation,
    Person,
    Team,
    Value,
)

__all__ = [
    "ACME",
    "GLOBEX",
    "Holding",
    "Organisation",
    "Person",
    "Team",
    "Value",
    "colleagues",
    "generated",
]
