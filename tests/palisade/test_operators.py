"""The lifecycle of organisations through the endpoint: for operators, and for nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from auth.development import DevelopmentIssuer
from auth.scopes import Role
from palisade.app import make_app
from palisade.exports import write_export
from palisade.service import Service
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.erasure import Certificate
from resolvers.errors import TooComplex
from schema import operators
from tests.conftest import ACTOR, Org, Urls

Send = Callable[..., Awaitable[httpx.Response]]

CREATE = 'mutation { createVendor(input: {name: "Initech", tier: LOW}) { vendor { id } } }'
READ = "{ organizations { nodes { slug status } } }"
MUTATIONS = {
    "freezeOrganization": '(input: {slug: $slug, reason: "A drill."}) { id slug status settled }',
    "thawOrganization": '(input: {slug: $slug, reason: "Over."}) { id slug status settled }',
    "eraseOrganization": (
        '(input: {slug: $slug, confirm: $slug, reason: "The end."}) { slug erased certificate }'
    ),
    "exportOrganization": "(input: {slug: $slug}) { name records digest }",
}


def operated(name: str) -> str:
    return f"mutation ($slug: String!) {{ {name}{MUTATIONS[name]} }}"


@pytest.fixture
async def operable(
    service: Service, urls: Urls, context_key: ContextKey, tmp_path: Path
) -> AsyncIterator[Service]:
    """The service with a worker's connections, and a place for exports."""
    connections = Connections(urls.worker, size=2)
    worker = Database(service.catalog, connections, ContextSigner(context_key))
    await connections.open()
    try:
        yield replace(
            service, worker=worker, worker_connections=connections, export_dir=tmp_path / "exports"
        )
    finally:
        await connections.close()


