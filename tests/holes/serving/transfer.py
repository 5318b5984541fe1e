"""Exports and imports that take one organisation for another."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest

from auth.organization import mint_org_id
from jobs.transfer.importing import Import
from jobs.transfer.progress import NoProgress
from jobs.transfer.report import Report
from jobs.transfer.sources import MANIFEST, Source, find_sources
from repository.database import Database
from tests.conftest import ACTOR
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged


@asynccontextmanager
async def _export(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[str, Any] = {}
    find = Database.organisation

    async def organisation(self: Database, slug: str, *, reason: str) -> Any:
        return kept.setdefault(reason, await find(self, slug, reason=reason))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "organisation", organisation)
        yield unchanged


@asynccontextmanager
async def _import(ground: Ground) -> AsyncIterator[Wrap]:
    load = Import.run

    async def run(self: Import, sources: Sequence[Source]) -> None:
        manifest = sources[0].path.parent / MANIFEST
        if manifest.exists():
            slug = orjson.loads(manifest.read_bytes())["organisation"]
            found = await self._database.organisation(slug, reason="import")
            self._org_id = found or self._org_id
        await load(self, sources)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Import, "run", run)
        yield unchanged


async def _exports(stage: Stage) -> bool:
    query = "mutation ($slug: String!) { exportOrganization(input: {slug: $slug}) { name } }"
    for who in (stage.victim, stage.attacker):
        answer = await stage.ask(stage.operator, query, {"slug": who.slug})
    folder = stage.exports / answer.json()["data"]["exportOrganization"]["name"]
    return any(stage.tells(file.read_text()) for file in folder.iterdir())


async def _imports(stage: Stage) -> bool:
    """A folder that names the victim, loaded by the operator of the attacker."""
    row = {"name": f"left by {stage.attacker.slug}", "tier": "LOW"}
    with TemporaryDirectory() as folder:
        (Path(folder) / "Vendor.jsonl").write_bytes(orjson.dumps(row) + b"\n")
        manifest = {"palisadeExport": 1, "organisation": stage.victim.slug, "types": {}}
        (Path(folder) / MANIFEST).write_bytes(orjson.dumps(manifest))
        sources, _ = find_sources(stage.database.catalog, Path(folder), None)
        org_id = mint_org_id(stage.attacker.org_id)
        run = Import(stage.database, org_id, ACTOR, report=Report(None), progress=NoProgress())
        await run.run(sources)
    owner = await stage.root.fetchval(
        "DELETE FROM data.vendor WHERE name = $1 RETURNING org_id", row["name"]
    )
    assert owner is not None
    return bool(owner == stage.victim.org_id)


TRANSFER_HOLES = (
    ServiceHole(
        "export-of-another",
        "The organisation that an operator exports is kept by the reason for asking: the second "
        "export has the first one's records under the second one's name.",
        _export,
        _exports,
    ),
    ServiceHole(
        "import-believes-its-file",
        "An import goes to the organisation that the folder's manifest names, not to the one that "
        "the operator named.",
        _import,
        _imports,
    ),
)
