"""Who asks: a verified token, remembered for 30 seconds as the service itself does."""

import json
import os
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final
from uuid import UUID

import jwt

_MAX_AGE: Final = 30.0
_SIZE: Final = 10_000


class Tokens:
    """The organisations of tokens, by the whole authorization header."""

    def __init__(self) -> None:
        keys = jwt.PyJWKSet.from_dict(json.loads(Path(os.environ["BENCH_JWKS"]).read_text()))
        self._keys = {key.key_id: key.key for key in keys.keys}
        self._issuer = os.environ["BENCH_ISSUER"]
        self._audience = os.environ["BENCH_AUDIENCE"]
        self._known: OrderedDict[bytes, tuple[float, UUID]] = OrderedDict()

    def org_of(self, authorization: bytes) -> UUID:
        """The organisation's id.

        Raises: jwt.InvalidTokenError, KeyError.
        """
        known = self._known.get(authorization)
        if known is not None and time.time() < known[0]:
            return known[1]
        return self._verify_anew(authorization)

    def _verify_anew(self, authorization: bytes) -> UUID:
        token = authorization.removeprefix(b"Bearer ").decode()
        claims = jwt.decode(
            token,
            self._keys[jwt.get_unverified_header(token)["kid"]],
            algorithms=["EdDSA"],
            audience=self._audience,
            issuer=self._issuer,
            leeway=30,
        )
        org_id = UUID(claims["org_id"])
        self._known.pop(authorization, None)
        if len(self._known) >= _SIZE:
            self._known.popitem(last=False)
        self._known[authorization] = (min(time.time() + _MAX_AGE, claims["exp"]), org_id)
        return org_id
