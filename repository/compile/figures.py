"""Aggregates as SQL."""

from models.columns import Kind
from models.describe import Catalog
from repository.compile.json_text import (
    Piece,
    column_pieces,
    joined,
    name_pieces,
    object_pieces,
    value_pieces,
)
from repository.criteria import Conditions
from repository.reading import Constant, Field, Fields, Figure, Figures, Part
from repository.sql import StatementText
from repository.statements import Aggregation


def figures_text(figures: Figures, catalog: Catalog, text: StatementText) -> str:
    """SELECT of the text of an aggregate."""
    row = text.alias()
    answer = joined(object_pieces((key, _part(field, row)) for key, field in figures.fields))
    if not _has_figure(figures.fields):
        return f"SELECT {answer}"
    condition = Conditions(catalog, text).condition(figures.where, figures.table, row)
    return f"SELECT {answer} {text.rows_of(figures.table, condition, alias=row)}"


def _has_figure(fields: Fields) -> bool:
    return any(
        isinstance(field, Figure) or (isinstance(field, Part) and _has_figure(field.fields))
        for _, field in fields
    )


def _part(field: Field, row: str) -> list[Piece]:
    match field:
        case Constant(name):
            return name_pieces(name)
        case Figure(aggregation):
            return _figure(aggregation, row)
        case Part(_, fields):
            return object_pieces((key, _part(inner, row)) for key, inner in fields)
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
