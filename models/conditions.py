"""Conditions that a model declares about its records: who sees them, and what a change needs.

A condition names columns and relations as the model does: ``owner_id``, ``owner``,
``data_flows``. It is plain data; the repository turns it into SQL where it is needed.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Operator(StrEnum):
    """How a column is compared with a value."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    HAS = "has"
    IS_NULL = "isNull"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as far from now as ``offset``; compared with a date, the day it is on in UTC."""

    offset: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of the token of whoever asks."""


NOW: Final = Moment()
CALLER: Final = Caller()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column compared with a value, a `Moment` or `CALLER`."""

    column: str
    operator: Operator
    value: object


@dataclass(frozen=True, slots=True)
class Related:
    """At least one record that the relation leads to meets the condition."""

    relation: str
    where: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of the conditions is met; of none, too."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions is met."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NotMet:
    """The condition is not met, or it isn't known whether it is."""

    of: "Condition"


Condition = Comparison | Related | AllOf | AnyOf | NotMet


@dataclass(frozen=True, slots=True)
class RowRule:
    """Who sees a record: one of a model's rules has to allow it.

    ``description`` is what people read: "owner sees own deals".
    """

    description: str
    allows: Condition


@dataclass(frozen=True, slots=True)
class Guard:
    """What must hold of a record once it was changed, or nothing of the change happens.

    ``rule`` is what the caller reads: "must have an assessment that was approved".
    """

    rule: str
    requires: Condition


def ago(**span: float) -> Moment:
    """So long ago: ``ago(days=90)``."""
    return Moment(-timedelta(**span))


def ahead(**span: float) -> Moment:
    """So far ahead: ``ahead(days=30)``."""
    return Moment(timedelta(**span))


def equal(column: str, value: object) -> Condition:
    """The column has this value."""
    return Comparison(column, Operator.EQ, value)


def one_of(column: str, *values: object) -> Condition:
    """The column has one of these values."""
    return Comparison(column, Operator.IN, values)


def has(column: str, entry: str) -> Condition:
    """The list has this entry."""
    return Comparison(column, Operator.HAS, entry)


def below(column: str, value: object) -> Condition:
    """The column has a value, and a smaller or an earlier one."""
    return Comparison(column, Operator.LT, value)


def above(column: str, value: object) -> Condition:
    """The column has a value, and a greater or a later one."""
    return Comparison(column, Operator.GT, value)


def at_least(column: str, value: object) -> Condition:
    """The column has a value, and none that is smaller or earlier."""
    return Comparison(column, Operator.GTE, value)


def begins_with(column: str, text: str) -> Condition:
    """The text begins so, letter case respected."""
    return Comparison(column, Operator.STARTS_WITH, text)


def missing(column: str) -> Condition:
    """The column is empty."""
    return Comparison(column, Operator.IS_NULL, True)


def present(column: str) -> Condition:
    """The column is not empty."""
    return Comparison(column, Operator.IS_NULL, False)


def related(relation: str, *where: Condition) -> Condition:
    """At least one record that the relation leads to meets all of the conditions."""
    return Related(relation, every(*where))


def every(*conditions: Condition) -> Condition:
    """Each of the conditions is met."""
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def some(*conditions: Condition) -> Condition:
    """At least one of the conditions is met."""
    return AnyOf(conditions)


def never(*conditions: Condition) -> Condition:
    """Not all of the conditions are met."""
    return NotMet(every(*conditions))


def caller_is(relation: str) -> Condition:
    """The person that the reference leads to is who asks: by the subject of the token."""
    return Related(relation, equal("subject", CALLER))
