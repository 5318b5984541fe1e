from dataclasses import replace

import pytest

from auth.claims import Claims
from auth.scopes import OPERATOR
from auth.verified import VerifiedTokens

CLAIMS = Claims(
    subject="ada",
    issuer="urn:i",
    client_id=None,
    org_id=None,
    scopes=frozenset({OPERATOR}),
    token_id=None,
    issued_at=None,
    expires_at=1000,
)


@pytest.fixture
def verified() -> VerifiedTokens:
    return VerifiedTokens(2)


def put(verified: VerifiedTokens, token: str, *, now: float = 100) -> None:
    verified.put(token, CLAIMS, now=now, generation=verified.generation)


def test_verified_serves_until_the_age_limit(verified: VerifiedTokens) -> None:
    put(verified, "t", now=100)
    assert verified.find("t", now=100) is CLAIMS
    assert verified.find("t", now=129.9) is CLAIMS
    assert verified.find("t", now=130) is None
    assert verified.find("t", now=129.9) is None


def test_verified_never_serves_at_expiry(verified: VerifiedTokens) -> None:
    put(verified, "t", now=990)
    assert verified.find("t", now=999.9) is CLAIMS
    assert verified.find("t", now=1000) is None


def test_verified_does_not_trust_a_clock_set_back(verified: VerifiedTokens) -> None:
    put(verified, "t", now=100)
    assert verified.find("t", now=99) is None


def test_verified_drops_the_least_recently_used(verified: VerifiedTokens) -> None:
    put(verified, "a")
    put(verified, "b")
    assert verified.find("a", now=100) is CLAIMS
    put(verified, "c")
    assert verified.find("a", now=100) is CLAIMS
    assert verified.find("b", now=100) is None


def test_verified_of_size_zero_keeps_nothing() -> None:
    verified = VerifiedTokens(0)
    put(verified, "t")
    assert verified.find("t", now=100) is None


def test_verified_refuses_claims_from_before_it_was_emptied(verified: VerifiedTokens) -> None:
    generation = verified.generation
    verified.clear()
    verified.put("t", CLAIMS, now=100, generation=generation)
    assert verified.find("t", now=100) is None


def test_verified_is_emptied(verified: VerifiedTokens) -> None:
    put(verified, "t")
    verified.clear()
    assert verified.find("t", now=100) is None


def test_verified_holds_no_token(verified: VerifiedTokens) -> None:
    put(verified, "a.secret.token")
    assert "a.secret.token" not in repr(vars(verified))


def test_verified_takes_any_text(verified: VerifiedTokens) -> None:
    assert verified.find("\ud800", now=100) is None


def test_verified_tells_tokens_apart(verified: VerifiedTokens) -> None:
    put(verified, "a")
    other = replace(CLAIMS, subject="eve")
    verified.put("b", other, now=100, generation=verified.generation)
    assert verified.find("a", now=100) is CLAIMS
    assert verified.find("b", now=100) is other
