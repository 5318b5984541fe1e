"""The SDL in the tree is what clients were promised."""

import difflib
from pathlib import Path

from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"
HOW_TO_CHANGE = "To change it on purpose: palisade schema > schema/schema.graphql"


def test_schema_graphql_is_what_the_models_make(sdl: str) -> None:
    promised = SNAPSHOT.read_text(encoding="utf-8")
    made = f"{sdl}\n"
    if promised != made:
        lines = difflib.unified_diff(
            promised.splitlines(), made.splitlines(), "schema/schema.graphql", "models", lineterm=""
        )
        raise AssertionError("\n".join(("The schema differs.", *lines, HOW_TO_CHANGE)))


def test_schema_graphql_breaks_for_no_client(product: GraphQLSchema) -> None:
    promised = build_schema(SNAPSHOT.read_text(encoding="utf-8"))
    breaking = find_breaking_changes(promised, product)
    named = [f"{change.type.name}: {change.description}" for change in breaking]
    assert not named, "\n".join(("These changes break clients.", *named, HOW_TO_CHANGE))


def test_schema_graphql_names_a_change_that_breaks(product: GraphQLSchema) -> None:
    text = SNAPSHOT.read_text(encoding="utf-8")
    assert text.count("\n  riskScore: Int\n") > 1
    promised = build_schema(
        text.replace("\n  riskScore: Int\n", "\n  riskScore: Int\n  gone: Int\n")
    )
    descriptions = {change.description for change in find_breaking_changes(promised, product)}
    assert "Field Vendor.gone was removed." in descriptions
