"""A real PostgreSQL for each test process, two fresh organisations for each test."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import structlog
from starlette.applications import Starlette

from auth.development import DevelopmentIssuer
from auth.organization import OrgId, mint_org_id
from auth.scopes import Role
from migrations.runner import migrate
from models.describe import Catalog
from models.registry import load_catalog
from palisade.app import make_app
from palisade.embedded import EmbeddedPostgres
from palisade.service import Service, connected, make_service
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.lifecycle import Lifecycle
from repository.repositories import Repositories
from repository.walls import APP, OWNER, WORKER, PolicyForm
from tests.proofs import unproven
from tests.witness.collector import WITNESS, watch
from tests.witness.court import verdict

_PASSED: set[str] = set()
# The organisations that were made through the product.
_MADE: list[UUID] = []

# Before any test opens a connection.
watch()

# Drawn by default, an exception with all of its variables takes seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough", action="store_true", help="run the tests that are marked thorough, too"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.thorough:
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _PASSED.add(report.nodeid.partition("[")[0])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run of all tests is one of all proofs: what the schema says is ENFORCED was tried."""
    config = session.config
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    narrowed = any(
        (
            config.option.keyword,
            config.option.markexpr,
            config.option.collectonly,
            config.getoption("lf", default=False),
        )
    )
    if hasattr(config, "workerinput") or not everything or narrowed or exitstatus != 0:
        return
    missing = unproven(_PASSED)
    if missing:
        print("\nENFORCED, and not proven in this run:", *missing, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


ACTOR = Actor("tester", "tests", "request")


@dataclass(frozen=True)
class Urls:
    """One database under each role; ``superuser`` makes further databases."""

    superuser: str
    owner: str
    app: str
    worker: str

    def database(self, name: str) -> "Urls":
        return Urls(
            *(
                _with(url, database=name)
                for url in (self.superuser, self.owner, self.app, self.worker)
            )
        )


@dataclass(frozen=True)
class Org:
    """An organisation of a test, with its repositories and a token for each role."""

    slug: str
    org_id: OrgId
    repositories: Repositories
    tokens: Mapping[str, str]

    @property
    def id(self) -> UUID:
        return self.org_id.value


Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def policy_form() -> PolicyForm:
    return PolicyForm(os.environ.get("PALISADE_TEST_POLICY", "subselect"))


@pytest.fixture(scope="session")
def server_urls() -> Iterator[Urls]:
    """A server of this test process; PALISADE_TEST_DATABASE_URL names another, as a superuser."""
    given = os.environ.get("PALISADE_TEST_DATABASE_URL")
    if given:
        yield Urls(given, *(_with(given, user=role) for role in (OWNER, APP, WORKER)))
        return
    with tempfile.TemporaryDirectory(prefix="palisade-test-") as folder:
        os.chmod(folder, 0o755)
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            yield Urls(
                server.url("postgres"), server.url(OWNER), server.url(APP), server.url(WORKER)
            )
        finally:
            server.stop()


@pytest.fixture(scope="session")
def make_database(server_urls: Urls, pytestconfig: pytest.Config) -> Iterator[Callable[[], Urls]]:
    """Makes empty databases, dropped at the end, when the witness has been heard on them."""
    made: list[str] = []

    def make() -> Urls:
        name = f"palisade_test_{uuid4().hex[:12]}"
        asyncio.run(_execute(server_urls.superuser, f'CREATE DATABASE "{name}"'))
        made.append(name)
        return server_urls.database(name)

    yield make
    databases = [server_urls.database(name) for name in made]
    failure = verdict(
        WITNESS,
        [(urls.superuser, urls.app, urls.worker) for urls in databases],
        organisations=len(_MADE),
        thorough=pytestconfig.option.thorough,
    )
    for name in made:
        asyncio.run(_execute(server_urls.superuser, f'DROP DATABASE "{name}" WITH (FORCE)'))
    if failure:
        pytest.fail(failure, pytrace=False)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def context_key() -> ContextKey:
    return ContextKey.generate()


@pytest.fixture(scope="session")
def urls(
    make_database: Callable[[], Urls],
    catalog: Catalog,
    context_key: ContextKey,
    policy_form: PolicyForm,
) -> Urls:
    """A migrated database that accepts the context key."""
    urls = make_database()

    async def prepare() -> None:
        await migrate(urls.superuser, catalog, form=policy_form)
        from datetime import timedelta

        await install_context_key(urls.superuser, context_key, overlap=timedelta(hours=1))

    asyncio.run(prepare())
    return urls


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="session")
def signer(context_key: ContextKey) -> ContextSigner:
    return ContextSigner(context_key)


@pytest.fixture(scope="session")
def built_service(urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer) -> Service:
    """A service that is not connected; building its schema takes longer than most tests."""
    return make_service(
        models=(),
        app_url=urls.app,
        context_key=context_key,
        issuer=issuer.as_issuer(),
        connections=4,
    )


@pytest.fixture
async def service(built_service: Service) -> AsyncIterator[Service]:
    async with connected(built_service):
        yield built_service


@pytest.fixture
def database(service: Service) -> Database:
    return service.database


@pytest.fixture
async def lifecycle(
    urls: Urls, catalog: Catalog, signer: ContextSigner
) -> AsyncIterator[Lifecycle]:
    connections = Connections(urls.worker, size=3)
    await connections.open()
    try:
        yield Lifecycle(
            Database(catalog, connections, signer), Actor("operator", "tests", "request")
        )
    finally:
        await connections.close()


@pytest.fixture
def make_org(database: Database, issuer: DevelopmentIssuer) -> Callable[[], Awaitable[Org]]:
    """Provisions an organisation with a slug that no other test has."""

    async def make() -> Org:
        slug = f"org-{uuid4().hex[:12]}"
        row = await database.provision(slug, name=f"Organisation {slug}", actor=ACTOR)
        _MADE.append(row["id"])
        org_id = mint_org_id(row["id"])
        tokens = {
            role.value: issuer.issue(org_id.value, role=role, subject=f"{role}@{slug}")
            for role in Role
        }
        return Org(slug, org_id, database.of(org_id, ACTOR), tokens)

    return make


@pytest.fixture
async def org(make_org: Callable[[], Awaitable[Org]]) -> Org:
    return await make_org()


@pytest.fixture
async def other_org(make_org: Callable[[], Awaitable[Org]]) -> Org:
    return await make_org()


@pytest.fixture
def app(service: Service) -> Starlette:
    return make_app(service)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://palisade.test") as made:
        yield made


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """Sends an operation as an organisation and answers the whole JSON response."""

    async def ask(
        org: Org, query: str, variables: Mapping[str, Any] | None = None, *, role: str = "admin"
    ) -> dict[str, Any]:
        response = await client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {org.tokens[role]}"},
        )
        answer: dict[str, Any] = response.json()
        return answer

    return ask


@pytest.fixture
async def app_connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection as the application role, for attacks on the database itself."""
    connection = await asyncpg.connect(urls.app)
    # Asking for a type, the driver would turn JIT off with set_config, which the role may not call.
    connection._server_caps = connection._server_caps._replace(jit=False)
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _with(url: str, *, user: str | None = None, database: str | None = None) -> str:
    parts = urlsplit(url)
    netloc, path = parts.netloc, parts.path
    if user is not None:
        netloc = f"{user}@{netloc.rsplit('@', 1)[-1]}"
    if database is not None:
        path = f"/{database}"
    return urlunsplit((parts.scheme, netloc, path, parts.query, parts.fragment))
