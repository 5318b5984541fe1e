"""How a fault gets into a database: for a moment, or for good."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from repository.context import ContextKey
from tests.conftest import Urls
from tests.holes.scene import DatabaseHole, Party, Scene


@asynccontextmanager
async def in_transaction(
    urls: Urls, parties: tuple[Party, Party], key: ContextKey
) -> AsyncIterator[Scene]:
    """A scene that leaves nothing behind."""
    async with AsyncExitStack() as stack:
        root = await asyncpg.connect(urls.superuser, statement_cache_size=0)
        stack.push_async_callback(root.close)
        transaction = root.transaction()
        await transaction.start()
        stack.push_async_callback(transaction.rollback)
        scene = Scene(*parties, key, root=root)
        root.add_log_listener(scene.listen)
        yield scene


@asynccontextmanager
async def planted_for_good(urls: Urls, fault: DatabaseHole, scene: Scene) -> AsyncIterator[None]:
    """The fault in a database of which nothing else is wanted; what is not of it is taken back."""
    root = await asyncpg.connect(urls.superuser, statement_cache_size=0)
    try:
        try:
            if fault.outside:
                for sql in fault.sql:
                    await root.execute(scene.filled(sql))
            else:
                async with root.transaction():
                    for sql in fault.sql:
                        await root.execute(scene.filled(sql))
            yield
        finally:
            for sql in fault.undo:
                await root.execute(sql)
    finally:
        await root.close()


async def lacks(urls: Urls, fault: DatabaseHole) -> bool:
    """Whether the server has not what the fault is made of."""
    if not fault.needs:
        return False
    root = await asyncpg.connect(urls.superuser)
    try:
        if fault.needs.startswith("PostgreSQL "):
            return bool(root.get_server_version().major < int(fault.needs.split()[1]))
        return not await root.fetchval(
            "SELECT count(*) FROM pg_available_extensions WHERE name = $1", fault.needs
        )
    finally:
        await root.close()
