"""Own resolvers and mutations: plain Strawberry types that join the derived roots.

A package of models may have a function ``extend(types)`` that answers an `Extension`. ``types``
gives the type derived from a model, so that own fields lead into derived ones and back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from models.base import Model
from models.rules import ModelError


@dataclass(frozen=True, slots=True)
class Extension:
    """Strawberry types whose fields join the roots."""

    query: type | None = None
    mutation: type | None = None


class Types:
    """The object types derived from models."""

    def __init__(self, records: Mapping[str, type]) -> None:
        self._records = records

    def of(self, model: type[Model]) -> type:
        """The type derived from a model."""
        return self._records[model.__name__]


def extension_of(package: ModuleType, types: Types) -> Extension:
    """What a package adds to the roots; nothing where it has no ``extend``."""
    extend = getattr(package, "extend", None)
    if extend is None:
        return Extension()
    made = extend(types)
    if not isinstance(made, Extension):
        raise ModelError(f"{package.__name__}.extend answers no Extension: return one")
    return made
