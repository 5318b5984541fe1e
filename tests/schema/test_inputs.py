"""What can be asked and written, by the kind and the exposure of each column."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema
from graphql.utilities import print_type

from models.columns import Kind
from models.describe import Catalog

EQUALITY = {"eq", "ne", "in", "isNull"}
RANGE = {"lt", "lte", "gt", "gte"}
OPERATORS = {
    Kind.ID: EQUALITY,
    Kind.CHOICE: EQUALITY,
    Kind.TEXT: EQUALITY | RANGE | {"contains", "startsWith"},
    Kind.INTEGER: EQUALITY | RANGE,
    Kind.BIG_INTEGER: EQUALITY | RANGE,
    Kind.FLOAT: EQUALITY | RANGE,
    Kind.DECIMAL: EQUALITY | RANGE,
    Kind.TIMESTAMP: EQUALITY | RANGE,
    Kind.DATE: EQUALITY | RANGE,
    Kind.BOOLEAN: {"eq", "ne", "isNull"},
    Kind.TEXT_LIST: {"has", "isNull"},
    Kind.JSON: {"isNull"},
}
SAMPLES = {
    Kind.ID: ("galleryId", "ID"),
    Kind.CHOICE: ("wear", "Wear"),
    Kind.TEXT: ("label", "String"),
    Kind.INTEGER: ("rank", "Int"),
    Kind.BIG_INTEGER: ("age", "BigInt"),
    Kind.FLOAT: ("weight", "Float"),
    Kind.DECIMAL: ("price", "Decimal"),
    Kind.TIMESTAMP: ("seenAt", "DateTime"),
    Kind.DATE: ("madeOn", "Date"),
    Kind.BOOLEAN: ("shown", "Boolean"),
    Kind.TEXT_LIST: ("tags", "String"),
    Kind.JSON: ("facts", "JSON"),
}


def fields_of(schema: GraphQLSchema, name: str) -> dict[str, Any]:
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLInputObjectType)
    return kind.fields


def types_of(schema: GraphQLSchema, name: str) -> dict[str, str]:
    return {name: str(field.type) for name, field in fields_of(schema, name).items()}


@pytest.mark.parametrize("kind", list(Kind))
def test_filter_has_the_operators_of_its_kind(kind: Kind, exhibits: GraphQLSchema) -> None:
    column, scalar = SAMPLES[kind]
    filter_type = fields_of(exhibits, "ExhibitWhere")[column].type
    operators = types_of(exhibits, filter_type.name)
    assert set(operators) == OPERATORS[kind]
    for name, type_ in operators.items():
        expected = {"in": f"[{scalar}!]", "isNull": "Boolean"}.get(name, scalar)
        assert type_ == expected, name


def test_filters_of_one_kind_are_one_type(exhibits: GraphQLSchema) -> None:
    where = types_of(exhibits, "ExhibitWhere")
    assert where["label"] == where["note"] == "TextFilter"
    assert where["wear"] == where["phase"] == "WearFilter"


def test_where_has_every_shown_column_and_relation(exhibits: GraphQLSchema) -> None:
    where = types_of(exhibits, "ExhibitWhere")
    assert set(where) == {
        *("id", "label", "note", "rank", "age", "weight", "price", "shown", "seenAt", "madeOn"),
        *("wear", "phase", "tags", "facts", "serial", "digest", "galleryId"),
        *("createdAt", "updatedAt", "version", "gallery", "and", "or", "not"),
    }
    assert where["and"] == where["or"] == "[ExhibitWhere!]"
    assert where["not"] == "ExhibitWhere"
    assert where["gallery"] == "GalleryWhere"


@pytest.mark.parametrize("name", ["secret", "storeId", "store", "vaults", "loanedTo"])
def test_hidden_column_and_what_hangs_on_it_are_nowhere(name: str, exhibits: GraphQLSchema) -> None:
    """A relation by a hidden key would answer, and filter by, what the key holds."""
    for type_name in (
        "Exhibit",
        "ExhibitWhere",
        "ExhibitOrder",
        "CreateExhibitInput",
        "UpdateExhibitInput",
        "ExhibitMin",
        "ExhibitMax",
    ):
        fields = exhibits.type_map[type_name].fields  # type: ignore[union-attr]
        assert fields
        assert name not in fields, type_name


def test_relations_that_lead_back_by_a_hidden_key_are_nowhere(exhibits: GraphQLSchema) -> None:
    for type_name in ("Gallery", "GalleryWhere"):
        fields = exhibits.type_map[type_name].fields  # type: ignore[union-attr]
        assert "exhibits" in fields
        assert not {"stored", "loans"} & set(fields)


def test_order_has_what_can_be_sorted(exhibits: GraphQLSchema) -> None:
    order = types_of(exhibits, "ExhibitOrder")
    assert set(order.values()) == {"Direction"}
    assert {"label", "price", "seenAt", "wear", "id", "galleryId"} <= set(order)
    assert not {"tags", "facts", "gallery", "and"} & set(order)


def test_create_needs_what_has_no_default(exhibits: GraphQLSchema) -> None:
    create = types_of(exhibits, "CreateExhibitInput")
    assert create == {
        "label": "String!",
        "rank": "Int!",
        "wear": "Wear!",
        "tags": "[String!]!",
        "serial": "String!",
        "galleryId": "ID!",
        "note": "String",
        "age": "BigInt",
        "weight": "Float",
        "price": "Decimal",
        "shown": "Boolean",
        "seenAt": "DateTime",
        "madeOn": "Date",
        "facts": "JSON",
    }


def test_update_needs_id_and_version_and_leaves_out_what_is_set_once(
    exhibits: GraphQLSchema,
) -> None:
    update = types_of(exhibits, "UpdateExhibitInput")
    required = {name for name, type_ in update.items() if type_.endswith("!")}
    assert required == {"id", "version"}
    assert set(update) - required == {
        *("label", "rank", "wear", "tags", "galleryId", "note", "age", "weight", "price"),
        *("shown", "seenAt", "madeOn", "facts"),
    }


def test_field_left_out_has_no_default(exhibits: GraphQLSchema) -> None:
    """Absent is not null: a default would overwrite."""
    for name in ("UpdateExhibitInput", "CreateExhibitInput", "ExhibitWhere"):
        printed = print_type(exhibits.type_map[name])
        assert "version: Int" in printed or "label: " in printed
        assert " = " not in printed


def test_delete_needs_the_id_and_may_name_the_version(exhibits: GraphQLSchema) -> None:
    assert types_of(exhibits, "DeleteExhibitInput") == {"id": "ID!", "version": "Int"}


def test_transition_needs_id_and_version(exhibits: GraphQLSchema) -> None:
    assert types_of(exhibits, "TransitionInput") == {"id": "ID!", "version": "Int!"}


def test_input_says_the_rules_of_its_column(exhibits: GraphQLSchema) -> None:
    create = fields_of(exhibits, "CreateExhibitInput")
    assert create["label"].description == "Label. (at most 80 characters)"
    assert create["rank"].description == "Rank. (from 1 to 9)"
    assert create["tags"].description == "Tags. (at most 60 characters, at most 3 entries)"
    assert create["weight"].description == "Weight."


def test_inputs_of_the_product_have_no_column_that_clients_may_not_set(
    catalog: Catalog, product: GraphQLSchema
) -> None:
    for table in catalog.exposed:
        for name, allowed, settable in (
            (f"Create{table.type}Input", table.exposure.create, ("writable", "set_once")),
            (f"Update{table.type}Input", table.exposure.update, ("writable",)),
        ):
            if not allowed or name not in product.type_map:
                continue
            given = set(fields_of(product, name)) - {"id", "version"}
            assert given == {c.field for c in table.columns if c.exposure.value in settable}, name
