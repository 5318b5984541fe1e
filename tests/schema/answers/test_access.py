"""Each answer needs the scope of every type it reads; what is refused sends nothing."""

from typing import Any

import httpx
import pytest

from auth.development import DevelopmentIssuer
from auth.scopes import read_scope
from models.describe import Catalog
from tests.conftest import Org
from tests.planting import Perimeter

REACHED = [
    "Vendor",
    "Integration",
    "Credential",
    "SaasApplication",
    "Grant",
    "DataFlow",
    "Dataset",
    "DataField",
    "User",
]
CHECKED = [
    *[
        "Vendor",
        "Integration",
        "Credential",
        "SaasApplication",
        "Grant",
        "DataFlow",
        "Dataset",
        "DataField",
    ],
    *["User", "Assessment", "Attestation", "Contract", "Clause", "PenetrationFinding"],
]

ANSWERS: dict[str, tuple[str, list[str]]] = {
    "blastRadius": ('blastRadius(vendor: "%(upper)s") { openGrants }', REACHED),
    "dataMap": (
        "dataMap { counts { flows } }",
        ["SaasApplication", "Dataset", "DataField", "DataFlow"],
    ),
    "personalData": (
        "personalData { counts { fields } }",
        [
            *("SaasApplication", "Dataset", "DataField", "DataFlow"),
            *("Integration", "Vendor", "Contract"),
        ],
    ),
    "posture": ("posture { count }", CHECKED),
    "simulate": (
        'simulate(vendorSuspended: "%(upper)s") { counts { flows } }',
        ["Vendor", "Integration", "SaasApplication", "DataFlow", "Dataset", "User"],
    ),
    "expiring": (
        "expiring(within: 30) { count }",
        ["Attestation", "Contract", "Credential", "Grant", "Assessment"],
    ),
    "unusedGrants": ("unusedGrants { count }", ["Grant"]),
}


@pytest.fixture
def asked_with(client: httpx.AsyncClient, issuer: DevelopmentIssuer, org: Org) -> Any:
    """Asks with a token of these scopes alone."""

    async def ask(query: str, scopes: set[str]) -> dict[str, Any]:
        claims = issuer._common_claims(
            "somebody", client_id="tests", lifetime=__import__("datetime").timedelta(hours=1)
        )
        token = issuer._sign({**claims, "org_id": str(org.id), "scope": " ".join(sorted(scopes))})
        response = await client.post(
            "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"}
        )
        answer: dict[str, Any] = response.json()
        return answer

    return ask


@pytest.mark.parametrize("name", ANSWERS)
async def test_each_scope_is_needed_and_no_other(
    asked_with: Any, org: Org, planted: Perimeter, sent: list[str], name: str
) -> None:
    text, types = ANSWERS[name]
    query = "{ %s }" % (text % planted.ids)
    scopes = {read_scope(type_) for type_ in types}
    allowed = await asked_with(query, scopes)
    assert "errors" not in allowed
    assert allowed["data"][name]
    for type_ in types:
        del sent[:]
        refused = await asked_with(query, scopes - {read_scope(type_)})
        (error,) = refused["errors"]
        assert error["extensions"] == {
            "code": "FORBIDDEN",
            "field": name,
            "rule": f"needs the scope {read_scope(type_)}",
        }
        assert refused["data"] == {name: None}
        assert sent == []


async def test_chosen_rules_need_the_scopes_of_what_they_look_at(
    asked_with: Any, org: Org, planted: Perimeter
) -> None:
    query = '{ posture(rules: ["integration-of-suspended-owner"]) { count } }'
    allowed = await asked_with(query, {"integration:read", "user:read"})
    assert allowed == {"data": {"posture": {"count": 0}}}
    refused = await asked_with(query, {"integration:read"})
    assert refused["errors"][0]["extensions"]["rule"] == "needs the scope user:read"


async def test_records_of_an_answer_show_what_the_caller_may_see(
    asked_with: Any, org: Org, planted: Perimeter
) -> None:
    """Masks and refusals hold beneath an answer as anywhere else."""
    scopes = {read_scope(type_) for type_ in REACHED}
    query = '{ blastRadius(vendor: "%s") { users { email } credentials { thumbprint } } }'
    answer = await asked_with(query % planted["upper"], scopes)
    assert {user["email"] for user in answer["data"]["blastRadius"]["users"]} == {"***"}
    assert {one["thumbprint"] for one in answer["data"]["blastRadius"]["credentials"]} == {"***"}
    query = '{ blastRadius(vendor: "%s") { users { lastSeenAt } } }'
    refused = await asked_with(query % planted["upper"], scopes)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    query = '{ blastRadius(vendor: "%s") { vendors { contracts { nodes { id } } } } }'
    refused = await asked_with(query % planted["upper"], scopes)
    assert refused["errors"][0]["extensions"]["rule"] == "needs the scope contract:read"


def test_viewers_may_ask_every_question(catalog: Catalog) -> None:
    """All that decides an answer is INTERNAL at the most."""
    from uuid import uuid4

    from auth.claims import Claims
    from auth.organization import mint_org_id
    from auth.scopes import Role, role_scopes
    from perimeter.access import AccessRules
    from perimeter.insight.posture import check_rules
    from perimeter.insight.reading import Insight
    from perimeter.insight.rules.all import RULES

    claims = Claims(
        subject="somebody",
        issuer="tests",
        client_id=None,
        org_id=mint_org_id(uuid4()),
        scopes=role_scopes(Role.viewer, [table.type for table in catalog.exposed]),
        token_id=None,
        issued_at=None,
        expires_at=2**40,
    )
    access = AccessRules(catalog).access_of(claims)
    looked_at = check_rules(Insight(None, catalog, access, "posture"), list(RULES.values()))  # type: ignore[arg-type]
    assert looked_at == set(CHECKED)


async def test_operator_has_no_answers(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    token = issuer.issue_operator(subject="operator")
    for name, (text, _) in ANSWERS.items():
        query = "{ %s }" % (text % {"upper": "x"})
        response = await client.post(
            "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"}
        )
        answer = response.json()
        assert answer["data"] == {name: None}
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_lists_of_answers_count_as_nodes(asked_with: Any, planted: Perimeter) -> None:
    """What could be answered is bounded before it is asked."""
    scopes = {read_scope(type_) for type_ in REACHED}
    fine = '{ blastRadius(vendor: "x") { integrations { grants(first: 10) { nodes { id } } } } }'
    assert await asked_with(fine, scopes) == {"data": {"blastRadius": None}}
    large = fine.replace("first: 10", "first: 100")
    (error,) = (await asked_with(large, scopes))["errors"]
    assert error["extensions"]["code"] == "TOO_COMPLEX"
