"""Exports that an operator asks the service for: written where the service may write."""

import asyncio
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from jobs.transfer.exporting import export
from jobs.transfer.formats import Format
from jobs.transfer.progress import NoProgress
from repository.actor import Actor
from repository.database import Database
from repository.errors import NotFound
from resolvers.context import Exported
from resolvers.errors import TooComplex

# Within the time an operation has.
PATIENCE: Final = timedelta(seconds=8)


async def write_export(
    database: Database,
    folder: Path,
    slug: str,
    *,
    actor: Actor,
    patience: timedelta = PATIENCE,
) -> Exported:
    """A new folder in ``folder`` with all records of an organisation; nothing of it is answered.

    Raises: NotFound, TooComplex, ExportRefused.
    """
    org_id = await database.organisation(slug, reason="export for an operator")
    if org_id is None:
        raise NotFound
    name = f"{slug}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    target = folder / name
    try:
        async with asyncio.timeout(patience.total_seconds()):
            manifest = await export(
                database,
                org_id,
                actor,
                target,
                slug=slug,
                format=Format.jsonl,
                progress=NoProgress(),
            )
    except TimeoutError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise TooComplex(
            "exportOrganization", "takes longer than a request may: use `palisade export`"
        ) from error
    records = sum(summary.count for summary in manifest.types.values())
    return Exported(name, records, manifest.digest)
