"""Whether the time of an answer tells a foreign id from one that nobody has.

Pairs in random order; a two-sided Mann-Whitney U test with ties, and the difference of the
medians. What differs is measured again, and fails where it differs again in the same direction.
Source: Mann and Whitney, 1947; the normal approximation of U.
"""

import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from random import Random
from statistics import median
from typing import Final

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel
from repository.ids import new_id

PAIRS: Final = 2000
BOUND_US: Final = 50.0
LEVEL: Final = 0.001
_WARMING: Final = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two samples of times. ``difference_us``: of their medians, in microseconds."""

    pairs: int
    u: float
    p: float
    difference_us: float
    bound_us: float = BOUND_US
    level: float = LEVEL

    @property
    def differs(self) -> bool:
        """Whether it is both large and no chance."""
        return abs(self.difference_us) > self.bound_us and self.p < self.level

    @property
    def sentence(self) -> str:
        """The figures, and what they are held against."""
        return (
            f"{self.pairs:,} pairs of a foreign and a missing id: the medians differ by "
            f"{self.difference_us:+.1f} µs, Mann-Whitney U = {self.u:.0f}, p = {self.p:.3g}; it "
            f"fails above ±{self.bound_us:.0f} µs with p < {self.level}, twice"
        )


def compare(one: Sequence[float], other: Sequence[float]) -> Comparison:
    """Two samples of seconds."""
    ranks: dict[float, float] = {}
    counts = Counter([*one, *other])
    below = 0
    for value in sorted(counts):
        ranks[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    n, m = len(one), len(other)
    u = sum(ranks[value] for value in one) - n * (n + 1) / 2
    ties = sum(count**3 - count for count in counts.values())
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    z = (u - n * m / 2) / math.sqrt(variance) if variance else 0.0
    p = math.erfc(abs(z) / math.sqrt(2))
    difference = (median(one) - median(other)) * 1e6
    return Comparison(n, u, p, difference)


class Timing:
    """A record by a foreign id and by one that nobody has, one after the other, many times."""

    name = "timing"

    def __init__(self, pairs: int = PAIRS) -> None:
        self._pairs = pairs

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Of each type that is named; else of one, for the statement is the same for all."""
        tables = [one for one in duel.catalog.exposed if one.type in duel.foreign_ids()]
        if duel.types is not None:
            tables = [one for one in tables if one.type in duel.types]
        for table in tables if duel.types is not None else tables[:1]:
            foreign = str(duel.foreign_ids()[table.type])
            text = f"query ($id: ID!) {{ {table.singular}(id: $id) {{ id }} }}"

            async def run(text: str = text, foreign: str = foreign) -> Evidence:
                found = await self._measured(duel, text, foreign)
                if found.differs:
                    # Other work of the machine looks like that, too; a difference stays.
                    again = await self._measured(duel, text, foreign)
                    if again.differs and found.difference_us * again.difference_us > 0:
                        return Evidence("", (found.sentence, again.sentence))
                return Evidence("")

            yield Probe("a foreign id takes as long as a missing one", text, run)

    async def _measured(self, duel: Duel, text: str, foreign: str) -> Comparison:
        found = await self._measure(duel, text, foreign)
        duel.timing.append({**asdict(found), "sentence": found.sentence})
        return found

    async def _measure(self, duel: Duel, text: str, foreign: str) -> Comparison:
        drawn = Random(duel.seed)  # noqa: S311  reproducible on purpose
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(-_WARMING, self._pairs):
            order = [True, False]
            drawn.shuffle(order)
            for is_foreign in order:
                # A new one each time: what nobody has must not be known from the last time.
                id = foreign if is_foreign else str(new_id())
                began = time.perf_counter()
                await duel.ask(text, {"id": id}, by=duel.attacker)
                if number >= 0:
                    times[is_foreign].append(time.perf_counter() - began)
        return compare(times[True], times[False])
