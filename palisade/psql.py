"""psql with the eyes of one role."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from enum import StrEnum

from palisade.installation import Installation
from palisade.preparation import NotReady, database_of
from palisade.settings import SettingsError


class PsqlRole(StrEnum):
    """Whose eyes to look with."""

    owner = "owner"
    app = "app"


def run_psql(
    place: Installation, role: PsqlRole, *, org: str | None, arguments: Sequence[str]
) -> int:
    """Runs psql until it ends; its exit code. Tables and functions are found by bare name.

    Raises: NotReady, SettingsError.
    """
    options = "-c search_path=data,palisade"
    if org is not None:
        options += f" -c palisade.context={asyncio.run(_context(place, org))}"
    if place.embedded:
        program = str(place.embedded.binaries / "psql")
        url = place.embedded.url(f"palisade_{role}")
    else:
        found = shutil.which("psql")
        if found is None:
            raise SettingsError("psql is not installed here, and the database is not embedded.")
        program = found
        url = place.app_url if role is PsqlRole.app else place.require_owner_url()
    environment = {**os.environ, "PGOPTIONS": options}
    # Ctrl-C is psql's: there it cancels the query. A handler, unlike SIG_IGN, isn't inherited.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        return subprocess.call([program, url, *arguments], env=environment)
    finally:
        signal.signal(signal.SIGINT, before)


async def _context(place: Installation, org: str) -> str:
    """A signed context of the organisation with this slug."""
    database, connections = database_of(place, place.settings)
    await connections.open()
    try:
        context = await database.signed_context(org, reason="palisade psql")
    finally:
        await connections.close()
    if context is None:
        raise NotReady(f"There is no organisation {org}: `palisade org list` shows them.")
    return context
