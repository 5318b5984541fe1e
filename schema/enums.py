"""The enums of choice columns, one for each Python class."""

import enum
from typing import Final

import strawberry

from models.describe import Catalog
from models.rules import ModelError
from resolvers import variables

Direction = strawberry.enum(
    variables.Direction, description="Which way to sort. NULL sorts as the greatest value."
)


class Enums:
    """GraphQL enums by the Python class of the column's choices."""

    def __init__(self, catalog: Catalog) -> None:
        self._made: Final[dict[type[enum.StrEnum], type[enum.Enum]]] = {}
        names: dict[str, type[enum.StrEnum]] = {}
        for table in catalog.tables.values():
            for column in table.columns:
                choices = column.choices
                if choices is None or choices in self._made:
                    continue
                if choices.__name__ in names:
                    raise ModelError(
                        f"{table.type}.{column.name} and another column have different choices "
                        f"of one name, {choices.__name__}: rename one of the classes"
                    )
                names[choices.__name__] = choices
                self._made[choices] = self._make(choices)

    def of(self, choices: type[enum.StrEnum]) -> type[enum.Enum]:
        """The GraphQL enum of a column's choices."""
        return self._made[choices]

    def _make(self, choices: type[enum.StrEnum]) -> type[enum.Enum]:
        # A copy, so that a model's class stays untouched; values are the text that is stored.
        members = {choice.name: choice.value for choice in choices}
        copy: type[enum.Enum] = enum.EnumType.__call__(enum.Enum, choices.__name__, members)
        description = (choices.__doc__ or "").strip().splitlines()
        return strawberry.enum(copy, description=description[0] if description else None)
