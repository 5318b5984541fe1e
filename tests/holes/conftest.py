"""Two organisations with records of every type, in a database that each fault may have for itself."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from assurance.prove.records import insert
from auth.development import DevelopmentIssuer
from auth.organization import mint_org_id
from models.describe import Catalog
from models.registry import import_package
from palisade.service import Service, make_service
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.roles import database_statements
from schema.build import build_schema
from tests.conftest import ACTOR, Urls
from tests.holes.scene import Party
from tests.holes.service import SERVICE_HOLES
from tests.holes.staging import Staging
from tests.isolation.conftest import OWN_MODELS, catalog, prepare, urls

__all__ = ["catalog", "prepare", "urls"]

Copy = Callable[[], AbstractContextManager[Urls]]


@pytest.fixture(scope="session")
def parties(urls: Urls, catalog: Catalog, context_key: ContextKey) -> tuple[Party, Party]:
    """The attacker and the victim."""
    return asyncio.run(_furnish(urls, catalog, context_key))


async def _furnish(urls: Urls, catalog: Catalog, key: ContextKey) -> tuple[Party, Party]:
    connections = Connections(urls.app, size=1)
    await connections.open()
    try:
        database = Database(catalog, connections, ContextSigner(key))
        made = []
        for _ in range(2):
            mark = uuid4().hex[:12]
            row = await database.provision(f"org-{mark}", name=mark, actor=ACTOR)
            await insert(database.of(mint_org_id(row["id"]), ACTOR), catalog, mark)
            made.append(Party(row["id"], f"org-{mark}", mark))
    finally:
        await connections.close()
    root = await asyncpg.connect(urls.superuser)
    try:
        # So that files and samples hold what the tables hold.
        await root.execute("CHECKPOINT")
        await root.execute("ANALYZE data.vendor")
    finally:
        await root.close()
    return made[0], made[1]


@pytest.fixture(scope="session")
def copy(urls: Urls, parties: tuple[Party, Party]) -> Copy:
    """Makes a database like the furnished one, gone again after its use."""

    @contextmanager
    def make() -> Iterator[Urls]:
        template, name = urlsplit(urls.superuser).path[1:], f"palisade_hole_{uuid4().hex[:12]}"
        asyncio.run(_execute(urls, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        made = urls.database(name)
        try:
            # What stands on the database itself is not copied.
            asyncio.run(_execute(made, *database_statements(name)))
            yield made
        finally:
            asyncio.run(_execute(urls, f'DROP DATABASE "{name}" WITH (FORCE)'))

    return make


@pytest.fixture(scope="session")
def staging(
    urls: Urls,
    context_key: ContextKey,
    issuer: DevelopmentIssuer,
    parties: tuple[Party, Party],
    tmp_path_factory: pytest.TempPathFactory,
) -> Staging:
    """Where faults of the service are planted."""
    return _staging(urls, context_key, issuer, parties, tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="session")
def attacked_staging(
    prepare: Callable[[], Urls],
    catalog: Catalog,
    context_key: ContextKey,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Staging:
    """The same on a database of its own, for whoever fills it with further organisations."""
    urls = prepare()
    parties = asyncio.run(_furnish(urls, catalog, context_key))
    return _staging(urls, context_key, issuer, parties, tmp_path_factory.mktemp("exports"))


def _staging(
    urls: Urls,
    context_key: ContextKey,
    issuer: DevelopmentIssuer,
    parties: tuple[Party, Party],
    exports: Path,
) -> Staging:
    @cache
    def made(extensions: tuple[str, ...]) -> Service:
        if extensions:
            packages = [import_package(name) for name in (*OWN_MODELS, *extensions)]
            service = made(())
            service = replace(service, schema=build_schema(service.catalog, packages))
        else:
            service = make_service(
                models=OWN_MODELS,
                app_url=urls.app,
                context_key=context_key,
                issuer=issuer.as_issuer(),
                connections=2,
            )
        return service

    # A schema takes longer to build than a test: one for all extensions together.
    everyone = tuple(name for hole in SERVICE_HOLES for name in hole.extensions)
    return Staging(
        urls,
        context_key,
        issuer,
        parties,
        exports,
        made,
        lambda extensions: made(everyone if extensions else ()),
    )


async def _execute(urls: Urls, *statements: str) -> None:
    root = await asyncpg.connect(urls.superuser)
    try:
        for statement in statements:
            await root.execute(statement)
    finally:
        await root.close()
