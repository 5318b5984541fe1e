"""The endpoint from outside: who is let in, what is answered, and what is told about it."""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from types import ModuleType
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
import strawberry
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from graphql import GraphQLError

from auth.development import DEVELOPMENT_ISSUER, DevelopmentIssuer
from palisade import endpoint
from palisade.app import make_app
from palisade.logs import configure_logs
from palisade.service import Service
from perimeter.documents import Documents
from perimeter.requests import JSON, MAX_BODY_BYTES, RESPONSE_JSON
from repository.connections import Connections, Transaction
from repository.errors import DatabaseUnavailable
from resolvers.execute import Operations
from schema.build import build_schema, core_schema
from schema.extension import Extension

QUERY = "{ viewer { subject organization { slug } } }"
VENDORS = "{ vendors { nodes { name } } }"
CREATE = "mutation ($name: String!) { createVendor(input: {name: $name, tier: LOW}) { vendor { name } } }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ORIGIN = "https://app.example.com"

Clients = Callable[[Service], httpx.AsyncClient]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that was sent to the database."""
    statements: list[str] = []
    for door in (Connections, Transaction):
        fetch_row = door.fetch_row

        async def recording(
            self: Any, sql: str, arguments: Sequence[object], fetch_row: Any = fetch_row
        ) -> Sequence[Any]:
            statements.append(sql)
            row: Sequence[Any] = await fetch_row(self, sql, arguments)
            return row

        monkeypatch.setattr(door, "fetch_row", recording)
    return statements


@pytest.fixture(autouse=True)
def logs() -> Iterator[StringIO]:
    """What the service writes to its log."""
    written, before = StringIO(), sys.stderr
    sys.stderr = written
    try:
        configure_logs()
    finally:
        sys.stderr = before
    yield written
    structlog.reset_defaults()


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """A client of a service's application."""
    made: list[httpx.AsyncClient] = []

    def make(service: Service, **settings: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=make_app(service, **settings))
        made.append(httpx.AsyncClient(transport=transport, base_url="http://palisade.test"))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def extended(service: Service, clients: Clients) -> Callable[[type], httpx.AsyncClient]:
    """A client of the service with own root fields."""

    def extend(query: type) -> httpx.AsyncClient:
        package = ModuleType("own")
        package.extend = lambda types: Extension(query=query)  # type: ignore[attr-defined]
        schema = build_schema(service.catalog, [package])
        core = core_schema(schema)
        operations = Operations(core, service.catalog)
        return clients(
            replace(service, schema=schema, documents=Documents(core), operations=operations)
        )

    return extend


async def post(
    client: httpx.AsyncClient,
    token: str | None,
    query: str = QUERY,
    *,
    variables: object = None,
    accept: str = RESPONSE_JSON,
) -> httpx.Response:
    headers = {"accept": accept}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return await client.post(
        "/graphql", json={"query": query, "variables": variables}, headers=headers
    )


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(organisation: object, **changes: object) -> dict[str, object]:
    now = int(time.time())
    good = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": "palisade",
        "sub": "ada",
        "org_id": str(organisation),
        "roles": ["admin"],
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


def signed(issuer: DevelopmentIssuer, payload: Mapping[str, object], **header: object) -> str:
    return jwt.encode(
        dict(payload), issuer._key, "EdDSA", {"typ": "at+jwt", "kid": issuer._kid, **header}
    )


def unsigned(issuer: DevelopmentIssuer, org_id: object) -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": issuer._kid}
    return f"{part(header)}.{part(claims(org_id))}."


def signed_with_the_public_key(
    issuer: DevelopmentIssuer, org_id: object, encoding: Encoding, form: PublicFormat
) -> str:
    secret = issuer._key.public_key().public_bytes(encoding, form)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": issuer._kid}
    text = f"{part(header)}.{part(claims(org_id))}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


# Who is let in


