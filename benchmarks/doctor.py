"""How long `palisade doctor` looks at a database of many tables."""

import asyncio
import os
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg

from assurance.doctor.examination import examine
from assurance.doctor.expected import expected
from assurance.doctor.pooler import probe
from assurance.doctor.reading import read_snapshot
from assurance.doctor.rule import Examined
from benchmarks.startup import generated
from migrations.runner import build, migrate, packages_of
from models.describe import Catalog
from models.registry import load_catalog
from palisade.embedded import EmbeddedPostgres

_PACKAGE: Final = "generated_models"
_TABLES: Final = 500
_QUICK_TABLES: Final = 100


def show_doctor(*, rounds: int, quick: bool) -> None:
    """Prints the seconds of each part, the median of the rounds, as the application role."""
    with TemporaryDirectory(prefix="palisade-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  Root's server runs as somebody else.
        core = load_catalog()
        size = (_QUICK_TABLES if quick else _TABLES) - len(core.tables) - len(core.global_tables)
        Path(folder, f"{_PACKAGE}.py").write_text(generated(size))
        sys.path.insert(0, folder)
        catalog = load_catalog((_PACKAGE,))
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            asyncio.run(_prepare(server.url("postgres"), core, catalog))
            runs = [asyncio.run(_measured(server.url("palisade_app"))) for _ in range(rounds)]
        finally:
            server.stop()
    titles = ("catalog", "probe", "reading", "expected", "rules")
    print(f"{'tables':>8}" + "".join(f"{title:>10}" for title in (*titles, "together")))
    parts = [statistics.median(part) for part in zip(*runs, strict=True)]
    seconds = "".join(f"{part:>10.2f}" for part in (*parts, sum(parts)))
    print(f"{len(catalog.tables) + len(catalog.global_tables):>8}{seconds}", flush=True)


async def _prepare(url: str, core: Catalog, catalog: Catalog) -> None:
    await migrate(url, core)
    await build(url, catalog)


async def _measured(url: str) -> list[float]:
    times = [time.perf_counter()]
    catalog = load_catalog((_PACKAGE,))
    times.append(time.perf_counter())
    pooler = await probe(url)
    times.append(time.perf_counter())
    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        snapshot = await read_snapshot(connection)
    finally:
        await connection.close()
    times.append(time.perf_counter())
    wanted = expected(catalog, [package.version_table for package in packages_of(catalog, ())])
    times.append(time.perf_counter())
    found = examine(Examined(snapshot, wanted, pooler.login, pooler))
    times.append(time.perf_counter())
    assert not found.errors, found.errors
    return [after - before for before, after in pairwise(times)]
