"""Enums of choice columns."""

from enum import StrEnum

import pytest
from graphql import GraphQLEnumType, GraphQLSchema
from sqlalchemy.orm import Mapped

from models.base import Model
from models.classification import Category, internal
from models.columns import choice
from models.describe import describe
from models.organization import Organization
from models.rules import ModelError
from schema.build import build_schema, core_schema
from tests.schema.exhibits import Wear

BUSINESS = internal(Category.BUSINESS)


def test_enum_has_the_names_of_the_choices_and_their_first_line(exhibits: GraphQLSchema) -> None:
    wear = exhibits.type_map["Wear"]
    assert isinstance(wear, GraphQLEnumType)
    assert list(wear.values) == ["AS_NEW", "WORN"]
    assert wear.description == "How worn it is."


def test_enum_reads_and_writes_names_for_what_is_stored(exhibits: GraphQLSchema) -> None:
    wear = exhibits.type_map["Wear"]
    assert isinstance(wear, GraphQLEnumType)
    assert wear.serialize("as-new") == "AS_NEW"
    assert getattr(wear.parse_value("AS_NEW"), "value", wear.parse_value("AS_NEW")) == "as-new"


def test_enum_leaves_the_models_class_as_it_is() -> None:
    assert list(Wear) == [Wear.AS_NEW, Wear.WORN]
    assert not hasattr(Wear, "__strawberry_definition__")
    assert not hasattr(Wear, "_enum_definition")


def test_enum_of_one_class_may_serve_several_columns() -> None:
    class Shape(StrEnum):
        ROUND = "ROUND"

    class Ball(Model):
        """A ball."""

        outside: Mapped[Shape] = choice("Outside.", BUSINESS, of=Shape)
        inside: Mapped[Shape] = choice("Inside.", BUSINESS, of=Shape)

    core = core_schema(build_schema(describe([Organization, Ball])))
    fields = core.type_map["Ball"].fields  # type: ignore[union-attr]
    assert str(fields["outside"].type) == str(fields["inside"].type) == "Shape!"


def test_enums_of_one_name_are_refused() -> None:
    round_ones = StrEnum("Shape", ["ROUND"])
    square_ones = StrEnum("Shape", ["SQUARE"])

    class Disc(Model):
        """A disc."""

        shape: Mapped[str] = choice("Shape.", BUSINESS, of=round_ones)

    class Tile(Model):
        """A tile."""

        shape: Mapped[str] = choice("Shape.", BUSINESS, of=square_ones)

    build_schema(describe([Organization, Disc]))
    with pytest.raises(ModelError, match=r"Tile\.shape .* Shape: rename"):
        build_schema(describe([Organization, Disc, Tile]))


@pytest.mark.parametrize(
    "name", ["Direction", "Node", "PageInfo", "Organization", "OrganizationEdge", "Query", "Text"]
)
def test_enum_with_the_name_of_a_type_is_refused(name: str) -> None:
    """``Text`` would make a second ``TextFilter``."""
    values = {
        "__doc__": "A thing.",
        "__module__": __name__,
        "__annotations__": {"kind": Mapped[str]},
        "kind": choice("Kind.", BUSINESS, of=StrEnum(name, ["ONE"])),
    }
    catalog = describe([Organization, type(f"Of{name}", (Model,), values)])
    with pytest.raises(ModelError, match=r"rename the model, the enum or the own type"):
        build_schema(catalog)
