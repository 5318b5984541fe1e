"""What the computed answers cost at the database, over a large perimeter of one organisation."""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg

from migrations.runner import migrate
from models.describe import Catalog
from models.registry import load_catalog
from palisade.embedded import EmbeddedPostgres
from perimeter.insight.data_map import data_map
from perimeter.insight.expiring import expiring
from perimeter.insight.personal import personal_data
from perimeter.insight.posture import chosen_rules, posture
from perimeter.insight.radius import Origin, blast_radius
from perimeter.insight.reading import Insight
from perimeter.insight.simulation import vendor_suspended
from perimeter.insight.unused import unused_grants
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.reader import Row
from repository.repositories import Repositories
from repository.walls import APP, WORKER
from resolvers.access import Access, Decision

INTEGRATIONS: Final = 500
FLOWS: Final = 5_000
_ACTOR: Final = Actor("benchmarks")
_CATEGORIES: Final = ("PERSONAL", "FINANCIAL", "BUSINESS", "SECURITY", "TECHNICAL")
_LEVELS: Final = ("PUBLIC", "INTERNAL", "CONFIDENTIAL", "RESTRICTED")


def show_insight(*, rounds: int) -> None:
    """Prints for each answer the statements, the time of each at the database, and the whole."""
    for line in asyncio.run(_measure(rounds)):
        print(line, flush=True)


async def _measure(rounds: int) -> list[str]:
    catalog = load_catalog()
    lines = [f"{'':26}{'statements':>11}{'at the database, ms':>24}{'whole, ms':>11}"]
    async with _organisation(catalog) as (repositories, connections):
        vendor, integration = await _plant(repositories, catalog, Random(1))  # noqa: S311  no secret
        insight = Insight(repositories, catalog, _everything(catalog), "benchmark")
        asked: dict[str, Callable[[], Awaitable[Any]]] = {
            "blastRadius(vendor)": lambda: blast_radius(insight, Origin.VENDOR, vendor, first=100),
            "blastRadius(integration)": lambda: blast_radius(
                insight, Origin.INTEGRATION, integration, first=100
            ),
            "dataMap": lambda: data_map(insight),
            "personalData": lambda: personal_data(insight),
            "posture": lambda: posture(insight, chosen_rules(None)),
            "simulate": lambda: vendor_suspended(insight, vendor),
            "expiring": lambda: expiring(insight, within=90),
            "unusedGrants": lambda: unused_grants(insight, days=90),
        }
        for name, ask in asked.items():
            sent = await connections.watching(ask)
            at_database = [await connections.explained(*one, rounds=rounds) for one in sent]
            whole = []
            for _ in range(rounds + 1):
                begin = time.perf_counter()
                await ask()
                whole.append((time.perf_counter() - begin) * 1000)
            each = " + ".join(f"{one:.1f}" for one in at_database)
            lines.append(f"{name:26}{len(sent):>11}{each:>24}{statistics.median(whole[1:]):>11.0f}")
    return lines


class _Watched(Connections):
    """Remembers what is sent, to ask the database how long it takes."""

    sent: list[tuple[str, Sequence[object]]] | None = None

    async def fetch_row(self, sql: str, arguments: Sequence[object]) -> Sequence[Any]:
        if self.sent is not None:
            self.sent.append((sql, arguments))
        return await super().fetch_row(sql, arguments)

    async def watching(
        self, ask: Callable[[], Awaitable[Any]]
    ) -> list[tuple[str, Sequence[object]]]:
        """The statements that are sent."""
        self.sent = []
        await ask()
        sent, self.sent = self.sent, None
        return sent

    url = ""

    async def explained(self, sql: str, arguments: Sequence[object], *, rounds: int) -> float:
        """The median of the statement's time at the database, in milliseconds."""
        connection = await asyncpg.connect(self.url)
        try:
            times = []
            for _ in range(rounds + 1):
                rows = await connection.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", *arguments)
                (line,) = [row[0] for row in rows if row[0].startswith("Execution Time")]
                times.append(float(line.split()[2]))
            return statistics.median(times[1:])
        finally:
            await connection.close()


