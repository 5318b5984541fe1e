"""Values that only one organisation has, and finding them in whatever comes out.

Every id, text, long number, instant and far date of a record is one: it tells whose it is, and of
which type, column and row.
"""

import base64
import binascii
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from models.describe import Catalog

# Shorter ones could be anybody's.
_LEAST_DIGITS: Final = 8
_LEAST_CHARACTERS: Final = 10

_WORDS: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d+)?|\d[\d.]{6,}\d"
)
_MARKED: Final = re.compile(r"canary-([0-9a-f]{12})-")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}")


@dataclass(frozen=True, slots=True)
class Canary:
    """A value, and where it stands."""

    text: str
    org: str
    type: str
    column: str
    row: int

    def __str__(self) -> str:
        return f"{self.text!r}, {self.type}.{self.column} of record {self.row} of {self.org}"


class Canaries:
    """What one organisation has and no other."""

    def __init__(self, found: Iterable[Canary], *, mark: str, echoed: tuple[str, ...] = ()) -> None:
        """``echoed``: texts with the mark that mean nothing, wherever they are."""
        self.mark = mark
        self._echoed = echoed
        self.by_text = {one.text: one for one in found}
        # Texts that no mark tells: few, each looked for on its own.
        self._texts = [
            text for text in self.by_text if mark not in text and not _WORDS.fullmatch(text)
        ]

    def found_in(self, text: str, *, sent: Iterable[str] = ()) -> list[Canary]:
        """What of it is in a text, also behind base64. ``sent``: what may be echoed."""
        return list(dict.fromkeys(self._found(_parts(text, without=(*sent, *self._echoed)))))

    def without(self, texts: Iterable[str]) -> "Canaries":
        """The same without these."""
        left = set(texts)
        kept = (one for text, one in self.by_text.items() if text not in left)
        echoed = tuple(text for text in left if self.mark in text)
        return Canaries(kept, mark=self.mark, echoed=echoed)

    def _found(self, texts: Iterable[str]) -> Iterator[Canary]:
        for text in texts:
            if self.mark in text.lower():
                yield self._marked(text)
            for word in set(_WORDS.findall(text)):
                if canary := self.by_text.get(word):
                    yield canary
            for one in self._texts:
                if one in text:
                    yield self.by_text[one]

    def _marked(self, text: str) -> Canary:
        for one, canary in self.by_text.items():
            if self.mark in one and one in text:
                return canary
        place = text.lower().index(self.mark)
        return Canary(text[max(0, place - 20) : place + 60], "its organisation", "?", "?", 0)


def marks_in(text: str, *, sent: Iterable[str] = ()) -> Iterator[str]:
    """The marks of whatever organisations' texts, also behind base64."""
    for part in _parts(text, without=sent):
        yield from _MARKED.findall(part)


def _parts(text: str, *, without: Iterable[str]) -> list[str]:
    """The text and what is behind base64 in it, each without these."""
    left_out = tuple(without)
    plain = _stripped(text, left_out)
    return [plain, *(_stripped(part, left_out) for part in _decoded(plain))]


def _stripped(text: str, left_out: Iterable[str]) -> str:
    for one in left_out:
        text = text.replace(one, "")
    return text


def canaries_of(
    catalog: Catalog, rows: Mapping[str, list[dict[str, Any]]], *, org: str
) -> Iterator[Canary]:
    """Those of an organisation's records."""
    for type_name, records in rows.items():
        table = catalog.tables[type_name]
        for index, record in enumerate(records):
            for name, value in record.items():
                column = table.by_name.get(name)
                if name == "org_id" or (column and column.choices is not None):
                    continue
                for text in _texts(value):
                    yield Canary(text, org, type_name, name, index)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case UUID():
            yield str(value)
        case bool():
            return
        case int() | float() | Decimal():
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            if sum(map(str.isdigit, text)) >= _LEAST_DIGITS:
                yield text
        case datetime.datetime():
            # Moments of the present are everybody's.
            if value.year >= 2030:
                yield value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        case datetime.date():
            if value.year >= 2100:
                yield value.isoformat()
        case str():
            if len(value) >= _LEAST_CHARACTERS:
                yield value
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return


def _decoded(text: str) -> Iterator[str]:
    """What stands behind base64, as in a cursor."""
    for word in set(_BASE64.findall(text)):
        try:
            padded = word.rstrip("=") + "=" * (-len(word) % 4)
            yield base64.b64decode(padded, altchars=b"-_").decode("ascii")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
