"""Organisations with models of every kind, and files to fill them from."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from jobs.transfer.exporting import Manifest, export
from jobs.transfer.formats import Format
from jobs.transfer.importing import Import, Mode
from jobs.transfer.progress import NoProgress
from jobs.transfer.report import Report
from jobs.transfer.sources import find_sources
from models.describe import Catalog
from repository.connections import Connections
from repository.context import ContextSigner
from repository.database import Database
from tests.conftest import ACTOR, Org, Urls
from tests.isolation.conftest import (  # noqa: F401  fixtures
    catalog,
    prepare,
    urls,
)

Load = Callable[..., Awaitable[Report]]
Dump = Callable[..., Awaitable[Manifest]]


@pytest.fixture
async def database(
    urls: Urls,  # noqa: F811
    catalog: Catalog,  # noqa: F811
    signer: ContextSigner,
) -> AsyncIterator[Database]:
    connections = Connections(urls.app, size=3)
    await connections.open()
    yield Database(catalog, connections, signer)
    await connections.close()


@pytest.fixture
def load(database: Database) -> Load:
    """Imports a file or a folder into an organisation."""

    async def load(org: Org, path: Path, *, type: str | None = None, **options: Any) -> Report:
        sources, problems = find_sources(database.catalog, path, type)
        report = Report(options.pop("file", None))
        for problem in problems:
            report.add(problem)
        progress = options.pop("progress", NoProgress())
        run = Import(database, org.org_id, ACTOR, report=report, progress=progress, **options)
        await run.run(sources)
        return report

    return load


@pytest.fixture
def dump(database: Database) -> Dump:
    """Exports an organisation to a new folder."""

    async def dump(org: Org, folder: Path, format: Format = Format.jsonl) -> Manifest:
        return await export(
            database,
            org.org_id,
            ACTOR,
            folder,
            slug=org.slug,
            format=format,
            progress=NoProgress(),
        )

    return dump


def write_lines(path: Path, rows: Sequence[Mapping[str, Any] | bytes]) -> Path:
    """A JSONL file."""
    path.parent.mkdir(exist_ok=True)
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def told(report: Report) -> list[tuple[int | None, str, str | None]]:
    """The problems as line, code and field."""
    return [(problem.line, problem.code.value, problem.field) for problem in report.first]


__all__ = ["Dump", "Load", "Mode", "told", "write_lines"]
