"""A database with two organisations that have records of every type, and copies of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from migrations.runner import migrate
from models.describe import Catalog
from repository.context import ContextKey
from repository.context_keys import install_context_key
from repository.walls import PolicyForm
from tests.ablation.inhabitants import Scene, inhabit
from tests.conftest import Urls

Copy = Callable[..., Urls]


@pytest.fixture(scope="session")
def scene(context_key: ContextKey) -> Scene:
    return Scene.make(context_key)


@pytest.fixture(scope="session")
def original(
    make_database: Callable[[], Urls], catalog: Catalog, scene: Scene, policy_form: PolicyForm
) -> Urls:
    """What copies are made of: it is never connected to again."""
    urls = make_database()

    async def prepare() -> None:
        await migrate(urls.superuser, catalog, form=policy_form)
        for key in (scene.retired_key, scene.key):
            await install_context_key(urls.superuser, key, overlap=timedelta(0))
        await inhabit(urls.superuser, catalog, scene)

    asyncio.run(prepare())
    return urls


@pytest.fixture(scope="session")
def copy(server_urls: Urls, original: Urls) -> Iterator[Copy]:
    """Makes a copy of the database, and changes it by the statements given."""
    made: list[str] = []

    async def on_server(statement: str) -> None:
        connection = await asyncpg.connect(server_urls.superuser)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def change(urls: Urls, statements: tuple[str, ...]) -> None:
        connection = await asyncpg.connect(urls.superuser)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def make(*statements: str) -> Urls:
        name = f"palisade_copy_{uuid4().hex[:12]}"
        template = original.superuser.partition("?")[0].rpartition("/")[2]
        _wait(on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        made.append(name)
        urls = server_urls.database(name)
        _wait(change(urls, statements))
        return urls

    yield make
    for name in made:
        _wait(on_server(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _wait(work: Awaitable[None]) -> None:
    async def done() -> None:
        await work

    asyncio.run(done())
