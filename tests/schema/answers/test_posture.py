"""What is set up wrongly, as an answer."""

from typing import Any

import pytest

from models.integrations import Credential, Integration
from perimeter.insight.rules.all import RULES
from tests.conftest import Ask, Org
from tests.planting import Perimeter, Planter, ago

QUERY = """query ($rules: [String!], $least: Int! = 0, $first: Int! = 100) {
  posture(rules: $rules, severityAtLeast: $least, first: $first) {
    count
    rules { id subjectType severity title fix count }
    findings {
      rule severity title fix subjectType subjectId subjectLabel evidence
      subject { __typename id ... on Integration { name vendor { name } } }
    }
  }
}"""


async def posture(ask: Ask, org: Org, **variables: Any) -> dict[str, Any]:
    answer = await ask(org, QUERY, variables)
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["posture"]
    return found


async def test_all_rules_are_one_statement(
    ask: Ask, org: Org, planted: Perimeter, theirs: Perimeter, sent: list[str]
) -> None:
    del sent[:]
    found = await posture(ask, org)
    assert len(sent) == 2, "the posture, and the vendors of the integrations"
    assert "canary" not in str(found)
    assert {rule["id"] for rule in found["rules"]} == set(RULES)
    assert found["count"] == sum(rule["count"] for rule in found["rules"]) == len(found["findings"])
    assert [one["severity"] for one in found["findings"]] == sorted(
        (one["severity"] for one in found["findings"]), reverse=True
    )
    by_rule = {one["rule"]: planted.name_of(one["subjectId"]) for one in found["findings"]}
    assert by_rule["personal-flow-without-agreement"] == "digest"
    assert by_rule["personal-flow-without-legal-basis"] == "digest"
    assert by_rule["vendor-soc2-expired"] == "upper"
    assert by_rule["contract-about-to-end"] == "agreement"


async def test_finding_tells_what_why_and_how(ask: Ask, org: Org, planted: Perimeter) -> None:
    plants = Planter(org.repositories)
    made = await plants.make(
        Integration, name="plain", base_url="http://a.test", vendor_id=planted["upper"]
    )
    found = await posture(ask, org, rules=["integration-over-plaintext"])
    rule = RULES["integration-over-plaintext"]
    told = {"severity": 4, "title": rule.title, "fix": rule.fix}
    subject = {"subjectType": "Integration"}
    assert found == {
        "count": 1,
        "rules": [{"id": rule.id, "count": 1, **told, **subject}],
        "findings": [
            {
                "rule": rule.id,
                **told,
                **subject,
                "subjectId": str(made["id"]),
                "subjectLabel": "plain",
                "evidence": {"status": "ACTIVE", "baseUrl": "http://a.test"},
                "subject": {
                    "__typename": "Integration",
                    "id": str(made["id"]),
                    "name": "plain",
                    "vendor": {"name": "plant upper"},
                },
            }
        ],
    }


async def test_evidence_is_in_the_form_of_its_scalars(ask: Ask, org: Org) -> None:
    plants = Planter(org.repositories)
    made = await plants.make(Credential, kind="API_KEY", issued_at=ago(days=100))
    (found,) = (await posture(ask, org, rules=["static-credential-old"]))["findings"]
    shown = await ask(org, "{ credentials { nodes { id issuedAt } } }")
    (node,) = shown["data"]["credentials"]["nodes"]
    assert (found["subjectId"], found["subjectLabel"]) == (str(made["id"]), "API_KEY")
    assert found["evidence"]["issuedAt"] == node["issuedAt"]


async def test_rules_are_chosen_by_id_and_severity(
    ask: Ask, org: Org, planted: Perimeter, sent: list[str]
) -> None:
    severe = await posture(ask, org, least=5)
    assert {rule["id"] for rule in severe["rules"]} == {
        rule.id for rule in RULES.values() if rule.severity >= 5
    }
    assert {one["rule"] for one in severe["findings"]} == {"personal-flow-without-agreement"}
    del sent[:]
    nothing = {"count": 0, "rules": [], "findings": []}
    assert await posture(ask, org, rules=[]) == nothing
    assert await posture(ask, org, rules=["flow-divergent"], least=6) == nothing
    assert sent == []


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"rules": ["flow-divergent", "no-such-rule"]}, "rules"),
        ({"least": 7}, "severityAtLeast"),
        ({"least": -1}, "severityAtLeast"),
        ({"first": 101}, "first"),
        ({"first": 0}, "first"),
    ],
)
async def test_arguments_have_bounds(
    ask: Ask, org: Org, sent: list[str], variables: dict[str, Any], field: str
) -> None:
    (error,) = (await ask(org, QUERY, variables))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == field
    assert sent == []


async def test_counts_are_exact_where_the_list_is_cut(ask: Ask, org: Org) -> None:
    plants = Planter(org.repositories)
    vendor = (await plants.make(Integration))["vendor_id"]
    await org.repositories.of(Integration).create_many(
        [
            {"name": f"i{number}", "auth_method": "SAML", "scopes": [], "vendor_id": vendor}
            for number in range(120)
        ]
    )
    found = await posture(ask, org, rules=["integration-without-owner"])
    assert (found["count"], len(found["findings"])) == (121, 100)
    found = await posture(ask, org, rules=["integration-without-owner"], first=3)
    assert (found["count"], len(found["findings"])) == (121, 3)
