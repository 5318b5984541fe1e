"""Brings a database to what the models declare: tables step by step, walls all at once.

Each package of models has revisions and a version table of its own; the product's come first.
Every revision is a transaction, so that an interrupted migration goes on where it stopped.
Afterwards the walls are applied, which converge from any state; a new table has no grants before.
"""

import io
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from migrations.checks import check_changes
from models.base import DATA_SCHEMA, PRIVATE_SCHEMA, Base
from models.describe import Catalog
from models.registry import declared_in, import_package
from repository.roles import database_statements, role_statements
from repository.walls import APP, OWNER, WORKER, PolicyForm, wall_statements

_HERE: Final = Path(__file__).parent
_CORE: Final = "palisade"
_LOCK: Final = 7_261_433_005


class MigrationError(Exception):
    """A database that can't be migrated; the message is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of models with its revisions."""

    name: str
    versions: Path
    tables: frozenset[str]

    @property
    def version_table(self) -> str:
        """Where the database keeps the package's revision."""
        return f"revision_of_{self.name.replace('.', '_')}"


def packages_of(catalog: Catalog, names: Sequence[str]) -> list[Package]:
    """The product's package and the named ones."""
    own = {name: frozenset(model.__tablename__ for model in declared_in(name)) for name in names}
    every = {table.name for table in catalog.tables.values()}
    every |= {table.name for table in catalog.global_tables}
    core = frozenset(every.difference(*own.values()))
    return [
        Package(_CORE, _HERE / "versions", core),
        *(Package(name, _versions_of(name), tables) for name, tables in own.items()),
    ]


async def migrate(
    owner_url: str,
    catalog: Catalog,
    names: Sequence[str] = (),
    *,
    form: PolicyForm = PolicyForm.SUBSELECT,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Applies every pending revision, then the walls. ``report`` gets a line a step.

    Raises: MigrationError.
    """
    async with _owner_connection(owner_url) as connection:
        for package in packages_of(catalog, names):
            await connection.run_sync(_upgrade, package, report)
            await connection.execute(
                sa.text(f"GRANT SELECT ON palisade.{package.version_table} TO {APP}")
            )
            await connection.commit()
        await _apply(connection, wall_statements(catalog, form=form))
        report("row level security, functions and grants are in place")


async def build(
    owner_url: str, catalog: Catalog, *, form: PolicyForm = PolicyForm.SUBSELECT
) -> None:
    """Builds the tables straight from the models, without revisions: for tests."""
    async with _owner_connection(owner_url) as connection:
        tables = [table.core for table in catalog.tables.values()] + list(catalog.global_tables)
        await connection.run_sync(tables[0].metadata.create_all, tables=tables)
        await connection.commit()
        await _apply(connection, wall_statements(catalog, form=form))


async def make_revision(
    owner_url: str, catalog: Catalog, names: Sequence[str], *, message: str
) -> Path | None:
    """Writes the revision that brings the last named package's tables up to its models.

    None where there is nothing to do. Raises: MigrationError, where revisions are pending.
    """
    package = packages_of(catalog, names)[-1]
    async with _owner_connection(owner_url) as connection:
        return await connection.run_sync(_make, package, message)


async def outdated(app_url: str, catalog: Catalog, names: Sequence[str] = ()) -> str | None:
    """Why the database is not what the code needs, in one sentence; None where it is."""
    fix = " ".join(("palisade migrate", *(f"--models {name}" for name in names)))
    # Without names for its statements, which a pooler's other clients may have given as well.
    connection = await asyncpg.connect(app_url, timeout=2, statement_cache_size=0)
    try:
        for package in packages_of(catalog, names):
            wanted = _scripts(package).get_current_head()
            try:
                present = await connection.fetchval(
                    f"SELECT version_num FROM palisade.{package.version_table}"
                )
            except (
                asyncpg.UndefinedTableError,
                asyncpg.InvalidSchemaNameError,
                asyncpg.InsufficientPrivilegeError,
            ):
                present = None
            if present != wanted:
                return (
                    f"The database is at revision {present or 'none'} of {package.name} and the "
                    f"code needs {wanted}: run `{fix}`."
                )
        for table in catalog.tables.values():
            columns = {
                row[0]
                for row in await connection.fetch(
                    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) "
                    "AND attnum > 0 AND NOT attisdropped",
                    table.qualified_name,
                )
            }
            for column in table.columns:
                if column.name not in columns:
                    return (
                        f"{table.type}.{column.name} is declared and not in the database: "
                        f"run `{fix} --make MESSAGE`, then `{fix}`."
                    )
    finally:
        await connection.close()
    return None


def _versions_of(package: str) -> Path:
    """The revisions of a package lie beside its models."""
    file = import_package(package).__file__
    assert file is not None
    path = Path(file)
    folder = "migrations" if path.name == "__init__.py" else f"{path.stem}_migrations"
    return path.parent / folder


@asynccontextmanager
async def _owner_connection(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection as the owner role, alone; a superuser makes the roles and becomes it."""

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(url, timeout=5)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"The database refuses the owner URL: {error}.") from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as connection:
            await _become_owner(connection)
            for schema in (PRIVATE_SCHEMA, DATA_SCHEMA):
                await connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            await connection.commit()
            yield connection
    except OSError as error:
        raise MigrationError(f"The database can't be reached: {error}.") from error
    finally:
        await engine.dispose()


