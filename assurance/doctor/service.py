"""What is asked about the service's own settings, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A file or folder with its permission bits."""

    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """The settings that decide over isolation. ``database_host`` None: a Unix socket.

    ``key_files`` are those that exist of the context key and the development issuer's keys.
    """

    embedded: bool
    worker_login: str | None
    database_host: str | None
    sslmode: str | None
    owner_url_present: bool
    serving: bool
    issuer: str | None
    jwks: str | None
    token_type: str
    algorithms: tuple[str, ...]
    leeway_seconds: float
    cors_origins: tuple[str, ...]
    host: str
    key_files: tuple[File, ...]
    export_dir: File | None
