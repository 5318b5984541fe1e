from datetime import timedelta

import pytest

from auth.claims import Claims
from auth.errors import (
    ClaimMissing,
    IssuerConfigurationError,
    KeyUnknown,
    TokenExpired,
    TokenNotYetValid,
    TokenTypeWrong,
)
from auth.keys import StaticKeys
from auth.tokens import TokenVerifier

NOW = 1_800_000_000
ISSUER = "https://login.example.com/"


def without(payload: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in payload.items() if name not in names}


async def test_verify_reads_every_claim(verifier, ed, payload, org) -> None:
    claims = await verifier.verify(ed.sign(payload))
    assert claims.org_id is not None
    assert claims == Claims(
        subject="ada",
        issuer=ISSUER,
        client_id="crm-sync",
        org_id=claims.org_id,
        scopes=frozenset({"integration:read"}),
        token_id="t-1",
        issued_at=NOW - 10,
        expires_at=NOW + 3600,
    )
    assert claims.org_id.value == org


async def test_verify_needs_only_the_required_claims(verifier, ed, payload) -> None:
    bare = without(payload, "client_id", "iat", "jti", "scope")
    claims = await verifier.verify(ed.sign(bare))
    assert (claims.client_id, claims.token_id, claims.issued_at) == (None, None, None)
    assert claims.scopes == frozenset()


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "exp", "org_id"])
async def test_verify_names_the_missing_claim(verifier, ed, payload, claim: str) -> None:
    with pytest.raises(ClaimMissing) as caught:
        await verifier.verify(ed.sign(without(payload, claim)))
    assert caught.value.claim == claim


async def test_verifier_refuses_no_issuer_and_a_name_twice(make_issuer, directory) -> None:
    for issuers in ([], [make_issuer(), make_issuer(audience="other")]):
        with pytest.raises(IssuerConfigurationError, match="issuers"):
            TokenVerifier(issuers, directory, types=[])


@pytest.mark.parametrize("typ", ["JWT", "id_token", "logout+jwt", "", None, 1])
async def test_verify_refuses_other_tokens(verifier, make_verifier, ed, payload, typ) -> None:
    with pytest.raises(TokenTypeWrong):
        await verifier.verify(ed.sign(payload, typ=typ))
    assert await make_verifier(token_type=None).verify(ed.sign(payload, typ=typ))


async def test_verify_keeps_issuers_and_their_keys_apart(
    make_issuer, directory, clock, ed, ed_other, payload
) -> None:
    second = "https://second.example.com/"
    issuers = [
        make_issuer(keys=StaticKeys([ed.verification_key])),
        make_issuer(name=second, keys=StaticKeys([ed_other.verification_key])),
    ]
    verifier = TokenVerifier(issuers, directory, types=[], clock=clock)
    assert await verifier.verify(ed.sign(payload))
    assert await verifier.verify(ed_other.sign({**payload, "iss": second}))
    with pytest.raises(KeyUnknown):
        await verifier.verify(ed.sign({**payload, "iss": second}))


@pytest.mark.parametrize("aud", ["palisade", ["palisade"], ["other", "palisade"]], ids=repr)
async def test_verify_accepts_its_audience(verifier, ed, payload, aud: object) -> None:
    assert await verifier.verify(ed.sign({**payload, "aud": aud}))


@pytest.mark.parametrize("leeway_seconds", [0, 30, 60])
async def test_verify_expires_at_the_edge_of_the_leeway(
    make_verifier, clock, ed, payload, leeway_seconds: int
) -> None:
    verifier = make_verifier(leeway=timedelta(seconds=leeway_seconds))
    token = ed.sign(payload)
    clock.now = NOW + 3600 + leeway_seconds - 0.001
    assert await verifier.verify(token)
    clock.now = NOW + 3600 + leeway_seconds
    with pytest.raises(TokenExpired):
        await verifier.verify(token)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_verify_begins_at_the_edge_of_the_leeway(verifier, ed, payload, claim: str) -> None:
    assert await verifier.verify(ed.sign({**payload, claim: NOW + 30}))
    with pytest.raises(TokenNotYetValid):
        await verifier.verify(ed.sign({**payload, claim: NOW + 31}))


async def test_verify_takes_a_fraction_of_a_second(verifier, ed, payload) -> None:
    claims = await verifier.verify(ed.sign({**payload, "exp": NOW + 60.9}))
    assert claims.expires_at == NOW + 60
