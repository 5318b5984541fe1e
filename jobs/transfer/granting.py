"""Takes an identity provider's list of OAuth grants into the inventory.

An application is known by its client id, or where the list or the inventory has none, by its name.
One whose client id is another than that of the application of its name is another application,
whatever it calls itself. Applications that are not known are made, UNSANCTIONED, with a finding.
People are never made: an address that nobody has is told, and its grants are not taken in.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from auth.organization import OrgId
from jobs.transfer.grant_list import Consent, ConsentRow, GrantList
from jobs.transfer.lines import FileRefused
from jobs.transfer.problems import Code, Problem, RowRefused, refusal_of
from jobs.transfer.progress import Progress
from jobs.transfer.report import Report
from models.conditions import Operator
from models.describe import Table
from repository.actor import Actor
from repository.criteria import Compare, Criteria, Every
from repository.database import Database
from repository.ids import new_id
from repository.loading import Loading
from repository.order import complete_order
from repository.reader import Row
from repository.statements import PageRequest

UNKNOWN_APPLICATION: Final = "shadow-it.unknown-application"
_SEVERITY: Final = 3
_TOGETHER: Final = 100
_PAGE: Final = 1000
_FIX: Final = "Sanction or tolerate the application, or revoke its grants where they were given."
_LONGEST_NAME: Final = 200


class GrantImport:
    """One run over one list."""

    def __init__(
        self,
        database: Database,
        org_id: OrgId,
        actor: Actor,
        *,
        report: Report,
        progress: Progress,
    ) -> None:
        tables = database.catalog.tables
        self._database = database
        self._org_id = org_id
        self._actor = actor
        self._report = report
        self._progress = progress
        self._users = tables["User"]
        self._applications = tables["SaasApplication"]
        self._grants = tables["Grant"]
        self._findings = tables["Finding"]
        self._file = ""
        self._now = datetime.now(UTC)

    async def run(self, path: Path) -> None:
        """Takes in the rows of a file, some at a time, each time all or what is good of them.

        Raises: DatabaseUnavailable, ContextRefused, TooSlow.
        """
        began = time.monotonic()
        self._file = path.name
        for table in (self._applications, self._grants, self._findings):
            self._report.of(table.type)
        lists = GrantList(user=self._users, application=self._applications, grant=self._grants)
        self._progress.begin(path)
        waiting: list[tuple[int, Consent]] = []
        try:
            for row in lists.rows(path):
                if row.consent is None:
                    self._refuse_row(row)
                    continue
                waiting.append((row.line, row.consent))
                if len(waiting) >= _TOGETHER:
                    await self._take(waiting)
                    waiting = []
                    self._progress.at(row.end)
        except FileRefused as error:
            self._report.add(Problem(self._file, None, None, error.code, error.rule))
        if waiting:
            await self._take(waiting)
        self._progress.end()
        self._report.seconds = time.monotonic() - began

    async def _take(self, consents: Sequence[tuple[int, Consent]]) -> None:
        async with self._database.loading(self._org_id, self._actor) as loading:
            users = await self._found_users(loading, {consent.user for _, consent in consents})
            applications = _Applications(loading, self._applications)
            await applications.find([consent for _, consent in consents])
            for line, consent in consents:
                # Also where the person is not known: the application is in use all the same.
                application = await self._application(loading, applications, line, consent)
                user = users.get(consent.user.lower())
                if user is None:
                    rule = "nobody in the organisation has this address"
                    self._refuse(line, RowRefused(Code.UNKNOWN_USER, rule, "user"))
                elif application is not None:
                    await self._grant(loading, line, consent, user=user, application=application)

    async def _application(
        self, loading: Loading, applications: "_Applications", line: int, consent: Consent
    ) -> Row | None:
        """The application of a consent; a new one where it isn't known."""
        application = applications.of(consent)
        if application is None:
            return await self._make_application(loading, applications, line, consent)
        if consent.client_id and application["client_id"] is None:
            await self._adopt(loading, applications, application, consent)
        return application

    async def _found_users(self, loading: Loading, addresses: Iterable[str]) -> dict[str, UUID]:
        """People by address in lower case: providers differ in how they write them."""
        spellings = sorted({form for one in addresses for form in (one, one.lower())})
        where = Compare(self._users.by_name["email"], Operator.IN, spellings)
        rows = await _all(loading, self._users, where)
        return {row["email"].lower(): row["id"] for row in rows}

    async def _make_application(
        self, loading: Loading, applications: "_Applications", line: int, consent: Consent
    ) -> Row | None:
        """A new application and the finding that it is there."""
        values = applications.new(consent)
        error = await loading.create(self._applications, [values])
        if error is not None:
            self._refuse(line, refusal_of(error, self._applications))
            return None
        applications.add(values)
        self._report.of(self._applications.type).created += 1
        finding = {
            "id": new_id(),
            "rule": UNKNOWN_APPLICATION,
            "title": f"{values['name']} has access, and nobody has decided on it",
            "severity": _SEVERITY,
            "subject_type": self._applications.type,
            "subject_id": str(values["id"]),
            "subject_label": values["name"],
            "evidence": {"clientId": consent.client_id, "scopes": list(consent.scopes)},
            "fix": _FIX,
            "first_seen_at": self._now,
            "last_seen_at": self._now,
        }
        if await loading.create(self._findings, [finding]) is None:
            self._report.of(self._findings.type).created += 1
        return values

    async def _adopt(
        self, loading: Loading, applications: "_Applications", known: Row, consent: Consent
    ) -> None:
        """Notes the client id of an application that was known by name alone: from then on another
        client of that name is another application.
        """
        values = {"client_id": consent.client_id}
        if await loading.update(self._applications, known, values) is None:
            applications.add({**known, **values, "version": known["version"] + 1})

    async def _grant(
        self, loading: Loading, line: int, consent: Consent, *, user: UUID, application: Row
    ) -> None:
        """The grants of one row that are not there yet, and the last use of those that are."""
        counts = self._report.of(self._grants.type)
        column = self._grants.by_name
        where = Every(
            (
                Compare(column["application_id"], Operator.EQ, application["id"]),
                Compare(column["user_id"], Operator.EQ, user),
                Compare(column["scope"], Operator.IN, list(consent.scopes)),
            )
        )
        there = {row["scope"]: row for row in await _all(loading, self._grants, where)}
        for row in there.values():
            counts.already_there += 1
            last = row["last_used_at"]
            if consent.last_used_at and (last is None or last < consent.last_used_at):
                used = {"last_used_at": consent.last_used_at}
                if error := await loading.update(self._grants, row, used):
                    self._refuse(line, refusal_of(error, self._grants))
        rows = [
            {
                "id": new_id(),
                "scope": scope,
                "categories": [],
                "granted_at": consent.granted_at or self._now,
                "last_used_at": consent.last_used_at,
                "application_id": application["id"],
                "user_id": user,
            }
            for scope in consent.scopes
            if scope not in there
        ]
        if not rows:
            return
        error = await loading.create(self._grants, rows)
        if error is None:
            counts.created += len(rows)
        else:
            self._refuse(line, refusal_of(error, self._grants))

    def _refuse_row(self, row: ConsentRow) -> None:
        assert row.refusal is not None
        self._refuse(row.line, row.refusal)

    def _refuse(self, line: int, refusal: RowRefused) -> None:
        self._report.of(self._grants.type).refused += 1
        self._report.add(
            Problem(self._file, line, self._grants.type, refusal.code, refusal.rule, refusal.field)
        )


