"""Which permissions are there in vain."""

import datetime
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from models.conditions import below, equal, every, missing, some
from models.grants import Grant
from perimeter.insight.reading import Insight
from repository.reader import Row
from repository.survey import LISTED
from resolvers.errors import BadInput

LONGEST_UNUSED: Final = 3650


class Disuse(StrEnum):
    """Why a permission counts as unused."""

    NEVER_USED = "NEVER_USED"
    NOT_USED_LATELY = "NOT_USED_LATELY"


@dataclass(frozen=True, slots=True)
class UnusedGrant:
    """An active grant that is not used; ``days``: since its last use, or since it was given."""

    grant: Row
    why: Disuse
    days: int


@dataclass(frozen=True, slots=True)
class UnusedGrants:
    """The unused grants, those given first come first, and how many there are in all."""

    count: int
    listed: list[UnusedGrant]


async def unused_grants(insight: Insight, *, days: int) -> UnusedGrants:
    """The active grants never used, or not used for so many days. One SELECT.

    Raises: BadInput, Forbidden.
    """
    if not 1 <= days <= LONGEST_UNUSED:
        raise BadInput("days", f"must be between 1 and {LONGEST_UNUSED}")
    now = datetime.datetime.now(datetime.UTC)
    unused = some(
        missing("last_used_at"), below("last_used_at", now - datetime.timedelta(days=days))
    )
    where = every(equal("status", "ACTIVE"), unused)
    sought = insight.records("grants", Grant, where=where, limit=LISTED)
    found = await insight.survey([replace(sought, order="granted_at")])
    return UnusedGrants(found.counts["grants"], [_unused(row, now) for row in found.rows["grants"]])


def _unused(row: Row, now: datetime.datetime) -> UnusedGrant:
    used = row["last_used_at"]
    why = Disuse.NEVER_USED if used is None else Disuse.NOT_USED_LATELY
    return UnusedGrant(row, why, max(0, (now - (used or row["granted_at"])).days))
