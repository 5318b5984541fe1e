"""What would take too much work or stack to read is too complex, and breaks nothing."""

import sys

import pytest
from graphql import GraphQLSchema, build_schema

from perimeter.documents import MAX_TOKENS, Document, Documents

SDL = """
input Where { name: String, not: Where }
type Vendor { id: ID!, related(where: Where): [Vendor!] }
type Query { vendors(where: Where): [Vendor!] }
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


@pytest.fixture
def kept(schema: GraphQLSchema) -> Documents:
    return Documents(schema)


def codes(document: Document) -> set[object]:
    return {(error.extensions or {})["code"] for error in document.errors}


def test_document_that_uses_up_a_rule_is_too_complex(kept: Documents) -> None:
    """Each pair of fields of one name is compared; the limit of tokens is not reached."""
    document = kept.get("{vendors{" + "id " * (MAX_TOKENS - 5) + "}}")
    assert document.node is not None
    assert codes(document) == {"TOO_COMPLEX"}
    assert kept.get("{vendors{" + "id " * 50 + "}}").errors == ()


@pytest.mark.parametrize(
    ("opening", "left", "inner", "right", "closing"),
    [
        ("{vendors{", "related{", "id", "}", "}}"),
        ("{vendors(where:", "{not:", "{}", "}", "){id}}"),
        ("{vendors(where:", "[", "{}", "]", "){id}}"),
        ("query($a:", "[", "Int", "]", "){vendors{id}}"),
    ],
)
def test_document_that_nests_deep_is_too_complex_at_some_depth(
    opening: str, left: str, inner: str, right: str, closing: str, kept: Documents
) -> None:
    depths = (1, 20, 60, 100, 150, 200, 240, 300, 400)
    documents = [kept.get(opening + left * d + inner + right * d + closing) for d in depths]
    assert documents[0].node is not None
    assert codes(documents[-1]) == {"TOO_COMPLEX"}
    assert all(document.node or codes(document) == {"TOO_COMPLEX"} for document in documents)


def test_document_is_answered_where_the_stack_is_nearly_full(kept: Documents) -> None:
    """Wherever the parser or a rule runs out of stack, the document is at fault."""

    def get(frames: int, text: str) -> Document:
        return kept.get(text) if frames == 0 else get(frames - 1, text)

    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    used = sys.getrecursionlimit() - depth - 160
    seen: set[object] = set()
    for levels in range(2, 40, 2):
        text = "{vendors{" + "related{" * levels + "id" + "}" * levels + "}}"
        seen |= codes(get(used, text)) or {"fine"}
    assert seen == {"fine", "TOO_COMPLEX"}