class _Applications:
    """The applications that some consents may be about."""

    def __init__(self, loading: Loading, table: Table) -> None:
        self._loading = loading
        self._table = table
        self._by_name: dict[str, Row] = {}
        self._by_client: dict[str, Row] = {}

    async def find(self, consents: Sequence[Consent]) -> None:
        """Looks for them."""
        names = {name for consent in consents for name in (consent.app, _own_name(consent))}
        clients = {consent.client_id for consent in consents if consent.client_id}
        for column, wanted in (("name", names), ("client_id", clients)):
            where = Compare(self._table.by_name[column], Operator.IN, sorted(wanted))
            for row in await _all(self._loading, self._table, where):
                self.add(row)

    def add(self, row: Row) -> None:
        """One more."""
        self._by_name[row["name"]] = row
        if row["client_id"]:
            self._by_client[row["client_id"]] = row

    def of(self, consent: Consent) -> Row | None:
        """The application of a consent, None where it isn't known."""
        if consent.client_id and (found := self._by_client.get(consent.client_id)):
            return found
        found = self._by_name.get(consent.app)
        if found and consent.client_id and found["client_id"]:
            return None
        return found

    def new(self, consent: Consent) -> dict[str, Any]:
        """The values of an application that isn't known; its name may be taken by another one."""
        name = consent.app if consent.app not in self._by_name else _own_name(consent)
        return {"id": new_id(), "name": name, "client_id": consent.client_id}


def _own_name(consent: Consent) -> str:
    """A name that no other client has."""
    mark = f" ({consent.client_id})"
    return consent.app[: max(_LONGEST_NAME - len(mark), 0)] + mark[:_LONGEST_NAME]


async def _all(loading: Loading, table: Table, where: Criteria) -> list[Row]:
    """The records that meet the criteria: no more than were asked for by unique values."""
    page = await loading.repositories.of(table).page(
        PageRequest(complete_order(table, ()), _PAGE, where)
    )
    return page.rows
