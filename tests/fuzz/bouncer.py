"""A PgBouncer of a test's own, with one connection to the server where nothing else is said."""

import asyncio
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from repository.walls import APP, OWNER, WORKER

# Fewer than the service has, so that the pooler has to forget some.
KEPT_STATEMENTS = 20


class BouncerMissing(Exception):
    """There is no pgbouncer: `apt-get install pgbouncer`, or name one by PALISADE_TEST_PGBOUNCER."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


@dataclass(frozen=True)
class Bouncer:
    """A running one. ``keeps_statements``: whether it was told to, which those before 1.21 can't."""

    port: int
    version: tuple[int, ...]
    keeps_statements: bool

    def url(self, direct: str) -> str:
        """The same role and database as a direct URL's, through the pooler."""
        parts = urlsplit(direct)
        return f"postgresql://{parts.username}@127.0.0.1:{self.port}{parts.path}"


def installed() -> tuple[str, tuple[int, ...]]:
    """The program and its version.

    Raises: BouncerMissing.
    """
    path = os.environ.get("PALISADE_TEST_PGBOUNCER") or shutil.which(
        "pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin"
    )
    if path is None:
        raise BouncerMissing
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    assert found, told
    return path, tuple(map(int, found.groups()))


@contextmanager
def running(
    direct: str, *, keeps_statements: bool, mode: str = "transaction", servers: int = 1
) -> Iterator[Bouncer]:
    """A PgBouncer before the server of a URL, for as long as the block.

    ``mode``: its pool_mode. ``servers``: connections of each role to the server.
    Raises: BouncerMissing.
    """
    path, version = installed()
    parts = urlsplit(direct)
    (host,) = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])
    with tempfile.TemporaryDirectory(prefix="palisade-bouncer-") as folder:
        port = _free_port()
        config, users = Path(folder, "pgbouncer.ini"), Path(folder, "users.txt")
        users.write_text("".join(f'"{role}" ""\n' for role in ("postgres", OWNER, APP, WORKER)))
        kept = ""  # Those before 1.21 keep none and know no such setting.
        if version >= (1, 21):
            number = KEPT_STATEMENTS if keeps_statements else 0
            kept = f"max_prepared_statements = {number}\n"
        config.write_text(
            f"[databases]\n* = host={host} port={parts.port or 5432}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\nlogfile = {folder}/log\n"
            f"pool_mode = {mode}\ndefault_pool_size = {servers}\nmax_client_conn = 200\n{kept}"
        )
        # It refuses to be root; who owns the server's socket may use it.
        account = _account(host)
        for path_ in (Path(folder), config, users):
            os.chown(path_, account.pw_uid, account.pw_gid)
        process = subprocess.Popen(
            [path, "-q", str(config)],
            user=account.pw_uid, group=account.pw_gid, extra_groups=[],
        )  # fmt: skip
        try:
            bouncer = Bouncer(port, version, keeps_statements)
            asyncio.run(_answering(bouncer.url(direct), process))
            yield bouncer
        finally:
            process.terminate()
            process.wait(timeout=10)


async def _answering(url: str, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(10):
        while True:
            assert process.poll() is None, "pgbouncer ended by itself"
            try:
                connection = await asyncpg.connect(url, statement_cache_size=0)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            await connection.close()
            return


def _account(host: str) -> pwd.struct_passwd:
    uid = os.getuid()
    if uid == 0:
        uid = os.stat(host).st_uid if host.startswith("/") else pwd.getpwnam("nobody").pw_uid
    return pwd.getpwuid(uid or pwd.getpwnam("nobody").pw_uid)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
