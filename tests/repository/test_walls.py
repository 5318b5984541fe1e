"""Attacks on the database itself, as the application role, past the repository."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from auth.organization import mint_org_id
from models.describe import Catalog, Table
from repository.context import ContextKey, ContextSigner
from repository.walls import APP, OWNER, WORKER, PolicyForm, table_statements, wall_statements
from tests.conftest import Org, Urls
from tests.repository.conftest import Sample, SampleNote

COUNT = "SELECT count(*) FROM data.sample"


@pytest.fixture
async def samples(org: Org, other_org: Org) -> dict[UUID, UUID]:
    """One sample of each organisation, by organisation."""
    return {
        one.id: (await one.repositories.of(Sample).create({"title": "a", "tags": []}))["id"]
        for one in (org, other_org)
    }


@pytest.fixture
async def worker_connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.worker)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def owner_connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.owner)
    try:
        yield connection
    finally:
        await connection.close()


async def enter(connection: asyncpg.Connection, context: str | None) -> object:
    return await connection.fetchval("SELECT palisade.enter($1)", context)


async def refused(code: str, attempt: Awaitable[object]) -> str:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt
    assert caught.value.sqlstate == code, caught.value
    return str(caught.value)


async def test_no_context_means_no_rows_anywhere(
    app_connection: asyncpg.Connection,
    catalog: Catalog,
    root: asyncpg.Connection,
    samples: dict[UUID, UUID],
) -> None:
    held = 0
    for table in catalog.tables.values():
        query = f"SELECT count(*) FROM {table.qualified_name}"
        assert await app_connection.fetchval(query) == 0
        for verb, statement in (
            ("UPDATE", f"UPDATE {table.qualified_name} SET version = 9"),
            ("DELETE", f"DELETE FROM {table.qualified_name}"),
        ):
            if verb in verbs(table):
                assert await app_connection.execute(statement) == f"{verb} 0"
            else:
                await refused("42501", app_connection.execute(statement))
        held += bool(await root.fetchval(query))
    assert held >= 3


async def test_a_context_opens_one_organisation(
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    catalog: Catalog,
    org: Org,
    other_org: Org,
    samples: dict[UUID, UUID],
) -> None:
    for one in (org, other_org):
        async with app_connection.transaction():
            assert await enter(app_connection, signer.sign(one.org_id)) is True
            assert await app_connection.fetchval("SELECT palisade.org_id()") == one.id
            ids = await app_connection.fetch("SELECT id FROM data.sample")
            assert [row[0] for row in ids] == [samples[one.id]]
            for table in catalog.tables.values():
                orgs = await app_connection.fetch(
                    f"SELECT DISTINCT org_id FROM {table.qualified_name}"
                )
                assert {row[0] for row in orgs} <= {one.id}
            foreign = next(id for org_id, id in samples.items() if org_id != one.id)
            for statement in (
                "UPDATE data.sample SET note = 'x' WHERE id = $1",
                "DELETE FROM data.sample WHERE id = $1",
            ):
                assert (await app_connection.execute(statement, foreign)).endswith(" 0")


async def test_a_context_ends_with_its_transaction(
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    samples: dict[UUID, UUID],
) -> None:
    context = signer.sign(org.org_id)
    setting = "SELECT coalesce(current_setting('palisade.context', true), '')"

    async def nothing_left() -> None:
        assert await app_connection.fetchval(setting) == ""
        assert await app_connection.fetchval("SELECT palisade.org_id()") is None
        assert await app_connection.fetchval(COUNT) == 0

    async with app_connection.transaction():
        await enter(app_connection, context)
        assert await app_connection.fetchval(COUNT) == 1
    await nothing_left()

    transaction = app_connection.transaction()
    await transaction.start()
    await enter(app_connection, context)
    await transaction.rollback()
    await nothing_left()

    await enter(app_connection, context)
    await nothing_left()

    async def divide() -> None:
        async with app_connection.transaction():
            await enter(app_connection, context)
            await app_connection.fetchval("SELECT 1 / 0")

    await refused("22012", divide())
    await nothing_left()

    case = "SELECT CASE WHEN palisade.enter($1) THEN (SELECT count(*) FROM data.sample) END"
    assert await app_connection.fetchval(case, context) == 1
    await nothing_left()


async def test_a_savepoint_that_is_rolled_back_takes_its_context_along(
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    samples: dict[UUID, UUID],
) -> None:
    async with app_connection.transaction():
        inner = app_connection.transaction()
        await inner.start()
        await enter(app_connection, signer.sign(org.org_id))
        assert await app_connection.fetchval(COUNT) == 1
        await inner.rollback()
        assert await app_connection.fetchval(COUNT) == 0


def signed(key: ContextKey, org_id: object, *, expiry: int | str | None = None) -> str:
    message = f"{key.id}|{org_id}|{int(time.time()) + 60 if expiry is None else expiry}"
    return f"{message}|{hmac.new(key.secret, message.encode(), hashlib.sha256).hexdigest()}"


FORGERIES: dict[str, Callable[[ContextKey, UUID, UUID], str]] = {
    "another mac": lambda key, mine, other: signed(key, mine)[:-64] + "0" * 64,
    "mac in capitals": lambda key, mine, other: (
        signed(key, mine)[:-64] + signed(key, mine)[-64:].upper()
    ),
    "mac cut": lambda key, mine, other: signed(key, mine)[:-1],
    "no mac": lambda key, mine, other: signed(key, mine)[:-64],
    "changed org": lambda key, mine, other: signed(key, mine).replace(str(mine), str(other)),
    "changed expiry": lambda key, mine, other: signed(key, mine, expiry=1).replace(
        "|1|", f"|{int(time.time()) + 60}|"
    ),
    "expired": lambda key, mine, other: signed(key, mine, expiry=int(time.time()) - 1),
    "expired long ago": lambda key, mine, other: signed(key, mine, expiry=0),
    "expiry negative": lambda key, mine, other: signed(key, mine, expiry=-1),
    "unknown key": lambda key, mine, other: signed(ContextKey.generate(), mine),
    "key id of another key": lambda key, mine, other: signed(
        ContextKey(key.id, ContextKey.generate().secret), mine
    ),
    "no key": lambda key, mine, other: signed(ContextKey("", key.secret), mine),
    "three parts": lambda key, mine, other: "|".join(signed(key, mine).split("|")[:3]),
    "five parts": lambda key, mine, other: signed(key, mine) + "|",
    "part in front": lambda key, mine, other: "|" + signed(key, mine),
    "another separator": lambda key, mine, other: signed(key, mine).replace("|", ","),
    "garbage": lambda key, mine, other: "garbage",
    "org id alone": lambda key, mine, other: str(mine),
    "a space": lambda key, mine, other: " ",
    "separators": lambda key, mine, other: "|||",
    "space behind": lambda key, mine, other: signed(key, mine) + " ",
    "quotes": lambda key, mine, other: f"'; SET palisade.context = '{signed(key, other)}",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_context_is_refused(
    app_connection: asyncpg.Connection,
    context_key: ContextKey,
    org: Org,
    other_org: Org,
    samples: dict[UUID, UUID],
    forgery: str,
) -> None:
    context = FORGERIES[forgery](context_key, org.id, other_org.id)

    async def read() -> None:
        async with app_connection.transaction():
            await enter(app_connection, context)
            await app_connection.fetch("SELECT * FROM data.sample")

    async def write() -> None:
        async with app_connection.transaction():
            await enter(app_connection, context)
            await app_connection.execute(
                "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'z', '{}')",
                org.id,
                uuid4(),
            )

    async def ask() -> None:
        async with app_connection.transaction():
            await enter(app_connection, context)
            await app_connection.fetchval("SELECT palisade.org_id()")

    for attempt in (read, write, ask):
        assert await refused("28000", attempt()) == "the organisation context is not valid"
    async with app_connection.transaction():
        await enter(app_connection, signed(context_key, org.id))
        assert await app_connection.fetchval(COUNT) == 1


async def test_an_empty_context_opens_nothing(
    app_connection: asyncpg.Connection, samples: dict[UUID, UUID]
) -> None:
    async with app_connection.transaction():
        await enter(app_connection, "")
        assert await app_connection.fetchval(COUNT) == 0


async def test_a_null_context_is_refused(app_connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await enter(app_connection, None)


async def test_an_expiry_that_is_no_number_is_refused(
    app_connection: asyncpg.Connection,
    context_key: ContextKey,
    org: Org,
    samples: dict[UUID, UUID],
) -> None:
    """Such a context can't come from a signer; with the right key it still opens nothing."""
    for expiry in ("never", "1e99", "9" * 30):
        with pytest.raises(asyncpg.PostgresError):
            async with app_connection.transaction():
                await enter(app_connection, signed(context_key, org.id, expiry=expiry))
                await app_connection.fetchval(COUNT)


