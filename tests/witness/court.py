"""The end of a test process: all that its witness saw is judged, before its databases are dropped."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.witness.collector import Witness
from tests.witness.judgement import PLANNED, Failing, chosen, database_failings, text_failings


def verdict(
    witness: Witness,
    databases: Sequence[tuple[str, str, str]],
    *,
    organisations: int,
    thorough: bool,
) -> str | None:
    """What is wrong with the statements of this process; None where nothing is.

    ``databases`` are the URLs of the superuser, the application and the worker of each.
    ``organisations`` were made: each of them was entered, so a witness that saw less is blind.
    """
    if witness.entered < organisations:
        return f"The witness saw {witness.entered} statements enter {organisations} organisations."
    failings = [one for seen in witness.sightings.values() for one in text_failings(seen)]
    planned = chosen(witness, most=None if thorough else PLANNED)
    for superuser, app, worker in databases:
        here = [one for one in planned if one.database == urlsplit(superuser).path[1:]]
        if here:
            failings += asyncio.run(
                database_failings(here, superuser=superuser, app=app, worker=worker)
            )
    return _told(failings) if failings else None


def _told(failings: Sequence[Failing]) -> str:
    shown = "\n\n".join(map(str, failings[:20]))
    return f"{len(failings)} statements are not as they have to be.\n\n{shown}"
