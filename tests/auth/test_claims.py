from dataclasses import replace

import pytest

from auth.claims import Claims
from auth.organization import mint_org_id
from auth.scopes import OPERATOR


@pytest.fixture
def claims(org) -> Claims:
    return Claims(
        subject="ada",
        issuer="urn:i",
        client_id=None,
        org_id=mint_org_id(org),
        scopes=frozenset({"a:write"}),
        token_id=None,
        issued_at=None,
        expires_at=1,
    )


def test_has_scope_matches_whole_scopes(claims: Claims) -> None:
    assert claims.has_scope("a:write")
    assert not claims.has_scope("a:read")
    assert not claims.has_scope("a")


def test_claims_without_organisation_are_an_operators(claims: Claims) -> None:
    with pytest.raises(ValueError, match="either an organisation or the operator scope"):
        replace(claims, org_id=None)
    assert replace(claims, org_id=None, scopes=frozenset({OPERATOR})).org_id is None


def test_claims_of_an_operator_have_no_organisation(claims: Claims) -> None:
    with pytest.raises(ValueError, match="either an organisation or the operator scope"):
        replace(claims, scopes=frozenset({OPERATOR}))
