"""Models that a test declares are taken out of the shared metadata when it ends."""

from collections.abc import Iterator

import pytest

from models.base import Base


@pytest.fixture(autouse=True)
def forget_models() -> Iterator[None]:
    before = set(Base.metadata.tables)
    yield
    for name in set(Base.metadata.tables) - before:
        Base.metadata.remove(Base.metadata.tables[name])
