"""What a rule of the doctor is made of, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from assurance.doctor.expected import Expected
from assurance.doctor.pooler import Pooler
from assurance.doctor.service import ServiceFacts
from assurance.doctor.snapshot import Snapshot
from repository.walls import APP, OWNER, WORKER

OURS: Final = frozenset({OWNER, APP, WORKER})


class Severity(StrEnum):
    """ERROR: a wall is gone, or nobody can tell that it stands. WARNING: it is weaker than it
    could be, or the next mistake is nearer. INFO: worth knowing.
    """

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@dataclass(frozen=True)
class Examined:
    """What is looked at, and what should be there. None: was not looked at."""

    snapshot: Snapshot
    expected: Expected
    login: str
    pooler: Pooler | None = None
    service: ServiceFacts | None = None

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The roles that whoever serves can act as, in one step or several; without PUBLIC."""
        found = {APP, WORKER, self.login}
        todo = list(found)
        while todo:
            member = todo.pop()
            for membership in self.snapshot.memberships:
                if membership.member == member and membership.role not in found:
                    found.add(membership.role)
                    todo.append(membership.role)
        return frozenset(found)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The names of all tables that are explained."""
        return self.expected.revisions | self.expected.tables.keys()


Hit = tuple[str, str]
"""An object, and what shows that the rule is broken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not be. ``looks_at`` says in few words at what; ``find`` yields what breaks it."""

    name: str
    severity: Severity
    looks_at: str
    fix: str
    find: Callable[[Examined], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Finding:
    """That an object breaks a rule."""

    object: str
    rule: str
    severity: Severity
    evidence: str
    fix: str
