"""Every planted fault of the service is found by `palisade prove`, by the rule that is told.

Each is attacked on the same few types, whatever it is about, through all entrances in their order:
up to the one by which it is found.
"""

import zlib
from dataclasses import replace

import pytest
from _pytest.mark import ParameterSet

from assurance.prove.proving import Plan, all_entrances, prove
from assurance.prove.report import Report
from tests.holes.service import SERVICE_HOLES
from tests.holes.service_results import SERVICE_RESULTS
from tests.holes.serving.ground import ServiceHole
from tests.holes.staging import Staging

HOLES = tuple(hole for hole in SERVICE_HOLES if hole.found_by == "prove")
# Where the machine has other work, times say nothing: faults of time are for thorough runs.
EVERY = tuple(one.name for one in all_entrances())
UNTIMED = tuple(name for name in EVERY if name != "timing")
PLAN = Plan(
    entrances=UNTIMED,
    types=("Vendor", "Specimen", "Observation", "Prospect"),
    both_ways=False,
    pairs=400,
)
# Of each kind of fault some that are found soon; the others are for thorough runs.
SOON = frozenset(
    {
        "answers-kept-by-document",
        "last-answer-on-error",
        "tokens-kept-by-prefix",
        "viewer-of-the-first",
        "total-without-predicate",
        "cursor-shows-a-neighbour",
        "foreign-id-by-length",
        "context-kept-by-key",
        "statements-in-extensions",
    }
)


def _each() -> list[ParameterSet]:
    return [
        pytest.param(hole, id=hole.name, marks=() if hole.name in SOON else pytest.mark.thorough)
        for hole in HOLES
    ]


def test_every_hole_has_its_result() -> None:
    assert SERVICE_RESULTS.keys() == {hole.name for hole in HOLES}
    for result in SERVICE_RESULTS.values():
        assert bool(result.by) != bool(result.because)


@pytest.mark.parametrize("hole", _each())
async def test_prove_finds_hole(hole: ServiceHole, attacked_staging: Staging) -> None:
    report = await attacked(hole, attacked_staging, planted=True)
    result = SERVICE_RESULTS[hole.name]
    found = {(one.entrance, one.rule) for one in report.findings}
    if result.by:
        assert (result.entrance, result.by) in found, report.as_markdown()
    else:
        assert found == set(), "now it is found"


@pytest.mark.thorough
@pytest.mark.parametrize("compiled", [True, False])
async def test_prove_finds_nothing_without_a_hole(
    compiled: bool, attacked_staging: Staging
) -> None:
    hole = next(one for one in HOLES if one.compiled is compiled and not one.thorough)
    report = await attacked(hole, attacked_staging, planted=False)
    assert report.findings == [], report.as_markdown()


async def attacked(hole: ServiceHole, staging: Staging, *, planted: bool) -> Report:
    """What came of attacking the service, up to the entrance that finds the fault."""
    last = SERVICE_RESULTS[hole.name].entrance
    entrances = EVERY if hole.thorough else UNTIMED
    if planted and last in entrances:
        entrances = entrances[: entrances.index(last) + 1]
    # A seed of its own: the marks of an earlier run are not this one's.
    plan = replace(PLAN, entrances=entrances, seed=zlib.crc32(hole.name.encode()))
    async with staging.target(hole, planted=planted) as target:
        return await prove(target, plan)
