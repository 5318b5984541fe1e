"""The one way in: a request of any form, and what came back of it.

Two transports carry it: an application in this process, and a server on a loopback address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from starlette.types import ASGIApp, Message

_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What may differ from request to request.
_OF_EACH_REQUEST: Final = ("x-request-id", "date")
HOST: Final = "palisade.test"


@dataclass(frozen=True, slots=True)
class Request:
    """A request; the path may have a query string."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came back, without what may differ from request to request: the request id, the date."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body; None where it isn't JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of a GraphQL answer; empty where there is none."""
        answer = self.json
        return (answer.get("data") or {}) if isinstance(answer, dict) else {}

    @property
    def codes(self) -> set[str]:
        """The codes of all errors; its status where it is no GraphQL answer at all."""
        answer = self.json
        if not isinstance(answer, dict) or not ({"data", "errors"} & answer.keys()):
            return {f"HTTP {self.status}"}
        return {
            error.get("extensions", {}).get("code", "NONE") for error in answer.get("errors", ())
        }

    @property
    def ids(self) -> set[UUID]:
        """Everything in the body that looks like an id."""
        return {UUID(found.decode()) for found in set(_UUID.findall(self.body))}

    @property
    def text(self) -> str:
        """All of it: headers and body."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{head}\n\n{self.body.decode(errors='replace')}"


class Transport(Protocol):
    """Carries requests to a service."""

    async def send(self, request: Request) -> Answer:
        """What the service answers."""


def answer_of(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    """The answer without what may differ from request to request."""
    for name, value in headers:
        if name == "x-request-id" and value:
            body = body.replace(value.encode(), b"")
    kept = tuple(item for item in headers if item[0] not in _OF_EACH_REQUEST)
    return Answer(status, kept, body)


class AppTransport:
    """An ASGI application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def send(self, request: Request) -> Answer:
        """What the application answers."""
        path, _, query = request.path.partition("?")
        given = [(name.lower().encode(), value.encode()) for name, value in request.headers]
        if not any(name == b"host" for name, _ in given):
            given.append((b"host", HOST.encode()))
        given.append((b"content-length", b"%d" % len(request.body)))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": given,
            "client": ("127.0.0.1", 1),
            "server": (HOST, 80),
        }
        status = 0
        headers: list[tuple[str, str]] = []
        body: list[bytes] = []
        unread = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def receive() -> Message:
            return unread.pop() if unread else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in message["headers"]
                )
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return answer_of(status, headers, b"".join(body))
