from typing import Any

import httpx
import pytest

from models.describe import Catalog
from tests.conftest import Ask, Org


@pytest.fixture
async def groups(org: Org, catalog: Catalog) -> list[Any]:
    """Three groups, of which two have the first person as a member."""
    made = await org.repositories.of(catalog.tables["Group"]).create_many(
        [
            {"name": name, "description": text}
            for name, text in (("a", "x"), ("b", None), ("c", "y"))
        ]
    )
    user = await org.repositories.of(catalog.tables["User"]).create(
        {"email": "ada@example.com", "name": "Ada"}
    )
    await org.repositories.of(catalog.tables["Membership"]).create_many(
        [{"user_id": user["id"], "group_id": group["id"]} for group in made[:2]]
    )
    return list(made)


def _names(page: dict[str, Any]) -> list[str]:
    return [node["name"] for node in page["nodes"]]


async def test_aliases_of_one_field_have_arguments_of_their_own(
    ask: Ask, org: Org, groups: list[Any]
) -> None:
    query = """{
      up: groups(orderBy: [{name: ASC}], first: 2) { nodes { name } }
      down: groups(orderBy: [{name: DESC}], first: 1) { nodes { name } }
      some: groups(where: {name: {in: ["b"]}}) { nodes { name } totalCount }
    }"""
    data = (await ask(org, query))["data"]
    assert [_names(data[key]) for key in ("up", "down", "some")] == [["a", "b"], ["c"], ["b"]]
    assert data["some"]["totalCount"] == 1


async def test_aliases_below_a_list_have_arguments_of_their_own(
    ask: Ask, org: Org, groups: list[Any]
) -> None:
    query = """{ users { nodes {
      one: groups(first: 1, orderBy: [{name: DESC}]) { totalCount nodes { name } }
      all: groups(orderBy: [{name: ASC}]) { nodes { name members { totalCount } } }
      none: groups(where: {name: {eq: "c"}}) { totalCount nodes { name } }
    } } }"""
    (user,) = (await ask(org, query))["data"]["users"]["nodes"]
    assert user["one"] == {"totalCount": 2, "nodes": [{"name": "b"}]}
    assert user["all"]["nodes"] == [
        {"name": "a", "members": {"totalCount": 1}},
        {"name": "b", "members": {"totalCount": 1}},
    ]
    assert user["none"] == {"totalCount": 0, "nodes": []}


async def test_fields_of_one_name_are_merged(ask: Ask, org: Org, groups: list[Any]) -> None:
    query = """query ($n: Int = 1) {
      groups(first: $n, orderBy: [{name: ASC}]) { nodes { name } }
      groups(first: $n, orderBy: [{name: ASC}]) { totalCount nodes { description } }
      ...More
    }
    fragment More on Query {
      groups(first: $n, orderBy: [{name: ASC}]) { pageInfo { hasNextPage endCursor } }
    }"""
    page = (await ask(org, query))["data"]["groups"]
    assert page.pop("pageInfo")["endCursor"]
    assert page == {"nodes": [{"name": "a", "description": "x"}], "totalCount": 3}


async def test_fields_of_one_name_and_different_arguments_are_refused(
    ask: Ask, org: Org, groups: list[Any]
) -> None:
    answer = await ask(org, "{ groups(first: 1) { totalCount } groups(first: 2) { totalCount } }")
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == "groups"


