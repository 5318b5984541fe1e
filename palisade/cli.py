"""The command line."""

import asyncio
import os
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from auth.directory import DirectoryKind
from auth.scopes import Role
from migrations.runner import make_revision
from models.registry import import_package, load_catalog
from palisade.app import installed_service, make_app
from palisade.doctor_command import check_safe, doctor
from palisade.embedded import held
from palisade.installation import Installation, installation, is_embedded
from palisade.inventory import keep_inventories
from palisade.issuers import development_issuer
from palisade.logs import LOGGED_TOGETHER, configure_logs
from palisade.organisation_commands import orgs
from palisade.preparation import (
    KEY_OVERLAP,
    NotReady,
    check_ready,
    database_of,
    migrate_installation,
    rotate_context_key,
)
from palisade.prove_command import add_prove_command
from palisade.psql import PsqlRole, run_psql
from palisade.serving import bound_socket, serve_here, serve_in_workers, url_of
from palisade.settings import SettingsError, read_settings
from palisade.terminal import DataDir, Models, plainly, say, settings_of
from palisade.transfer_commands import add_transfer_commands
from schema.build import build_schema

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="One GraphQL endpoint for many organisations, and no way across.",
    epilog="Settings come from the environment, as PALISADE_DATABASE_URL; see the README.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cli.add_typer(orgs, name="org")
cli.command()(doctor)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8000,
    data_dir: DataDir = None,
    json: Annotated[
        bool, typer.Option("--json", help="One line of JSON once it is ready.")
    ] = False,
    orgs: Annotated[
        int, typer.Option(min=2, help="acme, globex, and generated ones from the third on.")
    ] = 2,
    scale: Annotated[
        int, typer.Option(min=1, help="How many times as much each generated one has.")
    ] = 1,
    seed: Annotated[int, typer.Option(help="Another seed makes other data.")] = 1,
) -> None:
    """Serve organisations, acme and globex first, with tokens and queries to try."""
    from palisade.demo import Extent, run_demo

    with plainly():
        settings = read_settings(data_dir=data_dir or Path(".palisade/demo"))
        run_demo(settings, Extent(orgs, scale, seed), port=port, as_json=json)


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes any.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.")] = None,
    data_dir: DataDir = None,
    models: Models = None,
    allow_unsafe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="Serve although `palisade doctor` has an ERROR of this rule; can be repeated.",
        ),
    ] = None,
) -> None:
    """Serve the database at PALISADE_DATABASE_URL, or the embedded one."""
    with plainly():
        settings = settings_of(data_dir, models, host=host, port=port, workers=workers)
        alone = held(settings.data_dir) if is_embedded(settings) else nullcontext()
        with alone, installation(settings) as place:
            # What serves has no use for it, and what it starts shall not inherit it.
            os.environ.pop("PALISADE_OWNER_URL", None)
            asyncio.run(check_ready(place))
            configure_logs(together=LOGGED_TOGETHER)
            service = installed_service(place)
            asyncio.run(check_safe(place, allowed=allow_unsafe or ()))
            listener = bound_socket(settings.host, settings.port)
            url = f"{url_of(listener)}/graphql"
            if settings.workers == 1:
                app = make_app(service, cors_origins=settings.cors_origins)
                serve_here(app, listener, ready=lambda: say(f"Serving {url}"))
            else:
                say(f"Serving {url}")
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
    subject: Annotated[
        str | None, typer.Option(help="Who has it: the subject of a user, for row rules.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Allowed beside the role, as deal:all; can be given more than once."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a token of the development issuer."""
    with plainly():
        settings = settings_of(data_dir, None)
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
            return issuer.issue(
                org_id, role=role, subject=subject or f"{role}@{org}", scopes=scope or ()
            )

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
    with plainly():
        settings = settings_of(data_dir, models)
        with installation(settings) as place:
            if make is None:
                asyncio.run(migrate_installation(place, report=typer.echo))
                if place.keeps_inventories:
                    _tell_inventories(place)
                return
            url = place.require_owner_url()
            catalog = load_catalog(settings.models)
            path = asyncio.run(make_revision(url, catalog, settings.models, message=make))
            typer.echo(path or "The database has all that the models declare.")


@cli.command()
def inventory(models: Models = None, data_dir: DataDir = None) -> None:
    """Bring every organisation's datasets and fields in step with the models."""
    with plainly():
        settings = settings_of(data_dir, models)
        with installation(settings) as place:
            if place.worker_url is None:
                raise SettingsError(
                    "PALISADE_WORKER_URL is not set: it logs in as palisade_worker."
                )
            _tell_inventories(place)


def _tell_inventories(place: Installation) -> None:
    visited, changes = asyncio.run(keep_inventories(place))
    typer.echo(
        f"the inventories of {visited} organisations are in step: {changes.made} entries made, "
        f"{changes.changed} changed, {changes.gone} gone"
    )


@cli.command()
def schema(models: Models = None) -> None:
    """Print the GraphQL schema."""
    with plainly():
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
    with plainly(), installation(settings_of(data_dir, None)) as place:
        key = asyncio.run(rotate_context_key(place, overlap=timedelta(hours=overlap)))
        typer.echo(key.encode())


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
    with plainly(), installation(settings_of(data_dir, None)) as place:
        sys.exit(run_psql(place, role, org=org, arguments=context.args))


def _worker_environment(place: Installation) -> dict[str, str]:
    settings = place.settings
    return {
        "PALISADE_DATABASE_URL": place.app_url,
        "PALISADE_CONTEXT_KEY": place.context_key().encode(),
        "PALISADE_DATA_DIR": str(settings.data_dir),
        **({"PALISADE_WORKER_URL": place.worker_url} if place.worker_url else {}),
        **({"PALISADE_EXPORT_DIR": str(settings.export_dir)} if settings.export_dir else {}),
        "PALISADE_MODELS": " ".join(settings.models),
    }


add_transfer_commands(cli, orgs)
add_prove_command(cli)
