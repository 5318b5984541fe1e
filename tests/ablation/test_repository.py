"""The repository's predicate and row level security each hold alone, and keys do what they say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
import pytest

from auth.organization import OrgId
from models.describe import Catalog, Table
from repository.connections import Connections
from repository.errors import ReferenceMissing
from tests.ablation.conftest import Copy
from tests.ablation.database_attacks import exempt
from tests.ablation.inhabitants import (
    ORGANIZATION,
    Scene,
    granted,
    lifted,
    references,
    without_references,
)
from tests.ablation.repository_ablations import (
    EXISTENCE,
    HOLD,
    KEY_ABLATIONS,
    REFERENCE,
    REPOSITORY_ABLATIONS,
    KeyAblation,
    RepositoryAblation,
    unique_values,
)
from tests.ablation.repository_attacks import (
    REPOSITORY_ATTACKS,
    Raid,
    has_relations,
    is_held,
    learns_of,
    raid,
    refer_across,
    remove_predicates,
    without_guards,
)
from tests.conftest import Urls

Begin = Callable[..., AbstractAsyncContextManager[Raid]]


@pytest.fixture
def begin(scene: Scene, catalog: Catalog) -> Begin:
    """Opens the repositories of the attacker on a database."""

    @asynccontextmanager
    async def begin(
        urls: Urls, *, scene: Scene = scene, bound_to: OrgId | None = None
    ) -> AsyncIterator[Raid]:
        relaxed = without_guards(catalog)
        connections = Connections(urls.app, size=2)
        root = await asyncpg.connect(urls.superuser)
        await connections.open()
        try:
            yield raid(scene, relaxed, connections, root=root, bound_to=bound_to)
        finally:
            await connections.close()
            await root.close()

    return begin


async def _through(raid: Raid) -> frozenset[str]:
    """The attacks that get through: on every table that they can be made on, or on none."""
    catalog = raid.repositories.session.catalog
    through = set()
    for name, attack in REPOSITORY_ATTACKS.items():
        tables = [table for table in catalog.tables.values() if not exempt(name, table)]
        if name == "reading through a relation":
            tables = [table for table in tables if has_relations(catalog, table)]
        hit = [table.name for table in tables if await raid.try_out(attack, table)]
        missed = {table.name for table in tables} - set(hit)
        assert not hit or not missed, f"{name} on {hit}, not on {missed}"
        if hit:
            through.add(name)
    return frozenset(through)


@pytest.mark.parametrize("ablation", REPOSITORY_ABLATIONS, ids=lambda ablation: ablation.id)
async def test_either_wall_stops_every_attack_alone(
    ablation: RepositoryAblation,
    copy: Copy,
    begin: Begin,
    catalog: Catalog,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Neither a key nor a grant that is missing shall stand in for the wall that is on trial.
    changes = [*without_references(catalog), *granted(catalog)]
    if ablation.lifted:
        changes += lifted(catalog)
    urls = await asyncio.to_thread(copy, *changes)
    made: list[str] = []
    if not ablation.predicate:
        remove_predicates(monkeypatch, made)
    async with begin(urls, bound_to=None if ablation.bound else scene.victim) as begun:
        before = await begun.snapshot(catalog)
        assert await _through(begun) == ablation.through
        assert (await begun.snapshot(catalog) == before) is not bool(ablation.through)
    assert bool(made) is not ablation.predicate


async def test_the_repositories_reach_their_own_records(
    copy: Copy, begin: Begin, catalog: Catalog, scene: Scene
) -> None:
    async with begin(await asyncio.to_thread(copy)) as begun:
        for table in catalog.tables.values():
            rows = await begun.repositories.of(table).get_many(scene.attackers(table))
            assert all(rows), table.name


async def _through_keys(raid: Raid, victims: Raid) -> frozenset[str]:
    """What keys let through: on every reference or unique key, or on none."""
    catalog = raid.repositories.session.catalog
    tried: dict[str, list[bool]] = {REFERENCE: [], HOLD: [], EXISTENCE: []}
    targets: dict[str, Table] = {}
    for table in catalog.tables.values():
        for columns in unique_values(table):
            if table.type != ORGANIZATION:
                tried[EXISTENCE].append(await learns_of(raid, table, columns))
        for column, name in references(table).items():
            (target,) = (one for one in catalog.tables.values() if one.name == name)
            targets[name] = target
            foreign = raid.scene.victims(target)[-1]
            try:
                tried[REFERENCE].append(await refer_across(raid, table, column, foreign))
            except ReferenceMissing:
                tried[REFERENCE].append(False)
    for target in (one for one in targets.values() if one.exposure.delete):
        tried[HOLD].append(await is_held(victims, target, victims.scene.attackers(target)[-1]))
    for name, hits in tried.items():
        assert len(hits) > 5
        assert any(hits) == all(hits), f"{name}: {hits}"
    return frozenset(name for name, hits in tried.items() if any(hits))


@asynccontextmanager
async def _keyed(begin: Begin, urls: Urls, scene: Scene) -> AsyncIterator[tuple[Raid, Raid]]:
    """The attacker's repositories, and the victim's."""
    async with begin(urls) as attackers, begin(urls, scene=scene.reversed) as victims:
        yield attackers, victims


async def test_nothing_gets_through_composite_keys(
    copy: Copy, begin: Begin, catalog: Catalog, scene: Scene
) -> None:
    async with _keyed(begin, await asyncio.to_thread(copy, *granted(catalog)), scene) as (
        attackers,
        victims,
    ):
        assert await _through_keys(attackers, victims) == frozenset()


@pytest.mark.parametrize("ablation", KEY_ABLATIONS, ids=lambda ablation: ablation.id)
async def test_nothing_else_stops_what_composite_keys_do(
    ablation: KeyAblation, copy: Copy, begin: Begin, catalog: Catalog, scene: Scene
) -> None:
    urls = await asyncio.to_thread(copy, *granted(catalog), *ablation.statements(catalog))
    async with _keyed(begin, urls, scene) as (attackers, victims):
        assert await _through_keys(attackers, victims) == ablation.through
        # What a reference leads to is read by nobody through it.
        assert await _through(attackers) == frozenset()
