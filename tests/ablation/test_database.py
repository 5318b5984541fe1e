"""Without one policy, or one condition of a function, its attack gets through, and no other one."""

from collections.abc import AsyncIterator, Mapping

import asyncpg
import pytest

from models.describe import Catalog, Table
from models.vendors import Vendor
from repository.walls import PolicyForm
from tests.ablation.conftest import Copy
from tests.ablation.database_ablations import CONTEXT_ABLATIONS, POLICY_ABLATIONS
from tests.ablation.database_attacks import (
    CONTEXT_ATTACKS,
    POLICY_ATTACKS,
    Attack,
    Intruder,
    exempt,
)
from tests.ablation.inhabitants import Scene, granted, without_references
from tests.conftest import Urls


@pytest.fixture(scope="session")
def attacked(copy: Copy, catalog: Catalog) -> Urls:
    """No foreign key, and no grant that is missing, stands in for the wall that is on trial."""
    return copy(*without_references(catalog), *granted(catalog))


@pytest.fixture
async def intruder(attacked: Urls, scene: Scene) -> AsyncIterator[Intruder]:
    """In a transaction that is rolled back, with everything that was taken away in it."""
    # A statement's plan would outlive the function or the policy that is changed.
    connection = await asyncpg.connect(attacked.superuser, statement_cache_size=0)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield Intruder(connection, scene)
    finally:
        await transaction.rollback()
        await connection.close()


async def _through(
    intruder: Intruder, attacks: Mapping[str, Attack], tables: list[Table]
) -> frozenset[str]:
    """The attacks that get through: on every one of the tables, or on none."""
    through = set()
    for name, attack in attacks.items():
        attacked = [table for table in tables if not exempt(name, table)]
        hit = [table.name for table in attacked if await intruder.try_out(attack, table)]
        assert len(hit) in (0, len(attacked)), f"{name} on {hit} alone"
        if hit:
            through.add(name)
    return frozenset(through)


async def test_no_attack_gets_through_all_policies(intruder: Intruder, catalog: Catalog) -> None:
    assert await _through(intruder, POLICY_ATTACKS, list(catalog.tables.values())) == frozenset()


async def test_attack_gets_through_where_its_policy_is_removed(
    intruder: Intruder, catalog: Catalog, subtests: pytest.Subtests
) -> None:
    tables = list(catalog.tables.values())
    for ablation in POLICY_ABLATIONS:
        with subtests.test(ablation.id):
            transaction = intruder.connection.transaction()
            await transaction.start()
            for table in tables:
                for statement in ablation.statements(table):
                    await intruder.connection.execute(statement)
            found = await _through(intruder, POLICY_ATTACKS, tables)
            await transaction.rollback()
            assert found == ablation.through


async def test_no_attack_gets_through_all_checks_of_the_context(
    intruder: Intruder, catalog: Catalog
) -> None:
    vendor = catalog.tables[Vendor.__name__]
    assert await _through(intruder, CONTEXT_ATTACKS, [vendor]) == frozenset()


async def test_good_context_of_the_victim_opens_it(intruder: Intruder, catalog: Catalog) -> None:
    vendor, victim = catalog.tables[Vendor.__name__], intruder.scene.victim
    await intruder.become("palisade_app")
    await intruder.enter(intruder.context(victim))
    assert await intruder.reads(vendor, victim)
    assert await intruder.inserts(vendor, victim)


async def test_attack_gets_through_where_its_condition_is_removed(
    intruder: Intruder, catalog: Catalog, policy_form: PolicyForm, subtests: pytest.Subtests
) -> None:
    vendor = catalog.tables[Vendor.__name__]
    for ablation in CONTEXT_ABLATIONS:
        with subtests.test(ablation.id):
            transaction = intruder.connection.transaction()
            await transaction.start()
            await intruder.connection.execute(ablation.statement(policy_form))
            found = await _through(intruder, CONTEXT_ATTACKS, [vendor])
            await transaction.rollback()
            assert found == ablation.through


def test_every_attack_on_the_database_gets_through_somewhere() -> None:
    ablations = (*POLICY_ABLATIONS, *CONTEXT_ABLATIONS)
    through = frozenset().union(*(one.through for one in ablations))
    # There is nothing to remove that lets rows be read without a context, but the policy itself.
    assert {*POLICY_ATTACKS, *CONTEXT_ATTACKS} - through == {"reading without a context"}
