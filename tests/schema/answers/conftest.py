"""Two organisations with a perimeter each, and every statement that is sent."""

from collections.abc import Iterator

import pytest

from tests.conftest import Org
from tests.planting import Perimeter
from tests.witness.collector import WITNESS

CANARY = "canary"


@pytest.fixture
async def planted(org: Org) -> Perimeter:
    return await Perimeter.plant(org.repositories)


@pytest.fixture
async def theirs(other_org: Org) -> Perimeter:
    """The other organisation's; its names have the canary in them."""
    return await Perimeter.plant(other_org.repositories, CANARY)


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Every statement that is sent, without those that find an organisation."""
    with WITNESS.listening(besides=r"find_org|^(BEGIN|COMMIT);") as statements:
        yield statements
