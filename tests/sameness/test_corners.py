"""Documents at the corners of what is compiled, and requests that must not get another's plan."""

from functools import partial
from typing import Any

import pytest
from graphql import parse

from tests.sameness.answers import Question
from tests.sameness.conftest import Bench

CORNERS = (
    # Aggregates of one SELECT share its order.
    "{ specimens(first: 5) { nodes { id } pageInfo { endCursor } } }",
    "{ specimens(first: 5) { edges { node { id } } pageInfo { endCursor startCursor } } }",
    "{ specimens(last: 5) { nodes { id } pageInfo { startCursor } } }",
    "{ specimens(last: 5) { nodes { id } a: pageInfo { endCursor hasNextPage hasPreviousPage } } }",
    "{ sites { nodes { specimens(first: 2) { nodes { id } pageInfo { endCursor hasNextPage } } } } }",
    # Nothing is read of any row.
    "{ specimens { __typename } }",
    "{ specimens { nodes @skip(if: true) { id } } }",
    "{ specimens { pageInfo { __typename } } }",
    "{ specimens { nodes { __typename } } }",
    "{ specimens { edges { __typename } } }",
    "{ specimens(last: 3) { pageInfo { hasNextPage } } }",
    "{ specimens(first: 3) { pageInfo { hasPreviousPage } } }",
    "{ sites { nodes { specimens(last: 1) { pageInfo { hasNextPage } } } } }",
    "{ sites { nodes { specimens { pageInfo { __typename } } } } }",
    "{ sites { nodes { specimens { __typename } within { __typename } } } }",
    "{ specimensAggregate { __typename } }",
    "{ specimensAggregate { count @skip(if: true) } }",
    "{ specimensAggregate { min { __typename } } }",
    '{ specimensAggregate(where: {label: {eq: "nobody"}}) { __typename } }',
    '{ specimensAggregate(where: {label: {eq: "nobody"}}) { count min { rank label } sum { atoms weight } } }',
    '{ specimen(id: "x") { __typename } node(id: "x") { __typename } nodes(ids: []) { id } }',
    "{ echo specimens { __typename } }",
    "{ echo specimensAggregate { __typename } __typename }",
    "{ needed(fails: true) specimens { totalCount } }",
    "{ broken specimens { totalCount } picky(size: 9) }",
    "{ __typename }",
    "{ __schema { queryType { name } } specimens(first: 1) { totalCount } }",
    f"{{ specimens(where: {{or: [{'{rank: {eq: 1}}' * 120}]}}) {{ totalCount }} }}",
    f"{{ sites(where: {{or: [{'{specimens: {}}' * 11}]}}) {{ totalCount }} }}",
    f"{{ {' '.join(f'a{i}: sites {{ totalCount }}' for i in range(126))} }}",
    "{ sites(first: 100) { nodes { specimens(first: 100) { nodes { places { totalCount } } } } } }",
    f"{{ site(id: 1) {{ {'within { ' * 14} id {'}' * 14} }} }}",
    f"{{ sites(where: {'{not: ' * 10}{{}}{'}' * 10}) {{ totalCount }} }}",
    "{ sites(orderBy: [{id: ASC} {label: ASC} {withinId: ASC} {bestId: ASC} {version: ASC} {createdAt: ASC}]) { totalCount } }",
    "{ someVendor { name integrations(first: 2) { nodes { name } } } specimens { totalCount } }",
    "{ someSpecimens { id site { label } contact } sites(first: 1) { nodes { id } } }",
)


@pytest.mark.parametrize("text", CORNERS)
async def test_corners_are_answered_alike(bench: Bench, text: str) -> None:
    for seed in bench.seeds[1:]:
        for caller in ("admin", "few", "viewer", "fewer"):
            question = Question(text, parse(text), None, None)
            for _ in range(2):
                _, differing = await bench.pair.ask(
                    question, partial(bench.make_context, seed.org_id, caller)
                )
                assert not differing, (caller, differing[:5])


