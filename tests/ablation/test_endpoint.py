"""Without one rule about headers its attack gets through, and no other one."""

import httpx
import pytest

from tests.ablation.cuts import apply_cuts
from tests.ablation.endpoint_ablations import (
    ENDPOINT_ABLATIONS,
    ENDPOINT_ATTACKS,
    QUERY,
    EndpointAblation,
)
from tests.conftest import Org


async def _through(client: httpx.AsyncClient, org: Org, other_org: Org) -> frozenset[str]:
    headers = {"authorization": f"Bearer {org.tokens['admin']}"}
    assert (await client.post("/graphql", json=QUERY, headers=headers)).status_code == 200
    attacks = ENDPOINT_ATTACKS.items()
    return frozenset([name for name, attack in attacks if await attack(client, org, other_org)])


async def test_no_request_gets_through_all_rules(
    client: httpx.AsyncClient, org: Org, other_org: Org
) -> None:
    assert await _through(client, org, other_org) == frozenset()


@pytest.mark.parametrize("ablation", ENDPOINT_ABLATIONS, ids=lambda ablation: ablation.id)
async def test_request_gets_through_where_its_rule_is_removed(
    ablation: EndpointAblation,
    client: httpx.AsyncClient,
    org: Org,
    other_org: Org,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply_cuts(monkeypatch, (ablation.cut,))
    assert await _through(client, org, other_org) == ablation.through
