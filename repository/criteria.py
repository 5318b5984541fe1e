"""Conditions on records, as values, and as the SQL both ways of reading share.

A condition is a tree; its *shape* is the tree without its values. Statements are built once per
shape and kept; each execution binds the values in the order in which the tree is walked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.describe import Cardinality, Catalog, Column, Relation, Table
from repository.binds import Binds


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
class Compare:
    """``column`` compared with ``value``; for IN the value is a list."""

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
        case Compare(_, Operator.IS_NULL, _):
            pass
        case Compare(_, _, value):
            yield value
        case Every(of) | Some(of):
            for item in of:
                yield from values(item)
        case Not(of) | Through(_, of):
            yield from values(of)


class Conditions:
    """Turns criteria into SQL; every table reference carries the organisation's predicate."""

    def __init__(self, catalog: Catalog, binds: Binds) -> None:
        self._catalog = catalog
        self._binds = binds

    def condition(
        self, criteria: Criteria, table: Table, alias: sa.FromClause
    ) -> sa.ColumnElement[bool]:
        """The criteria on the rows of ``alias``, which is ``table``."""
        match criteria:
            case Compare(column, operator, value):
                return self._compare(alias.c[column.name], operator, value)
            case Every(of):
                return sa.and_(sa.true(), *(self.condition(item, table, alias) for item in of))
            case Some(of):
                return sa.or_(sa.false(), *(self.condition(item, table, alias) for item in of))
            case Not(of):
                return sa.not_(sa.func.coalesce(self.condition(of, table, alias), sa.false()))
            case Through(relation, where):
                target = self._catalog.target(relation)
                related = target.core.alias()
                return sa.exists(
                    sa.select(sa.literal_column("1"))
                    .select_from(related)
                    .where(
                        self.owned(related),
                        self.related(relation, related, parent=alias),
                        self.condition(where, target, related),
                    )
                    .correlate_except(related)
                )

    def owned(self, alias: sa.FromClause) -> sa.ColumnElement[bool]:
        """That a row belongs to the organisation: on every table reference there is."""
        return alias.c.org_id == self._binds.org_id

    def related(
        self, relation: Relation, alias: sa.FromClause, *, parent: sa.FromClause
    ) -> sa.ColumnElement[bool]:
        """That a row of ``alias``, the relation's target, belongs to the row of ``parent``.

        Of ``parent`` only the columns are read that hold the keys: ``id`` for connections.
        """
        match relation.cardinality:
            case Cardinality.ONE:
                return alias.c.id == parent.c[relation.key]
            case Cardinality.MANY:
                return alias.c[relation.key] == parent.c.id
            case Cardinality.LINKED:
                assert relation.link
                assert relation.far_key
                link = self._catalog.tables[relation.link].core.alias()
                return alias.c.id.in_(
                    sa.select(link.c[relation.far_key])
                    .where(self.owned(link), link.c[relation.key] == parent.c.id)
                    .correlate_except(link)
                )

    def _compare(
        self, column: sa.ColumnElement[Any], operator: Operator, value: object
    ) -> sa.ColumnElement[bool]:
        if operator is Operator.IS_NULL:
            return column.is_(None) if value else column.is_not(None)
        if operator is Operator.IN:
            return column == sa.func.any(self._binds.value(postgresql.ARRAY(column.type)))
        if operator is Operator.HAS:
            return self._binds.value(sa.Text()) == sa.func.any(column)
        bound = self._binds.value(column.type)
        match operator:
            case Operator.EQ:
                return column == bound
            case Operator.NE:
                return column.is_distinct_from(bound)
            case Operator.LT:
                return column < bound
            case Operator.LTE:
                return column <= bound
            case Operator.GT:
                return column > bound
            case Operator.GTE:
                return column >= bound
            case Operator.CONTAINS:
                return sa.func.strpos(column, bound) > sa.literal_column("0")
            case _:
                return sa.func.starts_with(column, bound)