async def test_a_second_organisation_in_one_transaction_is_refused(
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    other_org: Org,
    samples: dict[UUID, UUID],
) -> None:
    async def both() -> None:
        async with app_connection.transaction():
            await enter(app_connection, signer.sign(org.org_id))
            await enter(app_connection, signer.sign(other_org.org_id))

    assert await refused("28000", both()) == "this transaction belongs to another organisation"
    fresh = ContextSigner(signer._key, clock=lambda: time.time() + 1)
    async with app_connection.transaction():
        await enter(app_connection, signer.sign(org.org_id))
        await enter(app_connection, fresh.sign(org.org_id))
        assert await app_connection.fetchval(COUNT) == 1


async def test_a_context_outside_enter_is_checked_alike(
    app_connection: asyncpg.Connection,
    context_key: ContextKey,
    org: Org,
    other_org: Org,
    samples: dict[UUID, UUID],
) -> None:
    """Injected SQL may set the setting itself; without the key that opens nothing."""
    forged = signed(ContextKey(context_key.id, b"\0" * 32), other_org.id)

    async def read() -> None:
        async with app_connection.transaction():
            await app_connection.execute(f"SET LOCAL palisade.context = '{forged}'")
            await app_connection.fetchval(COUNT)

    await refused("28000", read())


