from typing import Any

import pytest

from models.conditions import Operator
from models.describe import Catalog
from repository.criteria import ALL, Compare, Every, Not, Some, Through
from resolvers.access import Access, Decision
from resolvers.arguments import MAX_CONDITION_DEPTH, ArgumentReader, PageParts
from resolvers.budget import MAX_CONDITIONS, MAX_RELATED, MAX_VALUES, Budget
from resolvers.errors import BadInput, TooComplex
from resolvers.values import MAX_LIST
from resolvers.variables import Direction
from tests.conftest import Ask, Org

PARTS = PageParts(cursors=False, total=False)


@pytest.fixture
def page(catalog: Catalog) -> Any:
    """Reads the arguments of the one page of an operation."""
    columns = {
        table.type: {column.name: Decision.READ for column in table.columns}
        for table in catalog.tables.values()
    }
    access = Access(columns, frozenset())

    def read(**arguments: Any) -> Any:
        reader = ArgumentReader(catalog, access, Budget())
        return reader.page(catalog.tables["Specimen"], arguments, "specimens", parts=PARTS)

    return read


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises((BadInput, TooComplex)) as caught:
        call(**arguments)
    return caught.value.field, caught.value.rule


@pytest.mark.parametrize(
    ("arguments", "limit", "backward"),
    [
        ({}, 20, False),
        ({"first": None}, 20, False),
        ({"first": 1}, 1, False),
        ({"first": 100}, 100, False),
        ({"last": 1}, 1, True),
        ({"last": 100, "first": None, "after": None}, 100, True),
    ],
)
def test_page_sizes(page: Any, arguments: dict[str, Any], limit: int, backward: bool) -> None:
    request = page(**arguments)
    assert (request.limit, request.backward, request.where) == (limit, backward, ALL)


@pytest.mark.parametrize(
    ("arguments", "place", "rule"),
    [
        ({"first": 0}, "first", "must be between 1 and 100"),
        ({"first": 101}, "first", "must be between 1 and 100"),
        ({"first": -1}, "first", "must be between 1 and 100"),
        ({"last": 0}, "last", "must be between 1 and 100"),
        ({"last": 101}, "last", "must be between 1 and 100"),
        ({"last": 1, "first": 1}, "last", "must not be combined with first or after"),
        ({"last": 1, "after": "x"}, "last", "must not be combined with first or after"),
        ({"before": "x"}, "before", "needs last"),
        ({"before": "x", "first": 1}, "before", "needs last"),
        ({"after": "x"}, "after", "must be a cursor of this connection in this order"),
        ({"last": 1, "before": ""}, "before", "must be a cursor of this connection in this order"),
        ({"orderBy": [{}]}, "orderBy.0", "must name exactly one field"),
        ({"orderBy": [{"label": None}]}, "orderBy.0", "must name exactly one field"),
        (
            {"orderBy": [{"label": Direction.ASC, "rank": Direction.ASC}]},
            "orderBy.0",
            "must name exactly one field",
        ),
        (
            {"orderBy": [{"label": Direction.ASC}, {"label": Direction.DESC}]},
            "orderBy.1.label",
            "must not be named twice",
        ),
        (
            {"orderBy": [{"label": Direction.ASC}] * 6},
            "orderBy",
            "must not have more than 5 entries",
        ),
    ],
)
def test_page_names_the_argument_and_the_rule(
    page: Any, arguments: dict[str, Any], place: str, rule: str
) -> None:
    assert _refusal(page, **arguments) == (f"specimens.{place}", rule)


def test_order_is_completed_by_id_in_the_last_direction(page: Any) -> None:
    order = page(orderBy=[{"rank": Direction.ASC}, {"label": Direction.DESC}]).order
    assert [(key.column.field, key.descending) for key in order] == [
        ("rank", False),
        ("label", True),
        ("id", True),
    ]


