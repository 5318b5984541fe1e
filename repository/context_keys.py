"""The context keys that the database accepts. Run with the owner's URL, never by serve."""

from datetime import timedelta

import asyncpg

from repository.context import ContextKey
from repository.walls import OWNER


async def install_context_key(owner_url: str, key: ContextKey, *, overlap: timedelta) -> None:
    """Makes the database accept ``key``, and the present ones for ``overlap`` more.

    Processes that sign with an old key go on until then; keys past it are deleted.
    """
    connection = await asyncpg.connect(owner_url, timeout=5)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            await connection.execute("DELETE FROM palisade.context_key WHERE retires_at <= now()")
            await connection.execute(
                "UPDATE palisade.context_key SET retires_at = now() + $1 "
                "WHERE retires_at IS NULL OR retires_at > now() + $1",
                overlap,
            )
            await connection.execute(
                "INSERT INTO palisade.context_key (id, inner_pad, outer_pad) VALUES ($1, $2, $3)",
                key.id,
                key.inner_pad,
                key.outer_pad,
            )
    finally:
        await connection.close()
