"""Rules about what PostgreSQL gives to everybody and `repository/server_functions.py` takes away.

Only a superuser can take it. Where the owner has been given it in turn, one has been at work, and
what is open was opened again. Where nobody is superuser the service has to serve all the same.
"""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import PUBLIC, WITHHELD_KIND, Grant
from repository.server_functions import OF_THE_WORKER
from repository.walls import OWNER, WORKER

_OF_THE_WORKER: Final = tuple(
    "function pg_catalog." + pattern.replace("\\_", "_") + "(" for pattern in OF_THE_WORKER
)


def _given(examined: Examined) -> Iterator[Grant]:
    return (grant for grant in examined.snapshot.grants if grant.kind == WITHHELD_KIND)


def _open(examined: Examined) -> Iterator[Grant]:
    for grant in _given(examined):
        if grant.grantee not in examined.reachable | {PUBLIC}:
            continue
        if grant.object == "relation pg_catalog.pg_settings" and grant.privilege == "SELECT":
            continue
        if grant.grantee == WORKER and grant.object.startswith(_OF_THE_WORKER):
            continue
        yield grant


def _withholds(examined: Examined) -> bool:
    """Whether somebody could take it away, and so has to."""
    embedded = examined.service is not None and examined.service.embedded
    return embedded or any(grant.grantee == OWNER for grant in _given(examined))


def _opened(examined: Examined) -> Iterator[Hit]:
    withholds = _withholds(examined)
    for grant in _open(examined):
        if withholds or grant.grantee != PUBLIC:
            to = "PUBLIC" if grant.grantee == PUBLIC else grant.grantee
            yield grant.object, f"{grant.privilege} to {to}"


def _untaken(examined: Examined) -> Iterator[Hit]:
    found = [] if _withholds(examined) else [g for g in _open(examined) if g.grantee == PUBLIC]
    if found:
        yield "server", f"{len(found)} privileges of PUBLIC, of set_config among others"


def _missing(examined: Examined) -> Iterator[Hit]:
    given = [grant.object for grant in _given(examined) if grant.grantee == WORKER]
    for name in _OF_THE_WORKER if _withholds(examined) else ():
        if not any(one.startswith(name) for one in given):
            yield name.rstrip("("), f"no EXECUTE to {WORKER}"


_MIGRATE: Final = "Run `palisade migrate` as a superuser"

WITHHELD_RULES: Final = (
    Rule(
        "withheld-privilege",
        Severity.ERROR,
        "grants",
        "REVOKE it: it outlasts a transaction, tells of others, or runs text as SQL. "
        f"{_MIGRATE}, which takes it from PUBLIC.",
        _opened,
    ),
    Rule(
        "nothing-withheld",
        Severity.WARNING,
        "grants",
        f"{_MIGRATE}, if there is one: until then SQL that is injected can leave settings on a "
        "connection (docs/isolation.md).",
        _untaken,
    ),
    Rule("missing-worker-function", Severity.WARNING, "grants", f"{_MIGRATE}.", _missing),
)
