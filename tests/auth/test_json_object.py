import pytest

from auth.json_object import MAX_DEPTH, read_json_object


def test_read_json_object_reads_one_object() -> None:
    assert read_json_object(b'{"a": {"b": [1, 2.5, null]}}') == {"a": {"b": [1, 2.5, None]}}


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": [{"b": 1, "b": 2}]}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a": 1} {"b": 2}',
        b"[]",
        b'"text"',
        b"null",
        b"",
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_read_json_object_refuses_more_than_one_reading(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_json_object(data)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_read_json_object_bounds_the_depth(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        inside = depth - 1
        return b'{"x":%s1%s}' % (opening * inside, closing * inside)

    assert read_json_object(nested(MAX_DEPTH - 1))
    with pytest.raises(ValueError, match="deeply"):
        read_json_object(nested(MAX_DEPTH))
    with pytest.raises(ValueError, match="deeply"):
        read_json_object(nested(100_000))
