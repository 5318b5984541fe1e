"""The ASGI application: the endpoint, the console, and what a load balancer asks."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from palisade.console import Console
from palisade.endpoint import Endpoint
from palisade.installation import Installation
from palisade.issuers import trusted_issuer
from palisade.logs import LOGGED_TOGETHER, configure_logs
from palisade.service import Service, connected, make_service
from palisade.settings import read_settings
from repository.context import ContextKey
from repository.errors import RepositoryError

CONSOLE_BUILD: Final = Path(__file__).parent.parent / "console" / "dist"
READY_TIMEOUT_SECONDS: Final = 2
ENDPOINT: Final = "/graphql"

_log = structlog.get_logger(__name__)


class Application(Starlette):
    """Hands the endpoint's requests straight to it, and everything else to Starlette.

    With middleware, it stands before the endpoint too.
    """

    endpoint: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or runs the lifespan."""
        if scope["type"] == "http" and scope["path"] == ENDPOINT and not self.user_middleware:
            await self.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def make_app(
    service: Service,
    *,
    cors_origins: tuple[str, ...] = (),
    demo: Mapping[str, object] | None = None,
) -> Application:
    """The application of a service; it connects to the database when it starts."""
    console = Console(dist=CONSOLE_BUILD, sdl=service.schema.as_str, demo=demo)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with connected(service):
            # The schema is large and stays: no collection shall look through it again, which
            # takes some 100 ms of everybody's time.
            gc.collect()
            gc.freeze()
            yield
            gc.unfreeze()

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        try:
            async with asyncio.timeout(READY_TIMEOUT_SECONDS):
                await service.database.ready()
        except (RepositoryError, TimeoutError):
            return JSONResponse({"status": "unavailable"}, status_code=503)
        except Exception as error:
            # Such as a database that was restored empty.
            _log.error("not_ready", exc_info=error)
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def root(request: Request) -> RedirectResponse:
        return RedirectResponse(ENDPOINT)

    middleware = []
    if cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=cors_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type"],
                expose_headers=["x-request-id"],
                max_age=600,
            )
        )
    endpoint = Endpoint(service, console)
    app = Application(
        routes=[
            Route(ENDPOINT, endpoint),
            Route("/", root),
            Route("/health/live", live),
            Route("/health/ready", ready),
            *console.routes(),
        ],
        middleware=middleware,
        lifespan=lifespan,
    )
    app.endpoint = endpoint
    return app


def installed_service(installation: Installation) -> Service:
    """The service of an installation.

    Raises: ModelError, SettingsError, ContextKeyError, IssuerConfigurationError.
    """
    settings = installation.settings
    return make_service(
        models=settings.models,
        app_url=installation.app_url,
        context_key=installation.context_key(),
        issuer=trusted_issuer(settings),
        connections=settings.connections,
        cached_statements=settings.statement_cache,
        compiled_reads=settings.compiled_reads,
        worker_url=installation.worker_url,
        export_dir=settings.export_dir,
    )


def worker_app() -> Application:
    """The application of one of several worker processes, from the environment alone."""
    configure_logs(together=LOGGED_TOGETHER)
    settings = read_settings()
    assert settings.database_url is not None
    assert settings.context_key is not None
    service = make_service(
        models=settings.models,
        app_url=settings.database_url,
        context_key=ContextKey.parse(settings.context_key),
        issuer=trusted_issuer(settings),
        connections=settings.connections,
        cached_statements=settings.statement_cache,
        compiled_reads=settings.compiled_reads,
        worker_url=settings.worker_url,
        export_dir=settings.export_dir,
    )
    return make_app(service, cors_origins=settings.cors_origins)
