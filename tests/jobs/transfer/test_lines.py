"""Rows as text: what is broken is told, what is whole is kept, memory stays bounded."""

import tracemalloc
from pathlib import Path

import pytest

from jobs.transfer.lines import ROW_BYTES, FileRefused, lines_of
from jobs.transfer.problems import Code


def read(path: Path, content: bytes, *, quoted: bool = False) -> list[tuple[int, str]]:
    path.write_bytes(content)
    return [
        (line.number, line.refusal.code.value if line.refusal else line.text)
        for line in lines_of(path, quoted=quoted)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_lines_are_numbered_from_one(path: Path) -> None:
    assert read(path, b"a\n\nb") == [(1, "a\n"), (2, "\n"), (3, "b")]


def test_byte_order_mark_is_accepted(path: Path) -> None:
    assert read(path, b"\xef\xbb\xbfa\n") == [(1, "a\n")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_other_encodings_are_refused(path: Path, encoding: str) -> None:
    content = 'name\n"Zoë"\n'.encode(encoding)
    if encoding == "utf-16":
        with pytest.raises(FileRefused) as refused:
            read(path, content)
        assert refused.value.code is Code.BAD_ENCODING
    else:
        assert any(text in ("BAD_ENCODING", "NUL_BYTE") for _, text in read(path, content))
    assert read(path, 'name\n"Zoë"\n'.encode()) == [(1, "name\n"), (2, '"Zoë"\n')]


def test_broken_encoding_costs_its_own_row_only(path: Path) -> None:
    assert read(path, b"a\n\xff\nb\n") == [(1, "a\n"), (2, "BAD_ENCODING"), (3, "b\n")]


def test_nul_byte_costs_its_own_row_only(path: Path) -> None:
    assert read(path, b"a\nx\0y\nb\n") == [(1, "a\n"), (2, "NUL_BYTE"), (3, "b\n")]


@pytest.mark.parametrize("quoted", [False, True])
def test_row_over_the_limit_costs_itself_only(path: Path, quoted: bool) -> None:
    long = b"x" * (ROW_BYTES - 1) + b"\n"
    found = read(path, b"a\n" + b"x" + long + b"b\n", quoted=quoted)
    assert found == [(1, "a\n"), (2, "ROW_TOO_LARGE"), (3, "b\n")]
    assert read(path, long, quoted=quoted) == [(1, long.decode())]


def test_quoted_row_goes_over_lines(path: Path) -> None:
    content = b'a,"b\nc ""d""\n"\n e,f\n'
    assert read(path, content, quoted=True) == [(1, 'a,"b\nc ""d""\n"\n'), (4, " e,f\n")]


@pytest.mark.parametrize("rest", [b"x\n", b'1,"Mallory"\n', b"y\n" * (ROW_BYTES // 2)])
def test_open_quote_ends_the_file(path: Path, rest: bytes) -> None:
    """What somebody wrote into a cell must not be read as rows where its quote was cut off."""
    assert read(path, b'a\n1,"open\n' + rest.replace(b'"', b'""'), quoted=True) == [
        (1, "a\n"),
        (2, "UNFINISHED_ROW"),
    ]


def test_quoted_row_without_a_line_break_is_unfinished(path: Path) -> None:
    assert read(path, b"a\n1,Initech", quoted=True) == [(1, "a\n"), (2, "UNFINISHED_ROW")]
    assert read(path, b"a\n1,Initech\r", quoted=True) == [(1, "a\n"), (2, "1,Initech\r")]


@pytest.mark.parametrize("content", [b"x" * 20_000_000, b'"' + (b"y" * 999 + b"\n") * 20_000])
@pytest.mark.parametrize("quoted", [False, True])
def test_memory_is_bounded(path: Path, content: bytes, quoted: bool) -> None:
    path.write_bytes(content)
    tracemalloc.start()
    try:
        for _ in lines_of(path, quoted=quoted):
            pass
        assert tracemalloc.get_traced_memory()[1] < 8 * ROW_BYTES
    finally:
        tracemalloc.stop()


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        list(lines_of(tmp_path / "none", quoted=False))
    assert refused.value.code is Code.UNREADABLE
