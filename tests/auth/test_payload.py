import json

import pytest

from auth.errors import ClaimMissing, TokenMalformed
from auth.payload import (
    MAX_SECONDS,
    find_claim,
    find_names,
    find_seconds,
    find_text,
    get_seconds,
    get_text,
)


def test_find_claim_follows_the_path() -> None:
    assert find_claim({"a": {"b": 1}}, ("a", "b")) == 1
    assert find_claim({"a.b": 1}, ("a.b",)) == 1


def test_find_claim_finds_nothing_where_a_name_is_absent() -> None:
    assert find_claim({"a": {}}, ("a", "b")) is None
    assert find_claim({}, ("a", "b")) is None


@pytest.mark.parametrize("payload", [{"a": None}, {"a": {"b": None}}, {"a": "b"}, {"a": ["b"]}])
def test_find_claim_refuses_null_and_a_path_through_a_leaf(payload: dict[str, object]) -> None:
    with pytest.raises(TokenMalformed):
        find_claim(payload, ("a", "b"))


@pytest.mark.parametrize("text", ["a", "Ada Lovelace", "ü@例", "x" * 255])
def test_find_text_takes_printable_text(text: str) -> None:
    assert find_text({"a": text}, ("a",)) == text


@pytest.mark.parametrize(
    "value",
    ["", "x" * 256, "a\x00", "a\n", "a\x7f", "\ud800", "\u202e", 1, True, ["a"], {"a": "b"}],
    ids=repr,
)
def test_find_text_refuses_what_cannot_be_stored_or_logged(value: object) -> None:
    with pytest.raises(TokenMalformed):
        find_text({"a": value}, ("a",))


def test_get_text_names_the_missing_claim() -> None:
    with pytest.raises(ClaimMissing) as caught:
        get_text({}, "sub")
    assert caught.value.claim == "sub"


@pytest.mark.parametrize("value", [0, 1, 1.5, MAX_SECONDS])
def test_find_seconds_takes_numbers(value: float) -> None:
    assert find_seconds({"exp": value}, "exp") == value


@pytest.mark.parametrize(
    "value",
    ["1", True, False, -1, -0.5, MAX_SECONDS + 1, 10**40, [1], {"a": 1}, json.loads("1e999")],
    ids=repr,
)
def test_find_seconds_refuses_anything_else(value: object) -> None:
    with pytest.raises(TokenMalformed):
        find_seconds({"exp": value}, "exp")


def test_get_seconds_names_the_missing_claim() -> None:
    with pytest.raises(ClaimMissing) as caught:
        get_seconds({}, "exp")
    assert caught.value.claim == "exp"


def test_find_names_takes_a_list_of_strings() -> None:
    assert find_names({"roles": ["a", "b"]}, ("roles",)) == ["a", "b"]
    assert find_names({}, ("roles",)) == []


@pytest.mark.parametrize("value", ["admin", {"admin": True}, ["a", 1], [["admin"]]], ids=repr)
def test_find_names_refuses_anything_else(value: object) -> None:
    with pytest.raises(TokenMalformed):
        find_names({"roles": value}, ("roles",))
