"""Which algorithm, which key, and whether the signature is one."""

import base64
import json
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from auth.errors import AlgorithmRefused, KeyUnknown, SignatureInvalid, TokenMalformed
from tests.auth.conftest import Signer, encode_part
from tests.auth.vectors.forge import EC, ED, RSA, SIGNERS, STRANGER, Forge, Vector, header

CONFUSION = "RFC 8725, sections 2.1, 3.1 and 3.2"
VALIDATION = "RFC 8725, section 3.3"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
NONES = (
    "none",
    "None",
    "NONE",
    "nOnE",
    " none",
    "none ",
    "none\x00",
    "",
    "null",
    "\uff4e\uff4f\uff4e\uff45",
)
HMACS = {"HS256": "SHA256", "HS384": "SHA384", "HS512": "SHA512"}


def _unsigned(name: str) -> Iterator[Vector]:
    for about, edit in (
        ("an empty signature", lambda token: token.rpartition(".")[0] + "."),
        ("no third part", lambda token: token.rpartition(".")[0]),
    ):
        yield Vector(
            f"alg {name!r} with {about}",
            CONFUSION,
            lambda forge, edit=edit: edit(forge.token(alg=name)),  # type: ignore[misc]
            TokenMalformed,
        )
    yield Vector(
        f"alg {name!r} with a signature that is none",
        CONFUSION,
        lambda forge: f"{forge.token(alg=name).rpartition('.')[0]}.AAAA",
        AlgorithmRefused,
    )
    yield Vector(
        f"alg {name!r} with a good signature",
        CONFUSION,
        lambda forge: forge.token(alg=name),
        AlgorithmRefused,
    )


def _secrets(signer: Signer) -> dict[str, bytes]:
    public = signer.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "in PEM": pem,
        "in PEM without its last line feed": pem.strip(),
        "in DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "as a JWK": json.dumps(signer.jwk()).encode(),
        "that is empty": b"",
        "of one byte": b"\x00",
    }
    if signer is ED:
        secrets["as raw bytes"] = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return secrets


def _hmac(signer: Signer) -> Iterator[Vector]:
    for about, secret in _secrets(signer).items():
        for alg in (*HMACS, signer.algorithm):

            def spoilt(forge: Forge, alg: str = alg, secret: bytes = secret) -> str:
                digest = getattr(HMACAlgorithm, HMACS.get(alg, "SHA256"))
                signed = forge.token(signer, alg=alg).rpartition(".")[0]
                mac = HMACAlgorithm(digest).sign(signed.encode(), secret)
                return f"{signed}.{encode_part(mac)}"

            yield Vector(
                f"{alg} by the {signer.algorithm} key {about}",
                CONFUSION,
                spoilt,
                AlgorithmRefused if alg in HMACS else SignatureInvalid,
                lambda forge: forge.token(signer),
            )


def _mixed() -> Iterator[Vector]:
    for signer in SIGNERS:
        for other in SIGNERS:
            if signer is other:
                continue
            for about, change, refused in (
                ("names the other's algorithm", {"alg": other.algorithm}, AlgorithmRefused),
                ("names the other's key", {"kid": other.kid}, AlgorithmRefused),
                (
                    "names both",
                    {"kid": other.kid, "alg": other.algorithm},
                    SignatureInvalid,
                ),
            ):
                yield Vector(
                    f"{signer.algorithm} {about}, {other.algorithm}",
                    CONFUSION,
                    lambda forge, signer=signer, change=change: forge.token(signer, **change),  # type: ignore[misc]
                    refused,
                    lambda forge, signer=signer: forge.token(signer),  # type: ignore[misc]
                )


def _signed(signer: Signer, forge: Forge, **changes: object) -> bytes:
    return forge.token(signer, **changes).rpartition(".")[0].encode()


def _pss(forge: Forge, alg: str) -> str:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    signature = RSA.private.sign(_signed(RSA, forge, alg=alg), pss, hashes.SHA256())  # type: ignore[call-arg, arg-type, union-attr]
    return forge.resigned(signature, RSA, alg=alg)


