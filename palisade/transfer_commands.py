"""The commands that bring an organisation's records in and out as files."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import orjson
import typer

from auth.organization import OrgId
from jobs.transfer.exporting import ExportRefused, Manifest, export
from jobs.transfer.formats import Format
from jobs.transfer.granting import GrantImport
from jobs.transfer.importing import Import, Mode
from jobs.transfer.progress import told_progress
from jobs.transfer.report import Ending, Report
from jobs.transfer.sources import find_sources
from palisade.installation import Installation, installation
from palisade.preparation import NotReady, check_bound, check_ready, database_of
from palisade.terminal import DataDir, Models, plainly, settings_of
from repository.actor import Actor
from repository.database import Database
from repository.ids import new_request_id
from repository.loading import LARGEST_PART

Answer = TypeVar("Answer")

OrgOption = Annotated[str, typer.Option("--org", help="The organisation's slug.")]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write all problems there, as JSON lines.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One line of JSON.")]


def add_transfer_commands(cli: typer.Typer, orgs: typer.Typer) -> None:
    """Adds import, export and import-grants, and to ``orgs`` their own export."""

    @cli.command("import")
    def import_(
        path: Annotated[Path, typer.Argument(help="A JSONL or CSV file, or a folder of them.")],
        org: OrgOption,
        type_name: Annotated[
            str | None, typer.Option("--type", help="What the records are; else the file's name.")
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Do all of it, and undo it at the end.")
        ] = False,
        all_or_nothing: Annotated[
            bool, typer.Option("--all-or-nothing", help="Store nothing where a row is refused.")
        ] = False,
        report_file: ReportOption = None,
        json: JsonOption = False,
        batch: Annotated[
            int, typer.Option(min=1, max=LARGEST_PART, help="Rows that are stored together.")
        ] = LARGEST_PART,
        data_dir: DataDir = None,
        models: Models = None,
    ) -> None:
        """Load records from files. Run again, it goes on where it was interrupted."""
        whole = Mode.ALL_OR_NOTHING if all_or_nothing else Mode.BATCHES
        mode = Mode.DRY_RUN if dry_run else whole
        with plainly(), installation(settings_of(data_dir, models)) as place:
            if not path.exists():
                raise NotReady(f"There is no file or folder {path}.")
            report = asyncio.run(
                _import(
                    place,
                    org,
                    path,
                    type_name=type_name,
                    mode=mode,
                    report_file=report_file,
                    batch=batch,
                )
            )
        _tell(report, as_json=json)
        raise SystemExit(report.exit_code)

    @cli.command("import-grants")
    def import_grants(
        path: Annotated[Path, typer.Argument(help="The list as CSV, with a header.")],
        org: OrgOption,
        report_file: ReportOption = None,
        json: JsonOption = False,
        data_dir: DataDir = None,
        models: Models = None,
    ) -> None:
        """Take in an identity provider's list of OAuth grants, and find unknown applications."""
        with plainly(), installation(settings_of(data_dir, models)) as place:
            if not path.is_file():
                raise NotReady(f"There is no file {path}.")
            report = asyncio.run(_import_grants(place, org, path, report_file=report_file))
        _tell(report, as_json=json)
        raise SystemExit(report.exit_code)

    @orgs.command("export", help="Write all records to files: `palisade export --org SLUG`.")
    def export_org(
        slug: Annotated[str, typer.Argument(help="The organisation's slug.")],
        folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
        format: Annotated[Format, typer.Option(help="How the files hold rows.")] = Format.jsonl,
        json: JsonOption = False,
        data_dir: DataDir = None,
        models: Models = None,
    ) -> None:
        export_(folder, slug, format, json, data_dir, models)

    @cli.command("export")
    def export_(
        folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
        org: OrgOption,
        format: Annotated[Format, typer.Option(help="How the files hold rows.")] = Format.jsonl,
        json: JsonOption = False,
        data_dir: DataDir = None,
        models: Models = None,
    ) -> None:
        """Write all records to files, with a manifest of counts and digests."""
        with plainly(), installation(settings_of(data_dir, models)) as place:
            manifest = asyncio.run(_export(place, org, folder, format=format))
        if json:
            typer.echo(orjson.dumps(manifest.as_json()))
            return
        for name, summary in manifest.types.items():
            typer.echo(f"{summary.count:>10} {name}")
        typer.echo(f"{manifest.digest} over what an import takes")


