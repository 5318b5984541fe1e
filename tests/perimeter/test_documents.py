"""Documents are parsed and validated once, and what is no document says why."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationType
from graphql import build_schema as parse_schema

from perimeter import documents
from perimeter.documents import MAX_TOKENS, Document, Documents

SDL = "type Query { a(n: Int, s: String!): Query b: Int }  type Mutation { c: Int }"


@pytest.fixture
def schema() -> GraphQLSchema:
    return parse_schema(SDL)


@pytest.fixture
def kept(schema: GraphQLSchema) -> Documents:
    return Documents(schema)


def _codes(document: Document) -> list[Any]:
    return [(error.extensions or {}).get("code") for error in document.errors]


def test_a_document_is_parsed_once(kept: Documents) -> None:
    document = kept.get("{ b }")
    assert document.errors == ()
    assert document.node is not None
    assert kept.get("{ b }") is document
    assert kept.get("{ b  }") is not document


@pytest.mark.parametrize("text", ["{ b", "", "query {", "\0", "{ b } }", "{ b(: 1) }"])
def test_what_does_not_parse_is_bad_input(kept: Documents, text: str) -> None:
    document = kept.get(text)
    assert document.node is None
    assert _codes(document) == ["BAD_USER_INPUT"]
    assert kept.get(text) is document, "a refusal is kept as well"


def test_tokens_are_bounded(kept: Documents) -> None:
    fields = " ".join(f"x{number}: b" for number in range(MAX_TOKENS // 3 - 1))
    assert kept.get(f"{{ {fields} b b }}").errors == ()
    too_long = kept.get(f"{{ {fields} b b b b }}")
    assert too_long.node is None
    assert _codes(too_long) == ["TOO_COMPLEX"]


def test_depth_is_bounded(kept: Documents) -> None:
    assert kept.get('{ a(s: "") ' * 20 + "{ b }" + " }" * 20).errors == ()
    assert _codes(kept.get("{ a " * 480)) == ["TOO_COMPLEX"]
    assert _codes(kept.get("{ a(n: " + "[" * 900)) == ["TOO_COMPLEX"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{ nothing }", "nothing"),
        ('{ a(s: "") { b { c } } }', "b"),
        ('{ x: a(s: "") }', "a"),
        ("{ b a { b } }", "a"),
        ('{ b x: a(s: "", n: "no") { b } }', "a"),
        ('{ b a(s: $missing) { a(s: "") { b } } }', "a"),
        ('{ a(s: "") { b @unknown } }', "b"),
        ('{ b a(s: "", n: 1) { b } a(s: "", n: 2) { b } }', "a"),
    ],
)
def test_what_is_not_valid_names_the_field(kept: Documents, text: str, field: str) -> None:
    document = kept.get(text)
    (error,) = document.errors
    assert error.extensions == {"code": "BAD_USER_INPUT", "field": field, "rule": error.message}
    assert error.locations


def test_nothing_is_suggested(kept: Documents) -> None:
    (error,) = kept.get("{ bb }").errors
    assert "Did you mean" not in error.message
    assert "'bb'" in error.message


def test_errors_are_bounded_in_number(kept: Documents) -> None:
    text = " ".join(f"x{number}" for number in range(200))
    assert 20 <= len(kept.get(f"{{ {text} }}").errors) <= 21


@pytest.mark.parametrize(
    ("text", "name", "operation"),
    [
        ("{ b }", None, OperationType.QUERY),
        ("mutation { c }", None, OperationType.MUTATION),
        ("query A { b } mutation B { c }", "A", OperationType.QUERY),
        ("query A { b } mutation B { c }", "B", OperationType.MUTATION),
        ("query A { b } mutation B { c }", None, None),
        ("query A { b } mutation B { c }", "C", None),
        ("{ b }", "A", None),
    ],
)
def test_operation_is_known_where_it_is_clear(
    kept: Documents, text: str, name: str | None, operation: OperationType | None
) -> None:
    assert kept.get(text).operation(name) is operation


def test_documents_kept_are_bounded_in_number(
    kept: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "KEPT_DOCUMENTS", 3)
    first, second = kept.get("{ b }"), kept.get("{ b b }")
    kept.get("{ b b b }")
    assert kept.get("{ b }") is first, "which was used last"
    kept.get("{ b b b b }")
    assert len(kept._kept) == 3
    assert kept.get("{ b }") is first
    assert kept.get("{ b b }") is not second


def test_documents_kept_are_bounded_in_characters(
    kept: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "KEPT_CHARACTERS", 30)
    first = kept.get("{ b }")
    second = kept.get("{" + " b" * 9 + " }")
    assert kept._characters == 5 + 21
    assert kept.get("{" + " b" * 9 + " }") is second
    kept.get("{ b b }")
    assert list(kept._kept) == ["{" + " b" * 9 + " }", "{ b b }"]
    assert kept._characters == 21 + 7
    assert kept.get("{ b }") is not first


def test_a_document_larger_than_all_is_not_kept(
    kept: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "KEPT_CHARACTERS", 10)
    assert kept.get("{ b b b b }").errors == ()
    assert (len(kept._kept), kept._characters) == (0, 0)