async def _become_owner(connection: AsyncConnection) -> None:
    user, superuser, database, version, may_create = (
        await connection.execute(
            sa.text(
                "SELECT current_user, rolsuper, current_database(), "
                "current_setting('server_version_num')::int, "
                "has_database_privilege(current_database(), 'CREATE') "
                "FROM pg_roles WHERE rolname = current_user"
            )
        )
    ).one()
    if version < 160_000:
        raise MigrationError("The database is older than PostgreSQL 16, the oldest supported.")
    if not superuser and user != OWNER:
        raise MigrationError(
            f"The owner URL logs in as {user}: use {OWNER}, or once a superuser, "
            f"who makes the roles {OWNER}, {APP} and {WORKER}."
        )
    # From here on one migration at a time; it lasts as long as the connection.
    await connection.execute(sa.text(f"SELECT pg_advisory_lock({_LOCK})"))
    if superuser:
        await _apply(connection, role_statements())
        await _apply(connection, database_statements(database))
        await connection.execute(sa.text(f"SET ROLE {OWNER}"))
    elif not may_create:
        raise MigrationError(
            f"{OWNER} may not make schemas in {database}: "
            f"migrate once as a superuser, who grants it."
        )


async def _apply(connection: AsyncConnection, statements: object) -> None:
    for statement in statements:  # type: ignore[attr-defined]
        await connection.exec_driver_sql(statement)
    await connection.commit()


def _config(package: Package, connection: sa.Connection | None = None) -> Config:
    # Alembic has its own words about what it does.
    config = Config(stdout=io.StringIO(), cmd_opts=Namespace(quiet=True))
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(package.versions))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = None
    config.attributes["version_table"] = package.version_table

    def of_package(name: str | None, kind: str) -> bool:
        if kind == "schema":
            return name in (DATA_SCHEMA, PRIVATE_SCHEMA)
        return kind != "table" or name in package.tables

    # Both are asked: the one about what the database has, the other about what models declare.
    config.attributes["include_name"] = lambda name, kind, parents: of_package(name, kind)
    config.attributes["include_object"] = lambda item, name, kind, *rest: of_package(name, kind)
    return config


def _scripts(package: Package) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(package))


def _upgrade(connection: sa.Connection, package: Package, report: Callable[[str], None]) -> None:
    scripts = _scripts(package)
    context = MigrationContext.configure(
        connection,
        opts={"version_table": package.version_table, "version_table_schema": PRIVATE_SCHEMA},
    )
    before = context.get_current_revision()
    connection.commit()
    if not package.versions.exists():
        raise MigrationError(
            f"{package.name} has no revisions yet: "
            f"run `palisade migrate --models {package.name} --make MESSAGE`."
        )
    try:
        command.upgrade(_config(package, connection), "head")
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        raise MigrationError(f"A revision of {package.name} failed: {reason}.") from error
    connection.commit()
    for script in reversed(list(scripts.iterate_revisions("head", before or "base"))):
        report(f"{package.name} {script.revision}: {script.doc}")


def _metadata_of(package: Package) -> sa.MetaData:
    """The package's tables and those they refer to: others may go round in circles."""
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    todo = [table for table in Base.metadata.tables.values() if table.name in package.tables]
    while todo:
        table = todo.pop()
        if table.key not in metadata.tables:
            table.to_metadata(metadata)
            todo += [key.column.table for key in table.foreign_keys]
    return metadata


def _make(connection: sa.Connection, package: Package, message: str) -> Path | None:
    package.versions.mkdir(parents=True, exist_ok=True)
    config = _config(package, connection)
    metadata = _metadata_of(package)
    config.attributes["metadata"] = metadata
    tables = [table for table in metadata.tables.values() if table.name in package.tables]
    number = len(list(_scripts(package).walk_revisions())) + 1
    made: list[Path] = []

    def finish(context: object, revision: object, directives: list[ops.MigrationScript]) -> None:
        script = directives[0]
        assert script.upgrade_ops is not None
        dropped, added = check_changes(connection, tables)
        script.upgrade_ops.ops = [*dropped, *script.upgrade_ops.ops, *added]
        if script.upgrade_ops.is_empty():
            directives.clear()

    try:
        script = command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=f"{number:04d}",
            version_path=str(package.versions),
            process_revision_directives=finish,
        )
    except CommandError as error:
        raise MigrationError(
            f"Revisions of {package.name} are pending: run `palisade migrate` first."
        ) from error
    for item in script if isinstance(script, list) else [script]:
        if item is not None:
            made.append(Path(item.path))
    return made[0] if made else None
