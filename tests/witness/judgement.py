"""What each statement that was seen has to be, asked of the database it was sent to."""

import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import orjson

from tests.witness.collector import Sighting, Witness
from tests.witness.exemptions import GLOBAL, GLOBAL_ENTERED, LASTING
from tests.witness.plans import relations, scans
from tests.witness.texts import insert_org_places, strange_literals

# Tests of sameness alone write thousands of shapes; these many of each process are planned.
PLANNED: Final = 1000

_DATA: Final = re.compile(r'\b"?data"?\.')
_ENTERS_FIRST: Final = re.compile(r"SELECT CASE WHEN palisade\.enter\(\$1\) THEN")
_GLOBAL, _GLOBAL_ENTERED = (
    re.compile("|".join(f"(?:{text})" for text in texts), re.DOTALL)
    for texts in (GLOBAL, GLOBAL_ENTERED)
)


@dataclass(frozen=True, slots=True)
class Failing:
    """A statement that is not as it has to be."""

    rule: str
    sighting: Sighting

    def __str__(self) -> str:
        sql = self.sighting.sql
        shown = sql if len(sql) < 1500 else f"{sql[:1400]} … ({len(sql)} characters)"
        return f"{self.rule}\n  first sent by {self.sighting.test}\n  {shown}"


def text_failings(sighting: Sighting) -> Iterator[Failing]:
    """What can be told without a database: every statement has a context, and leaves nothing."""
    sql = sighting.sql
    if LASTING.search(sql):
        yield Failing("sets something beyond its transaction", sighting)
    if is_global(sql):
        return
    if sighting.unentered is not None:
        yield Failing(
            f"was sent without an organisation's context, in {sighting.unentered}", sighting
        )
    elif _GLOBAL_ENTERED.fullmatch(sql):
        return
    elif not sighting.org_places:
        yield Failing("has no parameter that always was the entered organisation", sighting)


def is_global(sql: str) -> bool:
    """Whether it is listed among those that need no organisation."""
    return _GLOBAL.fullmatch(sql) is not None


def is_listed(sql: str) -> bool:
    """Whether it is on one of the lists of statements that name no org-owned table."""
    return is_global(sql) or _GLOBAL_ENTERED.fullmatch(sql) is not None


def chosen(witness: Witness, *, most: int | None) -> list[Sighting]:
    """Those to be planned: by a digest of their text, so the same ones in each run."""
    found = sorted(
        (one for one in witness.sightings.values() if not is_listed(one.sql)),
        key=lambda one: hashlib.sha256(one.sql.encode()).digest(),
    )
    return found[:most]


async def database_failings(
    sightings: Sequence[Sighting], *, superuser: str, app: str, worker: str
) -> list[Failing]:
    """The failings of statements that were sent to this database.

    Of a database whose walls a test took down nothing is said.
    """
    root = await asyncpg.connect(superuser)
    try:
        if not await root.fetchval(_WALLED):
            return []
        names = await _names(root)
        await root.execute("SET plan_cache_mode = force_generic_plan")
        failings = []
        for one in sightings:
            failings += [failing async for failing in _planned(root, one, names=names)]
    finally:
        await root.close()
    for url in (app, worker):
        bound = await asyncpg.connect(url)
        try:
            await bound.execute("SET row_security = off")
            for one in sightings:
                if one.role == urlsplit(url).username:
                    failings += [failing async for failing in _replayed(bound, one)]
        finally:
            await bound.close()
    return failings


_WALLED: Final = """
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) FROM pg_class AS c
 WHERE c.relnamespace = to_regnamespace('data') AND c.relkind IN ('r', 'p')
"""

# What the description gives names to, as the database has it: tables, columns, the entries of
# checks.
_DESCRIBED: Final = """
SELECT c.relname, array(SELECT a.attname::text FROM pg_attribute AS a
                         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       array(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k
              WHERE k.conrelid = c.oid AND k.contype = 'c')
  FROM pg_class AS c
 WHERE c.relnamespace = to_regnamespace('data') AND c.relkind IN ('r', 'p')
"""


async def _names(root: asyncpg.Connection) -> frozenset[str]:
    names: set[str] = set()
    for table, columns, checks in await root.fetch(_DESCRIBED):
        type_name = _camel(table.removesuffix("_record"))
        names.add(type_name)
        names.update(f"{type_name}.{_camel(c)[:1].lower()}{_camel(c)[1:]}" for c in columns)
        for check in checks:
            entries = re.findall(r"'([^']*)'", check)
            names.update(entries)
            names.update(entry.upper().replace("-", "_") for entry in entries)
    return frozenset(names)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


async def _planned(
    root: asyncpg.Connection, sighting: Sighting, *, names: frozenset[str]
) -> AsyncIterator[Failing]:
    """The statement's own predicates, as a plan shows them that no policy is in."""
    sql = sighting.sql
    if strange := strange_literals(sql, names=names):
        yield Failing(f"has literals that are not of the description: {strange[:5]}", sighting)
    places = sighting.org_places or frozenset()
    for place in insert_org_places(sql):
        if place not in places:
            yield Failing("inserts a row of another organisation than the entered one", sighting)
    try:
        plan = await _plan(root, sql)
    except asyncpg.PostgresError as error:
        yield Failing(f"can't be planned: {error}", sighting)
        return
    if strangers := {name for name in relations(plan) if not name.startswith("data.")}:
        yield Failing(f"reads tables that are of no organisation: {sorted(strangers)}", sighting)
    found = list(scans(plan))
    for scan in found:
        if not scan.org_places & places:
            yield Failing(f"reads {scan.table} AS {scan.alias} without its predicate", sighting)
    if _ENTERS_FIRST.match(sql) and not all(scan.lazy for scan in found):
        yield Failing("reads rows before its context is entered", sighting)


async def _plan(root: asyncpg.Connection, sql: str) -> dict[str, Any]:
    await root.execute(f"PREPARE witnessed AS {sql}")
    try:
        count = max(map(int, re.findall(r"\$(\d+)", sql)), default=0)
        values = f"({', '.join(['NULL'] * count)})" if count else ""
        text = await root.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE witnessed{values}")
    finally:
        await root.execute("DEALLOCATE witnessed")
    plan: dict[str, Any] = orjson.loads(text)[0]["Plan"]
    return plan


async def _replayed(bound: asyncpg.Connection, sighting: Sighting) -> AsyncIterator[Failing]:
    """With row_security off a role that policies bind is refused whatever names their tables."""
    try:
        await bound.execute(f"PREPARE witnessed AS {sighting.sql}")
    except asyncpg.InsufficientPrivilegeError as error:
        if "row-level security" not in str(error):
            yield Failing(
                f"was refused for another reason than row level security: {error}", sighting
            )
        return
    except asyncpg.PostgresError:
        return  # What can't be prepared at all was told with its plan.
    await bound.execute("DEALLOCATE witnessed")
    if _DATA.search(sighting.sql):
        yield Failing("names an org-owned table, and no policy is asked", sighting)
