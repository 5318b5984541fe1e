"""An export holds everything of one organisation, and an import of it makes the same again."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from jobs.transfer.exporting import ROWS_PER_PAGE, ExportRefused
from jobs.transfer.formats import Format
from repository.database import Database
from tests.conftest import Org
from tests.jobs.conftest import Dump, Load, write_lines

SITES = [str(uuid4()) for _ in range(3)]


def specimens() -> list[dict[str, Any]]:
    """Rows of every kind of value, awkward ones among them."""
    common = {"siteId": SITES[0], "phase": "MEASURED", "inside": "hidden", "secret": "s"}
    return [
        {**common, "label": '"', "contact": '""', "code": "AB-1234", "weight": 1e-300, "rank": 1},
        {**common, "label": "a\r\nb\tc,'", "contact": "", "price": "0.125", "atoms": "-9"},
        {**common, "label": "=1+1", "tags": [], "facts": {"ü": [1, 1.5, None, True, "\n"]}},
        {**common, "label": " ", "tags": ["", '"'], "facts": [], "seenAt": "0001-01-01T00:00:00Z"},
        {**common, "label": "😀", "bornOn": "9999-12-31", "originId": SITES[1], "weight": -0.5},
        {**common, "label": "", "alive": True, "facts": "text", "verdict": "by jobs", "dose": 0},
    ]


@pytest.fixture
async def filled(org: Org, load: Load, tmp_path: Path) -> Org:
    sites = [{"id": id, "label": id, "withinId": SITES[(i + 1) % 3]} for i, id in enumerate(SITES)]
    write_lines(tmp_path / "in" / "Site.jsonl", sites)
    write_lines(tmp_path / "in" / "Specimen.jsonl", specimens())
    report = await load(org, tmp_path / "in")
    assert report.problems == 0
    return org


@pytest.mark.parametrize("format", Format)
async def test_round_trip_is_exact(
    filled: Org, other_org: Org, load: Load, dump: Dump, tmp_path: Path, format: Format
) -> None:
    first = await dump(filled, tmp_path / "first", format)
    report = await load(other_org, tmp_path / "first")
    assert report.problems == 0
    second = await dump(other_org, tmp_path / "second", Format.jsonl)
    assert second.digest == first.digest
    for name, summary in first.types.items():
        if summary.loaded:
            assert second.types[name].digest == summary.digest, name
    assert first.types["Specimen"].count == 6
    assert (await load(other_org, tmp_path / "first")).counts["Specimen"].already_there == 6


async def test_digest_is_that_of_the_file(filled: Org, dump: Dump, tmp_path: Path) -> None:
    manifest = await dump(filled, tmp_path / "out")
    for summary in manifest.types.values():
        content = (tmp_path / "out" / summary.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == summary.digest
        assert content.count(b"\n") == summary.count
    written = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert written == manifest.as_json()


async def test_digest_tells_a_changed_value(
    filled: Org, database: Database, dump: Dump, tmp_path: Path
) -> None:
    before = await dump(filled, tmp_path / "before")
    assert (await dump(filled, tmp_path / "same")).digest == before.digest
    site = filled.repositories.of(database.catalog.tables["Site"])
    from uuid import UUID

    await site.update(UUID(SITES[0]), version=1, values={"label": "changed"})
    assert (await dump(filled, tmp_path / "after")).digest != before.digest


async def test_export_holds_one_organisation_only(
    filled: Org, other_org: Org, load: Load, dump: Dump, tmp_path: Path
) -> None:
    rows = [{"name": f"Theirs {i}", "tier": "LOW"} for i in range(5)]
    await load(other_org, write_lines(tmp_path / "Vendor.jsonl", rows))
    manifest = await dump(filled, tmp_path / "out")
    assert manifest.types["Vendor"].count == 0
    assert manifest.types["Organization"].count == 1
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"Theirs" not in everything
    assert str(other_org.id).encode() not in everything
    assert (await dump(other_org, tmp_path / "theirs")).types["Vendor"].count == 5


async def test_export_has_the_trail_and_not_the_outbox(
    filled: Org, dump: Dump, tmp_path: Path
) -> None:
    manifest = await dump(filled, tmp_path / "out")
    assert manifest.types["AuditEvent"].count == 10
    assert not manifest.types["AuditEvent"].loaded
    assert not manifest.types["Organization"].loaded
    assert not {"OutboxMessage", "Archived"} & manifest.types.keys()


async def test_many_pages_are_one_moment(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    rows = [{"name": f"{i:06}", "tier": "LOW"} for i in range(ROWS_PER_PAGE + 5)]
    path = write_lines(tmp_path / "Vendor.jsonl", rows)
    await load(org, path)
    from jobs.transfer.exporting import records

    actor = org.repositories.session.actor
    table = database.catalog.tables["Vendor"]
    seen = []
    async with database.snapshot(org.org_id, actor) as repositories:
        async for row in records(repositories, table):
            if not seen:
                # Ids behind the first page.
                ids = [f"ffffffff-ffff-8fff-bfff-{i:012x}" for i in range(50)]
                more = [{"id": id, "name": f"late {id}", "tier": "LOW"} for id in ids]
                await load(org, write_lines(path, more))
            seen.append(row["name"])
    assert sorted(seen) == [row["name"] for row in rows]
    assert await org.repositories.of(table).count() == len(rows) + 50


async def test_files_are_for_their_owner_alone(filled: Org, dump: Dump, tmp_path: Path) -> None:
    await dump(filled, tmp_path / "out")
    assert stat.S_IMODE(os.stat(tmp_path / "out").st_mode) == 0o700
    for path in (tmp_path / "out").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_folder_with_files_is_refused(filled: Org, dump: Dump, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "Vendor.jsonl").touch()
    with pytest.raises(ExportRefused, match="not empty"):
        await dump(filled, tmp_path / "out")
    (tmp_path / "out" / "Vendor.jsonl").unlink()
    await dump(filled, tmp_path / "out")


async def test_derived_datasets_give_way_to_those_of_the_export(
    org: Org, other_org: Org, database: Database, load: Load, dump: Dump, tmp_path: Path
) -> None:
    """An organisation has them from its start, under ids of its own."""
    tables = database.catalog.tables

    async def derive(one: Org) -> None:
        dataset = await one.repositories.of(tables["Dataset"]).create(
            {"name": "Vendor", "model": "Vendor"}
        )
        field = {"name": "name", "level": "PUBLIC", "category": "BUSINESS", "derived": True}
        await one.repositories.of(tables["DataField"]).create(
            {**field, "dataset_id": dataset["id"]}
        )

    await derive(org)
    await derive(other_org)
    first = await dump(org, tmp_path / "first")
    report = await load(other_org, tmp_path / "first")
    assert report.problems == 0
    assert (await dump(other_org, tmp_path / "second")).digest == first.digest
    assert (await load(other_org, tmp_path / "first")).counts["Dataset"].already_there == 1


async def test_derived_dataset_that_somebody_changed_does_not_give_way(
    org: Org, other_org: Org, database: Database, load: Load, dump: Dump, tmp_path: Path
) -> None:
    table = database.catalog.tables["Dataset"]
    for one in (org, other_org):
        row = await one.repositories.of(table).create({"name": "Vendor", "model": "Vendor"})
        values = {"description": "changed"}
        await one.repositories.of(table).update(row["id"], version=1, values=values)
    await dump(org, tmp_path / "out")
    report = await load(other_org, tmp_path / "out")
    assert [problem.code.value for problem in report.first] == ["DUPLICATE"]
    assert await other_org.repositories.of(table).count() == 1
