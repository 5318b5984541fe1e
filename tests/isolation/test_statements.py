"""How many statements an operation sends; what is refused sends none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from auth.development import DevelopmentIssuer
from auth.scopes import Role
from tests.conftest import Ask, Org
from tests.witness.collector import WITNESS


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Every statement that is sent, the driver's ``BEGIN;`` included."""
    with WITNESS.listening() as statements:
        yield statements


@pytest.fixture
async def vendors(org: Org) -> list[Any]:
    """20 vendors, each with 6 integrations with 4 events."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = await _create(
        org, "Vendor", [{"name": f"Vendor {i:02}", "tier": "LOW"} for i in range(20)]
    )
    integrations = await _create(
        org,
        "Integration",
        [
            {
                "name": f"{vendor['name']} {i}",
                "auth_method": "API_KEY",
                "scopes": [],
                "vendor_id": vendor["id"],
            }
            for vendor in made
            for i in range(6)
        ],
    )
    await _create(
        org,
        "SecurityEvent",
        [
            {
                "event_class": "AUTHENTICATION",
                "severity": 1,
                "at": at + timedelta(minutes=i),
                "integration_id": integration["id"],
            }
            for integration in integrations
            for i in range(4)
        ],
    )
    return made


async def _create(org: Org, type_name: str, rows: list[dict[str, Any]]) -> list[Any]:
    table = org.repositories.session.catalog.tables[type_name]
    return list(await org.repositories.of(table).create_many(rows))


TREE = """{
  vendors(first: 20) { nodes { name integrations(first: 5, orderBy: [{name: ASC}]) { nodes {
    name events(first: 3, orderBy: [{at: DESC}]) { nodes { at } } } } } }
}"""


async def test_tree_takes_at_most_four_selects(
    ask: Ask, org: Org, vendors: list[Any], sent: list[str]
) -> None:
    answer = await ask(org, TREE)
    nodes = answer["data"]["vendors"]["nodes"]
    assert len(nodes) == 20
    assert all(len(vendor["integrations"]["nodes"]) == 5 for vendor in nodes)
    events = [i["events"]["nodes"] for vendor in nodes for i in vendor["integrations"]["nodes"]]
    assert all([event["at"][14:16] for event in some] == ["03", "02", "01"] for some in events)
    assert len(sent) <= 4
    del sent[:]
    await ask(org, TREE)
    assert len(sent) <= 3, "the directory was asked for the first token only"


async def test_list_takes_at_most_two_selects(
    ask: Ask, org: Org, vendors: list[Any], sent: list[str]
) -> None:
    answer = await ask(org, "{ vendors(first: 7) { totalCount nodes { id name } } }")
    assert answer["data"]["vendors"]["totalCount"] == 20
    assert len(sent) <= 2


async def test_point_takes_at_most_two_selects(
    ask: Ask, org: Org, vendors: list[Any], sent: list[str]
) -> None:
    id = str(vendors[0]["id"])
    answer = await ask(org, "query ($id: ID!) { vendor(id: $id) { name } }", {"id": id})
    assert answer["data"]["vendor"]["name"] == "Vendor 00"
    assert len(sent) <= 2


async def test_references_to_one_record_are_read_once(
    ask: Ask, org: Org, vendors: list[Any], sent: list[str]
) -> None:
    query = "{ integrations(first: 50) { nodes { vendor { name } } } }"
    answer = await ask(org, query)
    assert answer["data"]["integrations"]["nodes"][0]["vendor"]["name"] == "Vendor 00"
    assert len(sent) <= 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ vendors(first: 0) { totalCount } }", "BAD_USER_INPUT"),
        ("{ vendors { totalCount } b: vendors(first: 101) { totalCount } }", "BAD_USER_INPUT"),
        ('{ vendors(after: "x") { totalCount } }', "BAD_USER_INPUT"),
        ('{ vendors(where: {name: {eq: "a\\u0000"}}) { totalCount } }', "BAD_USER_INPUT"),
        ("{ vendors(where: {name: {eq: null}}) { totalCount } }", "BAD_USER_INPUT"),
        ("{ vendors { totalCount } nothing }", "BAD_USER_INPUT"),
        ("{ vendors { totalCount ", "BAD_USER_INPUT"),
        ("query A { vendors { totalCount } } query B { vendors { totalCount } }", "BAD_USER_INPUT"),
        ("query ($n: Int!) { vendors(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        ('mutation { createGroup(input: {name: "a\\u0000"}) { group { id } } }', "BAD_USER_INPUT"),
    ],
)
async def test_bad_input_sends_no_statement(
    ask: Ask, org: Org, sent: list[str], query: str, code: str
) -> None:
    await ask(org, "{ viewer { subject } }")
    del sent[:]
    answer = await ask(org, query)
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert "data" not in answer
    assert sent == []


async def test_good_input_sends_statements(ask: Ask, org: Org, sent: list[str]) -> None:
    await ask(org, "{ viewer { subject } }")
    del sent[:]
    assert "errors" not in await ask(org, "{ vendors(first: 1) { totalCount } }")
    assert len(sent) == 1
    assert "errors" not in await ask(
        org, 'mutation { createGroup(input: {name: "a"}) { group { id } } }'
    )
    assert any("INSERT INTO" in sql for sql in sent)


async def test_forbidden_sends_no_statement(ask: Ask, org: Org, sent: list[str]) -> None:
    await ask(org, "{ viewer { subject } }", role="viewer")
    del sent[:]
    for query in (
        '{ vendors { nodes { name } } users(where: {email: {contains: "a"}}) { totalCount } }',
        'mutation { createGroup(input: {name: "a"}) { group { id } } }',
    ):
        answer = await ask(org, query, role="viewer")
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert sent == []


async def test_without_a_valid_token_nothing_is_sent(
    client: httpx.AsyncClient, org: Org, issuer: DevelopmentIssuer, sent: list[str]
) -> None:
    token = issuer.issue(org.id, role=Role.admin, subject="a")
    expired = issuer.issue(org.id, role=Role.admin, subject="a", lifetime=timedelta(minutes=-10))
    head, payload, signature = token.split(".")
    flipped = "A" if signature[5] != "A" else "B"
    forged = f"{head}.{payload}.{signature[:5]}{flipped}{signature[6:]}"
    for header in ("", "Bearer", "Bearer nonsense", f"Bearer {forged}", f"Bearer {expired}"):
        response = await client.post(
            "/graphql", json={"query": TREE}, headers={"authorization": header}
        )
        assert response.status_code == 401, header
    assert sent == []
    response = await client.post(
        "/graphql", json={"query": TREE}, headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200
    assert sent
