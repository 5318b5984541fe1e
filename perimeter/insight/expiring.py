"""What comes to its end soon, or came to it lately."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from models.assessments import Assessment
from models.attestations import Attestation
from models.base import Model
from models.columns import Kind
from models.conditions import Comparison, Condition, Operator, equal, every, never
from models.contracts import Contract
from models.grants import Grant
from models.integrations import Credential
from perimeter.insight.labels import LABELS, label_of
from perimeter.insight.reading import ANY, Insight
from repository.reader import Row
from repository.survey import LISTED, RecordSet
from resolvers.errors import BadInput

LONGEST_WITHIN: Final = 730
DAYS_BACK: Final = 30


@dataclass(frozen=True, slots=True)
class _Kind:
    """What of a type has an end: in which column, while what holds."""

    model: type[Model]
    column: str
    counts: Condition = ANY


_KINDS: Final = (
    _Kind(Attestation, "valid_until"),
    _Kind(Contract, "ends_on", equal("status", "ACTIVE")),
    _Kind(Credential, "not_after", never(equal("status", "REVOKED"))),
    _Kind(Grant, "expires_at", equal("status", "ACTIVE")),
    _Kind(Assessment, "valid_until", equal("status", "APPROVED")),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A record that comes to its end; ``days_left`` is negative where it has."""

    subject: Row
    label: str
    ends_on: datetime.date
    days_left: int


@dataclass(frozen=True, slots=True)
class Endings:
    """What ends, the earliest first, and how much there is in all."""

    count: int
    listed: list[Ending]


async def expiring(insight: Insight, *, within: int) -> Endings:
    """What ends within so many days, or did in the 30 days before today. One SELECT.

    Raises: BadInput, Forbidden.
    """
    if not 0 <= within <= LONGEST_WITHIN:
        raise BadInput("within", f"must be between 0 and {LONGEST_WITHIN}")
    today = datetime.datetime.now(datetime.UTC).date()
    first = today - datetime.timedelta(days=DAYS_BACK)
    last = today + datetime.timedelta(days=within)
    for kind in _KINDS:
        insight.check_columns(kind.model, ("id", *LABELS[kind.model.__name__], kind.column))
    found = await insight.survey([_ending(insight, kind, first, last) for kind in _KINDS])
    endings = [
        ending
        for kind in _KINDS
        for ending in _endings(found.rows[kind.model.__name__], kind.column, today)
    ]
    endings.sort(key=lambda ending: (ending.ends_on, ending.subject["id"]))
    return Endings(sum(found.counts.values()), endings[:LISTED])


def _ending(insight: Insight, kind: _Kind, first: datetime.date, last: datetime.date) -> RecordSet:
    bounds: tuple[object, object] = (first, last + datetime.timedelta(days=1))
    if insight.table(kind.model).by_name[kind.column].kind is Kind.TIMESTAMP:
        bounds = (_midnight(first), _midnight(last + datetime.timedelta(days=1)))
    where = every(
        kind.counts,
        Comparison(kind.column, Operator.GTE, bounds[0]),
        Comparison(kind.column, Operator.LT, bounds[1]),
    )
    made = insight.records(kind.model.__name__, kind.model, where=where, limit=LISTED)
    return replace(made, order=kind.column)


def _endings(rows: list[Row], column: str, today: datetime.date) -> Iterator[Ending]:
    for row in rows:
        end = row[column]
        if isinstance(end, datetime.datetime):
            end = end.astimezone(datetime.UTC).date()
        yield Ending(row, label_of(row), end, (end - today).days)


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
