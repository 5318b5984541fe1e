"""Imports: what is good is there, what is bad is told, nothing twice and nothing of another's."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from jobs.transfer.formats import Format
from jobs.transfer.progress import NoProgress
from jobs.transfer.report import Ending
from repository.database import Database
from tests.conftest import Org
from tests.jobs.conftest import Dump, Load, Mode, told, write_lines

IDS = [str(uuid4()) for _ in range(20)]


def vendors(count: int, **values: Any) -> list[dict[str, Any]]:
    return [{"name": f"Vendor {i:04}", "tier": "LOW", **values} for i in range(count)]


async def names(org: Org, database: Database, type: str = "Vendor") -> list[str]:
    async with database.snapshot(org.org_id, org.repositories.session.actor) as repositories:
        from jobs.transfer.exporting import records

        table = database.catalog.tables[type]
        return sorted([row["name"] async for row in records(repositories, table)])


async def test_rows_become_records_with_a_journal(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "Vendor.jsonl", vendors(3, country="DE"))
    before = await org.repositories.of(database.catalog.tables["AuditEvent"]).count()
    report = await load(org, path)
    assert report.problems == 0
    assert (report.exit_code, report.counts["Vendor"].created) == (0, 3)
    assert await names(org, database) == ["Vendor 0000", "Vendor 0001", "Vendor 0002"]
    after = await org.repositories.of(database.catalog.tables["AuditEvent"]).count()
    assert after - before == 3


async def test_same_file_again_doubles_nothing(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "Vendor.jsonl", vendors(3))
    await load(org, path)
    again = await load(org, path.rename(tmp_path / "vendors.jsonl"))
    assert (again.counts["Vendor"].created, again.counts["Vendor"].already_there) == (0, 3)
    assert again.exit_code == 0
    assert len(await names(org, database)) == 3


async def test_other_content_under_an_id_is_a_conflict(
    org: Org, load: Load, tmp_path: Path
) -> None:
    path = tmp_path / "Vendor.jsonl"
    row = {"id": IDS[0], "name": "Initech", "tier": "LOW"}
    await load(org, write_lines(path, [row]))
    report = await load(org, write_lines(path, [{**row, "tier": "HIGH"}]))
    assert told(report) == [(1, "CONFLICT", "id")]
    assert report.exit_code == 1
    assert (await load(org, write_lines(path, [row]))).exit_code == 0


async def test_every_bad_row_is_told_and_every_good_one_kept(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    rows: list[Any] = vendors(700)
    rows[3] = {**rows[3], "nonsense": 1}
    rows[10] = {**rows[10], "name": "Vendor 0009"}
    rows[300] = b'{"name"'
    rows[301] = {"name": "no tier"}
    rows[600] = {**rows[600], "name": "Vendor 0009"}
    rows[650] = {**rows[650], "id": IDS[0]}
    rows[651] = {**rows[651], "id": IDS[0]}
    file = io.BytesIO()
    report = await load(org, write_lines(tmp_path / "Vendor.jsonl", rows), file=file)
    assert sorted(told(report), key=str) == sorted(
        [
            (4, "UNKNOWN_FIELD", "nonsense"),
            (11, "DUPLICATE", "name"),
            (301, "BROKEN_ROW", None),
            (302, "MISSING_FIELD", "tier"),
            (601, "DUPLICATE", "name"),
            (652, "DUPLICATE_ID", "id"),
        ],
        key=str,
    )
    assert (report.counts["Vendor"].created, report.counts["Vendor"].refused) == (694, 6)
    assert report.exit_code == 2
    assert len(await names(org, database)) == 694
    written = [orjson.loads(line) for line in file.getvalue().splitlines()]
    assert len(written) == 6
    assert {"file", "line", "type", "field", "code", "rule"} == written[0].keys()


@pytest.mark.parametrize("mode", [Mode.ALL_OR_NOTHING, Mode.DRY_RUN])
async def test_one_bad_row_undoes_all(
    org: Org, database: Database, load: Load, tmp_path: Path, mode: Mode
) -> None:
    rows = vendors(30)
    bad = [*rows, {**rows[0], "country": "DE"}, {"name": "x"}]
    path = tmp_path / "Vendor.jsonl"
    report = await load(org, write_lines(path, bad), mode=mode, batch=10)
    assert sorted(told(report), key=str) == [
        (31, "DUPLICATE", "name"),
        (32, "MISSING_FIELD", "tier"),
    ]
    assert await names(org, database) == []
    good = await load(org, write_lines(path, rows), mode=mode, batch=10)
    assert (good.problems, good.counts["Vendor"].created) == (0, 30)
    kept = mode is Mode.ALL_OR_NOTHING
    assert good.ending is (Ending.KEPT if kept else Ending.REHEARSED)
    assert len(await names(org, database)) == (30 if kept else 0)


async def test_all_or_nothing_has_exit_code_1(org: Org, load: Load, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "Vendor.jsonl", [*vendors(3), {"name": "x"}])
    assert (await load(org, path, mode=Mode.ALL_OR_NOTHING)).exit_code == 1
    assert (await load(org, path)).exit_code == 2


# What is another organisation's.


async def test_reference_to_another_organisations_record_is_as_missing_as_none(
    org: Org, other_org: Org, load: Load, tmp_path: Path
) -> None:
    site = {"id": IDS[0], "label": "theirs"}
    assert (await load(other_org, write_lines(tmp_path / "Site.jsonl", [site]))).exit_code == 0
    path = tmp_path / "Specimen.jsonl"
    rules = []
    for target in (IDS[0], str(uuid4())):
        rows = [{"label": "one", "siteId": target}]
        report = await load(org, write_lines(path, rows))
        assert told(report) == [(1, "REFERENCE_MISSING", "siteId")]
        rules.append(report.first[0])
    assert rules[0] == rules[1]
    await load(org, write_lines(tmp_path / "Site.jsonl", [{"id": IDS[0], "label": "ours"}]))
    report = await load(org, write_lines(path, [{"label": "one", "siteId": IDS[0]}]))
    assert report.exit_code == 0


async def test_later_reference_to_another_organisations_record_is_missing(
    org: Org, other_org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    path = tmp_path / "Site.jsonl"
    await load(other_org, write_lines(path, [{"id": IDS[0], "label": "theirs"}]))
    rows = [
        {"id": IDS[1], "label": "a", "withinId": IDS[0]},
        {"id": IDS[2], "label": "b", "withinId": IDS[1]},
    ]
    report = await load(org, write_lines(path, rows))
    assert told(report) == [(1, "REFERENCE_MISSING", "withinId")]
    assert (report.counts["Site"].created, report.counts["Site"].incomplete) == (2, 1)
    assert report.exit_code == 2
    table = org.repositories.of(database.catalog.tables["Site"])
    assert (await table.get(UUID(IDS[1])))["within_id"] is None
    assert (await table.get(UUID(IDS[2])))["within_id"] == UUID(IDS[1])


async def test_id_of_another_organisations_record_makes_an_own_one(
    org: Org, other_org: Org, load: Load, dump: Dump, tmp_path: Path
) -> None:
    path = tmp_path / "Vendor.jsonl"
    await load(other_org, write_lines(path, [{"id": IDS[0], "name": "Theirs", "tier": "LOW"}]))
    before = await dump(other_org, tmp_path / "before")
    report = await load(org, write_lines(path, [{"id": IDS[0], "name": "Ours", "tier": "LOW"}]))
    assert report.counts["Vendor"].created == 1
    assert (await dump(other_org, tmp_path / "after")).digest == before.digest


@pytest.mark.parametrize("field", ["orgId", "org_id", "organization", "organizationId"])
async def test_row_that_names_an_organisation_is_refused(
    org: Org, other_org: Org, load: Load, dump: Dump, tmp_path: Path, field: str
) -> None:
    before = await dump(other_org, tmp_path / "before")
    for row in (
        {"name": "a", "tier": "LOW", field: str(other_org.id)},
        {"name": "b", "tier": "LOW"},
    ):
        report = await load(org, write_lines(tmp_path / "Vendor.jsonl", [row]))
        assert report.exit_code == (1 if field in row else 0)
    assert (await dump(other_org, tmp_path / "after")).digest == before.digest


# References among the rows.


async def test_references_in_any_order_and_in_circles_are_set(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    sites = [
        {"id": IDS[i], "label": f"site {i}", "withinId": IDS[(i + 1) % 6], "bestId": IDS[10 + i]}
        for i in range(6)
    ]
    specimens = [
        {"id": IDS[10 + i], "label": f"specimen {i}", "siteId": IDS[5 - i]} for i in range(6)
    ]
    write_lines(tmp_path / "in" / "Specimen.jsonl", specimens)
    write_lines(tmp_path / "in" / "site.jsonl", sites)
    report = await load(org, tmp_path / "in", batch=2)
    assert report.problems == 0
    table = org.repositories.of(database.catalog.tables["Site"])
    for site in sites:
        row = await table.get(UUID(site["id"]))
        assert row["within_id"] == UUID(site["withinId"])
        assert row["best_id"] == UUID(site["bestId"])
        assert row["version"] == 1
    assert (await load(org, tmp_path / "in")).counts["Site"].already_there == 6


async def test_missing_reference_costs_its_own_rows_only(
    org: Org, load: Load, tmp_path: Path
) -> None:
    write_lines(tmp_path / "in" / "Site.jsonl", [{"id": IDS[0], "label": "a"}])
    rows = [
        {"label": f"s{i}", "siteId": IDS[0], "spareSiteId": IDS[1] if i % 7 == 0 else None}
        for i in range(100)
    ]
    write_lines(tmp_path / "in" / "Specimen.jsonl", rows)
    report = await load(org, tmp_path / "in")
    assert sorted(told(report), key=lambda one: one[0] or 0) == [
        (i + 1, "REFERENCE_MISSING", "spareSiteId") for i in range(0, 100, 7)
    ]
    assert report.counts["Specimen"].created == 85


async def test_chain_that_leads_back_is_refused_where_it_must_not(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    table = database.catalog.tables["Vendor"]
    assert any(r.acyclic and r.key == "parent_id" for r in table.relations)
    parents = {0: 1, 1: 2, 2: 0, 3: 4, 4: 5, 6: 6}
    rows = [
        {
            "id": IDS[i],
            "name": f"Vendor {i}",
            "tier": "LOW",
            "parentId": IDS[parents[i]] if i in parents else None,
        }
        for i in range(7)
    ]
    report = await load(org, write_lines(tmp_path / "Vendor.jsonl", rows))
    assert {code for _, code, _ in told(report)} == {"CIRCLE"}
    assert report.counts["Vendor"].incomplete == 2
    vendors = org.repositories.of(table)
    found = {i: (await vendors.get(UUID(IDS[i])))["parent_id"] for i in range(7)}
    assert (found[3], found[4], found[6]) == (UUID(IDS[4]), UUID(IDS[5]), None)
    assert None in (found[0], found[1], found[2])


# Interrupted.


class Interrupted(Exception):
    """The process ended here."""


class StopAfter(NoProgress):
    """Interrupts when so many batches are stored."""

    def __init__(self, batches: int) -> None:
        self._left = batches

    def at(self, byte: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted


class StopBehind(NoProgress):
    """Interrupts when so many files are read."""

    def __init__(self, files: int) -> None:
        self._left = files

    def end(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Interrupted


async def _filled(load: Load, org: Org, folder: Path, **options: Any) -> None:
    report = await load(org, folder, **options)
    assert report.problems == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of which some rows have ids, some have none, and some are alike."""
    sites: list[Mapping[str, Any]] = [
        {"id": IDS[i], "label": f"site {i}", "withinId": IDS[i + 1] if i < 4 else None}
        for i in range(5)
    ]
    specimens = [
        {
            "label": f"specimen {i}",
            "siteId": IDS[i % 5],
            "secret": "x" * (i % 3),
            "tags": ['"', ","],
        }
        for i in range(12)
    ]
    write_lines(tmp_path / "in" / "Site.jsonl", sites)
    write_lines(tmp_path / "in" / "Specimen.jsonl", specimens)
    return tmp_path / "in"


