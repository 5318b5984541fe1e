"""What spreads over aliases, fragments and pages is counted together, before any SQL."""

from typing import Any

import pytest

from models.applications import SaasApplication
from models.describe import Catalog
from models.integrations import Integration
from models.vendors import Vendor
from perimeter.documents import MAX_CHARACTERS
from repository.pool import Pool
from resolvers.budget import MAX_READS, Budget
from resolvers.errors import TooComplex


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every connection that is borrowed."""
    borrowed: list[str] = []
    acquire = Pool.acquire

    async def counted(self: Pool) -> Any:
        borrowed.append("statement")
        return await acquire(self)

    monkeypatch.setattr(Pool, "acquire", counted)
    return borrowed


@pytest.fixture
async def ids(org: Any) -> list[str]:
    """A vendor with two integrations, of which its application has one."""
    vendor = await org.repositories.of(Vendor).create({"name": "V", "tier": "LOW"})
    application = await org.repositories.of(SaasApplication).create(
        {"name": "A", "vendor_id": vendor["id"]}
    )
    for name, of in (("one", application["id"]), ("two", None)):
        await org.repositories.of(Integration).create(
            {
                "name": name,
                "auth_method": "SAML",
                "scopes": [],
                "vendor_id": vendor["id"],
                "application_id": of,
            }
        )
    return [str(vendor["id"]), str(application["id"])]


async def test_one_alias_in_two_types_stays_two_fields(org: Any, ask: Any, ids: list[str]) -> None:
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Vendor { r: integrations(first: 2, orderBy: [{name: DESC}]) {
            nodes { name x: events(first: 1) { totalCount } } } }
        ... on SaasApplication { r: integrations(first: 1) {
            nodes { name x: credentials(first: 2) { totalCount } } } } } }"""
    for order in (ids, ids[::-1]):
        answer = await ask(org, query, {"ids": order})
        assert "errors" not in answer
        found = {len(node["r"]["nodes"]): node["r"]["nodes"] for node in answer["data"]["nodes"]}
        assert [row["name"] for row in found[2]] == ["two", "one"]
        assert [row["name"] for row in found[1]] == ["one"]


@pytest.mark.parametrize(
    ("within", "beyond", "what"),
    [
        (
            "{ vendors(first: 99) { nodes { integrations(first: 100) { nodes { id } } } } }",
            "{ vendors(first: 100) { nodes { integrations(first: 100) { nodes { id } } } } }",
            "10000 nodes",
        ),
        (
            "{ vendors(where: {and: [%s]}) { totalCount } }" % ("{integrations: {}} " * 10),
            "{ a: vendors(where: {and: [%s]}) { totalCount } b: vendors(where: {integrations: {}})"
            " { totalCount } }" % ("{integrations: {}} " * 10),
            "10 conditions through relations",
        ),
        (
            "{ a: __schema { types { name } } b: __schema { queryType { name } } }",
            "{ a: __schema { types { name } } b: __schema { types { name } } }",
            "twice",
        ),
    ],
)
async def test_an_operation_has_one_budget(
    within: str, beyond: str, what: str, org: Any, ask: Any
) -> None:
    assert "errors" not in await ask(org, within)
    answer = await ask(org, beyond)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    assert what in answer["errors"][0]["message"]


# A root field, and how many reads it is.
READS: dict[str, tuple[str, int]] = {
    "page": ("sites { nodes { id } }", 1),
    "edges": ("sites { edges { node { id } } }", 1),
    "record": ('site(id: "x") { id }', 1),
    "aggregate": ("sitesAggregate { count }", 1),
    "total": ("sites { totalCount }", 2),
    "total twice": ("sites { totalCount t: totalCount }", 3),
    "reference": ('site(id: "x") { within { id } }', 2),
    "connection": ('site(id: "x") { specimens { nodes { id } } }', 2),
    "linked": ('site(id: "x") { visitors { nodes { id } } }', 2),
    "total of a connection": ('site(id: "x") { specimens { totalCount } }', 3),
    "reference of a page": ("sites { nodes { within { best { id } } } }", 3),
}


@pytest.mark.parametrize("name", READS)
async def test_reads_of_tables_are_bounded(org: Any, ask: Any, sent: list[str], name: str) -> None:
    field, cost = READS[name]
    before = "sites { totalCount } " + " ".join(
        f"b{number}: sites {{ totalCount }}" for number in range((MAX_READS - 12) // 2)
    )

    def times(count: int) -> str:
        fields = " ".join(f"a{number}: {field}" for number in range(count))
        return f"{{ {before} {fields} }}"

    most = 10 // cost
    within = await ask(org, times(most))
    assert "errors" not in within
    assert {f"a{number}" for number in range(most)} <= within["data"].keys()
    del sent[:]
    answer = await ask(org, times(most + 1))
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert f"{MAX_READS} reads of a table" in error["message"]
    assert error["extensions"]["field"].startswith(f"a{most}")
    assert sent == []


async def test_reads_of_nodes_are_counted_by_the_types_they_may_be_of(
    org: Any, ask: Any, catalog: Catalog
) -> None:
    most = MAX_READS // len(catalog.exposed)

    def times(count: int) -> str:
        return "{ %s }" % " ".join(f'a{number}: node(id: "x") {{ id }}' for number in range(count))

    assert "errors" not in await ask(org, times(most))
    answer = await ask(org, times(most + 1))
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    assert "reads of a table" in answer["errors"][0]["message"]


def test_reads_count_down_to_the_bound_and_not_beyond() -> None:
    budget = Budget()
    budget.reads(MAX_READS, "a")
    with pytest.raises(TooComplex) as refused:
        budget.reads(1, "b.c")
    assert refused.value.field == "b.c"
    Budget().reads(MAX_READS, "a")
    with pytest.raises(TooComplex):
        Budget().reads(MAX_READS + 1, "a")


async def test_nodes_are_counted_by_their_ids(org: Any, ask: Any, ids: list[str]) -> None:
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Vendor { integrations(first: 100) { nodes { id } } } } }"""
    assert "errors" not in await ask(org, query, {"ids": ids[:1] * 90})
    answer = await ask(org, query, {"ids": ids[:1] * 100})
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"


async def test_a_document_is_bounded_apart_from_its_variables(org: Any, ask: Any) -> None:
    query = "{ viewer { subject } }"
    padding = "\n" * (MAX_CHARACTERS - len(query))
    assert "errors" not in await ask(org, padding + query)
    answer = await ask(org, padding + "\n" + query)
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"


def test_cascades_are_known(catalog: Catalog) -> None:
    gone = {table.type for table in catalog.deleted_with(catalog.tables["Integration"])}
    assert gone == {"Credential", "Grant", "DataFlow"}
