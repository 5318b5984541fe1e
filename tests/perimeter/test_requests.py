"""What counts as a GraphQL request, and in which type its answer goes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import Message, Scope

from perimeter.requests import (
    JSON,
    MAX_BODY_BYTES,
    RESPONSE_JSON,
    GraphQLRequest,
    RequestRefused,
    accepted_type,
    read_request,
    wants_page,
)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def read(
    *chunks: bytes,
    query_string: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    leaves: bool = False,
) -> GraphQLRequest:
    """What the parser makes of a request; a POST unless it has a query string."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    end: Message = {"type": "http.request", "body": b""}
    messages.append({"type": "http.disconnect"} if leaves else end)

    async def receive() -> Message:
        return messages.pop(0)

    scope: Scope = {"method": "POST" if query_string is None else "GET"}
    scope["query_string"] = query_string or b""
    return await read_request(scope, receive, {"content-type": JSON, **(headers or {})})


async def refusal(*chunks: bytes, **given: Any) -> RequestRefused:
    with pytest.raises(RequestRefused) as refused:
        await read(*chunks, **given)
    return refused.value


def body(**parameters: object) -> bytes:
    return orjson.dumps({"query": "{ viewer { subject } }", **parameters})


def parameters(**given: str) -> bytes:
    return urlencode({"query": "{ viewer { subject } }", **given}).encode()


async def test_body_is_read_in_whatever_pieces_it_comes() -> None:
    whole = body(operationName="A", variables={"id": 1}, extensions={"trace": True})
    expected = GraphQLRequest("{ viewer { subject } }", "A", {"id": 1}, by_get=False)
    assert await read(whole) == expected
    assert await read(*(whole[index : index + 1] for index in range(len(whole)))) == expected


async def test_query_string_is_read_as_a_get() -> None:
    request = await read(query_string=parameters(operationName="A", variables='{"id": 1}'))
    assert request == GraphQLRequest("{ viewer { subject } }", "A", {"id": 1}, by_get=True)


async def test_query_string_may_leave_its_parameters_empty() -> None:
    request = await read(query_string=parameters(operationName="", variables="", extensions=""))
    assert request == GraphQLRequest("{ viewer { subject } }", None, None, by_get=True)


async def test_body_may_say_null_for_what_it_leaves_out() -> None:
    request = await read(body(operationName=None, variables=None, extensions=None))
    assert request == GraphQLRequest("{ viewer { subject } }", None, None, by_get=False)


async def test_unknown_parameters_are_left_alone() -> None:
    assert (await read(body(id=7, documentId="x"))).query == "{ viewer { subject } }"


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (body(query=None), "query"),
        (body(query=7), "query"),
        (body(query={"kind": "Document"}), "query"),
        (body(query=""), "query"),
        (b"{}", "query"),
        (body(operationName=7), "operationName"),
        (body(operationName=["A"]), "operationName"),
        (body(variables=[1]), "variables"),
        (body(variables="{}"), "variables"),
        (body(variables=0), "variables"),
        (body(extensions=[]), "extensions"),
        (body(extensions="x"), "extensions"),
        (b"[" + body() + b"]", "batching"),
        (b"[]", "batching"),
        (b'"query"', "JSON object"),
        (b"null", "JSON object"),
        (b"", "JSON"),
        (b"{", "JSON"),
        (b'{"query": "\xff"}', "UTF-8"),
        (b'{"query": "\\ud800"}', "JSON"),
        (b"\xef\xbb\xbf" + body(), "JSON"),
        (b'{"query": NaN}', "JSON"),
        (b'{"variables":' * 2000, "JSON"),
    ],
)
async def test_body_that_is_no_request_is_refused_with_its_fault(sent: bytes, named: str) -> None:
    refused = await refusal(sent)
    assert refused.status == 400
    assert named in str(refused)


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"query=",
        b"query",
        b"nothing=here",
        parameters(variables="[1]"),
        parameters(variables="{"),
        parameters(extensions="7"),
        b"query=%ff",
        "query=ä".encode(),
        b"&".join([b"a=1"] * 21) + b"&query={a}",
    ],
)
async def test_query_string_that_is_no_request_is_refused(query_string: bytes) -> None:
    assert (await refusal(query_string=query_string)).status == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=utf8",
        "application/json; profile=x",
    ],
)
async def test_content_type_of_json_in_utf8_is_read(content_type: str) -> None:
    assert (await read(body(), headers={"content-type": content_type})).query


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
    ],
)
async def test_content_type_of_anything_else_is_refused(content_type: str) -> None:
    assert (await refusal(body(), headers={"content-type": content_type})).status == 415


