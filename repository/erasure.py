"""The end of an organisation: every row of it deleted, counted, and certified.

What refers goes before what it refers to; tables that refer to each other in a circle go in one
statement, at whose end the keys are checked. Each step commits with the number of its rows, so
that an erasure that was interrupted goes on where it stopped and its certificate still adds up.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from models.describe import Cardinality, Catalog, Table
from repository.actor import Actor
from repository.directory_functions import KEPT
from repository.errors import Unaccounted, Unsettled
from repository.session import Session, entered

BATCH_ROWS: Final = 10_000
_STEP_TIMEOUT: Final = "SELECT pg_catalog.set_config('statement_timeout', '600000', true)"

# Whatever has rows of its own and the column by which they belong to an organisation.
_TABLES_OF_ORGS: Final = """
SELECT array(
  SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE a.attname = 'org_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f')
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1)
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The proof of an erasure: JSON with a SHA-256 over all the rest of it, keys sorted."""

    text: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Certificate":
        """The certificate of these facts."""
        return cls(_canonical({**facts, "sha256": digest(_canonical(facts))}))

    @property
    def facts(self) -> dict[str, Any]:
        """What it says, the digest included."""
        found: dict[str, Any] = orjson.loads(self.text)
        return found

    def adds_up(self) -> bool:
        """Whether its digest is that of its facts."""
        facts = self.facts
        claimed: str = facts.pop("sha256", "")
        return claimed == digest(_canonical(facts))


class Erasing:
    """One organisation on its way out. Its state has to be DELETED before it is run."""

    def __init__(
        self, session: Session, slug: str, *, actor: Actor, report: Callable[[str, int], None]
    ) -> None:
        self._session = session
        self._slug = slug
        self._actor = actor
        self._report = report

    async def check_tables(self) -> None:
        """That every table with rows of organisations is known here.

        Raises: Unaccounted.
        """
        await self._check_tables(self._session)

    async def run(self, *, until: float | None) -> Certificate | None:
        """Deletes step by step; None where ``until``, on the monotonic clock, came before the end.

        Raises: Unaccounted, Unsettled.
        """
        for tables in erasable(self._session.catalog):
            more = True
            while more:
                if until is not None and time.monotonic() > until:
                    return None
                more = await self._step(tables)
        return await self._certify()

    async def _step(self, tables: Sequence[Table]) -> bool:
        """Deletes one batch in a transaction; whether there may be more."""
        async with entered(self._session) as session:
            await session.executor.fetch_row(_STEP_TIMEOUT, [])
            counts = await session.executor.fetch_row(
                deletion_of(tables, batch=BATCH_ROWS), [session.org_id.value]
            )
            for table, count in zip(tables, counts, strict=True):
                await session.executor.fetch_row(
                    "SELECT palisade.record_erased($1, $2)", [table.qualified_name, count]
                )
        for table, count in zip(tables, counts, strict=True):
            self._report(table.qualified_name, count)
        return len(tables) == 1 and max(counts) == BATCH_ROWS

    async def _certify(self) -> Certificate:
        """Counts what is left, gives the keys of the directory free, and keeps the proof.

        Raises: Unaccounted, Unsettled.
        """
        catalog = self._session.catalog
        async with entered(self._session) as session:
            await self._check_tables(session)
            executor, org_id = session.executor, session.org_id.value
            await executor.fetch_row(_STEP_TIMEOUT, [])
            deleted, left = await executor.fetch_row("SELECT * FROM palisade.forget_org()", [])
            for table in catalog.tables.values():
                (left[table.qualified_name],) = await executor.fetch_row(
                    f"SELECT count(*) FROM {table.qualified_name} AS t WHERE t.org_id = $1",
                    [org_id],
                )
            if any(left.values()):
                raise Unsettled
            certificate = Certificate.of(
                {
                    "certificate": "erasure of an organisation",
                    "orgId": str(org_id),
                    "slugSha256": digest(self._slug),
                    "erasedAt": datetime.now(UTC).isoformat(timespec="seconds"),
                    "erasedBy": self._actor.subject,
                    "rowsDeleted": {name: deleted.get(name, 0) for name in left},
                    "rowsLeft": left,
                }
            )
            # Another erasure that came first has kept the one that counts.
            (kept,) = await executor.fetch_row(
                "SELECT palisade.keep_certificate($1, $2)",
                [digest(self._slug), certificate.text],
            )
        return Certificate(kept)

    async def _check_tables(self, session: Session) -> None:
        (found,) = await session.executor.fetch_row(_TABLES_OF_ORGS, [])
        unknown = set(found) - known_tables(session.catalog)
        if unknown:
            raise Unaccounted(tuple(sorted(unknown)))


def known_tables(catalog: Catalog) -> set[str]:
    """The tables that an erasure empties of an organisation, and those that tell of it."""
    return {table.qualified_name for table in catalog.tables.values()} | {
        f"{table.schema}.{table.name}"
        for table in catalog.global_tables
        if "org_id" in table.c or table.name in KEPT
    }


def erasable(catalog: Catalog) -> Iterator[tuple[Table, ...]]:
    """All tables, what refers before what it refers to; together what refers in a circle."""
    reach = {name: _reached(catalog, name) for name in catalog.tables}
    left = dict(catalog.tables)
    while left:
        for name in list(left):
            circle = {other for other in reach[name] if name in reach[other]} | {name}
            if all(other in circle for other in left if reach[other] & circle):
                tables = tuple(left.pop(each) for each in sorted(circle))
                yield tables
                break


def deletion_of(tables: Sequence[Table], *, batch: int) -> str:
    """Deletes one table's rows in batches, or all rows of tables that refer in a circle.

    Values: the org id. Answers the number of rows for each table.
    """
    alone = len(tables) == 1 and not _refers_to(tables[0], tables[0])
    parts, counts = [], []
    for number, table in enumerate(tables):
        name = table.qualified_name
        some = (
            f" AND t.id = ANY (array(SELECT s.id FROM {name} AS s WHERE s.org_id = $1 "
            f"ORDER BY s.id LIMIT {batch}))"
        )
        parts.append(
            f"d{number} AS (DELETE FROM {name} AS t WHERE t.org_id = $1{some if alone else ''} "
            f"RETURNING t.id)"
        )
        counts.append(f"(SELECT count(*) FROM d{number})")
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


def _refers_to(table: Table, target: Table) -> bool:
    return any(
        relation.cardinality is Cardinality.ONE and relation.target == target.type
        for relation in table.relations
    )


def _reached(catalog: Catalog, name: str) -> set[str]:
    """The types that references lead to from one, over any number of steps."""
    reached: set[str] = set()
    todo = [name]
    while todo:
        for relation in catalog.tables[todo.pop()].relations:
            if relation.cardinality is Cardinality.ONE and relation.target not in reached:
                reached.add(relation.target)
                todo.append(relation.target)
    return reached


def _canonical(facts: Mapping[str, Any]) -> str:
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()


def digest(text: str) -> str:
    """The SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
