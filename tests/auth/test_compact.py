import pytest

from auth.compact import MAX_TOKEN_BYTES, read_compact_token
from auth.errors import TokenMalformed, TokenMissing

GOOD = "e30.eyJhIjoxfQ.AAAA"


def test_read_compact_token_reads_header_and_payload() -> None:
    token = read_compact_token(GOOD)
    assert (token.header, token.payload) == ({}, {"a": 1})


def test_read_compact_token_tells_a_missing_token() -> None:
    with pytest.raises(TokenMissing):
        read_compact_token("")


@pytest.mark.parametrize(
    "token",
    [
        "e30.eyJhIjoxfQ",
        "e30.eyJhIjoxfQ.",
        ".eyJhIjoxfQ.AAAA",
        "e30..AAAA",
        "e30.eyJhIjoxfQ.AAAA.",
        "e30.eyJhIjoxfQ.AAAA.AAAA",
        "..",
        f"{GOOD}=",
        f"{GOOD}\n",
        f" {GOOD}",
        "e30.eyJh IjoxfQ.AAAA",
        "e30.eyJh\nIjoxfQ.AAAA",
        "e30.eyJhIjoxfQ.AA+A",
        "e30.eyJhIjoxfQ.AA/A",
        "e30.eyJhIjoxfQ.AAA\u0410",
        "e30.eyJhIjoxfQ.AAA\uff21",
        "e30.eyJhIjoxfQ.AAA\x00",
        "e30.eyJhIjoxfQ.\ud800",
        "e30.eyJhIjoxfQ.A",
        "e30.eyJhIjoxfQ.AB",
        "e30.eyJhIjoxfQ.AAB",
        "e31.eyJhIjoxfQ.AAAA",
        "W10.eyJhIjoxfQ.AAAA",
        "e30.W10.AAAA",
    ],
    ids=repr,
)
def test_read_compact_token_refuses_any_other_form(token: str) -> None:
    with pytest.raises(TokenMalformed):
        read_compact_token(token)


def test_read_compact_token_bounds_the_size() -> None:
    largest = GOOD + "A" * (MAX_TOKEN_BYTES - len(GOOD) - 1)
    assert read_compact_token(largest).payload == {"a": 1}
    with pytest.raises(TokenMalformed):
        read_compact_token(largest + "AA")
