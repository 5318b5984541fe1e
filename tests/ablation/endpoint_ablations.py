"""What the endpoint makes of a request's headers, and what gets through without it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from palisade import endpoint
from palisade.endpoint import Endpoint
from tests.ablation.cuts import Cut
from tests.ablation.table import Ablation
from tests.conftest import Org

QUERY = {"query": "{ viewer { organization { slug } } }"}
TRIED = "requests"
OTHERS = "every other attack of the list is refused as before"

Attack = Callable[[httpx.AsyncClient, Org, Org], Awaitable[bool]]


async def _named(client: httpx.AsyncClient, org: Org, other_org: Org) -> bool:
    headers = {"authorization": f"Bearer {org.tokens['admin']}", "x-org-id": str(other_org.id)}
    response = await client.post("/graphql", json=QUERY, headers=headers)
    return bool(response.json()["data"]["viewer"]["organization"]["slug"] != org.slug)


async def _two(client: httpx.AsyncClient, org: Org, other_org: Org) -> bool:
    headers = [("authorization", f"Bearer {one.tokens['admin']}") for one in (org, other_org)]
    return (await client.post("/graphql", json=QUERY, headers=headers)).status_code == 200


async def _scheme(client: httpx.AsyncClient, org: Org, other_org: Org) -> bool:
    headers = {"authorization": f"Basic {org.tokens['admin']}"}
    return (await client.post("/graphql", json=QUERY, headers=headers)).status_code == 200


ENDPOINT_ATTACKS: dict[str, Attack] = {
    "a header that names another organisation": _named,
    "two tokens in one request": _two,
    "a token under another scheme": _scheme,
}


@dataclass(frozen=True, kw_only=True)
class EndpointAblation(Ablation):
    """An ablation of the endpoint."""

    cut: Cut


def _endpoint(removed: str, cut: Cut, *, through: str) -> EndpointAblation:
    return EndpointAblation(
        wall="endpoint",
        removed=removed,
        tried=TRIED,
        through=frozenset({through}),
        stopped_by=OTHERS,
        noticed_by="`tests/palisade/test_endpoint.py`",
        cut=cut,
    )


ENDPOINT_ABLATIONS = (
    _endpoint(
        "the organisation comes from the claims alone: a header names it",
        Cut(
            Endpoint,
            "_claims",
            "return await self._service.verifier.verify(token)",
            "claims = await self._service.verifier.verify(token)\n"
            "    import dataclasses, uuid, auth.organization\n"
            "    named = headers.get('x-org-id')\n"
            "    minted = named and auth.organization.mint_org_id(uuid.UUID(named))\n"
            "    return dataclasses.replace(claims, org_id=minted) if minted else claims",
        ),
        through="a header that names another organisation",
    ),
    _endpoint(
        "a repeated header is one list: the last one counts",
        Cut(
            endpoint,
            "_joined",
            'f"{headers[key]}, {text}" if key in headers else text',
            "text",
        ),
        through="two tokens in one request",
    ),
    _endpoint(
        "the scheme is Bearer",
        Cut(Endpoint, "_claims", 'scheme.lower() != "bearer" or not token', "not token"),
        through="a token under another scheme",
    ),
)
