"""What the types of computed answers are made of.

Their fields are read from the plain values of perimeter/insight: by attribute, or where a value is
a mapping, by the key that a field names.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from models.base import Model
from models.datasets import DataField
from perimeter.insight.reading import Insight
from repository.reader import Row
from repository.survey import LISTED
from resolvers.arguments import LARGEST_PAGE
from resolvers.context import Context
from resolvers.errors import BadInput, Forbidden
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
        level, category = self.level, self.category

        @strawberry.type(description="What there is of one category of data.")
        class CategoryFigure:
            category: str = strawberry.field(
                graphql_type=self.category, description="The category."
            )
            level: str = strawberry.field(
                graphql_type=self.level, description="The highest level of its fields."
            )
            fields: int = strawberry.field(description="How many fields are of it.")

        assert level is not None
        assert category is not None
        self.figure: Final[Any] = CategoryFigure

    def of(self, model: type[Model]) -> Any:
        """The type derived from a model."""
        return self._types.of(model)

    def choice(self, model: type[Model], field: str) -> Any:
        """The enum of a field of the type derived from a model."""
        definition = get_object_definition(self.of(model), strict=True)
        found = definition.get_field(field)
        assert found is not None
        kind = found.type
        return kind.of_type if isinstance(kind, StrawberryOptional) else kind

    def records(self, name: str, model: type[Model], description: str) -> StrawberryField:
        """The first records of a sort, by name."""

        def resolve(root: Any) -> Sequence[Row]:
            rows: Sequence[Row] = root.rows[name]
            return rows

        return listed(resolve, self.of(model), description)

    def categories(self) -> StrawberryField:
        """What the contents come to, by category."""

        def resolve(root: Any) -> list[Any]:
            return list(root.contents.categories)

        return strawberry.field(
            resolver=resolve,
            graphql_type=list[self.figure],
            description="What is in it by category, of the highest level first.",
        )

    def highest_level(self) -> StrawberryField:
        """The highest level of the contents."""

        def resolve(root: Any) -> str | None:
            level: str | None = root.contents.level
            return level

        return strawberry.field(
            resolver=resolve,
            graphql_type=self.level | None,
            description="The highest level of its fields; null where it has none.",
        )


def listed(
    resolve: Any, kind: Any, description: str, *, most: int = LISTED
) -> StrawberryField:
    """A list of at most ``most`` objects."""
    return strawberry.field(resolver=resolve, graphql_type=list[kind], description=description)


def objects(kind: Any, description: str, *, most: int = LISTED) -> Any:
    """The same, of an attribute."""
    return strawberry.field(graphql_type=list[kind], description=description)


def record(model: Any, description: str, *, optional: bool = False) -> Any:
    """A record, of an attribute."""
    kind = model | None if optional else model
    return strawberry.field(graphql_type=kind, description=description)


def count(name: str, description: str) -> StrawberryField:
    """How many there are, by the name of a count."""

    def resolve(root: Any) -> int:
        counts: Mapping[str, int] = root
        return counts[name]

    return strawberry.field(resolver=resolve, graphql_type=int, description=description)


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
