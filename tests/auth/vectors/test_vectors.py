"""Every vector is refused for its reason, and its token unspoilt is accepted."""

import json
from uuid import UUID

import pytest

from auth.directory import DirectoryKind
from auth.errors import TokenMalformed
from auth.issuers import Issuer
from auth.jwk import read_key_set
from auth.keys import StaticKeys
from auth.tokens import TokenVerifier
from tests.auth.conftest import ISSUER, Clock, FakeDirectory, Signer
from tests.auth.vectors.claims import CLAIMS, EDGES
from tests.auth.vectors.forge import EC, ED, SIGNERS, STRANGER, Forge, Vector
from tests.auth.vectors.headers import ACCEPTED_TYPES, HEADERS
from tests.auth.vectors.key_sets import KEY_SETS, KeySetVector
from tests.auth.vectors.shapes import SHAPES
from tests.auth.vectors.signatures import SIGNATURES, malleated

VECTORS = (*SIGNATURES, *HEADERS, *SHAPES, *CLAIMS)


@pytest.fixture
def forge(org: UUID) -> Forge:
    return Forge(org)


@pytest.fixture
def verifier(directory: FakeDirectory, clock: Clock) -> TokenVerifier:
    keys = StaticKeys([signer.verification_key for signer in SIGNERS])
    issuers = [Issuer(ISSUER, "palisade", keys)]
    return TokenVerifier(issuers, directory, types=["Integration"], clock=clock)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector.name))
async def test_vector_is_refused_for_its_reason(
    verifier: TokenVerifier, directory: FakeDirectory, forge: Forge, vector: Vector
) -> None:
    spoilt = vector.spoilt(forge)
    with pytest.raises(vector.refused) as caught:
        await verifier.verify(spoilt)
    assert type(caught.value) is vector.refused
    assert len(directory.asked) == vector.statements
    good = vector.good(forge)
    assert good != spoilt
    assert (await verifier.verify(good)).subject == "ada"


@pytest.mark.parametrize("vector", KEY_SETS, ids=lambda vector: vector.name)
async def test_key_that_is_not_for_this_is_as_good_as_absent(
    directory: FakeDirectory, clock: Clock, forge: Forge, vector: KeySetVector
) -> None:
    def verifier(published: bytes) -> TokenVerifier:
        keys = StaticKeys(read_key_set(published).keys)
        issuers = [Issuer(ISSUER, "palisade", keys)]
        return TokenVerifier(issuers, directory, types=["Integration"], clock=clock)

    token = vector.token(forge) if vector.token else forge.token(vector.signer)
    with pytest.raises(vector.refused):
        await verifier(vector.published()).verify(token)
    assert directory.asked == []
    # The key beside it is used; and so is this one, if it is one of ours and published rightly.
    beside = STRANGER.jwk(use="sig", key_ops=["verify"], alg="EdDSA")
    entries = [*vector.entries(), beside]
    found = verifier(json.dumps({"keys": entries}).encode())
    assert await found.verify(forge.token(STRANGER))
    if vector.token is None and vector.signer in SIGNERS:
        rightly = vector.signer.jwk(use="sig", key_ops=["verify"], alg=vector.signer.algorithm)
        assert await verifier(json.dumps({"keys": [rightly]}).encode()).verify(token)


def test_vectors_have_names_of_their_own() -> None:
    names = [(vector.source, vector.refused, vector.name) for vector in VECTORS]
    assert len(set(names)) == len(names) > 450
    assert all(vector.source.startswith("RFC ") for vector in VECTORS)


@pytest.mark.parametrize(("change", "source"), EDGES, ids=repr)
async def test_claim_at_the_edge_is_accepted(
    verifier: TokenVerifier, forge: Forge, change: dict[str, object], source: str
) -> None:
    assert await verifier.verify(ED.sign(forge.payload(**change))), source


@pytest.mark.parametrize("typ", ACCEPTED_TYPES)
async def test_type_is_read_in_any_case(verifier: TokenVerifier, forge: Forge, typ: str) -> None:
    assert await verifier.verify(forge.token(typ=typ))


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
async def test_every_algorithm_is_accepted(
    verifier: TokenVerifier, forge: Forge, signer: Signer
) -> None:
    assert await verifier.verify(forge.token(signer))


async def test_other_s_of_an_ecdsa_signature_says_the_same(
    verifier: TokenVerifier, forge: Forge
) -> None:
    """RFC 7518 asks for no lower half, and nothing here takes a token's text for its identity."""
    token = forge.token(EC)
    other = malleated(forge)
    assert other.rpartition(".")[0] == token.rpartition(".")[0]
    assert other != token
    assert await verifier.verify(other) == await verifier.verify(token)


async def test_size_is_looked_at_before_anything_else(
    verifier: TokenVerifier, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("a token that is too large was read")

    monkeypatch.setattr("auth.compact._decode_base64url", read)
    for token in ("A" * 8193, "." * 8193, f"{forge.token()}{'A' * 8192}"):
        with pytest.raises(TokenMalformed):
            await verifier.verify(token)


async def test_directory_is_asked_for_the_exact_id(
    verifier: TokenVerifier, directory: FakeDirectory, forge: Forge
) -> None:
    await verifier.verify(forge.token())
    assert directory.asked == [(DirectoryKind.id, str(forge.org_id))]
