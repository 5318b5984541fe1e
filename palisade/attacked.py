"""A service made ready to be attacked: in this process, or in one of its own."""

import contextlib
import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from starlette.routing import Route

from assurance.prove.target import Target
from assurance.prove.transport import AppTransport
from assurance.prove.witness import Witness
from auth.development import DevelopmentIssuer
from palisade.app import Application, make_app
from palisade.logs import configure_logs
from palisade.service import Service, connected
from repository.context import ContextSigner
from schema.build import core_schema


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
