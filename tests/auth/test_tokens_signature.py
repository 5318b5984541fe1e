import json
from dataclasses import dataclass

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.errors import (
    AlgorithmRefused,
    CriticalHeaderRefused,
    KeysUnavailable,
    KeyUnknown,
    SignatureInvalid,
    TokenMalformed,
    TokenMissing,
    Unauthenticated,
)
from auth.keys import StaticKeys


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


@pytest.mark.parametrize("padding", ["=", "==", " ", "\n", "\r\n", "\t", "\u00a0", "."])
async def test_verify_refuses_text_around_a_token(verifier, ed, payload, padding: str) -> None:
    token = ed.sign(payload)
    for text in (padding + token, token + padding, token.replace(".", padding + ".", 1)):
        with pytest.raises(TokenMalformed):
            await verifier.verify(text)
    assert await verifier.verify(token)


async def test_verify_tells_a_missing_token(verifier) -> None:
    with pytest.raises(TokenMissing):
        await verifier.verify("")


async def test_verify_bounds_the_size(verifier, ed, payload) -> None:
    assert await verifier.verify(ed.sign({**payload, "padding": "x" * 5000}))
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign({**payload, "padding": "x" * 6000}))


async def test_verify_refuses_duplicate_names(verifier, ed, payload) -> None:
    header, body = (json.dumps(part).encode() for part in (ed.header(), payload))
    assert await verifier.verify(ed.sign_bytes(header, body))
    for double_header, double_body in (
        (header[:-1] + b', "alg": "EdDSA"}', body),
        (header, body[:-1] + b', "org_id": "018f0000-0000-7000-8000-00000000000b"}'),
        (header, body[:-1] + b', "\\u006frg_id": "018f0000-0000-7000-8000-00000000000b"}'),
        (header, body[:-1] + b', "deep": {"a": 1, "a": 2}}'),
    ):
        with pytest.raises(TokenMalformed):
            await verifier.verify(ed.sign_bytes(double_header, double_body))


async def test_verify_refuses_another_key_of_the_same_id(verifier, ed, ed_other, payload) -> None:
    with pytest.raises(SignatureInvalid):
        await verifier.verify(ed_other.sign(payload, kid=ed.kid))
    with pytest.raises(KeyUnknown):
        await verifier.verify(ed_other.sign(payload))


async def test_verify_refuses_a_payload_under_another_signature(
    verifier, ed, payload, other_org
) -> None:
    mine, theirs = ed.sign(payload), ed.sign({**payload, "org_id": str(other_org)})
    header, _, signature = mine.split(".")
    with pytest.raises(SignatureInvalid):
        await verifier.verify(f"{header}.{theirs.split('.')[1]}.{signature}")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", " none", "none\x00", "", "null"])
async def test_verify_refuses_no_algorithm_however_spelt(verifier, ed, payload, name: str) -> None:
    token = ed.sign(payload, alg=name)
    unsigned = token.rpartition(".")[0]
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(token)
    with pytest.raises(Unauthenticated):
        await verifier.verify(f"{unsigned}.")
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(f"{unsigned}.AAAA")


@pytest.mark.parametrize("alg", [None, 1, ["EdDSA"], {"EdDSA": 1}, "eddsa", "EdDSA ", "ES512"])
async def test_verify_refuses_any_other_algorithm(verifier, ed, payload, alg: object) -> None:
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(ed.sign(payload, alg=alg))


async def test_verify_refuses_the_public_key_as_an_hmac_secret(
    verifier, ed, ec256, rsa2048, payload
) -> None:
    for signer in (ed, ec256, rsa2048):
        public = signer.private.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        secrets = [pem, pem.strip(), json.dumps(signer.jwk()).encode()]
        secrets.append(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        if signer is ed:
            secrets.append(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        for secret in secrets:
            hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
            for alg in ("HS256", signer.algorithm):
                header = json.dumps(signer.header(alg=alg)).encode()
                signed = signer.sign_bytes(header, json.dumps(payload).encode()).rpartition(".")[0]
                mac = jwt.utils.base64url_encode(hmac.sign(signed.encode(), secret)).decode()
                expected = AlgorithmRefused if alg == "HS256" else SignatureInvalid
                with pytest.raises(expected):
                    await verifier.verify(f"{signed}.{mac}")


async def test_verify_pins_the_algorithm_to_the_key(verifier, ec256, rsa2048, payload) -> None:
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(rsa2048.sign(payload, kid=ec256.kid))
    with pytest.raises(AlgorithmRefused):
        await verifier.verify(ec256.sign(payload, kid=rsa2048.kid))
    assert await verifier.verify(rsa2048.sign(payload))


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


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "b64", 1, {}, [1]], ids=repr)
async def test_verify_refuses_critical_headers(verifier, ed, payload, crit: object) -> None:
    with pytest.raises(CriticalHeaderRefused):
        await verifier.verify(ed.sign(payload, crit=crit, exp=1))


async def test_verify_refuses_a_null_critical_header(verifier, ed, payload) -> None:
    header = json.dumps({**ed.header(), "crit": None}).encode()
    with pytest.raises(CriticalHeaderRefused):
        await verifier.verify(ed.sign_bytes(header, json.dumps(payload).encode()))


async def test_verify_refuses_an_unencoded_payload(verifier, ed, payload) -> None:
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign(payload, b64=False))


@pytest.mark.parametrize(
    "kid",
    ["../../../../dev/null", "' or 1=1 --", "ed-1\x00", "ED-1", "", "ed", "ed-1 ", "\u0435d-1"],
)
async def test_verify_takes_a_key_id_for_a_name_only(verifier, ed, payload, kid: str) -> None:
    with pytest.raises(KeyUnknown):
        await verifier.verify(ed.sign(payload, kid=kid))


@pytest.mark.parametrize("kid", [1, 1.5, True, ["ed-1"], {"ed-1": 1}, {}], ids=repr)
async def test_verify_refuses_a_key_id_that_is_no_text(verifier, ed, payload, kid) -> None:
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign(payload, kid=kid))


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
