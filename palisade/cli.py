"""The command line."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from auth.directory import DirectoryKind
from auth.errors import IssuerConfigurationError
from auth.scopes import Role
from migrations.runner import MigrationError, make_revision
from models.organization import SLUG_PATTERN
from models.registry import import_package, load_catalog
from models.rules import ModelError
from palisade.app import installed_service, make_app
from palisade.embedded import DataDirectoryError, held
from palisade.installation import Installation, installation, is_embedded
from palisade.issuers import development_issuer
from palisade.logs import LOGGED_TOGETHER, configure_logs
from palisade.preparation import (
    KEY_OVERLAP,
    NotReady,
    check_ready,
    database_of,
    migrate_installation,
    rotate_context_key,
)
from palisade.psql import PsqlRole, run_psql
from palisade.serving import StartError, bound_socket, serve_here, serve_in_workers, url_of
from palisade.settings import Settings, SettingsError, read_settings
from palisade.transfer_commands import add_transfer_commands
from repository.actor import Actor
from repository.context import ContextKeyError
from repository.errors import Duplicate, RepositoryError, ValueRefused
from schema.build import build_schema

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="One GraphQL endpoint for many organisations, and no way across.",
    epilog="Settings come from the environment, as PALISADE_DATABASE_URL; see the README.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
orgs = typer.Typer(no_args_is_help=True, help="Make and list organisations.")
cli.add_typer(orgs, name="org")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the embedded database and the keys lie."),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--models", help="A package of own models; can be given more than once."),
]

# Each of these has a message of one plain sentence.
_EXPECTED = (
    ContextKeyError,
    DataDirectoryError,
    IssuerConfigurationError,
    MigrationError,
    ModelError,
    NotReady,
    RepositoryError,
    SettingsError,
    StartError,
)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8000,
    data_dir: DataDir = None,
    json: Annotated[
        bool, typer.Option("--json", help="One line of JSON once it is ready.")
    ] = False,
) -> None:
    """Serve two organisations, acme and globex, with tokens and queries to try."""
    from palisade.demo import run_demo

    with _plainly():
        settings = read_settings(data_dir=data_dir or Path(".palisade/demo"))
        run_demo(settings, port=port, as_json=json)


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes any.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.")] = None,
    data_dir: DataDir = None,
    models: Models = None,
) -> None:
    """Serve the database at PALISADE_DATABASE_URL, or the embedded one."""
    with _plainly():
        settings = _settings(data_dir, models, host=host, port=port, workers=workers)
        alone = held(settings.data_dir) if is_embedded(settings) else nullcontext()
        with alone, installation(settings) as place:
            asyncio.run(check_ready(place))
            configure_logs(together=LOGGED_TOGETHER)
            service = installed_service(place)
            listener = bound_socket(settings.host, settings.port)
            url = f"{url_of(listener)}/graphql"
            if settings.workers == 1:
                app = make_app(service, cors_origins=settings.cors_origins)
                serve_here(app, listener, ready=lambda: _say(f"Serving {url}"))
            else:
                _say(f"Serving {url}")
                serve_in_workers(
                    "palisade.app:worker_app",
                    listener,
                    workers=settings.workers,
                    environment=_worker_environment(place),
                )


@cli.command()
def token(
    org: Annotated[str, typer.Option(help="The organisation's slug.")],
    role: Annotated[Role, typer.Option(help="What the token allows.")] = Role.viewer,
    data_dir: DataDir = None,
) -> None:
    """Print a token of the development issuer."""
    with _plainly():
        settings = _settings(data_dir, None)
        issuer = development_issuer(settings)

        async def find(place: Installation) -> str:
            database, connections = database_of(place, settings)
            await connections.open()
            try:
                org_id = await database.find_org(DirectoryKind.slug, org)
            finally:
                await connections.close()
            if org_id is None:
                raise NotReady(f"There is no organisation {org}: `palisade org list` shows them.")
            return issuer.issue(org_id, role=role, subject=f"{role}@{org}")

        with installation(settings) as place:
            typer.echo(asyncio.run(find(place)))


@cli.command()
def migrate(
    models: Models = None,
    make: Annotated[
        str | None,
        typer.Option(metavar="MESSAGE", help="Write a revision for the models' changes instead."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Bring the database to what the models declare."""
    with _plainly():
        settings = _settings(data_dir, models)
        with installation(settings) as place:
            if make is None:
                asyncio.run(migrate_installation(place, report=typer.echo))
                return
            url = place.require_owner_url()
            catalog = load_catalog(settings.models)
            path = asyncio.run(make_revision(url, catalog, settings.models, message=make))
            typer.echo(path or "The database has all that the models declare.")


