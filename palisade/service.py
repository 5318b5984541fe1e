"""What one process serves, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strawberry import Schema

from auth.issuers import Issuer
from auth.tokens import TokenVerifier
from models.describe import Catalog
from models.registry import import_package, load_catalog
from perimeter.access import AccessRules
from perimeter.documents import Documents
from repository.connections import CACHED_STATEMENTS, Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from resolvers.execute import Operations
from schema.build import build_schema, core_schema

WORKER_CONNECTIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a running service.

    ``worker`` and ``worker_connections``, the worker role's, are there where operators may freeze
    and erase organisations through the service; ``export_dir`` where they may export them.
    """

    catalog: Catalog
    schema: Schema
    documents: Documents
    operations: Operations
    rules: AccessRules
    connections: Connections
    database: Database
    verifier: TokenVerifier
    worker: Database | None = None
    worker_connections: Connections | None = None
    export_dir: Path | None = None


def make_service(
    *,
    models: tuple[str, ...],
    app_url: str,
    context_key: ContextKey,
    issuer: Issuer,
    connections: int,
    cached_statements: int = CACHED_STATEMENTS,
    compiled_reads: bool = True,
    worker_url: str | None = None,
    export_dir: Path | None = None,
) -> Service:
    """The parts, not yet connected to the database.

    Raises: ModelError.
    """
    catalog = load_catalog(models)
    schema = build_schema(catalog, [import_package(name) for name in models])
    core = core_schema(schema)
    pool = Connections(app_url, size=connections, cached_statements=cached_statements)
    signer = ContextSigner(context_key)
    database = Database(catalog, pool, signer)
    worker_pool = None
    if worker_url:
        worker_pool = Connections(
            worker_url, size=WORKER_CONNECTIONS, cached_statements=cached_statements
        )
    return Service(
        catalog=catalog,
        schema=schema,
        documents=Documents(core),
        operations=Operations(core, catalog, compiled=compiled_reads),
        rules=AccessRules(catalog),
        connections=pool,
        database=database,
        verifier=TokenVerifier([issuer], database, types=[table.type for table in catalog.exposed]),
        worker=Database(catalog, worker_pool, signer) if worker_pool else None,
        worker_connections=worker_pool,
        export_dir=export_dir,
    )


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Service]:
    """The service while it is connected to the database.

    Raises: DatabaseUnavailable, ContextRefused.
    """
    pools = [pool for pool in (service.connections, service.worker_connections) if pool]
    try:
        for pool in pools:
            await pool.open()
        await service.database.ready()
        yield service
    finally:
        for pool in pools:
            await pool.close()
