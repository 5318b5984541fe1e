"""Nothing about a request but its token says for which organisation it is."""

import httpx
import pytest

from tests.conftest import Ask, Org

_WHO = "{ viewer { organization { id slug } } organizations { totalCount nodes { slug } } }"


@pytest.mark.parametrize(
    "header", ["x-org-id", "x-tenant-id", "x-organization", "org-id", "cookie", "x-forwarded-user"]
)
async def test_headers_select_no_organisation(
    client: httpx.AsyncClient, org: Org, other_org: Org, header: str
) -> None:
    value = f"org_id={other_org.id}" if header == "cookie" else str(other_org.id)
    response = await client.post(
        f"/graphql?org_id={other_org.id}",
        json={"query": _WHO, "org_id": str(other_org.id), "extensions": {"orgId": other_org.slug}},
        headers={"authorization": f"Bearer {org.tokens['admin']}", header: value},
    )
    assert response.json()["data"] == {
        "viewer": {"organization": {"id": str(org.id), "slug": org.slug}},
        "organizations": {"totalCount": 1, "nodes": [{"slug": org.slug}]},
    }


async def test_each_token_opens_its_own_organisation(ask: Ask, org: Org, other_org: Org) -> None:
    for one in (org, other_org):
        answer = await ask(one, _WHO)
        assert answer["data"]["viewer"]["organization"]["slug"] == one.slug


async def test_an_operator_token_opens_no_organisation(
    client: httpx.AsyncClient, org: Org, issuer: object
) -> None:
    token = issuer.issue_operator(subject="operator")  # type: ignore[attr-defined]
    for query in (
        "{ organizations { totalCount } }",
        '{ node(id: "%s") { id } }' % org.id,
        "{ viewer { organization { slug } } }",
        'mutation { createGroup(input: {name: "x"}) { group { id } } }',
    ):
        response = await client.post(
            "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"}
        )
        assert org.slug not in response.text
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        assert codes == {"FORBIDDEN"} or response.json() == {"data": {"node": None}}, query
