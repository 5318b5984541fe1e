import asyncio
import socket
from typing import Any

import pytest
import uvicorn

from palisade.protocol import Protocol, _Joining


class Written:
    """A transport that keeps what is written, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.pieces.append(data)

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return name


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


@pytest.fixture
def written() -> tuple[Written, Any]:
    transport = Written()
    return transport, _Joining(transport)  # type: ignore[arg-type]


def test_head_leaves_with_the_beginning_of_its_body(written: tuple[Written, Any]) -> None:
    transport, joining = written
    joining.write(HEAD)
    assert transport.pieces == []
    joining.write(b"ab")
    joining.write(b"cd")
    assert transport.pieces == [HEAD + b"ab", b"cd"]


def test_head_without_a_body_leaves_too(written: tuple[Written, Any]) -> None:
    transport, joining = written
    joining.write(HEAD)
    joining.write(b"")
    assert transport.pieces == [HEAD]
    joining.write(HEAD)
    joining.close()
    assert transport.pieces == [HEAD, HEAD]
    assert transport.closed


def test_what_is_no_head_is_written_at_once(written: tuple[Written, Any]) -> None:
    transport, joining = written
    joining.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    joining.write(b"x\r\n\r\n")
    assert transport.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n", b"x\r\n\r\n"]
    assert joining.get_extra_info("peername") == "peername"


async def test_answers_arrive_whole() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = {"/empty": b"", "/large": b"y" * 300_000}.get(scope["path"], b"ok")
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=Protocol, ws="none", lifespan="off", log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            for path, length in (("/a", 2), ("/empty", 0), ("/large", 300_000), ("/b", 2)):
                for method in ("GET", "HEAD"):
                    writer.write(f"{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
                    async with asyncio.timeout(5):
                        head = await reader.readuntil(b"\r\n\r\n")
                        assert head.startswith(b"HTTP/1.1 200")
                        assert f"content-length: {length}".encode() in head
                        if method == "GET":
                            assert len(await reader.readexactly(length)) == length
            writer.write(
                b"POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
            )
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 ")
            writer.close()
        finally:
            server.should_exit = True
            await serving
