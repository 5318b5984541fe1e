"""The command line as a process."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest


@dataclass
class Running:
    """A process of the command line that serves."""

    process: subprocess.Popen[str]
    url: str
    errors: Path

    @property
    def base(self) -> str:
        return self.url.removesuffix("/graphql")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit code, once it has stopped."""
        self.process.send_signal(number)
        return self.process.wait(timeout=15)


# What a process of the fork server does: a whole command, in a second less than a fresh
# interpreter needs to import it.
_COMMAND = """
import os, sys
for number, path in (1, out), (2, err):
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
os.chdir(folder)
os.environ.clear()
os.environ.update(environment)
sys.argv = ["palisade", *arguments]
from palisade.cli import cli
try:
    cli()
except SystemExit as end:
    # The fork server can lose the code of a process that ends while the machine is busy.
    with open(status, "w") as file:
        file.write(str(end.code or 0))
    raise
"""


class CommandLine:
    """``palisade`` as a person starts it: from a folder, with the environment given and no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = str(Path(sys.executable).with_name("palisade"))
        self._running: list[Running] = []
        self._numbers = count()
        self._forks = get_context("forkserver")
        self._forks.set_forkserver_preload(["__main__", "palisade.cli"])

    def __call__(self, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        number = next(self._numbers)
        out, err = self.folder / f"{number}.stdout", self.folder / f"{number}.stderr"
        status = self.folder / f"{number}.status"
        words = ["palisade", *map(str, arguments)]
        given = {
            "folder": str(self.folder),
            "status": str(status),
            "out": str(out),
            "err": str(err),
            "environment": self._environment(settings),
            "arguments": words[1:],
        }
        process = self._forks.Process(target=exec, args=(_COMMAND, given))
        process.start()
        process.join(30)
        if process.exitcode is None:
            process.kill()
            process.join()
            pytest.fail(f"{words} did not end: {err.read_text()}")
        code = int(status.read_text()) if status.exists() else process.exitcode
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())

    def fresh(self, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end in an interpreter of its own."""
        return subprocess.run(
            [self.program, *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(settings),
            capture_output=True,
            text=True,
            timeout=30,
        )

    def start(self, *arguments: object, ready: str = "Serving ", **settings: str) -> Running:
        """Starts a command that serves, and waits until it says where."""
        process = self.popen(*arguments, **settings)
        errors = self.folder / f"{process.pid}.err"
        url = self._wait_for_url(process, errors, ready)
        running = Running(process, url, errors)
        self._running.append(running)
        return running

    def popen(
        self, *arguments: object, in_background: bool = False, **settings: str
    ) -> subprocess.Popen[str]:
        """Starts a command; what it says goes to ``<its pid>.out`` and ``<its pid>.err``.

        ``in_background``: as a script's shell starts it with ``&``, which ignores SIGINT.
        """
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_background else None
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            process = subprocess.Popen(
                [self.program, *map(str, arguments)],
                cwd=self.folder,
                env=self._environment(settings),
                stdout=out,
                stderr=err,
                text=True,
                start_new_session=True,
            )
        if in_background:
            signal.signal(signal.SIGINT, before)
        for name in ("out", "err"):
            (self.folder / name).rename(self.folder / f"{process.pid}.{name}")
        return process

    def end(self) -> None:
        """Stops what is still running."""
        for running in self._running:
            if running.process.poll() is None:
                running.stop()

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PALISADE_")}
        return clean | {f"PALISADE_{name.upper()}": value for name, value in settings.items()}

    def _wait_for_url(self, process: subprocess.Popen[str], errors: Path, ready: str) -> str:
        for _ in range(600):
            for line in errors.read_text().splitlines():
                if line.startswith(ready):
                    return line.removeprefix(ready)
            if process.poll() is not None:
                break
            time.sleep(0.05)
        process.kill()
        pytest.fail(f"it does not serve: {errors.read_text()}")


@pytest.fixture(scope="module")
def palisade() -> Iterator[CommandLine]:
    with _open_folder() as folder:
        made = CommandLine(folder)
        try:
            yield made
        finally:
            made.end()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty folder for an embedded PostgreSQL."""
    with _open_folder() as folder:
        yield folder


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Not pytest's own: started as root, the server is another user, and pytest shuts those out."""
    with tempfile.TemporaryDirectory(prefix="palisade-test-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder).resolve()
