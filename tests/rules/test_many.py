"""Mutations of many records: all or none, and the place of what is wrong."""

import asyncio
from typing import Any

import pytest

from models.conditions import Operator
from models.events import AuditEvent
from repository import repository as module
from repository.connections import Connections
from repository.criteria import Compare
from repository.errors import DatabaseUnavailable
from repository.repository import Repository
from tests.rules.conftest import Office
from tests.rules.test_changes import error, of_many

CREATE, UPDATE = of_many("createProspects"), of_many("updateProspects")
UPSERT, DELETE = of_many("upsertProspects"), of_many("deleteProspects")


def new(office: Office, title: str, **values: Any) -> dict[str, Any]:
    ids = office.ids
    return {"title": title, "ownerId": str(ids["ann"]), "firmId": str(ids["firm"]), **values}


async def journal(office: Office) -> int:
    table = office.repositories.session.catalog.tables[AuditEvent.__name__]
    return await office.repositories.of(table).count(
        Compare(table.by_name["record_type"], Operator.EQ, "Prospect")
    )


# What is wrong with a record, the code, and the field.
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "duplicate": ({"title": "ann 0"}, "CONFLICT", ".title"),
    "reference": ({"firmId": "x"}, "BAD_USER_INPUT", ".firmId"),
    "guard": ({"odds": 5}, "CONFLICT", ""),
    "unseen": ({"ownerId": "@bob"}, "FORBIDDEN", ""),
}


@pytest.mark.parametrize("place", [0, 3, 9])
@pytest.mark.parametrize("wrong", WRONG)
async def test_create_is_all_or_none_and_tells_the_place(
    office: Office, wrong: str, place: int
) -> None:
    values, code, field = WRONG[wrong]
    values = {k: str(office.ids["bob"]) if v == "@bob" else v for k, v in values.items()}
    records = [new(office, f"new {index}") for index in range(10)]
    records[place] = {**records[place], **values}
    before = await journal(office)
    refused = error(await office.post(CREATE, "ann", {"i": {"records": records}}))
    assert (refused["code"], refused["field"]) == (code, f"input.records.{place}{field}")
    assert await office.count("Prospect") == 6
    assert await journal(office) == before
    records[place] = new(office, "right")
    assert "errors" not in await office.post(CREATE, "ann", {"i": {"records": records}})
    assert await office.count("Prospect") == 16
    assert await journal(office) == before + 10


async def test_create_keeps_the_order_of_records_that_set_other_columns(office: Office) -> None:
    records = [
        new(office, f"new {index}", **({"amount": str(index)} if index % 2 else {"remark": "r"}))
        for index in range(9)
    ]
    answer = await office.post(
        of_many("createProspects", "title amount remark"), "ann", {"i": {"records": records}}
    )
    assert answer["data"]["createProspects"]["prospects"] == [
        {
            "title": f"new {index}",
            "amount": f"{index}.00" if index % 2 else None,
            "remark": None if index % 2 else "r",
        }
        for index in range(9)
    ]


@pytest.mark.parametrize("query", [CREATE, UPDATE, UPSERT, DELETE])
async def test_from_one_to_a_hundred_records(office: Office, query: str) -> None:
    def some(count: int) -> list[dict[str, Any]]:
        if query == UPDATE:
            return [{"id": "x", "version": 1, "title": "x"}] * count
        if query == DELETE:
            return [{"id": "x"}] * count
        return [new(office, f"n {index}") for index in range(count)]

    for count in (0, 101):
        refused = error(await office.post(query, "ann", {"i": {"records": some(count)}}))
        assert refused == {
            "code": "BAD_USER_INPUT",
            "field": "input.records",
            "rule": "must have from 1 to 100 entries",
        }
    answer = await office.post(query, "ann", {"i": {"records": some(100)}})
    if query in (UPDATE, DELETE):
        assert error(answer) == {"code": "NOT_FOUND", "field": "input.records.0.id"}
    else:
        assert "errors" not in answer
        assert await office.count("Prospect") == 106