FIRST = "query A { sites(first: 2) { nodes { label } } } query B { sites(first: 3) { totalCount } }"
_LISTS = " ".join(f"{{rank: {{in: $v{index}}}}}" for index in range(6))
_DECLARED = " ".join(f"$v{index}: [Int!]" for index in range(6))
SHAPES: tuple[tuple[str, list[tuple[str | None, dict[str, Any] | None]]], ...] = (
    (FIRST, [("A", None), ("B", None), ("A", {}), (None, None), ("C", None)]),
    (
        "query ($n: Int) { specimens(first: $n) { nodes { id } pageInfo { hasNextPage } } }",
        [(None, {"n": n}) for n in (3, 1, None, 101, 0, 100, "x", 2)] + [(None, {}), (None, None)],
    ),
    (
        f"query ({_DECLARED}) {{ specimens(where: {{or: [{_LISTS}]}}) {{ totalCount }} }}",
        [
            (None, {f"v{index}": [1] * count for index in range(6)})
            for count in (1, 800, 1000, 833, 834, 0)
        ],
    ),
    (
        "query ($n: Int, $m: Int) { sites(first: $n) { nodes { specimens(first: $m) { nodes {"
        " handovers(last: $m) { totalCount nodes { id } } } } } } }",
        [(None, {"n": n, "m": m}) for n, m in ((2, 2), (100, 10), (90, 10), (100, 100), (1, 1))],
    ),
    (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Site { specimens { totalCount nodes { id } } } } }",
        [(None, {"ids": ["x"] * count}) for count in (1, 500, 477, 1000)],
    ),
    (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Site { label } } }",
        [(None, {"ids": ids}) for ids in (["x"], [], ["x"] * 3, ["x"] * 1001, "x", ["x", None])],
    ),
    (
        "query ($w: SpecimenWhere) { specimens(where: $w, first: 50) { totalCount nodes { rank } } }",
        [
            (None, {"w": where})
            for where in (
                {"rank": {"isNull": True}},
                {"rank": {"isNull": False}},
                {"rank": {"eq": 1}},
                {"rank": {"eq": None}},
                {"rank": {"gt": 1}},
                {"weight": {"gt": 1}},
                {"rank": {"in": [1, 2]}},
                {"rank": {"in": []}},
                {"rank": {"in": [1] * 1001}},
                {"rank": {"gt": 1, "lt": 9}},
                {"rank": {"lt": 9, "gt": 1}},
                {"or": []},
                {"and": []},
                {"or": [{}]},
                {"or": [{"rank": {"eq": 1}}, {"rank": {"eq": 9}}]},
                {"not": {"rank": {"eq": 1}}},
                {"secret": {"eq": "a"}},
                {"label": {"contains": "x" * 10_001}},
                {"label": {"eq": "nul\0"}},
                {"site": {}},
                {"site": {"label": {"ne": "a"}}},
                {},
                None,
            )
        ],
    ),
    (
        "query ($o: [SpecimenOrder!]) { specimens(orderBy: $o, first: 50) { nodes { id } } }",
        [
            (None, {"o": order})
            for order in (
                [{"rank": "ASC"}],
                [{"rank": "DESC"}],
                {"rank": "DESC"},
                [{"weight": "DESC"}],
                [{"rank": "ASC"}, {"weight": "DESC"}],
                [{"rank": "ASC"}, {"rank": "DESC"}],
                [{"rank": "ASC", "weight": "DESC"}],
                [{"rank": None}],
                [{"rank": None, "weight": "DESC"}],
                [{"secret": "ASC"}],
                [{"contact": "ASC"}],
                [],
                None,
            )
        ],
    ),
    (
        "query ($s: Boolean!, $t: Boolean = true) { sites { nodes { id @skip(if: $s) label @include(if: $t) } } }",
        [(None, {"s": s, "t": t}) for s in (True, False) for t in (True, False)]
        + [(None, {"s": True})],
    ),
)


@pytest.mark.parametrize(("text", "requests"), SHAPES)
@pytest.mark.parametrize("backward", [False, True])
async def test_each_request_gets_its_own_plan(
    bench: Bench,
    text: str,
    requests: list[tuple[str | None, dict[str, Any] | None]],
    backward: bool,
) -> None:
    document = parse(text)
    for name, variables in (*requests[:: -1 if backward else 1], *requests):
        for org, caller in ((0, "admin"), (2, "admin"), (0, "viewer"), (0, "fewer"), (2, "few")):
            question = Question(text, document, name, variables)
            _, differing = await bench.pair.ask(
                question, partial(bench.make_context, bench.seeds[org].org_id, caller)
            )
            assert not differing, (name, variables, org, caller, differing[:5])


async def test_a_cursor_with_a_null_gets_a_plan_of_its_own(bench: Bench) -> None:
    text = """query ($after: String, $before: String, $last: Int, $order: [SpecimenOrder!]) {
      specimens(first: 2, after: $after, orderBy: $order) @skip(if: false) { nodes { id rank } }
      back: specimens(last: $last, before: $before, orderBy: $order) { nodes { id rank } }
    }"""
    document = parse(text)
    seed = bench.seeds[0]

    def context() -> Any:
        return bench.make_context(seed.org_id, "admin")

    for ways in (("ASC", "ASC"), ("DESC", "DESC"), ("ASC", "DESC"), ("DESC", "ASC")):
        order = [{"rank": ways[0]}, {"weight": ways[1]}]
        listed = "query ($o: [SpecimenOrder!]) { specimens(first: 50, orderBy: $o) { edges { cursor } } }"
        page, _ = await bench.pair.ask(Question(listed, parse(listed), None, {"o": order}), context)
        for edge in page["data"]["specimens"]["edges"]:
            variables = {
                "after": edge["cursor"],
                "before": edge["cursor"],
                "last": 3,
                "order": order,
            }
            question = Question(text, document, None, variables)
            _, differing = await bench.pair.ask(question, context)
            assert not differing, (order, edge, differing[:5])
    assert bench.tally.compiled < bench.tally.ways["whole"], "plans were used again"