async def test_fragments_on_node_show_the_fields_of_the_type(
    ask: Ask, org: Org, groups: list[Any]
) -> None:
    ids = [str(groups[0]["id"]), str(org.id), "nonsense"]
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
      __typename
      id
      ... on Group { name memberships { totalCount } }
      ...Shown
    } }
    fragment Shown on Organization { slug called: slug }"""
    nodes = (await ask(org, query, {"ids": ids}))["data"]["nodes"]
    assert nodes == [
        {"__typename": "Group", "id": ids[0], "name": "a", "memberships": {"totalCount": 1}},
        {
            "__typename": "Organization",
            "id": ids[1],
            "slug": org.slug,
            "called": org.slug,
        },
        None,
    ]


@pytest.mark.parametrize(("skip", "include"), [(False, True), (True, True), (False, False)])
async def test_skip_and_include(
    ask: Ask, org: Org, groups: list[Any], skip: bool, include: bool
) -> None:
    query = """query ($s: Boolean!, $i: Boolean!) {
      groups(first: 1) { totalCount @skip(if: $s) ... @include(if: $i) { nodes { name } } __typename }
    }"""
    page = (await ask(org, query, {"s": skip, "i": include}))["data"]["groups"]
    expected: dict[str, Any] = {} if skip else {"totalCount": 3}
    if include:
        expected["nodes"] = [{"name": "a"}]
    assert page == {**expected, "__typename": "GroupConnection"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ["b", "a"]),
        ({"first": 1}, ["b"]),
        ({"first": None}, ["b", "a"]),
        ({"order": []}, ["a", "b"]),
        ({"order": None, "where": None}, ["a", "b"]),
        ({"order": {"name": "ASC"}, "where": {"description": {"isNull": True}}}, ["b"]),
        ({"unknown": 1}, ["b", "a"]),
    ],
)
async def test_variables_have_defaults_and_may_be_null(
    ask: Ask, org: Org, groups: list[Any], variables: dict[str, Any], expected: list[str]
) -> None:
    query = """query ($first: Int = 2, $order: [GroupOrder!] = [{name: DESC}],
                      $where: GroupWhere = {name: {in: ["a", "b"]}}) {
      groups(first: $first, orderBy: $order, where: $where) { nodes { name } }
    }"""
    names = _names((await ask(org, query, variables))["data"]["groups"])
    assert names[: len(expected)] == expected


@pytest.mark.parametrize(
    ("variables", "field", "words"),
    [
        ({}, "$id", "to be provided"),
        ({"id": None}, "$id", "null"),
        ({"id": {}}, "$id", "ID cannot represent"),
        ({"id": "x", "first": "2"}, "$first", "Int cannot represent"),
        ({"id": "x", "first": 2**31}, "$first", "Int cannot represent"),
        ({"id": "x", "where": {"nothing": {}}}, "$where", "nothing"),
        ({"id": "x", "where": {"createdAt": {"gt": "yesterday"}}}, "$where", "ISO 8601"),
        ({"id": "x", "where": {"createdAt": {"gt": "2026-01-01T00:00:00"}}}, "$where", "offset"),
    ],
)
async def test_variables_of_the_wrong_type_name_the_variable_and_the_rule(
    ask: Ask, org: Org, variables: dict[str, Any], field: str, words: str
) -> None:
    query = """query ($id: ID!, $first: Int, $where: GroupWhere) {
      group(id: $id) { id } groups(first: $first, where: $where) { totalCount }
    }"""
    answer = await ask(org, query, variables)
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "field": field,
        "rule": error["message"],
    }
    assert words in error["message"]


async def test_the_named_operation_of_a_document_runs(
    client: httpx.AsyncClient, org: Org, groups: list[Any]
) -> None:
    query = """
      query First { groups(first: 1) { ...Names } }
      query All($n: Int = 3) { groups(first: $n) { ...Names } }
      mutation Make { createGroup(input: {name: "d"}) { group { name } } }
      fragment Names on GroupConnection { nodes { name } }"""

    async def run(name: str | None) -> Any:
        response = await client.post(
            "/graphql",
            json={"query": query, "operationName": name},
            headers={"authorization": f"Bearer {org.tokens['admin']}"},
        )
        return response.json()

    assert len((await run("First"))["data"]["groups"]["nodes"]) == 1
    assert len((await run("All"))["data"]["groups"]["nodes"]) == 3
    assert (await run("Make"))["data"] == {"createGroup": {"group": {"name": "d"}}}
    for name in (None, "Nothing"):
        answer = await run(name)
        assert "data" not in answer
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_pages_follow_each_other_and_come_back(ask: Ask, org: Org, groups: list[Any]) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
      groups(first: $first, after: $after, last: $last, before: $before,
             orderBy: [{description: DESC}]) {
        nodes { name }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }"""
    seen: list[str] = []
    after = None
    for left in (2, 1, 0):
        page = (await ask(org, query, {"first": 1, "after": after}))["data"]["groups"]
        seen += _names(page)
        assert page["pageInfo"]["hasNextPage"] == (left > 0)
        after = page["pageInfo"]["endCursor"]
    assert seen == ["b", "c", "a"], "null sorts as the greatest"
    page = (await ask(org, query, {"last": 5, "before": after}))["data"]["groups"]
    assert _names(page) == ["b", "c"]
    assert page["pageInfo"]["hasPreviousPage"] is False
    assert page["pageInfo"]["hasNextPage"] is True