@pytest.mark.parametrize("batches", range(5))
async def test_import_interrupted_between_batches_goes_on(
    org: Org, other_org: Org, load: Load, dump: Dump, folder: Path, batches: int
) -> None:
    with pytest.raises(Interrupted):
        await load(org, folder, batch=3, progress=StopAfter(batches))
    await _filled(load, org, folder, batch=4)
    counts = (await dump(org, folder.parent / "out")).types
    assert (counts["Site"].count, counts["Specimen"].count) == (5, 12)
    again = await load(org, folder)
    assert sum(count.created for count in again.counts.values()) == 0


async def test_import_interrupted_before_references_are_set_goes_on(
    org: Org, other_org: Org, database: Database, load: Load, dump: Dump, folder: Path
) -> None:
    with pytest.raises(Interrupted):
        await load(org, folder, batch=1, progress=StopBehind(2))
    table = database.catalog.tables["Site"]
    first = await org.repositories.of(table).get(UUID(IDS[0]))
    assert first["within_id"] is None
    await _filled(load, org, folder)
    first = await org.repositories.of(table).get(UUID(IDS[0]))
    assert first["within_id"] == UUID(IDS[1])


@pytest.mark.parametrize("format", Format)
async def test_file_cut_at_any_byte_and_then_whole_gives_the_same(
    make_org: Callable[[], Any], load: Load, dump: Dump, tmp_path: Path, format: Format
) -> None:
    """What a cut file stores is part of what the whole one stores."""
    rows = [
        {"name": f"Vendor {i}" if i % 2 else f'V "{i}",\nrow', "tier": "LOW", "country": "DE"}
        for i in range(6)
    ]
    whole = write_lines(tmp_path / "Vendor.jsonl", rows).read_bytes()
    if format is Format.csv:
        source = await make_org()
        await load(source, tmp_path / "Vendor.jsonl")
        await dump(source, tmp_path / "csv", format)
        lines = (tmp_path / "csv" / "Vendor.csv").read_bytes()
        # Without the ids, so that they have to be found again.
        whole = b"".join(
            b",".join(line.split(b",")[1:]) if b"-" in line.split(b",")[0] or index == 0 else line
            for index, line in enumerate(lines.splitlines(keepends=True))
        )
    path = tmp_path / f"vendors.{format}"
    path.write_bytes(whole)
    reference = await make_org()
    await _filled(load, reference, path)
    names_wanted = await _names(dump, reference, tmp_path)
    assert len(names_wanted) == 6
    random = Random(7)
    for cut in sorted(random.sample(range(len(whole)), 24)):
        org = await make_org()
        path.write_bytes(whole[:cut])
        await load(org, path, batch=2)
        assert set(await _names(dump, org, tmp_path)) <= set(names_wanted), cut
        path.write_bytes(whole)
        await _filled(load, org, path, batch=3)
        assert await _names(dump, org, tmp_path) == names_wanted, cut


