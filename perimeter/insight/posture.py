"""What is set up wrongly: the records that meet the condition of a rule."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from perimeter.insight.labels import LABELS, label_of
from perimeter.insight.reading import Insight, columns_in
from perimeter.insight.rules.all import RULES
from perimeter.insight.rules.rule import PostureRule
from repository.reader import Row
from repository.survey import LISTED, RecordSet
from resolvers.errors import BadInput

MOST_MATCHES: Final = 1000
GREATEST_SEVERITY: Final = 6


@dataclass(frozen=True, slots=True)
class Match:
    """A record that meets the condition of a rule. ``evidence`` is by the client's field names."""

    rule: PostureRule
    subject: Row
    label: str
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule, and how many records meet its condition."""

    rule: PostureRule
    count: int


@dataclass(frozen=True, slots=True)
class Posture:
    """What was checked, and the matches: the most severe come first."""

    checked: list[Checked]
    matches: list[Match]

    @property
    def count(self) -> int:
        """How many matches there are, listed or not."""
        return sum(one.count for one in self.checked)

    @property
    def shown(self) -> list[Match]:
        """As many matches as one answer holds."""
        return self.matches[:MOST_MATCHES]


def chosen_rules(ids: Sequence[str] | None, *, severity_at_least: int = 0) -> list[PostureRule]:
    """The rules by id, all unless given, from a severity on.

    Raises: BadInput.
    """
    if not 0 <= severity_at_least <= GREATEST_SEVERITY:
        raise BadInput("severityAtLeast", f"must be between 0 and {GREATEST_SEVERITY}")
    chosen = RULES if ids is None else dict.fromkeys(ids)
    for id in chosen:
        if id not in RULES:
            raise BadInput("rules", "must be ids of rules: posture lists them without arguments")
    return [RULES[id] for id in chosen if RULES[id].severity >= severity_at_least]


async def posture(
    insight: Insight, rules: Sequence[PostureRule], *, listed: int = LISTED
) -> Posture:
    """The records that meet the rules, at most ``listed`` for each. One SELECT.

    Raises: Forbidden.
    """
    check_rules(insight, rules)
    if not rules:
        return Posture([], [])
    found = await insight.survey([_meeting(insight, rule, listed) for rule in rules])
    return Posture(
        checked=[Checked(rule, found.counts[rule.id]) for rule in rules],
        matches=[
            Match(rule, row, label_of(row), _evidence(insight, rule, row))
            for rule in sorted(rules, key=lambda rule: -rule.severity)
            for row in found.rows[rule.id]
        ],
    )


def check_rules(insight: Insight, rules: Sequence[PostureRule]) -> frozenset[str]:
    """The types that the rules look at, all of which the caller may read.

    Raises: Forbidden.
    """
    looked_at: set[str] = set()
    for rule in rules:
        shown = ("id", *LABELS[rule.subject.__name__], *rule.evidence)
        insight.check_columns(rule.subject, shown)
        met = _meeting(insight, rule, 0)
        insight.check([met])
        columns = columns_in(met.where, met.table, insight.catalog)
        looked_at |= {met.table.type, *(table.type for table, _ in columns)}
    return frozenset(looked_at)


def _meeting(insight: Insight, rule: PostureRule, listed: int) -> RecordSet:
    return insight.records(rule.id, rule.subject, where=rule.condition, limit=listed)


def _evidence(insight: Insight, rule: PostureRule, row: Row) -> Mapping[str, object]:
    columns = insight.table(rule.subject).by_name
    return {columns[name].field: _plain(row[name]) for name in rule.evidence}


def _plain(value: object) -> object:
    """A value in JSON, in the form that the scalar of its column has."""
    match value:
        case datetime.datetime():
            text = value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
            return text.replace("+00:00", "Z")
        case datetime.date():
            return value.isoformat()
        case None | bool() | int() | float() | list():
            return value
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
