"""Every entry of the list of what is privileged, attacked; and whoever it is for, served."""

import ast
import asyncio
import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from auth.organization import mint_org_id
from models.describe import Catalog
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from repository.erasure import digest
from repository.ids import new_id
from repository.lifecycle import Lifecycle
from repository.walls import APP, OWNER, WORKER
from tests.conftest import ACTOR, Org, Urls
from tests.isolation.privileged import DOORS, ENTRIES, Attempt, Code

ROOT = Path(__file__).parents[2]
_LISTED = re.compile(r"^\| (.*?) \|", re.MULTILINE)


@dataclass(frozen=True)
class Scene:
    """Organisations in every state, by name; a login of each role; the values of statements."""

    contexts: Mapping[str, str]
    values: Mapping[str, str]
    connections: Mapping[str, asyncpg.Connection]
    secrets: tuple[str, ...]

    async def attempt(self, attempt: Attempt) -> object:
        """What comes of it; undone in any case."""
        connection = self.connections[attempt.role]
        transaction = connection.transaction()
        await transaction.start()
        try:
            if attempt.context:
                context = self.contexts[attempt.context]
                await connection.fetchval("SELECT palisade.enter($1)", context)
            *before, last = attempt.sql.split("; ")
            for sql in before:
                await connection.execute(sql)
            names = list(dict.fromkeys(re.findall(r"(?<!:):([a-z]\w*)", last)))
            for place, name in enumerate(names, 1):
                last = re.sub(rf"(?<!:):{name}\b", f"${place}::text", last)
            values = [self.values[name] for name in names]
            if not last.startswith(("SELECT", "WITH")):
                return await connection.execute(last, *values)
            return await connection.fetchval(last, *values)
        except asyncpg.PostgresError as error:
            self.tells_nothing(error, attempt.sql)
            return Code(error.sqlstate)
        finally:
            await transaction.rollback()

    def tells_nothing(self, error: asyncpg.PostgresError, sql: str) -> None:
        """Of the keys, and of an organisation that wasn't named, in any field of an error."""
        told = " ".join(str(field) for field in error.as_dict().values())
        told += f" {error}"
        assert not [secret for secret in self.secrets if secret in told], sql
        for name in ("other_id", "other_slug", "frozen_id"):
            assert f":{name}" in sql or self.values[name] not in told, sql


@pytest.fixture
async def scene(
    org: Org,
    other_org: Org,
    urls: Urls,
    database: Database,
    lifecycle: Lifecycle,
    signer: ContextSigner,
    context_key: ContextKey,
) -> AsyncIterator[Scene]:
    made = {}
    for name in ("frozen", "restoring", "deleted", "erased"):
        slug = f"{name}-{uuid4().hex[:12]}"
        row = await database.provision(slug, name=name, actor=ACTOR, external=f"i {slug}")
        made[name] = (slug, mint_org_id(row["id"]))
    await lifecycle.freeze(made["frozen"][0], reason=None)
    assert await lifecycle.erase(made["deleted"][0], reason=None, patience=timedelta(0)) is None
    assert await lifecycle.erase(made["erased"][0], reason=None)
    async with AsyncExitStack() as stack:
        root = await asyncpg.connect(urls.superuser)
        stack.push_async_callback(root.close)
        await root.execute(
            "INSERT INTO palisade.organisation_state (org_id, state, changed_by) "
            "VALUES ($1, 'RESTORING', 'tests')",
            made["restoring"][1].value,
        )
        connections = {}
        for role, url in ((APP, urls.app), (WORKER, urls.worker), (OWNER, urls.owner)):
            connections[role] = await asyncpg.connect(url)
            stack.push_async_callback(connections[role].close)
        ids = {"own": org.org_id, "other": other_org.org_id, "new": mint_org_id(new_id())}
        ids |= {name: org_id for name, (_, org_id) in made.items()}
        contexts = {name: signer.sign(org_id) for name, org_id in ids.items()}
        yield Scene(
            contexts,
            {
                "context": contexts["own"],
                "other_context": contexts["other"],
                "id": str(org.id),
                "slug": org.slug,
                "external": made["frozen"][0],
                "other_id": str(other_org.id),
                "other_slug": other_org.slug,
                "frozen_id": str(made["frozen"][1]),
                "deleted_id": str(made["deleted"][1]),
                "erased_slug": made["erased"][0],
                "erased_digest": digest(made["erased"][0]),
            },
            connections,
            forms_of(context_key),
        )


