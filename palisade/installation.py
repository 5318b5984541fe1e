"""Where this service's data is: the database by URL, or an embedded one in the data directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from palisade.embedded import EmbeddedPostgres, prepared
from palisade.settings import Settings, SettingsError
from repository.context import ContextKey
from repository.walls import APP, OWNER, WORKER

CONTEXT_KEY_FILE: Final = "context.key"


@dataclass(frozen=True, slots=True)
class Installation:
    """The URLs of the roles as far as they are known, and the embedded server if there is one."""

    settings: Settings
    known_app_url: str | None
    owner_url: str | None
    worker_url: str | None
    embedded: EmbeddedPostgres | None

    @property
    def app_url(self) -> str:
        """The application role's URL.

        Raises: SettingsError.
        """
        if self.known_app_url is None:
            raise SettingsError(f"PALISADE_DATABASE_URL is not set: it logs in as {APP}.")
        return self.known_app_url

    def context_key(self) -> ContextKey:
        """The key that signs contexts.

        Raises: SettingsError, ContextKeyError.
        """
        text = self.settings.context_key
        if text is None and self.embedded:
            path = self.settings.data_dir / CONTEXT_KEY_FILE
            text = path.read_text() if path.exists() else None
        if text is None:
            raise SettingsError(
                "PALISADE_CONTEXT_KEY is not set: `palisade rotate-context-key` prints one."
            )
        return ContextKey.parse(text)

    def keep_context_key(self, key: ContextKey) -> None:
        """Writes the key of an embedded database, readable by its owner alone."""
        path = self.settings.data_dir / CONTEXT_KEY_FILE
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key.encode() + "\n")
        fresh.replace(path)

    @property
    def keeps_inventories(self) -> bool:
        """Whether it is known how to reach every organisation."""
        known = self.settings.context_key or (self.settings.data_dir / CONTEXT_KEY_FILE).exists()
        return bool(known) and self.worker_url is not None

    def require_owner_url(self) -> str:
        """The owner role's URL.

        Raises: SettingsError.
        """
        if self.owner_url is None:
            raise SettingsError(
                f"PALISADE_OWNER_URL is not set: it logs in as {OWNER}, "
                f"or the first time as a superuser."
            )
        return self.owner_url


def is_embedded(settings: Settings) -> bool:
    """Whether the settings name no database, so that the embedded one is meant."""
    return settings.database_url is settings.owner_url is settings.worker_url is None


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """The installation that the settings name; an embedded server runs as long as the block.

    Any role's URL means that the database is not embedded: it must not be taken for another one.
    Raises: DataDirectoryError.
    """
    if not is_embedded(settings):
        yield Installation(
            settings, settings.database_url, settings.owner_url, settings.worker_url, None
        )
        return
    data_dir: Path = prepared(settings.data_dir)
    server = EmbeddedPostgres(data_dir)
    try:
        server.start()
        yield Installation(
            settings.model_copy(update={"data_dir": data_dir}),
            known_app_url=server.url(APP),
            owner_url=server.url("postgres"),
            worker_url=server.url(WORKER),
            embedded=server,
        )
    finally:
        server.stop()
