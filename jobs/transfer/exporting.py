"""Writes the records of one organisation to a folder: a file for each type, and a manifest."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import orjson

from auth.organization import OrgId
from jobs.transfer.digest import TypeDigest, json_values_of, overall_digest
from jobs.transfer.formats import Format, encoder_of
from jobs.transfer.progress import Progress
from jobs.transfer.sources import MANIFEST, is_exported, is_loaded
from models.describe import Table
from repository.actor import Actor
from repository.database import Database
from repository.order import Cursor, complete_order
from repository.reader import Row
from repository.repositories import Repositories
from repository.statements import PageRequest

ROWS_PER_PAGE: Final = 1000
VERSION: Final = 1


class ExportRefused(Exception):
    """An export that can't be written; the message is one plain sentence."""


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """What was written of one type; ``loaded`` is whether an import takes it."""

    file: str
    count: int
    digest: str
    loaded: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds. The ``digest`` is that of the types that an import takes."""

    organisation: str
    format: Format
    types: Mapping[str, TypeSummary]

    @property
    def digest(self) -> str:
        """Equal for organisations whose records are equal."""
        return overall_digest(
            {name: type.digest for name, type in self.types.items() if type.loaded}
        )

    def as_json(self) -> dict[str, object]:
        """The form in the file."""
        return {
            "palisadeExport": VERSION,
            "organisation": self.organisation,
            "format": self.format.value,
            "digest": self.digest,
            "types": {
                name: {
                    "file": type.file,
                    "count": type.count,
                    "digest": type.digest,
                    "loaded": type.loaded,
                }
                for name, type in self.types.items()
            },
        }


async def export(
    database: Database,
    org_id: OrgId,
    actor: Actor,
    folder: Path,
    *,
    slug: str,
    format: Format,
    progress: Progress,
) -> Manifest:
    """All records as they are at one moment. The manifest is written last: it stands for the rest.

    Raises: ExportRefused, DatabaseUnavailable, ContextRefused, TooSlow.
    """
    try:
        _prepare(folder)
        types: dict[str, TypeSummary] = {}
        async with database.snapshot(org_id, actor) as repositories:
            for table in database.catalog.tables.values():
                if is_exported(table):
                    file = folder / f"{table.type}.{format}"
                    progress.begin(file)
                    types[table.type] = await _write(repositories, table, file, format=format)
                    progress.end()
        manifest = Manifest(slug, format, types)
        with _fresh(folder / MANIFEST) as out:
            out.write(orjson.dumps(manifest.as_json(), option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise ExportRefused(f"{folder} can't be written: {error.strerror or error}.") from error
    return manifest


async def _write(
    repositories: Repositories, table: Table, file: Path, *, format: Format
) -> TypeSummary:
    digest = TypeDigest()
    json_values = json_values_of(table)
    header, encode = encoder_of(table, format)
    with _fresh(file) as out:
        out.write(header)
        async for row in records(repositories, table):
            values = json_values(row)
            digest.add(values)
            out.write(encode(values))
    return TypeSummary(file.name, digest.count, digest.text(), is_loaded(table))


async def records(repositories: Repositories, table: Table) -> AsyncIterator[Row]:
    """All records of a type in the order of their ids, read a page at a time."""
    repository = repositories.of(table)
    order = complete_order(table, ())
    last: UUID | None = None
    while True:
        cursor = Cursor((last,)) if last else None
        page = await repository.page(PageRequest(order, ROWS_PER_PAGE, cursor=cursor))
        for row in page.rows:
            yield row
        if not page.has_next:
            return
        last = page.rows[-1]["id"]


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise ExportRefused(f"{folder} is not empty: name a new folder.")


@contextmanager
def _fresh(path: Path) -> Iterator[BinaryIO]:
    """A new file that its owner alone may read, on disk when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=1024 * 1024) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
