"""Import and export as processes: exit codes, reports, and ends in the middle of the work."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from repository.context import ContextKey
from repository.database import Database
from tests.conftest import Org, Urls


@pytest.fixture
def settings(urls: Urls, context_key: ContextKey) -> Mapping[str, str]:
    """A service whose database is elsewhere, without the owner's URL."""
    return {"database_url": urls.app, "context_key": context_key.encode()}


@pytest.fixture
def run(palisade: Any, settings: Mapping[str, str]) -> Callable[..., Any]:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done: subprocess.CompletedProcess[str] = palisade(*arguments, **settings)
        return done

    return run


def vendors(path: Path, count: int, *more: str) -> Path:
    lines = [orjson.dumps({"name": f"Vendor {i:06}", "tier": "LOW"}).decode() for i in range(count)]
    path.write_text("".join(f"{line}\n" for line in (*lines, *more)))
    return path


async def test_import_tells_what_it_did(org: Org, run: Callable[..., Any], tmp_path: Path) -> None:
    path = vendors(tmp_path / "Vendor.jsonl", 3)
    done = run("import", "--org", org.slug, path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "3",
        "created",
        "0",
        "already",
        "there",
        "0",
        "refused",
        "Vendor",
    ]
    again = run("import", "--org", org.slug, path, "--json")
    (line,) = again.stdout.splitlines()
    told = orjson.loads(line)
    assert told["types"]["Vendor"]["alreadyThere"] == 3
    assert told["ending"] == "KEPT"


async def test_refused_rows_are_told_on_the_terminal_and_in_the_report(
    org: Org, run: Callable[..., Any], tmp_path: Path
) -> None:
    path = vendors(tmp_path / "rows.jsonl", 2, *(["{}"] * 150))
    report = tmp_path / "report.jsonl"
    done = run("import", "--org", org.slug, path, "--type", "vendor", "--report", report)
    assert done.returncode == 2
    problems = [line for line in done.stderr.splitlines() if "rows.jsonl:" in line]
    assert len(problems) == 100
    assert problems[0] == "rows.jsonl:3: MISSING_FIELD name: must have a value"
    assert "… and 50 more problems: --report writes all of them." in done.stderr
    assert len(report.read_text().splitlines()) == 150


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody", "Vendor.jsonl"), "There is no organisation nobody"),
        ((None, "none.jsonl"), "There is no file or folder"),
        ((None, "empty"), "There is nothing to import in"),
    ],
)
async def test_mistake_is_one_sentence(
    org: Org,
    run: Callable[..., Any],
    tmp_path: Path,
    arguments: tuple[str | None, str],
    sentence: str,
) -> None:
    vendors(tmp_path / "Vendor.jsonl", 1)
    (tmp_path / "empty").mkdir()
    slug, name = arguments
    done = run("import", "--org", slug or org.slug, tmp_path / name)
    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()[-1]
    assert run("import", "--org", org.slug, tmp_path / "Vendor.jsonl").returncode == 0


async def test_nothing_could_be_done_is_exit_code_1(
    org: Org, run: Callable[..., Any], tmp_path: Path
) -> None:
    path = vendors(tmp_path / "rows.jsonl", 0, "{}")
    assert run("import", "--org", org.slug, path).returncode == 1
    assert run("import", "--org", org.slug, path, "--type", "Vendor").returncode == 1


async def test_dry_run_and_all_or_nothing_store_nothing(
    org: Org, database: Database, run: Callable[..., Any], tmp_path: Path
) -> None:
    table = org.repositories.of(database.catalog.tables["Vendor"])
    good = vendors(tmp_path / "Vendor.jsonl", 3)
    bad = vendors(tmp_path / "bad.jsonl", 3, "{}")
    dry = run("import", "--org", org.slug, good, "--dry-run")
    assert (dry.returncode, dry.stdout.splitlines()[-1]) == (
        0,
        "This was a dry run: nothing is stored.",
    )
    whole = run("import", "--org", org.slug, bad, "--type", "Vendor", "--all-or-nothing")
    assert whole.returncode == 1
    assert "Nothing is stored" in whole.stdout
    assert await table.count() == 0


async def test_export_goes_into_another_organisation(
    org: Org, other_org: Org, run: Callable[..., Any], tmp_path: Path
) -> None:
    assert run("import", "--org", org.slug, vendors(tmp_path / "Vendor.jsonl", 5)).returncode == 0
    first = run("export", "--org", org.slug, tmp_path / "out", "--format", "csv", "--json")
    assert first.returncode == 0, first.stderr
    assert run("import", "--org", other_org.slug, tmp_path / "out").returncode == 0
    second = run("export", "--org", other_org.slug, tmp_path / "again", "--json")
    assert orjson.loads(second.stdout)["digest"] == orjson.loads(first.stdout)["digest"]
    assert orjson.loads(first.stdout)["types"]["Vendor"]["count"] == 5
    refused = run("export", "--org", org.slug, tmp_path / "out")
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)


@pytest.mark.parametrize("mode", [[], ["--all-or-nothing"]])
async def test_killed_import_run_again_doubles_and_loses_nothing(
    org: Org,
    database: Database,
    palisade: Any,
    settings: Mapping[str, str],
    tmp_path: Path,
    mode: list[str],
) -> None:
    count = 4000
    path = vendors(tmp_path / "Vendor.jsonl", count)
    table = org.repositories.of(database.catalog.tables["Vendor"])
    arguments = ("import", "--org", org.slug, path, "--batch", 50, "--json", *mode)
    seen = []
    for _ in range(3):
        process = palisade.popen(*arguments, **settings)
        before = await table.count()
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            # Some batches into it; in one transaction nobody sees how far it is.
            if await table.count() > before or (mode and time.monotonic() > deadline - 17.5):
                break
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        seen.append(await table.count())
    assert seen == sorted(seen), (
        seen,
        [path.read_text() for path in palisade.folder.glob("*.err")],
    )
    assert (0 < seen[0] < count) if not mode else (seen[0] in (0, count)), seen
    last = palisade(*arguments, **settings)
    assert last.returncode == 0, last.stderr
    told = orjson.loads(last.stdout)["types"]["Vendor"]
    assert told["created"] + told["alreadyThere"] == count
    assert await table.count() == count


async def test_list_of_grants_is_taken_in(
    org: Org, database: Database, run: Callable[..., Any], tmp_path: Path
) -> None:
    users = org.repositories.of(database.catalog.tables["User"])
    await users.create({"email": "ana@a.example", "name": "Ana"})
    path = tmp_path / "grants.csv"
    path.write_text("User Email,Application,Scopes\nana@a.example,Mail,a b\nbo@a.example,Mail,a\n")
    done = run("import-grants", "--org", org.slug, path)
    assert done.returncode == 2, done.stderr
    assert "grants.csv:3: UNKNOWN_USER user" in done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines() if " 0 created" not in line] == [
        "SaasApplication",
        "Grant",
        "Finding",
    ]