async def test_parts_of_a_connection_may_be_asked_for_alone(
    ask: Ask, org: Org, groups: list[Any]
) -> None:
    query = """{
      a: groups { __typename }
      b: groups(first: 1) { pageInfo { hasNextPage } }
      c: groups(first: 1) { edges { node { name } } }
      d: groups(first: 1) { pageInfo { startCursor } edges { cursor } }
      e: groups(where: {name: {eq: "nothing"}}) { pageInfo { startCursor endCursor } edges { cursor } }
    }"""
    data = (await ask(org, query))["data"]
    assert data["a"] == {"__typename": "GroupConnection"}
    assert data["b"] == {"pageInfo": {"hasNextPage": True}}
    assert data["c"] == {"edges": [{"node": {"name": "a"}}]}
    assert data["d"]["edges"][0]["cursor"] == data["d"]["pageInfo"]["startCursor"]
    assert data["e"] == {"pageInfo": {"startCursor": None, "endCursor": None}, "edges": []}


async def test_aggregates_of_aliases_are_kept_apart(ask: Ask, org: Org, groups: list[Any]) -> None:
    query = """{ groupsAggregate {
      count c: count min { name } least: min { n: name version } __typename
    } }"""
    assert (await ask(org, query))["data"]["groupsAggregate"] == {
        "count": 3,
        "c": 3,
        "min": {"name": "a"},
        "least": {"n": "a", "version": 1},
        "__typename": "GroupAggregate",
    }


async def test_every_kind_of_value_comes_back_in_its_form(ask: Ask, org: Org) -> None:
    site = await ask(org, 'mutation { createSite(input: {label: "s"}) { site { id } } }')
    fields = {
        "label": "all kinds",
        "code": "AB-0001",
        "rank": 9,
        "atoms": str(2**63 - 1),
        "weight": 0.1,
        "price": "12345.670",
        "alive": True,
        "seenAt": "0001-01-01T00:00:00Z",
        "bornOn": "9999-12-31",
        "colour": "MEASURED",
        "tags": ["b", "a", ""],
        "facts": {"n": None, "deep": [1, 2.5, "ü", {}]},
        "siteId": site["data"]["createSite"]["site"]["id"],
    }
    names = " ".join(fields)
    made = await ask(
        org,
        "mutation ($input: CreateSpecimenInput!) "
        f"{{ createSpecimen(input: $input) {{ specimen {{ {names} }} }} }}",
        {"input": fields},
    )
    expected = {**fields, "seenAt": "0001-01-01T00:00:00.000000Z"}
    assert made["data"]["createSpecimen"]["specimen"] == expected
    read = await ask(org, f"{{ specimens {{ nodes {{ {names} }} }} }}")
    assert read["data"]["specimens"]["nodes"] == [expected]
    figures = await ask(
        org,
        "{ specimensAggregate { sum { rank atoms price } avg { rank } max { seenAt bornOn atoms } } }",
    )
    assert figures["data"]["specimensAggregate"]["sum"] == {
        "rank": "9",
        "atoms": "9223372036854775807",
        "price": "12345.670",
    }
    assert figures["data"]["specimensAggregate"]["max"] == {
        "seenAt": "0001-01-01T00:00:00.000000Z",
        "bornOn": "9999-12-31",
        "atoms": "9223372036854775807",
    }
