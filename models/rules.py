"""What a model must keep to. A model that breaks a rule stops the start.

The message names the class, the column and the fix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from models.base import Model, camel_case
from models.columns import ColumnExposure, Kind, traits_of
from models.conditions import (
    CALLER,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Moment,
    NotMet,
    Operator,
    Related,
)

if TYPE_CHECKING:
    from models.describe import Table

_NAME_BYTES: Final = 63


class ModelError(Exception):
    """A model that can't be served; the message names the class, the column and the fix."""


def check_keys(model: type[Model], models: Mapping[str, type[Model]]) -> None:
    """The composite keys stand, and no reference leaves the organisation."""
    core = model.__table__
    assert isinstance(core, sa.Table)
    exposure = model.__options__.exposure
    if [column.name for column in core.primary_key] != ["org_id", "id"]:
        raise ModelError(
            f"{model.__name__} has a primary key of its own: "
            f"drop primary_key=True, the key is (org_id, id)"
        )
    names = [constraint.name for constraint in core.constraints]
    names += [index.name for index in core.indexes]
    for name in sorted(str(name) for name in names):
        if len(name.encode()) > _NAME_BYTES:
            raise ModelError(
                f"{model.__name__} makes the name {name}, which PostgreSQL would cut off: "
                f"shorten the model's or the column's name"
            )
    for column in core.columns:
        traits = traits_of(column)
        if traits and traits.reference and traits.reference.target not in models:
            raise ModelError(
                f"{model.__name__}.{column.name} refers to {traits.reference.target}, "
                f"which is no org-owned model here: name a model class, or load its package"
            )
        acyclic = traits and traits.reference and traits.reference.acyclic
        if acyclic and traits and traits.reference and traits.reference.target != model.__name__:
            raise ModelError(
                f"{model.__name__}.{column.name} is acyclic and leads to another type: "
                f"drop acyclic=True, only references to {model.__name__} itself lead back"
            )
        cascades = traits and traits.reference and traits.reference.cascade
        if cascades and exposure.read and not exposure.delete:
            raise ModelError(
                f"{model.__name__}.{column.name} would delete records that clients can't: "
                f"drop cascade=True, or let the exposure delete"
            )
        if cascades and traits and traits.reference and not traits.reference.inverse:
            raise ModelError(
                f"{model.__name__}.{column.name} deletes with its target unseen: "
                f"name the inverse, so that the scope to delete is asked for"
            )
    for constraint in core.foreign_key_constraints:
        names = [column.name for column in constraint.columns]
        targets = [element.target_fullname.rsplit(".", 1)[-1] for element in constraint.elements]
        if names[0] != "org_id" or targets[0] != "org_id":
            raise ModelError(
                f"{model.__name__}.{names[0]} has a foreign key out of the organisation: "
                f"declare the column with reference(...), which makes a composite key"
            )
    for index in core.indexes:
        if index.unique and next(iter(index.columns)).name != "org_id":
            raise ModelError(
                f"{model.__name__} has a unique index {index.name} over all organisations: "
                f"use Options(unique=...), which puts org_id first"
            )
    for unique in core.constraints:
        if isinstance(unique, sa.UniqueConstraint) and next(iter(unique.columns)).name != "org_id":
            raise ModelError(
                f"{model.__name__}.{next(iter(unique.columns)).name} is unique over all "
                f"organisations: use Options(unique=...), which puts org_id first"
            )


def check_names(tables: Mapping[str, Table]) -> None:
    """No two fields of a type and no two root fields share a name."""
    roots: dict[str, str] = {}
    for table in tables.values():
        names = [column.field for column in table.columns]
        names += [relation.field for relation in table.relations]
        names += [computed.field for computed in table.computed]
        for name in names:
            if names.count(name) > 1:
                raise ModelError(f"{table.type}.{name} is declared twice: rename one of them")
        for root in (table.singular, table.plural):
            if root in roots:
                raise ModelError(
                    f"{table.type} and {roots[root]} both make the root field {root}: "
                    f"give one of them Options(plural=...)"
                )
            roots[root] = table.type


def check_filled(model: type[Model]) -> None:
    """What clients create has a value in each column that must have one."""
    core = model.__table__
    assert isinstance(core, sa.Table)
    if not model.__options__.exposure.create:
        return
    for column in core.columns:
        traits = traits_of(column)
        closed = traits and traits.exposure in (ColumnExposure.READ_ONLY, ColumnExposure.HIDDEN)
        if closed and not column.primary_key and not column.nullable and not column.server_default:
            raise ModelError(
                f"{model.__name__}.{column.name} must be filled and clients can't set it: "
                f"give it a default, let it be None, or take create from the exposure"
            )