async def _names(dump: Dump, org: Org, folder: Path) -> list[str]:
    manifest = await dump(org, folder / str(uuid4()))
    assert manifest
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_ctime_ns)
    lines = (newest / "Vendor.jsonl").read_bytes().splitlines()
    return sorted(orjson.loads(line)["name"] for line in lines)


async def test_record_that_was_changed_since_is_not_doubled(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "Vendor.jsonl", vendors(2))
    await load(org, path)
    table = org.repositories.of(database.catalog.tables["Vendor"])
    first = await org.repositories.of(database.catalog.tables["Vendor"]).find(_all())
    assert first
    await table.update(first["id"], version=1, values={"country": "FR"})
    report = await load(org, path)
    assert [problem.code.value for problem in report.first] == ["CONFLICT"]
    assert report.counts["Vendor"].already_there == 1
    assert await table.count() == 2


async def test_reference_that_was_taken_away_since_is_not_set_again(
    org: Org, database: Database, load: Load, tmp_path: Path
) -> None:
    rows = [{"id": IDS[i], "label": f"s{i}", "withinId": IDS[1 - i]} for i in range(2)]
    path = write_lines(tmp_path / "Site.jsonl", rows)
    await load(org, path)
    table = org.repositories.of(database.catalog.tables["Site"])
    await table.update(UUID(IDS[0]), version=1, values={"within_id": None})
    report = await load(org, path)
    assert told(report) == [(1, "CONFLICT", "id")]
    assert report.counts["Site"].already_there == 1
    assert (await table.get(UUID(IDS[0])))["within_id"] is None


def _all() -> Any:
    from repository.criteria import ALL

    return ALL


async def test_file_shorter_than_its_manifest_is_told(
    org: Org, other_org: Org, load: Load, dump: Dump, tmp_path: Path
) -> None:
    await load(org, write_lines(tmp_path / "Vendor.jsonl", vendors(5)))
    await dump(org, tmp_path / "out")
    path = tmp_path / "out" / "Vendor.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:3]))
    report = await load(other_org, tmp_path / "out")
    assert told(report) == [(None, "ROWS_MISSING", None)]
    assert report.exit_code == 2
    path.write_bytes(whole)
    assert (await load(other_org, tmp_path / "out")).exit_code == 0


async def test_name_of_a_field_cannot_speak_to_the_terminal(
    org: Org, load: Load, tmp_path: Path
) -> None:
    row = {"name": "a", "tier": "LOW", "\x1b[2J" + "x" * 5000: 1}
    report = await load(org, write_lines(tmp_path / "Vendor.jsonl", [row]))
    (problem,) = report.first
    assert "\x1b" not in str(problem)
    assert len(str(problem)) < 300
