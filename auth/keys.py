"""Where an issuer's keys come from: a URL, a file, or this process."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from auth.errors import IssuerConfigurationError, KeysUnavailable
from auth.jwk import KeySet, VerificationKey, read_key_set

__all__ = [
    "JwksFile",
    "JwksUrl",
    "KeySource",
    "StaticKeys",
    "VerificationKey",
    "fetch_body",
]

MAX_BODY_BYTES: Final = 256 * 1024
FETCH_TIMEOUT: Final = timedelta(seconds=5)
FETCH_INTERVAL: Final = timedelta(minutes=1)
"""At most one fetch in this time, however many unknown key ids arrive."""

EMPTY_FETCH_INTERVAL: Final = timedelta(seconds=5)
"""The same while no keys have been read yet: nobody can be served, so ask sooner."""

_log: Final = logging.getLogger(__name__)


class KeySource(Protocol):
    """An issuer's published keys."""

    async def find(self, kid: str | None) -> Sequence[VerificationKey]:
        """The keys that a token with this key id may be signed with, most often one or none.

        A token without a key id is accepted only from a source of exactly one key.
        Raises: KeysUnavailable.
        """
        ...


class StaticKeys:
    """Keys that this process was given."""

    def __init__(self, keys: Sequence[VerificationKey]) -> None:
        """Raises: IssuerConfigurationError, when two keys share an id."""
        self._keys = KeySet(tuple(keys))

    async def find(self, kid: str | None) -> Sequence[VerificationKey]:
        return self._keys.find(kid)


class JwksFile:
    """A JWK Set in a local file, read again when the file changes.

    While the file is missing or broken the keys read last stay in force.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int, int] | None = None
        self._keys: KeySet | None = None
        self._failure = ""

    async def find(self, kid: str | None) -> Sequence[VerificationKey]:
        self._read_changes()
        if self._keys is None:
            raise KeysUnavailable(str(self._path))
        return self._keys.find(kid)

    def _read_changes(self) -> None:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                version = (status.st_mtime_ns, status.st_size, status.st_ino)
                if version == self._version:
                    return
                self._version = version
                self._keys = _read_body(file.read(MAX_BODY_BYTES + 1))
                self._failure = ""
        except (OSError, ValueError) as error:
            # Once for each failure: clients choose how often this is called.
            if self._failure != repr(error):
                self._failure = repr(error)
                _log.warning("the keys in %s cannot be read: %r", self._path, error)


async def fetch_body(url: str) -> bytes:
    """The body of a 200 answer: no redirects, at most 256 KB, within five seconds in all.

    Raises: httpx.HTTPError, TimeoutError, ValueError.
    """
    headers = {"accept": "application/jwk-set+json, application/json"}
    # A compressed body could grow past the bound inside the decompressor.
    headers["accept-encoding"] = "identity"
    body = bytearray()
    async with (
        asyncio.timeout(FETCH_TIMEOUT.total_seconds()),
        httpx.AsyncClient(follow_redirects=False) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"status {response.status_code}")
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise ValueError("body too large")
    return bytes(body)


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: KeySet
    at: float


class JwksUrl:
    """A JWK Set behind a URL, cached.

    The set is fetched again when it is older than `cache_for`, and for an unknown key id at most
    once a minute; concurrent callers share one fetch. While the endpoint is down the old keys
    stay in force for `keep_for`, then nobody is let in: an attacker who keeps the endpoint away
    must not keep a withdrawn key alive.

    A `fetch` of your own returns the body or raises, and must itself end in bounded time.
    `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], Awaitable[bytes]] = fetch_body,
        cache_for: timedelta = timedelta(minutes=5),
        keep_for: timedelta = timedelta(hours=24),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises: IssuerConfigurationError."""
        _check_url(url)
        if not FETCH_INTERVAL <= cache_for <= keep_for:
            raise IssuerConfigurationError("cache_for", "must be from one minute to keep_for")
        self._url = url
        self._fetch = fetch
        self._cache_seconds = cache_for.total_seconds()
        self._keep_seconds = keep_for.total_seconds()
        self._clock = clock
        self._fetched: _Fetched | None = None
        self._attempted_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> Sequence[VerificationKey]:
        held = self._younger_than(self._cache_seconds)
        if held is not None and (found := held.find(kid)):
            return found
        await self._refresh()
        held = self._younger_than(self._keep_seconds)
        if held is None:
            raise KeysUnavailable(self._url)
        return held.find(kid)

    def _younger_than(self, seconds: float) -> KeySet | None:
        if self._fetched is None or self._clock() - self._fetched.at >= seconds:
            return None
        return self._fetched.keys

    async def _refresh(self) -> None:
        if self._fetching is None:
            if not self._is_due():
                return
            self._fetching = asyncio.create_task(self._fetch_keys())
        # Shielded: a client that hangs up must not take the fetch away from the others.
        await asyncio.shield(self._fetching)

    def _is_due(self) -> bool:
        if self._attempted_at is None:
            return True
        interval = EMPTY_FETCH_INTERVAL if self._fetched is None else FETCH_INTERVAL
        return self._clock() - self._attempted_at >= interval.total_seconds()

    async def _fetch_keys(self) -> None:
        at = self._attempted_at = self._clock()
        try:
            self._fetched = _Fetched(_read_body(await self._fetch(self._url)), at)
        except Exception as error:
            _log.warning("the keys at %s cannot be fetched: %r", self._url, error)
        finally:
            self._fetching = None


def _read_body(body: bytes) -> KeySet:
    if len(body) > MAX_BODY_BYTES:
        raise ValueError("body too large")
    return read_key_set(body)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise IssuerConfigurationError("JWKS URL", "is not a URL") from error
    if not host or parts.username is not None or parts.fragment:
        raise IssuerConfigurationError("JWKS URL", "must be a host and a path, nothing else")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return
    raise IssuerConfigurationError("JWKS URL", "must be https, or http to a loopback address")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
