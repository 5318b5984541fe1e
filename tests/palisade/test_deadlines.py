import asyncio
import time
from datetime import timedelta

import pytest

from palisade.deadlines import Deadlines

SOON = timedelta(seconds=0.1)


async def test_block_that_takes_too_long_raises_timeout_error() -> None:
    deadlines = Deadlines()
    begun = time.monotonic()
    with pytest.raises(TimeoutError), deadlines.within(SOON):
        await asyncio.sleep(5)
    assert 0.1 <= time.monotonic() - begun < 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_block_that_ends_in_time_is_left_alone() -> None:
    deadlines = Deadlines()
    with deadlines.within(SOON):
        await asyncio.sleep(0)
    await asyncio.sleep(0.25)
    assert deadlines._running == {}
    assert deadlines._timer is None, "nobody looks where nothing runs"


async def test_error_of_the_block_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Deadlines().within(SOON):
        raise KeyError("x")


async def test_cancellation_from_elsewhere_stays_one() -> None:
    deadlines = Deadlines()

    async def work() -> None:
        with deadlines.within(timedelta(seconds=5)):
            await asyncio.sleep(5)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deadlines._running == {}


async def test_each_of_many_ends_at_its_own_time() -> None:
    deadlines = Deadlines()
    ended: list[int] = []

    async def work(number: int) -> None:
        with pytest.raises(TimeoutError), deadlines.within(timedelta(seconds=number / 10)):
            await asyncio.sleep(5)
        ended.append(number)

    async with asyncio.timeout(3):
        await asyncio.gather(*(work(number) for number in (4, 1, 3, 2)))
    assert ended == [1, 2, 3, 4]
