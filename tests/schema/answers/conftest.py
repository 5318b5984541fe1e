"""Two organisations with a perimeter each, and every statement that is sent."""

from collections.abc import Callable
from typing import Any

import pytest

from repository.connections import Connections, Transaction
from tests.conftest import Org
from tests.planting import Perimeter

CANARY = "canary"


@pytest.fixture
async def planted(org: Org) -> Perimeter:
    return await Perimeter.plant(org.repositories)


@pytest.fixture
async def theirs(other_org: Org) -> Perimeter:
    """The other organisation's; its names have the canary in them."""
    return await Perimeter.plant(other_org.repositories, CANARY)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, without those that find an organisation."""
    statements: list[str] = []

    def counted(door: type, name: str) -> None:
        send: Callable[..., Any] = getattr(door, name)

        async def count(self: Any, sql: str, arguments: Any) -> Any:
            if "find_org" not in sql:
                statements.append(sql)
            return await send(self, sql, arguments)

        monkeypatch.setattr(door, name, count)

    for door, name in (
        (Connections, "fetch_row"),
        (Connections, "write_row"),
        (Transaction, "fetch_row"),
        (Transaction, "write_row"),
    ):
        counted(door, name)
    return statements