async def test_a_row_of_another_organisation_is_refused_by_the_policy(
    app_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    other_org: Org,
    root: asyncpg.Connection,
    samples: dict[UUID, UUID],
) -> None:
    insert = "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'z', '{}')"
    move = "UPDATE data.sample SET org_id = $1 WHERE id = $2"
    upsert = f"{insert} ON CONFLICT (org_id, id) DO UPDATE SET note = 'theirs'"

    async def attempt(statement: str, org_id: UUID, id: UUID) -> str:
        async with app_connection.transaction():
            await enter(app_connection, signer.sign(org.org_id))
            return await app_connection.execute(statement, org_id, id)

    before = await root.fetch("SELECT * FROM data.sample ORDER BY org_id, id")
    for statement, id in (
        (insert, uuid4()),
        (move, samples[org.id]),
        (upsert, samples[other_org.id]),
    ):
        message = await refused("42501", attempt(statement, other_org.id, id))
        assert "row-level security policy" in message
    assert await root.fetch("SELECT * FROM data.sample ORDER BY org_id, id") == before

    assert await attempt(insert, org.id, uuid4()) == "INSERT 0 1"
    assert await attempt(move, org.id, samples[org.id]) == "UPDATE 1"


async def test_a_row_without_context_is_refused_by_the_policy(
    app_connection: asyncpg.Connection, org: Org
) -> None:
    insert = "INSERT INTO data.sample (org_id, id, title, tags) VALUES ($1, $2, 'z', '{}')"
    await refused("42501", app_connection.execute(insert, org.id, uuid4()))


async def test_a_key_into_another_organisation_is_refused_without_policies(
    root: asyncpg.Connection, org: Org, other_org: Org, samples: dict[UUID, UUID]
) -> None:
    """The composite keys hold even for a superuser, whom row level security doesn't bind."""
    insert = "INSERT INTO data.sample_note (org_id, id, body, sample_id) VALUES ($1, $2, 'b', $3)"
    assert await root.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await refused("23503", root.execute(insert, org.id, uuid4(), samples[other_org.id]))
    await root.execute(insert, org.id, uuid4(), samples[org.id])
    note = await other_org.repositories.of(SampleNote).create(
        {"body": "b", "sample_id": samples[other_org.id]}
    )
    move = "UPDATE data.sample_note SET org_id = $1 WHERE id = $2"
    await refused("23503", root.execute(move, org.id, note["id"]))


