"""Tokens and signed contexts are known wherever they are written."""

from uuid import uuid4

import pytest

from assurance.prove.logs import secrets_in
from auth.development import DevelopmentIssuer
from auth.organization import mint_org_id
from auth.scopes import Role
from repository.context import ContextKey, ContextSigner


def test_secrets_in_knows_a_token(issuer: DevelopmentIssuer) -> None:
    token = issuer.issue(uuid4(), role=Role.admin, subject="somebody")
    (found,) = secrets_in(f'{{"authorization": "Bearer {token}"}}')
    assert found.startswith("a token: eyJ")
    assert token not in found


def test_secrets_in_knows_a_signed_context() -> None:
    context = ContextSigner(ContextKey.generate()).sign(mint_org_id(uuid4()))
    (found,) = secrets_in(f"$1 = '{context}'")
    assert found.startswith("a signed context: ")
    assert context not in found


@pytest.mark.parametrize(
    "text", ["", "org_id=7c2d4a52-08f2-4a6f-9a0a-5a7e7a4a0b1c", "eyJhbGciOi", "a|b|c", "x" * 500]
)
def test_secrets_in_finds_none_elsewhere(text: str) -> None:
    assert secrets_in(text) == []
