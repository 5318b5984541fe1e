"""Requests per second of the three canonical queries, against a demo of its own on this machine.

Run: ``.venv/bin/python benchmarks/canonical.py [--rounds N] [--seconds S]``. The server and the
database share one core where the machine has two, the load has the other. Each round runs the
queries in turn; the table shows the median of the rounds with the least and the greatest. Other
answers than 200 stop the run. Only the loopback address is contacted.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from palisade.demonstration.examples import LIST, POINT, TREE

PALISADE = Path(sys.executable).parent / "palisade"
CONNECTIONS = 16
WARM_SECONDS = 1.0


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="palisade-bench-") as folder:
        Path(folder).chmod(0o755)
        command = [PALISADE, "demo", "--json", "--port", "0", "--data-dir", f"{folder}/data"]
        cores = sorted(os.sched_getaffinity(0))
        pin = {cores[0]} if len(cores) > 1 else set(cores)
        started = time.perf_counter()
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, pin),
        ) as demo:
            try:
                assert demo.stdout is not None
                ready = json.loads(demo.stdout.readline())
                print(f"first start: {time.perf_counter() - started:.2f} s")
                os.sched_setaffinity(0, set(cores) - pin or pin)
                asyncio.run(measure(ready, rounds=options.rounds, seconds=options.seconds))
                process = psutil.Process(demo.pid)
                print(f"resident memory: {process.memory_info().rss / 1e6:.0f} MB")
            finally:
                demo.send_signal(signal.SIGINT)
                demo.wait(20)


async def measure(ready: Mapping[str, object], *, rounds: int, seconds: float) -> None:
    """Runs the rounds and prints the medians."""
    url = str(ready["url"])
    org = ready["orgs"][0]  # type: ignore[index]
    token = org["tokens"]["viewer"]
    listed = await _once(url, token, {"query": "{ integrations(first: 1) { nodes { id } } }"})
    integration = json.loads(listed)["data"]["integrations"]["nodes"][0]["id"]
    bodies = {
        "point": {"query": POINT, "variables": {"id": integration}},
        "list": {"query": LIST},
        "tree": {"query": TREE},
    }
    found: dict[str, list[float]] = {name: [] for name in bodies}
    for body in bodies.values():
        await _load(url, token, body, seconds=WARM_SECONDS)
    for _ in range(rounds):
        for name, body in bodies.items():
            found[name].append(await _load(url, token, body, seconds=seconds))
    for name, rates in found.items():
        print(
            f"{name:<6}{statistics.median(rates):8.0f} requests/s"
            f"   ({min(rates):.0f}-{max(rates):.0f}, {rounds} rounds)"
        )


async def _load(url: str, token: str, body: object, *, seconds: float) -> float:
    """Requests per second over the connections."""
    request = _request(url, token, body)
    until = time.perf_counter() + seconds

    async def connection() -> int:
        reader, writer = await _connect(url)
        count = 0
        while time.perf_counter() < until:
            writer.write(request)
            await _answer(reader)
            count += 1
        writer.close()
        return count

    started = time.perf_counter()
    counts = await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - started)


async def _once(url: str, token: str, body: object) -> bytes:
    reader, writer = await _connect(url)
    writer.write(_request(url, token, body))
    answer = await _answer(reader)
    writer.close()
    return answer


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


def _request(url: str, token: str, body: object) -> bytes:
    payload = json.dumps(body).encode()
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    if b'"errors"' in body[:20]:
        raise RuntimeError(body.decode())
    return body


if __name__ == "__main__":
    main()