DENIED: dict[str, tuple[str, str]] = {
    "create a table in data": ("CREATE TABLE data.mine ()", "42501"),
    "create a table in palisade": ("CREATE TABLE palisade.mine ()", "42501"),
    "create a table in public": ("CREATE TABLE public.mine ()", "42501"),
    "create a temporary table": ("CREATE TEMP TABLE mine ()", "42501"),
    "create a schema": ("CREATE SCHEMA mine", "42501"),
    "create a function": (
        "CREATE FUNCTION palisade.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "42501",
    ),
    "create an operator": (
        "CREATE OPERATOR public.=== (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_eq)",
        "42501",
    ),
    "create a role": ("CREATE ROLE mine", "42501"),
    "become the owner": (f"SET ROLE {OWNER}", "42501"),
    "become the owner's session": (f"SET SESSION AUTHORIZATION {OWNER}", "42501"),
    "become the worker": (f"SET ROLE {WORKER}", "42501"),
    "become a superuser": ("SET ROLE postgres", "42501"),
    "read the keys": ("SELECT * FROM palisade.context_key", "42501"),
    "write a key": (
        "INSERT INTO palisade.context_key (id, inner_pad, outer_pad) VALUES ('a', '', '')",
        "42501",
    ),
    "read the directory": ("SELECT * FROM palisade.directory_entry", "42501"),
    "change the directory": ("UPDATE palisade.directory_entry SET org_id = org_id", "42501"),
    "list the organisations": ("SELECT palisade.list_orgs()", "42501"),
    "read the states": ("SELECT * FROM palisade.organisation_state", "42501"),
    "change a state": ("UPDATE palisade.organisation_state SET state = 'ACTIVE'", "42501"),
    "write a state": (
        "INSERT INTO palisade.organisation_state (org_id, state, changed_by) "
        "VALUES (gen_random_uuid(), 'FROZEN', 'me')",
        "42501",
    ),
    "take a state back": ("DELETE FROM palisade.organisation_state", "42501"),
    "read the erasures": ("SELECT * FROM palisade.erasure", "42501"),
    "change an organisation's state": (
        "SELECT palisade.set_org_state('ACTIVE', ARRAY['FROZEN'], 'me', NULL)",
        "42501",
    ),
    "record an erasure": ("SELECT palisade.record_erased('data.vendor', 1)", "42501"),
    "forget an organisation": ("SELECT palisade.forget_org()", "42501"),
    "keep a certificate": ("SELECT palisade.keep_certificate('a', '{}')", "42501"),
    "find a certificate": ("SELECT palisade.find_certificate('a')", "42501"),
    "truncate": ("TRUNCATE data.vendor CASCADE", "42501"),
    "disable policies": ("ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY", "42501"),
    "drop a policy": ("DROP POLICY of_org ON data.vendor", "42501"),
    "add a policy": ("CREATE POLICY mine ON data.vendor USING (true)", "42501"),
    "add a trigger": (
        "CREATE TRIGGER t AFTER INSERT ON data.vendor FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "42501",
    ),
    "replace enter": (
        "CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean "
        "LANGUAGE sql AS 'SELECT true'",
        "42501",
    ),
    "refer to a row": ("CREATE TABLE public.t (a uuid REFERENCES data.vendor)", "42501"),
    "copy in": ("COPY data.vendor FROM '/dev/null'", "42501"),
    "copy to a program": ("COPY (SELECT 1) TO PROGRAM 'true'", "42501"),
    "copy to a file": ("COPY (SELECT 1) TO '/dev/null'", "42501"),
    "make a large object": ("SELECT lo_from_bytea(0, 'for another')", "42501"),
    "read a large object": ("SELECT lo_get(1)", "42501"),
    "read a file": ("SELECT pg_read_file('PG_VERSION')", "42501"),
    "replicate": ("SET session_replication_role = replica", "42501"),
    "turn row security off": (
        "SET LOCAL row_security = off; SELECT * FROM data.vendor",
        "42501",
    ),
}


@pytest.mark.parametrize("attempt", DENIED)
async def test_the_application_role_may_not(
    app_connection: asyncpg.Connection, attempt: str
) -> None:
    statement, code = DENIED[attempt]

    async def run() -> None:
        async with app_connection.transaction():
            await app_connection.execute(statement)

    await refused(code, run())


async def test_the_application_role_may_not_grant(
    app_connection: asyncpg.Connection, root: asyncpg.Connection
) -> None:
    grants = "SELECT relacl FROM pg_class WHERE oid = 'data.vendor'::regclass"
    before = await root.fetchval(grants)
    await app_connection.execute("GRANT SELECT ON data.vendor TO PUBLIC")
    assert await root.fetchval(grants) == before


