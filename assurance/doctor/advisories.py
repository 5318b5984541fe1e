"""Flaws of PostgreSQL that touch the walls, and the first minor version of each major without them.

Of the flaws of the server those are listed that let rows, their statistics or memory be seen past
row level security or grants, that run code with another role's rights, or that break the server
from an ordinary session. Flaws of clients, backups and modules that are not used are left out.
Source: https://www.postgresql.org/support/security/, one page for each, and the release notes; of
CVE-2026-6460 the versions are as distributors gave them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

OLDEST_SUPPORTED: Final = 16
SOURCE: Final = "https://www.postgresql.org/support/security/"


@dataclass(frozen=True, slots=True)
class Advisory:
    """A flaw. ``fixed``: for each major that has it, the first minor without it."""

    cve: str
    what: str
    fixed: Mapping[int, int]

    def open_in(self, version: int) -> bool:
        """Whether a server of this ``server_version_num`` has the flaw."""
        major, minor = divmod(version, 10_000)
        return major in self.fixed and minor < self.fixed[major]


ADVISORIES: Final = (
    Advisory(
        "CVE-2019-10130",
        "selectivity estimators see rows past row level security",
        {11: 3, 10: 8},
    ),
    Advisory(
        "CVE-2022-1552",
        "maintenance commands run an owner's code as somebody else",
        {14: 3, 13: 7, 12: 11, 11: 16, 10: 21},
    ),
    Advisory(
        "CVE-2023-2454",
        "CREATE SCHEMA gets past a pinned search path",
        {15: 3, 14: 8, 13: 11, 12: 15, 11: 20},
    ),
    Advisory(
        "CVE-2023-2455",
        "row level security of the wrong user after inlining",
        {15: 3, 14: 8, 13: 11, 12: 15, 11: 20},
    ),
    Advisory("CVE-2023-39418", "MERGE does not ask the policies of UPDATE and SELECT", {15: 4}),
    Advisory(
        "CVE-2023-5868",
        "aggregates disclose memory",
        {16: 1, 15: 5, 14: 10, 13: 13, 12: 17, 11: 22},
    ),
    Advisory(
        "CVE-2023-5869",
        "arrays overflow and run code",
        {16: 1, 15: 5, 14: 10, 13: 13, 12: 17, 11: 22},
    ),
    Advisory(
        "CVE-2024-0985",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY runs an owner's code as somebody else",
        {15: 6, 14: 11, 13: 14, 12: 18},
    ),
    Advisory(
        "CVE-2024-4317",
        "extended statistics of other users' tables are visible",
        {16: 3, 15: 7, 14: 12},
    ),
    Advisory(
        "CVE-2024-10976",
        "plans are reused under the wrong row level security",
        {17: 1, 16: 5, 15: 9, 14: 14, 13: 17, 12: 21},
    ),
    Advisory(
        "CVE-2024-10978",
        "SET ROLE is reset to the wrong user",
        {17: 1, 16: 5, 15: 9, 14: 14, 13: 17, 12: 21},
    ),
    Advisory(
        "CVE-2025-8713",
        "statistics show values that policies hide",
        {17: 6, 16: 10, 15: 14, 14: 19, 13: 22},
    ),
    Advisory(
        "CVE-2025-12817",
        "CREATE STATISTICS does not ask for CREATE on the schema",
        {18: 1, 17: 7, 16: 11, 15: 15, 14: 20, 13: 23},
    ),
    Advisory(
        "CVE-2026-2003",
        "oidvector discloses memory",
        {18: 2, 17: 8, 16: 12, 15: 16, 14: 21},
    ),
    Advisory(
        "CVE-2026-2006",
        "multibyte characters overflow and run code",
        {18: 2, 17: 8, 16: 12, 15: 16, 14: 21},
    ),
    Advisory(
        "CVE-2026-6473",
        "sizes wrap around and memory is overwritten",
        {18: 4, 17: 10, 16: 14, 15: 18, 14: 23},
    ),
    Advisory(
        "CVE-2026-6460",
        "rows are read by an incompatible definition of their type",
        {18: 7, 17: 12, 16: 16, 15: 20, 14: 25},
    ),
)
"""CVE-2016-2193, of 9.5 alone, is older than the numbering by majors: ``server-version`` has it."""


def open_advisories(version: int) -> Iterator[Advisory]:
    """The flaws of a server of this ``server_version_num``."""
    return (advisory for advisory in ADVISORIES if advisory.open_in(version))
