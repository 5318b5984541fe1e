"""What is said by hand of an organisation; the rest is made from it."""

from dataclasses import dataclass

from models.classification import Category, Level
from palisade.demonstration.products import Subject


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works there."""

    name: str
    department: str


@dataclass(frozen=True, slots=True)
class Team:
    """A group, made of whole departments."""

    name: str
    description: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One kind of value in a body of data."""

    name: str
    level: Level
    category: Category


@dataclass(frozen=True, slots=True)
class Holding:
    """A body of data. ``owner`` is the department that answers for it."""

    subject: Subject
    name: str
    description: str
    location: str
    record_count: int
    owner: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong and waits to be found; an integration is named by product and use.

    ``unsanctioned``: nobody approved the product, its scopes are broad, it takes data out.
    ``expired``: its key ended, it still asks for tokens.
    ``unused``: it never used the last of its scopes.
    ``forgotten``: it is retired, its key still opens.
    ``alarmed``: it was suspended after an anomaly.
    ``departed``: the person is suspended and still answers for integrations.
    ``unassessed``: nobody has assessed the vendor's risk.
    """

    unsanctioned: tuple[str, str]
    expired: tuple[str, str]
    unused: tuple[str, str]
    forgotten: tuple[str, str]
    alarmed: tuple[str, str]
    departed: str
    unassessed: str

    @property
    def integrations(self) -> tuple[tuple[str, str], ...]:
        """The integrations that something is wrong with."""
        return (self.unsanctioned, self.expired, self.unused, self.forgotten, self.alarmed)


@dataclass(frozen=True, slots=True)
class Organisation:
    """What is said by hand of an organisation; the rest is made from it.

    ``risk`` bounds the vendors' scores; ``unrest`` weighs anomalies and refused tokens against
    the other kinds of event; ``network`` is the first three bytes of its own addresses;
    ``suspended``, ``retired`` and ``proposed`` count integrations, ``undeclared`` those whose
    data flows nobody declared;
    the ``newcomer`` is invited and has not come yet.
    """

    companies: tuple[str, ...]
    critical: tuple[str, ...]
    risk: tuple[int, int]
    unrest: int
    network: str
    suspended: int
    retired: int
    proposed: int
    undeclared: int
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    holdings: tuple[Holding, ...]
    newcomer: str
    findings: Findings
