"""Schemas that are built once for all tests: of the product, and of models of every kind."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLSchema

from models.base import Base
from models.describe import Catalog, describe
from models.organization import Organization
from schema.build import build_schema, core_schema
from tests.schema.exhibits import MODELS


@pytest.fixture(autouse=True)
def forget_models() -> Iterator[None]:
    """Models that a test declares leave the shared metadata when it ends."""
    before = set(Base.metadata.tables)
    yield
    for name in set(Base.metadata.tables) - before:
        Base.metadata.remove(Base.metadata.tables[name])


@pytest.fixture(scope="session")
def sdl(catalog: Catalog) -> str:
    """The text that ``palisade schema`` prints, without its last line feed."""
    text: str = build_schema(catalog).as_str()
    return text


@pytest.fixture(scope="session")
def product(catalog: Catalog) -> GraphQLSchema:
    """The schema of the product's models."""
    return core_schema(build_schema(catalog))


@pytest.fixture(scope="session")
def exhibits() -> GraphQLSchema:
    """The schema of models that have a column of every kind and exposure."""
    return core_schema(build_schema(describe([Organization, *MODELS])))
