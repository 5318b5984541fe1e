"""What is compiled once serves again, and never what it was not compiled for."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from models.describe import Catalog
from palisade.service import Service
from repository.binds import Statement
from repository.compile.roots import Plan
from resolvers import plans as module
from resolvers.budget import MAX_VALUES
from resolvers.execute import Operations
from resolvers.plans import Compiled, Plans
from resolvers.values import MAX_LIST
from schema.build import core_schema
from tests.conftest import Ask, Org


@pytest.fixture
def kept(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of each plan that was made, since it was emptied; none is there before."""
    monkeypatch.setattr(service.operations, "_plans", Plans())
    made: list[str] = []
    keep = Plans.keep

    def recording(self: Plans, key: Any, compiled: Compiled, **rest: Any) -> None:
        made.append(compiled.plan.statement.sql if compiled.plan else "")
        keep(self, key, compiled, **rest)

    monkeypatch.setattr(Plans, "keep", recording)
    return made


@pytest.fixture
async def sites(org: Org, catalog: Catalog) -> list[Any]:
    """Seven sites, of which four lie within another."""
    repository = org.repositories.of(catalog.tables["Site"])
    rows = [dict(await repository.create({"label": f"s{place}"})) for place in range(3)]
    for place in range(3, 7):
        values = {"label": f"s{place}", "within_id": rows[place % 2]["id"]}
        rows.append(dict(await repository.create(values)))
    return rows


def labels(answer: dict[str, Any], field: str = "sites") -> list[str]:
    assert "errors" not in answer, answer
    return [node["label"] for node in answer["data"][field]["nodes"]]


LIST = """query ($first: Int, $after: String, $where: SiteWhere, $order: [SiteOrder!]) {
  sites(first: $first, after: $after, where: $where, orderBy: $order) {
    nodes { label } pageInfo { startCursor endCursor hasNextPage }
  }
}"""


async def test_plan_serves_other_values_of_one_shape(
    ask: Ask, org: Org, sites: list[Any], kept: list[str]
) -> None:
    def where(label: str) -> dict[str, Any]:
        return {"where": {"label": {"eq": label}}, "order": [{"label": "ASC"}]}

    for place in range(5):
        assert labels(await ask(org, LIST, where(f"s{place}"))) == [f"s{place}"]
    assert len(kept) == 1
    names = {"where": {"label": {"in": ["s1"]}}, "order": [{"label": "ASC"}]}
    assert labels(await ask(org, LIST, names)) == ["s1"]
    names["where"] = {"label": {"in": ["s4", "s2", "nobody", "s3"]}}
    assert labels(await ask(org, LIST, names)) == ["s2", "s3", "s4"]
    assert len(kept) == 2


async def test_plan_of_one_organisation_serves_another_with_its_own_rows(
    ask: Ask, org: Org, other_org: Org, sites: list[Any], kept: list[str]
) -> None:
    assert len(labels(await ask(org, LIST))) == 7
    assert labels(await ask(other_org, LIST)) == []
    assert len(kept) == 1


OTHERS: dict[str, dict[str, Any]] = {
    "nothing given": {},
    "a size": {"first": 3},
    "another size": {"first": 4},
    "null": {"where": None},
    "a condition": {"where": {"label": {"eq": "s1"}}},
    "another operator": {"where": {"label": {"ne": "s1"}}},
    "another column": {"where": {"createdAt": {"gt": "2020-01-01T00:00:00Z"}}},
    "no list": {"where": {"label": {"in": []}}},
    "a list": {"where": {"label": {"in": ["s1", "s2"]}}},
    "null asked for": {"where": {"withinId": {"isNull": True}}},
    "null ruled out": {"where": {"withinId": {"isNull": False}}},
    "up": {"order": [{"label": "ASC"}]},
    "down": {"order": [{"label": "DESC"}]},
    "no order": {"order": []},
    "both joined": {"where": {"and": [{"label": {"eq": "s1"}}, {"label": {"eq": "s1"}}]}},
    "either": {"where": {"or": [{"label": {"eq": "s1"}}, {"label": {"eq": "s2"}}]}},
}


