"""Aggregates as SQL."""

from collections.abc import Sequence

from models.columns import Kind
from models.describe import Catalog
from repository.compile.json_text import (
    Literal,
    Piece,
    column_pieces,
    joined,
    name_pieces,
    object_pieces,
    value_pieces,
)
from repository.criteria import Conditions
from repository.reading import Constant, Field, Fields, Figure, Figures, Groups, Key, Part
from repository.sql import StatementText, column_name
from repository.statements import Aggregation, group_rows


def figures_text(figures: Figures, catalog: Catalog, text: StatementText) -> str:
    """SELECT of the text of an aggregate."""
    row = text.alias()
    answer = joined(object_pieces((key, _part(field, row, ())) for key, field in figures.fields))
    if not _has_figure(figures.fields):
        return f"SELECT {answer}"
    condition = Conditions(catalog, text).condition(figures.where, figures.table, row)
    return f"SELECT {answer} {text.rows_of(figures.table, condition, alias=row)}"


def groups_text(groups: Groups, catalog: Catalog, text: StatementText) -> str:
    """SELECT of the text of a list of groups."""
    row, group = text.alias(), text.alias()
    keys = tuple(column.name for column in groups.keys)
    answer = joined(object_pieces((key, _part(field, row, keys)) for key, field in groups.fields))
    condition = Conditions(catalog, text).condition(groups.where, groups.table, row)
    rows, order = group_rows(groups.table, groups.keys, condition, text=text, alias=row)
    limit = text.value(groups.limit, "integer")
    return (
        f"SELECT '[' || coalesce(string_agg({group}.text, ',' ORDER BY {group}.place), '') || ']' "
        f"FROM (SELECT {answer} AS text, row_number() OVER (ORDER BY {order}) AS place "
        f"{rows} ORDER BY {order} LIMIT {limit}) AS {group}"
    )


def _has_figure(fields: Fields) -> bool:
    return any(
        isinstance(field, Figure) or (isinstance(field, Part) and _has_figure(field.fields))
        for _, field in fields
    )


def _part(field: Field, row: str, keys: Sequence[str]) -> list[Piece]:
    match field:
        case Constant(name):
            return name_pieces(name)
        case Figure(aggregation):
            return _figure(aggregation, row)
        case Key(column):
            if column.name not in keys:
                return [Literal("null")]
            value = f"{row}.{column_name(column.name)}"
            return column_pieces(column, value, masked=False)
        case Part(_, fields):
            return object_pieces((key, _part(inner, row, keys)) for key, inner in fields)
        case _:
            raise AssertionError(field)


def _figure(aggregation: Aggregation, row: str) -> list[Piece]:
    value = aggregation.text(row)
    column = aggregation.column
    if column is None:
        return [f"{value}::text"]
    if aggregation.function in ("min", "max"):
        return column_pieces(column, value, masked=False, nullable=True)
    # Sums and averages of whole numbers leave their range: they are strings of all their digits.
    if column.kind is Kind.FLOAT:
        return value_pieces(Kind.FLOAT, f"to_json({value})", nullable=True)
    return value_pieces(Kind.DECIMAL, value, nullable=True)
