"""What the table says `palisade prove` notices, it does; what the table doesn't say, it doesn't."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from uuid import UUID

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from assurance.prove.proving import Plan, prove
from assurance.prove.transport import AppTransport
from auth.development import DevelopmentIssuer
from models.describe import Catalog
from palisade.service import Service
from repository.binds import Statement
from repository.session import Session
from tests.ablation.conftest import Copy
from tests.ablation.inhabitants import Scene, granted, lifted
from tests.ablation.repository_ablations import REPOSITORY_ABLATIONS, RepositoryAblation
from tests.ablation.repository_attacks import remove_predicates
from tests.holes.scene import Party
from tests.holes.serving.ground import ServiceHole, Stage, nothing
from tests.holes.staging import Staging

PLAN = Plan(entrances=("lists", "frozen"), types=("Vendor", "Group"), both_ways=False)

_crossed: ContextVar[bool] = ContextVar("crossed", default=False)


async def _no_exploit(stage: Stage) -> bool:
    return False


SOUND = ServiceHole("none", "Nothing is planted.", nothing, _no_exploit)


class _Crossing:
    """While the application answers, statements are bound to another organisation."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _crossed.set(True)
        await self._app(scope, receive, send)


def bind_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one beside the caller's; the context stays the caller's."""
    seen: list[UUID] = []

    def arguments(self: Session, statement: Statement, values: Sequence[object]) -> list[object]:
        own = self.org_id.value
        if own not in seen and own.int:
            seen.append(own)
        others = [one for one in seen if one != own]
        bound = others[-1] if _crossed.get() and others else own
        return statement.arguments(
            values,
            org_id=bound,
            context=self.signer.sign(self.org_id),
            subject=self.actor.subject,
        )

    monkeypatch.setattr(Session, "_arguments", arguments)


@pytest.mark.parametrize("row", [None, *REPOSITORY_ABLATIONS], ids=lambda row: row and row.id)
async def test_prove_notices_what_the_table_says(
    row: RepositoryAblation | None,
    copy: Copy,
    catalog: Catalog,
    scene: Scene,
    built_service: Service,
    issuer: DevelopmentIssuer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = (*granted(catalog), *lifted(catalog)) if row and row.lifted else ()
    urls = await asyncio.to_thread(copy, *changes)
    if row and not row.predicate:
        remove_predicates(monkeypatch, [])
    if row and not row.bound:
        bind_to_another(monkeypatch)

    def built(extensions: tuple[str, ...]) -> Service:
        return built_service

    nobody = Party(UUID(int=0), "", "")
    staging = Staging(urls, scene.key, issuer, (nobody, nobody), tmp_path, built, built)
    async with staging.target(SOUND, planted=False) as target:
        if row and not row.bound:
            assert isinstance(target.transport, AppTransport)
            target.transport._app = _Crossing(target.transport._app)
        report = await prove(target, PLAN)
    assert bool(report.findings) is bool(row and "palisade prove" in row.noticed_by), (
        report.as_markdown()
    )
