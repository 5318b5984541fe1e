"""Where the values of a selection come from, so that what is compiled once serves again.

While an operation is compiled, each leaf of its variables that doesn't decide the SQL is a
`Slot`. What is checked and bound for a slot is a `Variable`: the value for this request and the
way to the next one's. What decides the SQL is the *shape*: which keys are there, what is null,
booleans, and directions.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from repository.reading import Variable

Variables = Mapping[str, Any]


class Direction(Enum):
    """Which way to sort."""

    ASC = "ASC"
    DESC = "DESC"


class Deciding(Enum):
    """Choices that are part of the SQL, such as what to group by. Enums are derived from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A leaf of the variables: its value in this request, and where the next one's stands."""

    value: Any
    path: tuple[str | int, ...]

    def later(self, variables: Variables) -> Any:
        """The leaf in another request's variables, which have the same shape."""
        found: Any = variables
        for step in self.path:
            found = found[step]
        return found


def shape(value: Any) -> Hashable:
    """What of a variable decides the SQL."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return tuple((key, shape(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(shape, value)) if _is_shape(value) else "list"
    if _decides(value):
        return str(value)
    return ""


def slotted(value: Any, *path: str | int) -> Any:
    """The value with a slot in place of each leaf that isn't part of its shape."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {key: slotted(item, *path, key) for key, item in value.items()}
    if isinstance(value, list) and _is_shape(value):
        return [slotted(item, *path, index) for index, item in enumerate(value)]
    return value if _decides(value) else Slot(value, path)


def checked(given: Any, check: Callable[[Any], object]) -> object:
    """What is bound for an argument; a Variable where it comes from one.

    Raises: what ``check`` raises.
    """
    if isinstance(given, Slot):
        slot = given
        return Variable(check(slot.value), lambda variables: check(slot.later(variables)))
    if isinstance(given, list) and any(isinstance(item, Slot) for item in given):
        items = given

        def later(variables: Variables) -> object:
            return check(
                [item.later(variables) if isinstance(item, Slot) else item for item in items]
            )

        return Variable(check(present(items)), later)
    return check(given)


def present(given: Any) -> Any:
    """An argument as it is in this request."""
    if isinstance(given, Slot):
        return given.value
    if isinstance(given, list):
        return [item.value if isinstance(item, Slot) else item for item in given]
    return given


def _is_shape(value: list[Any]) -> bool:
    """Whether the entries are conditions, orders or keys; what is empty could be either."""
    return not value or any(isinstance(item, dict) or _decides(item) for item in value)


def _decides(value: Any) -> bool:
    """Directions and keys are part of the SQL; choices are bound like any value."""
    return isinstance(value, Direction | Deciding)
