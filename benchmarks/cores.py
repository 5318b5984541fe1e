"""Which processor core does what: the server has one alone, the load and the database the other."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The same core twice where the machine has only one."""

    server: int
    load: int


def taken_cores() -> Cores:
    """Moves this process, and with it what it starts from now on, to the load's core."""
    present = sorted(os.sched_getaffinity(0))
    cores = Cores(server=present[0], load=present[min(1, len(present) - 1)])
    os.sched_setaffinity(0, {cores.load})
    return cores
