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
class Organisation:
    """What is said by hand of an organisation; the rest is made from it.

    ``risk`` bounds the scores of vendors that exist; ``unrest`` weighs anomalies and refused tokens
    against the other kinds of event; ``network`` is the first three bytes of its own addresses;
    ``suspended``, ``retired`` and ``proposed`` count integrations. The ``newcomer`` is invited and
    has not come yet, the ``departed`` is suspended and still answers for an integration. ``words``
    name the vendors that do not exist, one for each trade.
    """

    slug: str
    name: str
    companies: tuple[str, ...]
    critical: tuple[str, ...]
    risk: tuple[int, int]
    unrest: int
    network: str
    suspended: int
    retired: int
    proposed: int
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    holdings: tuple[Holding, ...]
    newcomer: str
    departed: str
    words: tuple[str, ...]
