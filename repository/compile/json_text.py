"""JSON as SQL text: literals, and expressions that give JSON when the database joins them.

Joining text costs half of what ``json_build_object`` does, and ``||`` half of what ``concat`` does.
Keys are GraphQL names and type names, so a literal needs no escaping; values that can hold
anything go through ``to_json``. No piece is ever NULL: NULL would swallow what it is joined with.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.columns import Kind
from models.describe import Column
from repository.order import timestamp_text
from repository.sql import SQL_TYPES

# More are joined in groups, so that no expression is nested deep.
OPERANDS: Final = 40

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_STAMPS: Final = ("0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00")
_DAYS: Final = ("0001-01-01", "9999-12-31")
_IN_QUOTES: Final = (
    Kind.ID,
    Kind.BIG_INTEGER,
    Kind.DECIMAL,
    Kind.TIMESTAMP,
    Kind.DATE,
    Kind.CHOICE,
)
MASKED: Final = '"***"'


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands in the answer as it is."""

    text: str


Piece = Literal | str
Pieces = Sequence[Piece]


def object_pieces(fields: Iterable[tuple[str, Pieces]]) -> list[Piece]:
    """A JSON object."""
    pieces: list[Piece] = []
    for key, value in fields:
        assert _NAME.fullmatch(key), key
        pieces += [Literal(f'{"," if pieces else "{"}"{key}":'), *value]
    return [*pieces, Literal("}")] if pieces else [Literal("{}")]


def name_pieces(name: str) -> list[Piece]:
    """The name of a type, as a JSON string."""
    assert _NAME.fullmatch(name), name
    return [Literal(f'"{name}"')]


def joined(pieces: Pieces) -> str:
    """SQL for the text of all pieces."""
    operands: list[str] = []
    literal = ""
    for piece in pieces:
        if isinstance(piece, Literal):
            literal += piece.text
            continue
        if literal:
            operands.append(f"'{literal}'")
            literal = ""
        operands.append(piece)
    if literal:
        operands.append(f"'{literal}'")
    if len(operands) == 1 and operands[0] == f"'{literal}'":
        return f"{operands[0]}::text"
    while len(operands) > OPERANDS:
        operands = [
            f"({' || '.join(operands[start : start + OPERANDS])})"
            for start in range(0, len(operands), OPERANDS)
        ]
    return " || ".join(operands)


def column_pieces(
    column: Column, value: str, *, masked: bool, nullable: bool | None = None
) -> list[Piece]:
    """A column's value in its one JSON form. ``value`` is SQL for it.

    ``nullable``: whether it may be NULL, where that is not the column's own answer.
    """
    nullable = column.nullable if nullable is None else nullable
    if masked:
        if nullable:
            return [f"CASE WHEN {value} IS NULL THEN 'null' ELSE '{MASKED}' END"]
        return [Literal(MASKED)]
    return value_pieces(column.kind, _shown(column, value), nullable=nullable)


def value_pieces(kind: Kind, value: str, *, nullable: bool) -> list[Piece]:
    """A value of a kind; ``value`` is SQL for what stands there, in quotes where it needs them."""
    text = f"{value}::text"
    in_quotes = kind in _IN_QUOTES
    if nullable:
        return [
            f"""coalesce('"' || {text} || '"', 'null')"""
            if in_quotes
            else f"coalesce({text}, 'null')"
        ]
    return [Literal('"'), text, Literal('"')] if in_quotes else [text]


def _shown(column: Column, value: str) -> str:
    match column.kind:
        case Kind.TEXT | Kind.TEXT_LIST | Kind.FLOAT:
            return f"to_json({value})"
        case Kind.TIMESTAMP:
            return timestamp_text(_within(value, _STAMPS, column.kind))
        case Kind.DATE:
            return f"to_char({_within(value, _DAYS, column.kind)}, 'YYYY-MM-DD')"
        case Kind.CHOICE:
            return _choice(column, value)
        case _:
            return value


def _within(value: str, bounds: tuple[str, str], kind: Kind) -> str:
    """Infinity, and what lies before our era, as the first and the last instant there is."""
    first, last = (f"'{bound}'::{SQL_TYPES[kind]}" for bound in bounds)
    early = f"WHEN {value} < {first} THEN {first}"
    return f"CASE WHEN {value} > {last} THEN {last} {early} ELSE {value} END"


def _choice(column: Column, value: str) -> str:
    """The name of a choice, where it isn't what is stored."""
    assert column.choices is not None
    if all(choice.name == choice.value for choice in column.choices):
        return value
    cases = " ".join(
        f"WHEN '{_escaped(choice.value)}' THEN '{choice.name}'" for choice in column.choices
    )
    return f"(CASE {value} {cases} END)"


def _escaped(text: str) -> str:
    return text.replace("'", "''")
