"""Structured logs, one JSON object a line. They carry names, codes and counts, never values."""

import logging
import sys
from collections.abc import Iterator
from traceback import extract_tb

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger


def configure_logs(*, level: int = logging.INFO) -> None:
    """Sends structlog and the standard library's warnings to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told_exception,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


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
    seen: BaseException | None = error
    while seen is not None:
        kind = type(seen)
        yield f"{kind.__module__}.{kind.__qualname__}"
        for frame in extract_tb(seen.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        seen = seen.__cause__ or seen.__context__
