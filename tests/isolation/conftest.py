"""The attacked service: the product's models, own ones of every kind, and any others that are named.

``PALISADE_TEST_MODELS`` names further packages of models, separated by commas: they are attacked
as well.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auth.development import DevelopmentIssuer
from auth.tokens import TokenVerifier
from migrations.runner import build, migrate
from models.describe import Catalog
from models.registry import load_catalog
from palisade.service import Service, connected, make_service
from perimeter.documents import Documents
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.walls import PolicyForm
from resolvers.execute import Operations
from schema.build import core_schema
from tests.conftest import Urls

OWN_MODELS = (
    "tests.isolation.laboratory",
    "tests.rules.models",
    *filter(None, os.environ.get("PALISADE_TEST_MODELS", "").split(",")),
)

MakeService = Callable[[Urls], Service]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(OWN_MODELS)


@pytest.fixture(scope="session")
def prepare(
    make_database: Callable[[], Urls],
    catalog: Catalog,
    context_key: ContextKey,
    policy_form: PolicyForm,
) -> Callable[[], Urls]:
    """Makes databases with every table and wall."""

    async def fill(urls: Urls) -> None:
        await migrate(urls.superuser, load_catalog(), form=policy_form)
        await build(urls.superuser, catalog, form=policy_form)
        await install_context_key(urls.superuser, context_key, overlap=timedelta(hours=1))

    def make() -> Urls:
        urls = make_database()
        asyncio.run(fill(urls))
        return urls

    return make


@pytest.fixture(scope="session")
def urls(prepare: Callable[[], Urls]) -> Urls:
    return prepare()


@pytest.fixture(scope="session")
def make_attacked(
    context_key: ContextKey, issuer: DevelopmentIssuer, tmp_path_factory: pytest.TempPathFactory
) -> MakeService:
    """The service on a database, not yet connected. Its schema is built once for all of them."""
    built: list[Service] = []

    def make(urls: Urls) -> Service:
        if not built:
            built.append(
                make_service(
                    models=OWN_MODELS,
                    app_url=urls.app,
                    context_key=context_key,
                    issuer=issuer.as_issuer(),
                    connections=4,
                )
            )
        return _afresh(built[0], urls, context_key, issuer, tmp_path_factory.mktemp("exports"))

    return make


def _afresh(
    built: Service, urls: Urls, key: ContextKey, issuer: DevelopmentIssuer, exports: Path
) -> Service:
    """The same schema on this database; nothing that was compiled for another is kept."""
    catalog, core = built.catalog, core_schema(built.schema)
    pool = Connections(urls.app, size=4)
    worker_pool = Connections(urls.worker, size=2)
    database = Database(catalog, pool, ContextSigner(key))
    return replace(
        built,
        documents=Documents(core),
        operations=Operations(core, catalog),
        connections=pool,
        database=database,
        verifier=TokenVerifier(
            [issuer.as_issuer()], database, types=[table.type for table in catalog.exposed]
        ),
        worker=Database(catalog, worker_pool, ContextSigner(key)),
        worker_connections=worker_pool,
        export_dir=exports,
    )


@pytest.fixture(scope="session")
def unconnected(urls: Urls, make_attacked: MakeService) -> Service:
    """A service whose schema all tests share: it takes longer to build than a test."""
    return make_attacked(urls)


@pytest.fixture
async def service(unconnected: Service) -> AsyncIterator[Service]:
    async with connected(replace(unconnected, worker=None, worker_connections=None)) as made:
        yield made
