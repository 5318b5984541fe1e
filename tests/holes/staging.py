"""A service with a fault, served in this process to those who show what the fault gives away."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path

import httpx
import structlog

from assurance.prove.target import Target
from assurance.prove.transport import AppTransport
from auth.development import DevelopmentIssuer
from auth.scopes import Role
from auth.tokens import TokenVerifier
from palisade.app import make_app
from palisade.attacked import attacked
from palisade.logs import configure_logs
from palisade.service import Service, connected
from perimeter.documents import Documents
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from resolvers.execute import Operations
from schema.build import core_schema
from tests.conftest import Urls
from tests.holes.scene import Party
from tests.holes.serving.ground import Caller, Ground, ServiceHole, Stage, Wrap, unchanged


@dataclass(frozen=True)
class Staging:
    """What services are made of. ``built`` gives one by its extensions.

    ``shared`` gives one with a schema that has the extensions of all.
    """

    urls: Urls
    key: ContextKey
    issuer: DevelopmentIssuer
    parties: tuple[Party, Party]
    exports: Path
    built: Callable[[tuple[str, ...]], Service]
    shared: Callable[[tuple[str, ...]], Service]

    @asynccontextmanager
    async def planted(self, hole: ServiceHole) -> AsyncIterator[Stage]:
        """The stage of a service with the fault."""
        ground = Ground(self.urls.superuser)
        async with hole.plant(ground) as wrap, self.served(hole, wrap, hole.extensions) as stage:
            yield stage

    @asynccontextmanager
    async def served(
        self, hole: ServiceHole, wrap: Wrap = unchanged, extensions: tuple[str, ...] = ()
    ) -> AsyncIterator[Stage]:
        """The stage of a service as the hole needs it; without its fault, unless it is planted."""
        async with AsyncExitStack() as stack:
            logs = stack.enter_context(_logged())
            service = self._fresh(self.shared(extensions), compiled=hole.compiled)
            await stack.enter_async_context(connected(service))
            root = await stack.enter_async_context(Ground(self.urls.superuser).root())
            transport = httpx.ASGITransport(app=wrap(make_app(service)))
            client = httpx.AsyncClient(transport=transport, base_url="http://palisade.test")
            await stack.enter_async_context(client)
            attacker, victim = map(self._caller, self.parties)
            yield Stage(
                client,
                attacker=attacker,
                victim=victim,
                operator=self.issuer.issue_operator(subject="operator"),
                root=root,
                logs=logs,
                exports=self.exports,
                database=service.database,
                issue=self._issue,
            )

    @asynccontextmanager
    async def target(self, hole: ServiceHole, *, planted: bool) -> AsyncIterator[Target]:
        """The service as the hole needs it, with the fault or without, to be attacked."""
        ground = Ground(self.urls.superuser)
        async with AsyncExitStack() as stack:
            wrap: Wrap = unchanged
            extensions: tuple[str, ...] = ()
            if planted:
                wrap = await stack.enter_async_context(hole.plant(ground))
                extensions = hole.extensions
            service = self._fresh(self.built(extensions), compiled=hole.compiled)
            made = attacked(service, self.issuer, witness_url=self.urls.superuser)
            target = await stack.enter_async_context(made)
            yield replace(target, transport=AppTransport(wrap(make_app(service))))

    def _fresh(self, built: Service, *, compiled: bool) -> Service:
        """A service whose caches are empty and whose pools are its own."""
        core = core_schema(built.schema)
        connections, workers = (
            Connections(url, size=2) for url in (self.urls.app, self.urls.worker)
        )
        signer = ContextSigner(self.key)
        database = Database(built.catalog, connections, signer)
        types = [table.type for table in built.catalog.exposed]
        return replace(
            built,
            documents=Documents(core),
            operations=Operations(core, built.catalog, compiled=compiled),
            connections=connections,
            database=database,
            worker=Database(built.catalog, workers, signer),
            worker_connections=workers,
            verifier=TokenVerifier([self.issuer.as_issuer()], database, types=types),
            export_dir=self.exports,
        )

    def _caller(self, party: Party) -> Caller:
        caller = Caller(party.org_id, party.slug, party.mark, "")
        return replace(caller, token=self._issue(caller, timedelta(hours=1)))

    def _issue(self, caller: Caller, lifetime: timedelta) -> str:
        issue = partial(self.issuer.issue, caller.org_id, role=Role.admin, lifetime=lifetime)
        return issue(subject=f"admin@{caller.slug}")


@contextlib.contextmanager
def _logged() -> Iterator[StringIO]:
    """All that the product logs, as it writes it."""
    text = StringIO()
    with contextlib.redirect_stderr(text):
        configure_logs(level=logging.DEBUG)
    try:
        yield text
    finally:
        structlog.reset_defaults()
