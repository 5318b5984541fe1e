"""Every planted fault of the database is found by `palisade doctor`, with the rights it says."""

import asyncio

import asyncpg
import pytest

from assurance.doctor.examination import examine
from assurance.doctor.expected import Expected, expected
from assurance.doctor.reading import read_here, read_snapshot
from assurance.doctor.rule import Examined, Finding, Severity
from assurance.doctor.snapshot import Snapshot
from migrations.runner import packages_of
from models.describe import Catalog
from repository.context import ContextKey
from repository.walls import APP, OWNER, PolicyForm
from tests.conftest import Urls
from tests.holes.catalog import DATABASE_HOLES
from tests.holes.conftest import Copy
from tests.holes.planting import in_transaction, lacks, planted_for_good
from tests.holes.results import DOCTOR_RESULTS, Result
from tests.holes.scene import DatabaseHole, Party, Scene

HOLES = tuple(hole for hole in DATABASE_HOLES if hole.found_by == "doctor")
ROLES = {"app": APP, "owner": OWNER}
# What may be said of a database without any fault.
EXPLAINED = {"server-advisory", "public-connect"}

Parties = tuple[Party, Party]


@pytest.fixture(scope="session")
def wanted(catalog: Catalog, policy_form: PolicyForm) -> Expected:
    revisions = [package.version_table for package in packages_of(catalog, ())]
    return expected(catalog, revisions, form=policy_form)


def found(snapshot: Snapshot, wanted: Expected) -> list[Finding]:
    findings = examine(Examined(snapshot, wanted, APP)).findings
    return [finding for finding in findings if finding.rule not in EXPLAINED]


def check(findings: list[Finding], result: Result) -> None:
    """That the rule is among them that was named, and an ERROR unless a warning has its reason."""
    severities = {finding.severity for finding in findings if finding.rule == result.by}
    wanted = Severity.WARNING if result.warns_because else Severity.ERROR
    assert severities == {wanted}, sorted({finding.rule for finding in findings})
    if result.warns_because:
        assert all(finding.severity is not Severity.ERROR for finding in findings)


async def look(connection: asyncpg.Connection, role: str) -> Snapshot:
    """As the role sees it, within the transaction that the connection is in."""
    await connection.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
    try:
        return await read_here(connection)
    finally:
        await connection.execute("SET LOCAL SESSION AUTHORIZATION DEFAULT")


def test_every_hole_has_its_result() -> None:
    assert DOCTOR_RESULTS.keys() == {hole.name for hole in HOLES}
    for result in DOCTOR_RESULTS.values():
        assert bool(result.by) != bool(result.because)


@pytest.mark.parametrize("role", ROLES.values())
async def test_doctor_finds_nothing_without_a_hole(
    urls: Urls, parties: Parties, context_key: ContextKey, wanted: Expected, role: str
) -> None:
    async with in_transaction(urls, parties, context_key) as scene:
        assert found(await look(scene.root, role), wanted) == []


@pytest.mark.parametrize(
    "hole", [hole for hole in HOLES if not hole.outside], ids=lambda hole: hole.name
)
async def test_doctor_finds_hole(
    hole: DatabaseHole, urls: Urls, parties: Parties, context_key: ContextKey, wanted: Expected
) -> None:
    if await lacks(urls, hole):
        pytest.skip(f"needs {hole.needs}")
    result = DOCTOR_RESULTS[hole.name]
    async with in_transaction(urls, parties, context_key) as scene:
        await scene.plant(hole)
        check(found(await look(scene.root, ROLES[result.looks_as]), wanted), result)
        if result.looks_as == "owner":
            assert found(await look(scene.root, APP), wanted) == [], "now the application sees it"


@pytest.mark.thorough
@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_doctor_finds_committed_hole(
    hole: DatabaseHole, copy: Copy, parties: Parties, context_key: ContextKey, wanted: Expected
) -> None:
    """As the command does it: by a connection of its own, after the fact."""
    with copy() as urls:

        async def seen() -> list[Finding]:
            if await lacks(urls, hole):
                pytest.skip(f"needs {hole.needs}")
            async with planted_for_good(urls, hole, Scene(*parties, context_key, urls=urls)):
                await asyncio.sleep(0.1 if hole.outside else 0)
                owner = DOCTOR_RESULTS[hole.name].looks_as == "owner"
                connection = await asyncpg.connect(urls.owner if owner else urls.app)
                try:
                    return found(await read_snapshot(connection), wanted)
                finally:
                    await connection.close()

        check(asyncio.run(seen()), DOCTOR_RESULTS[hole.name])
