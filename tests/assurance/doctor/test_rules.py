"""Every rule is broken once, and the clean system breaks none."""

from dataclasses import replace

import asyncpg
import pytest

from assurance.doctor.examination import Examination, examine
from assurance.doctor.expected import Expected
from assurance.doctor.pooler import Pooler
from assurance.doctor.reading import read_here
from assurance.doctor.rule import Examined, Severity
from assurance.doctor.rules.all import RULES
from assurance.doctor.service import File, ServiceFacts
from assurance.doctor.snapshot import Other, Snapshot
from repository.walls import APP, PolicyForm, wall_statements
from tests.assurance.doctor.conftest import Look
from tests.assurance.doctor.plants import PLANTS, UNTAKEN, VARIANTS

FACTS = ServiceFacts(
    embedded=False,
    worker_login="palisade_worker",
    database_host="db.example",
    sslmode="verify-full",
    owner_url_present=False,
    serving=True,
    issuer="https://id.example",
    jwks="https://id.example/jwks",
    token_type="at+jwt",
    algorithms=("EdDSA", "ES256"),
    leeway_seconds=30,
    cors_origins=("https://app.example",),
    host="127.0.0.1",
    key_files=(File("/data/context.key", 0o600),),
    export_dir=File("/exports", 0o700),
)
SERVICE = {
    "token-type-unchecked": {"token_type": ""},
    "symmetric-algorithm": {"algorithms": ("ES256", "HS256")},
    "long-leeway": {"leeway_seconds": 3600},
    "jwks-not-https": {"jwks": "http://id.example/jwks"},
    "issuer-not-https": {"issuer": "http://id.example"},
    "cors-wildcard": {"cors_origins": ("*",)},
    "plain-connection": {"sslmode": None},
    "owner-url-in-serve": {"owner_url_present": True},
    "development-issuer": {"issuer": None},
    "development-issuer-exposed": {"issuer": None, "host": "0.0.0.0"},
    "open-key-file": {"key_files": (File("/data/context.key", 0o640),)},
    "open-export-folder": {"export_dir": File("/exports", 0o755)},
    "login-above-walls": {"worker_login": "palisade_owner"},
}
POOLER = Pooler(APP, transactions=True, local_survives=False, session_shared=False)
POOLERS = {
    "pooler-without-transactions": {"transactions": False},
    "setting-survives": {"local_survives": True},
    "shared-session": {"session_shared": True},
}
# What can't be done in a transaction, or not to this server.
OTHERS = {
    "unexplained-extension": Other("extension", "dblink", "version 1.2"),
    "unexplained-logical-replication-slot": Other("logical replication slot", "evil", ""),
    "unexplained-physical-replication-slot": Other("physical replication slot", "evil", ""),
    "unexplained-prepared-transaction": Other("prepared transaction", "evil", "of postgres"),
}
SERVERS = {
    "server-version": {"version": 150_099},
    "server-advisory": {"version": 160_009},
    "ssl-off": {"local": False},
}
ELSEWHERE = {"policy-form", "function-body-unknown", "public-connect", "nothing-withheld"}


def rules_of(examination: Examination) -> set[str]:
    return {finding.rule for finding in examination.findings}


def test_every_rule_is_broken_somewhere() -> None:
    tried = {*PLANTS, *SERVICE, *POOLERS, *OTHERS, *SERVERS, *ELSEWHERE}
    assert tried == RULES.keys()


async def test_clean_system_shows_no_error(clean: Examination) -> None:
    assert rules_of(clean) - {"server-advisory"} == {"public-connect"}
    assert not clean.errors
    assert clean.as_json()["ok"] is True


@pytest.mark.parametrize(
    ("rule", "statement"),
    [*PLANTS.items(), *(pytest.param(*one, marks=pytest.mark.thorough) for one in VARIANTS)],
    ids=lambda text: text[:60],
)
async def test_plant_is_found(
    planted: asyncpg.Connection, look: Look, wanted: Expected, rule: str, statement: str
) -> None:
    checks = wanted.tables["data.organization"].checks
    names = {
        "check": next(name for name in checks if "own_org" in name),
        "database": await planted.fetchval("SELECT current_database()"),
    }
    await planted.execute(statement.format_map(names))
    found = await look()
    assert rule in rules_of(found)
    assert all(one.evidence and one.fix and one.object for one in found.findings)
    if RULES[rule].severity is Severity.ERROR:
        assert found.as_json()["ok"] is False


