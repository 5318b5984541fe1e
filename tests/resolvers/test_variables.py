"""What of a variable decides the SQL, and where the rest is found again."""

from typing import Any

import pytest

from repository.reading import Variable
from resolvers.errors import BadInput
from resolvers.variables import Direction, Slot, checked, present, shape, slotted

SAME: list[tuple[Any, Any]] = [
    ("a", "b"),
    (1, 2),
    (1, "a"),
    (1.5, 2.5),
    ({"eq": "a"}, {"eq": "b"}),
    ({"name": {"eq": 1}}, {"name": {"eq": 2}}),
    (["a"], ["a", "b", "c"]),
    ([{"name": {"eq": "a"}}], [{"name": {"eq": "b"}}]),
    ([{"name": Direction.ASC}], [{"name": Direction.ASC}]),
]
DIFFERENT: list[tuple[Any, Any]] = [
    (None, "a"),
    (None, 0),
    (None, False),
    (True, False),
    (True, 1),
    (False, 0),
    (True, "a"),
    ([], ["a"]),
    ([], None),
    ({"a": 1}, {}),
    ({"a": 1}, {"b": 1}),
    ({"a": None}, {}),
    ({"a": None}, {"a": 1}),
    ({"a": True}, {"a": False}),
    ({"a": {"isNull": True}}, {"a": {"isNull": False}}),
    ([{"a": 1}], [{"a": 1}, {"a": 1}]),
    ([{"a": 1}], [{"b": 1}]),
    (Direction.ASC, Direction.DESC),
    ([{"a": Direction.ASC}], [{"a": Direction.DESC}]),
    ([{"a": Direction.ASC}, {"b": Direction.ASC}], [{"b": Direction.ASC}, {"a": Direction.ASC}]),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_shape_leaves_values_out(one: Any, other: Any) -> None:
    assert shape({"v": one}) == shape({"v": other})
    assert hash(shape({"v": one})) == hash(shape({"v": other}))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_shape_tells_apart_what_decides(one: Any, other: Any) -> None:
    assert shape({"v": one}) != shape({"v": other})


def test_shape_does_not_hold_a_value() -> None:
    marked = "canary-value"
    value = {"a": marked, "b": [marked], "c": [{"d": marked}], "e": {"f": marked}}
    assert marked not in repr(shape(value))


def test_slotted_leaves_are_found_again() -> None:
    value = {
        "where": {"and": [{"name": {"in": ["a"]}}, {"rank": {"gt": 1, "isNull": True}}]},
        "order": [{"name": Direction.DESC}],
        "nothing": None,
    }
    later = {
        "where": {"and": [{"name": {"in": ["b", "c"]}}, {"rank": {"gt": 2, "isNull": True}}]},
        "order": [{"name": Direction.DESC}],
        "nothing": None,
    }
    assert shape(value) == shape(later)
    made = {name: slotted(item, name) for name, item in value.items()}
    first, second = made["where"]["and"]
    names, rank = first["name"]["in"], second["rank"]["gt"]
    assert (names.value, names.later(later)) == (["a"], ["b", "c"])
    assert (rank.value, rank.later(later)) == (1, 2)
    assert second["rank"]["isNull"] is True
    assert made["order"] == [{"name": Direction.DESC}]
    assert made["nothing"] is None


def test_slotted_leaves_and_the_shape_are_all_of_a_value() -> None:
    """What is no slot is told apart by the shape: two values of one shape differ in slots alone."""

    def fixed(value: Any) -> Any:
        match value:
            case Slot():
                return "slot"
            case dict():
                return {key: fixed(item) for key, item in value.items()}
            case list():
                return [fixed(item) for item in value]
            case _:
                return value

    for one, other in SAME:
        assert fixed(slotted(one, "v")) == fixed(slotted(other, "v"))
    for one, other in DIFFERENT:
        assert fixed(slotted(one, "v")) != fixed(slotted(other, "v")) or (one, other) == ([], None)


def even(number: int) -> int:
    if number % 2:
        raise BadInput("number", "must be even")
    return number * 10


def test_checked_constant_is_checked_at_once() -> None:
    assert checked(2, even) == 20
    with pytest.raises(BadInput):
        checked(3, even)


def test_checked_slot_is_checked_now_and_later() -> None:
    variable = checked(Slot(2, ("n",)), even)
    assert isinstance(variable, Variable)
    assert variable.now == 20
    assert variable.later({"n": 4}) == 40
    with pytest.raises(BadInput):
        variable.later({"n": 5})
    with pytest.raises(BadInput):
        checked(Slot(3, ("n",)), even)


def test_checked_list_of_slots_and_constants_is_put_together_again() -> None:
    def listed(items: list[int]) -> list[int]:
        return [even(item) for item in items]

    variable = checked([Slot(2, ("a",)), 4, Slot(6, ("b", 1))], listed)
    assert isinstance(variable, Variable)
    assert variable.now == [20, 40, 60]
    assert variable.later({"a": 8, "b": [0, 10]}) == [80, 40, 100]
    with pytest.raises(BadInput):
        variable.later({"a": 8, "b": [0, 1]})
    assert checked([2, 4], listed) == [20, 40]


def test_present_is_the_value_of_this_request() -> None:
    assert present(1) == 1
    assert present(Slot(1, ("a",))) == 1
    assert present([Slot(1, ("a",)), 2]) == [1, 2]
