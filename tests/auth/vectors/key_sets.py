"""What an issuer may publish: keys that are not for this are as good as absent."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

from auth.errors import AlgorithmRefused, AuthError, KeyUnknown
from tests.auth.conftest import Signer, encode_part
from tests.auth.vectors.forge import EC, ED, RSA, Forge

USE = "RFC 7517, sections 4.2 to 4.4; RFC 8725, section 3.1"
WEAK = "RFC 8725, sections 2.6 and 3.5"
SECRET = b"a secret of an issuer that publishes it"

Entry = dict[str, object]


@dataclass(frozen=True)
class KeySetVector:
    """A key set under which a good token is refused, and one under which it is accepted."""

    name: str
    source: str
    entries: Callable[[], list[Entry]]
    signer: Signer = EC
    token: Callable[[Forge], str] | None = None
    refused: type[AuthError] = KeyUnknown

    def published(self) -> bytes:
        """The document."""
        return json.dumps({"keys": self.entries()}).encode()


def _changed(name: str, source: str = USE, signer: Signer = EC, **changes: object) -> KeySetVector:
    return KeySetVector(name, source, lambda: [signer.jwk(**changes)], signer)


def _hmac(forge: Forge, secret: bytes) -> str:
    signed = ED.sign(forge.payload(), alg="HS256", kid="oct").rpartition(".")[0]
    return (
        f"{signed}.{encode_part(HMACAlgorithm(HMACAlgorithm.SHA256).sign(signed.encode(), secret))}"
    )


def _oct(name: str, secret: bytes) -> KeySetVector:
    entry: Entry = {"kty": "oct", "k": encode_part(secret), "kid": "oct", "alg": "HS256"}
    return KeySetVector(
        name,
        WEAK,
        lambda: [entry],
        token=lambda forge: _hmac(forge, secret),
        refused=AlgorithmRefused,
    )


SMALL = Signer("small", "RS256", rsa.generate_private_key(65537, 1024))
WIDE = Signer("wide", "ES256", ec.generate_private_key(ec.SECP384R1()))

KEY_SETS: tuple[KeySetVector, ...] = (
    _changed("use enc", use="enc"),
    _changed("use in capitals", use="SIG"),
    _changed("use null", use=None),
    _changed("use in a list", use=["sig"]),
    _changed("key_ops without verify", key_ops=["sign", "encrypt"]),
    _changed("key_ops empty", key_ops=[]),
    _changed("key_ops as text", key_ops="verify"),
    _changed("alg of another kind", alg="RS256"),
    _changed("alg none", alg="none"),
    _changed("alg HS256", alg="HS256"),
    _changed("alg null", alg=None),
    _changed("RSA with alg PS256", signer=RSA, alg="PS256"),
    _changed("RSA with alg RS512", signer=RSA, alg="RS512"),
    _changed("kty RSA for a curve", kty="RSA"),
    _changed("kty oct for a curve", kty="oct"),
    _changed("another curve", crv="P-384"),
    _changed("a point that is not on the curve", "RFC 8725, section 3.4", x="A" * 43),
    _changed("a point at infinity", "RFC 8725, section 3.4", x="A" * 43, y="A" * 43),
    _changed("a private member", d="AA"),
    _changed("a symmetric member", k="AA"),
    _changed("an RSA exponent of one", WEAK, RSA, e="AQ"),
    KeySetVector("a private key", USE, lambda: [ED.private_jwk()], ED),
    KeySetVector("a private RSA key", USE, lambda: [RSA.private_jwk()], RSA),
    KeySetVector("the same key id twice", USE, lambda: [EC.jwk(), ED.jwk(kid=EC.kid), RSA.jwk()]),
    KeySetVector("the same key twice", USE, lambda: [EC.jwk(), EC.jwk(), RSA.jwk()]),
    KeySetVector(
        "RSA of 1024 bits",
        WEAK,
        lambda: [{**RSAAlgorithm.to_jwk(SMALL.private.public_key(), as_dict=True), "kid": "small"}],  # type: ignore[arg-type]
        SMALL,
    ),
    KeySetVector(
        "ES256 on P-384",
        "RFC 7518, section 3.4",
        lambda: [{**ECAlgorithm.to_jwk(WIDE.private.public_key(), as_dict=True), "kid": "wide"}],  # type: ignore[arg-type]
        WIDE,
        token=lambda forge: EC.sign(forge.payload(), kid="wide"),
    ),
    _oct("a secret", SECRET),
    _oct("an empty secret", b""),
    _oct("a secret of one byte", b"\x00"),
    KeySetVector("no key", USE, list),
)
