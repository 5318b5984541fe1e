import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import pytest

from assurance.prove.records import COUNT, insert
from auth.development import DevelopmentIssuer
from auth.scopes import Role
from models.describe import Catalog
from palisade.service import Service
from repository.pool import Pool
from resolvers.context import Context
from resolvers.errors import formatted
from tests.conftest import Ask, Org

# Of a request that is refused for what it costs; those here make up to 80,000.
CALLS = 200_000


@pytest.fixture
async def filled(org: Org, catalog: Catalog) -> Org:
    await insert(org.repositories, catalog, org.slug[-12:])
    return org


@pytest.fixture
def ask_with(service: Service, make_context: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks with exactly these scopes; a refusal that sends SQL fails the test."""
    sent: list[str] = []
    borrow = Pool.acquire

    async def counted(self: Pool) -> Any:
        sent.append("statement")
        return await borrow(self)

    monkeypatch.setattr(Pool, "acquire", counted)

    async def ask(
        org: Org, scopes: str, query: str, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        del sent[:]
        context: Context = make_context(org, scopes.split())
        document = service.documents.get(query)
        assert document.node is not None
        assert not document.errors, document.errors
        result = await service.operations.execute(
            document.node,
            text=query,
            operation_name=None,
            variables=variables,
            context=context,
        )
        if isinstance(result, str):
            return {"errors": [], **orjson.loads(result)}
        errors = [formatted(error, request_id="r") for error in result.errors or ()]
        assert result.data is not None or not sent, "a refusal sends nothing"
        return {"data": result.data, "errors": errors}

    return ask


READ = "specimen:read"
WRITE = "specimen:read specimen:write"
ADMIN = f"{WRITE} org:admin"


@pytest.mark.parametrize(
    ("query", "scopes", "missing", "place"),
    [
        ("{ specimens { totalCount } }", "specimen:read", "specimen:read", "specimens"),
        ('{ specimen(id: "x") { id } }', "specimen:read", "specimen:read", "specimen"),
        (
            "{ specimensAggregate { count } }",
            "specimen:read",
            "specimen:read",
            "specimensAggregate",
        ),
        (
            "{ specimens { nodes { site { id } } } }",
            "specimen:read site:read",
            "site:read",
            "specimens.nodes.site",
        ),
        (
            "{ sites { nodes { specimens { totalCount } } } }",
            "site:read specimen:read",
            "specimen:read",
            "sites.nodes.specimens",
        ),
        (
            "{ sites { nodes { visitors { totalCount } } } }",
            "site:read specimen:read handover:read",
            "handover:read",
            "sites.nodes.visitors",
        ),
        (
            "{ sites(where: {visitors: {}}) { totalCount } }",
            "site:read specimen:read handover:read",
            "handover:read",
            "sites.where.visitors",
        ),
        (
            '{ specimens(where: {site: {label: {eq: "x"}}}) { totalCount } }',
            "specimen:read site:read",
            "site:read",
            "specimens.where.site",
        ),
        (
            '{ node(id: "x") { id ... on Specimen { label } } }',
            "site:read specimen:read",
            "specimen:read",
            "node",
        ),
        (
            'mutation { createSite(input: {label: "x"}) { site { id } } }',
            "site:read site:write",
            "site:write",
            "createSite",
        ),
        (
            'mutation { deleteSite(input: {id: "x"}) { site { id } } }',
            "site:read site:write handover:read handover:write",
            "site:read",
            "deleteSite",
        ),
        (
            'mutation { discardSpecimen(input: {id: "x", version: 1}) { specimen { id } } }',
            "specimen:read specimen:write",
            "specimen:write",
            "discardSpecimen",
        ),
        (
            'mutation { createSite(input: {label: "y"}) { site { specimens { totalCount } } } }',
            "site:read site:write specimen:read",
            "specimen:read",
            "createSite.site.specimens",
        ),
    ],
)
async def test_a_missing_scope_refuses_the_whole_operation(
    filled: Org, ask_with: Any, query: str, scopes: str, missing: str, place: str
) -> None:
    allowed = await ask_with(filled, scopes, query)
    assert not [e for e in allowed["errors"] if e["extensions"]["code"] == "FORBIDDEN"]
    left = " ".join(set(scopes.split()) - {missing}) or "user:read"
    # An innocent field beside it is refused as well.
    if query.startswith("{"):
        query = query.replace("{", "{ viewer { subject }", 1)
    refused = await ask_with(filled, left, query)
    assert refused["data"] is None
    (error,) = refused["errors"]
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "field": place,
        "rule": f"needs the scope {missing}",
    }


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("{ specimens { nodes { secret } } }", "specimens.nodes.secret"),
        ("{ specimens { edges { node { s: secret } } } }", "specimens.edges.node.s"),
        ('{ node(id: "x") { ... on Specimen { secret } } }', "node.secret"),
        ('{ specimens(where: {secret: {eq: "x"}}) { totalCount } }', "specimens.where.secret"),
        ("{ specimens(where: {secret: {isNull: true}}) { totalCount } }", "specimens.where.secret"),
        (
            '{ specimens(where: {not: {or: [{secret: {gt: "x"}}]}}) { totalCount } }',
            "specimens.where.not.or.0.secret",
        ),
        (
            '{ sites(where: {specimens: {secret: {eq: "x"}}}) { totalCount } }',
            "sites.where.specimens.secret",
        ),
        ("{ specimens(orderBy: [{secret: ASC}]) { totalCount } }", "specimens.orderBy.0.secret"),
        ("{ specimensAggregate { min { secret } } }", "specimensAggregate.min.secret"),
        ("{ specimensAggregate { count m: max { s: secret } } }", "specimensAggregate.m.secret"),
        (
            '{ specimensAggregate(where: {secret: {eq: "x"}}) { count } }',
            "specimensAggregate.where.secret",
        ),
    ],
)
async def test_a_column_above_the_clearance_is_not_read_in_any_way(
    filled: Org, ask_with: Any, query: str, place: str
) -> None:
    allowed = await ask_with(filled, f"{ADMIN} site:read", query)
    assert not allowed["errors"]
    refused = await ask_with(filled, f"{WRITE} site:read", query)
    assert refused["data"] is None
    (error,) = refused["errors"]
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "field": place,
        "rule": "is RESTRICTED, above the clearance of the token",
    }


async def test_a_column_above_the_clearance_is_not_written(filled: Org, ask_with: Any) -> None:
    mutation = (
        "mutation ($input: UpdateSpecimenInput!) "
        "{ updateSpecimen(input: $input) { specimen { version } } }"
    )
    rows = (await ask_with(filled, READ, "{ specimens { nodes { id version } } }"))["data"]
    fields = {**rows["specimens"]["nodes"][0], "secret": "new"}
    refused = await ask_with(filled, WRITE, mutation, {"input": fields})
    assert refused["errors"][0]["extensions"]["field"] == "input.secret"
    allowed = await ask_with(filled, ADMIN, mutation, {"input": fields})
    assert allowed["data"] == {"updateSpecimen": {"specimen": {"version": fields["version"] + 1}}}


async def test_a_masked_column_is_shown_as_asterisks(filled: Org, ask_with: Any) -> None:
    query = "{ specimens { nodes { id contact } } }"
    shown = (await ask_with(filled, WRITE, query))["data"]["specimens"]["nodes"]
    masked = (await ask_with(filled, READ, query))["data"]["specimens"]["nodes"]
    assert all(filled.slug[-12:] in node["contact"] for node in shown)
    assert [node["contact"] for node in masked] == ["***"] * COUNT


async def test_a_masked_column_that_is_null_stays_null(org: Org, ask_with: Any) -> None:
    site = await org.repositories.of(_table(org, "Site")).create({"label": "s"})
    specimens = org.repositories.of(_table(org, "Specimen"))
    await specimens.create({"label": "a", "site_id": site["id"]})
    answer = await ask_with(org, READ, "{ specimens { nodes { contact } } }")
    assert answer["data"] == {"specimens": {"nodes": [{"contact": None}]}}


@pytest.mark.parametrize(
    "query",
    [
        '{ specimens(where: {contact: {contains: "a"}}) { totalCount } }',
        "{ specimens(where: {contact: {isNull: false}}) { totalCount } }",
        "{ specimens(orderBy: [{contact: ASC}]) { totalCount } }",
        "{ specimensAggregate { max { contact } } }",
    ],
)
async def test_a_masked_column_is_not_read_in_any_other_way(
    filled: Org, ask_with: Any, query: str
) -> None:
    assert not (await ask_with(filled, WRITE, query))["errors"]
    refused = await ask_with(filled, READ, query)
    assert refused["data"] is None
    rule = "is CONFIDENTIAL, above the clearance of the token"
    assert refused["errors"][0]["extensions"]["rule"] == rule


async def test_a_column_that_is_not_maskable_is_refused(filled: Org, ask_with: Any) -> None:
    query = "{ specimens { nodes { dose } } }"
    assert not (await ask_with(filled, WRITE, query))["errors"]
    assert (await ask_with(filled, READ, query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_skipped_fields_need_no_access(filled: Org, ask_with: Any) -> None:
    query = "query ($show: Boolean!) { specimens { nodes { label secret @include(if: $show) } } }"
    assert not (await ask_with(filled, READ, query, {"show": False}))["errors"]
    refused = await ask_with(filled, READ, query, {"show": True})
    assert refused["errors"][0]["extensions"]["field"] == "specimens.nodes.secret"
    skipped = query.replace("@include", "@skip")
    assert not (await ask_with(filled, READ, skipped, {"show": True}))["errors"]


async def test_node_finds_only_what_the_scopes_open(filled: Org, ask_with: Any) -> None:
    ids = await ask_with(
        filled, "specimen:read site:read", "{ specimens { nodes { id } } sites { nodes { id } } }"
    )
    specimen = ids["data"]["specimens"]["nodes"][0]["id"]
    site = ids["data"]["sites"]["nodes"][0]["id"]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    answer = await ask_with(filled, READ, query, {"ids": [specimen, site, specimen]})
    found = {"__typename": "Specimen", "id": specimen}
    assert answer["data"] == {"nodes": [found, None, found]}


async def test_node_needs_a_scope_that_lets_it_read_something(filled: Org, ask_with: Any) -> None:
    query = '{ node(id: "x") { id } }'
    assert (await ask_with(filled, READ, query)) == {"data": {"node": None}, "errors": []}
    refused = await ask_with(filled, "unknown", query)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_ids_are_bounded_in_number(filled: Org, ask_with: Any) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await ask_with(filled, READ, query, {"ids": ["x"] * 1000})
    assert answer["data"] == {"nodes": [None] * 1000}
    refused = await ask_with(filled, READ, query, {"ids": ["x"] * 1001})
    assert refused["errors"][0]["extensions"]["field"] == "nodes.ids"


async def test_an_update_sets_at_least_one_field(filled: Org, ask_with: Any) -> None:
    query = 'mutation { updateSpecimen(input: {id: "x", version: 1}) { specimen { id } } }'
    refused = await ask_with(filled, WRITE, query)
    assert refused["data"] is None
    assert refused["errors"][0]["extensions"]["rule"] == "must set at least one field"


async def test_one_bad_value_refuses_every_mutation_of_the_operation(
    filled: Org, ask_with: Any
) -> None:
    query = """mutation ($label: String!) {
      a: createSite(input: {label: "first"}) { site { id } }
      b: createSite(input: {label: $label}) { site { id } }
    }"""
    scopes = "site:read site:write"
    refused = await ask_with(filled, scopes, query, {"label": "x" * 201})
    assert refused["data"] is None
    assert refused["errors"][0]["extensions"]["field"] == "input.label"
    allowed = await ask_with(filled, scopes, query, {"label": "second"})
    assert not allowed["errors"], "the first was not made before"


@contextmanager
def calls_below(most: int) -> Iterator[None]:
    """The work of the block is bounded, whatever else the machine does: it makes fewer calls."""
    made = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call"
        if made == most:
            sys.setprofile(None)
            raise AssertionError("too many calls")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert made < most


def _chain(length: int, spread: str) -> str:
    fragments = [
        f"fragment F{i} on Site {{ {spread.replace('NEXT', f'F{i + 1}')} }}" for i in range(length)
    ]
    last = f"fragment F{length} on Site {{ id }}"
    return f"{{ sites {{ nodes {{ ...F0 }} }} }} {' '.join(fragments)} {last}"


@pytest.mark.parametrize(
    ("length", "spread"),
    [
        (40, "a: within { ...NEXT } b: within { ...NEXT }"),
        (
            9,
            "a: within { ...NEXT } b: within { ...NEXT } c: within { ...NEXT } d: within { ...NEXT }",
        ),
        (40, "within { ...NEXT ...NEXT } w: within { ...NEXT }"),
        (8, "a: sites { nodes { ...NEXT } } b: sites { nodes { ...NEXT } }"),
    ],
)
async def test_chains_of_doubling_fragments_are_refused_at_once(
    ask_with: Any, org: Org, length: int, spread: str
) -> None:
    with calls_below(CALLS):
        answer = await ask_with(org, "site:read", _chain(length, spread))
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "TOO_COMPLEX"


async def test_fragments_that_only_repeat_cost_nothing(ask_with: Any, org: Org) -> None:
    with calls_below(CALLS):
        answer = await ask_with(org, "site:read", _chain(60, "...NEXT ...NEXT"))
    assert answer == {"data": {"sites": {"nodes": []}}, "errors": []}


async def test_depth_is_bounded(ask_with: Any, org: Org) -> None:
    def nested(levels: int) -> str:
        return f"{{ sites {{ nodes {{ {'within { ' * levels} id {'}' * levels} }} }} }}"

    assert not (await ask_with(org, "site:read", nested(12)))["errors"]
    refused = await ask_with(org, "site:read", nested(13))
    assert refused["errors"][0]["extensions"]["rule"] == "must not be deeper than 15 levels"


async def test_introspection_can_not_go_round_in_circles(ask: Ask, org: Org) -> None:
    circle = "{ fields { type " * 5 + "{ name }" + " } }" * 5
    with calls_below(CALLS):
        answer = await ask(org, f"{{ __schema {{ types {circle} }} }}")
    assert "data" not in answer
    answer = await ask(org, "{ __schema { types { name fields { name type { name } } } } }")
    assert len(answer["data"]["__schema"]["types"]) > 50


async def test_a_viewer_reads_and_an_editor_writes(
    client: httpx.AsyncClient, filled: Org, issuer: DevelopmentIssuer, ask: Ask
) -> None:
    assert set(filled.tokens) == {role.value for role in Role}
    mutation = 'mutation { createSite(input: {label: "by role"}) { site { label } } }'
    assert (await ask(filled, mutation, role="viewer"))["errors"][0]["extensions"] == {
        "code": "FORBIDDEN",
        "field": "createSite",
        "rule": "needs the scope site:write",
    }
    assert "errors" not in await ask(filled, mutation, role="editor")
    assert (await ask(filled, "{ sites { totalCount } }", role="viewer"))["data"] == {
        "sites": {"totalCount": COUNT + 1}
    }


def _table(org: Org, name: str) -> Any:
    return org.repositories.session.catalog.tables[name]
