"""Who doesn't see every record can't tell which findings are gone."""

from dataclasses import replace

import pytest

from models.findings import Finding
from models.integrations import Integration
from models.people import User
from perimeter.insight.findings import refresh_findings
from perimeter.insight.posture import chosen_rules
from perimeter.insight.reading import Insight
from resolvers.access import Access
from resolvers.errors import Forbidden
from tests.planting import Planter


async def test_caller_bound_by_row_rules_may_not_refresh(insight: Insight, plants: Planter) -> None:
    await plants.id(Integration, owner_id=await plants.id(User, status="SUSPENDED"))
    rules = chosen_rules(["integration-of-suspended-owner"])
    access = insight.access
    # What is looked at on the way counts as well.
    for name in ("Integration", "User", "Finding"):
        bound = Access(access.columns, access.writable, ruled=frozenset({name}))
        with pytest.raises(Forbidden) as refused:
            await refresh_findings(replace(insight, access=bound), rules)
        assert refused.value.rule == f"needs the scope {name.lower()}:all"
    assert await insight.repositories.of(Finding).count() == 0
    bound = Access(access.columns, access.writable, ruled=frozenset({"Vendor"}))
    assert (await refresh_findings(replace(insight, access=bound), rules)).created == 1
