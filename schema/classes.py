"""Strawberry classes made from values: empty first, filled and decorated in place.

Two passes, because types refer to each other in circles: every class exists before any of them
gets its fields.
"""

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from models.enforcement import Enforcement
from models.rules import ModelError
from resolvers.fields import MEANING, Meaning
from schema.directives import claims


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field; optional unless ``required``."""

    type: Any
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an output type. Its resolver is bound later, by its meaning."""

    name: str
    type: Any
    description: str
    meaning: Meaning | None = None
    arguments: Mapping[str, Argument] | None = None
    enforcement: Enforcement | None = None


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of an input type; left out, it is absent and not null."""

    name: str
    type: Any
    description: str
    required: bool = False


def optional(kind: Any) -> Any:
    """The kind or null; ``kind | None`` for classes made at run time."""
    return Optional[kind]  # noqa: UP045


def list_of(kind: Any) -> Any:
    """A list of the kind, without nulls."""
    return list[kind]


def empty_class(name: str, *bases: type) -> type:
    """A class to be filled."""
    made = type(name, bases, {"__module__": __name__})
    # Strawberry takes classes of one qualified name for one class, and drops the second.
    made.__qualname__ = f"{name}_{id(made):x}"
    return made


def fill_type(
    cls: type, fields: list[Field], *, description: str, enforcement: Enforcement | None = None
) -> None:
    """Makes the class an object type.

    Raises: ModelError, where two fields have one name.
    """
    _check_once(cls, [field.name for field in fields])
    _fill(
        cls,
        {_attribute(field.name): (field.type, _output(field)) for field in fields},
        lambda made: strawberry.type(
            made, name=cls.__name__, description=description, directives=claims(enforcement)
        ),
    )


def fill_input(cls: type, fields: list[InputField], *, description: str) -> None:
    """Makes the class an input type.

    Raises: ModelError, where two fields have one name.
    """
    _check_once(cls, [field.name for field in fields])
    _fill(
        cls,
        {
            _attribute(field.name): (
                field.type if field.required else optional(field.type),
                strawberry.field(
                    name=field.name,
                    description=field.description,
                    **({} if field.required else {"default": strawberry.UNSET}),
                ),
            )
            # Fields with a default come last in a data class.
            for field in sorted(fields, key=lambda field: not field.required)
        },
        lambda made: strawberry.input(made, name=cls.__name__, description=description),
    )


def _fill(
    cls: type,
    fields: Mapping[str, tuple[Any, StrawberryField]],
    decorate: Callable[[type], type],
) -> None:
    cls.__annotations__ = {name: annotation for name, (annotation, _) in fields.items()}
    for name, (_, field) in fields.items():
        setattr(cls, name, field)
    made = decorate(cls)
    assert made is cls


def _output(field: Field) -> StrawberryField:
    made: StrawberryField = strawberry.field(
        name=field.name,
        description=field.description,
        metadata={MEANING: field.meaning} if field.meaning else {},
        directives=claims(field.enforcement),
    )
    if field.arguments:
        made.arguments = [
            StrawberryArgument(
                python_name=name,
                graphql_name=name,
                type_annotation=StrawberryAnnotation(
                    argument.type if argument.required else optional(argument.type)
                ),
                description=argument.description,
            )
            for name, argument in field.arguments.items()
        ]
    return made


def _check_once(cls: type, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ModelError(f"{cls.__name__}.{name} is made twice: rename one of its sources")


def _attribute(name: str) -> str:
    """A Python name for a field: ``in``, ``and``, ``or`` and ``not`` are keywords."""
    return f"{name}_" if keyword.iskeyword(name) else name
