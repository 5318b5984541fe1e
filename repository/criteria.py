"""Conditions on records, as values, and as the SQL both ways of reading share.

A condition is a tree; its *shape* is the tree without its values. Statements are written once per
shape and kept; each execution binds the values in the order in which the tree is walked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.base import camel_case
from models.columns import Kind
from models.conditions import (
    CALLER,
    AllOf,
    AnyOf,
    Caller,
    Comparison,
    Condition,
    Moment,
    NotMet,
    Operator,
    Related,
)
from models.describe import Cardinality, Catalog, Column, Relation, Table
from repository.sql import SQL_TYPES, StatementText, column_name


@dataclass(frozen=True, slots=True)
class Compare:
    """``column`` compared with ``value``; for IN the value is a list.

    A `Moment` and `CALLER` are part of the SQL text, and bind nothing.
    """

    column: Column
    operator: Operator
    value: object


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions; true where there are none."""

    of: tuple["Criteria", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of the conditions; false where there are none."""

    of: tuple["Criteria", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition is false or unknown."""

    of: "Criteria"


@dataclass(frozen=True, slots=True)
class Through:
    """At least one related record meets the condition."""

    relation: Relation
    where: "Criteria"


Criteria = Compare | Every | Some | Not | Through
ALL = Every()


def shape(criteria: Criteria) -> tuple[object, ...]:
    """What of the criteria decides the SQL text: everything but the bound values."""
    match criteria:
        case Compare(column, Operator.IS_NULL, value):
            return (column.name, "isNull", value)
        case Compare(column, operator, (Moment() | Caller()) as value):
            return (column.name, operator.value, value)
        case Compare(column, operator, _):
            return (column.name, operator.value)
        case Every(of):
            return ("every", *map(shape, of))
        case Some(of):
            return ("some", *map(shape, of))
        case Not(of):
            return ("not", shape(of))
        case Through(relation, where):
            return ("through", relation.field, shape(where))


def values(criteria: Criteria) -> Iterator[object]:
    """The values to bind, in the order in which `condition` binds them."""
    match criteria:
        case Compare(_, Operator.IS_NULL, _) | Compare(_, _, Moment() | Caller()):
            pass
        case Compare(_, _, value):
            yield value
        case Every(of) | Some(of):
            for item in of:
                yield from values(item)
        case Not(of) | Through(_, of):
            yield from values(of)


def criteria_of(condition: Condition, table: Table, catalog: Catalog) -> Criteria:
    """What a model declares about records of ``table``, as criteria."""
    match condition:
        case Comparison(name, Operator.IN, value):
            assert isinstance(value, tuple)
            return Compare(table.by_name[name], Operator.IN, list(value))
        case Comparison(name, operator, value):
            return Compare(table.by_name[name], operator, value)
        case Related(name, where):
            relation = table.relation_by_field[camel_case(name)]
            return Through(relation, criteria_of(where, catalog.target(relation), catalog))
        case AllOf(of):
            return Every(tuple(criteria_of(one, table, catalog) for one in of))
        case AnyOf(of):
            return Some(tuple(criteria_of(one, table, catalog) for one in of))
        case NotMet(of):
            return Not(criteria_of(of, table, catalog))


_SIGNS: Final = {
    Operator.EQ: "=",
    Operator.NE: "IS DISTINCT FROM",
    Operator.LT: "<",
    Operator.LTE: "<=",
    Operator.GT: ">",
    Operator.GTE: ">=",
}


class Conditions:
    """Writes criteria as SQL; every table reference carries the organisation's predicate.

    ``fixed``: the values are part of the statement, and not bound by each execution.
    """

    def __init__(self, catalog: Catalog, text: StatementText, *, fixed: bool = False) -> None:
        self._catalog = catalog
        self._text = text
        self._value = text.fixed if fixed else text.value

    def condition(self, criteria: Criteria, table: Table, alias: str) -> str:
        """The criteria on the rows of ``alias``, which is ``table``."""
        match criteria:
            case Compare(column, operator, value):
                if operator is Operator.CONTAINS:
                    self._text.search(table, column)
                return self._compare(column, operator, value, alias=alias)
            case Every(of):
                return _joined(" AND ", [self.condition(item, table, alias) for item in of])
            case Some(of):
                return _joined(" OR ", [self.condition(item, table, alias) for item in of])
            case Not(of):
                return f"NOT coalesce({self.condition(of, table, alias)}, false)"
            case Through(relation, where):
                target, related = self._catalog.target(relation), self._text.alias()
                return "EXISTS (SELECT {})".format(
                    self._text.rows_of(
                        target,
                        self.related(relation, related, parent=alias),
                        self.condition(where, target, related),
                        alias=related,
                    )
                )

    def related(self, relation: Relation, alias: str, *, parent: str) -> str:
        """That a row of ``alias``, the relation's target, belongs to the row of ``parent``.

        Of ``parent`` only the columns are read that hold the keys: ``id`` for connections.
        """
        key = column_name(relation.key)
        match relation.cardinality:
            case Cardinality.ONE:
                return f"{alias}.id = {parent}.{key}"
            case Cardinality.MANY:
                return f"{alias}.{key} = {parent}.id"
            case Cardinality.LINKED:
                assert relation.link
                assert relation.far_key
                link, linked = self._catalog.tables[relation.link], self._text.alias()
                rows = self._text.rows_of(link, f"{linked}.{key} = {parent}.id", alias=linked)
                return f"{alias}.id IN (SELECT {linked}.{column_name(relation.far_key)} {rows})"

    def _compare(self, column: Column, operator: Operator, value: object, *, alias: str) -> str:
        name = f"{alias}.{column_name(column.name)}"
        if operator is Operator.IS_NULL:
            return f"{name} IS NULL" if value else f"{name} IS NOT NULL"
        if operator is Operator.HAS:
            return f"{self._value(value, 'text')} = ANY ({name})"
        sql_type = SQL_TYPES[column.kind]
        if operator is Operator.IN:
            return f"{name} = ANY ({self._value(value, f'{sql_type}[]')})"
        if value is CALLER:
            bound = self._text.subject()
        elif isinstance(value, Moment):
            bound = self._moment(value, column)
        else:
            bound = self._value(value, sql_type)
        match operator:
            case Operator.CONTAINS:
                return f"strpos({name}, {bound}) > 0"
            case Operator.STARTS_WITH:
                return f"starts_with({name}, {bound})"
            case _:
                return f"{name} {_SIGNS[operator]} {bound}"

    def _moment(self, moment: Moment, column: Column) -> str:
        """The database's clock: the same one for every process."""
        instant = f"(now() + {self._text.fixed(moment.offset, 'interval')})"
        return f"timezone('UTC', {instant})::date" if column.kind is Kind.DATE else instant


def _joined(word: str, parts: Sequence[str]) -> str:
    """All of no conditions is true, some of none is false."""
    if not parts:
        return "true" if word == " AND " else "false"
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"
