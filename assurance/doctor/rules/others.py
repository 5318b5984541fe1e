"""Rules about kinds of objects of which the service has none: each is an object of its own."""

from collections.abc import Callable, Iterator
from typing import Final

from assurance.doctor.expected import EXTENSIONS
from assurance.doctor.rule import Examined, Hit, Rule, Severity

_RUNS: Final = "Drop it: what it calls runs in the name of whoever comes across it."
_LEAVES: Final = "Drop it: rows leave the database by it, past every policy."
_UNKNOWN: Final = "Drop it: the service makes none."

_KINDS: Final = {
    "operator": _RUNS,
    "operator class": _RUNS,
    "operator family": _UNKNOWN,
    "cast": _RUNS,
    "type": _UNKNOWN,
    "collation": _UNKNOWN,
    "conversion": _RUNS,
    "access method": _RUNS,
    "text search configuration": _UNKNOWN,
    "text search dictionary": _UNKNOWN,
    "text search parser": _RUNS,
    "text search template": _RUNS,
    "transform": _RUNS,
    "language": "DROP LANGUAGE: with it code is run that no rule here can read.",
    "event trigger": _RUNS,
    "rule": "DROP RULE: it rewrites the statements that the walls were made for.",
    "foreign data wrapper": _LEAVES,
    "foreign server": _LEAVES,
    "user mapping": _LEAVES,
    "publication": _LEAVES,
    "subscription": "DROP SUBSCRIPTION: what it applies comes past every policy.",
    "logical replication slot": _LEAVES,
    "physical replication slot": "Make sure who reads from it: it carries every organisation.",
    "extended statistics": "DROP STATISTICS: they keep values of all organisations together.",
    "prepared transaction": "COMMIT or ROLLBACK PREPARED.",
    "large object": "SELECT lo_unlink(…): they are of no organisation.",
    "default privilege": "ALTER DEFAULT PRIVILEGES … REVOKE: what is made next would be open.",
}


def _of(kind: str) -> Callable[[Examined], Iterator[Hit]]:
    def find(examined: Examined) -> Iterator[Hit]:
        for other in examined.snapshot.others:
            if other.kind == kind:
                yield f"{kind} {other.name}", other.evidence or "there is one"

    return find


def _extensions(examined: Examined) -> Iterator[Hit]:
    for other in examined.snapshot.others:
        if other.kind == "extension" and other.name not in EXTENSIONS:
            yield f"extension {other.name}", other.evidence


# Physical replication and backups keep slots: they see everything, and are somebody's decision.
_WARNED: Final = frozenset({"physical replication slot", "prepared transaction"})

OTHER_RULES: Final = (
    *(
        Rule(
            f"unexplained-{kind.replace(' ', '-')}",
            Severity.WARNING if kind in _WARNED else Severity.ERROR,
            "other objects",
            fix,
            _of(kind),
        )
        for kind, fix in _KINDS.items()
    ),
    Rule(
        "unexplained-extension",
        Severity.ERROR,
        "extensions",
        "DROP EXTENSION: its functions are open to everybody.",
        _extensions,
    ),
)
