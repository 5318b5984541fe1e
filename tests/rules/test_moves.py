"""Named transitions: from where they go, what they need, and what the audit trail keeps."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from models.events import AuditEvent
from repository.checks import Checks
from repository.criteria import ALL
from repository.order import complete_order
from repository.statements import PageRequest
from schema.build import core_schema
from tests.rules.conftest import Answer, Office
from tests.rules.test_changes import changed, error, moved, of_many


async def events(office: Office, name: str) -> list[tuple[Any, Any]]:
    """The move and the reason of each audit event of a prospect, the oldest first."""
    table = office.repositories.session.catalog.tables[AuditEvent.__name__]
    page = await office.repositories.of(table).page(
        PageRequest(complete_order(table, ()), 100, ALL)
    )
    id = str(office.ids[name])
    return [(row["move"], row["reason"]) for row in page.rows if row["record_id"] == id]


async def move(office: Office, name: str, of: str, version: int, **options: Any) -> Answer:
    given = {"id": str(office.ids[of]), "version": version, **options}
    return await office.post(moved(name), "ann", {"i": given})


async def test_moves_go_from_their_sources_only(office: Office) -> None:
    refused = error(await move(office, "reopen", "ann 0", 1))
    assert refused["code"] == "CONFLICT"
    assert refused["field"] == "stage"
    assert refused["allowed"] == ["winProspect", "loseProspect"]
    assert "winProspect, loseProspect" in refused["rule"]
    assert "errors" not in await move(office, "win", "ann 0", 1)
    assert error(await move(office, "win", "ann 0", 2))["allowed"] == ["loseProspect"]
    assert "errors" not in await move(office, "lose", "ann 0", 2, reason="x")
    assert error(await move(office, "lose", "ann 0", 3, reason="x"))["allowed"] == [
        "reopenProspect"
    ]
    assert "errors" not in await move(office, "reopen", "ann 0", 3)
    assert (await office.row("Prospect", "ann 0") or {})["stage"] == "OPEN"


async def test_a_move_needs_the_version_of_the_record(office: Office) -> None:
    assert error(await move(office, "win", "ann 0", 7))["code"] == "STALE"
    assert "errors" not in await move(office, "win", "ann 0", 1)


async def test_a_guard_refuses_with_its_rule_and_nothing_happens(office: Office) -> None:
    mine = {"id": str(office.ids["ann 0"]), "version": 1}
    await office.post(changed("updateProspect", "Prospect"), "ann", {"i": {**mine, "amount": "0"}})
    before = await office.row("Prospect", "ann 0")
    refused = error(await move(office, "win", "ann 0", 2))
    assert refused == {"code": "CONFLICT", "field": "input", "rule": "must be worth something"}
    assert await office.row("Prospect", "ann 0") == before
    assert [one for one in await events(office, "ann 0") if one[0]] == []
    await office.post(
        changed("updateProspect", "Prospect"), "ann", {"i": {**mine, "version": 2, "amount": "1"}}
    )
    assert "errors" not in await move(office, "win", "ann 0", 3)


async def test_the_audit_trail_has_the_move_and_the_reason(office: Office) -> None:
    await move(office, "win", "ann 0", 1)
    await move(office, "lose", "ann 0", 2, reason="  they left  ")
    await move(office, "reopen", "ann 0", 3, reason="they are back")
    assert await events(office, "ann 0") == [
        (None, None),
        ("win", None),
        ("lose", "they left"),
        ("reopen", "they are back"),
    ]


@pytest.mark.parametrize("reason", [None, "", "   ", "\t\n", "x" * 1001, "nul\0"])
async def test_a_move_that_needs_a_reason_gets_one(office: Office, reason: str | None) -> None:
    given = {} if reason is None else {"reason": reason}
    refused = error(await move(office, "lose", "ann 0", 1, **given))
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "input.reason")
    assert (await office.row("Prospect", "ann 0") or {})["version"] == 1
    assert "errors" not in await move(office, "lose", "ann 0", 1, reason="x" * 1000)


async def test_of_two_moves_at_once_one_wins(office: Office) -> None:
    answers = await asyncio.gather(
        move(office, "win", "ann 0", 1),
        move(office, "lose", "ann 0", 1, reason="x"),
        move(office, "win", "ann 0", 1),
    )
    lost = [error(answer)["code"] for answer in answers if "errors" in answer]
    assert len(lost) == 2
    assert set(lost) <= {"STALE", "CONFLICT"}
    assert (await office.row("Prospect", "ann 0") or {})["version"] == 2
    assert len([one for one in await events(office, "ann 0") if one[0]]) == 1


async def test_guard_and_change_are_of_one_transaction(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard is asked after the change and before its end: of the record as it will be."""
    seen: list[Any] = []
    check = Checks._check_guards

    async def spied(self: Checks, guards: Any, ids: Any) -> None:
        session = self._session
        assert session.transaction is not None
        seen.append(await session.fetch(session.statements.by_ids(self._table), [ids]))
        seen.append(await office.row("Prospect", "ann 0"))
        await check(self, guards, ids)

    monkeypatch.setattr(Checks, "_check_guards", spied)
    await move(office, "win", "ann 0", 1)
    within, outside = seen
    assert "WON" in tuple(within[0])
    assert outside["stage"] == "OPEN", "nobody else sees it yet"