async def test_what_is_beneath_many_records_counts(office: Office) -> None:
    beneath = "firm { prospects(first: 100) { nodes { id } } }"
    records = [new(office, f"n {index}") for index in range(100)]
    query = of_many("createProspects", beneath)
    assert (
        error(await office.post(query, "ann", {"i": {"records": records}}))["code"] == "TOO_COMPLEX"
    )
    assert await office.count("Prospect") == 6
    assert "errors" not in await office.post(query, "ann", {"i": {"records": records[:50]}})


async def test_bad_values_are_told_with_their_place_before_any_sql(office: Office) -> None:
    for values, field, rule in (
        ({"odds": 101}, "odds", "must be between 0 and 100"),
        ({"title": "x" * 201}, "title", "must not be longer than 200 characters"),
        ({"regions": ["NORTH"] * 4}, "regions", "must not have more than 3 entries"),
    ):
        records = [new(office, "a"), new(office, "b"), {**new(office, "c"), **values}]
        for query in (CREATE, UPSERT):
            refused = error(await office.post(query, "ann", {"i": {"records": records}}))
            assert refused == {
                "code": "BAD_USER_INPUT",
                "field": f"input.records.2.{field}",
                "rule": rule,
            }
    one = {"id": str(office.ids["ann 0"]), "version": 1}
    refused = error(await office.post(UPDATE, "ann", {"i": {"records": [{**one, "odds": 1}, one]}}))
    assert refused["field"] == "input.records.1"


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("query", [UPDATE, DELETE])
async def test_update_and_delete_are_all_or_none(office: Office, query: str, place: int) -> None:
    before = [await office.row("Prospect", f"ann {index}") for index in range(3)]
    noted = await journal(office)
    records = [{"id": str(office.ids[f"ann {index}"]), "version": 1} for index in range(3)]
    if query == UPDATE:
        records = [{**one, "remark": "r"} for one in records]
    else:
        # A call refers to the first one.
        await _drop_call(office)
    for change, code, field in (
        ({"version": 9}, "STALE", "version"),
        ({"id": str(office.ids["bob 0"])}, "NOT_FOUND", "id"),
    ):
        wrong = [dict(one) for one in records]
        wrong[place].update(change)
        refused = error(await office.post(query, "ann", {"i": {"records": wrong}}))
        assert (refused["code"], refused["field"]) == (code, f"input.records.{place}.{field}")
        assert [await office.row("Prospect", f"ann {index}") for index in range(3)] == before
        assert await journal(office) == noted
    answer = await office.post(query, "ann", {"i": {"records": records}})
    assert "errors" not in answer
    assert await journal(office) == noted + 3
    assert await office.count("Prospect") == (6 if query == UPDATE else 3)


async def test_delete_tells_which_one_is_referred_to(office: Office) -> None:
    records = [{"id": str(office.ids[f"ann {index}"])} for index in (1, 0)]
    refused = error(await office.post(DELETE, "ann", {"i": {"records": records}}))
    assert refused == {
        "code": "CONFLICT",
        "field": "input.records.1.id",
        "rule": "must not be referred to by a Call",
    }
    assert await office.count("Prospect") == 6


async def _drop_call(office: Office) -> None:
    table = office.repositories.session.catalog.tables["Call"]
    await office.repositories.of(table).delete(office.ids["call ann 0"])


