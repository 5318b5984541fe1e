"""The derived inventory of every organisation, brought in step with the models."""

from palisade.installation import Installation
from palisade.preparation import database_of
from perimeter.inventory import Changes, keep_in_step
from repository.actor import Actor
from repository.errors import Frozen

_ACTOR = Actor("cli")


async def keep_inventories(place: Installation) -> tuple[int, Changes]:
    """How many organisations there are that may be changed, and what was changed of theirs.

    On the worker role, which lists organisations. Raises: DatabaseUnavailable.
    """
    database, connections = database_of(place, place.settings, url=place.worker_url)
    await connections.open()
    visited, total = 0, Changes()
    try:
        async for org_id in database.organisations(reason="inventory of models"):
            try:
                changes = await keep_in_step(database.of(org_id, _ACTOR), database.catalog)
            except Frozen:
                continue  # it is brought in step once it is thawed and this is run again
            visited, total = visited + 1, total + changes
    finally:
        await connections.close()
    return visited, total