def forms_of(key: ContextKey) -> tuple[str, ...]:
    """The key as it might be told: in hexadecimal and base64, itself and its two pads."""
    parts = (key.secret, key.inner_pad, key.outer_pad)
    return tuple(
        text[:24]
        for part in parts
        for text in (part.hex(), base64.b64encode(part).decode(), str(part)[2:])
    )


async def test_whatever_is_privileged_refuses_all_others(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    tried = 0
    for entry in ENTRIES:
        for attack in entry.attacks:
            with subtests.test(
                entry.name, role=attack.role, sql=attack.sql, context=attack.context
            ):
                assert await scene.attempt(attack) == attack.outcome
            tried += 1
    assert tried > 250


async def test_whatever_is_privileged_serves_whom_it_is_for(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    for entry in ENTRIES:
        for control in entry.controls:
            with subtests.test(entry.name, role=control.role, sql=control.sql):
                assert await scene.attempt(control) == control.outcome


def test_every_entry_of_the_document_is_attacked() -> None:
    document = (ROOT / "docs" / "isolation.md").read_text()
    table = document.partition("## Everything privileged")[2].partition("\n## ")[0]
    listed = _LISTED.findall(table)[1:]
    assert len(listed) > 20
    attacked = {entry.name: len(entry.attacks) for entry in ENTRIES}
    for name in listed:
        entries = [one for one in (*attacked, *DOORS) if name.startswith(one)]
        assert len(entries) == 1, name
    for entry in ENTRIES:
        assert entry.attacks, entry.name
        assert entry.controls, entry.name
        assert any(name.startswith(entry.name) for name in listed), entry.name
    for name, tests in DOORS.items():
        assert any(one.startswith(name) for one in listed), name
        for test in tests:
            file, _, function = test.partition("::")
            assert f"def {function}" in (ROOT / file).read_text(), test


async def test_an_owner_without_a_context_sees_no_row_of_any_table(
    scene: Scene, catalog: Catalog, urls: Urls
) -> None:
    root = await asyncpg.connect(urls.superuser)
    try:
        for table in catalog.tables.values():
            query = f"SELECT count(*) FROM {table.qualified_name}"
            assert await scene.connections[OWNER].fetchval(query) == 0, table.name
        assert await root.fetchval("SELECT count(*) FROM data.organization") > 1
    finally:
        await root.close()


async def test_a_slug_is_registered_once_of_two_at_once(
    urls: Urls, signer: ContextSigner, database: Database
) -> None:
    slug = f"race-{uuid4().hex[:12]}"

    async def register() -> object:
        connection = await asyncpg.connect(urls.app)
        try:
            async with connection.transaction():
                context = signer.sign(mint_org_id(new_id()))
                await connection.fetchval("SELECT palisade.enter($1)", context)
                return await connection.fetchval("SELECT palisade.register_org($1, NULL)", slug)
        except asyncpg.UniqueViolationError:
            return "taken"
        finally:
            await connection.close()

    outcomes = await asyncio.gather(*(register() for _ in range(4)))
    assert sorted(map(str, outcomes)) == ["True", "taken", "taken", "taken"]


async def test_a_state_changes_once_of_two_at_once(
    org: Org, urls: Urls, signer: ContextSigner
) -> None:
    """The second waits, and is told the state that the first left: it changes nothing."""

    async def change(target: str) -> tuple[object, str]:
        connection = await asyncpg.connect(urls.worker)
        try:
            async with connection.transaction():
                await connection.fetchval("SELECT palisade.enter($1)", signer.sign(org.org_id))
                before = await connection.fetchval(
                    "SELECT palisade.set_org_state($1, ARRAY['ACTIVE'], 'x', NULL)", target
                )
                await asyncio.sleep(0.05)
            return before, target
        finally:
            await connection.close()

    outcomes = await asyncio.gather(change("FROZEN"), change("RESTORING"))
    (won,) = (target for before, target in outcomes if before == "ACTIVE")
    assert {before for before, _ in outcomes} == {"ACTIVE", won}
    worker = await asyncpg.connect(urls.worker)
    try:
        assert await worker.fetchval("SELECT palisade.org_state($1)", org.id) == won
    finally:
        await worker.close()


async def test_a_certificate_is_kept_once_and_a_registration_made_once(
    urls: Urls, signer: ContextSigner
) -> None:
    context = signer.sign(mint_org_id(new_id()))
    app = await asyncpg.connect(urls.app)
    try:
        for expected in (True, False):
            async with app.transaction():
                await app.fetchval("SELECT palisade.enter($1)", context)
                register = "SELECT palisade.register_org($1, NULL)"
                assert await app.fetchval(register, f"twice-{uuid4().hex[:12]}") is expected
    finally:
        await app.close()


async def test_the_source_of_functions_and_the_settings_hold_no_secret(scene: Scene) -> None:
    for role in (APP, WORKER):
        connection = scene.connections[role]
        sources = await connection.fetchval(
            "SELECT string_agg(coalesce(p.prosrc, '') || coalesce(pg_get_functiondef(p.oid), ''), '') "
            "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname = 'palisade' AND p.prokind = 'f'"
        )
        settings = await connection.fetchval("SELECT string_agg(setting, ' ') FROM pg_settings")
        assert "context_key" in sources
        assert not [secret for secret in scene.secrets if secret in sources + settings]


async def test_what_others_left_in_a_search_path_changes_no_definer(
    scene: Scene, urls: Urls
) -> None:
    """Somebody with the right to make objects plants them; the caller puts them in front."""
    root = await asyncpg.connect(urls.superuser)
    try:
        await root.execute(
            "CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO palisade_app, palisade_worker;"
            "CREATE FUNCTION planted.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT '\\x00'::bytea$$;"
            "CREATE FUNCTION planted.encode(bytea, text) RETURNS text LANGUAGE sql "
            "  AS $$SELECT right(current_setting('palisade.context'), 64)$$;"
            "CREATE FUNCTION planted.right(text, integer) RETURNS text LANGUAGE sql AS $$SELECT ''$$;"
            "CREATE FUNCTION planted.same(text, text) RETURNS boolean LANGUAGE sql AS $$SELECT true$$;"
            "CREATE OPERATOR planted.= (LEFTARG = text, RIGHTARG = text, FUNCTION = planted.same);"
            "CREATE TABLE planted.directory_entry AS "
            "  SELECT 'slug' AS kind, 'x' AS key, gen_random_uuid() AS org_id;"
            "GRANT ALL ON ALL TABLES IN SCHEMA planted TO palisade_app, palisade_worker"
        )
        front = "SET LOCAL search_path = planted, pg_catalog, pg_temp; "
        definers = {
            f"`palisade.{row[0]}("
            for row in await root.fetch(
                "SELECT proname FROM pg_proc WHERE prosecdef "
                "AND pronamespace = to_regnamespace('palisade')"
            )
        }
        assert len(definers) > 5
        for entry in ENTRIES:
            if entry.name not in definers:
                continue
            for attempt in (*entry.attacks, *entry.controls):
                if "; " in attempt.sql:
                    continue
                # What an attempt itself computes has to stay what it was.
                if re.search(
                    r"\b(left|right|upper|repeat|md5|split_part|replace)\(|=|@>", attempt.sql
                ):
                    continue
                moved = Attempt(attempt.role, front + attempt.sql, attempt.outcome, attempt.context)
                assert await scene.attempt(moved) == attempt.outcome, attempt.sql
        forged = scene.contexts["own"][:-1] + "x"
        app = scene.connections[APP]
        async with app.transaction():
            await app.execute("SET LOCAL search_path = planted, pg_catalog, pg_temp")
            await app.fetchval("SELECT palisade.enter($1)", forged)
            with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
                async with app.transaction():
                    await app.fetchval("SELECT palisade.org_id()")
    finally:
        await root.execute("DROP SCHEMA planted CASCADE")
        await root.close()


# The modules that touch the owner's URL, and for what.
OWNERS = {
    "palisade/installation.py": "says where it is, to those that ask for it below",
    "palisade/cli.py": "migrate --make",
    "palisade/preparation.py": "migrate and rotate-context-key",
    "palisade/psql.py": "psql as the owner",
    "palisade/doctor_command.py": "sees more as the owner, and is no part of serve",
    "palisade/proved.py": "a database of its own, made and looked at",
    "palisade/testing.py": "own tests, which make their database",
}


def test_the_owner_is_named_by_the_commands_that_need_it_alone() -> None:
    found = set()
    for folder in ("palisade", "assurance", "jobs", "perimeter", "schema", "resolvers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(node, "attr", None) or getattr(node, "id", None)
                if name in ("owner_url", "require_owner_url") and path.name != "settings.py":
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == set(OWNERS)
