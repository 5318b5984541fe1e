"""A server that runs for the length of a block, alone on its core."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_ROOT: Final = Path(__file__).parent.parent


class ServerFailed(Exception):
    """A server that did not start, or ended by itself; the message has the end of its log."""


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def memory_bytes(self) -> int:
        """Resident memory of the process and its children."""
        return sum(int(member.memory_info().rss) for member in family(self._process.pid))

    def processor_seconds(self) -> float:
        """Processor time of the process and its children since they started."""
        return processor_seconds(self._process.pid)

    def check(self) -> None:
        """Raises: ServerFailed, where it has ended."""
        if self._process.poll() is not None:
            end = self._log.read_text(errors="replace")[-2000:]
            raise ServerFailed(f"the server ended with {self._process.returncode}:\n{end}")


@contextmanager
def running_server(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    core: int,
    log: Path,
    answers: Callable[[], bool],
) -> Iterator[Server]:
    """Starts a server, waits until it answers, and stops it at the end.

    Raises: ServerFailed.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PALISADE_", "BENCH_", "PG"))
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        ) as process,
    ):
        server = Server(process, log)
        try:
            until = time.monotonic() + _START_SECONDS
            while not answers():
                server.check()
                if time.monotonic() > until:
                    raise ServerFailed(
                        f"no right answer within {_START_SECONDS} s:\n"
                        f"{log.read_text(errors='replace')[-2000:]}"
                    )
                time.sleep(0.1)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def processor_seconds(pid: int) -> float:
    """Processor time of a process and its present children since they started."""
    total = 0.0
    for member in family(pid):
        # A connection's process may end between being listed and being looked at.
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    return total


def family(pid: int) -> list[psutil.Process]:
    """A process and those it started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
