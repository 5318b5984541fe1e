import uuid
from dataclasses import FrozenInstanceError
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import MappedColumn

from models.classification import (
    Category,
    Classification,
    Level,
    confidential,
    internal,
    public,
    restricted,
)
from models.columns import (
    BIG_INTEGER_BOUNDS,
    INTEGER_BOUNDS,
    ColumnExposure,
    Kind,
    Reference,
    Traits,
    Transition,
    big_integer,
    boolean,
    choice,
    date,
    decimal,
    integer,
    json,
    number,
    reference,
    text,
    text_list,
    timestamp,
    traits_of,
)

BUSINESS = internal(Category.BUSINESS)


class Mood(StrEnum):
    GOOD = "GOOD"
    BAD = "BAD"


def traits(column: MappedColumn[Any]) -> Traits:
    found = traits_of(column.column)
    assert found is not None
    return found


CASES = [
    (
        text("A.", BUSINESS),
        Traits(Kind.TEXT, "A.", BUSINESS, max_length=200),
    ),
    (
        text(
            "A.",
            BUSINESS,
            max_length=9,
            pattern="x+",
            exposure=ColumnExposure.SET_ONCE,
            maskable=True,
            default="x",
        ),
        Traits(
            Kind.TEXT,
            "A.",
            BUSINESS,
            max_length=9,
            pattern="x+",
            exposure=ColumnExposure.SET_ONCE,
            maskable=True,
        ),
    ),
    (integer("A.", BUSINESS), Traits(Kind.INTEGER, "A.", BUSINESS, bounds=INTEGER_BOUNDS)),
    (
        integer("A.", BUSINESS, minimum=1, maximum=2),
        Traits(Kind.INTEGER, "A.", BUSINESS, bounds=(1, 2)),
    ),
    (
        big_integer("A.", BUSINESS),
        Traits(Kind.BIG_INTEGER, "A.", BUSINESS, bounds=BIG_INTEGER_BOUNDS),
    ),
    (number("A.", BUSINESS), Traits(Kind.FLOAT, "A.", BUSINESS)),
    (
        decimal("A.", BUSINESS, precision=5, scale=2),
        Traits(
            Kind.DECIMAL, "A.", BUSINESS, bounds=(Decimal("-999.99"), Decimal("999.99")), scale=2
        ),
    ),
    (boolean("A.", BUSINESS), Traits(Kind.BOOLEAN, "A.", BUSINESS)),
    (
        timestamp("A.", BUSINESS, exposure=ColumnExposure.READ_ONLY),
        Traits(Kind.TIMESTAMP, "A.", BUSINESS, exposure=ColumnExposure.READ_ONLY),
    ),
    (date("A.", BUSINESS), Traits(Kind.DATE, "A.", BUSINESS)),
    (choice("A.", BUSINESS, of=Mood), Traits(Kind.CHOICE, "A.", BUSINESS, choices=Mood)),
    (
        text_list("A.", BUSINESS, max_items=3, max_length=4),
        Traits(Kind.TEXT_LIST, "A.", BUSINESS, max_items=3, max_length=4),
    ),
    (json("A.", BUSINESS, max_bytes=5), Traits(Kind.JSON, "A.", BUSINESS, max_length=5)),
    (
        reference("Vendor", "A.", BUSINESS, inverse=("things", "Its things."), cascade=True),
        Traits(
            Kind.ID, "A.", BUSINESS, reference=Reference("Vendor", "things", "Its things.", True)
        ),
    ),
    (
        reference("Vendor", "A.", BUSINESS),
        Traits(Kind.ID, "A.", BUSINESS, reference=Reference("Vendor", None, "", False)),
    ),
]


@pytest.mark.parametrize(("column", "expected"), CASES)
def test_column_carries_its_traits(column: MappedColumn[Any], expected: Traits) -> None:
    assert traits(column) == expected
    assert column.column.comment == "A."


def test_every_kind_has_a_column_function() -> None:
    assert {expected.kind for _, expected in CASES} == set(Kind)


def test_choice_with_transitions_is_changed_by_them_only() -> None:
    move = Transition(("GOOD",), "BAD", "Spoils it.")
    changed = traits(choice("A.", BUSINESS, of=Mood, transitions={"spoil": move}))
    assert changed.transitions == {"spoil": move}
    assert changed.exposure is ColumnExposure.READ_ONLY
    fixed = traits(choice("A.", BUSINESS, of=Mood, exposure=ColumnExposure.READ_ONLY))
    assert fixed.exposure is ColumnExposure.READ_ONLY
    free = traits(choice("A.", BUSINESS, of=Mood))
    assert free.exposure is ColumnExposure.WRITABLE


def test_traits_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        traits(text("A.", BUSINESS)).maskable = True  # type: ignore[misc]


def test_traits_of_a_raw_column_are_absent() -> None:
    assert traits_of(sa.Column("a", sa.Uuid(), info={"palisade": "text"})) is None
    assert traits_of(sa.Column("a", sa.Uuid(), default=uuid.uuid4)) is None


@pytest.mark.parametrize(
    ("make", "level"),
    [
        (public, Level.PUBLIC),
        (internal, Level.INTERNAL),
        (confidential, Level.CONFIDENTIAL),
        (restricted, Level.RESTRICTED),
    ],
)
def test_classification_functions_name_their_level(make: Any, level: Level) -> None:
    assert make(Category.FINANCIAL) == Classification(level, Category.FINANCIAL)


def test_levels_are_ordered() -> None:
    assert Level.PUBLIC < Level.INTERNAL < Level.CONFIDENTIAL < Level.RESTRICTED
