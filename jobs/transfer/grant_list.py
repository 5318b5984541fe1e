"""The list of OAuth grants that an identity provider exports as CSV.

Columns are known by several names, in whatever case and with or without spaces, hyphens and
underscores; those that are known by none are passed over.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from jobs.transfer.formats import header_of, split_cells
from jobs.transfer.lines import FileRefused, Line, lines_of
from jobs.transfer.problems import Code, RowRefused
from models.describe import Column, Table
from resolvers.errors import BadInput
from resolvers.forms import read_timestamp
from resolvers.values import written_value

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("user", "user_email", "email", "user_key", "user_principal_name"),
    "app": (
        "app",
        "application",
        "app_name",
        "application_name",
        "client_name",
        "display_name",
        "display_text",
    ),
    "client_id": ("client_id", "app_id", "oauth_client_id"),
    "scopes": ("scopes", "scope"),
    "granted_at": ("granted_at", "authorized_at", "created_at"),
    "last_used_at": ("last_used_at", "last_used", "last_accessed_at"),
}
REQUIRED: Final = ("user", "app", "scopes")
MOST_SCOPES: Final = 100

# Source: RFC 6749, 3.3.
_SCOPE: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


@dataclass(frozen=True, slots=True)
class Consent:
    """That a person permitted an application something."""

    user: str
    app: str
    client_id: str | None
    scopes: tuple[str, ...]
    granted_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One row of the list, or what is wrong with it. ``end`` is the byte behind it."""

    line: int
    end: int
    consent: Consent | None
    refusal: RowRefused | None = None


class GrantList:
    """Reads lists by the rules of the columns that they fill."""

    def __init__(self, *, user: Table, application: Table, grant: Table) -> None:
        self._columns = {
            "user": user.by_name["email"],
            "app": application.by_name["name"],
            "client_id": application.by_name["client_id"],
            "scopes": grant.by_name["scope"],
        }

    def rows(self, path: Path) -> Iterator[ConsentRow]:
        """The rows of a file.

        Raises: FileRefused.
        """
        lines = lines_of(path, quoted=True)
        header = next(lines, None)
        if header is None:
            raise FileRefused(Code.BAD_HEADER, "the file is empty: its first line names columns")
        names = header_of(header)
        places = _places(names)
        for line in lines:
            if line.refusal:
                yield ConsentRow(line.number, line.end, None, line.refusal)
            elif not line.text.isspace():
                yield self._row(line, places, cells=len(names))

    def _row(self, line: Line, places: Mapping[str, int], *, cells: int) -> ConsentRow:
        try:
            found = split_cells(line.text)
            if len(found) != cells:
                rule = f"has {len(found)} cells where the header has {cells}"
                raise RowRefused(Code.BROKEN_ROW, rule)
            values = {name: " ".join(found[place].split()) for name, place in places.items()}
            return ConsentRow(line.number, line.end, self._consent(values))
        except RowRefused as refusal:
            return ConsentRow(line.number, line.end, None, refusal)

    def _consent(self, values: Mapping[str, str]) -> Consent:
        for name in REQUIRED:
            if not values[name]:
                raise RowRefused(Code.MISSING_FIELD, "must have a value", name)
        scopes = tuple(dict.fromkeys(values["scopes"].split(" ")))
        if len(scopes) > MOST_SCOPES:
            rule = f"must not have more than {MOST_SCOPES} entries"
            raise RowRefused(Code.BAD_VALUE, rule, "scopes")
        for scope in scopes:
            if not _SCOPE.fullmatch(scope):
                raise RowRefused(Code.BAD_VALUE, "must be OAuth scopes", "scopes")
            _checked(self._columns["scopes"], scope, "scopes")
        for name in ("user", "app", "client_id"):
            if value := values.get(name):
                _checked(self._columns[name], value, name)
        return Consent(
            user=values["user"],
            app=values["app"],
            client_id=values.get("client_id") or None,
            scopes=scopes,
            granted_at=_moment(values, "granted_at"),
            last_used_at=_moment(values, "last_used_at"),
        )


def _places(header: Sequence[str]) -> Mapping[str, int]:
    """Where each known column stands."""
    known = {_plain(name): column for column, names in NAMES.items() for name in names}
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        column = known.get(_plain(name))
        if column is None:
            continue
        if column in places:
            rule = f"{header[places[column]]} and {name} both stand for {column}"
            raise FileRefused(Code.BAD_HEADER, rule)
        places[column] = place
    missing = [column for column in REQUIRED if column not in places]
    if missing:
        raise FileRefused(Code.BAD_HEADER, f"has no column for {', '.join(missing)}")
    return places


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).lower()


def _checked(column: Column, value: str, name: str) -> None:
    try:
        written_value(column, value, name)
    except BadInput as error:
        raise RowRefused(Code.BAD_VALUE, error.rule, name) from error


def _moment(values: Mapping[str, str], name: str) -> datetime | None:
    text = values.get(name)
    if not text:
        return None
    read: Callable[[object], datetime] = read_timestamp
    try:
        return read(text)
    except ValueError as error:
        raise RowRefused(Code.BAD_VALUE, str(error), name) from error
