"""``python -m benchmarks``: compares the service with its peers and with the limit."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.answers import WrongAnswer
from benchmarks.callers import Callers
from benchmarks.cluster import running_cluster
from benchmarks.cores import taken_cores
from benchmarks.doctor import show_doctor
from benchmarks.growth import show_growth
from benchmarks.insight import show_insight
from benchmarks.load import LoadFailed, missing_tool
from benchmarks.memory import show_memory
from benchmarks.plot import write_plot
from benchmarks.report import table, write_readme
from benchmarks.results import FOLDER, result_of, write_result
from benchmarks.rounds import Rounds, run_rounds
from benchmarks.server import ServerFailed, free_port
from benchmarks.startup import show_startup
from benchmarks.systems import NODE, PEERS, QUICK, SYSTEMS, Place

_ORGS: Final = 1_000
_QUICK_ORGS: Final = 100


def main() -> None:
    """Measures, and prints what it found."""
    options = _options()
    if options.what == "startup":
        show_startup(rounds=options.rounds, quick=options.quick)
        return
    if options.what == "doctor":
        show_doctor(rounds=options.rounds, quick=options.quick)
        return
    if options.what == "insight":
        show_insight(rounds=options.rounds)
        return
    problem = missing_tool()
    if problem is None and not NODE.exists() and options.what == "compare":
        problem = "The peers are not installed: `make bench` does it, or `npm ci` in " + str(
            PEERS.relative_to(Path(__file__).parent.parent)
        )
    if problem:
        sys.exit(problem)
    try:
        if options.what == "growth":
            show_growth(rounds=options.rounds, seconds=options.seconds, quick=options.quick)
        elif options.what == "memory":
            show_memory()
        else:
            _compare(options)
    except (LoadFailed, ServerFailed, WrongAnswer) as error:
        sys.exit(f"It does not count: {error}")


def _compare(options: argparse.Namespace) -> None:
    names = options.only or (QUICK if options.quick else [system.name for system in SYSTEMS])
    systems = [system for system in SYSTEMS if system.name in names]
    orgs = _QUICK_ORGS if options.quick else _ORGS
    cores = taken_cores()
    print(f"loading {orgs} organisations", flush=True)
    with (
        TemporaryDirectory(prefix="palisade-bench-") as folder,
        running_cluster(
            orgs=orgs, no_walls=any(system.name == "palisade-no-walls" for system in systems)
        ) as cluster,
    ):
        place = Place(cluster, Callers(Path(folder)), free_port())
        bench = Rounds(
            place,
            cluster.samples(limit=orgs),
            cores=cores,
            folder=Path(folder),
            seconds=options.seconds,
        )
        found = run_rounds(bench, systems, rounds=options.rounds)
        result = result_of(
            found,
            orgs=orgs,
            rounds=options.rounds,
            seconds=options.seconds,
            postgresql=cluster.version(),
        )
    whole = len(systems) == len(SYSTEMS) and not options.quick
    name = "latest" if whole else "part"
    write_result(result, FOLDER / f"{name}.json")
    write_plot(result, FOLDER / f"{name}.svg")
    if whole:
        write_readme(result, Path(__file__).with_name("README.md"))
    print(f"\n{table(result)}")
    if options.json:
        print(json.dumps({"ratio": result["ratio"]}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("compare", "growth", "memory", "startup", "insight", "doctor"),
        default="compare",
        help="compare systems (unless given), list queries as organisations grow in number, "
        "the memory of a process that has seen many documents, how long the start takes, what "
        "the computed answers cost, or how long the doctor looks",
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"{_QUICK_ORGS} organisations, {', '.join(QUICK)}"
    )
    parser.add_argument("--json", action="store_true", help="the ratios as JSON on the last line")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="SYSTEM",
        choices=[system.name for system in SYSTEMS],
        help="of: " + ", ".join(system.name for system in SYSTEMS),
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, help="of each measurement; 5, or 2 if quick")
    options = parser.parse_args()
    if options.seconds is None:
        options.seconds = 2.0 if options.quick else 5.0
    if not 1 <= options.rounds <= 100 or not 1 <= options.seconds <= 600:
        parser.error("--rounds goes from 1 to 100 and --seconds from 1 to 600")
    return options


if __name__ == "__main__":
    main()