async def test_the_application_role_owns_nothing(root: asyncpg.Connection) -> None:
    for role in (APP, WORKER):
        attributes = await root.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
            "FROM pg_roles WHERE rolname = $1",
            role,
        )
        assert attributes is not None
        assert not any(attributes)
        owned = await root.fetchval(
            "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1::regrole AND deptype = 'o'", role
        )
        assert owned == 0
    assert await root.fetchval(
        "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1::regrole AND deptype = 'o'", OWNER
    )
    memberships = await root.fetch(
        "SELECT roleid::regrole::text, member::regrole::text, inherit_option, set_option, "
        "admin_option FROM pg_auth_members WHERE roleid::regrole::text LIKE 'palisade%' "
        "OR member::regrole::text LIKE 'palisade%' ORDER BY 2"
    )
    assert [tuple(row) for row in memberships] == [
        (APP, OWNER, False, True, False),
        (APP, WORKER, True, False, False),
    ]


async def test_the_application_role_reaches_only_what_is_listed(
    root: asyncpg.Connection, catalog: Catalog, policy_form: PolicyForm
) -> None:
    functions = await root.fetch(
        "SELECT p.proname, p.prosecdef, "
        "CASE WHEN p.prosqlbody IS NOT NULL THEN ARRAY['bound'] ELSE p.proconfig END, "
        f"has_function_privilege('{APP}', p.oid, 'EXECUTE') AS app, "
        f"has_function_privilege('{WORKER}', p.oid, 'EXECUTE') AS worker "
        "FROM pg_proc p WHERE p.pronamespace = 'palisade'::regnamespace ORDER BY 1"
    )
    pinned = ["search_path=pg_catalog, pg_temp"]
    bound = policy_form is PolicyForm.SUBSELECT
    assert [tuple(row) for row in functions] == [
        ("enter", bound, ["bound"] if bound else None, True, True),
        ("find_certificate", True, ["bound"], False, True),
        ("find_org", True, pinned, True, True),
        ("forget_org", True, pinned, False, True),
        ("keep_certificate", True, pinned, False, True),
        ("list_orgs", True, pinned, False, True),
        ("org_id", True, ["bound"], True, True),
        ("org_id_for", True, ["bound"], True, True),
        ("org_state", True, ["bound"], True, True),
        ("record_erased", True, pinned, False, True),
        ("refuse", False, None, True, True),
        ("refuse_change", False, None, True, True),
        ("refuse_search", False, None, True, True),
        ("register_org", True, pinned, True, True),
        ("set_org_state", True, pinned, False, True),
    ]
    rows = await root.fetch(
        "SELECT c.oid::regclass::text AS name, a.grantee::regrole::text AS role, "
        "a.privilege_type AS verb, a.is_grantable FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.relnamespace IN ('palisade'::regnamespace, 'data'::regnamespace) "
        f"AND a.grantee <> '{OWNER}'::regrole"
    )
    assert not any(row["is_grantable"] for row in rows)
    granted: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        granted.setdefault((row["role"], row["name"]), set()).add(row["verb"])
    names = {table.qualified_name: verbs(table) for table in catalog.tables.values()}
    assert granted == {
        **{(APP, name): may for name, may in names.items()},
        **{(WORKER, name): {"DELETE"} for name in names},
    }
    assert not await root.fetchval(
        "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace IN ('palisade'::regnamespace, 'data'::regnamespace) "
        "AND a.attacl IS NOT NULL"
    )


def verbs(table: Table) -> set[str]:
    """What the service does with a table: read-only records are only added to."""
    match table.type:
        case "AuditEvent" | "SecurityEvent":
            return {"SELECT", "INSERT"}
        case "Finding" | "OutboxMessage" | "Organization":
            return {"SELECT", "INSERT", "UPDATE"}
        case _:
            return {"SELECT", "INSERT", "UPDATE", "DELETE"}


