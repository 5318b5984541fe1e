"""What the rules of the posture find, kept as findings that somebody can deal with."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from models.conditions import equal, every, one_of
from models.findings import Finding
from perimeter.insight.posture import Match, Posture, check_rules, posture
from perimeter.insight.reading import Insight
from perimeter.insight.rules.rule import PostureRule
from repository.alike import update_alike
from repository.criteria import criteria_of
from repository.order import Key, complete_order
from repository.reader import Row
from repository.statements import PageRequest
from repository.survey import LISTED, RecordSet
from resolvers.errors import Forbidden

MOST_PER_RULE: Final = 1000
_ALL_ROWS: Final = 1_000_000

_WHY_RESOLVED: Final = "The condition of the rule does not hold any more."
_WHY_REOPENED: Final = "The condition of the rule holds again."


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of the findings, and those that are open now: the most severe come first."""

    created: int
    kept: int
    reopened: int
    resolved: int
    open: int
    findings: list[Row]


async def refresh_findings(insight: Insight, rules: Sequence[PostureRule]) -> Refreshed:
    """Makes the findings of these rules what the records say now, all or nothing.

    One finding for each rule and record, of each rule at most 1,000. A finding whose condition does
    not hold any more is resolved, and opened again when it does; what somebody accepted stays so.
    Raises: Forbidden.
    """
    _check(insight, rules)
    async with insight.repositories.transaction() as held:
        await held.take_turns("findings")
        inside = replace(insight, repositories=held)
        now = datetime.datetime.now(datetime.UTC)
        seen = await posture(inside, rules, listed=MOST_PER_RULE)
        known = await inside.survey([_known(inside, rules)])
        refresh = _Refresh(inside, seen, known.rows["findings"], now)
        return await refresh.carry_out()


def _check(insight: Insight, rules: Sequence[PostureRule]) -> None:
    access, table = insight.access, insight.table(Finding)
    access.check_write(table, insight.place)
    insight.check_columns(Finding, [column.name for column in table.columns])
    for name in (Finding.__name__, *sorted(check_rules(insight, rules))):
        # Who doesn't see a record can't tell whether it was put right.
        if name in access.ruled:
            scope = insight.catalog.tables[name].all_scope
            raise Forbidden(insight.place, f"needs the scope {scope}")


def _known(insight: Insight, rules: Sequence[PostureRule]) -> RecordSet:
    ids = [rule.id for rule in rules]
    where = one_of("rule", *ids)
    return insight.records("findings", Finding, where=where, limit=_ALL_ROWS)


class _Refresh:
    """One look at the records, and what it makes of the findings that there are."""

    def __init__(
        self, insight: Insight, seen: Posture, known: Sequence[Row], now: datetime.datetime
    ) -> None:
        self._insight = insight
        self._table = insight.table(Finding)
        self._repository = insight.repositories.of(Finding)
        self._seen = seen
        self._known = {(row["rule"], row["subject_id"]): row for row in known}
        self._now = now

    async def carry_out(self) -> Refreshed:
        matches = {(one.rule.id, str(one.subject["id"])): one for one in self._seen.matches}
        fresh = [match for key, match in matches.items() if key not in self._known]
        again = [(self._known[key], one) for key, one in matches.items() if key in self._known]
        await self._repository.create_many([self._new(match) for match in fresh])
        reopened = [row for row, _ in again if row["status"] == "RESOLVED"]
        versions = {row["id"]: row["version"] for row, _ in again}
        for row in reopened:
            moved = await self._move(row, "reopen", _WHY_REOPENED)
            versions[row["id"]] = moved["version"]
        await self._keep(again, versions)
        gone = list(self._gone(matches))
        for row in gone:
            await self._move(row, "resolve", _WHY_RESOLVED)
        return await self._answer(
            created=len(fresh), again=len(again), reopened=len(reopened), resolved=len(gone)
        )

    async def _answer(self, *, created: int, again: int, reopened: int, resolved: int) -> Refreshed:
        by_severity = Key(self._table.by_name["severity"], descending=True)
        rules = [one.rule.id for one in self._seen.checked]
        unsettled = every(one_of("rule", *rules), equal("status", "OPEN"))
        request = PageRequest(
            complete_order(self._table, (by_severity,)),
            LISTED,
            criteria_of(unsettled, self._table, self._insight.catalog),
            with_total=True,
        )
        page = await self._repository.page(request)
        assert page.total is not None
        return Refreshed(
            created, again - reopened, reopened, resolved, open=page.total, findings=page.rows
        )

    def _new(self, match: Match) -> dict[str, object]:
        return {
            "rule": match.rule.id,
            "subject_type": match.subject["__typename"],
            "subject_id": str(match.subject["id"]),
            **_told(match),
            "first_seen_at": self._now,
            "last_seen_at": self._now,
        }

    async def _keep(self, again: Sequence[tuple[Row, Match]], versions: Mapping[UUID, int]) -> None:
        alike: list[UUID] = []
        for row, match in again:
            told = {name: value for name, value in _told(match).items() if row[name] != value}
            if not told:
                alike.append(row["id"])
                continue
            told["last_seen_at"] = self._now
            await self._repository.update(row["id"], version=versions[row["id"]], values=told)
        await update_alike(
            self._insight.repositories, self._table, alike, values={"last_seen_at": self._now}
        )

    def _gone(self, matches: Mapping[tuple[str, str], Match]) -> Iterator[Row]:
        # Of a rule with more matches than were listed, nobody knows which are gone.
        whole = {one.rule.id for one in self._seen.checked if one.count <= MOST_PER_RULE}
        for key, row in self._known.items():
            unsettled = row["status"] in ("OPEN", "ACKNOWLEDGED")
            if unsettled and key not in matches and row["rule"] in whole:
                yield row

    async def _move(self, row: Row, name: str, reason: str) -> Row:
        return await self._repository.transition(
            row["id"],
            self._table.by_name["status"],
            name=name,
            version=row["version"],
            reason=reason,
        )


def _told(match: Match) -> dict[str, object]:
    return {
        "title": match.rule.title,
        "severity": match.rule.severity,
        "subject_label": match.label,
        "evidence": dict(match.evidence),
        "fix": match.rule.fix,
    }
