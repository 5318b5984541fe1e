"""Fields that Python computes from columns of the same record."""

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed field as its model declares it; ``needs`` are columns, in the order of the
    function's arguments. Reading the field counts as reading each of them.
    """

    function: Callable[..., Any]
    description: str
    needs: tuple[str, ...]

    @property
    def returns(self) -> Any:
        """The function's annotated result."""
        return typing.get_type_hints(self.function).get("return")


def computed(description: str, *, needs: tuple[str, ...]) -> Callable[[Callable[..., Any]], Any]:
    """Makes a function of column values a field of its model::

        @computed("Amount by likelihood.", needs=("amount", "probability"))
        def expected(amount: Decimal | None, probability: int) -> Decimal | None: ...

    The function gets the values of ``needs`` in that order, has no access to anything else, and
    is annotated with what it returns.
    """
    return lambda function: Computed(function, description, needs)
