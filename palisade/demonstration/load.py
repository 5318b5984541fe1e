"""Writes inventories into the organisation that the repositories are bound to."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from models.integrations import Integration
from models.people import User
from palisade.demonstration.inventory import Inventory, first_id, inventories
from palisade.demonstration.organisations import Organisation
from repository.criteria import ALL
from repository.reader import Row
from repository.repositories import Repositories

# A statement's text depends on how many rows it writes, and making it takes longer than running
# it: with few sizes, it is made once for all organisations.
_SIZES: Final = (32, 8, 1)


async def fill(
    repositories: Repositories,
    organisation: Organisation,
    *,
    parts: int,
    seed: int,
    now: datetime,
    say: Callable[[int, int], None],
) -> bool:
    """Writes the parts that aren't there yet; ``say`` is told the part and its count of rows.

    False where the organisation was filled with another seed: it is left as it is.
    """
    ids = [first_id(organisation, seed=seed, part=part) for part in range(parts)]
    found = await repositories.of(User).get_many(ids)
    missing = [part for part, row in enumerate(found) if row is None]
    if not missing:
        return True
    if missing[0] == 0 and await repositories.of(Integration).find(ALL) is not None:
        return False
    made = inventories(organisation, parts=missing, seed=seed, now=now)
    for part, inventory in zip(missing, made, strict=True):
        await load(repositories, inventory)
        say(part, sum(len(rows) for rows in inventory.rows.values()))
    return True


async def load(repositories: Repositories, inventory: Inventory) -> None:
    """All rows, or none where one is refused.

    Raises: Duplicate, where the organisation has been filled before.
    """
    async with repositories.transaction() as bound:
        for model, rows in inventory.rows.items():
            for batch in _batches(rows):
                await bound.of(model).create_many(batch)


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
