"""Kept connections to a server on a loopback address, over which parties' requests take turns."""

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httptools

from assurance.prove.transport import Answer, Request, answer_of

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_READ_BYTES: Final = 256 * 1024
_PATIENCE_SECONDS: Final = 30


class NotLoopback(Exception):
    """Only a service on a loopback address is attacked."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


class HttpTransport:
    """A server, by some connections that stay open; whoever is free carries the next request."""

    def __init__(self, url: str, *, connections: int = 8) -> None:
        """Raises: NotLoopback."""
        parts = urlsplit(url)
        if parts.hostname not in _LOOPBACK or parts.port is None:
            raise NotLoopback
        self._address = (parts.hostname, parts.port)
        self._host = parts.netloc
        self._free: asyncio.LifoQueue[_Connection | None] = asyncio.LifoQueue()
        for _ in range(connections):
            self._free.put_nowait(None)

    async def __aenter__(self) -> Self:
        """Connects when it is asked for something."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Closes what is not in use."""
        while not self._free.empty():
            if connection := self._free.get_nowait():
                await connection.close()

    async def send(self, request: Request) -> Answer:
        """What the server answers."""
        connection = await self._free.get()
        try:
            if connection is not None and not connection.usable:
                await connection.close()
                connection = None
            if connection is None:
                connection = await _Connection.open(*self._address)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await connection.send(request, host=self._host)
        except BaseException:
            if connection is not None:
                await connection.close()
                connection = None
            raise
        finally:
            self._free.put_nowait(connection)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._spent = False

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        return cls(*await asyncio.open_connection(host, port))

    @property
    def usable(self) -> bool:
        """Whether another request may go over it: servers close what is idle for long."""
        return not self._spent and not self._reader.at_eof() and not self._writer.is_closing()

    async def close(self) -> None:
        self._spent = True
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def send(self, request: Request, *, host: str) -> Answer:
        self._writer.write(_written(request, host))
        answer = _Incoming()
        while not answer.complete:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                # Without a length, an answer ends with its connection.
                break
            answer.parser.feed_data(data)
        if not answer.complete or not answer.kept_open:
            await self.close()
        return answer_of(answer.status, answer.headers, b"".join(answer.body))


class _Incoming:
    """An answer as it comes in; the parser calls back."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []
        self.status = 0
        self.complete = False
        self.kept_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
        self.kept_open = self.parser.should_keep_alive()


def _written(request: Request, host: str) -> bytes:
    headers = [*request.headers, ("content-length", str(len(request.body)))]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("host", host))
    lines = (f"{name}: {value}\r\n" for name, value in headers)
    head = f"{request.method} {request.path} HTTP/1.1\r\n{''.join(lines)}\r\n"
    return head.encode() + request.body
