"""How far a transfer is, told on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TextIO

from rich import progress as bars
from rich.console import Console

_EVERY_SECONDS: Final = 10.0


class Progress(Protocol):
    """Is told which file is read and how far."""

    def begin(self, path: Path) -> None:
        """The next file."""
        ...

    def at(self, byte: int) -> None:
        """How many of its bytes are done."""
        ...

    def end(self) -> None:
        """The file is done."""
        ...


class NoProgress:
    """Tells nobody."""

    def begin(self, path: Path) -> None:
        """Nothing."""

    def at(self, byte: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


@contextmanager
def told_progress(stream: TextIO = sys.stderr) -> Iterator[Progress]:
    """A bar for each file on a terminal, elsewhere a line now and then."""
    if not stream.isatty():
        yield _Lines(stream)
        return
    with bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TimeRemainingColumn(),
        console=Console(file=stream),
    ) as shown:
        yield _Bars(shown)


class _Bars:
    def __init__(self, shown: bars.Progress) -> None:
        self._shown = shown
        self._task = bars.TaskID(0)

    def begin(self, path: Path) -> None:
        self._task = self._shown.add_task(path.name, total=_size(path))

    def at(self, byte: int) -> None:
        self._shown.update(self._task, completed=byte)

    def end(self) -> None:
        total = self._shown.tasks[-1].total
        self._shown.update(self._task, completed=total)


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._path = Path()
        self._total = 1
        self._last = time.monotonic()

    def begin(self, path: Path) -> None:
        self._path, self._total = path, max(_size(path), 1)

    def at(self, byte: int) -> None:
        if time.monotonic() - self._last > _EVERY_SECONDS:
            self._last = time.monotonic()
            self._say(f"{self._path.name}: {byte * 100 // self._total} %")

    def end(self) -> None:
        pass

    def _say(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