async def test_token_that_is_good_lets_in(
    client: httpx.AsyncClient, org: Any, issuer: DevelopmentIssuer, sent: list[str]
) -> None:
    sent.clear()
    response = await post(client, signed(issuer, claims(org.id)))
    assert response.status_code == 200
    assert response.json() == {
        "data": {"viewer": {"subject": "ada", "organization": {"slug": org.slug}}}
    }
    assert [sql for sql in sent if "data." in sql], "the spy sees what is sent"


REFUSED_TOKENS: dict[str, Callable[[DevelopmentIssuer, Any], str]] = {
    "garbage": lambda issuer, org: "garbage",
    "three parts of garbage": lambda issuer, org: "a.b.c",
    "empty": lambda issuer, org: "",
    "two tokens": lambda issuer, org: " ".join([org.tokens["admin"]] * 2),
    "inner spaces": lambda issuer, org: org.tokens["admin"].replace(".", " .", 1),
    "comma": lambda issuer, org: f"{org.tokens['admin']},",
    "expired": lambda issuer, org: signed(issuer, claims(org.id, exp=int(time.time()) - 60)),
    "no expiry": lambda issuer, org: signed(issuer, claims(org.id, exp=None)),
    "not yet": lambda issuer, org: signed(issuer, claims(org.id, nbf=int(time.time()) + 600)),
    "other audience": lambda issuer, org: signed(issuer, claims(org.id, aud="another")),
    "other issuer": lambda issuer, org: signed(issuer, claims(org.id, iss="urn:another")),
    "id token": lambda issuer, org: signed(issuer, claims(org.id), typ="JWT"),
    "other key": lambda issuer, org: signed(issuer, claims(org.id))[:-8] + "AAAAAAAA",
    "unknown key": lambda issuer, org: signed(issuer, claims(org.id), kid="another"),
    "changed claims": lambda issuer, org: ".".join(
        [
            signed(issuer, claims(org.id)).split(".")[0],
            part(claims(uuid4())),
            signed(issuer, claims(org.id)).split(".")[2],
        ]
    ),
    "no algorithm": lambda issuer, org: unsigned(issuer, org.id),
    "public key as secret": lambda issuer, org: signed_with_the_public_key(
        issuer, org.id, Encoding.Raw, PublicFormat.Raw
    ),
    "public PEM as secret": lambda issuer, org: signed_with_the_public_key(
        issuer, org.id, Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ),
    "no organisation": lambda issuer, org: signed(issuer, claims(org.id, org_id=None)),
    "organisation by slug": lambda issuer, org: signed(issuer, claims(org.slug)),
    "organisation in capitals": lambda issuer, org: signed(issuer, claims(str(org.id).upper())),
}


@pytest.mark.parametrize("name", REFUSED_TOKENS)
async def test_token_that_is_not_good_is_refused_without_a_statement(
    client: httpx.AsyncClient, org: Any, issuer: DevelopmentIssuer, sent: list[str], name: str
) -> None:
    token = REFUSED_TOKENS[name](issuer, org)
    sent.clear()
    response = await post(client, token)
    assert response.status_code == 401
    assert codes(response) == ["UNAUTHENTICATED"]
    assert "data" not in response.json()
    wanted = "Bearer" if name == "empty" else 'Bearer error="invalid_token"'
    assert response.headers["www-authenticate"] == wanted
    assert sent == []


async def test_token_of_no_organisation_costs_the_directory_look_up_alone(
    client: httpx.AsyncClient, org: Any, issuer: DevelopmentIssuer, sent: list[str]
) -> None:
    sent.clear()
    response = await post(client, signed(issuer, claims(uuid4())))
    assert response.status_code == 401
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert len(sent) == 1
    assert "palisade.find_org($1, $2)" in sent[0]


@pytest.mark.parametrize("scheme", [None, "Basic {}", "{}", "Token {}", "Bearer", "Bearer  "])
async def test_request_without_a_bearer_token_is_asked_for_one(
    client: httpx.AsyncClient, org: Any, sent: list[str], scheme: str | None
) -> None:
    sent.clear()
    headers = {"authorization": scheme.format(org.tokens["admin"])} if scheme else {}
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.status_code == 401
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.headers["www-authenticate"] == "Bearer"
    assert sent == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
