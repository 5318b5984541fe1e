"""The rows of files as they are to be stored, each checked and with an id."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from auth.organization import OrgId
from jobs.transfer.formats import RawRow, read_rows
from jobs.transfer.identity import Identity
from jobs.transfer.ledger import Ledger
from jobs.transfer.lines import FileRefused
from jobs.transfer.problems import Code, Problem, RowRefused
from jobs.transfer.report import Report
from jobs.transfer.sources import MANIFEST, Source, Step
from jobs.transfer.validation import Checked, RowCheck


@dataclass(frozen=True, slots=True)
class Row:
    """A checked row and where it stands."""

    file: str
    line: int
    values: Checked

    @property
    def id(self) -> UUID:
        """The record's id: every checked row has one."""
        id = self.values["id"]
        assert isinstance(id, UUID)
        return id


class StepRows:
    """The checked rows of one type; those that break a rule go to the report."""

    def __init__(self, step: Step, org_id: OrgId, ledger: Ledger, *, report: Report) -> None:
        self._table = step.table
        self._check = RowCheck(step.table)
        self._identity = Identity(org_id, step.table, ledger)
        self._ledger = ledger
        self._report = report
        report.of(step.table.type)

    def of(self, source: Source) -> Iterator[tuple[int, Row | None]]:
        """The rows of a file, each with the byte behind it; None for one that was refused."""
        file = source.path.name
        found = 0
        try:
            for raw in read_rows(source.path, source.table, source.format):
                found += 1
                try:
                    yield raw.end, self._row(file, raw)
                except RowRefused as refusal:
                    self._report.of(self._table.type).refused += 1
                    self._add(file, raw.line, refusal.code, refusal.rule, refusal.field)
                    yield raw.end, None
        except FileRefused as error:
            self._add(file, None, error.code, error.rule, None)
        if source.rows not in (None, found):
            rule = f"has {found} rows where {MANIFEST} says {source.rows}"
            self._add(file, None, Code.ROWS_MISSING, rule, None)

    def _row(self, file: str, raw: RawRow) -> Row:
        if raw.refusal:
            raise raw.refusal
        values = self._check.checked(raw.values)
        if "id" not in values:
            values["id"] = self._identity.id_of(values)
        row = Row(file, raw.line, values)
        before = self._ledger.first(self._table.type, row.id, file=file, line=raw.line)
        if before:
            rule = f"{before[0]}:{before[1]} has the same id"
            raise RowRefused(Code.DUPLICATE_ID, rule, "id")
        return row

    def _add(self, file: str, line: int | None, code: Code, rule: str, field: str | None) -> None:
        self._report.add(Problem(file, line, self._table.type, code, rule, field))
