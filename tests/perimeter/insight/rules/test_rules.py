"""Every rule finds what breaks it and leaves alone what doesn't."""

import re

import pytest

from models.columns import ColumnExposure
from models.describe import Catalog
from perimeter.insight.labels import LABELS
from perimeter.insight.posture import GREATEST_SEVERITY, posture
from perimeter.insight.reading import Insight
from perimeter.insight.rules.all import RULES
from tests.perimeter.insight.rules.cases import CASES
from tests.planting import Planter


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(RULES)
    assert len(RULES) >= 20
    assert all(case.breaks and case.keeps for case in CASES.values())


@pytest.mark.parametrize("id", RULES)
async def test_rule(insight: Insight, plants: Planter, id: str) -> None:
    rule, case = RULES[id], CASES[id]
    broken = {await plant(plants) for plant in case.breaks}
    kept = {await plant(plants) for plant in case.keeps}
    found = await posture(insight, [rule])
    subjects = {match.subject["id"] for match in found.matches}
    assert broken <= subjects, "a record that breaks it was not found"
    assert not kept & subjects, "a neighbour was found"
    assert found.checked[0].count == len(subjects)
    for match in found.matches:
        assert match.subject["__typename"] == rule.subject.__name__
        assert match.label
        assert match.evidence


@pytest.mark.parametrize("id", RULES)
def test_rule_is_well_made(catalog: Catalog, id: str) -> None:
    rule = RULES[id]
    table = catalog.tables[rule.subject.__name__]
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert 1 <= rule.severity <= GREATEST_SEVERITY
    assert rule.fix.endswith(".")
    assert not rule.title.endswith(".")
    assert rule.evidence
    for name in (*rule.evidence, *LABELS[table.type]):
        assert table.by_name[name].exposure is not ColumnExposure.HIDDEN
    titles = [one.title for one in RULES.values()]
    assert titles.count(rule.title) == 1
