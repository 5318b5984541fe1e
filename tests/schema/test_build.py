"""The schema as a whole: described, of known scalars, and built from any models."""

import time
import uuid
from collections.abc import Iterator
from enum import StrEnum

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    validate_schema,
)
from sqlalchemy.orm import Mapped

from models.base import Model
from models.classification import Category, internal
from models.columns import choice, integer, reference, text, timestamp
from models.describe import Catalog, describe
from models.organization import Organization
from models.rules import ModelError
from schema.build import build_schema, core_schema
from tests.schema.exhibits import MODELS

BUSINESS = internal(Category.BUSINESS)
MODELS_OF_A_LARGE_PRODUCT = 60


def model_named(name: str) -> type[Model]:
    values = {
        "__doc__": "A thing.",
        "__module__": __name__,
        "__annotations__": {"label": Mapped[str]},
        "label": text("Label.", BUSINESS),
    }
    return type(name, (Model,), values)


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if not type_.description:
            yield type_.name
        if isinstance(type_, GraphQLInputObjectType):
            yield from (f"{type_.name}.{n}" for n, f in type_.fields.items() if not f.description)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                if not field.description:
                    yield f"{type_.name}.{name}"
                for argument, given in field.args.items():
                    if not given.description:
                        yield f"{type_.name}.{name}({argument})"


def test_everything_is_described(product: GraphQLSchema, exhibits: GraphQLSchema) -> None:
    assert list(undescribed(product)) == []
    assert list(undescribed(exhibits)) == []


def test_schema_keeps_the_rules_of_the_specification(
    product: GraphQLSchema, exhibits: GraphQLSchema
) -> None:
    assert validate_schema(product) == []
    assert validate_schema(exhibits) == []


def test_scalars_are_the_ones_we_know(exhibits: GraphQLSchema) -> None:
    scalars = {n for n, t in exhibits.type_map.items() if isinstance(t, GraphQLScalarType)}
    assert scalars == {
        *("ID", "String", "Int", "Float", "Boolean"),
        *("BigInt", "Decimal", "Date", "DateTime", "JSON"),
    }


def test_ids_are_of_the_type_id(catalog: Catalog, product: GraphQLSchema) -> None:
    assert "UUID" not in product.type_map
    for table in catalog.exposed:
        fields = product.type_map[table.type].fields  # type: ignore[union-attr]
        where = product.type_map[f"{table.type}Where"].fields  # type: ignore[union-attr]
        for column in table.columns:
            if column.kind == "id" and column.exposed:
                assert get_named_type(fields[column.field].type).name == "ID"
                assert where[column.field].type.name == "IdFilter"
        assert str(fields["id"].type) == "ID!"


def test_schema_builds_twice_in_one_process(catalog: Catalog, sdl: str) -> None:
    other = build_schema(describe([Organization, *MODELS])).as_str()
    assert build_schema(catalog).as_str() == sdl
    assert "Exhibit" in other
    assert "Exhibit" not in sdl


def test_schema_of_a_large_product_builds() -> None:
    """Sixty models, each related to the one before it."""
    models: list[type[Model]] = [Organization]
    for index in range(MODELS_OF_A_LARGE_PRODUCT):
        before = f"Piece{index - 1}" if index else "Organization"
        kind = StrEnum(f"Kind{index}", ["ONE", "TWO"])
        kind.__doc__ = "A kind."
        values = {
            "__doc__": f"Piece number {index}.",
            "__module__": __name__,
            "__annotations__": {
                "label": Mapped[str],
                "size": Mapped[int | None],
                "at": Mapped[object],
                "kind": Mapped[str],
                "before_id": Mapped[uuid.UUID],
            },
            "label": text("Label.", BUSINESS),
            "size": integer("Size.", BUSINESS),
            "at": timestamp("When.", BUSINESS),
            "kind": choice("Kind.", BUSINESS, of=kind),
            "before_id": reference(
                before, "Before.", BUSINESS, inverse=(f"after_{index}", "After.")
            ),
        }
        models.append(type(f"Piece{index}", (Model,), values))
    started = time.perf_counter()
    schema = core_schema(build_schema(describe(models)))
    assert time.perf_counter() - started < 30
    assert schema.query_type
    assert len([n for n in schema.query_type.fields if n.startswith("piece")]) == 4 * 60
    last = schema.type_map["Piece59"]
    assert isinstance(last, GraphQLObjectType)
    assert str(last.fields["before"].type) == "Piece58!"
    assert list(undescribed(schema)) == []


def test_model_with_a_name_of_its_own_builds() -> None:
    build_schema(describe([Organization, model_named("Ordinary")]))


@pytest.mark.parametrize(
    "name",
    [
        "Query",
        "Mutation",
        "Viewer",
        "PageInfo",
        "Node",
        "Direction",
        "TextFilter",
        "OrganizationEdge",
        "OrganizationConnection",
        "OrganizationWhere",
        "OrganizationMin",
        "OrganizationPayload",
        "CreateOrganizationInput",
        "ProvisionedOrganization",
        "FreezeOrganizationInput",
        "OrganizationStanding",
        "OrganizationErasure",
    ],
)
def test_model_with_the_name_of_another_type_is_refused(name: str) -> None:
    """It would take that type's place, and its fields with it."""
    catalog = describe([Organization, model_named(name)])
    with pytest.raises(ModelError, match=r"rename"):
        build_schema(catalog)


def test_reference_may_have_the_name_of_a_keyword() -> None:
    class Delivery(Model):
        """A delivery."""

    class Parcel(Model):
        """A parcel."""

        import_id: Mapped[uuid.UUID] = reference(
            "Delivery", "By which it came.", BUSINESS, inverse=("class", "What it brought.")
        )

    core = core_schema(build_schema(describe([Organization, Delivery, Parcel])))
    assert str(core.type_map["Parcel"].fields["import"].type) == "Delivery!"  # type: ignore[union-attr]
    assert "import" in core.type_map["ParcelWhere"].fields  # type: ignore[union-attr]
    assert "class" in core.type_map["Delivery"].fields  # type: ignore[union-attr]
