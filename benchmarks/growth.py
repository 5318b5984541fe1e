"""Whether the list query gets slower as organisations grow in number."""

import statistics
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.callers import Callers
from benchmarks.cluster import Sample, running_cluster
from benchmarks.cores import taken_cores
from benchmarks.load import Measured
from benchmarks.rounds import Rounds
from benchmarks.server import free_port
from benchmarks.systems import OURS, SYSTEMS, Place

_SIZES: Final = (10, 1_000, 20_000)
_QUICK_SIZES: Final = (10, 100, 1_000)
_FEW: Final = 10
_MANY: Final = 1_000


def show_growth(*, rounds: int, seconds: float, quick: bool) -> None:
    """Prints requests a second of the list query by the number of organisations.

    Each size is a database server of its own, and has vendors and integrations, no events. First
    the tokens of the same few organisations take turns, so that what is remembered is alike; then
    those of many.
    """
    cores = taken_cores()
    (ours,) = (system for system in SYSTEMS if system.name == OURS)
    with ExitStack() as stack:
        benches: dict[tuple[int, int], Rounds] = {}
        for orgs in _QUICK_SIZES if quick else _SIZES:
            print(f"loading {orgs} organisations", flush=True)
            cluster = stack.enter_context(running_cluster(orgs=orgs, events=False))
            samples = cluster.samples(limit=_MANY)
            for callers in (_FEW, _MANY):
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="palisade-bench-")))
                benches[orgs, callers] = Rounds(
                    Place(cluster, Callers(folder), free_port()),
                    _spread(samples, callers),
                    cores=cores,
                    folder=folder,
                    seconds=seconds,
                )
        runs: dict[tuple[int, int], list[Measured]] = {key: [] for key in benches}
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", flush=True)
            for key, bench in benches.items():
                runs[key].append(bench.measure_reads(ours, ("list",))["list"])
    for callers in (_FEW, _MANY):
        print(f"\nlist query, tokens of up to {callers} organisations")
        found = {orgs: each for (orgs, many), each in runs.items() if many == callers}
        first = statistics.median(run.rate for run in next(iter(found.values())))
        for orgs, each in found.items():
            rates = [run.rate for run in each]
            median = statistics.median(rates)
            database = statistics.median(run.database_us for run in each)
            print(
                f"  {orgs:>6} organisations {median:>8.0f} requests/s "
                f"({min(rates):.0f} to {max(rates):.0f}), {median / first:.2f} of the fewest; "
                f"database {database:.0f} us a request"
            )


def _spread(samples: list[Sample], count: int) -> list[Sample]:
    step = max(1, len(samples) // count)
    return samples[::step][:count]
