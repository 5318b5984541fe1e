"""`palisade prove`, as somebody runs it."""

import os
import subprocess
import sys
from pathlib import Path

import orjson

COMMAND = (sys.executable, "-c", "from palisade.cli import cli; cli()", "prove")


def run(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PALISADE_")}
    paths = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**kept, **settings, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_service_is_started_attacked_and_reported_on(tmp_path: Path) -> None:
    done = run("--only", "operators", "--only", "logs", "--json", "--seed", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = orjson.loads(done.stdout)
    assert told["held"] is True
    assert told["seed"] == 5
    assert {count["entrance"] for count in told["counts"]} == {"operators", "logs"}
    assert all(count["unproven"] == 0 for count in told["counts"])
    assert "attacking: operators" in done.stderr
    folder = tmp_path / "palisade-prove-report"
    assert orjson.loads((folder / "report.json").read_bytes()) == told
    assert "Nothing got across" in (folder / "report.md").read_text()


def test_without_a_way_to_erase_nothing_is_begun(tmp_path: Path) -> None:
    done = run(cwd=tmp_path, PALISADE_DATABASE_URL="postgresql://palisade_app@127.0.0.1:1/none")
    assert done.returncode == 2
    assert "PALISADE_WORKER_URL" in done.stderr
    assert "nothing was written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_entrance_that_is_none_is_refused(tmp_path: Path) -> None:
    done = run("--only", "windows", cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no entrance windows: there are lists, ids" in done.stderr


def test_a_type_that_is_none_is_refused(tmp_path: Path) -> None:
    done = run("--type", "Window", cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no type Window: there are Organization" in done.stderr


def test_a_package_that_is_none_is_refused(tmp_path: Path) -> None:
    done = run("--models", "no_such_models", cwd=tmp_path)
    assert done.returncode == 2
    assert "no_such_models" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_stops_it_before_anything_is_tried(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--only", "operators", "--report", "file/report", cwd=tmp_path)
    assert done.returncode == 2
    assert "file/report can't be made: Not a directory." in done.stderr
    assert "attacking" not in done.stderr
