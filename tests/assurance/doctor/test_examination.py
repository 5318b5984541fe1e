"""The clean system, with all kinds of models and under each role; and every statement explained."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from assurance.doctor.examination import Examination, examine
from assurance.doctor.expected import expected
from assurance.doctor.pooler import PROBE, probe
from assurance.doctor.reading import read_snapshot
from assurance.doctor.rule import Examined
from migrations.runner import build, migrate, packages_of
from models.describe import Catalog
from models.registry import load_catalog
from repository.walls import APP, PolicyForm, wall_statements
from tests.conftest import Urls

EVERY = ("tests.isolation.laboratory", "tests.rules.models", "crm")


@pytest.fixture(scope="module")
def everything(make_database: Callable[[], Urls], policy_form: PolicyForm) -> Urls:
    urls = make_database()

    async def prepare() -> None:
        await migrate(urls.superuser, load_catalog(), form=policy_form)
        await build(urls.superuser, load_catalog(EVERY), form=policy_form)

    asyncio.run(prepare())
    return urls


async def examined(url: str, catalog: Catalog, form: PolicyForm) -> Examination:
    connection = await asyncpg.connect(url)
    try:
        seen = await read_snapshot(connection)
    finally:
        await connection.close()
    revisions = [package.version_table for package in packages_of(catalog, ())]
    return examine(Examined(seen, expected(catalog, revisions, form=form), APP))


@pytest.mark.parametrize("role", ["superuser", "owner", "app", "worker"])
async def test_every_kind_of_model_is_clean_for_each_role(
    everything: Urls, policy_form: PolicyForm, role: str
) -> None:
    found = await examined(getattr(everything, role), load_catalog(EVERY), policy_form)
    assert {one.rule for one in found.findings} <= {"server-advisory", "public-connect"}
    assert found.decided["relations"] > 40


async def test_tables_of_models_that_are_not_loaded_are_told(
    everything: Urls, policy_form: PolicyForm, catalog: Catalog
) -> None:
    found = await examined(everything.app, catalog, policy_form)
    assert ("data.specimen", "unexplained-table") in {
        (one.object, one.rule) for one in found.errors
    }


def test_every_statement_of_the_walls_is_understood(catalog: Catalog) -> None:
    known = expected(catalog, ())
    statements = [statement.split() for statement in wall_statements(catalog)]
    made = [words[:2] for words in statements]
    assert len(known.policies) == made.count(["CREATE", "POLICY"])
    assert len(known.functions) == made.count(["CREATE", "OR"])
    assert {words[0] for words in statements} == {"REVOKE", "GRANT", "CREATE", "ALTER", "DROP"}
    sources = [one.source for one in known.functions.values()]
    assert sources.count(None) == 5
    assert len(known.settings) == 12
    assert len(known.memberships) == 2


async def test_probe_of_plain_connections_finds_nothing_and_leaves_nothing(urls: Urls) -> None:
    seen = await probe(urls.app)
    assert (seen.login, seen.transactions, seen.local_survives, seen.session_shared) == (
        APP,
        True,
        False,
        False,
    )
    connection = await asyncpg.connect(urls.app)
    assert await connection.fetchval(f"SELECT current_setting('{PROBE}', true)") in (None, "")
    await connection.close()
