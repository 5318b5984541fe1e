"""Grants that an identity provider lists: what is known is met, what is not is found."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.transfer.granting import UNKNOWN_APPLICATION, GrantImport
from jobs.transfer.progress import NoProgress
from jobs.transfer.report import Report
from repository.criteria import ALL
from repository.database import Database
from repository.order import complete_order
from repository.statements import PageRequest
from tests.conftest import ACTOR, Org
from tests.jobs.conftest import told

Take = Callable[..., Awaitable[Report]]
HEADER = "user,app,client_id,scopes,last_used_at"


@pytest.fixture
def take(database: Database, tmp_path: Path) -> Take:
    async def take(org: Org, *rows: str) -> Report:
        path = tmp_path / "list.csv"
        path.write_text("".join(f"{row}\n" for row in (HEADER, *rows)))
        report = Report()
        run = GrantImport(database, org.org_id, ACTOR, report=report, progress=NoProgress())
        await run.run(path)
        return report

    return take


@pytest.fixture
def rows_of(database: Database) -> Callable[..., Awaitable[list[Any]]]:
    async def rows_of(org: Org, type: str) -> list[Any]:
        table = database.catalog.tables[type]
        request = PageRequest(complete_order(table, ()), 1000, ALL)
        return (await org.repositories.of(table).page(request)).rows

    return rows_of


@pytest.fixture
async def people(org: Org, database: Database) -> None:
    users = org.repositories.of(database.catalog.tables["User"])
    for name in ("ana", "ben"):
        await users.create({"email": f"{name}@a.example", "name": name})


@pytest.mark.usefixtures("people")
async def test_unknown_application_is_made_and_found(
    org: Org, take: Take, rows_of: Callable[..., Any]
) -> None:
    report = await take(
        org,
        "ana@a.example,Mail Merge,c1,mail.read mail.send,",
        "BEN@a.example,Mail Merge,c1,mail.read,2026-01-31T09:15:00Z",
    )
    assert report.problems == 0
    (application,) = await rows_of(org, "SaasApplication")
    assert (application["name"], application["client_id"]) == ("Mail Merge", "c1")
    assert application["sanction"] == "UNSANCTIONED"
    (finding,) = await rows_of(org, "Finding")
    assert finding["rule"] == UNKNOWN_APPLICATION
    assert finding["subject_id"] == str(application["id"])
    assert (finding["subject_type"], finding["status"]) == ("SaasApplication", "OPEN")
    grants = await rows_of(org, "Grant")
    assert sorted(grant["scope"] for grant in grants) == ["mail.read", "mail.read", "mail.send"]
    assert {grant["application_id"] for grant in grants} == {application["id"]}
    assert len({grant["user_id"] for grant in grants}) == 2


@pytest.mark.usefixtures("people")
async def test_known_application_is_met_and_not_found(
    org: Org, database: Database, take: Take, rows_of: Callable[..., Any]
) -> None:
    applications = org.repositories.of(database.catalog.tables["SaasApplication"])
    known = await applications.create({"name": "Mail", "client_id": "c1"})
    await applications.create({"name": "Wiki"})
    report = await take(org, "ana@a.example,Renamed,c1,a,", "ana@a.example,Wiki,,b,")
    assert report.problems == 0
    assert await rows_of(org, "Finding") == []
    assert len(await rows_of(org, "SaasApplication")) == 2
    grants = {grant["scope"]: grant["application_id"] for grant in await rows_of(org, "Grant")}
    assert grants["a"] == known["id"]


@pytest.mark.usefixtures("people")
async def test_client_that_takes_the_name_of_another_is_found(
    org: Org, database: Database, take: Take, rows_of: Callable[..., Any]
) -> None:
    applications = org.repositories.of(database.catalog.tables["SaasApplication"])
    wiki = await applications.create({"name": "Wiki"})
    await take(org, "ana@a.example,Wiki,real,read,", "ana@a.example,Wiki,evil,write,")
    rows = {row["client_id"]: row for row in await rows_of(org, "SaasApplication")}
    assert rows["real"]["id"] == wiki["id"]
    assert rows["evil"]["name"] == "Wiki (evil)"
    (finding,) = await rows_of(org, "Finding")
    assert finding["subject_id"] == str(rows["evil"]["id"])
    grants = {grant["scope"]: grant["application_id"] for grant in await rows_of(org, "Grant")}
    assert grants == {"read": wiki["id"], "write": rows["evil"]["id"]}


@pytest.mark.usefixtures("people")
async def test_list_again_doubles_nothing_and_tells_the_last_use(
    org: Org, take: Take, rows_of: Callable[..., Any]
) -> None:
    await take(org, "ana@a.example,Mail,c1,a b,2026-01-31T09:15:00Z")
    again = await take(org, "ana@a.example,Mail,c1,a b c,2026-02-01T00:00:00Z")
    counts = again.counts["Grant"]
    assert (counts.created, counts.already_there) == (1, 2)
    await take(org, "ana@a.example,Mail,c1,a,2020-02-01T00:00:00Z")
    grants = await rows_of(org, "Grant")
    assert len(grants) == 3
    assert {grant["last_used_at"].isoformat() for grant in grants} == {"2026-02-01T00:00:00+00:00"}
    assert len(await rows_of(org, "Finding")) == 1


@pytest.mark.usefixtures("people")
async def test_unknown_person_is_told_and_not_made(
    org: Org, other_org: Org, database: Database, take: Take, rows_of: Callable[..., Any]
) -> None:
    theirs = other_org.repositories.of(database.catalog.tables["User"])
    await theirs.create({"email": "eve@a.example", "name": "Eve"})
    report = await take(org, "eve@a.example,Mail,c1,a,", "ana@a.example,Mail,c1,a,")
    assert told(report) == [(2, "UNKNOWN_USER", "user")]
    assert report.exit_code == 2
    assert len(await rows_of(org, "User")) == 2
    assert await rows_of(other_org, "Grant") == []
    assert len(await rows_of(org, "Grant")) == 1


async def test_application_of_nobody_known_is_found_all_the_same(
    org: Org, take: Take, rows_of: Callable[..., Any]
) -> None:
    report = await take(org, "eve@a.example,Mail,c1,a,")
    assert told(report) == [(2, "UNKNOWN_USER", "user")]
    assert [row["name"] for row in await rows_of(org, "SaasApplication")] == ["Mail"]
    assert [row["subject_label"] for row in await rows_of(org, "Finding")] == ["Mail"]
    assert await rows_of(org, "Grant") == []
