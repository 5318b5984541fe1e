"""Structured logs, one JSON object a line. They carry names, codes and counts, never values."""

import asyncio
import atexit
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from traceback import StackSummary, walk_tb
from typing import Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

LOGGED_TOGETHER: Final = timedelta(milliseconds=100)
MOST_WAITING: Final = 200


def configure_logs(*, level: int = logging.INFO, together: timedelta = timedelta(0)) -> None:
    """Sends structlog and the standard library's warnings to standard error as JSON.

    Lines up to the level INFO may wait for others and be written ``together``.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told_exception,
            structlog.processors.JSONRenderer(serializer=_encoded),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines(sys.stderr, together=together),
        cache_logger_on_first_use=bool(together),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _encoded(line: EventDict, default: Callable[[object], object]) -> bytes:
    return orjson.dumps(line, default=default)


class _Lines:
    """Writes lines, each at once or with those of the same moment: a write costs more than a line.

    What waits is written at the latest when the process ends in order.
    """

    def __init__(self, stream: TextIO, *, together: timedelta) -> None:
        self._stream = stream
        self._seconds = together.total_seconds()
        self._waiting: list[str] = []
        if self._seconds:
            atexit.register(self._write)

    def __call__(self, *_: object) -> "_Lines":
        return self

    def info(self, line: bytes) -> None:
        """A line that may wait."""
        self._waiting.append(line.decode())
        if not self._seconds or len(self._waiting) > MOST_WAITING:
            self._write()
        elif len(self._waiting) == 1:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                self._write()
            else:
                loop.call_later(self._seconds, self._write)

    def error(self, line: bytes) -> None:
        """A line that is written at once, behind those that wait."""
        self._waiting.append(line.decode())
        self._write()

    debug = info
    warning = critical = exception = error

    def _write(self) -> None:
        if self._waiting:
            lines, self._waiting = self._waiting, []
            print(*lines, sep="\n", file=self._stream, flush=True)


class _JsonFormatter(logging.Formatter):
    """The standard library's records in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = list(_lines(record.exc_info[1]))
        return orjson.dumps({**line, "level": record.levelname.lower()}).decode()


def _told_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["exception"] = list(_lines(error))
    return event


def _lines(error: BaseException) -> Iterator[str]:
    """The types of an exception and its causes, and where they were raised.

    Never a message: the driver's quote the row that broke a rule.
    """
    told: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in told:
        told.add(id(cause))
        kind = type(cause)
        yield f"{kind.__module__}.{kind.__qualname__}"
        # Without the text of the lines: nobody shall wait until it is read from the disk.
        for frame in StackSummary.extract(walk_tb(cause.__traceback__), lookup_lines=False):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        cause = cause.__cause__ or cause.__context__
