"""Chance that repeats itself: one seed draws the same content and the same ids each time."""

from random import Random
from typing import Final
from uuid import UUID

# The ids begin at 2026-01-01 whatever the day is, so that they don't depend on it.
_EPOCH_MS: Final = 1_767_225_600_000
_IDS_PER_PART: Final = 1_000_000


class Chance(Random):
    """Draws values, and ids in the form of a UUIDv7, each a millisecond after the one before."""

    drawn = 0

    def id(self) -> UUID:
        """The next id. Source: RFC 9562, 5.7."""
        self.drawn += 1
        moment = (_EPOCH_MS + self.drawn) << 80
        return UUID(
            int=moment | 7 << 76 | self.getrandbits(12) << 64 | 2 << 62 | self.getrandbits(62)
        )


def chance(seed: int, slug: str, *, part: int = 0) -> Chance:
    """The chance of one part of an organisation; ids of later parts sort later."""
    made = Chance(f"{seed}/{slug}/{part}")
    made.drawn = part * _IDS_PER_PART
    return made