async def _import(
    place: Installation,
    org: str,
    path: Path,
    *,
    type_name: str | None,
    mode: Mode,
    report_file: Path | None,
    batch: int,
) -> Report:
    async def work(database: Database, org_id: OrgId) -> Report:
        sources, problems = find_sources(database.catalog, path, type_name)
        if not sources and not problems:
            raise NotReady(f"There is nothing to import in {path}.")
        with _written(report_file) as file, told_progress() as progress:
            report = Report(file)
            for problem in problems:
                report.add(problem)
            run = Import(
                database,
                org_id,
                Actor("cli", "palisade-import", new_request_id()),
                report=report,
                progress=progress,
                mode=mode,
                batch=batch,
            )
            await run.run(sources)
        return report

    return await _on(place, org, work, reason="palisade import")


async def _import_grants(
    place: Installation, org: str, path: Path, *, report_file: Path | None
) -> Report:
    async def work(database: Database, org_id: OrgId) -> Report:
        with _written(report_file) as file, told_progress() as progress:
            report = Report(file)
            actor = Actor("cli", "palisade-import-grants", new_request_id())
            run = GrantImport(database, org_id, actor, report=report, progress=progress)
            await run.run(path)
        return report

    return await _on(place, org, work, reason="palisade import-grants")


async def _export(place: Installation, org: str, folder: Path, *, format: Format) -> Manifest:
    async def work(database: Database, org_id: OrgId) -> Manifest:
        actor = Actor("cli", "palisade-export", new_request_id())
        with told_progress() as progress:
            return await export(
                database, org_id, actor, folder, slug=org, format=format, progress=progress
            )

    try:
        return await _on(place, org, work, reason="palisade export")
    except ExportRefused as error:
        raise NotReady(str(error)) from error


async def _on(
    place: Installation,
    org: str,
    work: Callable[[Database, OrgId], Awaitable[Answer]],
    *,
    reason: str,
) -> Answer:
    """What work on the organisation of a slug answers.

    Raises: NotReady.
    """
    await check_ready(place)
    await check_bound(place)
    database, connections = database_of(place, place.settings)
    await connections.open()
    try:
        org_id = await database.organisation(org, reason=reason)
        if org_id is None:
            raise NotReady(f"There is no organisation {org}: `palisade org list` shows them.")
        return await work(database, org_id)
    finally:
        await connections.close()


@contextmanager
def _written(path: Path | None) -> Iterator[BinaryIO | None]:
    """The file of a report, where one is wanted.

    Raises: NotReady.
    """
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise NotReady(f"{path} can't be written: {error.strerror}.") from error
    with file:
        yield file


_ENDINGS = {
    Ending.KEPT: "",
    Ending.REHEARSED: "This was a dry run: nothing is stored.",
    Ending.UNDONE: "Nothing is stored: a row was refused, and it was to be all or nothing.",
}


def _tell(report: Report, *, as_json: bool) -> None:
    """The counts on standard output, the problems on standard error."""
    if as_json:
        typer.echo(orjson.dumps(report.as_json()))
        return
    for problem in report.first:
        typer.echo(str(problem), err=True)
    if report.problems > len(report.first):
        rest = report.problems - len(report.first)
        typer.echo(f"… and {rest} more problems: --report writes all of them.", err=True)
    for name, counts in report.counts.items():
        line = f"{counts.created:>10} created {counts.already_there:>10} already there "
        line += f"{counts.refused:>10} refused  {name}"
        if counts.incomplete:
            line += f" ({counts.incomplete} without a reference)"
        typer.echo(line)
    if ending := _ENDINGS[report.ending]:
        typer.echo(ending)