@cli.command()
def schema(models: Models = None) -> None:
    """Print the GraphQL schema."""
    with _plainly():
        names = tuple(models or ())
        built = build_schema(load_catalog(names), [import_package(name) for name in names])
        typer.echo(built.as_str())


@cli.command("rotate-context-key")
def rotate(
    overlap: Annotated[
        float, typer.Option(metavar="HOURS", help="How long the present keys stay valid.")
    ] = KEY_OVERLAP / timedelta(hours=1),
    data_dir: DataDir = None,
) -> None:
    """Make a new key for the organisation context, and print it for PALISADE_CONTEXT_KEY."""
    with _plainly(), installation(_settings(data_dir, None)) as place:
        key = asyncio.run(rotate_context_key(place, overlap=timedelta(hours=overlap)))
        typer.echo(key.encode())


@orgs.command("create")
def create_org(
    slug: str,
    name: Annotated[str | None, typer.Option(help="Legal or trading name.")] = None,
    external_id: Annotated[
        str | None, typer.Option(help="What the tokens of PALISADE_ISSUER call it.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an organisation, and print its id."""
    with _plainly():
        settings = _settings(data_dir, None)
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
                    slug, name=name or slug, actor=Actor("cli"), external=external
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
    """Print the id and the slug of every organisation."""
    with _plainly():
        settings = _settings(data_dir, None)

        async def rows(place: Installation) -> list[str]:
            if place.worker_url is None:
                raise SettingsError(
                    "PALISADE_WORKER_URL is not set: it logs in as palisade_worker."
                )
            database, connections = database_of(place, settings, url=place.worker_url)
            await connections.open()
            table = database.catalog.tables["Organization"]
            try:
                return [
                    f"{org_id} {row['slug']}"
                    async for org_id in database.organisations(reason="palisade org list")
                    for row in [await database.of(org_id, Actor("cli")).of(table).get(org_id.value)]
                ]
            finally:
                await connections.close()

        with installation(settings) as place:
            for line in asyncio.run(rows(place)):
                typer.echo(line)


@cli.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def psql(
    context: typer.Context,
    role: Annotated[PsqlRole, typer.Option("--as", help="Whose eyes to look with.")] = PsqlRole.app,
    org: Annotated[
        str | None, typer.Option(help="Enter this organisation's context, for five minutes.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Open psql; what follows -- goes to it. As app one sees nothing without an organisation."""
    with _plainly(), installation(_settings(data_dir, None)) as place:
        sys.exit(run_psql(place, role, org=org, arguments=context.args))


def _settings(data_dir: Path | None, models: list[str] | None, **overrides: object) -> Settings:
    return read_settings(
        data_dir=data_dir, models=" ".join(models) if models else None, **overrides
    )


def _worker_environment(place: Installation) -> dict[str, str]:
    settings = place.settings
    return {
        "PALISADE_DATABASE_URL": place.app_url,
        "PALISADE_CONTEXT_KEY": place.context_key().encode(),
        "PALISADE_DATA_DIR": str(settings.data_dir),
        "PALISADE_MODELS": " ".join(settings.models),
    }


@contextmanager
def _plainly() -> Iterator[None]:
    """What was foreseen is told in one sentence, with exit code 1; logs go to standard error.

    SIGTERM interrupts like Ctrl-C, so that an embedded database is stopped on the way out.
    """
    configure_logs()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except _EXPECTED as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(f"The database refuses this: {str(error.orig).splitlines()[0]}.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> None:
    # As a signal and not as an exception: asyncio ends its work in order on SIGINT alone.
    signal.raise_signal(signal.SIGINT)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(1)


def _say(line: str) -> None:
    typer.echo(line, err=True)


add_transfer_commands(cli, plainly=_plainly, read_settings=_settings)
