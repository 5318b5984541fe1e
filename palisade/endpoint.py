"""The GraphQL endpoint: every guard, in order, in front of every operation."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send

from auth.claims import Claims
from auth.errors import KeysUnavailable, OrganizationFrozen, TokenMissing, Unauthenticated
from palisade.console import Console
from palisade.deadlines import Deadlines
from palisade.exports import write_export
from palisade.service import Service
from perimeter.inventory import furnishing
from perimeter.requests import (
    JSON,
    RESPONSE_JSON,
    GraphQLRequest,
    RequestRefused,
    accepted_type,
    read_request,
    wants_page,
)
from repository.actor import Actor
from repository.errors import DatabaseUnavailable, RepositoryError
from repository.ids import new_request_id
from repository.lifecycle import Lifecycle
from repository.reader import Row
from resolvers.context import Context, Export
from resolvers.errors import Code, formatted, ordered

OPERATION_TIMEOUT: Final = timedelta(seconds=10)
# How long a change of an organisation waits for what began before it; within the operation's time.
SETTLE: Final = timedelta(seconds=3)

# None: it isn't clear which operation is meant, which execution tells.
_BY_GET: Final = (OperationType.QUERY, None)
_CONTENT_TYPES: Final = {
    name: (b"content-type", f"{name}; charset=utf-8".encode()) for name in (JSON, RESPONSE_JSON)
}
_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"accept, origin"),
)

_log = structlog.get_logger(__name__)


class Answer:
    """A status, headers and a GraphQL response: as values, or in JSON already."""

    __slots__ = ("body", "codes", "headers", "status")

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any] | bytes,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.codes: list[str] = []
        if not isinstance(body, bytes):
            self.codes = sorted({error["extensions"]["code"] for error in body.get("errors", ())})


class Endpoint:
    """The ASGI application behind ``/graphql``."""

    def __init__(self, service: Service, console: Console) -> None:
        self._service = service
        self._console = console
        self._deadlines = Deadlines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, and logs one line about it."""
        headers = _joined(scope["headers"])
        if scope["method"] in ("GET", "HEAD") and wants_page(headers):
            await self._console.page()(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = new_request_id()
        about: dict[str, Any] = {"request_id": request_id, "method": scope["method"]}
        content_type = JSON
        body = b""
        try:
            content_type = accepted_type(headers)
            if scope["method"] not in ("GET", "POST"):
                raise RequestRefused(405, "The method must be GET or POST.")
            request = await read_request(scope, receive, headers)
            claims = await self._claims(headers)
            about["org_id"] = str(claims.org_id)
            about["client_id"] = claims.client_id
            answer = await self._answer(
                request, claims, request_id=request_id, strict=content_type == RESPONSE_JSON
            )
            body = _encoded(answer)
        except RequestRefused as refusal:
            answer = _refused(refusal.status, Code.BAD_USER_INPUT, str(refusal))
            if refusal.status == 405:
                answer.headers = {"allow": "GET, POST"}
        except Unauthenticated as error:
            answer = _unauthenticated(error)
        except OrganizationFrozen as error:
            answer = _refused(403, Code.FORBIDDEN, str(error), reason=error.reason)
        except (DatabaseUnavailable, KeysUnavailable) as error:
            answer = _unavailable(str(error))
        except RepositoryError as error:
            _log.error("context_refused", exc_info=error, **about)
            answer = _unavailable(str(DatabaseUnavailable()))
        except Exception as error:
            _log.error("unforeseen_error", exc_info=error, **about)
            message = f"Something went wrong here. Tell us the request id {request_id}."
            answer = _refused(500, Code.INTERNAL, message)
        body = body or _encoded(answer)
        await _send(send, answer, body, content_type=content_type, request_id=request_id)
        _log.info(
            "request",
            **about,
            status=answer.status,
            codes=answer.codes,
            duration_ms=round((time.perf_counter() - started) * 1000, 2),
        )

    async def _claims(self, headers: Mapping[str, str]) -> Claims:
        """The verified claims of the bearer token. Source: RFC 6750, section 2.1."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        # The white space of HTTP, and no other: a no-break space is a part of what was sent.
        token = token.strip(" \t")
        if scheme.lower() != "bearer" or not token:
            raise TokenMissing
        return await self._service.verifier.verify(token)

    async def _answer(
        self, request: GraphQLRequest, claims: Claims, *, request_id: str, strict: bool
    ) -> Answer:
        document = self._service.documents.get(request.query)
        if document.node is None or document.errors:
            return _errors(document.errors, request_id=request_id, strict=strict)
        if request.by_get and document.operation(request.operation_name) not in _BY_GET:
            raise RequestRefused(405, "A mutation needs POST.")
        context = self._context(claims, request_id)
        try:
            with self._deadlines.within(OPERATION_TIMEOUT):
                result = await self._service.operations.execute(
                    document.node,
                    text=request.query,
                    known=document.operations,
                    operation_name=request.operation_name,
                    variables=request.variables,
                    context=context,
                )
        except TimeoutError:
            seconds = int(OPERATION_TIMEOUT.total_seconds())
            message = f"The operation took longer than {seconds} seconds."
            error = GraphQLError(message, extensions={"code": Code.TOO_COMPLEX.value})
            return _errors((error,), request_id=request_id, strict=strict)
        if isinstance(result, str):
            return Answer(200, result.encode())
        if result.data is None:
            return _errors(ordered(result.errors or ()), request_id=request_id, strict=strict)
        if not result.errors:
            return Answer(200, {"data": result.data})
        errors = [formatted(error, request_id=request_id) for error in ordered(result.errors)]
        if any(error["extensions"]["code"] == Code.UNAVAILABLE for error in errors):
            return _unavailable(str(DatabaseUnavailable()))
        return Answer(200, {"data": result.data, "errors": errors})

    def _context(self, claims: Claims, request_id: str) -> Context:
        """The context of one request: the only place where claims become repositories."""
        service = self._service
        actor = Actor(claims.subject, claims.client_id, request_id)
        if claims.org_id is None:

            async def provision(slug: str, name: str) -> Row:
                return await service.database.provision(
                    slug, name=name, actor=actor, furnish=furnishing(service.catalog)
                )

            lifecycle = Lifecycle(service.worker, actor, settle=SETTLE) if service.worker else None
            return Context(
                claims,
                request_id,
                service.catalog,
                None,
                provision=provision,
                lifecycle=lifecycle,
                export=self._export(actor),
            )
        access = service.rules.access_of(claims)
        repositories = service.database.of(claims.org_id, actor, ruled=access.ruled)
        return Context(claims, request_id, service.catalog, repositories, access=access)

    def _export(self, actor: Actor) -> Export | None:
        """How operators export organisations, where they may."""
        worker, folder = self._service.worker, self._service.export_dir
        if worker is None or folder is None:
            return None
        return lambda slug: write_export(worker, folder, slug, actor=actor)


def _errors(errors: Any, *, request_id: str, strict: bool) -> Answer:
    """The answer to a request that was refused before it ran: no data at all.

    A client that accepts application/json only gets 200, as the specification asks, unless
    the service itself is at fault.
    """
    listed = [formatted(error, request_id=request_id) for error in errors]
    codes = {error["extensions"]["code"] for error in listed}
    if Code.UNAVAILABLE in codes:
        return _unavailable(str(DatabaseUnavailable()))
    if Code.INTERNAL in codes:
        return Answer(500, {"errors": listed})
    status = 403 if codes == {Code.FORBIDDEN.value} else 400
    return Answer(status if strict else 200, {"errors": listed})


def _encoded(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    return orjson.dumps(answer.body, default=str)


def _refused(status: int, code: Code, message: str, **details: str) -> Answer:
    extensions = {"code": code.value, **details}
    return Answer(status, {"errors": [{"message": message, "extensions": extensions}]})


def _unauthenticated(error: Unauthenticated) -> Answer:
    """Source: RFC 6750, section 3."""
    answer = _refused(401, Code.UNAUTHENTICATED, str(error), reason=error.reason)
    missing = isinstance(error, TokenMissing)
    answer.headers = {"www-authenticate": "Bearer" if missing else 'Bearer error="invalid_token"'}
    return answer


def _unavailable(message: str) -> Answer:
    answer = _refused(503, Code.UNAVAILABLE, message)
    answer.headers = {"retry-after": str(DatabaseUnavailable.retry_after_seconds)}
    return answer


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name; one that is repeated is one list. Source: RFC 9110, section 5.2.

    So two tokens are a malformed one, and never the first to one reader, the last to another.
    """
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _send(
    send: Send, answer: Answer, body: bytes, *, content_type: str, request_id: str
) -> None:
    headers = [
        _CONTENT_TYPES[content_type],
        *_HEADERS,
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
