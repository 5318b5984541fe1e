"""Tokens made by hand, and what a vector is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from auth.errors import AuthError
from tests.auth.conftest import ISSUER, NOW, Signer, encode_part

ED = Signer("ed-1", "EdDSA", ed25519.Ed25519PrivateKey.generate())
EC = Signer("ec-1", "ES256", ec.generate_private_key(ec.SECP256R1()))
RSA = Signer("rsa-1", "RS256", rsa.generate_private_key(65537, 2048))
STRANGER = Signer("stranger", "EdDSA", ed25519.Ed25519PrivateKey.generate())
SIGNERS = (ED, EC, RSA)


@dataclass(frozen=True)
class Forge:
    """Tokens that name one organisation."""

    org_id: UUID

    def payload(self, **changes: object) -> dict[str, object]:
        """A good one, changed."""
        return {
            "iss": ISSUER,
            "aud": "palisade",
            "sub": "ada",
            "org_id": str(self.org_id),
            "iat": NOW - 10,
            "exp": NOW + 3600,
            "roles": ["viewer"],
            **changes,
        }

    def token(self, signer: Signer = ED, **header: object) -> str:
        """A token with a good payload; a change of the header to None leaves the member out."""
        return signer.sign(self.payload(), **header)

    def raw(self, *, header: bytes | None = None, payload: bytes | None = None) -> str:
        """A signed token of these very bytes."""
        header = json.dumps(ED.header()).encode() if header is None else header
        payload = json.dumps(self.payload()).encode() if payload is None else payload
        return ED.sign_bytes(header, payload)

    def resigned(self, signature: bytes, signer: Signer = ED, **header: object) -> str:
        """A good token under another signature."""
        return f"{self.token(signer, **header).rpartition('.')[0]}.{encode_part(signature)}"


Make = Callable[[Forge], str]


@dataclass(frozen=True)
class Vector:
    """A token that must be refused, and the same one unspoilt.

    ``source`` is the section that says so. ``statements`` is how many are sent to the database:
    none, unless it takes the directory to see what is wrong.
    """

    name: str
    source: str
    spoilt: Make
    refused: type[AuthError]
    good: Make = Forge.token
    statements: int = 0
    at_endpoint: bool = True


def claim(
    source: str, refused: type[AuthError], *changes: dict[str, object], statements: int = 0
) -> list[Vector]:
    """Vectors whose payload differs by these claims."""

    def one(change: dict[str, object]) -> Vector:
        return Vector(
            f"{change!r:.60}",
            source,
            lambda forge: ED.sign(forge.payload(**change)),
            refused,
            statements=statements,
        )

    return [one(change) for change in changes]


def header(source: str, refused: type[AuthError], *changes: dict[str, object]) -> list[Vector]:
    """Vectors whose header differs by these members."""

    def one(change: dict[str, object]) -> Vector:
        return Vector(
            f"header {change!r:.60}", source, lambda forge: forge.token(**change), refused
        )

    return [one(change) for change in changes]


def text(
    name: str, source: str, refused: type[AuthError], edit: Callable[[str], str], **more: bool
) -> Vector:
    """A vector whose token is a good one, edited as text."""
    return Vector(name, source, lambda forge: edit(forge.token()), refused, **more)  # type: ignore[arg-type]