def check_choices(model: type[Model]) -> None:
    """Moves stay within the values of their column; lists hold names that are stored as such."""
    core = model.__table__
    assert isinstance(core, sa.Table)
    for column in core.columns:
        traits = traits_of(column)
        if traits is None or traits.choices is None:
            continue
        values = {choice.value for choice in traits.choices}
        if traits.kind is Kind.TEXT_LIST and values != {choice.name for choice in traits.choices}:
            raise ModelError(
                f"{model.__name__}.{column.name} lists {traits.choices.__name__}, whose names and "
                f"values differ: make them the same"
            )
        if traits.transitions and column.server_default is None:
            raise ModelError(
                f"{model.__name__}.{column.name} has transitions and no default: "
                f"say with default=... where a record begins"
            )
        for name, transition in traits.transitions.items():
            for value in (*transition.sources, transition.target):
                if value not in values:
                    raise ModelError(
                        f"{model.__name__}.{column.name} has a transition {name} from or to "
                        f"{value}, which is no {traits.choices.__name__}"
                    )


def check_conditions(tables: Mapping[str, Table]) -> None:
    """Row rules and guards speak of columns and relations that are there."""
    for table in tables.values():
        for rule in table.row_rules:
            _check_condition(rule.allows, table, tables)
        guards = [*table.guards, *([table.editable] if table.editable else [])]
        for column in table.columns:
            for transition in column.transitions.values():
                guards += transition.guards
        for guard in guards:
            _check_condition(guard.requires, table, tables)
        for unique, (column_name, value) in table.unique_while.items():
            for name in (*unique, column_name):
                if name not in table.by_name:
                    raise ModelError(
                        f"{table.type} is unique by {name}, which is no column of it: "
                        f"name columns of {table.type} in unique_while"
                    )
            choices = table.by_name[column_name].choices
            if choices is not None and value not in {choice.value for choice in choices}:
                raise ModelError(
                    f"{table.type} is unique while {column_name} is {value}, "
                    f"which is no {choices.__name__}: name one of its values"
                )


def _check_condition(condition: Condition, table: Table, tables: Mapping[str, Table]) -> None:
    match condition:
        case Comparison():
            _check_comparison(condition, table)
        case Related(name, where):
            found = [one for one in table.relations if one.field == camel_case(name)]
            if not found:
                raise ModelError(
                    f"A condition on {table.type} names {name}, no relation of it: name a "
                    f"reference without its _id, or the inverse that a reference declares"
                )
            _check_condition(where, tables[found[0].target], tables)
        case AllOf(of) | AnyOf(of):
            for one in of:
                _check_condition(one, table, tables)
        case NotMet(one):
            _check_condition(one, table, tables)


def _check_comparison(comparison: Comparison, table: Table) -> None:
    name, operator, value = comparison.column, comparison.operator, comparison.value
    column = table.by_name.get(name)
    if column is None:
        raise ModelError(
            f"A condition on {table.type} names {name}, no column of it: "
            f"name one as the model does, such as {table.columns[-1].name}"
        )
    place = f"A condition compares {table.type}.{name}"
    if isinstance(value, Moment) and column.kind not in (Kind.TIMESTAMP, Kind.DATE):
        raise ModelError(f"{place} with a time: name a timestamp or a date")
    if value is CALLER and column.kind is not Kind.TEXT:
        raise ModelError(f"{place} with a subject: name the column that holds subjects")
    if value is CALLER and not table.administered:
        raise ModelError(
            f"{place} with the caller, and whoever writes {table.type} could become somebody else: "
            f"declare it Options(administered=True)"
        )
    if operator is Operator.IS_NULL:
        return
    if (operator is Operator.HAS) != (column.kind is Kind.TEXT_LIST):
        raise ModelError(f"{place} by {operator}: has(...) is for lists, and lists are for it")
    if operator is Operator.STARTS_WITH and column.kind is not Kind.TEXT:
        raise ModelError(f"{place} by {operator}: begins_with(...) is for text")
    if column.choices is not None:
        known = {choice.value for choice in column.choices}
        for one in value if isinstance(value, tuple) else (value,):
            if one not in known:
                raise ModelError(
                    f"{place} with {one}, which is no {column.choices.__name__}: "
                    f"name one of its values"
                )
