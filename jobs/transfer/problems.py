"""What can be wrong with a file or a row: a stable code for programs, plain words for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.base import camel_case
from models.describe import Table
from repository.errors import (
    Duplicate,
    ReferenceMissing,
    RepositoryError,
    ValueRefused,
)
from repository.loading import Circle


class Code(StrEnum):
    """What a program can rely on."""

    UNKNOWN_FILE = "UNKNOWN_FILE"
    """Neither JSON Lines nor CSV."""

    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    """The file's name is that of no type."""

    TYPE_REFUSED = "TYPE_REFUSED"
    """A type that only the service writes."""

    UNREADABLE = "UNREADABLE"
    """The file can't be opened or read."""

    BAD_ENCODING = "BAD_ENCODING"
    """Not UTF-8."""

    BAD_HEADER = "BAD_HEADER"
    """The first line of a CSV file doesn't name fields of the type."""

    ROWS_MISSING = "ROWS_MISSING"
    """The file has fewer or more rows than the manifest beside it says."""

    NUL_BYTE = "NUL_BYTE"
    """U+0000, which no value may hold."""

    BROKEN_ROW = "BROKEN_ROW"
    """Not a row of the format."""

    UNFINISHED_ROW = "UNFINISHED_ROW"
    """The file ends inside a row."""

    ROW_TOO_LARGE = "ROW_TOO_LARGE"
    """More bytes than a row may have."""

    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    """The type has no such field."""

    FIELD_REFUSED = "FIELD_REFUSED"
    """A field that no row may set."""

    MISSING_FIELD = "MISSING_FIELD"
    """A field that must have a value has none."""

    BAD_VALUE = "BAD_VALUE"
    """The value breaks a rule of the field."""

    DUPLICATE_ID = "DUPLICATE_ID"
    """An earlier row of the import has the same id."""

    DUPLICATE = "DUPLICATE"
    """Another record has the value of a unique key already."""

    CONFLICT = "CONFLICT"
    """A record with this id is there, with other content."""

    REFERENCE_MISSING = "REFERENCE_MISSING"
    """The record that is referred to is not there."""

    UNKNOWN_USER = "UNKNOWN_USER"
    """Nobody in the organisation has this address."""

    CIRCLE = "CIRCLE"
    """The record would lead back to itself."""

    REFUSED = "REFUSED"
    """The database refuses the row for another reason."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``line`` counts from 1; None where it is about the whole file.

    Names fields and rules, never values: a report may lie where the data must not.
    """

    file: str
    line: int | None
    type: str | None
    code: Code
    rule: str
    field: str | None = None

    def as_json(self) -> Mapping[str, object]:
        """The form in reports."""
        return {
            "file": self.file,
            "line": self.line,
            "type": self.type,
            "field": self.field,
            "code": self.code.value,
            "rule": self.rule,
        }

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f" {self.field}" if self.field else ""
        text = f"{place}: {self.code}{subject}: {self.rule}"
        # Names come from files, and a terminal would obey what they say to it.
        return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


class RowRefused(Exception):
    """A row that breaks a rule."""

    def __init__(self, code: Code, rule: str, field: str | None = None) -> None:
        super().__init__(code, rule, field)
        self.code = code
        self.rule = rule
        self.field = field


def refusal_of(error: RepositoryError, table: Table) -> RowRefused:
    """What the database says of a row, as a refusal of the row."""
    match error:
        case Duplicate(columns=("id",)):
            return RowRefused(Code.CONFLICT, "a record with this id is there already", "id")
        case Duplicate(columns=columns):
            fields = ", ".join(map(camel_case, columns))
            return RowRefused(Code.DUPLICATE, "another record has this value already", fields)
        case ReferenceMissing(column=column):
            rule = "must be the id of a record that is there"
            return RowRefused(Code.REFERENCE_MISSING, rule, _field(column))
        case Circle(column=column):
            return RowRefused(Code.CIRCLE, "must not lead back to the record", _field(column))
        case ValueRefused(column=column):
            return RowRefused(Code.REFUSED, "is a value the database refuses", _field(column))
        case _:
            return RowRefused(Code.REFUSED, f"{error} ({table.type})")


def _field(column: str | None) -> str | None:
    return camel_case(column) if column else None
