"""Tokens verified a moment ago, so that the next request need not verify them again."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from auth.claims import Claims

MAX_AGE: Final = timedelta(seconds=30)
"""How long a withdrawn key or a deleted organisation can go unnoticed here."""


@dataclass(frozen=True, slots=True)
class _Entry:
    claims: Claims
    verified_at: float


class VerifiedTokens:
    """The claims of at most `size` tokens, the least recently used dropped first.

    An entry serves until 30 s after its verification and never at or past `exp`; then the whole
    verification is done again, key and organisation included. Kept by the SHA-256 of the token's
    text: a copy of this process's memory shows no token from here.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Changes when the cache is emptied. Read it before verifying, hand it to `put`."""
        return self._generation

    def find(self, token: str, *, now: float) -> Claims | None:
        key = _digest(token)
        entry = self._entries.get(key)
        if entry is None:
            return None
        # A clock that was set back makes `now` the earlier one: such an entry has no known age.
        fresh = entry.verified_at <= now < entry.verified_at + MAX_AGE.total_seconds()
        if not fresh or now >= entry.claims.expires_at:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry.claims

    def put(self, token: str, claims: Claims, *, now: float, generation: int) -> None:
        """Keep the claims, unless the cache was emptied while they were being verified."""
        if generation != self._generation:
            return
        self._entries[_digest(token)] = _Entry(claims, now)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()
        self._generation += 1


def _digest(token: str) -> bytes:
    # Any text must have a digest, a lone surrogate included.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
