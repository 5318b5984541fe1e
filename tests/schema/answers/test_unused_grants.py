"""Permissions that nobody uses."""

from typing import Any

import pytest

from models.grants import Grant
from tests.conftest import Ask, Org
from tests.planting import Perimeter, Planter, ago

QUERY = """query ($days: Int) { unusedGrants(days: $days) {
  count grants { why days grant { id scope integration { name } } }
} }"""
PLAIN = "{ unusedGrants { count grants { why days grant { id } } } }"


async def test_grants_that_are_not_used_and_why(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, sent: list[str]
) -> None:
    plants = Planter(org.repositories)
    holder: dict[str, Any] = {"integration_id": planted["sync"]}
    never = await plants.id(
        Grant, scope="never", last_used_at=None, granted_at=ago(days=400), **holder
    )
    lately = await plants.id(
        Grant, scope="lately", last_used_at=ago(days=91), granted_at=ago(days=200), **holder
    )
    fresh = await plants.id(
        Grant, scope="fresh", last_used_at=None, granted_at=ago(hours=1), **holder
    )
    await plants.id(Grant, scope="used", last_used_at=ago(days=89), **holder)
    await plants.id(Grant, scope="revoked", last_used_at=None, status="REVOKED", **holder)
    del sent[:]
    answer = await ask(org, PLAIN)
    assert len(sent) == 1
    assert "canary" not in str(answer)
    assert answer["data"]["unusedGrants"] == {
        "count": 3,
        "grants": [
            {"why": "NEVER_USED", "days": 400, "grant": {"id": str(never)}},
            {"why": "NOT_USED_LATELY", "days": 91, "grant": {"id": str(lately)}},
            {"why": "NEVER_USED", "days": 0, "grant": {"id": str(fresh)}},
        ],
    }
    stricter = await ask(org, QUERY, {"days": 30})
    assert stricter["data"]["unusedGrants"]["count"] == 4
    assert stricter["data"]["unusedGrants"]["grants"][0]["grant"]["integration"] == {
        "name": "plant sync"
    }


@pytest.mark.parametrize("days", [0, 3651])
async def test_days_have_bounds(ask: Ask, org: Org, sent: list[str], days: int) -> None:
    (error,) = (await ask(org, QUERY, {"days": days}))["errors"]
    assert error["extensions"]["field"] == "days"
    assert sent == []
