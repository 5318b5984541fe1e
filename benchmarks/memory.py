"""How much memory one process holds once it has seen many different documents."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.answers import ask
from benchmarks.callers import Callers
from benchmarks.cluster import running_cluster
from benchmarks.cores import taken_cores
from benchmarks.rounds import Rounds
from benchmarks.server import free_port
from benchmarks.systems import OURS, SYSTEMS, Place

_ORGS: Final = 10
_DOCUMENTS: Final = 1_000
_FIELDS: Final = (
    *("id", "name", "status", "authMethod", "baseUrl", "scopes", "lastSyncAt"),
    *("createdAt", "updatedAt", "version"),
)


def show_memory() -> None:
    """Prints the resident memory after the first document and after the last."""
    cores = taken_cores()
    (ours,) = (system for system in SYSTEMS if system.name == OURS)
    with (
        TemporaryDirectory(prefix="palisade-bench-") as folder,
        running_cluster(orgs=_ORGS) as cluster,
    ):
        place = Place(cluster, Callers(Path(folder)), free_port())
        samples = cluster.samples(limit=_ORGS)
        bench = Rounds(place, samples, cores=cores, folder=Path(folder), seconds=1)
        tokens = [place.callers.token(sample.org_id) for sample in samples]
        with bench.running(ours) as server:
            before = server.memory_bytes()
            for number in range(_DOCUMENTS):
                ask(place.port, tokens[number % _ORGS], _document(number))
            after = server.memory_bytes()
    print(f"resident memory: {before / 1e6:.0f} MB after the first document,")
    print(f"{after / 1e6:.0f} MB after {_DOCUMENTS} different ones")


def _document(number: int) -> dict[str, Any]:
    """Three levels whose fields are chosen by the bits of the number."""
    fields = " ".join(name for bit, name in enumerate(_FIELDS) if number >> bit & 1 or bit == 1)
    query = f"""
      query Q{number} {{
        vendors(first: {1 + number % 20}, where: {{ riskScore: {{ gte: {number % 7} }} }}) {{
          totalCount
          nodes {{
            name
            integrations(first: 5, orderBy: [{{ name: {"ASC" if number % 2 else "DESC"} }}]) {{
              nodes {{ {fields} events(first: 3) {{ nodes {{ id eventClass at }} }} }}
            }}
          }}
        }}
      }}"""
    return {"query": query}
