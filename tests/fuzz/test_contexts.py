"""Whatever goes wrong, and however it falls together: never a wrong row, never a context that stays.

PALISADE_FUZZ_SEED repeats a run's steps. What they do to each other depends on the machine, too.
"""

import time
from collections import Counter

import pytest

from tests.fuzz.conftest import MakeWorld
from tests.fuzz.steps import run
from tests.fuzz.world import World


async def fuzz(make_world: MakeWorld, seed: int, steps: int, **settings: object) -> World:
    """A run; its error names the seed and the last steps."""
    world = await make_world(seed, **settings)
    started = time.perf_counter()
    try:
        await run(world, steps)
    except BaseException as error:
        error.add_note(f"PALISADE_FUZZ_SEED={seed}, {len(world.log)} rounds, the last ones:")
        for line in world.log[-3:]:
            error.add_note(line)
        raise
    print(f"seed {seed}: {steps} steps in {time.perf_counter() - started:.1f} s,")
    print(f"{world.examiner.examined} connections examined, {dict(world.tally.most_common())}")
    return world


async def test_random_steps_never_show_a_wrong_row(make_world: MakeWorld, seed: int) -> None:
    world = await fuzz(make_world, seed, 600)
    assert world.examiner.examined > 600
    assert all(world.tally[kind] for kind in ("read", "by_id", "create", "conflict", "cancelled"))


@pytest.mark.thorough
async def test_many_random_steps_never_show_a_wrong_row(make_world: MakeWorld, seed: int) -> None:
    tally = Counter[str]()
    for part in range(10):
        tally += (await fuzz(make_world, seed + part, 1000)).tally
    assert all(tally[kind] for kind in EFFECTS), tally


# What must have happened in ten thousand steps, or they tried nothing.
EFFECTS = (
    "read", "by_id", "create", "delete", "conflict", "savepoints", "load", "paused", "waited",
    "cancelled", "disconnect", "killed", "locked", "rotated", "unheard", "overtaken",
    "UNAVAILABLE", "TOO_COMPLEX", "TooSlow", "Undone", "TransactionFailed", "ContextRefused",
)  # fmt: skip
