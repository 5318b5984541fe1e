"""An HTTP request → a GraphQL request, by the GraphQL-over-HTTP specification.

Source: GraphQL over HTTP, working draft, sections "Request" and "Response".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

MAX_BODY_BYTES: Final = 1_000_000
RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"


class RequestRefused(Exception):
    """A request that is not a GraphQL request; ``status`` says in which way."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks for. ``by_get``: only a query may be asked for."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any] | None
    by_get: bool


async def read_request(
    scope: Scope, receive: Receive, headers: Mapping[str, str]
) -> GraphQLRequest:
    """The GraphQL request of a GET or POST.

    Raises: RequestRefused.
    """
    if scope["method"] == "GET":
        return _from_parameters(scope["query_string"])
    content_type = headers.get("content-type", "")
    if content_type != JSON:
        _check_content_type(content_type)
    return _from_body(await _body(receive, headers))


def _check_content_type(content_type: str) -> None:
    media, *parameters = content_type.split(";")
    if media.strip().lower() != JSON:
        raise RequestRefused(415, f"The content type must be {JSON}.")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in ("utf-8", "utf8"):
            raise RequestRefused(415, "The charset must be utf-8.")


def accepted_type(headers: Mapping[str, str]) -> str:
    """The content type to answer in.

    Raises: RequestRefused, where the client accepts neither.
    """
    return _chosen(headers.get("accept", ""))


@lru_cache(maxsize=200)
def _chosen(accept: str) -> str:
    if not accept.strip():
        return JSON
    weights: dict[str, float] = {}
    for entry in accept.split(","):
        media, *parameters = (part.strip().lower() for part in entry.split(";"))
        weights[media] = _weight(parameters)
    best: tuple[float, int, str] | None = None
    for preference, offer in enumerate((JSON, RESPONSE_JSON)):
        # The most specific range decides: "application/json;q=0, */*" means anything but JSON.
        range_ = next((name for name in (offer, "application/*", "*/*") if name in weights), None)
        if range_ is None or not weights[range_] > 0:
            continue
        candidate = (weights[range_], preference if range_ == offer else -1 - preference, offer)
        if best is None or candidate > best:
            best = candidate
    if best is None:
        raise RequestRefused(406, f"The answer is {RESPONSE_JSON} or {JSON}.")
    return best[2]


def wants_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for a page, and not a client for an answer."""
    accept = headers.get("accept", "")
    return "text/html" in accept and JSON not in accept and RESPONSE_JSON not in accept


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    too_large = RequestRefused(413, f"The body must not be larger than {MAX_BODY_BYTES} bytes.")
    declared = headers.get("content-length", "")
    # Long ones are not converted: Python refuses numbers of thousands of digits.
    if declared.isdecimal() and (len(declared) > 9 or int(declared) > MAX_BODY_BYTES):
        raise too_large
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused(400, "The client left before its request was complete.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise too_large
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _from_body(body: bytes) -> GraphQLRequest:
    try:
        parameters = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestRefused(400, "The body must be JSON in UTF-8.") from error
    if isinstance(parameters, list):
        raise RequestRefused(400, "The body must be one request: batching is off.")
    if not isinstance(parameters, dict):
        raise RequestRefused(400, "The body must be a JSON object.")
    return _checked(parameters, by_get=False)


def _from_parameters(query_string: bytes) -> GraphQLRequest:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query_string),
            errors="strict",
            max_num_fields=20,
        )
    except ValueError as error:
        raise RequestRefused(400, "The query string can't be read.") from error
    parameters: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if parameters.get(name):
            try:
                parameters[name] = orjson.loads(parameters[name])
            except orjson.JSONDecodeError as error:
                raise RequestRefused(400, f"{name} must be JSON.") from error
        else:
            parameters.pop(name, None)
    parameters["operationName"] = parameters.get("operationName") or None
    return _checked(parameters, by_get=True)


def _checked(parameters: Mapping[str, Any], *, by_get: bool) -> GraphQLRequest:
    query = parameters.get("query")
    if not isinstance(query, str) or not query:
        raise RequestRefused(400, "query must be a string that is not empty.")
    name = parameters.get("operationName")
    if name is not None and not isinstance(name, str):
        raise RequestRefused(400, "operationName must be a string.")
    for key in ("variables", "extensions"):
        if not isinstance(parameters.get(key), dict | None):
            raise RequestRefused(400, f"{key} must be an object.")
    return GraphQLRequest(query, name, parameters.get("variables"), by_get)
