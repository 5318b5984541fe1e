"""Moments of the past, drawn by chance."""

from datetime import datetime, timedelta
from random import Random


def between(earliest: datetime, latest: datetime, *, random: Random) -> datetime:
    """A moment of whole seconds after ``earliest``; ``earliest`` itself where there is none."""
    seconds = int((latest - earliest).total_seconds())
    return earliest + timedelta(seconds=random.randint(0, max(0, seconds)))