async def test_scheme_is_read_in_any_case(client: httpx.AsyncClient, org: Any, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {org.tokens['admin']}"}
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.status_code == 200


async def test_authorization_that_is_repeated_is_refused(
    client: httpx.AsyncClient, org: Any, other_org: Any, sent: list[str]
) -> None:
    sent.clear()
    for pair in ((org, other_org), (org, org)):
        values = [("authorization", f"Bearer {one.tokens['admin']}") for one in pair]
        response = await client.post("/graphql", json={"query": QUERY}, headers=values)
        assert response.status_code == 401
    assert sent == []
    response = await client.post("/graphql", json={"query": QUERY}, headers=values[:1])
    assert response.status_code == 200


async def test_organisation_comes_from_the_token_and_from_nowhere_else(
    client: httpx.AsyncClient, org: Any, other_org: Any
) -> None:
    response = await client.post(
        f"/graphql?org_id={other_org.id}",
        json={"query": QUERY, "org_id": str(other_org.id), "extensions": {"org_id": "x"}},
        headers={
            "authorization": f"Bearer {org.tokens['admin']}",
            "x-org-id": str(other_org.id),
            "cookie": f"org_id={other_org.id}",
            "host": f"{other_org.slug}.palisade.test",
        },
    )
    assert response.json()["data"]["viewer"]["organization"]["slug"] == org.slug


# What is a request


async def test_body_that_is_no_json_is_answered_400(client: httpx.AsyncClient, org: Any) -> None:
    for accept in (JSON, RESPONSE_JSON):
        response = await client.post(
            "/graphql",
            content=b"{",
            headers={
                "content-type": JSON,
                "accept": accept,
                "authorization": f"Bearer {org.tokens['admin']}",
            },
        )
        assert response.status_code == 400
        assert codes(response) == ["BAD_USER_INPUT"]
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"


async def test_batch_is_refused(client: httpx.AsyncClient, org: Any, sent: list[str]) -> None:
    sent.clear()
    headers = {"authorization": f"Bearer {org.tokens['admin']}"}
    response = await client.post("/graphql", json=[{"query": QUERY}] * 2, headers=headers)
    assert response.status_code == 400
    assert "batching" in response.text
    assert sent == []


async def test_content_type_other_than_json_is_answered_415(
    client: httpx.AsyncClient, org: Any
) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}"}
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        f"{JSON};charset=utf-16",
    ):
        response = await client.post(
            "/graphql",
            content=json.dumps({"query": QUERY}),
            headers={**headers, "content-type": content_type},
        )
        assert response.status_code == 415
    assert (await client.post("/graphql", content=b"", headers=headers)).status_code == 415


