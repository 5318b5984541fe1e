"""Whom the service takes a caller for."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

import auth.tokens
import schema.viewer
from auth.organization import mint_org_id
from auth.tokens import TokenVerifier
from palisade.endpoint import Endpoint
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged

_NAMES = "{ vendors(first: 100) { nodes { name } } }"
_VIEWER = "{ viewer { organization { name slug } } }"


@asynccontextmanager
async def _header(ground: Ground) -> AsyncIterator[Wrap]:
    verify = Endpoint._claims

    async def claims(self: Endpoint, headers: Any) -> Any:
        found = await verify(self, headers)
        named = headers.get("x-org-id")
        return replace(found, org_id=mint_org_id(UUID(named))) if named else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "_claims", claims)
        yield unchanged


@asynccontextmanager
async def _variable(ground: Ground) -> AsyncIterator[Wrap]:
    answer = Endpoint._answer

    async def answered(self: Endpoint, request: Any, claims: Any, **given: Any) -> Any:
        named = (request.variables or {}).get("orgId")
        if named:
            claims = replace(claims, org_id=mint_org_id(UUID(named)))
        return await answer(self, request, claims, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "_answer", answered)
        yield unchanged


@asynccontextmanager
async def _any_signature(ground: Ground) -> AsyncIterator[Wrap]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenVerifier, "_is_signed_by", lambda *_: True)
        yield unchanged


@asynccontextmanager
async def _any_time(ground: Ground) -> AsyncIterator[Wrap]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            auth.tokens, "_check_times", lambda payload, now, *, leeway: float(payload["exp"])
        )
        yield unchanged


@asynccontextmanager
async def _first_viewer(ground: Ground) -> AsyncIterator[Wrap]:
    kept: list[Any] = []
    find = schema.viewer._organization

    async def organization(context: Any) -> Any:
        if not kept:
            kept.append(await find(context))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema.viewer, "_organization", organization)
        yield unchanged


def _retold(token: str, **claims: object) -> str:
    """The token with other claims and its old signature."""
    head, body, signature = token.split(".")
    payload = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    changed = base64.urlsafe_b64encode(orjson.dumps(payload | claims)).rstrip(b"=").decode()
    return f"{head}.{changed}.{signature}"


async def _named_in_header(stage: Stage) -> bool:
    headers = {"x-org-id": str(stage.victim.org_id)}
    return stage.shown(await stage.ask(stage.attacker, _NAMES, headers=headers))


async def _named_in_variable(stage: Stage) -> bool:
    return stage.tells(await stage.asked(_NAMES, {"orgId": str(stage.victim.org_id)}))


async def _forged(stage: Stage) -> bool:
    token = _retold(stage.attacker.token, org_id=str(stage.victim.org_id))
    return stage.shown(await stage.ask(token, _NAMES))


async def _expired(stage: Stage) -> bool:
    token = stage.issue(stage.attacker, timedelta(hours=-1))
    return (await stage.ask(token, _NAMES)).status_code == 200


async def _seen_first(stage: Stage) -> bool:
    await stage.ask(stage.victim, _VIEWER)
    return stage.tells(await stage.asked(_VIEWER))


IDENTITY_HOLES = (
    ServiceHole(
        "org-from-a-header",
        "A support tool may name an organisation in the header X-Org-Id; nobody asks whether it "
        "is the tool.",
        _header,
        _named_in_header,
    ),
    ServiceHole(
        "org-from-a-variable",
        "A variable orgId, which the console sends, takes the place of the token's organisation.",
        _variable,
        _named_in_variable,
    ),
    ServiceHole(
        "signature-not-checked",
        "The check of the signature was switched off for a demonstration: whoever writes another "
        "organisation into the claims is that one.",
        _any_signature,
        _forged,
    ),
    ServiceHole(
        "expiry-not-checked",
        "Tokens past their time are accepted: a stolen one is good for ever.",
        _any_time,
        _expired,
    ),
    ServiceHole(
        "viewer-of-the-first",
        "The organisation of the viewer is looked up once and kept: everybody is shown the first "
        "caller's.",
        _first_viewer,
        _seen_first,
    ),
)
