"""What an import did: counts by type, the first problems, and all of them in a file."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Final

import orjson

from jobs.transfer.problems import Problem

SHOWN_PROBLEMS: Final = 100


class Ending(StrEnum):
    """What became of the transaction or the batches."""

    KEPT = "KEPT"
    """What was good is stored."""

    REHEARSED = "REHEARSED"
    """Nothing is stored, because it was a dry run."""

    UNDONE = "UNDONE"
    """Nothing is stored, because a row was refused and it was to be all or nothing."""


@dataclass(slots=True)
class Counts:
    """The rows of one type. An ``incomplete`` record is stored without one of its references."""

    created: int = 0
    already_there: int = 0
    refused: int = 0
    incomplete: int = 0


@dataclass(slots=True)
class Report:
    """Filled while the import goes on."""

    file: BinaryIO | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    first: list[Problem] = field(default_factory=list)
    problems: int = 0
    ending: Ending = Ending.KEPT
    seconds: float = 0.0

    def of(self, type: str) -> Counts:
        """The counts of a type."""
        return self.counts.setdefault(type, Counts())

    def add(self, problem: Problem) -> None:
        """Notes a problem."""
        self.problems += 1
        if len(self.first) < SHOWN_PROBLEMS:
            self.first.append(problem)
        if self.file:
            self.file.write(orjson.dumps(problem.as_json(), option=orjson.OPT_APPEND_NEWLINE))

    @property
    def exit_code(self) -> int:
        """0: all is there. 1: nothing could be done. 2: some of it."""
        if not self.problems:
            return 0
        done = sum(counts.created + counts.already_there for counts in self.counts.values())
        return 2 if done and self.ending is not Ending.UNDONE else 1

    def as_json(self) -> dict[str, object]:
        """The form for programs."""
        return {
            "ending": self.ending.value,
            "types": {
                name: {
                    "created": counts.created,
                    "alreadyThere": counts.already_there,
                    "refused": counts.refused,
                    "incomplete": counts.incomplete,
                }
                for name, counts in self.counts.items()
            },
            "problems": self.problems,
            "first": [problem.as_json() for problem in self.first],
            "seconds": round(self.seconds, 3),
        }