@pytest.fixture
async def seen(planted: asyncpg.Connection) -> Snapshot:
    return await read_here(planted)


def test_service_as_it_should_be_shows_nothing(seen: Snapshot, wanted: Expected) -> None:
    found = examine(Examined(seen, wanted, APP, POOLER, FACTS))
    assert rules_of(found) <= {"server-advisory", "public-connect"}


@pytest.mark.parametrize("rule", SERVICE)
def test_setting_is_found(seen: Snapshot, wanted: Expected, rule: str) -> None:
    facts = replace(FACTS, **SERVICE[rule])  # type: ignore[arg-type]
    assert rule in rules_of(examine(Examined(seen, wanted, APP, POOLER, facts)))


@pytest.mark.parametrize("rule", POOLERS)
def test_pooler_is_found(seen: Snapshot, wanted: Expected, rule: str) -> None:
    pooler = replace(POOLER, **POOLERS[rule])  # type: ignore[arg-type]
    assert rule in rules_of(examine(Examined(seen, wanted, APP, pooler, FACTS)))


@pytest.mark.parametrize("rule", OTHERS)
def test_other_object_is_found(seen: Snapshot, wanted: Expected, rule: str) -> None:
    with_it = replace(seen, others=(*seen.others, OTHERS[rule]))
    assert rule in rules_of(examine(Examined(with_it, wanted, APP)))


def test_statistics_of_statements_may_be_there(seen: Snapshot, wanted: Expected) -> None:
    statistics = Other("extension", "pg_stat_statements", "version 1.12")
    with_it = replace(seen, others=(*seen.others, statistics))
    assert not examine(Examined(with_it, wanted, APP)).errors


@pytest.mark.parametrize("rule", SERVERS)
def test_server_is_found(seen: Snapshot, wanted: Expected, rule: str) -> None:
    server = replace(seen.server, **SERVERS[rule])  # type: ignore[arg-type]
    assert rule in rules_of(examine(Examined(replace(seen, server=server), wanted, APP)))


@pytest.mark.parametrize("login", ["postgres", "palisade_owner"])
def test_login_above_the_walls_is_found(seen: Snapshot, wanted: Expected, login: str) -> None:
    assert "login-above-walls" in rules_of(examine(Examined(seen, wanted, login)))


async def test_other_form_of_the_policies_is_told(
    planted: asyncpg.Connection, look: Look, wanted: Expected, catalog, policy_form: PolicyForm
) -> None:  # type: ignore[no-untyped-def]
    (other,) = set(PolicyForm) - {policy_form}
    await planted.execute("SET LOCAL ROLE palisade_owner")
    for statement in wall_statements(catalog, form=other):
        await planted.execute(statement)
    await planted.execute("RESET ROLE")
    found = await look()
    assert "policy-form" in rules_of(found)
    assert not found.errors


async def test_server_without_a_superuser_is_told_and_may_be_served(
    planted: asyncpg.Connection, wanted: Expected
) -> None:
    await planted.execute(UNTAKEN)
    await planted.execute("SET LOCAL ROLE palisade_app")
    seen = await read_here(planted)
    found = examine(Examined(seen, wanted, APP, POOLER, FACTS))
    assert "nothing-withheld" in rules_of(found)
    assert not found.errors
    here = examine(Examined(seen, wanted, APP, POOLER, replace(FACTS, embedded=True)))
    assert {one.rule for one in here.errors} == {"withheld-privilege"}
    assert "function pg_catalog.set_config(text, text, boolean)" in {
        one.object for one in here.errors
    }


async def test_reading_leaves_the_settings(planted: asyncpg.Connection) -> None:
    await planted.execute("SET LOCAL search_path = data, public; SET LOCAL ROLE palisade_app")
    await read_here(planted)
    assert await planted.fetchval("SHOW search_path") == "data, public"
    assert await planted.fetchval("SELECT current_user") == "palisade_app"


async def test_unknown_major_can_not_vouch_for_a_body(
    planted: asyncpg.Connection, wanted: Expected
) -> None:
    await planted.execute(PLANTS["function-body"])
    seen = await read_here(planted)
    later = replace(seen, server=replace(seen.server, version=990_000))
    found = rules_of(examine(Examined(later, wanted, APP)))
    assert "function-body-unknown" in found
    assert "function-body" not in found
