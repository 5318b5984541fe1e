"""What an operation is to do, as plain values: a step for each derived field, and the readings."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path as ResponsePath

from models.describe import Column
from repository import reading
from repository.criteria import Criteria
from repository.statements import Aggregation, PageRequest
from resolvers.variables import Variables

One = TypeVar("One")

# The type and the response key of each field on the way. The type is part of it: beneath an
# interface, fields of different types may have one key.
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Get:
    """What a root field gets by id: a UUID, or a list of them; ``count`` is how many."""

    ids: Any
    count: int = 1


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Figures over the records that meet the criteria."""

    where: Criteria
    figures: tuple[Aggregation, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Figures over the records that meet the criteria, by the values of ``keys``; the largest
    ``limit`` groups.
    """

    where: Criteria
    keys: tuple[Column, ...]
    figures: tuple[Aggregation, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Create:
    """The values of a new record, by column name."""

    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Update:
    """New values for the record of one version, by column name."""

    id: UUID
    version: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delete:
    """A record to delete; of one version, where it is named."""

    id: UUID
    version: int | None


@dataclass(frozen=True, slots=True)
class Transit:
    """A record to take through a transition, and why."""

    id: UUID
    version: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Many(Generic[One]):
    """Steps of one kind, to be taken together."""

    of: tuple[One, ...]


Step = Get | Aggregate | Group | PageRequest | Create | Update | Delete | Transit | Many[Any]


class Selection:
    """What an operation is to do.

    ``roots`` has the reading of each root field by its response key, in the order of the answer;
    None where resolvers of its own, introspection or a mutation have a part in it. ``payloads``
    has those of the records in the payloads of mutations. ``decisive`` see `ArgumentReader`.
    """

    __slots__ = ("_steps", "decisive", "payloads", "roots")

    def __init__(
        self,
        steps: Mapping[Path, Step],
        roots: Mapping[str, reading.Root | None] | None = None,
        *,
        payloads: Mapping[str, reading.Payload] | None = None,
        decisive: Sequence[Callable[[Variables], Hashable]] = (),
    ) -> None:
        self._steps = steps
        self.roots = roots or {}
        self.payloads = payloads or {}
        self.decisive = decisive

    def at(self, info: GraphQLResolveInfo[Any]) -> Any:
        """The step of the field that is being resolved."""
        keys: list[tuple[str, str]] = []
        path: ResponsePath | None = info.path
        while path is not None:
            if isinstance(path.key, str):
                assert path.typename is not None
                keys.append((path.typename, path.key))
            path = path.prev
        return self._steps[tuple(reversed(keys))]
