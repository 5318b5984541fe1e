"""What own queries and mutations are made with: the second face for own models."""

from typing import TypeAlias

import strawberry

from repository.criteria import ALL, Criteria
from repository.errors import NotFound
from repository.reader import Row
from repository.repositories import Repositories
from repository.repository import Repository
from resolvers.context import Context
from resolvers.errors import BadInput, Forbidden
from resolvers.fields import MOST
from schema.extension import Extension, Types

Info: TypeAlias = strawberry.Info[Context, None]

__all__ = [
    "ALL",
    "MOST",
    "BadInput",
    "Context",
    "Criteria",
    "Extension",
    "Forbidden",
    "Info",
    "NotFound",
    "Repositories",
    "Repository",
    "Row",
    "Types",
]
