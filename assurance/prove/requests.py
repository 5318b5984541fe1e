"""What a request may carry beside its document, and what answers beside the endpoint.

Nothing of it may choose an organisation: headers, cookies, query strings, further members of the
body, other forms of a request, other paths.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from assurance.prove.attacks import AnyAttack, Knock
from assurance.prove.duel import JSON, Duel
from models.describe import Table

_HEADERS: Final = (
    "x-org-id",
    "x-org",
    "org-id",
    "x-organization-id",
    "x-organisation",
    "x-tenant",
    "x-tenant-id",
    "x-palisade-org",
    "x-palisade-context",
    "x-account-id",
    "x-user-id",
    "x-forwarded-user",
    "x-forwarded-host",
    "x-forwarded-for",
    "x-forwarded-prefix",
    "x-original-url",
    "x-rewrite-url",
    "x-real-ip",
    "x-http-method-override",
    "forwarded",
    "host",
    "referer",
    "traceparent",
    "baggage",
    "idempotency-key",
)
_NAMES: Final = ("org_id", "orgId", "org", "organization", "organizationId", "tenant", "slug")
_COMMON_PATHS: Final = (
    "/metrics",
    "/health",
    "/healthz",
    "/status",
    "/debug",
    "/openapi.json",
    "/.well-known/openid-configuration",
    "/schema.graphql",
    "/exports",
    "/admin",
    "/api",
)


class Envelopes:
    """One document, with everything around it that could name the victim."""

    name = "requests"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """What is read by nobody is answered like the document alone."""
        plain = Knock("plain", "POST", duel.service.endpoint, (JSON,), _body(duel))
        for value in (str(duel.victim.org_id), duel.victim.slug):
            for knock in (*_headers(plain, value), *_members(plain, duel, value)):
                yield replace(knock, like=plain, sent=(value,))
            for knock in _forms(plain, duel, value):
                yield replace(knock, sent=(value,))


class Paths:
    """Everything that the service answers beside the endpoint, and what others often answer."""

    name = "paths"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """With a token and without one, after the victim read a page of every type."""
        for table in _read_types(duel):
            await duel.ask(_text(duel, table), {}, by=duel.victim)
        org_id, slug = str(duel.victim.org_id), duel.victim.slug
        record = str(next(iter(duel.foreign_ids().values())))
        for path in dict.fromkeys((*duel.service.paths, *_COMMON_PATHS)):
            if path == duel.service.endpoint:
                continue
            filled = {_fill(path, one) for one in (org_id, slug, record)}
            for one in sorted(filled):
                for query in ("", f"?{urlencode(dict.fromkeys(_NAMES, org_id))}"):
                    for signed in (True, False):
                        headers = (("x-org-id", org_id), ("accept", "*/*"))
                        yield Knock(
                            path,
                            "GET",
                            one + query,
                            headers,
                            signed=signed,
                            sent=(org_id, slug, record),
                        )
        page = (("accept", "text/html"),)
        yield Knock("console", "GET", duel.service.endpoint, page, signed=False)
        yield Knock("console", "GET", f"{duel.service.endpoint}?org={slug}", page, sent=(slug,))


def _read_types(duel: Duel) -> list[Table]:
    return [
        table
        for table in duel.catalog.exposed
        if table.type != "Organization" and (duel.types is None or table.type in duel.types)
    ]


def _text(duel: Duel, table: Table | None = None) -> str:
    table = table or next(one for one in duel.catalog.exposed if one.type != "Organization")
    shown = " ".join(
        column.field for column in table.columns if column.exposed and column.name != "org_id"
    )
    return (
        "query Mine { viewer { organization { id slug name } } "
        f"{table.plural}(first: 3) {{ totalCount nodes {{ {shown} }} }} }}"
    )


def _body(duel: Duel, **members: Any) -> bytes:
    return orjson.dumps({"query": _text(duel), **members})


def _headers(plain: Knock, value: str) -> Iterator[Knock]:
    for name in _HEADERS:
        wanted = {"forwarded": f"for={value};host={value}", "host": f"{value}.example"}
        headers = (*plain.headers, (name, wanted.get(name, value)))
        yield replace(plain, label="headers", headers=headers)
    cookie = "; ".join(f"{name}={value}" for name in _NAMES)
    yield replace(plain, label="cookies", headers=(*plain.headers, ("cookie", cookie)))
    for name in _NAMES:
        path = f"{plain.path}?{urlencode({name: value})}"
        yield replace(plain, label="query strings", path=path)


def _members(plain: Knock, duel: Duel, value: str) -> Iterator[Knock]:
    for name in _NAMES:
        yield replace(plain, label="members", body=_body(duel, **{name: value}))
        yield replace(plain, label="variables", body=_body(duel, variables={name: value}))
        yield replace(plain, label="extensions", body=_body(duel, extensions={name: value}))
    twice = _body(duel)[:-1] + b',"variables":{"org_id":' + orjson.dumps(value)
    yield replace(plain, label="repeated members", body=twice + b'},"variables":{}}')
    yield replace(
        plain,
        label="repeated members",
        body=_body(duel)[:-1] + b',"query":' + (orjson.dumps(_text(duel)) + b"}"),
    )


def _forms(plain: Knock, duel: Duel, value: str) -> Iterator[Knock]:
    text = _text(duel)
    asked = urlencode({"query": text, "variables": orjson.dumps({"org_id": value}).decode()})
    yield replace(plain, label="by GET", method="GET", path=f"{plain.path}?{asked}", body=b"")
    change = urlencode({"query": f'mutation {{ eraseOrganization(input: {{slug: "{value}"}}) }}'})
    yield replace(plain, label="by GET", method="GET", path=f"{plain.path}?{change}", body=b"")
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        yield replace(plain, label="methods", method=method)
    yield replace(plain, label="batches", body=b"[" + plain.body + b"," + plain.body + b"]")
    for name in ("Mine", "Theirs", value, ""):
        yield replace(plain, label="operation names", body=_body(duel, operationName=name))
    stored = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}, "org_id": value}
    for body in ({"extensions": stored}, {"id": value}, {"documentId": value}, {"doc_id": value}):
        yield replace(plain, label="stored documents", body=orjson.dumps(body))
    for kind in ("text/plain", "application/graphql", "application/x-www-form-urlencoded"):
        yield replace(plain, label="content types", headers=(("content-type", kind),))
    two = (*plain.headers, ("authorization", f"Bearer {value}"))
    yield replace(plain, label="two tokens", headers=two)


def _fill(path: str, value: str) -> str:
    """A path, whatever is open in it filled."""
    parts = (quote(value) if part.startswith("{") else part for part in path.split("/"))
    return "/".join(parts)
