"""Runs the application under uvicorn, on a port that is known to be free."""

import contextlib
import errno
import os
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from palisade.protocol import Protocol


class StartError(Exception):
    """A service that can't start; the message is one plain sentence."""


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises: StartError.
    """
    if not 0 <= port <= 65535:
        raise StartError(f"Port {port} is none: ports go from 0 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"Port {port} of {host} is taken: choose another --port.") from error
        raise StartError(f"{host}:{port} can't be served on: {error.strerror}.") from error


def url_of(listener: socket.socket) -> str:
    """The URL that the socket is reached under."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_here(app: Starlette, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serves in this process until it is told to stop; calls ``ready`` once it answers."""
    server = _Server(_config(app), ready)
    # uvicorn has stopped cleanly by then, and hands on the signal that told it to.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise StartError("The service did not start: the log above says why.")


def serve_in_workers(
    factory: str, listener: socket.socket, *, workers: int, environment: dict[str, str]
) -> None:
    """Serves in worker processes, each of which makes the application from its environment."""
    os.environ.update(environment)
    config = _config(factory, workers=workers)
    Multiprocess(config, sockets=[listener]).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


def _config(app: Starlette | str, *, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=5,
    )