async def test_every_table_is_forced_with_a_policy_for_each_verb(
    root: asyncpg.Connection, catalog: Catalog, policy_form: PolicyForm
) -> None:
    rows = await root.fetch(
        "SELECT c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity "
        "FROM pg_class c WHERE c.relnamespace = 'data'::regnamespace AND c.relkind = 'r'"
    )
    assert {row["name"] for row in rows} == {
        table.qualified_name for table in catalog.tables.values()
    }
    for row in rows:
        assert row["relrowsecurity"], row
        assert row["relforcerowsecurity"], row

    def condition(kind: str | None = None) -> str:
        call = f"palisade.org_id_for('{kind}'::text)" if kind else "palisade.org_id()"
        if policy_form is PolicyForm.BARE:
            return f"(org_id = {call})"
        return f"(org_id = ( SELECT {call} AS {'org_id_for' if kind else 'org_id'}))"

    policies = await root.fetch("SELECT * FROM pg_policies")
    found = {(policy["tablename"], policy["cmd"]): policy for policy in policies}
    assert len(found) == len(policies) == 4 * len(rows)
    for table in catalog.tables.values():
        removal = "DELETE" if "DELETE" in verbs(table) else "ERASE"
        for command, name, using, check in (
            ("SELECT", "of_org", condition(), None),
            ("INSERT", "of_org_insert", None, condition("INSERT")),
            ("UPDATE", "of_org_update", condition(), condition("UPDATE")),
            ("DELETE", "of_org_delete", condition(removal), None),
        ):
            policy = found[table.name, command]
            assert policy["policyname"] == name
            assert policy["roles"] == [APP]
            assert policy["permissive"] == "PERMISSIVE"
            assert (policy["qual"], policy["with_check"]) == (using, check)


async def test_the_owner_is_bound_as_well(
    owner_connection: asyncpg.Connection, catalog: Catalog, samples: dict[UUID, UUID]
) -> None:
    for table in catalog.tables.values():
        query = f"SELECT count(*) FROM {table.qualified_name}"
        assert await owner_connection.fetchval(query) == 0
    assert await owner_connection.execute("UPDATE data.sample SET note = 'x'") == "UPDATE 0"
    assert await owner_connection.fetchval("SELECT count(*) FROM palisade.directory_entry") > 0


async def test_the_owner_with_a_context_has_no_policy(
    owner_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    samples: dict[UUID, UUID],
) -> None:
    async with owner_connection.transaction():
        await enter(owner_connection, signer.sign(org.org_id))
        assert await owner_connection.fetchval(COUNT) == 0
        await owner_connection.execute(f"SET LOCAL ROLE {APP}")
        assert await owner_connection.fetchval(COUNT) == 1


async def test_the_worker_lists_organisations_and_reads_as_the_application(
    worker_connection: asyncpg.Connection,
    signer: ContextSigner,
    org: Org,
    other_org: Org,
    samples: dict[UUID, UUID],
) -> None:
    listed = [row[0] for row in await worker_connection.fetch("SELECT palisade.list_orgs()")]
    assert {org.id, other_org.id} <= set(listed)
    assert len(listed) == len(set(listed))
    assert await worker_connection.fetchval(COUNT) == 0
    async with worker_connection.transaction():
        await enter(worker_connection, signer.sign(org.org_id))
        assert await worker_connection.fetchval(COUNT) == 1
    for statement in ("SELECT * FROM palisade.directory_entry", f"SET ROLE {APP}"):
        await refused("42501", worker_connection.execute(statement))


async def test_find_org_answers_exact_keys_only(
    app_connection: asyncpg.Connection, org: Org, other_org: Org
) -> None:
    find = "SELECT palisade.find_org($1, $2)"
    assert await app_connection.fetchval(find, "slug", org.slug) == org.id
    assert await app_connection.fetchval(find, "id", str(org.id)) == org.id
    for kind, key in (
        ("slug", org.slug.upper()),
        ("slug", org.slug[:-1]),
        ("slug", "%"),
        ("slug", ""),
        ("slug", str(org.id)),
        ("id", org.slug),
        ("%", org.slug),
        ("", ""),
        ("slug", "' OR true --"),
        (None, None),
    ):
        assert await app_connection.fetchval(find, kind, key) is None


