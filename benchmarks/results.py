"""What a run found, as one JSON value: every figure, the medians, and on what it was measured."""

import json
import platform
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.documents import QUERIES
from benchmarks.rounds import Found
from benchmarks.systems import NODE, OURS, PEERS

FOLDER: Final = Path(__file__).parent / "results"

_PYTHON_PACKAGES: Final = (
    *("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools"),
    *("asyncpg", "sqlalchemy", "orjson", "pyjwt"),
)
_NODE_PACKAGES: Final = (
    *("postgraphile", "grafast", "grafserv", "@graphile/simplify-inflection"),
    *("mercurius", "graphql-jit", "fastify", "graphql", "pg", "jose"),
)

Result = dict[str, Any]


def result_of(
    found: Mapping[str, Found],
    *,
    orgs: int,
    rounds: int,
    seconds: float,
    postgresql: str,
) -> Result:
    """The whole run."""
    systems = {name: _system(one) for name, one in found.items()}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "organisations": orgs,
        "rounds": rounds,
        "seconds": seconds,
        "systems": systems,
        "ratio": _ratios(systems),
        "p99_ratio": _ratios(systems, figure="p99_ms"),
        "isolation_tax": _tax(systems),
        "machine": {"processor": _processor(), "system": platform.system()},
        "versions": {"PostgreSQL": postgresql, "wrk": _wrk_version(), **_versions(systems)},
    }


def write_result(result: Result, file: Path) -> None:
    """Writes it for programs."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, indent=1, sort_keys=False) + "\n")


def read_result(file: Path) -> Result:
    """What was written."""
    result: Result = json.loads(file.read_text())
    return result


def _system(found: Found) -> Result:
    queries = {}
    for query, runs in found.runs.items():
        rates = [run.rate for run in runs]
        queries[query] = {
            "requests_per_second": round(statistics.median(rates), 1),
            "least": round(min(rates), 1),
            "greatest": round(max(rates), 1),
            "p50_ms": statistics.median(run.p50_ms for run in runs),
            "p99_ms": statistics.median(run.p99_ms for run in runs),
            "server_us": statistics.median(run.server_us for run in runs),
            "database_us": statistics.median(run.database_us for run in runs),
            "runs": [
                {
                    "requests_per_second": round(run.rate, 1),
                    "requests": run.requests,
                    "p50_ms": run.p50_ms,
                    "p99_ms": run.p99_ms,
                    "server_us": run.server_us,
                    "database_us": run.database_us,
                }
                for run in runs
            ],
        }
    memory = statistics.median(found.memory_bytes) / 1e6
    return {
        "memory_mb": round(memory, 1),
        "others_busy_percent": found.busy_percent,
        "queries": queries,
    }


def _ratios(systems: Result, *, figure: str = "requests_per_second") -> Result:
    """Ours divided by each other system's."""
    if OURS not in systems:
        return {}
    ours = systems[OURS]["queries"]
    return {
        query: {
            name: round(ours[query][figure] / one["queries"][query][figure], 3)
            for name, one in systems.items()
            if name != OURS
        }
        for query in QUERIES
    }


def _tax(systems: Result) -> Result:
    """By which part the walls make our own requests fewer."""
    free = systems.get("palisade-no-walls")
    if free is None or OURS not in systems:
        return {}
    rate = "requests_per_second"
    ours = systems[OURS]["queries"]
    return {
        query: round(1 - ours[query][rate] / free["queries"][query][rate], 3) for query in QUERIES
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _wrk_version() -> str:
    wrk = shutil.which("wrk") or "wrk"
    said = subprocess.run([wrk, "--version"], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).removeprefix("wrk ").split(" ")[0]


def _versions(systems: Sequence[str] | Result) -> dict[str, str]:
    versions = {"Python": platform.python_version()}
    versions |= {name: version(name) for name in _PYTHON_PACKAGES}
    if {"postgraphile", "mercurius"} & set(systems):
        said = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
        versions["Node.js"] = said.stdout.strip().removeprefix("v")
        locked = json.loads((PEERS / "package-lock.json").read_text())["packages"]
        versions |= {name: locked[f"node_modules/{name}"]["version"] for name in _NODE_PACKAGES}
    return versions
