"""Every planted fault is one: what it gives away can be had with it, and not without."""

import asyncio

import asyncpg
import pytest

from repository.context import ContextKey
from tests.conftest import Urls
from tests.holes.catalog import DATABASE_HOLES
from tests.holes.conftest import Copy
from tests.holes.scene import DatabaseHole, Party, Scene, in_transaction, planted_for_good
from tests.holes.service import SERVICE_HOLES
from tests.holes.serving.ground import ServiceHole
from tests.holes.staging import Staging


async def _lacks(urls: Urls, hole: DatabaseHole) -> bool:
    """Whether the server has not what the fault is made of."""
    if not hole.needs:
        return False
    root = await asyncpg.connect(urls.superuser)
    try:
        if hole.needs.startswith("PostgreSQL "):
            return root.get_server_version().major < int(hole.needs.split()[1])
        return not await root.fetchval(
            "SELECT count(*) FROM pg_available_extensions WHERE name = $1", hole.needs
        )
    finally:
        await root.close()


def test_names_of_holes_are_unique() -> None:
    names = [hole.name for hole in (*DATABASE_HOLES, *SERVICE_HOLES)]
    assert len(set(names)) == len(names)
    assert len(DATABASE_HOLES) >= 38
    assert len(SERVICE_HOLES) >= 24


@pytest.mark.parametrize(
    "hole", [one for one in DATABASE_HOLES if not one.committed], ids=lambda hole: hole.name
)
async def test_database_hole_gives_something_away(
    hole: DatabaseHole, urls: Urls, parties: tuple[Party, Party], context_key: ContextKey
) -> None:
    if await _lacks(urls, hole):
        pytest.skip(f"needs {hole.needs}")
    async with in_transaction(urls, parties, context_key) as scene:
        assert not await hole.exploit(scene), "without the fault"
        await scene.plant(hole)
        assert await hole.exploit(scene), "with the fault"


@pytest.mark.parametrize(
    "hole", [one for one in DATABASE_HOLES if one.committed], ids=lambda hole: hole.name
)
def test_committed_database_hole_gives_something_away(
    hole: DatabaseHole, copy: Copy, parties: tuple[Party, Party], context_key: ContextKey
) -> None:
    with copy() as urls:

        async def check() -> None:
            scene = Scene(*parties, context_key, urls=urls)
            assert not await hole.exploit(scene), "without the fault"
            async with planted_for_good(urls, hole, scene):
                await asyncio.sleep(0.1 if hole.outside else 0)
                assert await hole.exploit(scene), "with the fault"
            await asyncio.sleep(0.1 if hole.outside else 0)
            if hole.undo:
                for sql in hole.undo:
                    assert "DROP" in sql or not await hole.exploit(scene), "taken back"

        asyncio.run(check())


@pytest.mark.parametrize("hole", SERVICE_HOLES, ids=lambda hole: hole.name)
async def test_service_hole_gives_something_away(hole: ServiceHole, staging: Staging) -> None:
    async with staging.served(hole) as stage:
        assert not await hole.exploit(stage), "without the fault"
    async with staging.planted(hole) as stage:
        assert await hole.exploit(stage), "with the fault"
