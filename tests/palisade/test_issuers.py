"""Whose tokens a service trusts by its settings, tried with real keys against the endpoint."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from auth.development import DEVELOPMENT_ISSUER, DevelopmentIssuer
from auth.errors import IssuerConfigurationError
from auth.keys import JwksFile, JwksUrl
from auth.scopes import Role
from auth.tokens import TokenVerifier
from palisade.app import make_app
from palisade.issuers import development_issuer, trusted_issuer
from palisade.service import Service
from palisade.settings import Settings, SettingsError

ISSUER = "https://login.example.com/"
WHO = {"query": "{ viewer { organization { slug } } }"}

Ask = Callable[[Settings, str], Any]


class ExternalIssuer:
    """Somebody else's issuer: a key of its own, published as a JWK Set in a file."""

    def __init__(self, folder: Path) -> None:
        self.jwks = folder / "jwks.json"
        self._key = generate_private_key(SECP256R1())
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        key = {**public, "kid": "one", "use": "sig", "alg": "ES256"}
        self.jwks.write_text(json.dumps({"keys": [key]}))

    def issue(self, *, typ: str | None = "at+jwt", **claims: object) -> str:
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": "https://api.example.com",
            "sub": "ada",
            "roles": ["viewer"],
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        return jwt.encode(payload, self._key, "ES256", {"kid": "one", "typ": typ})


@pytest.fixture
def external(tmp_path: Path) -> ExternalIssuer:
    return ExternalIssuer(tmp_path)


@pytest.fixture
def settings(external: ExternalIssuer, tmp_path: Path) -> Settings:
    return Settings(
        issuer=ISSUER,
        audience="https://api.example.com",
        jwks=str(external.jwks),
        data_dir=tmp_path / "data",
    )


@pytest.fixture
def ask(service: Service) -> Ask:
    """The slug that a token opens under some settings; None where it is refused."""

    async def ask(settings: Settings, token: str) -> str | None:
        types = [table.type for table in service.catalog.exposed]
        verifier = TokenVerifier([trusted_issuer(settings)], service.database, types=types)
        transport = httpx.ASGITransport(app=make_app(replace(service, verifier=verifier)))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://palisade.test"
        ) as client:
            response = await client.post(
                "/graphql", json=WHO, headers={"authorization": f"Bearer {token}"}
            )
        if response.status_code == 401:
            return None
        assert response.status_code == 200
        slug: str = response.json()["data"]["viewer"]["organization"]["slug"]
        return slug

    return ask


def changed(settings: Settings, **changes: object) -> Settings:
    return Settings(**{**settings.model_dump(), **changes})


async def test_external_token_is_accepted_and_the_development_one_refused(
    ask: Ask, settings: Settings, external: ExternalIssuer, issuer: DevelopmentIssuer, org: Any
) -> None:
    assert await ask(settings, external.issue(org_id=str(org.id))) == org.slug
    assert await ask(settings, org.tokens["admin"]) is None
    disguised = DevelopmentIssuer(
        settings.data_dir, issuer=ISSUER, audience="https://api.example.com"
    )
    token = disguised.issue(org.id, role=Role.admin, subject="mallory")
    assert await ask(settings, token) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "palisade"},
        {"iss": ISSUER.rstrip("/")},
        {"iss": DEVELOPMENT_ISSUER},
        {"exp": int(time.time()) - 60},
        {"typ": "JWT"},
        {"typ": None},
        {"org_id": str(uuid4())},
    ],
)
async def test_external_token_is_held_to_every_setting(
    ask: Ask, settings: Settings, external: ExternalIssuer, org: Any, claims: dict[str, Any]
) -> None:
    assert await ask(settings, external.issue(**{"org_id": str(org.id), **claims})) is None


async def test_type_is_unchecked_where_it_is_set_empty(
    ask: Ask, settings: Settings, external: ExternalIssuer, org: Any
) -> None:
    token = external.issue(org_id=str(org.id), typ="JWT")
    assert await ask(settings, token) is None
    assert await ask(changed(settings, token_type=""), token) == org.slug


async def test_algorithm_is_refused_where_it_is_not_listed(
    ask: Ask, settings: Settings, external: ExternalIssuer, org: Any
) -> None:
    token = external.issue(org_id=str(org.id))
    assert await ask(changed(settings, algorithms=("EdDSA", "RS256")), token) is None
    assert await ask(changed(settings, algorithms=("ES256",)), token) == org.slug


