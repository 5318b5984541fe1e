"""Changes under row rules: what is not seen is not changed, and no change makes it unseen."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from auth.scopes import Role
from repository.connections import Transaction
from tests.rules.conftest import CANARY, Answer, Office

ABSENT = "018f0000-0000-7000-8000-000000000000"


def changed(name: str, type_name: str, selection: str = "id version") -> str:
    """A mutation of one record by its name."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    singular = type_name[0].lower() + type_name[1:]
    return f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {singular} {{ {selection} }} }} }}"


def moved(name: str) -> str:
    return f"mutation($i: TransitionInput!) {{ {name}Prospect(input: $i) {{ prospect {{ id title stage }} }} }}"


def of_many(name: str, selection: str = "id title") -> str:
    """A mutation of many prospects."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation($i: {kind}!) {{ {name}(input: $i) {{ prospects {{ {selection} }} }} }}"


def error(answer: Answer) -> dict[str, Any]:
    assert len(answer["errors"]) == 1, answer
    found: dict[str, Any] = answer["errors"][0]["extensions"]
    return found


def of_prospect(kind: str, id: str) -> tuple[str, dict[str, Any]]:
    one = {"id": id, "version": 1}
    match kind:
        case "update":
            return changed("updateProspect", "Prospect"), {**one, "title": "taken"}
        case "steal":
            return changed("updateProspect", "Prospect"), {**one, "ownerId": "@ann"}
        case "delete":
            return changed("deleteProspect", "Prospect"), {"id": id}
        case "delete of a version":
            return changed("deleteProspect", "Prospect"), one
        case "win":
            return moved("win"), one
        case "lose":
            return moved("lose"), {**one, "reason": "mine"}
        case "reopen":
            return moved("reopen"), one
        case "update many":
            return of_many("updateProspects"), {"records": [{**one, "title": "taken"}]}
        case "delete many":
            return of_many("deleteProspects"), {"records": [{"id": id}]}
        case _:
            raise AssertionError(kind)


CHANGES = (
    "update",
    "steal",
    "delete",
    "delete of a version",
    "win",
    "lose",
    "reopen",
    "update many",
    "delete many",
)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("kind", CHANGES)
async def test_an_invisible_record_is_not_changed_and_answered_like_none(
    office: Office, kind: str, compiled: bool
) -> None:
    before = await office.row("Prospect", "bob 0")
    answers = []
    for id in (str(office.ids["bob 0"]), ABSENT, "x"):
        query, given = of_prospect(kind, id)
        given = json.loads(json.dumps(given).replace("@ann", str(office.ids["ann"])))
        answers.append(await office.post(query, "ann", {"i": given}, compiled=compiled))
    assert answers[0] == answers[1] == answers[2]
    assert error(answers[0])["code"] == "NOT_FOUND"
    assert await office.row("Prospect", "bob 0") == before
    # The control: who sees it meets no such answer.
    query, given = of_prospect(kind, str(office.ids["bob 1"]))
    given = json.loads(json.dumps(given).replace("@ann", str(office.ids["bob"])))
    answer = await office.post(query, "bob", {"i": given}, compiled=compiled)
    assert "errors" not in answer or error(answer)["code"] == "CONFLICT", answer


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_change_must_not_make_the_record_unseen(office: Office, compiled: bool) -> None:
    ids = office.ids
    mine = {"id": str(ids["ann 0"]), "version": 1}
    away = await office.post(
        changed("updateProspect", "Prospect"),
        "ann",
        {"i": {**mine, "ownerId": str(ids["bob"])}},
        compiled=compiled,
    )
    assert error(away)["code"] == "FORBIDDEN"
    assert "the owner sees it" in error(away)["rule"]
    made = {"title": "new", "ownerId": str(ids["bob"]), "firmId": str(ids["firm"])}
    for query, given in (
        (changed("createProspect", "Prospect"), made),
        (changed("createProspect", "Prospect", "id firm { name }"), made),
        (changed("createProspect", "Prospect", "id firm { prospects { nodes { title } } }"), made),
        (of_many("createProspects"), {"records": [made]}),
        (of_many("upsertProspects"), {"records": [made]}),
    ):
        answer = await office.post(query, "ann", {"i": given}, compiled=compiled)
        assert error(answer)["code"] == "FORBIDDEN", query
        control = json.loads(json.dumps(given).replace(str(ids["bob"]), str(ids["ann"])))
        control = json.loads(json.dumps(control).replace('"new"', f'"{query}"'))
        assert "errors" not in await office.post(query, "ann", {"i": control}, compiled=compiled)
    assert (await office.row("Prospect", "ann 0") or {})["owner_id"] == ids["ann"]
    assert await office.count("Prospect") == 6 + 5
    to_the_team = {**mine, "ownerId": str(ids["bob"])}
    freed = await office.post(
        changed("updateProspect", "Prospect"), "nil", {"i": to_the_team}, role=Role.admin
    )
    assert "errors" not in freed


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_reference_to_an_invisible_record_is_one_to_none(
    office: Office, compiled: bool
) -> None:
    create, update = changed("createCall", "Call"), changed("updateCall", "Call")
    call = {"id": str(office.ids["call ann 0"]), "version": 1}
    follow = changed("updateProspect", "Prospect")
    mine = {"id": str(office.ids["ann 1"]), "version": 1}
    for query, given, name in (
        (create, {"note": "n"}, "prospectId"),
        (update, call, "prospectId"),
        (follow, mine, "followsId"),
        (
            "mutation($i: CreateCallsInput!) { createCalls(input: $i) { calls { id } } }",
            None,
            "prospectId",
        ),
    ):
        answers = []
        for id in (str(office.ids["bob 0"]), ABSENT, "x"):
            values = {**(given or {"note": "n"}), name: id}
            given_now = (
                values
                if given
                else {"records": [{**values, name: str(office.ids["ann 0"])}, values]}
            )
            answers.append(await office.post(query, "ann", {"i": given_now}, compiled=compiled))
        assert answers[0] == answers[1] == answers[2]
        assert error(answers[0])["code"] == "BAD_USER_INPUT"
        assert error(answers[0])["field"] == (
            f"input.{name}" if given else f"input.records.1.{name}"
        )
        values = {**(given or {"note": "n"}), name: str(office.ids["ann 0"])}
        given_now = values if given else {"records": [values]}
        control = await office.post(query, "ann", {"i": given_now}, compiled=compiled)
        assert "errors" not in control
    assert await office.count("Call") == 2 + 2


async def test_a_reference_does_not_tell_where_an_invisible_record_leads(office: Office) -> None:
    """Bob's prospect follows Ann's: that hers would then lead back is not for her to know."""
    prospects = office.repositories.of(office.repositories.session.catalog.tables["Prospect"])
    await prospects.update(
        office.ids["bob 0"], version=1, values={"follows_id": office.ids["ann 0"]}
    )
    query = changed("updateProspect", "Prospect")
    given = {"id": str(office.ids["ann 0"]), "version": 1}
    back = await office.post(query, "ann", {"i": {**given, "followsId": str(office.ids["bob 0"])}})
    absent = await office.post(query, "ann", {"i": {**given, "followsId": ABSENT}})
    assert back == absent
    admin = await office.post(
        query, "nil", {"i": {**given, "followsId": str(office.ids["bob 0"])}}, role=Role.admin
    )
    assert "lead back" in error(admin)["rule"]


# Each makes or changes something of Ann's and asks in its payload for what is Bob's.
_BEYOND = "firm { name prospects { totalCount nodes { title remark owner { name } } } }"


@pytest.mark.parametrize("compiled", [True, False])
async def test_payloads_lead_to_what_is_seen_only(office: Office, compiled: bool) -> None:
    ids = office.ids
    made = {"title": "new", "ownerId": str(ids["ann"]), "firmId": str(ids["firm"])}
    mine = {"id": str(ids["ann 0"]), "version": 1}
    users = "owner { manager { name } prospects { nodes { title } } } follows { title }"
    calls = "calls { nodes { prospect { title } } }"
    selection = f"id expected {_BEYOND} {users} {calls}"
    plain = f"id {_BEYOND} {users} {calls}"
    follow = "id firm { name } follows { title }"
    attempts: list[tuple[str, dict[str, Any]]] = []
    for shown in (selection, plain, follow):
        attempts += [
            (
                changed("createProspect", "Prospect", shown),
                {**made, "title": f"one {len(attempts)}"},
            ),
            (
                of_many("createProspects", shown),
                {"records": [{**made, "title": f"m {len(attempts)}"}]},
            ),
            (
                of_many("upsertProspects", shown),
                {"records": [{**made, "title": f"m {len(attempts)}", "odds": None}]},
            ),
        ]
    attempts += [
        (changed("updateProspect", "Prospect", selection), {**mine, "amount": "1"}),
        (changed("updateProspect", "Prospect", plain), {**mine, "version": 2, "amount": "2"}),
        (
            of_many("updateProspects", selection),
            {"records": [{**mine, "version": 3, "amount": "3"}]},
        ),
        (moved("win").replace("id title stage", plain), {**mine, "version": 4}),
        (changed("deleteProspect", "Prospect", plain), {"id": str(ids["ann 1"])}),
        (of_many("deleteProspects", plain), {"records": [{"id": str(ids["ann 2"])}]}),
        (
            changed("createCall", "Call", f"id prospect {{ {plain} }}"),
            {"note": "n", "prospectId": str(ids["ann 0"])},
        ),
        (
            changed("updateFirm", "Firm", "prospects { nodes { title remark } }"),
            {"id": str(ids["firm"]), "version": 1, "name": "F"},
        ),
        (changed("createFirm", "Firm", "prospects { nodes { title remark } }"), {"name": "G"}),
    ]
    for query, given in attempts:
        answer = await office.post(query, "ann", {"i": given}, compiled=compiled)
        assert "errors" not in answer, (query, answer)
        text = json.dumps(answer)
        assert CANARY not in text, query
        assert not re.search("bob [0-9]", text), query
    # The control: to Bob the same firm shows his.
    given = {"id": str(ids["firm"]), "version": 2, "name": "F"}
    query = changed("updateFirm", "Firm", "prospects { nodes { title remark } }")
    assert CANARY in json.dumps(await office.post(query, "bob", {"i": given}, compiled=compiled))


@pytest.mark.parametrize("compiled", [True, False])
async def test_payloads_end_where_a_record_is_not_seen(office: Office, compiled: bool) -> None:
    """A memo and a call have no rules: only what the call is about has."""
    query = changed("createMemo", "Memo", "note call { note prospect { title } }")
    for subject, shown in (("ann", None), ("bob", {"title": f"bob 0 {CANARY}"})):
        given = {"note": "n", "callId": str(office.ids["call bob 0"])}
        answer = await office.post(query, subject, {"i": given}, compiled=compiled)
        memo = answer["data"]["createMemo"]["memo"]
        assert memo == {"note": "n", "call": {"note": "call", "prospect": shown}}


async def test_upsert_of_a_key_that_an_invisible_record_has_is_a_duplicate(office: Office) -> None:
    ids = office.ids
    his = f"bob 0 {CANARY}"
    before = await office.row("Prospect", "bob 0")
    given = {
        "records": [
            {"title": "fresh", "ownerId": str(ids["ann"]), "firmId": str(ids["firm"])},
            {"title": his, "ownerId": str(ids["ann"]), "firmId": str(ids["firm"])},
        ]
    }
    answer = await office.post(of_many("upsertProspects"), "ann", {"i": given})
    assert error(answer)["code"] == "CONFLICT"
    assert error(answer)["field"] == "input.records.1.title"
    assert await office.row("Prospect", "bob 0") == before
    assert await office.count("Prospect") == 6
    mine = {"records": [{**given["records"][1], "ownerId": str(ids["bob"]), "code": CANARY}]}
    assert "errors" not in await office.post(of_many("upsertProspects"), "bob", {"i": mine})


async def test_a_deletion_takes_no_invisible_record_along(office: Office) -> None:
    ids = office.ids
    delete = changed("deleteFirm", "Firm")
    refused = await office.post(delete, "ann", {"i": {"id": str(ids["firm"])}})
    assert error(refused)["code"] == "CONFLICT"
    assert await office.count("Prospect") == 6
    # Hers alone is another matter, and so is what those may who see everything.
    assert "errors" not in await office.post(
        delete, "ann", {"i": {"id": str(ids["ann's firm"])}}, role=Role.admin
    )
    assert await office.count("Prospect") == 5


async def test_a_deletion_is_followed_to_its_end(office: Office) -> None:
    """Ann's binder has one of hers in it, and that one of Bob's, which goes as well."""
    ids = office.ids
    inner = await office.add(
        "Binder", "inner", label="i", owner_id=ids["ann"], within_id=ids["ann binder"]
    )
    deep = await office.add("Binder", "deep", label="d", owner_id=ids["bob"], within_id=inner)
    delete = changed("deleteBinder", "Binder")
    for name in ("ann binder", "inner"):
        refused = await office.post(delete, "ann", {"i": {"id": str(ids[name])}})
        assert error(refused)["code"] == "CONFLICT", name
    many = "mutation($i: DeleteBindersInput!) { deleteBinders(input: $i) { binders { id } } }"
    refused = await office.post(many, "ann", {"i": {"records": [{"id": str(inner)}]}})
    assert error(refused) == {
        "code": "CONFLICT",
        "field": "input.records.0.id",
        "rule": "must not be referred to by a Binder",
    }
    assert await office.count("Binder") == 4
    assert "errors" not in await office.post(delete, "bob", {"i": {"id": str(deep)}})
    assert "errors" not in await office.post(delete, "ann", {"i": {"id": str(ids["ann binder"])}})
    assert await office.count("Binder") == 1


async def test_a_record_that_became_invisible_in_between_is_not_changed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at a record and its change, nobody else changes it."""
    looked, go_on = asyncio.Event(), asyncio.Event()
    fetch = Transaction.fetch_row

    async def slow(self: Transaction, sql: str, arguments: Any) -> Any:
        row = await fetch(self, sql, arguments)
        if re.search(" FOR (NO KEY )?UPDATE", sql) and not looked.is_set():
            looked.set()
            await go_on.wait()
        return row

    monkeypatch.setattr(Transaction, "fetch_row", slow)
    mine = {"id": str(office.ids["ann 0"])}
    deletion = asyncio.create_task(
        office.post(
            changed("deleteCall", "Call"),
            "nil",
            {"i": {"id": str(office.ids["call ann 0"])}},
            role=Role.admin,
        )
    )
    await deletion
    theirs = asyncio.create_task(
        office.post(changed("deleteProspect", "Prospect", "title remark"), "ann", {"i": mine})
    )
    await asyncio.wait_for(looked.wait(), 5)
    away = asyncio.create_task(
        office.post(
            changed("updateProspect", "Prospect"),
            "nil",
            {"i": {**mine, "version": 1, "ownerId": str(office.ids["bob"]), "remark": CANARY}},
            role=Role.admin,
        )
    )
    await asyncio.sleep(0.3)
    assert not away.done(), "who gives it away waits"
    go_on.set()
    assert "errors" not in await theirs
    assert error(await away)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("role", [Role.viewer, Role.editor])
