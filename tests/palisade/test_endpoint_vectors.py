"""The vectors of tests/auth at the endpoint: 401, the right challenge, and no statement sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from auth.issuers import Issuer
from auth.keys import StaticKeys
from auth.tokens import TokenVerifier
from palisade.app import make_app
from palisade.service import Service
from repository.connections import Connections, Transaction
from tests.auth.conftest import ISSUER, Clock
from tests.auth.vectors.claims import CLAIMS
from tests.auth.vectors.forge import SIGNERS, Forge, Vector
from tests.auth.vectors.headers import HEADERS
from tests.auth.vectors.shapes import SHAPES
from tests.auth.vectors.signatures import SIGNATURES
from tests.conftest import Org

VECTORS = [one for one in (*SIGNATURES, *HEADERS, *SHAPES, *CLAIMS) if one.at_endpoint]
ASKED = {"query": "{ viewer { subject organization { slug } } }"}
LATIN_1 = 0x100


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that was sent to the database."""
    statements: list[str] = []
    for door in (Connections, Transaction):
        fetch_row = door.fetch_row

        async def recording(
            self: Any, sql: str, arguments: Sequence[object], fetch_row: Any = fetch_row
        ) -> Any:
            statements.append(sql)
            return await fetch_row(self, sql, arguments)

        monkeypatch.setattr(door, "fetch_row", recording)
    return statements


@pytest.fixture
def client(service: Service) -> httpx.AsyncClient:
    """Trusts the vectors' issuer, at the vectors' time."""
    keys = StaticKeys([signer.verification_key for signer in SIGNERS])
    types = [table.type for table in service.catalog.exposed]
    verifier = TokenVerifier(
        [Issuer(ISSUER, "palisade", keys)], service.database, types=types, clock=Clock()
    )
    transport = httpx.ASGITransport(app=make_app(replace(service, verifier=verifier)))
    return httpx.AsyncClient(transport=transport, base_url="http://palisade.test")


async def _ask(client: httpx.AsyncClient, token: str, scheme: str = "Bearer ") -> httpx.Response:
    headers = [(b"authorization", scheme.encode() + token.encode("latin-1"))]
    return await client.post("/graphql", json=ASKED, headers=headers)


def _can_be_sent(token: str) -> bool:
    """Whether a header can hold it: a server lets no other through."""
    return all(ord(character) < LATIN_1 for character in token) and not set(token) & set("\r\n\x00")


async def test_vectors_are_refused_without_a_statement(
    client: httpx.AsyncClient, org: Org, sent: list[str], subtests: pytest.Subtests
) -> None:
    forge = Forge(org.id)
    tried: list[Vector] = []
    for vector in VECTORS:
        token = vector.spoilt(forge)
        if not _can_be_sent(token):
            continue
        tried.append(vector)
        with subtests.test(vector.name):
            sent.clear()
            response = await _ask(client, token)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            (error,) = response.json()["errors"]
            assert error["extensions"]["reason"] == vector.refused.reason  # type: ignore[attr-defined]
            assert len(sent) == vector.statements
            assert len(response.content) < 300
    assert len(tried) > 550
    assert (await _ask(client, forge.token())).status_code == 200


@pytest.mark.parametrize("space", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0"], ids=ascii)
async def test_white_space_that_is_none_of_http_is_a_part_of_the_token(
    client: httpx.AsyncClient, org: Org, sent: list[str], space: str
) -> None:
    token = Forge(org.id).token()
    for text in (space + token, token + space):
        sent.clear()
        assert (await _ask(client, text)).status_code == 401
        assert sent == []
    for text in (token, f" {token}", f"{token}\t "):
        assert (await _ask(client, text)).status_code == 200


async def test_token_anywhere_but_in_its_header_is_none(
    client: httpx.AsyncClient, org: Org, sent: list[str]
) -> None:
    """RFC 6750, sections 2.2, 2.3 and 5.3: bodies, queries and cookies end up in logs and caches."""
    token = Forge(org.id).token()
    sent.clear()
    for response in (
        await client.post(f"/graphql?access_token={token}", json=ASKED),
        await client.post("/graphql", json={**ASKED, "access_token": token}),
        await client.post("/graphql", json=ASKED, headers={"cookie": f"access_token={token}"}),
        await client.post("/graphql", json=ASKED, headers={"x-access-token": token}),
        await client.post(
            "/graphql", json=ASKED, headers={"proxy-authorization": f"Bearer {token}"}
        ),
        await _ask(client, token, scheme="DPoP "),
        await _ask(client, token, scheme="Bearer\t"),
        await _ask(client, token, scheme="Bearer,"),
        await _ask(client, token, scheme=" Bearer "),
    ):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert sent == []
    assert (await _ask(client, token)).status_code == 200
