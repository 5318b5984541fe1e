"""Kept connections to a server on a loopback address, over which parties' requests take turns."""

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import h11

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
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
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
        state = self._state
        headers = list(request.headers)
        if not any(name.lower() == "host" for name, _ in headers):
            headers.insert(0, ("host", host))
        headers.append(("content-length", str(len(request.body))))
        head = h11.Request(method=request.method, target=request.path, headers=headers)
        data = state.send(head) or b""
        if request.body:
            data += state.send(h11.Data(data=request.body)) or b""
        self._writer.write(data + (state.send(h11.EndOfMessage()) or b""))
        status = 0
        answered: list[tuple[str, str]] = []
        body: list[bytes] = []
        while True:
            event = state.next_event()
            if event is h11.NEED_DATA:
                state.receive_data(await self._reader.read(_READ_BYTES))
            elif isinstance(event, h11.Response):
                status = event.status_code
                answered = [
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in event.headers
                ]
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                break
        if state.our_state is h11.DONE and state.their_state is h11.DONE:
            state.start_next_cycle()
        else:
            await self.close()
        return answer_of(status, answered, b"".join(body))
