"""How the connections behave that the URL leads to: whether anything outlives a transaction.

The probe sets a setting that nothing reads, at first within a transaction. Then it sets it on a
session and looks from a second client, which sees it only where a pooler hands the same server
connection on without a reset. What it set it resets.
"""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import asyncpg

PROBE: Final = "palisade.probe"
TIMEOUT_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Pooler:
    """What was seen. ``login`` is the role that the URL logs in as."""

    login: str
    transactions: bool
    local_survives: bool
    session_shared: bool


async def probe(url: str) -> Pooler:
    """Looks at two clients' connections; harmless, and cleans up.

    Raises: OSError, TimeoutError, asyncpg.PostgresError where nobody can connect.
    """
    mark = uuid4().hex
    first = await _connect(url)
    try:
        try:
            async with first.transaction():
                await first.execute(f"SET LOCAL {PROBE} = '{mark}'")
                inside = await _seen(first) == mark
                login = await first.fetchval("SELECT current_user::text")
        except asyncpg.PostgresError:
            return Pooler("", transactions=False, local_survives=False, session_shared=False)
        survives = await _seen(first) == mark
        await first.execute(f"SET {PROBE} = '{mark}'")
        second = await _connect(url)
        try:
            shared = await _seen(second) == mark
            if shared:
                await second.execute(f"RESET {PROBE}")
        finally:
            await second.close()
        return Pooler(login, transactions=inside, local_survives=survives, session_shared=shared)
    finally:
        if not first.is_closed():
            await first.execute(f"RESET {PROBE}")
            await first.close()


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, timeout=TIMEOUT_SECONDS, statement_cache_size=0)


async def _seen(connection: asyncpg.Connection) -> str | None:
    value: str | None = await connection.fetchval(f"SELECT current_setting('{PROBE}', true)")
    return value
