"""The commands on whole organisations: make, list, freeze, thaw, erase."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from models.organization import SLUG_PATTERN, OrganizationStatus
from palisade.installation import Installation, installation
from palisade.preparation import NotReady, check_ready, database_of
from palisade.settings import Settings, SettingsError
from palisade.terminal import DataDir, Models, plainly, say, settings_of
from perimeter.inventory import furnishing
from repository.actor import Actor
from repository.database import Database
from repository.erasure import Certificate
from repository.errors import Duplicate, NotFound, ValueRefused, WrongState
from repository.lifecycle import Lifecycle, Standing

_ACTOR = Actor("cli")

orgs = typer.Typer(no_args_is_help=True, help="Make, list, freeze, thaw and erase organisations.")

Slug = Annotated[str, typer.Argument(help="The organisation's slug.")]
Reason = Annotated[str | None, typer.Option(help="Why, for the record.")]


@orgs.command("create")
def create_org(
    slug: str,
    name: Annotated[str | None, typer.Option(help="Legal or trading name.")] = None,
    external_id: Annotated[
        str | None, typer.Option(help="What the tokens of PALISADE_ISSUER call it.")
    ] = None,
    data_dir: DataDir = None,
    models: Models = None,
) -> None:
    """Make an organisation, and print its id."""
    with plainly():
        settings = settings_of(data_dir, models)
        if external_id is not None and settings.issuer is None:
            raise SettingsError("PALISADE_ISSUER is not set: an external id is one of an issuer.")
        external = f"{settings.issuer} {external_id}" if external_id else None

        async def create(place: Installation) -> str:
            if place.embedded:
                await check_ready(place)
            database, connections = database_of(place, settings)
            await connections.open()
            try:
                row = await database.provision(
                    slug,
                    name=name or slug,
                    actor=_ACTOR,
                    external=external,
                    furnish=furnishing(database.catalog),
                )
            except Duplicate as error:
                taken = slug if error.columns == ("slug",) else external_id
                raise NotReady(f"There is an organisation {taken} already.") from error
            except ValueRefused as error:
                rule = f": it must match {SLUG_PATTERN}" if error.column == "slug" else ""
                raise NotReady(f"The {error.column or 'slug'} is refused{rule}.") from error
            finally:
                await connections.close()
            return str(row["id"])

        with installation(settings) as place:
            typer.echo(asyncio.run(create(place)))


@orgs.command("list")
def list_orgs(data_dir: DataDir = None) -> None:
    """Print the id and the slug of every organisation, and its status unless it is active."""
    with plainly():
        settings = settings_of(data_dir, None)

        async def rows(place: Installation) -> list[str]:
            async with _as_worker(place, settings) as database:
                table = database.catalog.tables["Organization"]
                found = []
                async for org_id in database.organisations(reason="palisade org list"):
                    row = await database.of(org_id, _ACTOR).of(table).get(org_id.value)
                    words = [str(org_id), row["slug"]]
                    if row["status"] != OrganizationStatus.ACTIVE:
                        words.append(row["status"])
                    found.append(" ".join(words))
                return found

        with installation(settings) as place:
            for line in asyncio.run(rows(place)):
                typer.echo(line)


@orgs.command("freeze")
def freeze_org(slug: Slug, reason: Reason = None, data_dir: DataDir = None) -> None:
    """Let nobody change anything of an organisation, and no integration in; people may read."""

    async def freeze(place: Installation, settings: Settings) -> None:
        async with _as_worker(place, settings) as database, _named(slug):
            _tell(await Lifecycle(database, _ACTOR).freeze(slug, reason=reason))

    with plainly():
        settings = settings_of(data_dir, None)
        with installation(settings) as place:
            asyncio.run(freeze(place, settings))


@orgs.command("thaw")
def thaw_org(slug: Slug, reason: Reason = None, data_dir: DataDir = None) -> None:
    """Let a frozen organisation be changed again, and its integrations in."""

    async def thaw(place: Installation, settings: Settings) -> None:
        async with _as_worker(place, settings) as database, _named(slug):
            _tell(await Lifecycle(database, _ACTOR).thaw(slug, reason=reason))

    with plainly():
        settings = settings_of(data_dir, None)
        with installation(settings) as place:
            asyncio.run(thaw(place, settings))


@orgs.command("erase")
def erase_org(
    slug: Slug,
    confirm: Annotated[str, typer.Option(metavar="SLUG", help="The slug again: it is for good.")],
    certificate: Annotated[
        Path | None, typer.Option(help="Write the certificate there as well.")
    ] = None,
    reason: Reason = None,
    data_dir: DataDir = None,
    models: Models = None,
) -> None:
    """Delete an organisation and all its records for good, and print the certificate of it.

    Interrupted and run again, it goes on. Of an organisation that is erased already it prints the
    certificate again.
    """

    async def erase(place: Installation, settings: Settings) -> Certificate:
        total = 0
        async with _as_worker(place, settings) as database, _named(slug):
            with Console(stderr=True).status(f"Erasing {slug} …") as status:

                def report(table: str, rows: int) -> None:
                    nonlocal total
                    total += rows
                    status.update(f"Erasing {slug}: {total:,} rows deleted, now of {table}")

                done = await Lifecycle(database, _ACTOR).erase(slug, reason=reason, report=report)
        assert done is not None, "its patience has no end"
        return done

    with plainly():
        if confirm != slug:
            raise NotReady(f"--confirm must be {slug}: nothing was erased.")
        settings = settings_of(data_dir, models)
        with installation(settings) as place:
            done = asyncio.run(erase(place, settings))
        if certificate is not None:
            try:
                certificate.write_text(f"{done.text}\n")
            except OSError as error:
                raise NotReady(
                    f"{slug} is erased, and {certificate} can't be written: {error.strerror}; "
                    f"run it again to another file."
                ) from error
        typer.echo(done.text)


@asynccontextmanager
async def _as_worker(place: Installation, settings: Settings) -> AsyncIterator[Database]:
    """The database under the worker role, which may do more than serve.

    Raises: SettingsError.
    """
    if place.worker_url is None:
        raise SettingsError("PALISADE_WORKER_URL is not set: it logs in as palisade_worker.")
    database, connections = database_of(place, settings, url=place.worker_url)
    await connections.open()
    try:
        yield database
    finally:
        await connections.close()


@asynccontextmanager
async def _named(slug: str) -> AsyncIterator[None]:
    """What can be wrong with the organisation, said with its slug."""
    try:
        yield
    except NotFound as error:
        raise NotReady(
            f"There is no organisation {slug}: `palisade org list` shows them."
        ) from error
    except WrongState as error:
        raise NotReady(f"{slug} is {error.state}, which does not allow this.") from error


def _tell(standing: Standing) -> None:
    typer.echo(f"{standing.slug} {standing.status}")
    if not standing.settled:
        say("Transactions that began before have not ended yet: they may still change something.")
