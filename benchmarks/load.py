"""The load: wrk with one thread, sending requests that were made beforehand."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CONNECTIONS: Final = 16
_SCRIPT: Final = Path(__file__).with_name("load.lua")


class LoadFailed(Exception):
    """A measurement that does not count: not all answers were what they have to be."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the load found."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    server_us: float = 0.0
    """Processor time of the server, in microseconds a request."""
    database_us: float = 0.0
    """Processor time of PostgreSQL, likewise."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def missing_tool() -> str | None:
    """What has to be installed first, in one sentence."""
    if shutil.which("wrk") is None:
        return "wrk is missing, which makes the load: `apt-get install wrk` (Debian, Ubuntu)."
    return None


def write_requests(file: Path, requests: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Writes the HTTP requests of tokens and GraphQL requests as load.lua reads them."""
    with file.open("wb") as output:
        for token, body in requests:
            payload = json.dumps(body).encode()
            head = (
                "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n"
                f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(payload)}\r\n\r\n"
            ).encode()
            output.write(b"%d\n%b%b" % (len(head) + len(payload), head, payload))


def run_load(port: int, requests: Path, *, seconds: float) -> Measured:
    """Sends the requests for that long, at least a second.

    Raises: LoadFailed.
    """
    whole = max(1, round(seconds))
    command = [
        *("wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--latency"),
        *("--duration", f"{whole}s", "--timeout", "10s", "--script", str(_SCRIPT)),
        *(f"http://127.0.0.1:{port}/graphql", "--", str(requests)),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=whole + 60)
    if ended.returncode != 0:
        raise LoadFailed(f"wrk ended with {ended.returncode}: {ended.stderr.strip()[-500:]}")
    found = json.loads(ended.stdout.strip().splitlines()[-1])
    refused, broken = found.pop("refused"), found.pop("broken")
    if refused or broken or not found["requests"]:
        raise LoadFailed(
            f"{found['requests']} answers, {refused} of them not 2xx, {broken} connections broken"
        )
    return Measured(**found)
