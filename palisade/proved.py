"""A service started to be attacked, on a scratch database or on the one that is configured."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from assurance.prove.connections import HttpTransport
from assurance.prove.proving import Plan, Tell, prove
from assurance.prove.report import Report
from assurance.prove.target import Target
from palisade.app import installed_service, make_app
from palisade.attacked import paths_of, witnessed
from palisade.embedded import EmbeddedPostgres
from palisade.installation import Installation, is_embedded
from palisade.issuers import development_issuer
from palisade.preparation import check_ready, database_of
from palisade.serving import StartError
from palisade.settings import Settings, SettingsError
from repository.actor import Actor
from repository.context import ContextSigner
from repository.errors import NotFound
from repository.lifecycle import Lifecycle
from repository.walls import APP, WORKER
from schema.build import core_schema

LOG_FILE: Final = "service.log"
_ACTOR: Final = Actor("palisade-prove", "palisade-prove", "prove")
# Tokens are prove's own: whatever issuer is configured, the service under attack trusts this one.
_OWN_ISSUER: Final = {
    "issuer": None,
    "jwks": None,
    "audience": "palisade",
    "org_claim": "org_id",
    "org_ids": "internal",
    "token_type": "at+jwt",
    "workers": 1,
}


async def prove_installation(place: Installation, plan: Plan, *, tell: Tell) -> Report:
    """Starts a service on the installation, attacks it, and leaves nothing behind.

    Raises: NotReady, StartError, SettingsError.
    """
    await check_ready(place)
    made: list[str] = []
    try:
        async with _target(place) as target:
            return await prove(target, plan, tell=tell, made=made.append)
    finally:
        if place.embedded is None:
            await _erase(place, made)


@contextmanager
def proved_installation(settings: Settings) -> Iterator[Installation]:
    """A scratch installation, or where a database is configured, that one with own tokens.

    Raises: SettingsError, DataDirectoryError, MigrationError.
    """
    if not is_embedded(settings) and (settings.database_url is None or settings.worker_url is None):
        raise SettingsError(
            "prove needs PALISADE_DATABASE_URL and PALISADE_WORKER_URL, which erases what it made, "
            "or none of both for a scratch database: nothing was written."
        )
    with tempfile.TemporaryDirectory(prefix="palisade-prove-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  Root's server runs as somebody else.
        data_dir = Path(folder)
        exports = data_dir / "exports"
        exports.mkdir()
        own = {**_OWN_ISSUER, "data_dir": data_dir, "export_dir": exports}
        settings = settings.model_copy(update=own)
        if not is_embedded(settings):
            yield Installation(settings, settings.database_url, None, settings.worker_url, None)
            return
        server = EmbeddedPostgres(data_dir, durable=False)
        server.start()
        try:
            yield Installation(
                settings,
                known_app_url=server.url(APP),
                owner_url=server.url("postgres"),
                worker_url=server.url(WORKER),
                embedded=server,
            )
        finally:
            server.stop()


@asynccontextmanager
async def _target(place: Installation) -> AsyncIterator[Target]:
    issuer = development_issuer(place.settings)
    service = installed_service(place)
    signer = ContextSigner(place.context_key())
    witness_url = place.owner_url if place.embedded else place.app_url
    assert witness_url is not None
    database, connections = database_of(place, place.settings)
    with _serving(place) as (url, log):
        await connections.open()
        try:
            async with (
                witnessed(service, witness_url, None if place.embedded else signer) as witness,
                HttpTransport(url) as transport,
            ):
                yield Target(
                    catalog=service.catalog,
                    schema=core_schema(service.schema),
                    transport=transport,
                    database=database,
                    issuer=issuer,
                    witness=witness,
                    logs=_lines_of(log),
                    paths=paths_of(make_app(service)),
                    export_dir=place.settings.export_dir,
                )
        finally:
            await connections.close()


@contextmanager
def _serving(place: Installation) -> Iterator[tuple[str, Path]]:
    """The URL of a server in a process of its own, and the file of its log."""
    log = place.settings.data_dir / LOG_FILE
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "palisade.attacked_server"],
            stdout=subprocess.PIPE,
            stderr=file,
            env=_environment(place),
            text=True,
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                (*_, last) = log.read_text().splitlines() or ["it said nothing."]
                raise StartError(f"The service to attack did not start: {last}")
            yield url, log
        finally:
            process.terminate()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _environment(place: Installation) -> dict[str, str]:
    """This process's, with the settings of the installation in place of all others."""
    settings = place.settings
    assert place.worker_url is not None
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PALISADE_")}
    return {
        **kept,
        "PALISADE_DATABASE_URL": place.app_url,
        "PALISADE_WORKER_URL": place.worker_url,
        "PALISADE_CONTEXT_KEY": place.context_key().encode(),
        "PALISADE_DATA_DIR": str(settings.data_dir),
        "PALISADE_EXPORT_DIR": str(settings.export_dir),
        "PALISADE_MODELS": " ".join(settings.models),
        "PALISADE_CONNECTIONS": str(settings.connections),
        "PALISADE_COMPILED_READS": str(settings.compiled_reads),
        # Packages of models may lie where only this process looks.
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def _lines_of(log: Path) -> Callable[[], str]:
    """What was added to a file since it was asked last."""
    place = 0

    def lines() -> str:
        nonlocal place
        with log.open("rb") as file:
            file.seek(place)
            found = file.read()
        place += len(found)
        return found.decode(errors="replace")

    return lines


async def _erase(place: Installation, slugs: list[str]) -> None:
    """All that was made, with everything in it."""
    database, connections = database_of(place, place.settings, url=place.worker_url)
    await connections.open()
    try:
        lifecycle = Lifecycle(database, _ACTOR)
        for slug in slugs:
            try:
                await lifecycle.erase(slug, reason="palisade prove is done")
            except NotFound:
                continue
    finally:
        await connections.close()
