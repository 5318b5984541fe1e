"""Ends operations that take too long, by one timer for all of them.

A timer for each would cost as much as verifying a token does.
"""

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Any, Final

# How many times the timer looks within the time that an operation has.
_LOOKS: Final = 20


class Deadlines:
    """The deadlines of what is running; one is noticed a twentieth of its time late at the most."""

    def __init__(self) -> None:
        self._running: dict[Deadline, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that all of it runs in; asking which one is running costs a system call."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def within(self, limit: timedelta) -> "Deadline":
        """The deadline of a block that begins now."""
        return Deadline(self, limit.total_seconds())

    def start(self, deadline: "Deadline") -> None:
        """Begins the time of a deadline."""
        loop = self.loop
        self._running[deadline] = loop.time() + deadline.seconds
        if self._timer is None:
            self._look_again(loop, deadline.seconds)

    def stop(self, deadline: "Deadline") -> None:
        """Ends the time of a deadline."""
        self._running.pop(deadline, None)

    def _look_again(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._timer = loop.call_later(seconds / _LOOKS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for deadline in [one for one, ends_at in self._running.items() if ends_at <= now]:
            self.stop(deadline)
            deadline.pass_()
        if self._running:
            self._look_again(loop, min(deadline.seconds for deadline in self._running))


class Deadline:
    """``with`` it: the block is cancelled and raises TimeoutError when its time is over."""

    __slots__ = ("_deadlines", "_passed", "_task", "seconds")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self.seconds = seconds
        self._deadlines = deadlines
        self._passed = False
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task(self._deadlines.loop)
        self._deadlines.start(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadlines.stop(self)
        if not self._passed:
            return
        assert self._task is not None
        # Somebody else's cancellation goes on.
        if self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def pass_(self) -> None:
        """Cancels the block."""
        assert self._task is not None
        self._passed = True
        self._task.cancel()