async def test_plans_of_other_shapes_are_not_shared(
    ask: Ask, org: Org, sites: list[Any], kept: list[str]
) -> None:
    first = {name: await ask(org, LIST, variables) for name, variables in OTHERS.items()}
    assert len(kept) == len(OTHERS)
    again = {name: await ask(org, LIST, variables) for name, variables in OTHERS.items()}
    assert len(kept) == len(OTHERS), "each is found again"
    assert first == again
    assert labels(first["a size"]) == ["s0", "s1", "s2"]
    assert labels(first["another size"]) == ["s0", "s1", "s2", "s3"]
    assert labels(first["no list"]) == []
    assert labels(first["null asked for"]) == ["s0", "s1", "s2"]
    assert labels(first["null ruled out"]) == ["s3", "s4", "s5", "s6"]
    assert labels(first["down"]) == labels(first["up"])[::-1]
    assert labels(first["either"]) == ["s1", "s2"]


async def test_plans_of_other_accesses_are_not_shared(
    ask: Ask, org: Org, catalog: Catalog, kept: list[str]
) -> None:
    await org.repositories.of(catalog.tables["Vendor"]).create(
        {"name": "v", "tier": "LOW", "security_contact": "a@example.com"}
    )
    query = "{ vendors { nodes { securityContact } } }"
    contacts = {}
    for role in ("admin", "viewer", "admin", "viewer"):
        answer = await ask(org, query, role=role)
        contacts[role] = answer["data"]["vendors"]["nodes"][0]["securityContact"]
        assert (contacts[role] == "a@example.com") is (role == "admin")
    assert contacts["viewer"] == "***"
    assert len(kept) == 2


async def test_refusal_of_another_access_is_told_beside_a_kept_plan(
    ask: Ask, org: Org, kept: list[str]
) -> None:
    query = "{ users { totalCount } }"
    assert "errors" not in await ask(org, query)
    before = len(kept)
    answer = await ask(org, query, role="viewer")
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert len(kept) == before, "what is refused is not kept"
    else:
        assert len(kept) == before + 1


async def test_plans_of_other_operations_of_a_document_are_not_shared(
    client: httpx.AsyncClient, org: Org, sites: list[Any], kept: list[str]
) -> None:
    query = "query A { sites(first: 1) { nodes { label } } } query B { sites { totalCount } }"

    async def run(name: str) -> Any:
        response = await client.post(
            "/graphql",
            json={"query": query, "operationName": name},
            headers={"authorization": f"Bearer {org.tokens['admin']}"},
        )
        return response.json()["data"]["sites"]

    for _ in range(2):
        assert await run("A") == {"nodes": [{"label": "s0"}]}
        assert await run("B") == {"totalCount": 7}
    assert len(kept) == 2


@pytest.mark.parametrize("way", ["ASC", "DESC"])
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_walk_through_pages_with_nulls_ends_with_all_rows(
    ask: Ask, org: Org, sites: list[Any], kept: list[str], way: str, size: int
) -> None:
    seen: list[str] = []
    after = None
    for _ in range(10):
        variables = {"first": size, "after": after, "order": [{"withinId": way}, {"label": way}]}
        answer = await ask(org, LIST, variables)
        seen += labels(answer)
        info = answer["data"]["sites"]["pageInfo"]
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    else:
        pytest.fail("the walk does not end")
    assert sorted(seen) == [f"s{place}" for place in range(7)]
    assert len(seen) == 7
    assert seen[: 3 if way == "DESC" else 0] == ["s2", "s1", "s0"][: 3 if way == "DESC" else 0]
    # Without a cursor, behind a value and behind NULL.
    assert len(kept) <= 3


REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "size": (LIST, {"first": 5}, {"first": 0}),
    "size too large": (LIST, {"first": 5}, {"first": 101}),
    "cursor": (LIST, {"after": "CURSOR"}, {"after": "nonsense"}),
    "cursor of another order": (
        LIST,
        {"after": "CURSOR", "order": []},
        {"after": "OTHER", "order": []},
    ),
    "text": (
        LIST,
        {"where": {"label": {"eq": "a"}}},
        {"where": {"label": {"eq": "a\0"}}},
    ),
    "text too long": (
        LIST,
        {"where": {"label": {"contains": "a"}}},
        {"where": {"label": {"contains": "a" * 10_001}}},
    ),
    "list": (
        LIST,
        {"where": {"label": {"in": ["a"]}}},
        {"where": {"label": {"in": ["a"] * (MAX_LIST + 1)}}},
    ),
    "entry of a list": (
        LIST,
        {"where": {"label": {"in": ["a", "b"]}}},
        {"where": {"label": {"in": ["a", "b\0"]}}},
    ),
    "number": (
        "query ($n: Float!) { specimens(where: {weight: {gt: $n}}) { totalCount } }",
        {"n": 1.5},
        {"n": 1e400},
    ),
    "ids": (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        {"ids": ["a"]},
        {"ids": ["a"] * (MAX_LIST + 1)},
    ),
    "nodes": (
        """query ($n: Int, $m: Int) {
          sites(first: $n) { nodes { specimens(first: $m) { nodes { id } } } } }""",
        {"n": 99, "m": 100},
        {"n": 100, "m": 100},
    ),
    "nodes by ids": (
        """query ($ids: [ID!]!) { nodes(ids: $ids) {
          ... on Site { specimens(first: 100) { nodes { id } } } } }""",
        {"ids": ["a"] * 90},
        {"ids": ["a"] * 100},
    ),
    "values": (
        """query ($v: [String!]!) { %s }"""
        % " ".join(f"a{i}: sites(where: {{label: {{in: $v}}}}) {{ totalCount }}" for i in range(6)),
        {"v": ["a"]},
        {"v": ["a"] * (MAX_VALUES // 6 + 1)},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refusal_is_the_same_with_and_without_a_kept_plan(
    service: Service, client: httpx.AsyncClient, ask: Ask, org: Org, kept: list[str], name: str
) -> None:
    query, good, bad = REFUSED[name]
    await ask(org, 'mutation { createSite(input: {label: "x"}) { site { id } } }')
    cursors = {}
    for key, order in (("CURSOR", []), ("OTHER", [{"label": "ASC"}])):
        answer = await ask(org, LIST, {"order": order})
        cursors[key] = answer["data"]["sites"]["pageInfo"]["endCursor"]
    good, bad = (
        {key: cursors.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
        for given in (good, bad)
    )  # fmt: skip
    service.operations._plans = Plans()
    del kept[:]
    content = orjson.dumps if name != "number" else lambda body: _infinite(body)

    async def send(variables: dict[str, Any]) -> Any:
        response = await client.post(
            "/graphql",
            content=content({"query": query, "variables": variables}),
            headers={
                "authorization": f"Bearer {org.tokens['admin']}",
                "content-type": "application/json",
            },
        )
        return response.json()

    missed = await send(bad)
    assert "data" not in missed
    assert kept == []
    assert "errors" not in await send(good)
    assert len(kept) == 1
    assert "errors" not in await send(good)
    assert len(kept) == 1
    assert await send(bad) == missed
    assert len(kept) == 1
    assert "errors" not in await send(good)


def _infinite(body: Any) -> bytes:
    return orjson.dumps(body).replace(b"null", b"1e400")


async def test_first_requests_at_once_are_each_answered(
    ask: Ask, org: Org, other_org: Org, sites: list[Any], kept: list[str]
) -> None:
    wanted = [
        (one, {"first": size, "where": {"label": {"ne": f"s{place}"}}})
        for one in (org, other_org)
        for size in (2, 5)
        for place in (0, 3)
    ] * 3
    answers = await asyncio.gather(*(ask(one, LIST, variables) for one, variables in wanted))
    for (one, variables), answer in zip(wanted, answers, strict=True):
        without = variables["where"]["label"]["ne"]
        names = [f"s{place}" for place in range(7) if f"s{place}" != without]
        assert labels(answer) == (names[: variables["first"]] if one is org else [])
    del kept[:]
    await asyncio.gather(*(ask(one, LIST, variables) for one, variables in wanted))
    assert kept == []


# The cache alone


def made(sql: str = "SELECT 1") -> Compiled:
    return Compiled(Plan(Statement(sql, ("context", "org_id")), ()))


def size_of(variables: Any) -> Any:
    return variables["size"]


def test_plans_find_what_is_kept_and_nothing_else() -> None:
    plans = Plans()
    compiled = made()
    assert plans.find("a", {}) is None
    plans.keep("a", compiled, decisive=(), variables={})
    assert plans.find("a", {}) is compiled
    assert plans.find("b", {}) is None
    sized = made("SELECT 2")
    plans.keep("b", sized, decisive=(size_of,), variables={"size": 1})
    assert plans.find("b", {"size": 1}) is sized
    assert plans.find("b", {"size": 2}) is None
    other = made("SELECT 3")
    plans.keep("b", other, decisive=(size_of,), variables={"size": 2})
    assert plans.find("b", {"size": 1}) is sized
    assert plans.find("b", {"size": 2}) is other


def test_plans_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.KEPT_ENTRIES <= 10_000
    monkeypatch.setattr(module, "KEPT_ENTRIES", 5)
    plans = Plans()
    for number in range(20):
        plans.keep(number, made(), decisive=(), variables={})
        assert len(plans._kept) <= 5
    assert plans.find(19, {}) is not None
    assert plans.find(14, {}) is None
    for size in range(20):
        plans.keep("sized", made(), decisive=(size_of,), variables={"size": size})
        assert len(plans._kept) <= 5
    assert plans.find("sized", {"size": 19}) is not None


def test_plans_are_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.KEPT_CHARACTERS <= 50_000_000
    monkeypatch.setattr(module, "KEPT_CHARACTERS", 1000)
    plans = Plans()
    for number in range(20):
        plans.keep(("abc", number), made("x" * 297), decisive=(), variables={})
        assert plans._characters == 300 * len(plans._kept) <= 1000
    assert len(plans._kept) == 3
    plans.keep("large", made("x" * 2000), decisive=(), variables={})
    assert plans._characters <= 1000
    for _ in range(10):
        plans.keep("again", made("x" * 100), decisive=(), variables={})
    assert plans._characters == sum(module._characters(*kept) for kept in plans._kept.items())


def test_plan_that_is_used_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_ENTRIES", 5)
    plans = Plans()
    plans.keep("used", made(), decisive=(), variables={})
    for number in range(20):
        plans.keep(number, made(), decisive=(), variables={})
        assert plans.find("used", {}) is not None


def test_plan_that_values_decide_stays_while_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_ENTRIES", 5)
    plans = Plans()
    plans.keep("used", made(), decisive=(size_of,), variables={"size": 1})
    for number in range(20):
        plans.keep(number, made(), decisive=(), variables={})
        assert plans.find("used", {"size": 1}) is not None


@pytest.mark.parametrize("gone", ["decisive", "compiled"])
def test_entries_that_are_gone_one_without_the_other_do_no_harm(gone: str) -> None:
    plans = Plans()
    compiled = made("x" * 10)

    def keep() -> None:
        plans.keep("a", compiled, decisive=(size_of,), variables={"size": 1})

    keep()
    key = "a" if gone == "decisive" else ("a", 1)
    entry = plans._kept.pop(key)
    plans._characters -= module._characters(key, entry)
    assert plans.find("a", {"size": 1}) is None
    keep()
    assert plans.find("a", {"size": 1}) is compiled
    assert plans._characters == 12
    assert len(plans._kept) == 2


def test_refusal_of_a_deciding_value_is_raised() -> None:
    plans = Plans()

    def decide(variables: Any) -> int:
        if variables["size"] > 10:
            raise ValueError
        return int(variables["size"])

    plans.keep("a", made(), decisive=(decide,), variables={"size": 1})
    with pytest.raises(ValueError):
        plans.find("a", {"size": 11})
    assert plans.find("a", {"size": 1}) is not None


async def test_evicted_plans_are_made_again(
    ask: Ask, org: Org, sites: list[Any], kept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_ENTRIES", 3)
    for _ in range(3):
        for size in (1, 2, 3):
            assert len(labels(await ask(org, LIST, {"first": size}))) == size
            texts = [f"{{ a{size}x{number}: sites {{ totalCount }} }}" for number in range(2)]
            for number, text in enumerate(texts):
                answer = await ask(org, text)
                assert answer == {"data": {f"a{size}x{number}": {"totalCount": 7}}}
    assert len(kept) > 12


async def test_plans_of_one_schema_are_not_those_of_another(service: Service) -> None:
    core = core_schema(service.schema)
    one, other = (Operations(core, service.catalog) for _ in range(2))
    assert one._plans is not other._plans
