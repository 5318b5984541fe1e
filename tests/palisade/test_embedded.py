"""The embedded PostgreSQL: durable where it counts, held by one, and gone afterwards."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from palisade.embedded import DATABASE, DataDirectoryError, EmbeddedPostgres, held, prepared

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


async def fetch(url: str, *queries: str) -> list[object]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return [await connection.fetchval(query) for query in queries]
    finally:
        await connection.close()


def shown(server: EmbeddedPostgres) -> list[object]:
    queries = [f"SHOW {name}" for name in (*DURABILITY, "server_version_num", "listen_addresses")]
    return asyncio.run(fetch(server.url("postgres"), *queries))


@pytest.mark.parametrize(("durable", "setting"), [(True, "on"), (False, "off")])
def test_server_is_as_durable_as_asked_from_its_first_start(
    data_dir: Path, durable: bool, setting: str
) -> None:
    server = EmbeddedPostgres(data_dir, durable=durable)
    server.start()
    try:
        *durability, version, addresses = shown(server)
        pid = server._server.get_pid()
    finally:
        server.stop()
    assert durability == [setting] * 3
    assert int(str(version)) // 10_000 == 18
    assert addresses == "", "it is reached by its socket alone"
    assert _ends(pid)


def test_server_keeps_its_data_and_makes_good_a_first_start_that_broke_off(
    data_dir: Path,
) -> None:
    server = EmbeddedPostgres(data_dir)
    server.start()
    asyncio.run(fetch(server.url("postgres", database="postgres"), f"DROP DATABASE {DATABASE}"))
    asyncio.run(fetch(server.url("postgres", database="postgres"), "CREATE TABLE kept (id int)"))
    server.stop()

    again = EmbeddedPostgres(data_dir)
    again.start()
    try:
        assert asyncio.run(fetch(again.url("postgres"), "SELECT current_database()")) == [DATABASE]
        kept = fetch(again.url("postgres", database="postgres"), "SELECT count(*) FROM kept")
        assert asyncio.run(kept) == [0]
    finally:
        again.stop()


def test_server_stops_although_another_user_of_it_was_killed(data_dir: Path) -> None:
    """What is left behind is a process id in a file; the server must not wait for it."""
    code = (
        "import os, sys, pathlib; from palisade.embedded import EmbeddedPostgres;"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(data_dir)])
    assert killed.returncode == -9
    server = EmbeddedPostgres(data_dir)
    server.start()
    pid = server._server.get_pid()
    users = json.loads((data_dir / "postgres" / ".handle_pids.json").read_text())
    server.stop()
    assert users == [os.getpid()]
    assert _ends(pid)


def test_data_directory_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(DataDirectoryError, match="in use by another"):
        with held(tmp_path):
            pytest.fail("two hold it")
    with held(tmp_path):
        pass


def test_data_directory_is_made_where_it_is_missing(tmp_path: Path) -> None:
    made = prepared(tmp_path / "a" / "b")
    assert made.is_dir()
    assert made.is_absolute()


def test_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DataDirectoryError, match="can't be made"):
            prepared(path)


@pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere"
)
def test_data_directory_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from palisade.embedded import prepared, DataDirectoryError\n"
        "try: prepared(pathlib.Path(sys.argv[1]))\n"
        "except DataDirectoryError as error: print(error)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]
    tmp_path.chmod(0o555)
    try:
        refused = subprocess.run(command, capture_output=True, text=True)
        tmp_path.chmod(0o755)
        accepted = subprocess.run(command, capture_output=True, text=True)
    finally:
        tmp_path.chmod(0o755)
    assert (refused.stdout, refused.stderr) == (f"{tmp_path} can't be written\n", "")
    assert (accepted.stdout, accepted.stderr) == ("", "")


def test_server_that_can_not_start_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(DataDirectoryError, match="can't start") as refused:
        EmbeddedPostgres(tmp_path).start()
    assert len(str(refused.value).splitlines()) == 1


def _ends(pid: int) -> bool:
    """Whether a process ends within two seconds; its files go a moment before it does."""
    for _ in range(100):
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return True
        # In a container an orphan may stay as a zombie, because nobody waits for it.
        if status.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False