@pytest.fixture
async def send(operable: Service) -> AsyncIterator[Send]:
    """Sends a document with a token."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=make_app(operable)), base_url="http://palisade.test"
    ) as client:

        async def send(token: str, query: str, **variables: object) -> httpx.Response:
            return await client.post(
                "/graphql",
                json={"query": query, "variables": variables},
                headers={"authorization": f"Bearer {token}"},
            )

        yield send


@pytest.fixture
def operator(issuer: DevelopmentIssuer) -> str:
    return issuer.issue_operator(subject="the operator")


def the_error(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


async def test_an_operator_freezes_and_thaws(
    send: Send, operator: str, org: Org, other_org: Org, issuer: DevelopmentIssuer
) -> None:
    person = org.tokens["admin"]
    machine = issuer.issue(org.id, role=Role.admin, subject="sync", client_id="sync")
    answer = (await send(operator, operated("freezeOrganization"), slug=org.slug)).json()
    assert answer["data"]["freezeOrganization"] == {
        "id": str(org.id),
        "slug": org.slug,
        "status": "FROZEN",
        "settled": True,
    }

    refused = await send(person, CREATE)
    assert refused.json()["data"] == {"createVendor": None}
    assert the_error(refused) == {
        "code": "FORBIDDEN",
        "rule": "the organisation is frozen: nothing can be changed until it is thawed",
    }
    read = (await send(person, READ)).json()["data"]["organizations"]["nodes"]
    assert read == [{"slug": org.slug, "status": "FROZEN"}]
    kept_out = await send(machine, READ)
    assert kept_out.status_code == 403
    assert the_error(kept_out) == {"code": "FORBIDDEN", "reason": "organization_frozen"}
    assert "data" not in kept_out.json()
    assert "errors" not in (await send(other_org.tokens["admin"], CREATE)).json()

    answer = (await send(operator, operated("thawOrganization"), slug=org.slug)).json()
    assert answer["data"]["thawOrganization"]["status"] == "ACTIVE"
    assert "errors" not in (await send(person, CREATE)).json()
    assert (await send(machine, READ)).status_code == 200


async def test_an_operator_exports_and_reads_no_record(
    send: Send, operator: str, org: Org, other_org: Org, tmp_path: Path
) -> None:
    await send(org.tokens["admin"], CREATE)
    await send(other_org.tokens["admin"], CREATE.replace("Initech", "Hooli"))
    response = await send(operator, operated("exportOrganization"), slug=org.slug)
    made = response.json()["data"]["exportOrganization"]
    assert "Initech" not in response.text
    folder = tmp_path / "exports" / made["name"]
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert (manifest["organisation"], manifest["digest"]) == (org.slug, made["digest"])
    assert made["records"] == sum(type_["count"] for type_ in manifest["types"].values())
    text = "".join(file.read_text() for file in folder.iterdir())
    assert "Initech" in text
    assert "Hooli" not in text
    assert other_org.slug not in text


async def test_an_export_that_takes_too_long_leaves_nothing(
    operable: Service, org: Org, tmp_path: Path
) -> None:
    assert operable.worker
    with pytest.raises(TooComplex, match="palisade export"):
        await write_export(
            operable.worker, tmp_path, org.slug, actor=ACTOR, patience=timedelta(microseconds=1)
        )
    assert list(tmp_path.iterdir()) == []


async def test_an_operator_erases(
    send: Send, operable: Service, operator: str, org: Org, other_org: Org
) -> None:
    assert "errors" not in (await send(org.tokens["admin"], CREATE)).json()
    answer = (await send(operator, operated("eraseOrganization"), slug=org.slug)).json()
    erasure = answer["data"]["eraseOrganization"]
    assert erasure["erased"] is True
    certificate = Certificate(erasure["certificate"])
    assert certificate.adds_up()
    facts = orjson.loads(erasure["certificate"])
    assert facts["orgId"] == str(org.id)
    assert facts["erasedBy"] == "the operator"
    assert facts["rowsDeleted"]["data.vendor"] == 1
    assert not any(facts["rowsLeft"].values())

    operable.verifier.forget_all()
    refused = await send(org.tokens["admin"], READ)
    assert refused.status_code == 401
    assert the_error(refused)["reason"] == "organization_unknown"
    assert (await send(other_org.tokens["admin"], READ)).status_code == 200


async def test_a_token_of_an_erased_organisation_does_not_reach_the_next_of_its_slug(
    send: Send, operable: Service, operator: str, org: Org
) -> None:
    await send(operator, operated("eraseOrganization"), slug=org.slug)
    create = (
        'mutation ($slug: String!) { createOrganization(input: {slug: $slug, name: "New"}) { id } }'
    )
    made = (await send(operator, create, slug=org.slug)).json()["data"]["createOrganization"]
    assert made["id"] != str(org.id)
    # Remembered a moment ago or not.
    assert (await send(org.tokens["admin"], READ)).status_code in (200, 401)
    operable.verifier.forget_all()
    assert (await send(org.tokens["admin"], READ)).status_code == 401


async def test_a_token_remembered_from_before_finds_nothing_and_writes_nothing(
    send: Send, operator: str, org: Org
) -> None:
    assert (await send(org.tokens["admin"], READ)).status_code == 200
    await send(operator, operated("eraseOrganization"), slug=org.slug)
    read = (await send(org.tokens["admin"], READ)).json()
    assert read == {"data": {"organizations": {"nodes": []}}}
    assert the_error(await send(org.tokens["admin"], CREATE))["code"] == "FORBIDDEN"


async def test_an_erasure_that_is_not_done_in_time_goes_on_when_asked_again(
    send: Send, operator: str, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(operators, "ERASURE_PATIENCE", operators.ERASURE_PATIENCE * 0)
        answer = (await send(operator, operated("eraseOrganization"), slug=org.slug)).json()
        assert answer["data"]["eraseOrganization"] == {
            "slug": org.slug,
            "erased": False,
            "certificate": None,
        }
    answer = (await send(operator, operated("eraseOrganization"), slug=org.slug)).json()
    assert answer["data"]["eraseOrganization"]["erased"] is True


@pytest.mark.parametrize("name", MUTATIONS)
async def test_no_role_of_an_organisation_changes_its_own_or_another_standing(
    send: Send, org: Org, other_org: Org, name: str
) -> None:
    for role in Role:
        for one in (org, other_org):
            response = await send(org.tokens[role], operated(name), slug=one.slug)
            assert the_error(response) == {
                "code": "FORBIDDEN",
                "field": name,
                "rule": "needs the scope operator:organizations",
            }
    for one in (org, other_org):
        assert "errors" not in (await send(one.tokens["admin"], CREATE)).json()


@pytest.mark.parametrize("name", MUTATIONS)
async def test_without_a_worker_s_url_the_lifecycle_is_not_offered(
    client: httpx.AsyncClient, operator: str, org: Org, name: str
) -> None:
    response = await client.post(
        "/graphql",
        json={"query": operated(name), "variables": {"slug": org.slug}},
        headers={"authorization": f"Bearer {operator}"},
    )
    error = the_error(response)
    assert (error["code"], error["field"]) == ("FORBIDDEN", name)
    assert "PALISADE_WORKER_URL" in error["rule"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('freezeOrganization(input: {slug: "nobody", reason: "R"}) { id }', "NOT_FOUND"),
        ('thawOrganization(input: {slug: "nobody", reason: "R"}) { id }', "NOT_FOUND"),
        ('exportOrganization(input: {slug: "nobody"}) { name }', "NOT_FOUND"),
        ('exportOrganization(input: {slug: "../SLUG"}) { name }', "NOT_FOUND"),
        (
            'eraseOrganization(input: {slug: "nobody", confirm: "nobody", reason: "R"}) { slug }',
            "NOT_FOUND",
        ),
        ('freezeOrganization(input: {slug: "SLUG", reason: " "}) { id }', "BAD_USER_INPUT"),
        (
            f'freezeOrganization(input: {{slug: "SLUG", reason: "{"r" * 1001}"}}) {{ id }}',
            "BAD_USER_INPUT",
        ),
        (
            'eraseOrganization(input: {slug: "SLUG", confirm: "slug", reason: "R"}) { slug }',
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_a_mistaken_operator_is_told_and_changes_nothing(
    send: Send, operator: str, org: Org, document: str, code: str
) -> None:
    response = await send(operator, f"mutation {{ {document.replace('SLUG', org.slug)} }}")
    assert the_error(response)["code"] == code
    assert "errors" not in (await send(org.tokens["admin"], CREATE)).json()
