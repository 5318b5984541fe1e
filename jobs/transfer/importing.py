"""Loads the rows of files into one organisation, batch by batch."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final, TypeVar

from auth.organization import OrgId
from jobs.transfer.derived import make_room
from jobs.transfer.ledger import Later, Ledger
from jobs.transfer.problems import Code, Problem, RowRefused, refusal_of
from jobs.transfer.progress import Progress
from jobs.transfer.report import Ending, Report
from jobs.transfer.rows import Row, StepRows
from jobs.transfer.sources import Source, Step, steps_of
from jobs.transfer.validation import same_content
from models.describe import Table
from repository.actor import Actor
from repository.database import Database
from repository.errors import ReferenceMissing
from repository.loading import LARGEST_PART, Loading

# Rows read before the connection is asked to stay: whole files may hold nothing to write.
_READ_BETWEEN: Final = 1000


Item = TypeVar("Item")


class Mode(StrEnum):
    """What happens to the good rows."""

    BATCHES = "batches"
    """Each batch is kept as it comes."""

    ALL_OR_NOTHING = "all or nothing"
    """One transaction, kept if no row was refused."""

    DRY_RUN = "dry run"
    """One transaction, undone at the end whatever happened."""


class Import:
    """One run over some files. Raises what a database does that can't go on."""

    def __init__(
        self,
        database: Database,
        org_id: OrgId,
        actor: Actor,
        *,
        report: Report,
        progress: Progress,
        mode: Mode = Mode.BATCHES,
        batch: int = LARGEST_PART,
    ) -> None:
        self._database = database
        self._org_id = org_id
        self._actor = actor
        self._report = report
        self._progress = progress
        self._mode = mode
        self._batch = batch
        self._held: Loading | None = None

    async def run(self, sources: Sequence[Source]) -> None:
        """Loads the files in the order of their types' references.

        Raises: DatabaseUnavailable, ContextRefused, TooSlow. Batches before it are kept.
        """
        began = time.monotonic()
        with Ledger() as ledger:
            if self._mode is Mode.BATCHES:
                await self._load(sources, ledger)
            else:
                await self._load_at_once(sources, ledger)
        self._report.seconds = time.monotonic() - began

    async def _load_at_once(self, sources: Sequence[Source], ledger: Ledger) -> None:
        """The same in one transaction: all is tried, so that the report is whole."""
        try:
            async with self._database.loading(self._org_id, self._actor) as held:
                self._held = held
                await self._load(sources, ledger)
                if self._mode is Mode.DRY_RUN:
                    self._report.ending = Ending.REHEARSED
                elif self._report.problems:
                    self._report.ending = Ending.UNDONE
                if self._report.ending is not Ending.KEPT:
                    raise _Undo
        except _Undo:
            pass
        finally:
            self._held = None

    async def _load(self, sources: Sequence[Source], ledger: Ledger) -> None:
        for step in steps_of(sources):
            rows = StepRows(step, self._org_id, ledger, report=self._report)
            batch: list[Row] = []
            for source in step.sources:
                self._progress.begin(source.path)
                for number, (end, row) in enumerate(rows.of(source)):
                    if number % _READ_BETWEEN == 0 and self._held:
                        await self._held.stay()
                    if row:
                        batch.append(row)
                    if len(batch) >= self._batch:
                        await self._store(step, batch, ledger)
                        batch = []
                        self._progress.at(end)
                self._progress.end()
            if batch:
                await self._store(step, batch, ledger)
        await self._set_later(ledger)

    async def _store(self, step: Step, batch: Sequence[Row], ledger: Ledger) -> None:
        async with self._loading() as loading:
            open_references = await self._store_batch(loading, step, batch)
        # Only what is stored for good is noted as such.
        for reference in open_references:
            ledger.set_later(reference)

    async def _store_batch(self, loading: Loading, step: Step, batch: Sequence[Row]) -> list[Later]:
        """Stores what is good; the references that its records still lack."""
        there = await loading.there(step.table, [row.id for row in batch])
        counts = self._report.of(step.table.type)
        lacking: list[tuple[Row, Iterable[str]]] = []
        fresh: list[Row] = []
        for row in batch:
            found = there.get(row.id)
            if found is None:
                fresh.append(row)
            elif same_content(row.values, found, later=step.later):
                counts.already_there += 1
                lacking.append((row, [name for name in step.later if found[name] is None]))
            else:
                rule = "a record with this id is there already, with other content"
                self._refuse(step.table, row, RowRefused(Code.CONFLICT, rule, "id"))
        await make_room(loading, step.table, [row.values for row in fresh])
        for group in _alike(fresh):
            created = await self._create(loading, step, group)
            counts.created += len(created)
            lacking += [(row, step.later) for row in created]
        return [
            Later(step.table.type, name, row.id, target, row.file, row.line)
            for row, names in lacking
            for name in names
            if (target := row.values.get(name))
        ]

    async def _create(self, loading: Loading, step: Step, rows: Sequence[Row]) -> list[Row]:
        """Creates the rows, in halves where some of them are refused; those that are stored."""
        values = [
            {name: None if name in step.later else value for name, value in row.values.items()}
            for row in rows
        ]
        error = await loading.create(step.table, values)
        if error is None:
            return list(rows)
        if len(rows) == 1:
            self._refuse(step.table, rows[0], refusal_of(error, step.table))
            return []
        parts = _halves(rows)
        if isinstance(error, ReferenceMissing) and error.column:
            good, bad = await self._sorted_by_reference(loading, step.table, error.column, rows)
            for row in bad:
                self._refuse(step.table, row, refusal_of(error, step.table))
            if bad:
                parts = [good] if good else []
        return [row for part in parts for row in await self._create(loading, step, part)]

    async def _sorted_by_reference(
        self, loading: Loading, table: Table, column: str, rows: Sequence[Row]
    ) -> tuple[list[Row], list[Row]]:
        """The rows whose reference leads to a record that is there, and the others."""
        target = loading.target(table, column)
        wanted = {row.values[column] for row in rows} - {None}
        there = {*await loading.there(target, list(wanted)), None}
        if target.type == table.type:
            there |= {row.id for row in rows}
        good = [row for row in rows if row.values[column] in there]
        return good, [row for row in rows if row.values[column] not in there]

    async def _set_later(self, ledger: Ledger) -> None:
        tables = self._database.catalog.tables
        for group in ledger.later(together=self._batch):
            async with self._loading() as loading:
                await self._refer(loading, tables[group[0].type], group)

    async def _refer(self, loading: Loading, table: Table, group: Sequence[Later]) -> None:
        column = table.by_name[group[0].column]
        error = await loading.refer(table, column, [(one.id, one.target) for one in group])
        if error is None:
            return
        if len(group) > 1:
            for half in _halves(group):
                await self._refer(loading, table, half)
            return
        refusal = refusal_of(error, table)
        rule = f"{refusal.rule}; the record is there without it"
        self._report.of(table.type).incomplete += 1
        self._report.add(
            Problem(group[0].file, group[0].line, table.type, refusal.code, rule, column.field)
        )

    def _refuse(self, table: Table, row: Row, refusal: RowRefused) -> None:
        self._report.of(table.type).refused += 1
        self._report.add(
            Problem(row.file, row.line, table.type, refusal.code, refusal.rule, refusal.field)
        )

    @asynccontextmanager
    async def _loading(self) -> AsyncIterator[Loading]:
        """The held transaction, or one for the block."""
        if self._held:
            yield self._held
        else:
            async with self._database.loading(self._org_id, self._actor) as loading:
                yield loading


class _Undo(Exception):
    """Ends a transaction of which nothing is to be kept."""


def _alike(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows by which columns they have: an INSERT names its columns once."""
    groups: dict[frozenset[str], list[Row]] = {}
    for row in rows:
        groups.setdefault(frozenset(row.values), []).append(row)
    yield from groups.values()


def _halves(items: Sequence[Item]) -> list[Sequence[Item]]:
    middle = len(items) // 2
    return [items[:middle], items[middle:]]
