"""JSON Lines and CSV: rows as mappings of field names to JSON values, read and written.

A CSV cell is empty for null; a text that is empty is the cell of two quotes. Lists and JSON stand
in it as JSON text. Source: RFC 4180; jsonlines.org.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from jobs.transfer.lines import ROW_BYTES, FileRefused, Line, lines_of
from jobs.transfer.problems import Code, RowRefused
from models.columns import Kind
from models.describe import Column, Table

Values = Mapping[str, Any]


class Format(StrEnum):
    """How a file holds its rows."""

    jsonl = "jsonl"
    csv = "csv"


SUFFIXES: Final[Mapping[str, Format]] = {
    ".jsonl": Format.jsonl,
    ".ndjson": Format.jsonl,
    ".csv": Format.csv,
}


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as the file has it, or what is wrong with it. ``end`` is the byte behind it."""

    line: int
    end: int
    values: Values
    refusal: RowRefused | None = None


def read_rows(path: Path, table: Table, format: Format) -> Iterator[RawRow]:
    """The rows of a file, one after another, the broken ones in their places.

    Raises: FileRefused.
    """
    if format is Format.jsonl:
        for line in lines_of(path, quoted=False):
            if line.refusal or not line.text.isspace():
                yield _read(line, _json_object)
        return
    lines = lines_of(path, quoted=True)
    header = next(lines, None)
    if header is None:
        raise FileRefused(Code.BAD_HEADER, "the file is empty: its first line names the fields")
    names = header_of(header)
    if not any(name in table.by_field for name in names):
        rule = f"names no field of {table.type}: the first line of a CSV file names the fields"
        raise FileRefused(Code.BAD_HEADER, rule)
    cells = _cells(table, names)
    for line in lines:
        if line.refusal or not line.text.isspace():
            yield _read(line, cells)


def header_of(line: Line) -> list[str]:
    """The names in the first line of a CSV file.

    Raises: FileRefused.
    """
    try:
        names = [] if line.refusal else [name.strip() for name in split_cells(line.text)]
    except RowRefused as error:
        raise FileRefused(Code.BAD_HEADER, f"is no CSV: {error.rule}") from error
    if line.refusal:
        code = line.refusal.code
        known = code in (Code.BAD_ENCODING, Code.NUL_BYTE)
        raise FileRefused(code if known else Code.BAD_HEADER, f"header: {line.refusal.rule}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileRefused(Code.BAD_HEADER, f"names {', '.join(twice)} twice")
    return names


def split_cells(text: str) -> list[str]:
    """The cells of one CSV row.

    Raises: RowRefused.
    """
    # The module's own limit is one for all of its users; a row here is bounded by its bytes.
    if csv.field_size_limit() < ROW_BYTES:
        csv.field_size_limit(ROW_BYTES)
    try:
        return next(csv.reader((text,), strict=True))
    except (csv.Error, StopIteration) as error:
        raise RowRefused(Code.BROKEN_ROW, f"is no CSV: {error}") from error


def _read(line: Line, read: Callable[[str], Values]) -> RawRow:
    if line.refusal:
        return RawRow(line.number, line.end, {}, line.refusal)
    try:
        return RawRow(line.number, line.end, read(line.text))
    except RowRefused as refusal:
        return RawRow(line.number, line.end, {}, refusal)


def _json_object(text: str) -> Values:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RowRefused(Code.BROKEN_ROW, f"is no JSON: {error.msg} at {error.colno}") from error
    if not isinstance(value, dict):
        raise RowRefused(Code.BROKEN_ROW, "must be a JSON object")
    return value


def _cells(table: Table, names: Sequence[str]) -> Callable[[str], Values]:
    columns = [table.by_field.get(name) for name in names]

    def read(text: str) -> Values:
        cells = split_cells(text)
        if len(cells) != len(names):
            rule = f"has {len(cells)} cells where the header has {len(names)}"
            raise RowRefused(Code.BROKEN_ROW, rule)
        return {
            name: _value(column, cell)
            for name, column, cell in zip(names, columns, cells, strict=True)
            # What can't be empty has its default where nothing is said.
            if cell or column is None or column.nullable or not column.has_default
        }

    return read


_QUOTES: Final = re.compile('""+')
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")


def _value(column: Column | None, cell: str) -> object:
    """The JSON value of a cell; where the text is none of its kind, the text."""
    if not cell:
        return None
    match column.kind if column else None:
        case Kind.TEXT:
            return cell[2:] if _QUOTES.fullmatch(cell) else cell
        case Kind.INTEGER:
            return int(cell) if _INTEGER.fullmatch(cell) else cell
        case Kind.FLOAT:
            try:
                return float(cell)
            except ValueError:
                return cell
        case Kind.BOOLEAN:
            return {"true": True, "false": False}.get(cell.lower(), cell)
        case Kind.TEXT_LIST | Kind.JSON:
            try:
                return orjson.loads(cell)
            except orjson.JSONDecodeError as error:
                assert column
                raise RowRefused(
                    Code.BAD_VALUE, f"must be JSON: {error.msg} at {error.colno}", column.field
                ) from error
        case _:
            return cell


Encoder = Callable[[Values], bytes]


def encoder_of(table: Table, format: Format) -> tuple[bytes, Encoder]:
    """What begins a file of the type, and what writes a row given as JSON values."""
    if format is Format.jsonl:
        return b"", lambda values: orjson.dumps(values, option=LINE)
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def encode(values: Values) -> bytes:
        writer.writerow([_cell(column, values[column.field]) for column in table.columns])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode()

    header = ",".join(column.field for column in table.columns)
    return f"{header}\r\n".encode(), encode


LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS


def _cell(column: Column, value: object) -> str:
    if value is None:
        return ""
    match column.kind:
        case Kind.TEXT:
            text = str(value)
            return f'""{text}' if not text or _QUOTES.fullmatch(text) else text
        case Kind.BOOLEAN | Kind.TEXT_LIST | Kind.JSON | Kind.FLOAT:
            return orjson.dumps(value).decode()
        case _:
            return str(value)