async def test_nobody_makes_themselves_somebody_else(office: Office, role: Role) -> None:
    """Who is who, and whose manager and watcher, is written by those who run the organisation."""
    ids = office.ids
    attempts: Mapping[str, dict[str, Any]] = {
        changed("createUser", "User"): {
            "email": "x@x.example",
            "name": "x",
            "subject": "ann2",
            "managerId": str(ids["bob"]),
        },
        changed("updateUser", "User"): {
            "id": str(ids["bob"]),
            "version": 1,
            "managerId": str(ids["ann"]),
        },
        changed("updateUser", "User", "name"): {
            "id": str(ids["bob"]),
            "version": 1,
            "subject": "ann",
        },
        "mutation($i: UpsertUsersInput!) { upsertUsers(input: $i) { users { id } } }": {
            "records": [{"email": "bob@x.example", "name": "bob", "subject": "ann"}]
        },
        "mutation($i: UpdateUsersInput!) { updateUsers(input: $i) { users { id } } }": {
            "records": [{"id": str(ids["bob"]), "version": 1, "managerId": str(ids["ann"])}]
        },
        changed("createWatcher", "Watcher"): {
            "prospectId": str(ids["bob 0"]),
            "userId": str(ids["ann"]),
        },
        "mutation($i: CreateWatchersInput!) { createWatchers(input: $i) { watchers { id } } }": {
            "records": [{"prospectId": str(ids["bob 0"]), "userId": str(ids["ann"])}]
        },
        changed("deleteUser", "User"): {"id": str(ids["nil"])},
    }
    for query, given in attempts.items():
        answer = await office.post(query, "ann", {"i": given}, role=role)
        assert error(answer)["code"] == "FORBIDDEN", query
    assert (await office.row("User", "bob") or {})["subject"] == "bob"
    for query, given in attempts.items():
        if "subject" not in str(given):
            answer = await office.post(query, "nil", {"i": given}, role=Role.admin)
            assert "errors" not in answer or error(answer)["code"] in ("CONFLICT", "STALE"), answer


async def test_subjects_are_not_read_below_their_clearance(office: Office) -> None:
    query = "{ users { nodes { subject } } }"
    assert error(await office.read(query, "ann"))["code"] == "FORBIDDEN"
    where = '{ users(where: {subject: {eq: "bob"}}) { totalCount } }'
    assert error(await office.read(where, "ann"))["code"] == "FORBIDDEN"
    assert "errors" not in await office.read(query, "nil", role=Role.admin)
