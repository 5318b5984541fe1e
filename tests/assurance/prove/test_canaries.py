"""Canaries: what is one, and that it is found wherever it turns up."""

import base64
import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from assurance.prove.canaries import Canaries, canaries_of, marks_in
from assurance.prove.records import COUNT, make_population
from models.describe import Catalog

MARKS = ("0123456789a0", "ba9876543211")
ORG = UUID("00000000-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def populations(catalog: Catalog) -> list[dict[str, list[dict[str, Any]]]]:
    return [dict(make_population(catalog, mark, ORG).rows) for mark in MARKS]


@pytest.fixture(scope="module")
def canaries(catalog: Catalog, populations: list[Any]) -> list[Canaries]:
    return [
        Canaries(canaries_of(catalog, rows, org=mark), mark=mark)
        for mark, rows in zip(MARKS, populations, strict=True)
    ]


def test_a_population_is_the_same_for_a_mark(catalog: Catalog, populations: list[Any]) -> None:
    again = make_population(catalog, MARKS[0], ORG).rows
    assert again == populations[0]
    ids = [row["id"] for rows in again.values() for row in rows]
    assert len(set(ids)) == len(ids) == COUNT * len(again)
    assert {id.version for id in ids} == {7}


def test_nearly_no_canary_is_of_two_organisations(canaries: list[Canaries]) -> None:
    one, other = (set(each.by_text) for each in canaries)
    marked = [text for text in one if MARKS[0] in text]
    assert len(marked) > 200
    # What both have are words that the models' rules leave no choice for.
    assert all(MARKS[0] not in text and not text[0].isdigit() for text in one & other)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: f'{{"a":"{text}"}}',
        lambda text: f"before {text} after",
        lambda text: base64.urlsafe_b64encode(f'["x","{text}"]'.encode()).decode().rstrip("="),
    ],
    ids=["in JSON", "in a sentence", "behind base64"],
)
def test_every_canary_is_found(canaries: list[Canaries], wrap: Any) -> None:
    one, other = canaries
    for text, canary in list(one.by_text.items())[::7]:
        found = one.found_in(wrap(text))
        assert found, canary
        assert any(each.text == text for each in found), (canary, found)
        if text not in other.by_text:
            assert other.found_in(wrap(text)) == []


def test_a_canary_tells_where_it_stands(catalog: Catalog) -> None:
    moment = datetime.datetime(2040, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.UTC)
    rows = {
        "Vendor": [
            {
                "id": ORG,
                "name": "canary-0123456789a0-x",
                "founded": datetime.date(2345, 6, 7),
                "worth": Decimal("123456.7890"),
                "staff": 1_234_567_890,
                "seen_at": moment,
                "few": 12,
                "created_at": moment.replace(year=2026),
            }
        ]
    }
    found = Canaries(canaries_of(catalog, rows, org="B"), mark=MARKS[0])
    assert {canary.column for canary in found.by_text.values()} == {
        "id",
        "name",
        "founded",
        "worth",
        "staff",
        "seen_at",
    }
    (told,) = found.found_in('{"sum":"1234567890"}')
    assert str(told) == "'1234567890', Vendor.staff of record 0 of B"
    assert found.found_in("2040-05-06T07:08:09.123456Z")
    assert found.found_in(f"of {ORG}", sent=[str(ORG)]) == []


def test_marks_in_finds_any_mark_also_behind_base64() -> None:
    hidden = base64.urlsafe_b64encode(b'["canary-00000000000b-vendor-name-1"]').decode()
    text = f"canary-00000000000a-vendor-name-0 {hidden}"
    assert set(marks_in(text)) == {"00000000000a", "00000000000b"}
    assert set(marks_in(text, sent=["canary-00000000000a"])) == {"00000000000b"}
    assert set(marks_in(text, sent=["canary-00000000000b"])) == {"00000000000a"}
    assert list(marks_in("canary-of-nobody")) == []