@asynccontextmanager
async def _organisation(catalog: Catalog) -> AsyncIterator[tuple[Repositories, _Watched]]:
    with TemporaryDirectory(prefix="palisade-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  the server runs as another user
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            key = ContextKey.generate()
            await migrate(server.url("postgres"), catalog)
            await install_context_key(server.url("postgres"), key, overlap=timedelta(hours=1))
            connections = _Watched(server.url(APP), size=2)
            connections.url = server.url(APP)
            worker = Connections(server.url(WORKER), size=1)
            await connections.open()
            await worker.open()
            database = Database(catalog, connections, ContextSigner(key))
            await database.provision("acme", name="Acme", actor=_ACTOR)
            listing = Database(catalog, worker, ContextSigner(key))
            async for org_id in listing.organisations(reason="benchmark"):
                yield database.of(org_id, _ACTOR), connections
            await worker.close()
            await connections.close()
        finally:
            server.stop()


def _everything(catalog: Catalog) -> Access:
    return Access(
        {
            table.type: {column.name: Decision.READ for column in table.columns}
            for table in catalog.exposed
        },
        frozenset(),
    )


async def _plant(repositories: Repositories, catalog: Catalog, random: Random) -> tuple[Any, Any]:
    """A perimeter of 500 integrations and 5,000 flows; a sub-vendor's id and an integration's."""
    now = datetime.now(UTC)

    async def make(type_: str, rows: list[dict[str, Any]]) -> list[Row]:
        return await repositories.of(catalog.tables[type_]).create_many(rows)

    users = await make(
        "User",
        [{"name": f"u{n}", "email": f"u{n}@x.test", "status": "ACTIVE"} for n in range(300)],
    )
    vendors = await make("Vendor", [{"name": f"v{n}", "tier": "LOW"} for n in range(100)])
    (behind,) = await make(
        "Vendor", [{"name": "behind", "tier": "LOW", "parent_id": vendors[0]["id"]}]
    )
    applications = await make(
        "SaasApplication",
        [
            {"name": f"a{n}", "sanction": "SANCTIONED", "vendor_id": vendors[n % 100]["id"]}
            for n in range(200)
        ],
    )
    integrations = await make(
        "Integration",
        [
            {
                "name": f"i{n}",
                "status": "ACTIVE",
                "auth_method": "API_KEY",
                "scopes": [],
                "vendor_id": vendors[0]["id"],
                "application_id": applications[n % 200]["id"],
                "owner_id": users[n % 300]["id"],
            }
            for n in range(INTEGRATIONS)
        ],
    )
    await make(
        "Credential",
        [
            {
                "kind": "API_KEY",
                "status": "ACTIVE",
                "thumbprint": f"{n:064x}",
                "issued_at": now - timedelta(days=random.randint(1, 500)),
                "integration_id": integrations[n % INTEGRATIONS]["id"],
            }
            for n in range(2 * INTEGRATIONS)
        ],
    )
    datasets = await make(
        "Dataset",
        [
            {"name": f"d{n}", "application_id": applications[n % 200]["id"] if n % 3 else None}
            for n in range(1000)
        ],
    )
    await make(
        "DataField",
        [
            {
                "name": f"f{n}",
                "category": random.choice(_CATEGORIES),
                "level": random.choice(_LEVELS),
                "dataset_id": datasets[n % 1000]["id"],
            }
            for n in range(8000)
        ],
    )
    pairs = random.sample(range(1000 * 999), FLOWS)
    await make(
        "DataFlow",
        [
            {
                "purpose": "p",
                "transport": "TLS",
                "source_id": datasets[pair // 999]["id"],
                "target_id": datasets[(pair // 999 + 1 + pair % 999) % 1000]["id"],
                "integration_id": integrations[random.randrange(INTEGRATIONS)]["id"],
            }
            for pair in pairs
        ],
    )
    await make(
        "Grant",
        [
            {
                "scope": f"s{n}",
                "categories": [],
                "granted_at": now - timedelta(days=100),
                "last_used_at": now - timedelta(days=random.randint(1, 300)),
                "integration_id": integrations[n % INTEGRATIONS]["id"],
                "dataset_id": datasets[n % 1000]["id"],
            }
            for n in range(2000)
        ],
    )
    return behind["id"], integrations[0]["id"]
