import json
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth.errors import IssuerConfigurationError, KeyRefused
from auth.jwk import KeySet, VerificationKey, read_key, read_key_set


def key_set(*entries: object) -> bytes:
    return json.dumps({"keys": entries}).encode()


def kids(data: bytes) -> list[str | None]:
    return [key.kid for key in read_key_set(data).keys]


def test_verification_key_has_the_algorithm_of_its_key(ed, ec256, rsa2048) -> None:
    for signer in (ed, ec256, rsa2048):
        assert signer.verification_key.algorithm == signer.algorithm


def test_verification_key_takes_no_other_algorithm(rsa2048) -> None:
    with pytest.raises(TypeError):
        VerificationKey("k", rsa2048.private.public_key(), "ES256")  # type: ignore[call-arg]


def test_verification_key_refuses_other_keys(ed) -> None:
    for key in (
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        ed448.Ed448PrivateKey.generate().public_key(),
        rsa.generate_private_key(65537, 1024).public_key(),
        ed.private,
        b"secret",
    ):
        with pytest.raises(KeyRefused):
            VerificationKey("k", key)  # type: ignore[arg-type]


def test_read_key_reads_what_was_published(ed, ec256, rsa2048) -> None:
    for signer in (ed, ec256, rsa2048):
        key = read_key(signer.jwk(use="sig", key_ops=["verify"], alg=signer.algorithm))
        assert key == signer.verification_key


def test_read_key_needs_no_optional_members(ec256) -> None:
    entry = ec256.jwk()
    assert {"use", "key_ops", "alg"}.isdisjoint(entry)
    assert read_key(entry).algorithm == "ES256"


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"use": None},
        {"use": ["sig"]},
        {"key_ops": ["sign"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": None},
        {"crv": "P-384"},
        {"crv": "Ed25519"},
        {"kty": "RSA"},
        {"kty": "oct"},
        {"kty": None},
        {"kty": ["EC"]},
        {"kid": 1},
        {"kid": {"a": "b"}},
        {"x": "A" * 43},
        {"x": 1},
        {"x": "AA"},
        {"d": "AA"},
        {"k": "AA"},
    ],
    ids=repr,
)
def test_read_key_refuses_what_is_not_for_verifying(ec256, changes: dict[str, object]) -> None:
    assert read_key(ec256.jwk())
    with pytest.raises(KeyRefused):
        read_key({**ec256.jwk(), **changes})


@pytest.mark.parametrize("entry", [None, "key", [], 1])
def test_read_key_refuses_what_is_no_object(entry: object) -> None:
    with pytest.raises(KeyRefused):
        read_key(entry)


def test_read_key_refuses_other_curves_and_small_keys() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key()
    for entry in (
        ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True),
        OKPAlgorithm.to_jwk(ed448.Ed448PrivateKey.generate().public_key(), as_dict=True),
        RSAAlgorithm.to_jwk(small, as_dict=True),
    ):
        with pytest.raises(KeyRefused):
            read_key(entry)


def test_read_key_set_leaves_out_private_and_symmetric_keys(ed, ec256, rsa2048, caplog) -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "hmac"}
    with caplog.at_level(logging.WARNING):
        found = kids(key_set(ed.private_jwk(), rsa2048.private_jwk(), secret, ec256.jwk()))
    assert found == ["ec-1"]
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert str(ed.private_jwk()["d"]) not in caplog.text
    assert "c2VjcmV0" not in caplog.text


def test_read_key_set_leaves_out_every_key_of_an_ambiguous_id(ed, ec256, rsa2048, caplog) -> None:
    assert kids(key_set(ed.jwk(kid="x"), ec256.jwk(kid="x"), rsa2048.jwk())) == ["rsa-1"]
    assert "occur more than once" in caplog.text


def test_read_key_set_keeps_a_key_beside_an_unusable_one_of_its_id(ed, ec256) -> None:
    assert kids(key_set(ed.jwk(kid="x"), ec256.jwk(kid="x", use="enc"))) == ["x"]


def test_read_key_set_may_be_empty() -> None:
    assert kids(key_set()) == []


@pytest.mark.parametrize("data", [b"", b"{}", b'{"keys": {}}', b"[]", b"<html>"])
def test_read_key_set_refuses_other_documents(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_key_set(data)


def test_key_set_finds_by_exact_id(ed, ec256) -> None:
    keys = KeySet((ed.verification_key, ec256.verification_key))
    assert keys.find("ed-1") == (ed.verification_key,)
    assert keys.find("ED-1") == keys.find("ed") == keys.find("") == ()


def test_key_set_finds_without_id_when_there_is_one_key(ed, ec256) -> None:
    assert KeySet((ed.verification_key,)).find(None) == (ed.verification_key,)
    assert KeySet((ed.verification_key, ec256.verification_key)).find(None) == ()


def test_key_set_refuses_a_shared_id(ed, ec256) -> None:
    twin = VerificationKey("ed-1", ec256.private.public_key())
    with pytest.raises(IssuerConfigurationError):
        KeySet((ed.verification_key, twin))


def test_read_key_gives_a_key_without_id_none(ed) -> None:
    entry = ed.jwk()
    del entry["kid"]
    key = read_key(entry)
    assert key.kid is None
    assert isinstance(key.key, ed25519.Ed25519PublicKey)
