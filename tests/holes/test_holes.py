"""Every planted fault is one: what it gives away can be had with it, and not without."""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg
import pytest
from _pytest.mark import ParameterSet

from repository.context import ContextKey
from tests.conftest import Urls
from tests.holes.catalog import DATABASE_HOLES
from tests.holes.conftest import Copy
from tests.holes.planting import in_transaction, lacks, planted_for_good
from tests.holes.scene import DatabaseHole, Party, Scene
from tests.holes.service import SERVICE_HOLES
from tests.holes.serving.ground import ServiceHole
from tests.holes.staging import Staging

Hole = DatabaseHole | ServiceHole

# What of a server belongs to no single database.
_OF_THE_SERVER = (
    "SELECT r::text FROM (SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, "
    "rolcanlogin, rolreplication, rolbypassrls FROM pg_roles) AS r ORDER BY 1",
    "SELECT roleid::regrole::text || ' ' || member::regrole || admin_option || inherit_option "
    "|| set_option FROM pg_auth_members ORDER BY 1",
    "SELECT setrole::regrole::text || ' ' || setconfig::text FROM pg_db_role_setting "
    "WHERE setdatabase = 0 ORDER BY 1",
    "SELECT parname || coalesce(paracl::text, '') FROM pg_parameter_acl "
    "WHERE cardinality(paracl) > 1 OR paracl::text LIKE '%palisade%' ORDER BY 1",
    "SELECT name || setting FROM pg_settings WHERE name LIKE 'log%' ORDER BY 1",
)


def _each(holes: Iterable[Hole]) -> list[ParameterSet]:
    """A parameter for each hole; those that take a quiet machine are for thorough runs."""
    thorough = pytest.mark.thorough
    return [
        pytest.param(hole, id=hole.name, marks=thorough if hole.thorough else ()) for hole in holes
    ]


def test_names_of_holes_are_unique() -> None:
    names = [hole.name for hole in (*DATABASE_HOLES, *SERVICE_HOLES)]
    assert len(set(names)) == len(names)
    assert len(DATABASE_HOLES) >= 38
    assert len(SERVICE_HOLES) >= 24


@pytest.mark.parametrize("hole", _each(one for one in DATABASE_HOLES if not one.committed))
async def test_database_hole_gives_something_away(
    hole: DatabaseHole, urls: Urls, parties: tuple[Party, Party], context_key: ContextKey
) -> None:
    if await lacks(urls, hole):
        pytest.skip(f"needs {hole.needs}")
    async with in_transaction(urls, parties, context_key) as scene:
        assert not await hole.exploit(scene), "without the fault"
        await scene.plant(hole)
        assert await hole.exploit(scene), "with the fault"


@pytest.mark.parametrize("hole", _each(one for one in DATABASE_HOLES if one.committed))
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
                assert not await hole.exploit(scene), "taken back"

        asyncio.run(check())


@pytest.mark.parametrize("hole", _each(SERVICE_HOLES))
async def test_service_hole_gives_something_away(hole: ServiceHole, staging: Staging) -> None:
    async with staging.served(hole) as stage:
        assert not await hole.exploit(stage), "without the fault"
    async with staging.planted(hole) as stage:
        assert await hole.exploit(stage), "with the fault"


@pytest.mark.thorough
@pytest.mark.parametrize("hole", DATABASE_HOLES, ids=lambda hole: hole.name)
def test_database_hole_is_planted_for_good_and_taken_back(
    hole: DatabaseHole,
    urls: Urls,
    copy: Copy,
    parties: tuple[Party, Party],
    context_key: ContextKey,
) -> None:
    """As the finders have it: in a database of its own, of whose server nothing is left changed."""
    with copy() as own:

        async def check() -> None:
            if await lacks(own, hole):
                pytest.skip(f"needs {hole.needs}")
            before = await _server(urls)
            async with planted_for_good(own, hole, Scene(*parties, context_key, urls=own)):
                if hole.undo:
                    await asyncio.sleep(0.1 if hole.outside else 0)
                    assert await _server(urls) != before
            await asyncio.sleep(0.1 if hole.outside else 0)
            assert await _server(urls) == before

        asyncio.run(check())


async def _server(urls: Urls) -> list[Any]:
    root = await asyncpg.connect(urls.superuser)
    try:
        return [[row[0] for row in await root.fetch(sql)] for sql in _OF_THE_SERVER]
    finally:
        await root.close()
