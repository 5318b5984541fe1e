"""HTTP as uvicorn speaks it, with each answer leaving in one piece."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """Sends the head of an answer together with the beginning of its body.

    uvicorn writes them one after the other: two calls of the system and two packets for an answer
    that fits into one.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called once for each connection."""
        super().connection_made(transport)
        self.transport: Any = _Joining(transport)

    def on_response_complete(self) -> None:
        """Called when an answer has ended, with a body or without one."""
        self.transport.flush()
        super().on_response_complete()


class _Joining:
    """A transport that holds the head of an answer until what follows is written."""

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        elif _is_head(data):
            self._held = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def close(self) -> None:
        self.flush()
        self._transport.close()


def _is_head(data: bytes) -> bool:
    """Whether it is the head of an answer; of 100 Continue nothing follows."""
    return data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1" and data.endswith(b"\r\n\r\n")
