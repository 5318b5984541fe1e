"""Rules about rows of no organisation, where whoever looks may read them."""

from collections.abc import Callable, Iterator
from typing import Final

from assurance.doctor.rule import Examined, Hit, Rule, Severity


def of_kind(kind: str) -> Callable[[Examined], Iterator[Hit]]:
    """Every object that was read as one of this kind."""

    def find(examined: Examined) -> Iterator[Hit]:
        for other in examined.snapshot.others:
            if other.kind == kind:
                yield f"{kind} {other.name}", other.evidence

    return find


ROW_RULES: Final = (
    Rule(
        "lasting-context-key",
        Severity.ERROR,
        "rows",
        "`palisade rotate-context-key --overlap 0`: whoever knows one of them signs contexts of "
        "every organisation.",
        of_kind("lasting context key"),
    ),
    Rule(
        "former-context-key",
        Severity.INFO,
        "rows",
        "Nothing, if a key was rotated lately.",
        of_kind("former context key"),
    ),
    Rule(
        "misleading-directory-entry",
        Severity.ERROR,
        "rows",
        "Restore it: an organisation has one id, one short name and at most one external name.",
        of_kind("directory entry"),
    ),
)
