"""Every planted fault of the service is found by `palisade prove`, by the rule that is told.

Each is attacked through all entrances, whatever it is about, on a few types: until there is a
finding.
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

HOLES = tuple(hole for hole in SERVICE_HOLES if hole.name in SERVICE_RESULTS)
# Where the machine has other work, times say nothing: faults of time are for thorough runs.
UNTIMED = tuple(one.name for one in all_entrances() if one.name != "timing")
PLAN = Plan(
    entrances=UNTIMED,
    types=("Vendor", "Specimen", "Observation", "Prospect"),
    both_ways=False,
    pairs=100,
    until_found=True,
)
# Of each kind of fault some that are found soon; the others are for thorough runs.
SOON = frozenset(
    {
        "answers-kept-by-document",
        "last-answer-on-error",
        "tokens-kept-by-prefix",
        "viewer-of-the-first",
        "groups-without-predicate",
        "total-without-predicate",
        "get-without-predicate",
        "cursor-shows-a-neighbour",
        "foreign-id-by-length",
        "undecodable-id-refused",
        "header-of-the-last-caller",
        "statements-in-extensions",
    }
)


def _each() -> list[ParameterSet]:
    return [
        pytest.param(hole, id=hole.name, marks=() if hole.name in SOON else pytest.mark.thorough)
        for hole in HOLES
    ]


def test_every_hole_has_its_result() -> None:
    assert SERVICE_RESULTS.keys() <= {hole.name for hole in HOLES}
    for result in SERVICE_RESULTS.values():
        assert bool(result.by) != bool(result.because)


@pytest.mark.parametrize("hole", _each())
async def test_prove_finds_hole(hole: ServiceHole, staging: Staging) -> None:
    report = await attacked(hole, staging, planted=True)
    result = SERVICE_RESULTS[hole.name]
    found = {(one.entrance, one.rule) for one in report.findings}
    if result.by:
        assert (result.entrance, result.by) in found, report.as_markdown()
    else:
        assert found == set(), "now it is found"


@pytest.mark.thorough
@pytest.mark.parametrize("compiled", [True, False])
async def test_prove_finds_nothing_without_a_hole(compiled: bool, staging: Staging) -> None:
    hole = next(one for one in HOLES if one.compiled is compiled and not one.thorough)
    report = await attacked(hole, staging, planted=False)
    assert report.findings == [], report.as_markdown()


async def attacked(hole: ServiceHole, staging: Staging, *, planted: bool) -> Report:
    """What came of attacking the service; the same is tried each time."""
    plan = replace(PLAN, seed=zlib.crc32(hole.name.encode()))
    if hole.thorough:
        plan = replace(plan, entrances=None)
    async with staging.target(hole, planted=planted) as target:
        return await prove(target, plan)