async def test_register_org_enters_only_the_own_organisation_and_once(
    app_connection: asyncpg.Connection,
    context_key: ContextKey,
    org: Org,
    root: asyncpg.Connection,
) -> None:
    find = "SELECT palisade.find_org($1, $2)"
    entries = "SELECT count(*) FROM palisade.directory_entry"
    slug, external, new = f"slug-{uuid4()}", f"issuer {uuid4()}", uuid4()
    before = await root.fetchval(entries)

    async def register(context: str | None, *keys: str | None) -> bool:
        async with app_connection.transaction():
            if context:
                await enter(app_connection, context)
            done = await app_connection.fetchval("SELECT palisade.register_org($1, $2)", *keys)
            assert isinstance(done, bool)
            return done

    assert not await register(None, slug, external)
    assert not await register(signed(context_key, org.id), slug, external)
    await refused("28000", register(signed(ContextKey.generate(), new), slug, external))
    await refused("28000", register(signed(context_key, new, expiry=1), slug, external))
    await refused("23505", register(signed(context_key, new), org.slug, None))
    assert await root.fetchval(entries) == before

    assert await register(signed(context_key, new), slug, external)
    assert not await register(signed(context_key, new), f"{slug}-2", None)
    await refused("23505", register(signed(context_key, uuid4()), f"{slug}-3", external))
    assert await root.fetchval(entries) == before + 3
    for kind, key in (("id", str(new)), ("slug", slug), ("external", external)):
        assert await app_connection.fetchval(find, kind, key) == new
    assert await app_connection.fetchval(find, "slug", f"{slug}-2") is None
    assert await app_connection.fetchval(find, "slug", org.slug) == org.id


async def test_functions_ignore_what_stands_in_the_search_path(
    root: asyncpg.Connection, urls: Urls, context_key: ContextKey, org: Org, other_org: Org
) -> None:
    """A shadow of a catalog function changes nothing in the checks."""
    await root.execute("CREATE SCHEMA shadow")
    try:
        await root.execute(
            "CREATE FUNCTION shadow.encode(bytea, text) RETURNS text "
            "LANGUAGE sql AS $$ SELECT '' $$; "
            "CREATE FUNCTION shadow.current_setting(text, boolean) RETURNS text "
            "LANGUAGE sql AS $$ SELECT '' $$; "
            "CREATE FUNCTION shadow.split_part(text, text, int) RETURNS text "
            "LANGUAGE sql AS $$ SELECT '' $$; "
            "GRANT USAGE ON SCHEMA shadow TO PUBLIC"
        )
        connection = await asyncpg.connect(urls.app)
        try:
            await connection.execute("SET search_path = shadow, pg_catalog")
            for context in (
                signed(context_key, org.id)[:-64],
                signed(ContextKey.generate(), org.id),
            ):
                async with connection.transaction():
                    await enter(connection, context)
                    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
                        async with connection.transaction():
                            await connection.fetchval("SELECT palisade.org_id()")
            with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
                async with connection.transaction():
                    await enter(connection, signed(context_key, org.id))
                    await enter(connection, signed(context_key, other_org.id))
        finally:
            await connection.close()
    finally:
        await root.execute("DROP SCHEMA shadow CASCADE")


async def test_an_unfiltered_reference_is_no_leak(
    app_connection: asyncpg.Connection,
    context_key: ContextKey,
    policy_form: PolicyForm,
    org: Org,
    samples: dict[UUID, UUID],
) -> None:
    """With an invalid context the sub-select raises once; the bare call for each reference."""

    async def read() -> None:
        async with app_connection.transaction():
            await enter(app_connection, signed(context_key, org.id, expiry=1))
            await app_connection.fetch("SELECT id FROM data.sample")

    await refused("28000", read())


def test_table_statements_take_both_forms(catalog: Catalog) -> None:
    table = catalog.tables["Vendor"]
    subselect = "\n".join(table_statements(table, form=PolicyForm.SUBSELECT))
    bare = "\n".join(table_statements(table, form=PolicyForm.BARE))
    assert "USING (org_id = (SELECT palisade.org_id()))" in subselect
    assert "WITH CHECK (org_id = (SELECT palisade.org_id_for('INSERT')))" in subselect
    assert "WITH CHECK (org_id = palisade.org_id_for('INSERT'))" in bare
    assert "SELECT palisade" not in bare.replace("GRANT SELECT", "")


def test_wall_statements_reach_every_table(catalog: Catalog) -> None:
    statements = "\n".join(wall_statements(catalog))
    for table in catalog.tables.values():
        assert f"ALTER TABLE {table.qualified_name} FORCE ROW LEVEL SECURITY" in statements
    for core in catalog.global_tables:
        assert f"REVOKE ALL ON palisade.{core.name} FROM PUBLIC, {APP}, {WORKER}" in statements


async def test_signer_and_database_agree_on_a_context(
    app_connection: asyncpg.Connection, signer: ContextSigner
) -> None:
    for _ in range(5):
        org_id = mint_org_id(uuid4())
        async with app_connection.transaction():
            await enter(app_connection, signer.sign(org_id))
            assert await app_connection.fetchval("SELECT palisade.org_id()") == org_id.value