async def test_body_too_large_is_answered_413_declared_or_not(
    client: httpx.AsyncClient, org: Any
) -> None:
    pieces = 0

    async def body(size: int) -> AsyncIterator[bytes]:
        nonlocal pieces
        start = json.dumps({"query": QUERY, "extensions": {"pad": ""}}).encode()[:-3]
        yield start
        for _ in range(0, size - len(start) - 3, 10_000):
            pieces += 1
            yield b"x" * 10_000
        yield b'"}}'

    headers = {"content-type": JSON, "authorization": f"Bearer {org.tokens['admin']}"}
    declared = b" " * (MAX_BODY_BYTES + 1)
    assert (await client.post("/graphql", content=declared, headers=headers)).status_code == 413
    too_long = await client.post("/graphql", content=body(3 * MAX_BODY_BYTES), headers=headers)
    assert too_long.status_code == 413
    assert "content-length" not in too_long.request.headers
    assert pieces < 110, "it stops reading at the limit"
    allowed = await client.post("/graphql", content=body(MAX_BODY_BYTES // 2), headers=headers)
    assert allowed.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_method_other_than_get_and_post_is_answered_405(
    client: httpx.AsyncClient, org: Any, method: str
) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}", "accept": "*/*"}
    response = await client.request(method, "/graphql", params={"query": QUERY}, headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_answer_in_a_type_that_is_not_there_is_answered_406(
    client: httpx.AsyncClient, org: Any
) -> None:
    response = await post(client, org.tokens["admin"], accept="text/csv")
    assert response.status_code == 406
    assert codes(response) == ["BAD_USER_INPUT"]


async def test_get_answers_a_query_and_refuses_a_mutation(
    client: httpx.AsyncClient, org: Any, sent: list[str]
) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}"}
    document = f"query A {QUERY} {CREATE.replace('mutation', 'mutation B')}"

    async def get(query: str, **more: str) -> httpx.Response:
        return await client.get("/graphql", params={"query": query, **more}, headers=headers)

    assert (await get(QUERY)).json()["data"]["viewer"]["organization"]["slug"] == org.slug
    assert (await get(document, operationName="A")).status_code == 200
    sent.clear()
    variables = json.dumps({"name": "by get"})
    for response in (
        await get(CREATE, variables=variables),
        await get(document, operationName="B", variables=variables),
    ):
        assert response.status_code == 405
        assert "POST" in response.headers["allow"]
    assert "errors" in (await get(document, variables=variables)).json()
    assert sent == []
    assert (await post(client, org.tokens["admin"], VENDORS)).json()["data"]["vendors"][
        "nodes"
    ] == []


async def test_browser_gets_the_page_by_get_and_an_answer_by_post(
    client: httpx.AsyncClient, org: Any
) -> None:
    page = await client.get("/graphql", headers={"accept": BROWSER})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    answer = await post(client, org.tokens["admin"], accept=BROWSER)
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert answer.json()["data"]


async def test_names_of_operations_choose_one(client: httpx.AsyncClient, org: Any) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}", "accept": RESPONSE_JSON}
    document = "query A { a: __typename } query B { b: __typename }"

    async def ask(name: str | None) -> httpx.Response:
        body = {"query": document, "operationName": name}
        return await client.post("/graphql", json=body, headers=headers)

    assert (await ask("B")).json() == {"data": {"b": "Query"}}
    for name in (None, "C", ""):
        response = await ask(name)
        assert response.status_code == 400
        assert "data" not in response.json()


# What is answered

REQUEST_ERRORS = {
    "syntax": ("{ viewer {", None),
    "not text of a document": ("  \n ", None),
    "unknown field": ("{ nothing }", None),
    "unknown argument": ("{ vendors(tenant: 1) { nodes { id } } }", None),
    "missing variable": (CREATE, None),
    "variable of a wrong type": (CREATE, {"name": 7}),
    "variable that is null": (CREATE, {"name": None}),
    "bad value": ("{ vendors(first: 0) { nodes { id } } }", None),
}


@pytest.mark.parametrize("name", REQUEST_ERRORS)
async def test_request_error_has_no_data_and_a_status_by_the_type_of_the_answer(
    client: httpx.AsyncClient, org: Any, sent: list[str], name: str
) -> None:
    query, variables = REQUEST_ERRORS[name]
    await post(client, org.tokens["admin"])
    sent.clear()
    for accept, status in ((RESPONSE_JSON, 400), (JSON, 200)):
        response = await post(
            client, org.tokens["admin"], query, variables=variables, accept=accept
        )
        assert response.status_code == status
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert "data" not in response.json()
        assert set(codes(response)) == {"BAD_USER_INPUT"}
    assert sent == []


async def test_forbidden_is_answered_403_to_those_who_read_the_status(
    client: httpx.AsyncClient, org: Any, sent: list[str]
) -> None:
    await post(client, org.tokens["viewer"])
    sent.clear()
    for accept, status in ((RESPONSE_JSON, 403), (JSON, 200)):
        response = await post(
            client, org.tokens["viewer"], CREATE, variables={"name": "x"}, accept=accept
        )
        assert response.status_code == status
        assert codes(response) == ["FORBIDDEN"]
        assert "data" not in response.json()
    assert sent == []
    allowed = await post(client, org.tokens["editor"], CREATE, variables={"name": "x"})
    assert allowed.json() == {"data": {"createVendor": {"vendor": {"name": "x"}}}}


async def test_refusal_does_not_say_what_else_there_is(client: httpx.AsyncClient, org: Any) -> None:
    response = await post(client, org.tokens["admin"], "{ vendor { id } vendorz { id } }")
    assert "Did you mean" not in response.text


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("*/*", JSON),
        (f"{JSON};q=0.5, {RESPONSE_JSON};q=0.4", JSON),
        (f"{JSON};q=0.4, {RESPONSE_JSON};q=0.5", RESPONSE_JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
    ],
)
async def test_answer_comes_in_the_type_that_is_preferred(
    client: httpx.AsyncClient, org: Any, accept: str, answer: str
) -> None:
    response = await post(client, org.tokens["admin"], accept=accept)
    assert response.headers["content-type"] == f"{answer}; charset=utf-8"
    assert response.headers["vary"] == "accept, origin"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_accept_in_two_headers_is_one_list(client: httpx.AsyncClient, org: Any) -> None:
    headers = [
        ("authorization", f"Bearer {org.tokens['admin']}"),
        ("accept", f"{JSON};q=0.1"),
        ("accept", f"{RESPONSE_JSON};q=0.9"),
    ]
    for order in (headers, headers[::-1]):
        response = await client.post("/graphql", json={"query": QUERY}, headers=order)
        assert response.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"


