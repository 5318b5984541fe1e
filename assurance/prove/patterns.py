"""Texts that match a column's pattern, one after the other, without trying any.

Knows what patterns of columns are made of: literals, classes, groups, alternatives, counts.
Source: POSIX.1-2024, extended regular expressions.
"""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice
from typing import Final

_CLASSES: Final = {
    "alpha": string.ascii_letters,
    "digit": string.digits,
    "alnum": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "xdigit": string.digits + "abcdef",
    "punct": string.punctuation,
    "space": " ",
}
_ESCAPES: Final = {
    "d": string.digits,
    "w": string.ascii_letters + string.digits + "_",
    "s": " ",
}
_ANY: Final = string.ascii_letters + string.digits
_ALL: Final = _ANY + string.punctuation + " "
# How much more than the least a repeated part is repeated.
_MORE: Final = 3
# Of a pattern's texts, as many as are counted.
_COUNTED: Final = 4096


class PatternUnknown(Exception):
    """A pattern with a part that no text is made for."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One of ``options``: of characters, or of sequences of pieces; ``least`` to ``most`` times."""

    options: str | tuple[tuple["_Piece", ...], ...]
    least: int = 1
    most: int = 1


def matches_of(pattern: str, *, longest: int) -> Iterator[str]:
    """Texts that match the whole pattern, none twice.

    Raises: PatternUnknown.
    """
    options = _Parser(pattern).parse()
    seen: set[str] = set()
    misses = 0
    for number in count():
        text, _ = _text(options, number)
        if len(text) <= longest and text not in seen:
            seen.add(text)
            misses = 0
            yield text
        misses += 1
        if misses > 10_000:
            return


def drawn_match(pattern: str, *, longest: int, number: int) -> str | None:
    """The text that the number chooses; None where there are fewer, or it is too long.

    Raises: PatternUnknown.
    """
    text, left = _text(_Parser(pattern).parse(), number)
    return text if left == 0 and len(text) <= longest else None


def nth_match(pattern: str, *, longest: int, index: int) -> str:
    """The text of this index, counted on from the first again where there are fewer.

    Raises: PatternUnknown.
    """
    found = _counted_matches(pattern, longest)
    if not found:
        raise PatternUnknown(f"{pattern} has no match that is short enough")
    return found[index % len(found)]


@lru_cache
def _counted_matches(pattern: str, longest: int) -> tuple[str, ...]:
    return tuple(islice(matches_of(pattern, longest=longest), _COUNTED))


def _text(options: tuple[tuple[_Piece, ...], ...], number: int) -> tuple[str, int]:
    """A text, and what is left of the number that chose among all there are."""
    number, chosen = divmod(number, len(options))
    made = []
    # From the end, so that texts differ there first.
    for piece in reversed(options[chosen]):
        number, more = divmod(number, piece.most - piece.least + 1)
        for _ in range(piece.least + more):
            if isinstance(piece.options, str):
                number, place = divmod(number, len(piece.options))
                made.append(piece.options[place])
            else:
                inner, number = _text(piece.options, number)
                made.append(inner)
    return "".join(reversed(made)), number


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._rest = list(pattern)
        self._pattern = pattern

    def parse(self) -> tuple[tuple[_Piece, ...], ...]:
        found = self._options()
        if self._rest:
            raise PatternUnknown(self._pattern)
        return found

    def _options(self) -> tuple[tuple[_Piece, ...], ...]:
        options: list[tuple[_Piece, ...]] = []
        pieces: list[_Piece] = []
        while self._rest and self._rest[0] != ")":
            if self._rest[0] == "|":
                self._rest.pop(0)
                options.append(tuple(pieces))
                pieces = []
            elif self._rest[0] in "^$":
                self._rest.pop(0)
            else:
                pieces.append(self._counted(self._one()))
        return (*options, tuple(pieces))

    def _one(self) -> str | tuple[tuple[_Piece, ...], ...]:
        match self._next():
            case "(":
                if "".join(self._rest[:2]) == "?:":
                    del self._rest[:2]
                inner = self._options()
                if self._next() != ")":
                    raise PatternUnknown(self._pattern)
                return inner
            case "[":
                return self._bracket()
            case ".":
                return _ANY
            case "\\":
                escaped = self._next()
                if escaped.isalnum() and escaped not in _ESCAPES:
                    raise PatternUnknown(self._pattern)
                return _ESCAPES.get(escaped, escaped)
            case "*" | "+" | "?" | "{":
                raise PatternUnknown(self._pattern)
            case literal:
                return literal

    def _bracket(self) -> str:
        without = self._rest[:1] == ["^"]
        if without:
            self._rest.pop(0)
        found: list[str] = []
        while not found or self._rest[0] != "]":
            character = self._next()
            if character == "[" and self._rest[:1] == [":"]:
                end = "".join(self._rest).index(":]")
                found += _CLASSES["".join(self._rest[1:end])]
                del self._rest[: end + 2]
            elif character == "\\":
                escaped = self._next()
                found += _ESCAPES.get(escaped, escaped)
            elif self._rest[:1] == ["-"] and self._rest[1:2] != ["]"]:
                self._rest.pop(0)
                found += map(chr, range(ord(character), ord(self._next()) + 1))
            else:
                found.append(character)
            if not self._rest:
                raise PatternUnknown(self._pattern)
        self._rest.pop(0)
        if not without:
            return "".join(dict.fromkeys(found))
        plain = [one for one in _ANY if one not in found]
        return "".join(plain or [one for one in _ALL if one not in found])

    def _counted(self, options: str | tuple[tuple[_Piece, ...], ...]) -> _Piece:
        match self._rest[:1]:
            case ["*"]:
                least, most = 0, _MORE
            case ["+"]:
                least, most = 1, _MORE
            case ["?"]:
                least, most = 0, 1
            case ["{"]:
                end = self._rest.index("}")
                low, comma, high = "".join(self._rest[1:end]).partition(",")
                del self._rest[:end]
                least = int(low)
                most = int(high) if high else least + (_MORE if comma else 0)
                # Two repetitions more are enough to differ.
                most = min(most, least + _MORE)
            case _:
                return _Piece(options)
        self._rest.pop(0)
        return _Piece(options, least, most)

    def _next(self) -> str:
        if not self._rest:
            raise PatternUnknown(self._pattern)
        return self._rest.pop(0)