async def test_states_are_in_no_input(office: Office, services: Any) -> None:
    core = core_schema(services[True].schema)
    inputs = [
        kind
        for name, kind in core.type_map.items()
        if isinstance(kind, GraphQLInputObjectType) and name.endswith("Input")
    ]
    assert len(inputs) > 50
    states = {
        (table.type, column.field)
        for table in services[True].catalog.exposed
        for column in table.columns
        if column.transitions
    }
    assert ("Prospect", "stage") in states
    for kind in inputs:
        for table, column in states:
            if kind.name in (f"Create{table}Input", f"Update{table}Input"):
                assert column not in kind.fields, kind.name
    ids = office.ids
    mine = {"id": str(ids["ann 0"]), "version": 1, "stage": "WON"}
    made = {"title": "t", "ownerId": str(ids["ann"]), "firmId": str(ids["firm"]), "stage": "WON"}
    for query, given in (
        (changed("updateProspect", "Prospect"), mine),
        (changed("createProspect", "Prospect"), made),
        (of_many("createProspects"), {"records": [made]}),
        (of_many("updateProspects"), {"records": [mine]}),
        (of_many("upsertProspects"), {"records": [made]}),
    ):
        assert error(await office.post(query, "ann", {"i": given}))["code"] == "BAD_USER_INPUT"
    assert (await office.row("Prospect", "ann 0") or {})["stage"] == "OPEN"


async def test_guards_of_the_type_hold_for_every_new_record(office: Office) -> None:
    ids = office.ids
    made = {"title": "t", "ownerId": str(ids["ann"]), "firmId": str(ids["firm"]), "odds": 5}
    rule = {"code": "CONFLICT", "rule": "must have an amount to be likely"}
    for query, given, field in (
        (changed("createProspect", "Prospect"), made, "input"),
        (changed("createProspect", "Prospect", "id firm { name }"), made, "input"),
        (
            of_many("createProspects"),
            {"records": [{**made, "amount": "1", "title": "u"}, made]},
            "input.records.1",
        ),
        (of_many("upsertProspects"), {"records": [made]}, "input.records.0"),
        (
            changed("updateProspect", "Prospect"),
            {"id": str(ids["ann 0"]), "version": 1, "amount": None},
            "input",
        ),
    ):
        assert error(await office.post(query, "ann", {"i": given})) == {**rule, "field": field}, (
            query
        )
    assert await office.count("Prospect") == 6
    # A column that no guard names changes without it.
    other = {"id": str(ids["ann 0"]), "version": 1, "title": "other"}
    assert "errors" not in await office.post(
        changed("updateProspect", "Prospect"), "ann", {"i": other}
    )
    assert "errors" not in await office.post(
        changed("createProspect", "Prospect"), "ann", {"i": {**made, "amount": "1"}}
    )


async def test_unique_while_holds_for_one_state_only(office: Office) -> None:
    for name in ("ann 0", "ann 1"):
        given = {"id": str(office.ids[name]), "version": 1, "slot": 4}
        assert "errors" not in await office.post(
            changed("updateProspect", "Prospect"), "ann", {"i": given}
        )
    assert "errors" not in await move(office, "win", "ann 0", 2)
    refused = error(await move(office, "win", "ann 1", 2))
    assert (refused["code"], refused["field"]) == ("CONFLICT", "input.slot")
    assert "errors" not in await move(office, "lose", "ann 0", 3, reason="x")
    assert "errors" not in await move(office, "win", "ann 1", 2)
    # Bob's have slots of the same number in another state, and nobody minds.
    assert (await office.row("Prospect", "bob 0") or {})["slot"] == (
        await office.row("Prospect", "bob 1") or {}
    )["slot"]
