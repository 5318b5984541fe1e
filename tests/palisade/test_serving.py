"""Ports: a free one, a taken one, one that can't be."""

import os
import signal
import socket
import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from palisade.serving import StartError, bound_socket, serve_here, url_of


def test_socket_of_port_zero_takes_a_free_one() -> None:
    with bound_socket("127.0.0.1", 0) as first, bound_socket("127.0.0.1", 0) as second:
        ports = {listener.getsockname()[1] for listener in (first, second)}
        assert len(ports) == 2
        assert url_of(first) == f"http://127.0.0.1:{first.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_url_of_an_ipv6_address_has_brackets() -> None:
    try:
        listener = bound_socket("::1", 0)
    except StartError:
        pytest.skip("no IPv6 here")
    with listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_port_that_is_taken_is_told_by_number() -> None:
    with bound_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} of 127.0.0.1 is taken"):
            bound_socket("127.0.0.1", port)
    bound_socket("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 0), ("nothing.invalid", 0), ("127.0.0.1", 65536)]
)
def test_address_that_can_not_be_is_told_in_one_sentence(host: str, port: int) -> None:
    with pytest.raises(StartError) as refused:
        bound_socket(host, port)
    assert len(str(refused.value).splitlines()) == 1


def test_application_that_can_not_start_ends_the_server() -> None:
    class Refused:
        def __init__(self, app: Starlette) -> None:
            self.app = app

        async def __aenter__(self) -> None:
            raise RuntimeError("no")

        async def __aexit__(self, *_: object) -> None:
            raise AssertionError("it never started")

    with bound_socket("127.0.0.1", 0) as listener, pytest.raises((StartError, SystemExit)):
        serve_here(
            Starlette(lifespan=Refused), listener, ready=lambda: pytest.fail("it is not ready")
        )


def test_server_is_ready_when_it_says_so_and_names_no_product() -> None:
    """The answer comes within the call of ``ready``, from another thread's request."""
    answers: list[httpx.Response] = []

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    def ask() -> None:
        answers.append(httpx.get(url_of(listener), timeout=5))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=ask)
    with bound_socket("127.0.0.1", 0) as listener:
        serve_here(Starlette(routes=[Route("/", hello)]), listener, ready=thread.start)
    thread.join()
    assert answers[0].text == "hello"
    assert "server" not in answers[0].headers
