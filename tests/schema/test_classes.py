"""Fields of classes made at run time."""

import pytest

from models.rules import ModelError
from schema.classes import Field, InputField, empty_class, fill_input, fill_type


def test_fill_refuses_two_fields_of_one_name() -> None:
    fill_type(
        empty_class("Room"), [Field("a", str, "One."), Field("b", str, "Other.")], description="R."
    )
    with pytest.raises(ModelError, match=r"Hall\.a is made twice"):
        fill_type(
            empty_class("Hall"),
            [Field("a", str, "One."), Field("a", int, "Other.")],
            description="H.",
        )
    with pytest.raises(ModelError, match=r"HallInput\.a is made twice"):
        fill_input(
            empty_class("HallInput"),
            [InputField("a", str, "One."), InputField("a", int, "Other.")],
            description="H.",
        )


@pytest.mark.parametrize("name", ["in", "and", "or", "not", "import", "class", "from", "None"])
def test_field_may_have_the_name_of_a_keyword(name: str) -> None:
    made = empty_class("Word")
    fill_type(made, [Field(name, str, "A word.")], description="Words.")
    (field,) = made.__strawberry_definition__.fields  # type: ignore[attr-defined]
    assert field.graphql_name == name


def test_empty_classes_of_one_name_are_not_one_class() -> None:
    first, second = empty_class("Same"), empty_class("Same")
    assert first.__name__ == second.__name__ == "Same"
    assert first.__qualname__ != second.__qualname__
