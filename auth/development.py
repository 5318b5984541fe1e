"""An issuer for one's own machine: a key in the data directory, tokens for the asking."""

import base64
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from auth.errors import IssuerConfigurationError
from auth.issuers import Issuer
from auth.json_object import read_json_object
from auth.keys import StaticKeys, VerificationKey
from auth.scopes import OPERATOR, Role

DEVELOPMENT_ISSUER: Final = "urn:palisade:development"
KEY_FILE: Final = "development-issuer.jwk"

_MAX_KEY_FILE_BYTES: Final = 4096
_CLIENT_ID: Final = "palisade-development"


class DevelopmentIssuer:
    """Issues tokens for development and tests, with a key that outlives the process.

    The key file is made on first use, readable by its owner alone. The composition root refuses
    this issuer beside a real one.
    """

    def __init__(
        self,
        directory: Path,
        *,
        issuer: str = DEVELOPMENT_ISSUER,
        audience: str = "palisade",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises: IssuerConfigurationError."""
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._key = _load_or_create_key(directory / KEY_FILE)
        self._kid = _thumbprint(self._key)

    def issue(
        self,
        org_id: UUID,
        *,
        role: Role,
        subject: str,
        scopes: Collection[str] = (),
        lifetime: timedelta = timedelta(hours=12),
        client_id: str = _CLIENT_ID,
    ) -> str:
        """An access token for one organisation, in the form of RFC 9068.

        ``scopes`` are allowed beside those of the role.
        """
        claims = self._common_claims(subject, client_id=client_id, lifetime=lifetime)
        claims |= {"org_id": str(org_id), "roles": [role.value]}
        return self._sign({**claims, "scope": " ".join(scopes)} if scopes else claims)

    def issue_operator(
        self,
        *,
        subject: str,
        lifetime: timedelta = timedelta(hours=1),
        client_id: str = _CLIENT_ID,
    ) -> str:
        """An access token for creating organisations; it opens none of them."""
        claims = self._common_claims(subject, client_id=client_id, lifetime=lifetime)
        return self._sign({**claims, "scope": OPERATOR})

    def as_issuer(self) -> Issuer:
        """The settings under which a TokenVerifier accepts these tokens."""
        keys = StaticKeys([VerificationKey(self._kid, self._key.public_key())])
        return Issuer(self._issuer, self._audience, keys, algorithms=frozenset({"EdDSA"}))

    def _common_claims(
        self, subject: str, *, client_id: str, lifetime: timedelta
    ) -> dict[str, object]:
        now = int(self._clock())
        return {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "client_id": client_id,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": str(uuid4()),
        }

    def _sign(self, claims: dict[str, object]) -> str:
        header = {"typ": "at+jwt", "kid": self._kid}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers=header)


def _load_or_create_key(path: Path) -> Ed25519PrivateKey:
    try:
        if not path.exists():
            _create_key_file(path)
        return _parse_key(_read_private_file(path), path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(path, f"cannot be read or made: {reason}") from error


def _create_key_file(path: Path) -> None:
    """A complete key file at the path, this process's or that of another which came first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp opens with O_EXCL and mode 0600; link fails if the name is taken. So the name
    # appears once, with a whole key behind it, and is never overwritten.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{KEY_FILE}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate()))
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


def _read_private_file(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise _refused(path, "must be a regular file of the user who runs this")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise _refused(path, "must be readable by its owner alone (mode 0600)")
        return file.read(_MAX_KEY_FILE_BYTES)


def _parse_key(data: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = OKPAlgorithm.from_jwk(read_json_object(data))
    except (jwt.InvalidKeyError, ValueError, TypeError) as error:
        raise _refused(path, "does not hold a key; remove it to have a new one made") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(path, "does not hold an Ed25519 private key")
    return key


def _refused(path: Path, rule: str) -> IssuerConfigurationError:
    return IssuerConfigurationError(f"The development issuer's key file {path}", rule)


def _thumbprint(key: Ed25519PrivateKey) -> str:
    """The key's id. Source: RFC 7638."""
    public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = {name: public[name] for name in ("crv", "kty", "x")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
