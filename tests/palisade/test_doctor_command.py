"""`palisade doctor` as a person starts it, and serve, which refuses what it finds."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from repository.context import ContextKey

FREE_PORT = ("--port", "0")


async def _change(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def settings(urls: Any, context_key: ContextKey) -> dict[str, str]:
    return {"database_url": urls.app, "context_key": context_key.encode()}


@pytest.fixture
def broken(make_database: Any, palisade: Any) -> Any:
    """A database whose walls have a gap."""
    urls = make_database()
    assert palisade("migrate", owner_url=urls.superuser).returncode == 0
    asyncio.run(_change(urls.superuser, "ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY"))
    key = palisade("rotate-context-key", owner_url=urls.superuser).stdout.strip()
    return {"database_url": urls.app, "context_key": key}


def test_embedded_database_shows_no_error(palisade: Any, data_dir: Path) -> None:
    assert palisade("migrate", "--data-dir", data_dir).returncode == 0
    done = palisade("doctor", "--data-dir", data_dir, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer["ok"] is True
    assert {finding["severity"] for finding in answer["findings"]} <= {"WARNING", "INFO"}
    for finding in answer["findings"]:
        assert finding.keys() == {"object", "rule", "severity", "evidence", "fix"}


def test_table_is_for_people_also_when_piped(palisade: Any, settings: dict[str, str]) -> None:
    done = palisade("doctor", **settings)
    assert done.returncode == 0, done.stderr
    assert "development-issuer" in done.stdout
    assert "0 ERROR, " in done.stdout
    assert " relations, " in done.stdout


def test_unreachable_database_is_a_problem_of_its_own(palisade: Any) -> None:
    done = palisade("doctor", database_url="postgresql://a@127.0.0.1:1/x", context_key="x")
    assert done.returncode == 2
    assert done.stderr.startswith("The database can't be reached")


def test_gap_is_found_and_serve_refuses_it_until_it_is_allowed_by_name(
    palisade: Any, broken: dict[str, str]
) -> None:
    done = palisade("doctor", "--json", **broken)
    assert done.returncode == 1
    (error,) = (f for f in json.loads(done.stdout)["findings"] if f["severity"] == "ERROR")
    assert (error["object"], error["rule"]) == ("data.vendor", "rls-not-forced")

    refused = palisade("serve", *FREE_PORT, **broken)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("data.vendor: ")
    assert "rls-not-forced" in refused.stderr

    another = palisade("serve", *FREE_PORT, "--allow-unsafe", "policy-roles", **broken)
    assert another.returncode == 1

    unknown = palisade("serve", *FREE_PORT, "--allow-unsafe", "all", **broken)
    assert unknown.returncode == 1
    assert "--allow-unsafe all: there is no such rule" in unknown.stderr

    for _ in range(2):
        running = palisade.start("serve", *FREE_PORT, "--allow-unsafe", "rls-not-forced", **broken)
        lines = running.errors.read_text().splitlines()
        assert running.stop() == 0
        (logged,) = (json.loads(line) for line in lines if "unsafe_allowed" in line)
        assert (logged["level"], logged["rule"]) == ("warning", "rls-not-forced")
        assert logged["objects"] == ["data.vendor"]


def test_serve_of_a_whole_database_needs_no_permission(
    palisade: Any, settings: dict[str, str]
) -> None:
    """The positive control."""
    assert palisade.start("serve", *FREE_PORT, **settings).stop() == 0
