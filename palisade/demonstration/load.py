"""Writes an inventory into the organisation that the repositories are bound to."""

from palisade.demonstration.inventory import Inventory
from repository.repository import Repositories


async def load(repositories: Repositories, inventory: Inventory) -> None:
    """All rows, or none where one is refused.

    Raises: Duplicate, where the organisation has been filled before.
    """
    async with repositories.transaction() as bound:
        for model, rows in inventory.rows.items():
            await bound.of(model).create_many(rows)
