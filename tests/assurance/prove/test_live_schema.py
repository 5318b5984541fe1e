"""What the service tells of its schema, held against what the models derive."""

import pytest
from graphql import build_client_schema, build_schema, introspection_from_schema

from assurance.prove.proving import differences

SCHEMA = """
type Query { a(one: Int, two: ID! = "x"): A  b: [B!]! }
interface Named { name: String }
type A implements Named { name: String  odd: Odd }
type B { id: ID! }
union Either = A | B
enum Odd { ONE THREE }
input Where { id: ID!  both: Boolean = true }
type Mutation { change(where: Where, either: Odd): Either }
"""


def test_a_schema_that_was_told_does_not_differ() -> None:
    derived = build_schema(SCHEMA)
    live = build_client_schema(introspection_from_schema(derived))  # type: ignore[arg-type]
    assert list(differences(derived, live)) == []


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        ("type B { id: ID! }", "type B { id: ID!  slug: ID }", "B.slug(): ID"),
        ("one: Int,", "one: Int, orgId: ID,", "Query.a(one?: Int, orgId?: ID, two?: ID!): A"),
        ("ONE THREE", "ONE THREE FIVE", "Odd.FIVE"),
        ("A | B", "A | B | Query", "Either may be Query"),
        ("id: ID!  both", "id: ID!  orgId: ID  both", "Where.orgId?: ID"),
        ("type A implements Named {", "type C { id: ID }  type A {", "type C"),
        ("either: Odd)", "either: Odd!)", "Mutation.change(either: Odd!, where?: Where): Either"),
    ],
)
def test_what_the_service_has_beside_is_told(one: str, other: str, label: str) -> None:
    assert SCHEMA.count(one) == 1
    found = list(differences(build_schema(SCHEMA), build_schema(SCHEMA.replace(one, other))))
    assert (label, "only the service has it") in {(each.label, each.evidence) for each in found}
