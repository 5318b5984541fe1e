"""Every statement that the product sends in this process, seen as the driver sends it.

A connection that the product opens as the application or the worker role becomes a `Witnessed`
one: whatever goes over it is noted with its arguments, whether a transaction was open, and which
organisation it was entered as. Statements that a test writes by itself are told from the
product's by who called.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from repository.guarded import GuardedConnection
from repository.walls import APP, WORKER
from tests.witness.exemptions import DRIVERS, TAMPERED

ROOT: Final = Path(__file__).parent.parent.parent
PRODUCT: Final = frozenset(
    ("models", "auth", "repository", "resolvers", "perimeter", "jobs", "schema", "palisade")
    + ("migrations",)
)
# What only hands a statement on to the driver.
_CARRIERS: Final = tuple(
    str(ROOT / "repository" / name) for name in ("connections.py", "guarded.py", "pool.py")
)
_ENTER: Final = re.compile(r"palisade\.enter\(\$(\d+)")
_OF_THE_DRIVER: Final = re.compile("|".join(f"(?:{text})" for text in DRIVERS), re.DOTALL)
ENTER_ALONE: Final = "SELECT palisade.enter($1)"


@dataclass(slots=True)
class Sighting:
    """One distinct statement, and what was true each time it was sent."""

    sql: str
    role: str
    database: str
    test: str
    arguments: Sequence[object]
    sent: int = 0
    # The first test in which it was sent with no organisation entered, by itself or before.
    unentered: str | None = None
    # The parameters that each time were the organisation that was entered; None: never entered.
    org_places: frozenset[int] | None = None


@dataclass(slots=True)
class Witness:
    """What was seen: ``sightings`` by text and database, but those of ``tampered`` tests."""

    tampered: tuple[str, ...] = ()
    # Sendings that enter, those of tampered tests included: that there is a witness at all.
    entered: int = 0
    sightings: dict[tuple[str, str], Sighting] = field(default_factory=dict)
    listeners: list[Callable[[str], None]] = field(default_factory=list)

    @contextmanager
    def listening(self, *, besides: str = "") -> Iterator[list[str]]:
        """The statements that are sent during the block, without the driver's own.

        Nor those in which the pattern ``besides`` is found.
        """
        heard: list[str] = []

        def hear(sql: str) -> None:
            if not (_OF_THE_DRIVER.fullmatch(sql) or (besides and re.search(besides, sql))):
                heard.append(sql)

        self.listeners.append(hear)
        try:
            yield heard
        finally:
            self.listeners.remove(hear)

    def note(
        self,
        sql: str,
        arguments: Sequence[object],
        *,
        role: str,
        database: str,
        entered: str | None,
    ) -> None:
        """One sending; ``entered`` is the organisation, if any, that the transaction is of."""
        for listener in self.listeners:
            listener(sql)
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        if test.startswith(self.tampered):
            return
        own = _ENTER.search(sql)
        if own and len(arguments) >= int(own[1]):
            entered = org_of(arguments[int(own[1]) - 1])
        key = (sql, database)
        seen = self.sightings.get(key)
        if seen is None:
            seen = self.sightings[key] = Sighting(sql, role, database, test, tuple(arguments))
        seen.sent += 1
        if entered is None:
            seen.unentered = seen.unentered or test or "no test"
            return
        if sql != ENTER_ALONE:
            places = frozenset(
                place
                for place, value in enumerate(arguments, 1)
                if isinstance(value, UUID) and str(value) == entered
            )
            seen.org_places = places if seen.org_places is None else seen.org_places & places


WITNESS: Final = Witness(tuple(TAMPERED))


class _Noting:
    """What makes a witness of a driver's connection."""

    witness = WITNESS
    org: str | None = None

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        if not args:
            self._note(query, ())
        status: str = await super().execute(query, *args, timeout=timeout)
        return status

    async def _Connection__execute(self, query: str, args: Any, *more: Any, **named: Any) -> Any:
        self._note(query, args)
        answer = await super()._Connection__execute(query, args, *more, **named)  # type: ignore[misc]
        if query == ENTER_ALONE and self.is_in_transaction():
            self.org = org_of(args[0])
        return answer

    async def _executemany(self, query: str, args: Any, *more: Any, **named: Any) -> Any:
        args = list(args)
        for each in args:
            self._note(query, each)
        return await super()._executemany(query, args, *more, **named)  # type: ignore[misc]

    async def _prepare(self, query: str, **named: Any) -> Any:
        self._note(query, ())
        return await super()._prepare(query, **named)  # type: ignore[misc]

    def cursor(self, query: str, *args: Any, **named: Any) -> Any:
        self._note(query, args)
        return super().cursor(query, *args, **named)

    def copy_in_out(self, *arguments: object) -> None:
        raise AssertionError("COPY is not among what the witness can tell")

    _copy_in = _copy_in_records = _copy_out = copy_in_out

    def _note(self, sql: str, arguments: Sequence[object]) -> None:
        if not self.is_in_transaction():
            self.org = None
        if _of_a_test():
            return
        WITNESS.entered += _ENTER.search(sql) is not None
        parameters = self._params  # type: ignore[attr-defined]
        self.witness.note(
            sql,
            arguments,
            role=parameters.user,
            database=parameters.database,
            entered=self.org,
        )


class Witnessed(_Noting, asyncpg.Connection):
    """A connection of the product's tools, with a witness."""


class WitnessedGuarded(_Noting, GuardedConnection):
    """A connection of the product's pools, with a witness."""


def org_of(context: object) -> str | None:
    """The organisation that a signed context names."""
    parts = context.split("|") if isinstance(context, str) else []
    return parts[1] if len(parts) == 4 else None


def watch() -> None:
    """From now on each connection that the product opens has the witness. Once per process."""
    connect = asyncpg.connect
    if getattr(connect, "witnessing", False):
        return

    def witnessing(dsn: str | None = None, **named: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        user = urlsplit(dsn or "").username
        if caller.partition(".")[0] in PRODUCT and user in (APP, WORKER):
            guarded = named.get("connection_class") is GuardedConnection
            named["connection_class"] = WitnessedGuarded if guarded else Witnessed
        return connect(dsn, **named)

    witnessing.witnessing = True  # type: ignore[attr-defined]
    asyncpg.connect = witnessing


def _of_a_test() -> bool:
    """Whether a test wrote the statement: the nearest caller that is not the driver or the pool."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(ROOT)) and name not in _CARRIERS and name != __file__:
            return name.startswith((f"{ROOT}/tests/", f"{ROOT}/examples/", f"{ROOT}/benchmarks/"))
        frame = frame.f_back  # type: ignore[assignment]
    return False
