"""Tokens and whoever presents them: each attack breaks one rule, and keeps all others."""

import json
from collections.abc import Awaitable, Callable
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from auth.compact import MAX_TOKEN_BYTES
from auth.directory import DirectoryKind
from auth.issuers import Issuer
from auth.keys import StaticKeys
from auth.scopes import OPERATOR
from auth.tokens import TokenVerifier
from models.organization import OrganizationStatus
from tests.auth.conftest import ISSUER, NOW, Clock, FakeDirectory, Signer, encode_part

PARTNER = "https://partner.example.com/"
LEEWAY_SECONDS = 30
OWN = UUID("018f0000-0000-7000-8000-00000000000a")
OTHER = UUID("018f0000-0000-7000-8000-00000000000b")
UNKNOWN = UUID("018f0000-0000-7000-8000-00000000000c")

ED = Signer("ed-1", "EdDSA", ed25519.Ed25519PrivateKey.generate())
DISALLOWED = Signer("ec-1", "ES256", ec.generate_private_key(ec.SECP256R1()))
PARTNERS = Signer("partner-1", "EdDSA", ed25519.Ed25519PrivateKey.generate())
STRANGER = Signer("ed-1", "EdDSA", ed25519.Ed25519PrivateKey.generate())


class World:
    """A verifier of two issuers, the partner's ids external, with a clock to be moved."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.directory = FakeDirectory(
            {
                (DirectoryKind.id, str(OWN)): OWN,
                (DirectoryKind.id, str(OTHER)): OTHER,
                (DirectoryKind.external, f"{PARTNER} ours"): OWN,
                (DirectoryKind.external, f"{ISSUER} theirs"): OTHER,
            }
        )
        allowed = frozenset({"EdDSA"})
        own_keys = StaticKeys([ED.verification_key, DISALLOWED.verification_key])
        partner_keys = StaticKeys([PARTNERS.verification_key])
        self.verifier = TokenVerifier(
            [
                Issuer(ISSUER, "palisade", own_keys, algorithms=allowed),
                Issuer(PARTNER, "palisade", partner_keys, algorithms=allowed, org_ids="external"),
            ],
            self.directory,
            types=["Integration"],
            clock=self.clock,
        )

    async def lets_in(self, token: str) -> bool:
        """Whether the verifier takes the token for anybody's; whatever it raises, it does not."""
        try:
            await self.verifier.verify(token)
        except Exception:
            return False
        return True


Attack = Callable[[World], Awaitable[bool]]


def claims(**changes: object) -> dict[str, object]:
    """The payload of a good token; a change to None leaves the claim out."""
    payload: dict[str, object] = {
        "iss": ISSUER,
        "aud": "palisade",
        "sub": "ada",
        "org_id": str(OWN),
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "scope": "integration:read",
        **changes,
    }
    return {name: value for name, value in payload.items() if value is not None}


def _token(
    signer: Signer = ED, *, header: dict[str, object] | None = None, **changes: object
) -> Attack:
    """Presents a token with these changes."""

    async def attack(world: World) -> bool:
        return await world.lets_in(signer.sign(claims(**changes), **(header or {})))

    return attack


async def _none(world: World) -> bool:
    signed = ED.sign(claims(org_id=str(OTHER)), alg="none").rpartition(".")[0]
    return await world.lets_in(f"{signed}.AAAA")


async def _hmac(world: World) -> bool:
    secret = ED.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signed = ED.sign(claims(org_id=str(OTHER)), alg="HS256").rpartition(".")[0]
    mac = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signed.encode(), secret)
    return await world.lets_in(f"{signed}.{encode_part(mac)}")


async def _twice(world: World) -> bool:
    body = json.dumps(claims())[:-1] + f', "org_id": "{OTHER}"}}'
    return await world.lets_in(ED.sign_bytes(json.dumps(ED.header()).encode(), body.encode()))


async def _trailing_bits(world: World) -> bool:
    # 64 bytes end in a character of which four bits stand for nothing.
    token = ED.sign(claims())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return await world.lets_in(token[:-1] + alphabet[alphabet.index(token[-1]) + 1])


async def _deleted(world: World) -> bool:
    world.directory.statuses[OWN] = OrganizationStatus.DELETED
    return await world.lets_in(ED.sign(claims()))


async def _frozen(world: World) -> bool:
    world.directory.statuses[OWN] = OrganizationStatus.FROZEN
    return await world.lets_in(ED.sign(claims(client_id="ada")))


async def _remembered_past_expiry(world: World) -> bool:
    token = ED.sign(claims())
    world.clock.now = NOW + 3600 + LEEWAY_SECONDS - 10
    assert await world.lets_in(token)
    world.clock.now = NOW + 3600 + LEEWAY_SECONDS + 10
    return await world.lets_in(token)


async def _remembered_too_long(world: World) -> bool:
    token = ED.sign(claims())
    assert await world.lets_in(token)
    world.directory.statuses[OWN] = OrganizationStatus.DELETED
    world.clock.now = NOW + 30
    return await world.lets_in(token)


async def _wrong_directory(world: World) -> bool:
    world.directory.entries[DirectoryKind.id, str(OWN)] = OTHER
    return await world.lets_in(ED.sign(claims()))


ATTACKS: dict[str, Attack] = {
    "a payload under another key's signature": _token(STRANGER, org_id=str(OTHER)),
    "the public key as an HMAC secret": _hmac,
    "`alg` none": _none,
    "an algorithm that the issuer does not allow": _token(DISALLOWED),
    "another issuer's key": _token(PARTNERS),
    "an issuer that nobody trusts": _token(iss="https://evil.example.com/"),
    "a token for another service": _token(aud="billing"),
    "an expired token": _token(exp=NOW - LEEWAY_SECONDS),
    "a token that never expires": _token(exp=None),
    "a token from `nbf` on": _token(nbf=NOW + LEEWAY_SECONDS + 1),
    "a token issued in the future": _token(iat=NOW + LEEWAY_SECONDS + 1),
    "an ID token": _token(header={"typ": "JWT"}),
    "a critical extension": _token(header={"crit": ["exp"]}),
    "`org_id` twice": _twice,
    "another spelling of the same signature": _trailing_bits,
    "a token larger than the bound": _token(padding="x" * MAX_TOKEN_BYTES),
    "a subject with a NUL": _token(sub="ada\x00"),
    "no organisation": _token(org_id=None),
    "an organisation's id in capitals": _token(org_id=str(OWN).upper()),
    "an organisation that does not exist": _token(org_id=str(UNKNOWN)),
    "an organisation that was deleted": _deleted,
    "an integration of a frozen organisation": _frozen,
    "an operator who names an organisation": _token(scope=OPERATOR),
    "another issuer's name for an organisation": _token(PARTNERS, iss=PARTNER, org_id="theirs"),
    "a directory that answers another organisation": _wrong_directory,
    "a remembered token past its expiry": _remembered_past_expiry,
    "a remembered token of what was deleted 30 s ago": _remembered_too_long,
}