async def test_text_of_any_script_comes_back_as_it_was(client: httpx.AsyncClient, org: Any) -> None:
    name = "Größe 測試 🏰 \u202e \u2028"
    response = await post(client, org.tokens["admin"], CREATE, variables={"name": name})
    assert response.json()["data"]["createVendor"]["vendor"]["name"] == name


# What goes wrong inside


CANARY = "canary-7f3a"


@strawberry.type
class Broken:
    """Fields that fail as nobody foresaw."""

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError(f"{CANARY}-message")

    @strawberry.field
    def fatal(self) -> str:
        raise ValueError(f"{CANARY}-message")

    @strawberry.field
    def unsendable(self) -> str:
        return "\ud800"

    @strawberry.field
    def coded(self) -> str | None:
        raise GraphQLError("no", extensions={"code": "CONFLICT"})

    @strawberry.field
    async def away(self) -> str | None:
        raise DatabaseUnavailable


async def test_unforeseen_error_is_masked_beside_the_data(
    extended: Callable[[type], httpx.AsyncClient], org: Any
) -> None:
    response = await post(extended(Broken), org.tokens["viewer"], "{ broken __typename }")
    assert response.status_code == 200
    assert response.json()["data"] == {"broken": None, "__typename": "Query"}
    (error,) = response.json()["errors"]
    assert error["path"] == ["broken"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    assert response.headers["x-request-id"] in error["message"]
    assert CANARY not in response.text


@pytest.mark.parametrize("field", ["fatal", "unsendable"])
@pytest.mark.parametrize("accept", [JSON, RESPONSE_JSON])
async def test_unforeseen_error_without_data_is_answered_500(
    extended: Callable[[type], httpx.AsyncClient], org: Any, field: str, accept: str
) -> None:
    response = await post(extended(Broken), org.tokens["viewer"], f"{{ {field} }}", accept=accept)
    assert response.status_code == 500
    assert codes(response) == ["INTERNAL"]
    assert response.headers["x-request-id"] in response.json()["errors"][0]["message"]
    assert CANARY not in response.text


async def test_error_with_a_code_of_its_own_is_shown(
    extended: Callable[[type], httpx.AsyncClient], org: Any
) -> None:
    response = await post(extended(Broken), org.tokens["viewer"], "{ coded }")
    assert response.status_code == 200
    assert codes(response) == ["CONFLICT"]


async def test_unavailable_field_makes_the_whole_answer_503(
    extended: Callable[[type], httpx.AsyncClient], org: Any
) -> None:
    response = await post(extended(Broken), org.tokens["viewer"], "{ away __typename }")
    assert response.status_code == 503
    assert codes(response) == ["UNAVAILABLE"]
    assert response.headers["retry-after"] == "2"


async def test_operation_that_takes_too_long_is_ended(
    client: httpx.AsyncClient, org: Any, urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "OPERATION_TIMEOUT", timedelta(seconds=0.3))
    locking = await asyncpg.connect(urls.superuser)
    try:
        async with locking.transaction():
            await locking.execute("LOCK TABLE data.vendor IN ACCESS EXCLUSIVE MODE")
            started = time.perf_counter()
            for accept, status in ((RESPONSE_JSON, 400), (JSON, 200)):
                response = await post(client, org.tokens["admin"], VENDORS, accept=accept)
                assert response.status_code == status
                assert codes(response) == ["TOO_COMPLEX"]
            assert time.perf_counter() - started < 3
            async with asyncio.timeout(2):  # its statement is cancelled as well
                while await locking.fetchval(
                    "SELECT count(*) FROM pg_locks "
                    "WHERE NOT granted AND relation = 'data.vendor'::regclass"
                ):
                    await asyncio.sleep(0.01)
    finally:
        await locking.close()
    assert (await post(client, org.tokens["admin"], VENDORS)).json()["data"]


async def test_mutation_that_takes_too_long_leaves_nothing(
    client: httpx.AsyncClient, org: Any, urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    locking = await asyncpg.connect(urls.superuser)
    try:
        async with locking.transaction():
            await locking.execute("LOCK TABLE data.audit_event IN ACCESS EXCLUSIVE MODE")
            monkeypatch.setattr(endpoint, "OPERATION_TIMEOUT", timedelta(seconds=0.3))
            response = await post(client, org.tokens["admin"], CREATE, variables={"name": "late"})
            assert codes(response) == ["TOO_COMPLEX"]
    finally:
        await locking.close()
    monkeypatch.undo()
    response = await post(client, org.tokens["admin"], VENDORS)
    assert response.json()["data"]["vendors"]["nodes"] == []
    response = await post(client, org.tokens["admin"], CREATE, variables={"name": "late"})
    assert response.json()["data"]["createVendor"]["vendor"]["name"] == "late"


# What is told about it


async def provoke(
    client: httpx.AsyncClient, org: Any, issuer: DevelopmentIssuer
) -> list[httpx.Response]:
    """One answer of each kind."""
    admin, viewer = org.tokens["admin"], org.tokens["viewer"]
    json_headers = {"content-type": JSON, "authorization": f"Bearer {admin}"}
    canary = {"name": f"{CANARY}-value"}
    return [
        await post(client, admin),
        await post(client, admin, CREATE, variables=canary),
        await post(client, admin, CREATE, variables=canary),
        await post(client, admin, f'{{ nodes(ids: ["{CANARY}-id"]) {{ id }} }}'),
        await post(client, admin, f"{{ {CANARY.replace('-', '_')} }}"),
        await post(client, admin, CREATE, variables={"name": [f"{CANARY}-wrong"]}),
        await post(client, viewer, CREATE, variables=canary),
        await post(client, None, f'query {{ node(id: "{CANARY}") {{ id }} }}'),
        await post(client, f"{CANARY}.e30.e30"),
        await post(client, signed(issuer, claims(uuid4(), sub=f"{CANARY}-subject"))),
        await post(client, admin, accept=f"text/{CANARY}"),
        await client.request("PUT", "/graphql", headers=json_headers),
        await client.post("/graphql", content=CANARY, headers=json_headers),
        await client.post("/graphql", content=CANARY),
        await client.post("/graphql", content=b" " * 1_000_001, headers=json_headers),
        await client.get("/graphql", params={"query": CREATE}, headers=json_headers),
        await client.get("/graphql", params={"query": f"{{ {CANARY} }}"}, headers=json_headers),
        await post(client, admin, "{ broken }"),
        await post(client, admin, "{ fatal }"),
        await post(client, admin, "{ unsendable }"),
        await post(client, admin, "{ away }"),
    ]


async def test_request_id_is_in_every_answer_and_in_its_log_line(
    extended: Callable[[type], httpx.AsyncClient],
    org: Any,
    issuer: DevelopmentIssuer,
    logs: StringIO,
) -> None:
    answers = await provoke(extended(Broken), org, issuer)
    assert {answer.status_code for answer in answers} == {
        *(200, 400, 401, 403, 405, 406, 413, 415, 500, 503)
    }
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert [line["request_id"] for line in requests] == ids
    assert [line["status"] for line in requests] == [answer.status_code for answer in answers]
    assert all(line["request_id"] in ids for line in lines)
    assert {line["event"] for line in lines} == {"request", "unforeseen_error"}


async def test_request_id_is_ours_and_not_the_clients(client: httpx.AsyncClient, org: Any) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}", "x-request-id": "mine"}
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.headers["x-request-id"] != "mine"


async def test_log_holds_no_value_no_query_and_no_token(
    extended: Callable[[type], httpx.AsyncClient],
    org: Any,
    issuer: DevelopmentIssuer,
    logs: StringIO,
) -> None:
    await provoke(extended(Broken), org, issuer)
    written = logs.getvalue()
    assert CANARY not in written
    assert CANARY.replace("-", "_") not in written
    assert "createVendor" not in written
    for token in org.tokens.values():
        assert token not in written
        assert token.split(".")[1] not in written
        assert token.split(".")[2] not in written
    assert str(org.id) in written, "who asked is told"
    assert "ValueError" in written, "what went wrong is told"
    assert "test_endpoint.py" in written, "and where"


# A page of another origin


async def test_cors_is_for_the_listed_origins_alone(
    service: Service, clients: Any, org: Any
) -> None:
    client = clients(service, cors_origins=(ORIGIN,))
    for origin, allowed in (
        (ORIGIN, True),
        ("https://app.example.com.evil.test", False),
        ("http://app.example.com", False),
        ("null", False),
    ):
        headers = {"authorization": f"Bearer {org.tokens['admin']}", "origin": origin}
        response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
        assert response.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert "access-control-allow-credentials" not in response.headers
        assert "origin" in response.headers["vary"].lower()
    assert response.headers.get("access-control-expose-headers") == "x-request-id"


async def test_cors_preflight_is_answered_for_the_listed_origins_alone(
    service: Service, clients: Any
) -> None:
    client = clients(service, cors_origins=(ORIGIN,))
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    allowed = await client.options("/graphql", headers={"origin": ORIGIN, **asked})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert allowed.headers["access-control-max-age"] == "600"
    refused = await client.options("/graphql", headers={"origin": "https://evil.test", **asked})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    other = await client.options(
        "/graphql", headers={"origin": ORIGIN, "access-control-request-method": "DELETE"}
    )
    assert other.status_code == 400


async def test_cors_is_off_where_no_origin_is_listed(client: httpx.AsyncClient, org: Any) -> None:
    headers = {"authorization": f"Bearer {org.tokens['admin']}", "origin": ORIGIN}
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


# Many at once


async def test_requests_at_once_stay_with_their_organisations(
    client: httpx.AsyncClient, org: Any, other_org: Any
) -> None:
    async def slug(one: Any) -> tuple[str, str]:
        response = await post(client, one.tokens["viewer"])
        return one.slug, response.json()["data"]["viewer"]["organization"]["slug"]

    answers: list[tuple[str, str]] = await asyncio.gather(
        *(slug(one) for one in (org, other_org) * 20)
    )
    assert all(asked == answered for asked, answered in answers)
