"""Keys, tokens made by hand, a clock that is moved, and a directory of two organisations."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import (
    ECAlgorithm,
    OKPAlgorithm,
    RSAAlgorithm,
    get_default_algorithms,
)

from auth.directory import DirectoryEntry, DirectoryKind
from auth.issuers import Issuer
from auth.keys import StaticKeys, VerificationKey
from auth.tokens import TokenVerifier
from models.organization import OrganizationStatus

NOW = 1_800_000_000
ISSUER = "https://login.example.com/"
TO_JWK = {"EdDSA": OKPAlgorithm, "ES256": ECAlgorithm, "RS256": RSAAlgorithm}


def encode_part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeDirectory:
    """Organisations by key, and every question that was asked."""

    entries: dict[tuple[DirectoryKind, str], UUID]
    statuses: dict[UUID, OrganizationStatus] = field(default_factory=dict)
    asked: list[tuple[DirectoryKind, str]] = field(default_factory=list)
    while_asked: Callable[[], None] = field(default=lambda: None)

    async def find_entry(self, kind: DirectoryKind, key: str) -> DirectoryEntry | None:
        self.asked.append((kind, key))
        self.while_asked()
        org_id = self.entries.get((kind, key))
        if org_id is None:
            return None
        return DirectoryEntry(org_id, self.statuses.get(org_id, OrganizationStatus.ACTIVE))


@dataclass(frozen=True)
class Signer:
    """One private key, and tokens of any content signed with it."""

    kid: str
    algorithm: str
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def verification_key(self) -> VerificationKey:
        return VerificationKey(self.kid, self.private.public_key())

    def jwk(self, **changes: object) -> dict[str, object]:
        public = TO_JWK[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, **changes}

    def private_jwk(self) -> dict[str, object]:
        return {**TO_JWK[self.algorithm].to_jwk(self.private, as_dict=True), "kid": self.kid}

    def header(self, **changes: object) -> dict[str, object]:
        """A good header; a change to None leaves the member out."""
        header = {"alg": self.algorithm, "typ": "at+jwt", "kid": self.kid, **changes}
        return {name: value for name, value in header.items() if value is not None}

    def sign(self, payload: object, **header_changes: object) -> str:
        header = json.dumps(self.header(**header_changes)).encode()
        return self.sign_bytes(header, json.dumps(payload).encode())

    def sign_bytes(self, header: bytes, payload: bytes) -> str:
        signed = f"{encode_part(header)}.{encode_part(payload)}"
        algorithm = get_default_algorithms()[self.algorithm]
        signature = algorithm.sign(signed.encode("ascii"), self.private)
        return f"{signed}.{encode_part(signature)}"


@pytest.fixture(scope="session")
def ed() -> Signer:
    return Signer("ed-1", "EdDSA", ed25519.Ed25519PrivateKey.generate())


@pytest.fixture(scope="session")
def ed_other() -> Signer:
    return Signer("ed-2", "EdDSA", ed25519.Ed25519PrivateKey.generate())


@pytest.fixture(scope="session")
def ec256() -> Signer:
    return Signer("ec-1", "ES256", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def rsa2048() -> Signer:
    return Signer("rsa-1", "RS256", rsa.generate_private_key(65537, 2048))


@pytest.fixture
def org() -> UUID:
    return UUID("018f0000-0000-7000-8000-00000000000a")


@pytest.fixture
def other_org() -> UUID:
    return UUID("018f0000-0000-7000-8000-00000000000b")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(org: UUID, other_org: UUID) -> FakeDirectory:
    return FakeDirectory(
        {
            (DirectoryKind.id, str(org)): org,
            (DirectoryKind.id, str(other_org)): other_org,
            (DirectoryKind.external, f"{ISSUER} Acme GmbH"): org,
        }
    )


@pytest.fixture
def make_issuer(ed: Signer, ec256: Signer, rsa2048: Signer) -> Callable[..., Issuer]:
    """An issuer that publishes three keys; changes are settings of it."""
    keys = StaticKeys([signer.verification_key for signer in (ed, ec256, rsa2048)])

    def make(**changes: object) -> Issuer:
        return Issuer(**{"name": ISSUER, "audience": "palisade", "keys": keys, **changes})

    return make


@pytest.fixture
def make_verifier(
    make_issuer: Callable[..., Issuer], directory: FakeDirectory, clock: Clock
) -> Callable[..., TokenVerifier]:
    """A verifier for one issuer of these settings."""

    def make(*, cache_size: int = 100, **changes: object) -> TokenVerifier:
        return TokenVerifier(
            [make_issuer(**changes)],
            directory,
            types=["Integration", "SaasApplication"],
            cache_size=cache_size,
            clock=clock,
        )

    return make


@pytest.fixture
def verifier(make_verifier: Callable[..., TokenVerifier]) -> TokenVerifier:
    return make_verifier()


@pytest.fixture
def payload(org: UUID) -> dict[str, object]:
    """The payload of a good token."""
    return {
        "iss": ISSUER,
        "aud": "palisade",
        "sub": "ada",
        "client_id": "crm-sync",
        "org_id": str(org),
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "jti": "t-1",
        "scope": "integration:read",
    }


@pytest.fixture
def serve() -> Callable[[bytes | None], AbstractAsyncContextManager[tuple[str, list[bytes]]]]:
    """A loopback HTTP server with one answer, or None for silence, and the requests it saw."""

    @asynccontextmanager
    async def start(answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
        requests: list[bytes] = []
        handlers: list[asyncio.Task[object] | None] = []
        stopping = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            handlers.append(asyncio.current_task())
            # Some leave before they have asked.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                if answer is None:
                    await stopping.wait()
                writer.write(answer or b"")
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            yield f"http://{host}:{port}/jwks.json", requests
            stopping.set()
            await asyncio.gather(*filter(None, handlers))

    return start
