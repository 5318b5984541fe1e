"""All that a database has of an organisation."""

from typing import Any
from uuid import UUID

import asyncpg

from repository import erasure


async def rows_of(root: asyncpg.Connection, org_id: UUID) -> dict[str, list[Any]]:
    """All that the database has of an organisation, in whatever table."""
    (names,) = await root.fetchrow(erasure._TABLES_OF_ORGS)
    return {
        name: await root.fetch(
            f"SELECT t::text FROM {name} AS t WHERE org_id = $1 ORDER BY 1", org_id
        )
        for name in names
    }
