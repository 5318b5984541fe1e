"""What own tests need: a service on a database of its own, organisations, and who asks in them.

`serving` is the way in; examples/crm/tests shows the rest. Nothing here needs a test framework,
and tests are plain functions: the service runs while one of them waits for an answer.
"""

import asyncio
import os
from collections.abc import Collection, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import httpx

from auth.development import DevelopmentIssuer
from auth.scopes import Role
from migrations.runner import migrate, outdated
from models.registry import load_catalog
from palisade.app import ENDPOINT, make_app
from palisade.embedded import EmbeddedPostgres
from palisade.preparation import NotReady
from palisade.service import Service, connected, make_service
from repository.actor import Actor
from repository.context import ContextKey
from repository.context_keys import install_context_key
from repository.walls import APP

__all__ = ["Caller", "Organisation", "Refusal", "Trial", "serving"]

Result = TypeVar("Result")
Variables = Mapping[str, Any]

_ACTOR: Final = Actor("tests")
_CREATE_USER: Final = """
mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }
"""


@contextmanager
def serving(*models: str) -> Iterator["Trial"]:
    """A service of these packages of models, on an embedded database made by their revisions.

    It takes seconds to start and none to make an organisation: start one for all tests, and make
    organisations for each.
    Raises: ModelError, MigrationError, NotReady.
    """
    with TemporaryDirectory(prefix="palisade-test-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  Root's server runs as somebody else.
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            key = ContextKey.generate()
            issuer = DevelopmentIssuer(Path(folder))
            asyncio.run(_prepare(server, models, key))
            service = make_service(
                models=models,
                app_url=server.url(APP),
                context_key=key,
                issuer=issuer.as_issuer(),
                connections=4,
            )
            with _running(service) as (runner, client):
                yield Trial(service, issuer, runner, client)
        finally:
            server.stop()


@contextmanager
def _running(service: Service) -> Iterator[tuple[asyncio.Runner, httpx.AsyncClient]]:
    """The loop that the service is connected in, and a client of it."""
    transport = httpx.ASGITransport(app=make_app(service))
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        client = httpx.AsyncClient(transport=transport, base_url="http://palisade.test")
        try:
            runner.run(stack.enter_async_context(connected(service)))
            runner.run(stack.enter_async_context(client))
            yield runner, client
        finally:
            runner.run(stack.aclose())


async def _prepare(server: EmbeddedPostgres, models: tuple[str, ...], key: ContextKey) -> None:
    owner_url = server.url("postgres")
    catalog = load_catalog(models)
    await migrate(owner_url, catalog, models)
    if reason := await outdated(server.url(APP), catalog, models):
        raise NotReady(reason)
    await install_context_key(owner_url, key, overlap=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an operation was refused: its first error. ``field``: what the error is about."""

    code: str
    message: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever has a token. ``id``: of the person's record, where there is one."""

    token: str
    id: str | None
    _trial: "Trial" = field(repr=False)

    def ask(self, query: str, variables: Variables | None = None) -> Any:
        """The data that the service answers with.

        Raises: AssertionError, where there is an error.
        """
        answer = self._answer(query, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def refusal(self, query: str, variables: Variables | None = None) -> Refusal:
        """Why the service refuses the operation.

        Raises: AssertionError, where it doesn't.
        """
        answer = self._answer(query, variables)
        assert "errors" in answer, answer["data"]
        error = answer["errors"][0]
        extensions = error["extensions"]
        return Refusal(extensions["code"], error["message"], extensions.get("field"))

    def _answer(self, query: str, variables: Variables | None) -> Any:
        response = self._trial.run(
            self._trial.client.post(
                ENDPOINT,
                json={"query": query, "variables": variables},
                headers={"authorization": f"Bearer {self.token}"},
            )
        )
        return response.json()


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation that nobody else uses."""

    id: UUID
    slug: str
    _trial: "Trial" = field(repr=False)

    def caller(
        self, role: str, *, subject: str | None = None, scopes: Collection[str] = ()
    ) -> Caller:
        """Somebody with a token: viewer, editor or admin, with scopes such as ``deal:all``."""
        return self._caller(role, subject or f"{role}@{self.slug}", scopes=scopes, id=None)

    def person(
        self, name: str, *, role: str = Role.editor, manager: Caller | None = None
    ) -> Caller:
        """A new user, whom row rules know by the subject of the token."""
        subject = f"{name}@{self.slug}"
        values = {
            "name": name,
            "email": f"{subject}.example",
            "subject": subject,
            "managerId": manager.id if manager else None,
        }
        data = self.caller(Role.admin).ask(_CREATE_USER, {"input": values})
        return self._caller(role, subject, scopes=(), id=data["createUser"]["user"]["id"])

    def _caller(
        self, role: str, subject: str, *, scopes: Collection[str], id: str | None
    ) -> Caller:
        token = self._trial.issuer.issue(self.id, role=Role(role), subject=subject, scopes=scopes)
        return Caller(token, id, self._trial)


@dataclass(frozen=True, slots=True)
class Trial:
    """A running service."""

    service: Service
    issuer: DevelopmentIssuer
    runner: asyncio.Runner
    client: httpx.AsyncClient

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the work answers, done in the loop of the service."""
        return self.runner.run(work)

    def organisation(self) -> Organisation:
        """A new, empty organisation."""
        slug = f"org-{uuid4().hex[:12]}"
        row = self.run(self.service.database.provision(slug, name=slug, actor=_ACTOR))
        return Organisation(row["id"], slug, self)
