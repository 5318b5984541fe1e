import json
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.errors import (
    AlgorithmRefused,
    KeysUnavailable,
    KeyUnknown,
    SignatureInvalid,
    TokenMalformed,
    TokenMissing,
    Unauthenticated,
)
from auth.keys import StaticKeys, VerificationKey


@dataclass
class Outage:
    """A key source that answers, until it is down."""

    keys: StaticKeys
    down: bool = False

    async def find(self, kid: str | None) -> object:
        if self.down:
            raise KeysUnavailable("test")
        return await self.keys.find(kid)


def bit_flips(token: str) -> list[str]:
    return [
        token[:position] + chr(ord(character) ^ (1 << bit)) + token[position + 1 :]
        for position, character in enumerate(token)
        for bit in range(8)
    ]


async def test_verify_refuses_every_flipped_bit(verifier, ed, ec256, rsa2048, payload) -> None:
    for signer in (ed, ec256, rsa2048):
        token = signer.sign(payload)
        accepted = []
        for flipped in bit_flips(token):
            try:
                await verifier.verify(flipped)
            except Unauthenticated:
                continue
            accepted.append(flipped)
        assert accepted == []
        assert await verifier.verify(token)


@given(data=st.data())
@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_verify_refuses_every_other_text(verifier, ed, payload, data) -> None:
    token = ed.sign(payload)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(len(token), start + 8)))
    edited = token[:start] + data.draw(st.text(max_size=8)) + token[end:]
    if edited == token:
        assert await verifier.verify(edited)
    else:
        with pytest.raises(Unauthenticated):
            await verifier.verify(edited)


@dataclass(frozen=True)
class Equivalent:
    """A key source that names keys of several algorithms by one id (RFC 7517, section 4.5)."""

    keys: tuple[VerificationKey, ...]

    async def find(self, kid: str | None) -> tuple[VerificationKey, ...]:
        return self.keys


async def test_verify_asks_only_keys_of_the_algorithm(make_verifier, ed, ec256, payload) -> None:
    keys = (ed.verification_key, ec256.verification_key)
    for source in (Equivalent(keys), Equivalent(keys[::-1])):
        verifier = make_verifier(keys=source)
        for signer in (ed, ec256):
            assert await verifier.verify(signer.sign(payload))
        with pytest.raises(AlgorithmRefused):
            await make_verifier(keys=Equivalent(keys[:1])).verify(ec256.sign(payload))


async def test_verify_tells_a_missing_token(verifier) -> None:
    with pytest.raises(TokenMissing):
        await verifier.verify("")


async def test_verify_bounds_the_size(verifier, ed, payload) -> None:
    assert await verifier.verify(ed.sign({**payload, "padding": "x" * 5000}))
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign({**payload, "padding": "x" * 6000}))


async def test_verify_refuses_another_key_of_the_same_id(verifier, ed, ed_other, payload) -> None:
    with pytest.raises(SignatureInvalid):
        await verifier.verify(ed_other.sign(payload, kid=ed.kid))
    with pytest.raises(KeyUnknown):
        await verifier.verify(ed_other.sign(payload))


async def test_verify_keeps_to_the_issuers_algorithms(make_verifier, ed, ec256, payload) -> None:
    verifier = make_verifier(algorithms=frozenset({"ES256"}))
    assert await verifier.verify(ec256.sign(payload))
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(ed.sign(payload))


async def test_verify_ignores_keys_that_the_token_brings(
    verifier, ed, ed_other, payload, serve
) -> None:
    body = json.dumps({"keys": [ed_other.jwk()]}).encode()
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    async with serve(answer) as (url, hits):
        for brought in (
            {"jku": url},
            {"x5u": url},
            {"jwk": ed_other.jwk()},
            {"jwk": ed_other.jwk(), "jku": url},
            {"x5c": ["MIIB"]},
        ):
            with pytest.raises(KeyUnknown):
                await verifier.verify(ed_other.sign(payload, **brought))
            with pytest.raises(SignatureInvalid):
                await verifier.verify(ed_other.sign(payload, kid=ed.kid, **brought))
            assert await verifier.verify(ed.sign(payload, **brought))
    assert hits == []


async def test_verify_refuses_a_null_key_id(make_verifier, ed, payload) -> None:
    verifier = make_verifier(keys=StaticKeys([ed.verification_key]))
    header = json.dumps({**ed.header(), "kid": None}).encode()
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign_bytes(header, json.dumps(payload).encode()))


async def test_verify_needs_no_key_id_of_the_only_key(verifier, make_verifier, ed, payload) -> None:
    token = ed.sign(payload, kid=None)
    assert await make_verifier(keys=StaticKeys([ed.verification_key])).verify(token)
    with pytest.raises(KeyUnknown):
        await verifier.verify(token)


async def test_verify_tells_unavailable_keys_from_a_bad_token(make_verifier, ed, payload) -> None:
    source = Outage(StaticKeys([ed.verification_key]), down=True)
    verifier = make_verifier(keys=source)
    with pytest.raises(KeysUnavailable):
        await verifier.verify(ed.sign(payload))
    source.down = False
    assert await verifier.verify(ed.sign(payload))


async def test_verify_asks_for_no_key_before_the_header_is_good(make_verifier, ed, payload) -> None:
    verifier = make_verifier(keys=Outage(StaticKeys([]), down=True))
    for change in ({"alg": "none"}, {"typ": "JWT"}, {"crit": ["x"]}, {"kid": 1}):
        with pytest.raises(Unauthenticated):
            await verifier.verify(ed.sign(payload, **change))
