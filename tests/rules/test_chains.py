"""References that must not lead back to where they began."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from repository.ids import new_id
from tests.conftest import Urls
from tests.rules.conftest import Answer, Office
from tests.rules.test_changes import changed, error, of_many

QUERY = changed("updateProspect", "Prospect")


async def follow(office: Office, name: str, to: str, version: int = 1) -> Answer:
    given = {"id": str(office.ids[name]), "version": version, "followsId": str(office.ids[to])}
    return await office.post(QUERY, "ann", {"i": given})


BACK = {
    "code": "BAD_USER_INPUT",
    "field": "input.followsId",
    "rule": "must not lead back to the record itself",
}


async def test_a_record_does_not_follow_itself(office: Office) -> None:
    assert error(await follow(office, "ann 0", "ann 0")) == BACK
    assert "errors" not in await follow(office, "ann 0", "ann 1")


async def test_a_circle_of_several_is_refused(office: Office) -> None:
    assert "errors" not in await follow(office, "ann 0", "ann 1")
    assert "errors" not in await follow(office, "ann 1", "ann 2")
    assert error(await follow(office, "ann 2", "ann 0")) == BACK
    assert (await office.row("Prospect", "ann 2") or {})["follows_id"] is None
    opened = {"id": str(office.ids["ann 1"]), "version": 2, "followsId": None}
    assert "errors" not in await office.post(QUERY, "ann", {"i": opened})
    assert "errors" not in await follow(office, "ann 2", "ann 0")


async def test_many_changes_close_no_circle_together(office: Office) -> None:
    ids = office.ids

    def step(name: str, to: str | None) -> dict[str, Any]:
        return {
            "id": str(ids[name]),
            "version": 1,
            "followsId": None if to is None else str(ids[to]),
        }

    circle = [step("ann 0", "ann 1"), step("ann 1", "ann 2"), step("ann 2", "ann 0")]
    refused = error(
        await office.post(of_many("updateProspects"), "ann", {"i": {"records": circle}})
    )
    assert refused == {**BACK, "field": "input.records.2.followsId"}
    assert (await office.row("Prospect", "ann 0") or {})["follows_id"] is None
    line = [*circle[:2], step("ann 2", None)]
    assert "errors" not in await office.post(
        of_many("updateProspects"), "ann", {"i": {"records": line}}
    )
    upsert = {
        "title": "ann 2",
        "ownerId": str(ids["ann"]),
        "firmId": str(ids["ann's firm"]),
        "followsId": str(ids["ann 0"]),
    }
    refused = error(
        await office.post(of_many("upsertProspects"), "ann", {"i": {"records": [upsert]}})
    )
    assert refused == {**BACK, "field": "input.records.0.followsId"}


async def test_two_at_once_close_no_circle(office: Office) -> None:
    for round in range(8):
        version = 1 + 2 * round
        answers = await asyncio.gather(
            follow(office, "ann 0", "ann 1", await _version(office, "ann 0")),
            follow(office, "ann 1", "ann 0", await _version(office, "ann 1")),
        )
        refused = [error(answer) for answer in answers if "errors" in answer]
        assert refused == [BACK], version
        for name in ("ann 0", "ann 1"):
            open_ = {
                "id": str(office.ids[name]),
                "version": await _version(office, name),
                "followsId": None,
            }
            await office.post(QUERY, "ann", {"i": open_})


async def _version(office: Office, name: str) -> int:
    row = await office.row("Prospect", name)
    assert row is not None
    version: int = row["version"]
    return version


async def test_a_circle_that_is_there_stops_nobody(office: Office, urls: Urls) -> None:
    """Whatever wrote it: the way of another record that leads into it ends."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        for name, to in (("ann 0", "ann 1"), ("ann 1", "ann 0")):
            await connection.execute(
                "UPDATE data.prospect SET follows_id = $2 WHERE id = $1",
                office.ids[name],
                office.ids[to],
            )
    finally:
        await connection.close()
    assert "errors" not in await follow(office, "ann 2", "ann 0")


@pytest.mark.parametrize("length", [1000])
async def test_a_long_chain_is_followed_to_its_end(office: Office, urls: Urls, length: int) -> None:
    ids = [new_id() for _ in range(length)]
    connection = await asyncpg.connect(urls.superuser)
    try:
        await connection.execute(
            "INSERT INTO data.prospect (org_id, id, title, owner_id, firm_id, follows_id) "
            "SELECT $1, one, 'chain ' || one, $2, $3, NULL FROM unnest($4::uuid[]) one",
            office.org_id.value,
            office.ids["ann"],
            office.ids["firm"],
            ids,
        )
        await connection.execute(
            "UPDATE data.prospect p SET follows_id = c.next FROM unnest($1::uuid[], $2::uuid[]) c(id, next) WHERE p.id = c.id",
            ids[:-1],
            ids[1:],
        )
    finally:
        await connection.close()
    office.ids["first"], office.ids["last"] = ids[0], ids[-1]
    started = time.perf_counter()
    assert error(await follow(office, "last", "first")) == BACK
    assert "errors" not in await follow(office, "ann 0", "first")
    took = time.perf_counter() - started
    print(f"two checks of a chain of {length}: {took * 1000:.0f} ms")
    assert took < 2
