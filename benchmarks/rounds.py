"""The rounds: in each, every system runs alone, answers rightly, gets warm and is measured."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from benchmarks.answers import Answers, WrongAnswer, ask
from benchmarks.cluster import Sample
from benchmarks.cores import Cores
from benchmarks.documents import QUERIES, Query
from benchmarks.load import LoadFailed, Measured, run_load, write_requests
from benchmarks.server import Server, processor_seconds, running_server
from benchmarks.systems import Place, System

COMPARED_ORGS: Final = 6
_BUSY_SECONDS: Final = 0.5
_BUSY: Final = 10.0
READS: Final[tuple[Query, ...]] = ("point", "list", "tree")
WRITES: Final[tuple[Query, ...]] = ("create",)


@dataclass(slots=True)
class Found:
    """What the rounds found about one system."""

    runs: dict[Query, list[Measured]] = field(default_factory=dict)
    memory_bytes: list[int] = field(default_factory=list)
    busy_percent: list[float] = field(default_factory=list)
    """How much of the machine something else took, just before each round."""


class Rounds:
    """The bench of one run.

    samples: the organisations whose tokens take turns.
    folder: where requests and logs go.
    """

    def __init__(
        self, place: Place, samples: Sequence[Sample], *, cores: Cores, folder: Path, seconds: float
    ) -> None:
        self._place = place
        self._samples = samples
        self._cores = cores
        self._folder = folder
        self._seconds = seconds
        self._tokens = {sample.org_id: place.callers.token(sample.org_id) for sample in samples}
        self._answers = Answers()

    def measure(self, system: System, found: Found) -> None:
        """One round of one system.

        The reads come first, before anything is written; what is written is taken away again.
        Raises: ServerFailed, WrongAnswer, LoadFailed, each with the system's name.
        """
        try:
            with self.running(system) as server:
                for queries in (READS, WRITES):
                    for query, measured in self._measure(system, queries, server).items():
                        found.runs.setdefault(query, []).append(measured)
                server.check()
                found.memory_bytes.append(server.memory_bytes())
        except (WrongAnswer, LoadFailed) as error:
            raise type(error)(f"{system.name}: {error}") from error
        finally:
            self._place.cluster.clear_created(database=system.database)

    def measure_reads(self, system: System, queries: Sequence[Query]) -> dict[Query, Measured]:
        """Some reads of one system, started for them. Raises: as `measure`."""
        with self.running(system) as server:
            return self._measure(system, queries, server)

    def running(self, system: System) -> AbstractContextManager[Server]:
        """The system's server while it answers."""
        return running_server(
            system.command(self._place),
            system.environment(self._place),
            core=self._cores.server,
            log=self._folder / f"{system.name}.log",
            answers=lambda: self._answers_at_all(system),
        )

    def _measure(
        self, system: System, queries: Sequence[Query], server: Server
    ) -> dict[Query, Measured]:
        least = {query: self._compare(system, query) for query in queries}
        for query in queries:
            self._load(system, query, seconds=system.warm_seconds / len(QUERIES))
        measured = {}
        database = self._place.cluster.pid()
        for query in queries:
            before = server.processor_seconds(), processor_seconds(database)
            one = self._load(system, query, seconds=self._seconds)
            after = server.processor_seconds(), processor_seconds(database)
            if one.bytes < one.requests * least[query]:
                raise LoadFailed(f"{query}: answers are shorter than they have to be")
            ours, its = (
                (end - start) / one.requests * 1e6 for start, end in zip(before, after, strict=True)
            )
            measured[query] = replace(one, server_us=round(ours, 1), database_us=round(its, 1))
        return measured

    def _answers_at_all(self, system: System) -> bool:
        sample = self._samples[0]
        body = system.requests("point", sample, mark="")[0]
        try:
            ask(self._place.port, self._tokens[sample.org_id], body)
        except OSError:
            return False
        except WrongAnswer as error:
            # A server may listen before it can serve.
            if "status 503" in str(error):
                return False
            raise
        return True

    def _compare(self, system: System, query: Query) -> int:
        """Compares the answers for some organisations; the fewest bytes that one came in."""
        step = max(1, len(self._samples) // COMPARED_ORGS)
        sizes = []
        for sample in self._samples[::step][:COMPARED_ORGS]:
            bodies = system.requests(query, sample, mark=secrets.token_hex(6))
            for number, body in enumerate(bodies):
                data, size = ask(self._place.port, self._tokens[sample.org_id], body)
                self._answers.compare(system.name, query, f"{sample.org_id} {number}", data)
                sizes.append(size)
        return min(sizes)

    def _load(self, system: System, query: Query, *, seconds: float) -> Measured:
        cluster, database = self._place.cluster, system.database
        requests = self._requests(system, query)
        before = cluster.count_created(database=database) if query == "create" else 0
        measured = run_load(self._place.port, requests, seconds=seconds)
        if query == "create":
            made = cluster.count_created(database=database) - before
            if made < measured.requests:
                raise LoadFailed(f"create: {measured.requests} answers and {made} records")
        return measured

    def _requests(self, system: System, query: Query) -> Path:
        """The file of all organisations' requests; of creations a new one, whose names are new."""
        file = self._folder / f"{system.name}-{query}.requests"
        if query == "create" or not file.exists():
            mark = secrets.token_hex(6)
            bodies = [
                [(self._tokens[sample.org_id], body) for body in made]
                for sample in self._samples
                for made in [system.requests(query, sample, mark=mark)]
            ]
            # The first of each organisation, then the second: neighbours are never of one.
            write_requests(file, (body for turn in zip(*bodies, strict=True) for body in turn))
        return file


def run_rounds(bench: Rounds, systems: Sequence[System], *, rounds: int) -> Mapping[str, Found]:
    """All rounds, one after the other; says on the terminal where it is."""
    found = {system.name: Found() for system in systems}
    for number in range(1, rounds + 1):
        for system in systems:
            busy = psutil.cpu_percent(interval=_BUSY_SECONDS)
            found[system.name].busy_percent.append(busy)
            print(
                f"round {number} of {rounds}: {system.name}"
                + (f" (something else takes {busy:.0f} % of the machine)" if busy > _BUSY else ""),
                flush=True,
            )
            bench.measure(system, found[system.name])
    return found