@pytest.mark.parametrize(
    ("path", "nested"),
    [
        ("app.org", lambda id: {"app": {"org": id}}),
        ("https://example.com/org_id", lambda id: {"https://example.com/org_id": id}),
    ],
)
async def test_organisation_is_read_at_the_configured_claim_alone(
    ask: Ask,
    settings: Settings,
    external: ExternalIssuer,
    org: Any,
    other_org: Any,
    path: str,
    nested: Callable[[str], dict[str, object]],
) -> None:
    there = changed(settings, org_claim=path)
    claims = nested(str(org.id))
    assert await ask(there, external.issue(**claims)) == org.slug
    assert await ask(there, external.issue(org_id=str(other_org.id), **claims)) == org.slug
    assert await ask(there, external.issue(org_id=str(org.id))) is None
    assert await ask(settings, external.issue(**claims)) is None


async def test_external_id_is_looked_up_under_its_issuer(
    ask: Ask, settings: Settings, external: ExternalIssuer, org: Any, urls: Any
) -> None:
    name = f"acme-{uuid4()}"
    connection = await asyncpg.connect(urls.superuser)
    try:
        await connection.executemany(
            "INSERT INTO palisade.directory_entry (kind, key, org_id) VALUES ('external', $1, $2)",
            [(f"{ISSUER} {name}", org.id), (f"https://other.example.com/ {name}-2", org.id)],
        )
    finally:
        await connection.close()
    by_name = changed(settings, org_ids="external")
    assert await ask(by_name, external.issue(org_id=name)) == org.slug
    assert await ask(by_name, external.issue(org_id=f"{name}-2")) is None, "another issuer's"
    assert await ask(by_name, external.issue(org_id=str(org.id))) is None, "not by our own id"
    assert await ask(settings, external.issue(org_id=name)) is None


async def test_key_that_is_no_longer_published_is_refused(
    ask: Ask, settings: Settings, external: ExternalIssuer, org: Any, tmp_path: Path
) -> None:
    token = external.issue(org_id=str(org.id))
    assert await ask(settings, token) == org.slug
    (tmp_path / "later").mkdir()
    external.jwks.write_text(ExternalIssuer(tmp_path / "later").jwks.read_text())
    assert await ask(settings, token) is None


async def test_keys_that_can_not_be_read_are_unavailable_and_not_unauthenticated(
    service: Service, settings: Settings, external: ExternalIssuer, org: Any, tmp_path: Path
) -> None:
    nowhere = changed(settings, jwks=str(tmp_path / "nothing.json"))
    verifier = TokenVerifier([trusted_issuer(nowhere)], service.database, types=["Vendor"])
    transport = httpx.ASGITransport(app=make_app(replace(service, verifier=verifier)))
    async with httpx.AsyncClient(transport=transport, base_url="http://palisade.test") as client:
        token = external.issue(org_id=str(org.id))
        response = await client.post(
            "/graphql", json=WHO, headers={"authorization": f"Bearer {token}"}
        )
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert str(tmp_path) not in response.text


def test_keys_come_from_a_file_or_from_a_url(settings: Settings) -> None:
    assert isinstance(trusted_issuer(settings).keys, JwksFile)
    by_url = changed(settings, jwks="https://login.example.com/jwks")
    assert isinstance(trusted_issuer(by_url).keys, JwksUrl)


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks": "http://login.example.com/jwks"},
        {"jwks": "ftp://login.example.com/jwks"},
        {"algorithms": ("HS256",)},
        {"algorithms": ()},
        {"org_claim": "app..org"},
        {"leeway": 61},
        {"audience": ""},
    ],
)
def test_issuer_that_is_not_safe_is_refused(settings: Settings, changes: dict[str, Any]) -> None:
    with pytest.raises(IssuerConfigurationError):
        trusted_issuer(changed(settings, **changes))


def test_issuer_without_keys_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="PALISADE_JWKS is not set"):
        trusted_issuer(changed(settings, jwks=None))


def test_development_issuer_has_no_say_beside_a_real_one(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="PALISADE_ISSUER is"):
        development_issuer(settings)
    assert not settings.data_dir.exists()
    alone = changed(settings, issuer=None, jwks=None)
    assert trusted_issuer(alone).name == DEVELOPMENT_ISSUER
