"""What the types of computed answers are made of.

Their fields are read from the plain values of perimeter/insight: by attribute, or where a value is
a mapping, by the key that a field names.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from models.base import Model, camel_case
from models.datasets import DataField
from perimeter.insight.reading import Insight
from repository.survey import LISTED
from resolvers.arguments import LARGEST_PAGE
from resolvers.context import Context
from resolvers.errors import BadInput, Forbidden
from resolvers.fields import MOST
from schema.classes import list_of, optional
from schema.extension import Types

Info = strawberry.Info[Context, None]

First = Annotated[
    int, strawberry.argument(description=f"How many of each sort are listed, to {LARGEST_PAGE}.")
]
RuleIds = Annotated[
    list[str] | None,
    strawberry.argument(description="The ids of the rules to check; all of them unless given."),
]


class Parts:
    """The types that answers have in common, made once for each schema."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self.level: Final = self.choice(DataField, "level")
        self.category: Final = self.choice(DataField, "category")

        @strawberry.type(description="What there is of one category of data.")
        class CategoryFigure:
            category = value("category", self.category, "The category.")
            level = value("level", self.level, "The highest level of its fields.")
            fields = value("fields", int, "How many fields are of it.")

        self.figure: Final[Any] = CategoryFigure

    def of(self, model: type[Model]) -> Any:
        """The type derived from a model."""
        return self._types.of(model)

    def choice(self, model: type[Model], field: str) -> Any:
        """The enum of a field of the type derived from a model."""
        definition = get_object_definition(self.of(model), strict=True)
        found = definition.get_field(camel_case(field))
        assert found is not None
        kind = found.type
        return kind.of_type if isinstance(kind, StrawberryOptional) else kind

    def records(self, name: str, model: type[Model], description: str) -> StrawberryField:
        """The first 100 records of a sort at the most, by name."""
        return objects(f"rows.{name}", self.of(model), description)

    def categories(self) -> StrawberryField:
        """What the contents come to, by category."""
        return value(
            "contents.categories",
            list_of(self.figure),
            "What is in it by category, of the highest level first.",
        )

    def highest_level(self) -> StrawberryField:
        """The highest level of the contents."""
        return value(
            "contents.level",
            optional(self.level),
            "The highest level of its fields; null where it has none.",
        )


def value(path: str, kind: Any, description: str) -> StrawberryField:
    """What is at the end of a path of attributes and keys; null where the path ends before."""
    return _field(path, kind, description, {})


def objects(path: str, kind: Any, description: str, *, most: int = LISTED) -> StrawberryField:
    """A list of at most ``most`` objects."""
    return _field(path, list_of(kind), description, {MOST: most})


def _field(path: str, kind: Any, description: str, metadata: Mapping[Any, Any]) -> StrawberryField:
    steps = path.split(".")

    def resolve(root: Any) -> Any:
        found = root
        for step in steps:
            if found is None:
                return None
            found = found[step] if isinstance(found, Mapping) else getattr(found, step)
        return found

    made: StrawberryField = strawberry.field(
        resolver=resolve, graphql_type=kind, description=description, metadata=metadata
    )
    return made


def insight(info: Info) -> Insight:
    """The way of whoever asks to what an answer is made of.

    Raises: Forbidden, for a token without an organisation.
    """
    context = info.context
    if context.repositories is None:
        raise Forbidden("token", "needs an organisation")
    return Insight(context.repositories, context.catalog, context.access, _place(info))


def check_first(first: int) -> int:
    """How many are to be listed.

    Raises: BadInput.
    """
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput("first", f"must be between 1 and {LARGEST_PAGE}")
    return first


def _place(info: Info) -> str:
    key = info.path.key
    assert isinstance(key, str)
    return key
