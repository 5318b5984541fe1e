"""Rules about the catalog's own rows, which a superuser may change by hand."""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.rules.rows import of_kind


def _comments(examined: Examined) -> Iterator[Hit]:
    for other in examined.snapshot.others:
        if other.kind == "comment" and other.evidence not in examined.expected.comments:
            yield other.name, f"{len(other.evidence)} characters, which every role may read"


_BACKUP: Final = "Restore the database from a dump: somebody has written into the catalog itself."

STORED_RULES: Final = (
    Rule(
        "stored-operator",
        Severity.ERROR,
        "stored expressions",
        _BACKUP,
        of_kind("stored operator"),
    ),
    Rule(
        "unwatched-foreign-key",
        Severity.ERROR,
        "constraints",
        "Drop the constraint and run `palisade migrate`; look for rows that break it.",
        of_kind("unwatched foreign key"),
    ),
    Rule(
        "default-argument",
        Severity.ERROR,
        "functions",
        "DROP FUNCTION, then `palisade migrate`: no function of the walls can be called without "
        "its arguments.",
        of_kind("default argument"),
    ),
    Rule(
        "altered-built-in",
        Severity.ERROR,
        "other objects",
        "Dump the database and restore it to a fresh server: somebody has written into the "
        "catalog itself.",
        of_kind("altered built-in object"),
    ),
    Rule(
        "altered-built-in-view",
        Severity.WARNING,
        "other objects",
        "Nothing, if a minor version's notes said to make it anew; else compare it with a fresh "
        "server's.",
        of_kind("altered built-in view"),
    ),
    Rule(
        "extension-member",
        Severity.ERROR,
        "extensions",
        "ALTER EXTENSION … DROP, and drop it: somebody has added it to the extension.",
        of_kind("extension member"),
    ),
    Rule(
        "unexplained-comment",
        Severity.WARNING,
        "comments",
        "Read it, and COMMENT ON … IS NULL if it has anything of an organisation's.",
        _comments,
    ),
)
