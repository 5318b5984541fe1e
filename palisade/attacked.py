"""A service made ready to be attacked: in this process, or in one of its own."""

import asyncio
import contextlib
import io
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
import structlog
from starlette.routing import Route

from assurance.prove.target import Target
from assurance.prove.transport import AppTransport
from assurance.prove.witness import Witness
from auth.development import DevelopmentIssuer
from migrations.runner import migrate, outdated
from models.registry import load_catalog
from palisade.app import Application, make_app
from palisade.embedded import EmbeddedPostgres
from palisade.logs import configure_logs
from palisade.preparation import NotReady
from palisade.service import Service, connected, make_service
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.walls import APP, WORKER
from schema.build import core_schema

_OVERLAP: Final = timedelta(hours=1)


@asynccontextmanager
async def attacked(
    service: Service,
    issuer: DevelopmentIssuer,
    *,
    witness_url: str,
    signer: ContextSigner | None = None,
) -> AsyncIterator[Target]:
    """A service in this process, not yet connected, as a target; its logs are caught meanwhile.

    ``witness_url``: whose eyes look beside the service, a superuser's, or with a ``signer`` any
    role's that row level security binds.
    """
    app = make_app(service)
    async with witnessed(service, witness_url, signer) as witness, connected(service):
        with caught_logs() as logs:
            yield Target(
                catalog=service.catalog,
                schema=core_schema(service.schema),
                transport=AppTransport(app),
                database=service.database,
                issuer=issuer,
                witness=witness,
                logs=logs,
                paths=paths_of(app),
                operators=service.worker is not None,
                export_dir=service.export_dir,
            )


@asynccontextmanager
async def scratch(models: tuple[str, ...]) -> AsyncIterator[Target]:
    """A service of these packages of models in this process, on a scratch database.

    Raises: ModelError, MigrationError, NotReady.
    """
    with TemporaryDirectory(prefix="palisade-prove-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  Root's server runs as somebody else.
        server = EmbeddedPostgres(Path(folder), durable=False)
        await asyncio.to_thread(server.start)
        try:
            key = ContextKey.generate()
            catalog = load_catalog(models)
            await migrate(server.url("postgres"), catalog, models)
            if reason := await outdated(server.url(APP), catalog, models):
                raise NotReady(reason)
            await install_context_key(server.url("postgres"), key, overlap=_OVERLAP)
            issuer = DevelopmentIssuer(Path(folder))
            service = make_service(
                models=models,
                app_url=server.url(APP),
                context_key=key,
                issuer=issuer.as_issuer(),
                connections=2,
                worker_url=server.url(WORKER),
            )
            async with attacked(service, issuer, witness_url=server.url("postgres")) as target:
                yield target
        finally:
            await asyncio.to_thread(server.stop)


@asynccontextmanager
async def witnessed(
    service: Service, url: str, signer: ContextSigner | None
) -> AsyncIterator[Witness]:
    """A connection beside the service."""
    connection: Any = await asyncpg.connect(url)
    try:
        yield Witness(connection, service.catalog, signer)
    finally:
        await connection.close()


def paths_of(app: Application) -> tuple[str, ...]:
    """What an application answers beside the endpoint."""
    return tuple(route.path for route in app.routes if isinstance(route, Route))


@contextlib.contextmanager
def caught_logs() -> Iterator[Callable[[], str]]:
    """All that the product logs, as it writes it, and the standard library's warnings.

    What is yielded tells the lines since it was asked last.
    """
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    with contextlib.redirect_stderr(text):
        configure_logs(level=logging.DEBUG)
    root.addHandler(handler)

    def lines() -> str:
        found = text.getvalue()
        text.seek(0)
        text.truncate()
        return found

    try:
        yield lines
    finally:
        root.removeHandler(handler)
        structlog.reset_defaults()
