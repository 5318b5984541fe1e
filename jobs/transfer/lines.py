"""The rows of a file as text, in bounded memory whatever the file holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from jobs.transfer.problems import Code, RowRefused

ROW_BYTES: Final = 1024 * 1024
_BUFFER_BYTES: Final = 1024 * 1024
_MARK: Final = b"\xef\xbb\xbf"
_OTHER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """The text of one row with its line break, or what is wrong with it.

    ``number`` is the line on which the row begins, ``end`` the byte behind it.
    """

    number: int
    end: int
    text: str
    refusal: RowRefused | None = None


class FileRefused(Exception):
    """A file of which no row can be read."""

    def __init__(self, code: Code, rule: str) -> None:
        super().__init__(code, rule)
        self.code = code
        self.rule = rule


def lines_of(path: Path, *, quoted: bool) -> Iterator[Line]:
    """The rows of a file: its lines, or where they are ``quoted`` as in CSV, several lines each.

    Raises: FileRefused, also later, where reading fails.
    """
    try:
        with path.open("rb", buffering=_BUFFER_BYTES) as file:
            if file.read(2) in _OTHER_MARKS:
                raise FileRefused(Code.BAD_ENCODING, "must be UTF-8, and is UTF-16")
            file.seek(0)
            start = len(_MARK) if file.read(len(_MARK)) == _MARK else 0
            file.seek(start)
            yield from _rows(file, start, _quoted_rows if quoted else _plain_rows)
    except OSError as error:
        rule = f"can't be read: {error.strerror or error}"
        raise FileRefused(Code.UNREADABLE, rule) from error


@dataclass(frozen=True, slots=True)
class _Skipped:
    """A line that is too large to be kept."""

    size: int
    quotes: int


_Piece = tuple[int, bytes | RowRefused, int]


def _rows(
    file: BinaryIO, start: int, pieces: Callable[[Iterator[bytes | _Skipped]], Iterator[_Piece]]
) -> Iterator[Line]:
    end = start
    for number, row, size in pieces(_physical(file)):
        end += size
        if isinstance(row, RowRefused):
            yield Line(number, end, "", row)
        elif b"\0" in row:
            yield Line(number, end, "", _NUL)
        else:
            try:
                yield Line(number, end, row.decode())
            except UnicodeDecodeError:
                yield Line(number, end, "", _ENCODING)


_NUL: Final = RowRefused(Code.NUL_BYTE, "must not contain the character U+0000")
_ENCODING: Final = RowRefused(Code.BAD_ENCODING, "must be UTF-8")
_TOO_LARGE: Final = RowRefused(Code.ROW_TOO_LARGE, f"must not be larger than {ROW_BYTES} bytes")
_OPEN_QUOTE: Final = RowRefused(
    Code.UNFINISHED_ROW,
    f"opens a quote that isn't closed within {ROW_BYTES} bytes: nothing behind it was read",
)
_CUT: Final = RowRefused(
    Code.UNFINISHED_ROW, "must end with a line break: the file may have been cut off"
)


def _physical(file: BinaryIO) -> Iterator[bytes | _Skipped]:
    """The lines of a file."""
    while line := file.readline(ROW_BYTES + 1):
        if len(line) <= ROW_BYTES:
            yield line
            continue
        size, quotes = len(line), line.count(b'"')
        while line and not line.endswith(b"\n"):
            line = file.readline(_BUFFER_BYTES)
            size += len(line)
            quotes += line.count(b'"')
        yield _Skipped(size, quotes)


def _plain_rows(lines: Iterator[bytes | _Skipped]) -> Iterator[_Piece]:
    for number, line in enumerate(lines, start=1):
        if isinstance(line, bytes):
            yield number, line, len(line)
        else:
            yield number, _TOO_LARGE, line.size


def _quoted_rows(lines: Iterator[bytes | _Skipped]) -> Iterator[_Piece]:
    """Lines are joined while a quote is open.

    Where none closes it, the file ends there: what follows may be rows or the text of a cell, and
    text that somebody wrote into a cell must never become a row.
    """
    number = 1
    for line in lines:
        first, row, size, is_open = number, list[bytes](), 0, False
        piece: bytes | _Skipped | None = line
        while piece is not None:
            number += 1
            if isinstance(piece, bytes):
                size += len(piece)
                is_open ^= piece.count(b'"') % 2 == 1
                row.append(piece)
            else:
                size += piece.size
                is_open ^= piece.quotes % 2 == 1
            piece = next(lines, None) if is_open and size <= ROW_BYTES else None
        if is_open:
            yield first, _OPEN_QUOTE, size
            return
        if size > ROW_BYTES:
            yield first, _TOO_LARGE, size
            continue
        whole = b"".join(row)
        # A cell that was cut off can't be told from a shorter one, but for the break behind it.
        yield first, whole if whole.endswith((b"\n", b"\r")) else _CUT, size