def _on_curve(forge: Forge, curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve)
    size = (curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(_signed(EC, forge), ec.ECDSA(hashes.SHA256())))
    return forge.resigned(r.to_bytes(size, "big") + s.to_bytes(size, "big"), EC)


def _der(forge: Forge) -> str:
    assert isinstance(EC.private, ec.EllipticCurvePrivateKey)
    return forge.resigned(EC.private.sign(_signed(EC, forge), ec.ECDSA(hashes.SHA256())), EC)


def _pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature_of(token: str) -> bytes:
    """The bytes of a token's signature."""
    part = token.rpartition(".")[2]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _shifted(forge: Forge) -> str:
    signature = signature_of(forge.token())
    shifted = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    return forge.resigned(signature[:32] + shifted.to_bytes(32, "little"))


def malleated(forge: Forge) -> str:
    """An ES256 token with the other s that verifies."""
    token = forge.token(EC)
    signature = signature_of(token)
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    signed = token.rpartition(".")[0]
    return f"{signed}.{encode_part(signature[:32] + s.to_bytes(32, 'big'))}"


def _ec(name: str, source: str, spoilt: object) -> Vector:
    return Vector(name, source, spoilt, SignatureInvalid, lambda forge: forge.token(EC))  # type: ignore[arg-type]


SIGNATURES: tuple[Vector, ...] = (
    *(vector for name in NONES for vector in _unsigned(name)),
    *(vector for signer in SIGNERS for vector in _hmac(signer)),
    *_mixed(),
    *header(
        CONFUSION,
        AlgorithmRefused,
        *({"alg": alg} for alg in (None, 1, True, ["EdDSA"], {"EdDSA": 1}, "eddsa", "EDDSA")),
        *(
            {"alg": alg}
            for alg in ("EdDSA ", "Ed25519", "ES256", "ES256K", "RS1", "dir", "A" * 999)
        ),
    ),
    Vector("PS256 as such", CONFUSION, lambda forge: _pss(forge, "PS256"), AlgorithmRefused),
    Vector("PS256 as RS256", CONFUSION, lambda forge: _pss(forge, "RS256"), SignatureInvalid),
    *(
        _ec(
            f"ES256 on {curve.name}",
            "RFC 7518, section 3.4",
            lambda forge, curve=curve: _on_curve(forge, curve),
        )
        for curve in (ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1(), ec.SECP256R1())
    ),
    _ec("ES256 in DER", "RFC 7518, section 3.4", _der),
    *(
        _ec(f"ES256 {about}", VALIDATION, lambda forge, pair=pair: forge.resigned(_pair(*pair), EC))
        for about, pair in {
            "of r = s = 0": (0, 0),
            "of r = 0": (0, 1),
            "of s = 0": (1, 0),
            "of r = s = 1": (1, 1),
            "of r = s = n": (P256_ORDER, P256_ORDER),
        }.items()
    ),
    Vector("EdDSA with S + L", "RFC 8032, section 5.1.7", _shifted, SignatureInvalid),
    Vector("EdDSA of zeros", VALIDATION, lambda f: f.resigned(bytes(64)), SignatureInvalid),
    Vector(
        "EdDSA of the neutral point",
        VALIDATION,
        lambda forge: forge.resigned(b"\x01" + bytes(63)),
        SignatureInvalid,
    ),
    *(
        Vector(
            f"a signature of {size} bytes",
            VALIDATION,
            lambda forge, size=size: forge.resigned((signature_of(forge.token()) * 2)[:size]),  # type: ignore[misc]
            SignatureInvalid,
        )
        for size in (1, 32, 63, 65, 128)
    ),
    Vector(
        "another token's signature",
        VALIDATION,
        lambda forge: forge.resigned(signature_of(ED.sign(forge.payload(sub="eve")))),
        SignatureInvalid,
    ),
    Vector(
        "a stranger's signature under a known key id",
        VALIDATION,
        lambda forge: forge.token(STRANGER, kid=ED.kid),
        SignatureInvalid,
    ),
    Vector("a stranger's signature", VALIDATION, lambda f: f.token(STRANGER), KeyUnknown),
)