async def test_cursor_of_another_order_or_type_is_refused(ask: Ask, org: Org) -> None:
    for name in "ab":
        created = await ask(
            org,
            "mutation ($n: String!) { createGroup(input: {name: $n}) { group { id } } }",
            {"n": name},
        )
        assert "errors" not in created
    answer = await ask(org, "{ groups(orderBy: [{name: ASC}], first: 1) { edges { cursor } } }")
    variables = {"after": answer["data"]["groups"]["edges"][0]["cursor"]}
    good = "query ($after: String) { groups(orderBy: [{name: ASC}], after: $after) { nodes { name } } }"
    assert (await ask(org, good, variables))["data"] == {"groups": {"nodes": [{"name": "b"}]}}
    for bad in (
        good.replace("ASC", "DESC"),
        good.replace("[{name: ASC}]", "[]"),
        good.replace("groups(", "users("),
        good.replace("$after)", "$after, first: null)").replace("{name: ASC}", "{id: ASC}"),
    ):
        answer = await ask(org, bad, variables)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["extensions"]["field"].endswith(".after")
        assert error["extensions"]["rule"] == "must be a cursor of this connection in this order"


def test_where_becomes_criteria(page: Any, catalog: Catalog) -> None:
    specimen, site = catalog.tables["Specimen"], catalog.tables["Site"]
    given = {
        "label": {"in": ["a"], "ne": "b"},
        "site": {"not": {"label": {"eq": "c"}}},
        "or": [{"rank": {"isNull": True}}, {}],
    }
    label, rank = specimen.by_field["label"], specimen.by_field["rank"]
    inner = Every((Compare(site.by_field["label"], Operator.EQ, "c"),))
    assert page(where=given).where == Every(
        (
            Compare(label, Operator.IN, ["a"]),
            Compare(label, Operator.NE, "b"),
            Through(specimen.relation_by_field["site"], Every((Not(inner),))),
            Some((Every((Compare(rank, Operator.IS_NULL, True),)), Every(()))),
        )
    )


@pytest.mark.parametrize(
    ("where", "place", "rule"),
    [
        ({"label": None}, "label", "must not be null; leave it out, or use isNull"),
        ({"site": None}, "site", "must not be null; leave it out, or use isNull"),
        ({"and": None}, "and", "must not be null; leave it out, or use isNull"),
        ({"label": {"eq": None}}, "label.eq", "must not be null; use isNull"),
        ({"label": {"isNull": None}}, "label.isNull", "must not be null; use isNull"),
        ({"label": {"in": ["a", "\0"]}}, "label.in.1", "must not contain the character U+0000"),
        (
            {"label": {"in": ["a"] * (MAX_LIST + 1)}},
            "label.in",
            "must not have more than 1000 entries",
        ),
        (
            {"site": {"label": {"eq": "\0"}}},
            "site.label.eq",
            "must not contain the character U+0000",
        ),
    ],
)
def test_where_names_the_place_and_the_rule(
    page: Any, where: dict[str, Any], place: str, rule: str
) -> None:
    assert _refusal(page, where=where) == (f"specimens.where.{place}", rule)


def test_where_is_bounded_in_depth(page: Any) -> None:
    def nested(levels: int) -> dict[str, Any]:
        where: dict[str, Any] = {}
        for _ in range(levels - 1):
            where = {"not": where}
        return where

    page(where=nested(MAX_CONDITION_DEPTH))
    _, rule = _refusal(page, where=nested(MAX_CONDITION_DEPTH + 1))
    assert rule == "must not be nested deeper than 10 levels"


def test_where_is_bounded_in_conditions(page: Any) -> None:
    page(where={"or": [{}] * (MAX_CONDITIONS - 1)})
    _, rule = _refusal(page, where={"or": [{}] * MAX_CONDITIONS})
    assert rule == "must not bring the operation to more than 200 conditions"


def test_every_comparison_is_a_condition(page: Any) -> None:
    two = {"label": {"eq": "a", "ne": "b"}}
    page(where={"and": [two] * 66})
    _, rule = _refusal(page, where={"and": [two] * 67})
    assert rule == "must not bring the operation to more than 200 conditions"


def test_values_and_relations_are_bounded_over_all_conditions(page: Any) -> None:
    full = {"id": {"in": ["x"] * MAX_LIST}}
    page(where={"and": [full] * (MAX_VALUES // MAX_LIST)})
    _, rule = _refusal(page, where={"and": [full] * (MAX_VALUES // MAX_LIST), "id": {"in": ["x"]}})
    assert rule == "must not bring the operation to more than 5000 values in conditions"
    page(where={"and": [{"site": {}}] * MAX_RELATED})
    _, rule = _refusal(page, where={"and": [{"site": {}}] * (MAX_RELATED + 1)})
    assert rule == "must not bring the operation to more than 10 conditions through relations"
