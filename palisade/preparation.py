"""Brings an installation to where it can serve: schema, context key, organisations."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import asyncpg

from migrations.runner import migrate, outdated
from models.registry import load_catalog
from palisade.installation import CONTEXT_KEY_FILE, Installation
from palisade.settings import Settings
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.errors import ContextRefused

KEY_OVERLAP: Final = timedelta(days=1)


class NotReady(Exception):
    """An installation that can't serve yet; the message is one plain sentence."""


async def migrate_installation(
    place: Installation, *, report: Callable[[str], None] = lambda line: None
) -> None:
    """Applies what is pending; an embedded database gets its first context key as well.

    Raises: MigrationError, ModelError, SettingsError.
    """
    settings = place.settings
    await migrate(
        place.require_owner_url(),
        load_catalog(settings.models),
        settings.models,
        form=settings.policy_form,
        report=report,
    )
    if place.embedded and not (settings.data_dir / CONTEXT_KEY_FILE).exists():
        await rotate_context_key(place, overlap=KEY_OVERLAP)


async def rotate_context_key(place: Installation, *, overlap: timedelta) -> ContextKey:
    """A new context key, known to the database; the others are accepted for ``overlap`` more.

    Raises: NotReady, SettingsError.
    """
    key = ContextKey.generate()
    try:
        await install_context_key(place.require_owner_url(), key, overlap=overlap)
    except asyncpg.PostgresError as error:
        raise NotReady(
            f"The database can't keep a context key ({error}): run `palisade migrate` first."
        ) from error
    except OSError as error:
        raise NotReady(f"The database can't be reached: {error}.") from error
    if place.embedded:
        place.keep_context_key(key)
    return key


async def check_ready(place: Installation) -> None:
    """That the database is what the code needs, and accepts the context key.

    An embedded database that was never migrated is migrated here.
    Raises: NotReady, ModelError, SettingsError, ContextKeyError, DatabaseUnavailable.
    """
    settings = place.settings
    catalog = load_catalog(settings.models)
    try:
        if place.embedded and not (settings.data_dir / CONTEXT_KEY_FILE).exists():
            await migrate_installation(place)
        reason = await outdated(place.app_url, catalog, settings.models)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise NotReady(f"The database refuses the login: {error}.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise NotReady(f"There is no such database: {error}.") from error
    except (OSError, TimeoutError) as error:
        raise NotReady(f"The database can't be reached: {error or 'no answer in time'}.") from error
    if reason is not None:
        raise NotReady(reason)
    database, connections = database_of(place, settings)
    await connections.open()
    try:
        await database.ready()
    except ContextRefused as error:
        raise NotReady(
            "The database does not accept PALISADE_CONTEXT_KEY: "
            "`palisade rotate-context-key` prints one that it does."
        ) from error
    finally:
        await connections.close()


def database_of(
    place: Installation, settings: Settings, *, url: str | None = None
) -> tuple[Database, Connections]:
    """A database for the command line, and the connections to open and close."""
    connections = Connections(
        url or place.app_url, size=2, cached_statements=settings.statement_cache
    )
    signer = ContextSigner(place.context_key())
    return Database(load_catalog(settings.models), connections, signer), connections


async def check_bound(place: Installation) -> None:
    """That the URL logs in as a role that row level security binds; `serve` asks for more.

    Raises: NotReady, SettingsError.
    """
    # Without names for its statements, which a pooler's other clients may have given as well.
    connection = await asyncpg.connect(place.app_url, timeout=2, statement_cache_size=0)
    try:
        row = await connection.fetchrow(
            "SELECT current_user AS name, rolsuper OR rolbypassrls AS above, EXISTS ("
            "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('data', 'palisade') AND c.relowner = r.oid) AS owns "
            "FROM pg_roles r WHERE rolname = current_user"
        )
    finally:
        await connection.close()
    assert row is not None
    if row["above"] or row["owns"]:
        raise NotReady(
            f"PALISADE_DATABASE_URL logs in as {row['name']}, whom row level security does not "
            f"bind: use palisade_app."
        )
