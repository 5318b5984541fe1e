"""Figures by groups: keys, order, limits, access; alike on both ways of reading."""

from collections import Counter
from typing import Any

import pytest

from auth.scopes import Role
from tests.rules.conftest import Office
from tests.rules.test_changes import error


async def groups(office: Office, query: str, subject: str = "nil", **options: Any) -> list[Any]:
    options.setdefault("role", Role.admin)
    answer = await office.read(query, subject, **options)
    found: list[Any] = answer["data"]["prospectsGrouped"]
    return found


async def test_groups_add_up(office: Office) -> None:
    query = (
        "{ prospectsGrouped(by: [ownerId]) { key { ownerId } count sum { amount odds } "
        "min { amount title } max { amount createdAt } avg { odds } __typename } }"
    )
    ann, bob = office.ids["ann"], office.ids["bob"]
    found = {group["key"]["ownerId"]: group for group in await groups(office, query)}
    assert set(found) == {str(ann), str(bob)}
    assert found[str(ann)]["sum"] == {"amount": "33.00", "odds": "150"}
    assert found[str(ann)]["min"] == {"amount": "10.00", "title": "ann 0"}
    assert found[str(ann)]["avg"]["odds"].startswith("50")
    assert [group["count"] for group in found.values()] == [3, 3]
    assert {group["__typename"] for group in found.values()} == {"ProspectGroup"}
    (own,) = await groups(office, query, "ann", role=Role.editor)
    assert own == found[str(ann)]
    assert await groups(office, query, "nil", role=Role.editor) == []


async def test_the_largest_group_comes_first_then_by_keys_with_null_last(office: Office) -> None:
    for index, slot in enumerate((5, 5, 4, None, None, None, None)):
        await office.add(
            "Prospect",
            f"more {index}",
            title=f"more {index}",
            owner_id=office.ids["ann"],
            firm_id=office.ids["firm"],
            slot=slot,
            odds=None,
        )
    query = "{ prospectsGrouped(by: [slot]%s) { key { slot } count } }"
    found = [(g["key"]["slot"], g["count"]) for g in await groups(office, query % "")]
    assert found == [(None, 7), (7770001, 3), (5, 2), (4, 1)]
    assert sum(count for _, count in found) == 13
    first = await groups(office, query % ", first: 2")
    assert [group["count"] for group in first] == [7, 3]
    two = '{ prospectsGrouped(by: [odds, slot], where: {ownerId: {eq: "%s"}}) { key { odds slot } count } }'
    found = [tuple(g["key"].values()) for g in await groups(office, two % office.ids["ann"])]
    assert found == [(None, None), (50, None), (None, 5), (None, 4)]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ("stage", {"OPEN": 6}),
        ("title", None),
        ("ownerId", None),
        ("code", None),
        ("slot", None),
        ("followsId", {None: 6}),
    ],
)
async def test_every_kind_of_key(office: Office, column: str, wanted: Any) -> None:
    query = f"{{ prospectsGrouped(by: [{column}]) {{ key {{ {column} }} count }} }}"
    found = {g["key"][column]: g["count"] for g in await groups(office, query)}
    listed = await office.read(
        f"{{ prospects {{ nodes {{ {column} }} }} }}", "nil", role=Role.admin
    )
    assert found == Counter(node[column] for node in listed["data"]["prospects"]["nodes"])
    assert wanted is None or found == wanted


async def test_by_is_taken_from_variables(office: Office) -> None:
    query = "query($by: [ProspectGroupBy!]!, $first: Int) { prospectsGrouped(by: $by, first: $first) { key { __typename } count sum { amount } } }"
    for by, first, count in (
        (["stage"], None, 1),
        (["ownerId"], None, 2),
        (["ownerId"], 1, 1),
        (["title"], 4, 4),
        (["stage", "ownerId"], 50, 2),
        (["ownerId", "stage"], 50, 2),
        (["stage"], 1, 1),
    ):
        answer = await office.read(query, "nil", {"by": by, "first": first}, role=Role.admin)
        assert len(answer["data"]["prospectsGrouped"]) == count, by
    one = "query($a: ProspectGroupBy!, $b: ProspectGroupBy!) { prospectsGrouped(by: [$a, $b]) { count } }"
    for a, b, count in (("stage", "title", 6), ("stage", "ownerId", 2), ("slot", "stage", 2)):
        answer = await office.read(one, "nil", {"a": a, "b": b}, role=Role.admin)
        assert len(answer["data"]["prospectsGrouped"]) == count
    keyed = "query($by: [ProspectGroupBy!]!) { prospectsGrouped(by: $by) { key { stage } } }"
    assert "errors" not in await office.read(keyed, "ann", {"by": ["stage", "title"]})
    refused = error(await office.read(keyed, "ann", {"by": ["title"]}))
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "prospectsGrouped.key.stage")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("by: []", "by"),
        ("by: [stage, stage]", "by"),
        ("by: [stage, slot, title, ownerId, code]", "by"),
        ("by: [stage], first: 0", "first"),
        ("by: [stage], first: 1001", "first"),
        ("by: [stage], first: -1", "first"),
    ],
)
async def test_by_and_first_have_limits(office: Office, arguments: str, field: str) -> None:
    query = f"{{ prospectsGrouped({arguments}) {{ count }} }}"
    refused = error(await office.read(query, "ann"))
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", f"prospectsGrouped.{field}")
    right = "{ prospectsGrouped(by: [stage, slot, title, ownerId], first: 1000) { count } }"
    assert "errors" not in await office.read(right, "ann")


async def test_columns_above_the_clearance_are_no_keys_and_no_figures(office: Office) -> None:
    for query in (
        "{ usersGrouped(by: [email]) { key { email } count } }",  # is masked for viewers
        "{ usersGrouped(by: [email]) { count } }",
        "{ usersGrouped(by: [subject]) { count } }",
        "{ prospectsGrouped(by: [stage]) { sum { margin } } }",
        '{ prospectsGrouped(by: [stage], where: {margin: {gt: "1"}}) { count } }',
    ):
        refused = error(await office.read(query, "ann", role=Role.viewer))
        assert refused["code"] == "FORBIDDEN", query
        assert "errors" not in await office.read(query, "nil", role=Role.admin)


async def test_groups_and_what_is_beneath_them_count(office: Office) -> None:
    parts = " ".join(
        f"g{i}: prospectsGrouped(by: [title], first: 1000) {{ count }}" for i in range(11)
    )
    assert error(await office.read(f"{{ {parts} }}", "ann"))["code"] == "TOO_COMPLEX"
    parts = " ".join(
        f"g{i}: prospectsGrouped(by: [title], first: 900) {{ count }}" for i in range(11)
    )
    assert "errors" not in await office.read(f"{{ {parts} }}", "ann")


async def test_json_lists_numbers_and_times_are_no_keys(office: Office) -> None:
    for name in ("regions", "amount", "createdAt", "version", "id"):
        refused = error(
            await office.read(f"{{ prospectsGrouped(by: [{name}]) {{ count }} }}", "ann")
        )
        assert refused["code"] == "BAD_USER_INPUT", name
