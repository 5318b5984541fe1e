"""Public keys from JSON Web Key documents, each pinned to one algorithm.

Source: RFC 7517, RFC 7518 section 6, RFC 8037.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth.errors import IssuerConfigurationError, KeyRefused
from auth.json_object import read_json_object

ALGORITHMS: Final = frozenset({"EdDSA", "ES256", "RS256"})
"""Every signature algorithm that can be allowed at all."""

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key and the one algorithm it verifies, which follows from the key alone.

    Raises: KeyRefused.
    """

    kid: str | None
    key: PublicKey
    algorithm: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "algorithm", _pinned_algorithm(self.key))


@dataclass(frozen=True, slots=True)
class KeySet:
    """An issuer's keys at one moment; a key id names one of them at most.

    Raises: IssuerConfigurationError.
    """

    keys: tuple[VerificationKey, ...]

    def __post_init__(self) -> None:
        if _ambiguous_kids(self.keys):
            raise IssuerConfigurationError("keys", "must not share a key id")

    def find(self, kid: str | None) -> Sequence[VerificationKey]:
        """The key of that id; for a token without an id the only key, if there is just one."""
        if kid is None:
            return self.keys if len(self.keys) == 1 else ()
        return tuple(key for key in self.keys if key.kid == kid)


def read_key_set(data: bytes) -> KeySet:
    """The usable keys of a JWK Set document.

    A key that cannot be used is left out with a warning, and so is every key of an id that
    occurs twice: which of them signed is anybody's guess.
    Raises: ValueError, when the document is not a JWK Set.
    """
    keys: list[VerificationKey] = []
    for position, entry in enumerate(_read_entries(data)):
        try:
            keys.append(read_key(entry))
        except KeyRefused as error:
            _log.warning("key %d of the set is left out: %s", position, error.rule)
    ambiguous = _ambiguous_kids(keys)
    if ambiguous:
        _log.warning("%d key ids occur more than once; their keys are left out", len(ambiguous))
    return KeySet(tuple(key for key in keys if key.kid not in ambiguous))


def read_key(entry: object) -> VerificationKey:
    """One public JWK that is meant for verifying signatures. Raises: KeyRefused."""
    if not isinstance(entry, dict):
        raise KeyRefused("it is not an object")
    if not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise KeyRefused("it contains private or symmetric key material")
    if entry.get("use", "sig") != "sig":
        raise KeyRefused("its use is not sig")
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise KeyRefused("its key_ops do not contain verify")
    kid = entry.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise KeyRefused("its kid is not a string")
    key = VerificationKey(kid, _load_public_key(entry))
    if entry.get("alg", key.algorithm) != key.algorithm:
        raise KeyRefused(f"its alg is not {key.algorithm}")
    return key


def _read_entries(data: bytes) -> list[object]:
    match read_json_object(data):
        case {"keys": list(entries)}:
            return entries
        case _:
            raise ValueError("not a JWK Set")


def _load_public_key(entry: Mapping[str, object]) -> PublicKey:
    members = dict(entry)
    key: object
    try:
        match entry.get("kty"):
            case "OKP":
                key = OKPAlgorithm.from_jwk(members)
            case "EC":
                key = ECAlgorithm.from_jwk(members)
            case "RSA":
                key = RSAAlgorithm.from_jwk(members)
            case _:
                raise KeyRefused("its kty is none of OKP, EC, RSA")
    except (InvalidKeyError, ValueError, TypeError) as error:
        raise KeyRefused("its parameters do not form a key") from error
    if not isinstance(key, PublicKey):
        raise KeyRefused("it is of a kind that is not accepted")
    return key


def _pinned_algorithm(key: object) -> str:
    match key:
        case Ed25519PublicKey():
            return "EdDSA"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return "ES256"
        case RSAPublicKey() if MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            return "RS256"
        case RSAPublicKey():
            raise KeyRefused(f"RSA needs {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
        case _:
            raise KeyRefused("only Ed25519, P-256 and RSA keys are accepted")


def _ambiguous_kids(keys: Sequence[VerificationKey]) -> frozenset[str]:
    counts = Counter(key.kid for key in keys if key.kid is not None)
    return frozenset(kid for kid, count in counts.items() if count > 1)
