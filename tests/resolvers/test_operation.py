from collections.abc import Mapping
from typing import Any

import pytest
from graphql import build_schema, get_variable_values, parse

from resolvers.operation import Operation

SCHEMA = build_schema(
    """
    enum Way { UP DOWN }
    input Where { name: String, any: [Where!] }
    type Query {
      a(id: ID, n: Int, f: Float, b: Boolean, way: Way, where: Where, ids: [ID!]): String
    }
    """
)
DOCUMENT = parse(
    "query ($id: ID!, $n: Int = 7, $f: Float, $b: Boolean, $way: Way, $where: Where, $ids: [ID!])"
    "{ a(id: $id, n: $n, f: $f, b: $b, way: $way, where: $where, ids: $ids) }"
)


@pytest.mark.parametrize(
    "given",
    [
        {"id": "x"},
        {"id": 5, "n": 1, "f": 2, "b": True, "way": "UP", "where": {"name": "a"}, "ids": ["a"]},
        {"id": "x", "n": None, "f": None, "b": None, "way": None, "where": None, "ids": None},
        {"id": "x", "n": 1, "f": 1.5, "b": False, "way": "DOWN", "where": {}, "ids": "one"},
        {"id": "x", "unknown": 1},
        {},
        {"id": None},
        {"id": True},
        {"id": "x", "n": "1"},
        {"id": "x", "n": 2**40},
        {"id": "x", "f": True},
        {"id": "x", "b": 1},
        {"id": "x", "way": "SIDEWAYS"},
        {"id": "x", "where": {"unknown": 1}},
        {"id": "x", "where": "name"},
        {"id": "x", "ids": [None]},
    ],
)
def test_variables_are_read_as_the_executor_reads_them(given: Mapping[str, Any]) -> None:
    operation = Operation.find(SCHEMA, DOCUMENT, None)
    assert operation is not None
    known = get_variable_values(SCHEMA, operation.node.variable_definitions or (), dict(given))
    expected = None if isinstance(known, list) else known.coerced
    assert operation.coerced(given) == expected


def test_an_operation_of_leaves_alone_is_read_as_the_executor_reads_it() -> None:
    document = parse("query ($id: ID!, $n: Int) { a(id: $id, n: $n) }")
    operation = Operation.find(SCHEMA, document, None)
    assert operation is not None
    assert operation.coerced({"id": 5, "n": 3}) == {"id": "5", "n": 3}
    assert operation.coerced({"id": "x", "n": "3"}) is None
    assert operation.coerced({"id": True, "n": 3}) is None


def test_find_says_none_where_it_is_not_clear_which_is_meant() -> None:
    document = parse("query A { a } query B { a } mutation C { a }")
    assert Operation.find(SCHEMA, document, None) is None
    assert Operation.find(SCHEMA, document, "D") is None
    for name, is_query in (("A", True), ("C", False)):
        operation = Operation.find(SCHEMA, document, name)
        assert operation is not None
        assert operation.name == name
        assert operation.is_query is is_query
