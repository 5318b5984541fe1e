"""What stands in the database, seen beside the service: before, after, and where a write went."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import asyncpg

from auth.organization import mint_org_id
from models.describe import Catalog, Table
from repository.context import ContextSigner

Rows = Mapping[str, list[dict[str, Any]]]

# The types whose rows each write adds to, and no attack changes.
_EVENTS: Final = ("AuditEvent", "OutboxMessage")
_FIRST: Final = UUID(int=0)

_TABLES_OF_ORGS: Final = """
SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.attname = 'org_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""


class Witness:
    """One connection; a superuser's past every wall, or another role's in each one's context."""

    def __init__(
        self, connection: asyncpg.Connection, catalog: Catalog, signer: ContextSigner | None
    ) -> None:
        """``signer``: where the connection is bound by row level security."""
        self._connection = connection
        self._catalog = catalog
        self._signer = signer
        self._turn = asyncio.Lock()

    @property
    def above(self) -> bool:
        """Whether it stands above every wall."""
        return self._signer is None

    async def rows(self, org_id: UUID, *, known: Rows = MappingProxyType({})) -> Rows:
        """Every row of an organisation of every type, all columns, oldest first.

        ``known``: what was seen before, of which events are not read again.
        """
        found = {}
        async with self._within(org_id):
            for table in self._catalog.tables.values():
                events = known.get(table.type, []) if table.type in _EVENTS else []
                after = events[-1]["id"] if events else _FIRST
                found[table.type] = events + await self._rows(table, org_id, after=after)
        return found

    async def rows_of(self, table: Table, org_id: UUID) -> list[dict[str, Any]]:
        """Every row of an organisation of a type, all columns, oldest first."""
        async with self._within(org_id):
            return await self._rows(table, org_id)

    async def digests(self, org_id: UUID) -> dict[str, str]:
        """A digest of all rows of an organisation, for each table that has any of anybody's."""
        async with self._within(org_id):
            names = [row[0] for row in await self._connection.fetch(_TABLES_OF_ORGS)]
            found = {}
            for name in names:
                sql = f"SELECT t::text FROM {name} AS t WHERE org_id = $1 ORDER BY 1"
                rows = await self._connection.fetch(sql, org_id)
                text = "\n".join(row[0] for row in rows)
                found[name] = f"{len(rows)} rows, {hashlib.sha256(text.encode()).hexdigest()}"
            return found

    async def put(self, table: Table, org_id: UUID, id: UUID, value: tuple[str, Any]) -> None:
        """Sets one column of one record, which no client may."""
        column, wanted = value
        sql = f"UPDATE {table.qualified_name} SET {column} = $1 WHERE org_id = $2 AND id = $3"
        async with self._within(org_id):
            await self._connection.execute(sql, wanted, org_id, id)

    async def server_version(self) -> str:
        """PostgreSQL's."""
        async with self._turn:
            return str(await self._connection.fetchval("SHOW server_version"))

    async def _rows(
        self, table: Table, org_id: UUID, *, after: UUID = _FIRST
    ) -> list[dict[str, Any]]:
        sql = f"SELECT * FROM {table.qualified_name} WHERE org_id = $1 AND id > $2 ORDER BY id"
        return [dict(row) for row in await self._connection.fetch(sql, org_id, after)]

    @asynccontextmanager
    async def _within(self, org_id: UUID) -> AsyncIterator[None]:
        async with self._turn, self._connection.transaction():
            if self._signer is not None:
                context = self._signer.sign(mint_org_id(org_id))
                await self._connection.execute("SELECT palisade.enter($1)", context)
            yield
