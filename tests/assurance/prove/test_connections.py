"""Connections to a server, which is a loopback one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from assurance.prove.connections import HttpTransport, NotLoopback
from assurance.prove.transport import Request

REQUEST = Request("POST", "/x?y=1", (("authorization", "Bearer t"),), b"body")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(4)
        told = b"%s|%s" % (head.split(b"\r\n")[0], body)
        writer.write(b"HTTP/1.1 201 Made\r\nx-request-id: abc\r\n")
        writer.write(b"content-length: %d\r\n\r\n%s" % (len(told) + 3, told + b"abc"))
        await writer.drain()
        # As a server does that has no patience with idle connections.
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_request_arrives_and_the_request_id_is_left_out(url: str) -> None:
    async with HttpTransport(url, connections=1) as transport:
        for _ in range(3):
            answer = await transport.send(REQUEST)
            assert (answer.status, answer.body) == (201, b"POST /x?y=1 HTTP/1.1|body")
            assert "x-request-id" not in dict(answer.headers)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:80", "http://example.com:80", "http://localhost"]
)
def test_only_loopback_addresses_are_attacked(url: str) -> None:
    with pytest.raises(NotLoopback):
        HttpTransport(url)