async def test_upsert_makes_and_changes(office: Office) -> None:
    noted = await journal(office)
    records = [
        {**new(office, "ann 2", remark="changed"), "firmId": str(office.ids["ann's firm"])},
        new(office, "made", code="c"),
        {**new(office, "ann 1"), "firmId": str(office.ids["firm"])},
    ]
    query = of_many("upsertProspects", "title version remark code amount")
    answer = await office.post(query, "ann", {"i": {"records": records}})
    assert answer["data"]["upsertProspects"]["prospects"] == [
        {"title": "ann 2", "version": 2, "remark": "changed", "code": None, "amount": "12.00"},
        {"title": "made", "version": 1, "remark": None, "code": "c", "amount": None},
        {"title": "ann 1", "version": 1, "remark": None, "code": None, "amount": "11.00"},
    ]
    assert await journal(office) == noted + 2, "what is the same is no change"


async def test_upsert_leaves_what_is_set_once(office: Office) -> None:
    query = of_many("upsertProspects", "version code")
    made = new(office, "made", code="c")
    for _ in range(2):
        answer = await office.post(query, "ann", {"i": {"records": [made]}})
        assert answer["data"]["upsertProspects"]["prospects"] == [{"version": 1, "code": "c"}]
    records = [new(office, "other"), {**made, "code": "d"}]
    refused = error(await office.post(query, "ann", {"i": {"records": records}}))
    assert refused["code"] == "CONFLICT"
    assert refused["field"] == "input.records.1.code"
    assert "set once" in refused["rule"]
    assert await office.count("Prospect") == 7


async def test_one_key_twice_in_an_upsert_is_one_record(office: Office) -> None:
    query = of_many("upsertProspects", "id version remark")
    records = [new(office, "twice", remark="a"), new(office, "twice", remark="b")]
    answer = await office.post(query, "ann", {"i": {"records": records}})
    first, second = answer["data"]["upsertProspects"]["prospects"]
    assert first["id"] == second["id"]
    assert (second["version"], second["remark"]) == (2, "b")
    assert await office.count("Prospect") == 7


async def test_upserts_of_one_key_at_once_make_one_record(office: Office) -> None:
    query = of_many("upsertProspects", "id")
    for attempt in range(5):
        answers = await asyncio.gather(
            *(
                office.post(
                    query, "ann", {"i": {"records": [new(office, f"one {attempt}", remark=str(n))]}}
                )
                for n in range(4)
            )
        )
        assert not [answer for answer in answers if "errors" in answer], answers
        ids = {answer["data"]["upsertProspects"]["prospects"][0]["id"] for answer in answers}
        assert len(ids) == 1
    assert await office.count("Prospect") == 6 + 5


async def test_changes_in_each_others_way_are_told_to_try_again(office: Office) -> None:
    """Two that change the same records in another order lock each other out; one is let through."""
    both = [str(office.ids[name]) for name in ("ann 0", "ann 1")]
    lost = 0
    for attempt in range(6):
        versions = [(await office.row("Prospect", f"ann {i}") or {})["version"] for i in (0, 1)]
        records = [
            {"id": id, "version": version, "remark": f"r {attempt}"}
            for id, version in zip(both, versions, strict=True)
        ]
        answers = await asyncio.gather(
            office.post(UPDATE, "ann", {"i": {"records": records}}),
            office.post(UPDATE, "ann", {"i": {"records": records[::-1]}}),
        )
        codes = [error(answer)["code"] for answer in answers if "errors" in answer]
        assert len(codes) == 1
        assert codes[0] in ("STALE", "CONFLICT"), codes
        lost += 1
    assert lost == 6


async def test_a_creation_whose_end_nobody_heard_is_not_made_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost behind the COMMIT: to make the records once more would be wrong."""
    create_many = Repository.create_many

    async def lost(self: Repository, many: Any) -> Any:
        await create_many(self, many)
        raise DatabaseUnavailable

    monkeypatch.setattr(Repository, "create_many", lost)
    records = [new(office, "once"), new(office, "only")]
    refused = error(await office.post(CREATE, "ann", {"i": {"records": records}}))
    assert refused["code"] == "UNAVAILABLE"
    assert await office.count("Prospect") == 8
    assert Connections.__name__ and module.ROWS_PER_INSERT