async def test_body_of_the_full_size_is_read_and_one_byte_more_is_refused() -> None:
    rest = MAX_BODY_BYTES - len(body(extensions={"pad": ""}))
    full = body(extensions={"pad": "x" * rest})
    assert len(full) == MAX_BODY_BYTES
    length = str(MAX_BODY_BYTES)
    assert (await read(full, headers={"content-length": length})).query
    assert (await refusal(full + b" ")).status == 413
    assert (await refusal(full[:-1], b" ", b" ")).status == 413
    assert (await refusal(headers={"content-length": str(MAX_BODY_BYTES + 1)})).status == 413
    assert (await refusal(headers={"content-length": "9" * 5000})).status == 413


@pytest.mark.parametrize("length", ["", "-1", "x", "²", "1e3"])
async def test_content_length_that_is_no_number_is_not_believed(length: str) -> None:
    assert (await read(body(), headers={"content-length": length})).query


async def test_body_that_is_cut_off_is_refused() -> None:
    assert (await refusal(body()[:10], leaves=True)).status == 400


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        ("Application/JSON", JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON}", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON}", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON};q=0.9", JSON),
        (f"{JSON};q=0.8, {RESPONSE_JSON};q=0.9", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, */*;q=0.1", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0.1, */*", JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0, */*", JSON),
        (f"{JSON};q=0, application/*;q=0.5", RESPONSE_JSON),
        (f"*/*;q=0, {JSON}", JSON),
        ("text/html, application/*;q=0.1", JSON),
        (BROWSER, JSON),
    ],
)
def test_accepted_type_is_what_the_client_prefers(accept: str | None, answer: str) -> None:
    assert accepted_type({} if accept is None else {"accept": accept}) == answer


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*",
        "image/png, text/plain;q=0.5",
        f"{JSON};q=0",
        f"{JSON};q=0, {RESPONSE_JSON};q=0",
        "*/*;q=0",
        f"{JSON};q=none",
        f"{JSON};q=-1",
        f"{JSON};q=nan",
        "application/jsonp",
        ",",
    ],
)
def test_accepted_type_is_refused_where_there_is_none(accept: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        accepted_type({"accept": accept})
    assert refused.value.status == 406


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("*/*", False),
        (None, False),
        (JSON, False),
        (f"text/html, {JSON}", False),
        (f"{RESPONSE_JSON}, text/html", False),
    ],
)
def test_page_is_for_those_who_ask_for_html_alone(accept: str | None, page: bool) -> None:
    assert wants_page({} if accept is None else {"accept": accept}) is page


_JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NEAR_REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        name: _JSON_VALUES | st.text() | st.dictionaries(st.text(), _JSON_VALUES, max_size=2)
        for name in ("query", "operationName", "variables", "extensions")
    },
).map(orjson.dumps)
_NEAR_STRINGS = st.lists(
    st.tuples(
        st.sampled_from(["query", "operationName", "variables", "extensions", "x"]),
        st.text() | _JSON_VALUES.map(lambda value: orjson.dumps(value).decode()),
    ),
    max_size=6,
).map(lambda pairs: urlencode(pairs).encode())
_HEADER = st.text(st.characters(max_codepoint=255), max_size=40)
_ACCEPTS = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from([JSON, RESPONSE_JSON, "*/*", "application/*", "text/html", ""]),
        st.sampled_from(["", ";q=1", ";q=0", "; q=0.5", ";q=x", ";q=inf", ";q=", ";;", ";charset"]),
    ),
    max_size=4,
).map(",".join)


def is_sound(request: GraphQLRequest) -> bool:
    """What everything behind the parser takes for granted."""
    return (
        isinstance(request.query, str)
        and bool(request.query)
        and isinstance(request.operation_name, str | None)
        and isinstance(request.variables, dict | None)
    )


@settings(max_examples=150, deadline=None)
@given(sent=st.binary(max_size=60) | _NEAR_REQUESTS, length=_HEADER)
@example(sent=b"", length="²")
async def test_any_body_is_a_request_or_refused(sent: bytes, length: str) -> None:
    try:
        assert is_sound(await read(sent, headers={"content-length": length}))
    except RequestRefused as refused:
        assert refused.status in (400, 413)


@settings(max_examples=150, deadline=None)
@given(query_string=st.binary(max_size=60) | _NEAR_STRINGS)
async def test_any_query_string_is_a_request_or_refused(query_string: bytes) -> None:
    try:
        request = await read(query_string=query_string)
    except RequestRefused as refused:
        assert refused.status == 400
    else:
        assert is_sound(request)
        assert request.by_get


@settings(max_examples=150, deadline=None)
@given(accept=_HEADER | _ACCEPTS, content_type=_HEADER)
async def test_any_headers_are_understood_or_refused(accept: str, content_type: str) -> None:
    wants_page({"accept": accept})
    try:
        assert accepted_type({"accept": accept}) in (JSON, RESPONSE_JSON)
    except RequestRefused as refused:
        assert refused.status == 406
    try:
        assert is_sound(await read(body(), headers={"content-type": content_type}))
    except RequestRefused as refused:
        assert refused.status == 415
