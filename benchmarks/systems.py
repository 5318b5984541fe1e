"""What is compared, and how each is started."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import callers, rows
from benchmarks.callers import Callers
from benchmarks.cluster import NO_WALLS_DATABASE, WALLS, Cluster, Sample
from benchmarks.documents import Query, bodies, bodies_of_postgraphile
from repository.walls import APP

OURS: Final = "palisade"
POOL: Final = 16
PEERS: Final = Path(__file__).parent / "peers"
NODE: Final = PEERS / "node_modules" / ".bin" / "node"

# What switches compiled reads off.
REFERENCE_ENVIRONMENT: Final[Mapping[str, str]] = {"PALISADE_COMPILED_READS": "false"}

# The rules of the doctor which a database breaks that peers are let into, by roles and policies of
# their own, and those which one without walls breaks.
_OF_PEERS: Final = (
    *("additional-policy", "computed-default", "grant-to-stranger", "unlisted-privilege"),
    *("unexplained-function", "unexplained-grant", "unexplained-schema"),
)
_OF_NO_WALLS: Final = (
    *("database-privilege", "rls-disabled", "rls-not-forced"),
    *("function-body", "function-definer", "function-volatility"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """What a server is started on."""

    cluster: Cluster
    callers: Callers
    port: int


@dataclass(frozen=True, slots=True)
class System:
    """One server to measure.

    warm_seconds: for how long it is used before anything counts; Node starts cold.
    """

    name: str
    command: Callable[[Place], list[str]]
    environment: Callable[[Place], Mapping[str, str]]
    warm_seconds: float = 4.0
    database: str = WALLS
    bodies: Callable[..., list[dict[str, Any]]] = bodies

    def requests(self, query: Query, sample: Sample, *, mark: str) -> list[dict[str, Any]]:
        """The GraphQL requests of one organisation in this system's words."""
        return self.bodies(query, sample, mark=mark)


def _palisade(*without: str) -> Callable[[Place], list[str]]:
    """``without``: rules of the doctor which the database breaks on purpose, besides those that
    peers and made rows break.
    """
    script = str(Path(sys.executable).with_name("palisade"))
    allowed = [f"--allow-unsafe={rule}" for rule in (*_OF_PEERS, *without)]
    return lambda place: [script, "serve", "--port", str(place.port), *allowed]


def _palisade_on(database: str, **extra: str) -> Callable[[Place], Mapping[str, str]]:
    def environment(place: Place) -> Mapping[str, str]:
        return {
            "PALISADE_DATABASE_URL": place.cluster.url(database=database),
            "PALISADE_CONTEXT_KEY": place.cluster.context_key.encode(),
            "PALISADE_ISSUER": callers.ISSUER,
            "PALISADE_AUDIENCE": callers.AUDIENCE,
            "PALISADE_JWKS": str(place.callers.jwks),
            "PALISADE_CONNECTIONS": str(POOL),
            **extra,
        }

    return environment


def _node(script: str) -> Callable[[Place], list[str]]:
    return lambda place: [str(NODE), str(PEERS / script)]


def _uvicorn(app: str) -> Callable[[Place], list[str]]:
    options = "--loop uvloop --http httptools --no-access-log --log-level warning --ws none"
    return lambda place: [
        *(sys.executable, "-m", "uvicorn", app, "--port", str(place.port)),
        *options.split(),
    ]


def _peer(role: str, **extra: str) -> Callable[[Place], Mapping[str, str]]:
    def environment(place: Place) -> Mapping[str, str]:
        url = place.cluster.url(role)
        return {
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "BENCH_PORT": str(place.port),
            "BENCH_URL": url,
            "BENCH_HOST": url.partition("host=")[2],
            "BENCH_DATABASE": WALLS,
            "BENCH_ROLE": role,
            "BENCH_POOL": str(POOL),
            "BENCH_JWKS": str(place.callers.jwks),
            "BENCH_ISSUER": callers.ISSUER,
            "BENCH_AUDIENCE": callers.AUDIENCE,
            "BENCH_CONTEXT_KEY": place.cluster.context_key.encode(),
            **extra,
        }

    return environment


SYSTEMS: Final = (
    System(OURS, _palisade(), _palisade_on(WALLS)),
    System("palisade-reference", _palisade(), _palisade_on(WALLS, **REFERENCE_ENVIRONMENT)),
    System(
        "palisade-no-walls",
        _palisade(*_OF_NO_WALLS),
        _palisade_on(NO_WALLS_DATABASE),
        database=NO_WALLS_DATABASE,
    ),
    System(
        "postgraphile",
        _node("postgraphile.mjs"),
        _peer(rows.PEER),
        warm_seconds=16.0,
        bodies=bodies_of_postgraphile,
    ),
    System("mercurius", _node("mercurius.mjs"), _peer(rows.BYPASS), warm_seconds=16.0),
    System("strawberry-orm", _uvicorn("benchmarks.peers.strawberry_orm:app"), _peer(rows.BYPASS)),
    System("limit", _uvicorn("benchmarks.peers.limit:app"), _peer(rows.BYPASS)),
    System("limit-rls", _uvicorn("benchmarks.peers.limit:app"), _peer(APP, BENCH_WALLS="1")),
)
QUICK: Final = (OURS, "postgraphile", "limit")
