"""The signed organisation context: what the database believes about who is asking.

A context is ``key id|org id|expiry|mac``: expiry in whole seconds since 1970, mac an HMAC-SHA-256
in hexadecimal over what stands before it. Row level security checks it against a key that the
application role can't read, so SQL that a client managed to inject can't become another
organisation. Source: RFC 2104 for the two pads.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from auth.organization import OrgId

LIFETIME: Final = timedelta(minutes=5)
_REUSE: Final = timedelta(minutes=1)
_CACHED_CONTEXTS: Final = 10_000
_BLOCK_BYTES: Final = 64


class ContextKeyError(Exception):
    """The context key is not of the form ``id.secret`` that rotate-context-key prints."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


@dataclass(frozen=True, slots=True)
class ContextKey:
    """A key that signs contexts."""

    id: str
    secret: bytes

    @classmethod
    def generate(cls) -> "ContextKey":
        """A new key."""
        return cls(secrets.token_hex(4), secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "ContextKey":
        """The key written as `encode` writes it.

        Raises: ContextKeyError.
        """
        key_id, _, encoded = text.strip().partition(".")
        try:
            secret = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise ContextKeyError from error
        if not key_id.isalnum() or len(secret) != 32:
            raise ContextKeyError
        return cls(key_id, secret)

    def encode(self) -> str:
        """The key as one line of text: a secret."""
        return f"{self.id}.{base64.urlsafe_b64encode(self.secret).decode()}"

    @property
    def inner_pad(self) -> bytes:
        """The key XOR 0x36 for each byte of a hash block."""
        return bytes(byte ^ 0x36 for byte in self.secret.ljust(_BLOCK_BYTES, b"\0"))

    @property
    def outer_pad(self) -> bytes:
        """The key XOR 0x5c for each byte of a hash block."""
        return bytes(byte ^ 0x5C for byte in self.secret.ljust(_BLOCK_BYTES, b"\0"))


class ContextSigner:
    """Signs the context of one organisation at a time, and reuses it for a minute."""

    def __init__(self, key: ContextKey, *, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._signed: OrderedDict[UUID, tuple[float, str]] = OrderedDict()

    def sign(self, org_id: OrgId) -> str:
        """A context of this organisation that is valid for at least four minutes more."""
        now = self._clock()
        cached = self._signed.get(org_id.value)
        if cached and now < cached[0]:
            return cached[1]
        message = f"{self._key.id}|{org_id.value}|{int(now + LIFETIME.total_seconds())}"
        mac = hmac.new(self._key.secret, message.encode(), hashlib.sha256).hexdigest()
        context = f"{message}|{mac}"
        self._signed[org_id.value] = (now + _REUSE.total_seconds(), context)
        self._signed.move_to_end(org_id.value)
        if len(self._signed) > _CACHED_CONTEXTS:
            self._signed.popitem(last=False)
        return context
