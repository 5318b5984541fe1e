"""A PostgreSQL of its own with made-up organisations, for one run.

Its files lie in a temporary folder. It does not wait for the disk, and vacuums only when told to:
reads are measured, and what a round wrote is taken away after it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
import psutil  # type: ignore[import-untyped]

from benchmarks.rows import (
    ACCESS_FOR_PEERS,
    CLEARED,
    CREATED,
    EVENTS,
    INTEGRATIONS,
    MADE_IDS,
    NO_WALLS,
    ORGANISATIONS,
    SETTLED,
    VENDORS,
)
from migrations.runner import migrate
from models.registry import load_catalog
from palisade.embedded import EmbeddedPostgres
from repository.context import ContextKey
from repository.context_keys import install_context_key
from repository.walls import APP

WALLS: Final = "palisade"
NO_WALLS_DATABASE: Final = "no_walls"
SUPERUSER: Final = "postgres"

# Enough for all rows, so that nothing measured waits for a file.
_SETTINGS: Final = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "max_connections": "200",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One organisation, and the ids that its requests name."""

    org_id: str
    vendor_id: str
    integration_ids: tuple[str, ...]


class Cluster:
    """A running server and its databases."""

    def __init__(self, server: EmbeddedPostgres, key: ContextKey) -> None:
        self._server = server
        self.context_key = key

    def url(self, role: str = APP, *, database: str = WALLS) -> str:
        """The connection URL of a role."""
        return self._server.url(role, database=database)

    @property
    def binaries(self) -> Path:
        """The folder of psql and pgbench."""
        return self._server.binaries

    def execute(self, *statements: str, database: str = WALLS) -> None:
        """Runs statements as the superuser, each in a transaction of its own."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url(SUPERUSER, database=database))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def fetch(self, query: str, *arguments: object, database: str = WALLS) -> list[asyncpg.Record]:
        """The rows of a query of the superuser, whom no policy binds."""

        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.url(SUPERUSER, database=database))
            try:
                rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
                return rows
            finally:
                await connection.close()

        return asyncio.run(run())

    def count_created(self, *, database: str = WALLS) -> int:
        """How many integrations requests have made."""
        return int(self.fetch(CREATED, database=database)[0][0])

    def clear_created(self, *, database: str = WALLS) -> None:
        """Takes away what requests have made."""
        self.execute(*CLEARED, *SETTLED, database=database)

    def samples(self, *, limit: int) -> list[Sample]:
        """The first organisations with some of their ids."""
        rows = self.fetch(
            "SELECT o.org_id::text, "
            "(SELECT v.id::text FROM data.vendor v WHERE v.org_id = o.org_id LIMIT 1), "
            "ARRAY(SELECT i.id::text FROM data.integration i "
            "WHERE i.org_id = o.org_id ORDER BY i.id LIMIT 5) "
            "FROM data.organization o ORDER BY o.org_id LIMIT $1",
            limit,
        )
        return [Sample(org_id, vendor_id, tuple(ids)) for org_id, vendor_id, ids in rows]

    def pid(self) -> int:
        """The process that all others of the server are children of."""
        row = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        return int(psutil.Process(self.fetch(row)[0][0]).ppid())

    def version(self) -> str:
        """PostgreSQL's version."""
        return str(self.fetch("SHOW server_version")[0][0]).split()[0]


@contextmanager
def running_cluster(*, orgs: int, events: bool = True, no_walls: bool = False) -> Iterator[Cluster]:
    """A cluster with that many organisations, stopped and deleted at the end.

    ``no_walls`` adds a copy of the database in which nothing holds organisations apart.
    """
    with TemporaryDirectory(prefix="palisade-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            cluster = Cluster(server, ContextKey.generate())
            cluster.execute(
                *(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in _SETTINGS.items())
            )
            server.stop()
            server.start()
            _fill(cluster, orgs=orgs, events=events)
            if no_walls:
                cluster.execute(
                    f"CREATE DATABASE {NO_WALLS_DATABASE} TEMPLATE {WALLS}", database=SUPERUSER
                )
                cluster.execute(*NO_WALLS, *SETTLED, database=NO_WALLS_DATABASE)
            cluster.execute("CHECKPOINT")
            yield cluster
        finally:
            server.stop()


def _fill(cluster: Cluster, *, orgs: int, events: bool) -> None:
    async def prepare() -> None:
        url = cluster.url(SUPERUSER)
        await migrate(url, load_catalog())
        await install_context_key(url, cluster.context_key, overlap=timedelta(days=1))

    asyncio.run(prepare())
    parts = (ORGANISATIONS, VENDORS, INTEGRATIONS, *((EVENTS,) if events else ()))
    cluster.execute(
        MADE_IDS, *(part.format(orgs=orgs) for part in parts), *ACCESS_FOR_PEERS, *SETTLED
    )
