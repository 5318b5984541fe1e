"""Log lines: one JSON object each, and never a message that may quote a row."""

import json
import linecache
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog

from palisade.logs import configure_logs

SECRET = "row-5f21"


@pytest.fixture
def logs() -> Iterator[Callable[..., list[dict[str, object]]]]:
    """Configures the logs and gives the lines written since."""
    written, before, root = StringIO(), sys.stderr, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()

    def configure(**settings: int) -> None:
        sys.stderr = written
        try:
            configure_logs(**settings)
        finally:
            sys.stderr = before

    configure()

    def lines(**settings: int) -> list[dict[str, object]]:
        if settings:
            configure(**settings)
        return [json.loads(line) for line in written.getvalue().splitlines()]

    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail(depth: int = 0) -> None:
    if depth:
        fail(depth - 1)
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(f"({SECRET}) already exists") from error


def caught(depth: int = 0) -> Exception:
    try:
        fail(depth)
    except ValueError as error:
        return error
    raise AssertionError


def test_line_is_an_object_with_its_time_and_level(
    logs: Callable[..., list[dict[str, object]]],
) -> None:
    structlog.get_logger().info("request", status=200)
    (line,) = logs()
    assert line["event"] == "request"
    assert line["status"] == 200
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_exception_is_told_by_type_and_place_and_never_by_message(
    logs: Callable[..., list[dict[str, object]]],
) -> None:
    structlog.get_logger().error("unforeseen_error", exc_info=caught())
    logging.getLogger("library").error("it broke", exc_info=caught())
    ours, librarys = logs()
    for line in (ours, librarys):
        told = str(line["exception"])
        assert told.index("builtins.ValueError") < told.index("builtins.KeyError")
        assert "test_logs.py" in told
        assert "in fail" in told
        assert SECRET not in json.dumps(line)
    assert librarys["event"] == "it broke"
    assert librarys["logger"] == "library"


def test_causes_that_go_round_are_told_once(
    logs: Callable[..., list[dict[str, object]]],
) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("unforeseen_error", exc_info=first)
    (line,) = logs()
    assert line["exception"] == ["builtins.ValueError", "builtins.KeyError"]


def test_deep_exception_is_told_without_reading_source(
    logs: Callable[..., list[dict[str, object]]],
) -> None:
    """Drawn with its lines and locals it takes seconds, in which nobody is answered."""
    linecache.clearcache()
    structlog.get_logger().error("unforeseen_error", exc_info=caught(depth=300))
    (line,) = logs()
    assert len(line["exception"]) > 300  # type: ignore[arg-type]
    assert not [name for name in linecache.cache if name.endswith("test_logs.py")]


def test_level_leaves_out_what_is_below_it(
    logs: Callable[..., list[dict[str, object]]],
) -> None:
    logs(level=logging.WARNING)
    structlog.get_logger().info("request")
    structlog.get_logger().warning("odd")
    logging.getLogger("library").info("chatter")
    assert [line["event"] for line in logs()] == ["odd"]
