"""Records, connections, aggregates and payloads."""

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema


def types_of(schema: GraphQLSchema, name: str) -> dict[str, str]:
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    return {name: str(field.type) for name, field in kind.fields.items()}


def test_record_has_a_type_for_each_kind(exhibits: GraphQLSchema) -> None:
    assert types_of(exhibits, "Exhibit") == {
        "id": "ID!",
        "label": "String!",
        "note": "String",
        "rank": "Int!",
        "age": "BigInt",
        "weight": "Float",
        "price": "Decimal",
        "shown": "Boolean!",
        "seenAt": "DateTime",
        "madeOn": "Date",
        "wear": "Wear!",
        "phase": "Wear!",
        "tags": "[String!]!",
        "facts": "JSON",
        "serial": "String!",
        "digest": "String",
        "galleryId": "ID!",
        "createdAt": "DateTime!",
        "updatedAt": "DateTime!",
        "version": "Int!",
        "gallery": "Gallery!",
    }


def test_record_is_a_node(exhibits: GraphQLSchema) -> None:
    node = exhibits.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    names = {kind.name for kind in exhibits.get_possible_types(node)}
    assert {"Exhibit", "Gallery", "Measurement", "Organization"} <= names
    assert "Vault" not in names


def test_connection_gives_the_nodes_and_their_cursors(exhibits: GraphQLSchema) -> None:
    assert types_of(exhibits, "ExhibitConnection") == {
        "nodes": "[Exhibit!]!",
        "edges": "[ExhibitEdge!]!",
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
    }
    assert types_of(exhibits, "ExhibitEdge") == {"cursor": "String!", "node": "Exhibit!"}
    gallery = exhibits.type_map["Gallery"]
    assert isinstance(gallery, GraphQLObjectType)
    assert {name: str(arg.type) for name, arg in gallery.fields["exhibits"].args.items()} == {
        "where": "ExhibitWhere",
        "orderBy": "[ExhibitOrder!]",
        "first": "Int",
        "after": "String",
        "last": "Int",
        "before": "String",
    }


def test_aggregate_has_the_figures_of_each_kind(exhibits: GraphQLSchema) -> None:
    """Sums and averages of whole numbers leave their range: they are wider."""
    assert types_of(exhibits, "ExhibitAggregate") == {
        "count": "Int!",
        "min": "ExhibitMin!",
        "max": "ExhibitMax!",
        "sum": "ExhibitSum!",
        "avg": "ExhibitAvg!",
    }
    assert types_of(exhibits, "ExhibitSum") == {
        "rank": "BigInt",
        "age": "Decimal",
        "weight": "Float",
        "price": "Decimal",
        "version": "BigInt",
    }
    assert types_of(exhibits, "ExhibitAvg") == {
        "rank": "Decimal",
        "age": "Decimal",
        "weight": "Float",
        "price": "Decimal",
        "version": "Decimal",
    }
    least = types_of(exhibits, "ExhibitMin")
    assert least == types_of(exhibits, "ExhibitMax")
    assert least == {
        "label": "String",
        "note": "String",
        "rank": "Int",
        "age": "BigInt",
        "weight": "Float",
        "price": "Decimal",
        "seenAt": "DateTime",
        "madeOn": "Date",
        "serial": "String",
        "digest": "String",
        "createdAt": "DateTime",
        "updatedAt": "DateTime",
        "version": "Int",
    }


def test_payload_holds_the_record_which_may_be_gone(exhibits: GraphQLSchema) -> None:
    assert types_of(exhibits, "ExhibitPayload") == {"exhibit": "Exhibit"}


def test_hidden_model_makes_no_type(exhibits: GraphQLSchema) -> None:
    assert not [name for name in exhibits.type_map if "Vault" in name]
    assert [name for name in exhibits.type_map if "Gallery" in name]
