"""What SQL of one's own is tried for, as expressions and as statements, and what comes of it.

``{other}`` is the other organisation's id, ``{slug}`` its slug, which begins every text it has.
An expected answer is a regular expression; ``DENIED`` is PostgreSQL's "insufficient privilege".
"""

from dataclasses import dataclass
from typing import Final

DENIED: Final = '!.*"sqlstate": "42501"'
CONTEXT: Final = '!.*"sqlstate": "28000"'
SYNTAX: Final = '!.*"sqlstate": "42601"'
NOTHING: Final = r"null|\[null\]|\[0\]|\[\"0\"\]"
FORGED: Final = "'k|{other}|9999999999|" + "0" * 64 + "'"


@dataclass(frozen=True)
class Expression:
    """Tried within a generated statement, as a whole one, and in an entered transaction.

    ``bare``: what comes of it without a context, where that differs.
    """

    row: str
    sql: str
    expected: str
    bare: str | None = None


@dataclass(frozen=True)
class Command:
    """A statement that is no expression: the guard's. ``behind``: what stood behind the guard.

    Without ``behind`` it isn't sent past the guard: it would be in force.
    """

    row: str
    sql: str
    behind: str | None = None


def _denied(row: str, *texts: str) -> list[Expression]:
    return [Expression(row, text, DENIED) for text in texts]


EXPRESSIONS: Final = (
    # The controls: it is arbitrary SQL, and it does see its own organisation.
    Expression("own rows", "(SELECT count(*) FROM data.specimen)", r'\["?3"?\]', r"\[0\]"),
    Expression("read", "(SELECT count(*) FROM data.specimen WHERE org_id = '{other}')", NOTHING),
    Expression(
        "read",
        "(SELECT string_agg(label, ',') FROM data.specimen WHERE label LIKE '{slug}%')",
        NOTHING,
    ),
    Expression("read", "(SELECT count(*) FROM data.organization WHERE slug = '{slug}')", NOTHING),
    Expression("forge", f"palisade.enter({FORGED})", CONTEXT, r"\[true\]"),
    Expression(
        "forge",
        f"CASE WHEN palisade.enter({FORGED}) THEN (SELECT count(*) FROM data.specimen) END",
        CONTEXT,
    ),
    *_denied("forge", f"set_config('palisade.context', {FORGED}, true)"),
    *_denied(
        "key, directory, states",
        "(SELECT inner_pad FROM palisade.context_key LIMIT 1)",
        "(SELECT key FROM palisade.directory_entry LIMIT 1)",
        "(SELECT state FROM palisade.organisation_state LIMIT 1)",
        "(SELECT count(*) FROM palisade.erasure)",
        "(SELECT count(*) FROM palisade.list_orgs())",
        "(SELECT rolpassword FROM pg_authid LIMIT 1)",
    ),
    *_denied(
        "settings",
        *(
            f"set_config('{name}', '{value}', false)"
            for name, value in (
                ("search_path", "data"),
                ("palisade.context", "x"),
                ("role", "palisade_owner"),
                ("row_security", "off"),
                ("extra_float_digits", "-10"),
                ("bytea_output", "escape"),
                ("DateStyle", "German"),
                ("TimeZone", "Asia/Tokyo"),
                ("client_encoding", "LATIN1"),
                ("standard_conforming_strings", "off"),
                ("transform_null_equals", "on"),
                ("statement_timeout", "1"),
                ("default_transaction_read_only", "on"),
                ("synchronous_commit", "off"),
                ("enable_indexscan", "off"),
                ("application_name", "x"),
                ("own.thing", "x"),
            )
        ),
        "U&\"set\\005fconfig\"('search_path', 'data', false)",
        "set_config('bytea_output', 'escape', true)",
        "setseed(0.5)",
    ),
    *_denied(
        "locks",
        "pg_advisory_lock(1)",
        "pg_advisory_lock_shared(1, 1)",
        "pg_try_advisory_lock(1)",
        "pg_try_advisory_xact_lock(1)",
    ),
    *_denied("notifications", "pg_notify('x', 'y')"),
    *_denied(
        "left for others",
        "pg_export_snapshot()",
        "pg_logical_emit_message(false, 'x', 'y')",
        "lo_create(4711)",
        "lo_from_bytea(0, 'x')",
    ),
    *_denied("others' sessions", "pg_terminate_backend(1)", "pg_cancel_backend(1)"),
    *_denied(
        "what others do",
        "(SELECT string_agg(query, ',') FROM pg_stat_activity)",
        "(SELECT count(*) FROM pg_locks)",
        "(SELECT count(*) FROM pg_prepared_statements)",
        "(SELECT count(*) FROM pg_cursors)",
        "(SELECT count(*) FROM pg_prepared_xacts)",
        "pg_current_wal_lsn()",
        "pg_current_wal_insert_lsn()",
        "(SELECT next_xid FROM pg_control_checkpoint())",
        "pg_blocking_pids(1)",
    ),
    *_denied(
        "row counts",
        "(SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'specimen')",
        "(SELECT n_tup_ins FROM pg_stat_xact_user_tables WHERE relname = 'specimen')",
        "pg_stat_get_live_tuples('data.specimen'::regclass)",
        "pg_stat_get_tuples_inserted('data.specimen'::regclass)",
        "pg_relation_size('data.specimen')",
        "pg_table_size('data.specimen')",
        "pg_total_relation_size('data.specimen')",
        "pg_indexes_size('data.specimen')",
        "pg_database_size(current_database())",
        "(SELECT reltuples FROM pg_class WHERE relname = 'specimen')",
        "(SELECT relpages FROM pg_class WHERE relname = 'specimen')",
        "(SELECT count(*) FROM pg_statistic)",
        "(SELECT count(*) FROM pg_statistic_ext_data)",
    ),
    Expression("row counts", "(SELECT count(*) FROM pg_stats WHERE schemaname = 'data')", NOTHING),
    *_denied("sequences", "(SELECT count(last_value) FROM pg_sequences)"),
    Expression("sequences", "lastval()", '!.*"sqlstate": "55000"'),
    *_denied(
        "files",
        "pg_read_file('/etc/passwd')",
        "pg_read_binary_file('PG_VERSION')",
        "(SELECT count(*) FROM pg_ls_dir('.'))",
        "pg_stat_file('PG_VERSION')",
        "(SELECT count(*) FROM pg_ls_waldir())",
        "lo_import('/etc/passwd')",
    ),
    *_denied(
        "SQL in text",
        "query_to_xml('SET search_path = data', true, true, '')",
        "table_to_xml('data.specimen', true, true, '')",
        "(SELECT count(*) FROM ts_stat('SELECT ''a''::tsvector'))",
    ),
    # Each would stop at a foreign row, if it ever came to one.
    Expression(
        "oracles",
        "(SELECT count(*) FROM data.specimen "
        "WHERE 1 / (CASE WHEN org_id = '{other}' THEN 0 ELSE 1 END) > 0)",
        r'\["?3"?\]',
        r"\[0\]",
    ),
    Expression(
        "oracles",
        "(SELECT count(*) FROM data.specimen WHERE CASE WHEN org_id = '{other}' "
        "THEN label::int ELSE 1 END > 0)",
        r'\["?3"?\]',
        r"\[0\]",
    ),
)


def _behind(row: str, behind: str | None, *texts: str) -> list[Command]:
    return [Command(row, text, behind) for text in texts]


COMMANDS: Final = (
    *_behind(
        "settings",
        None,
        "SET search_path = data",
        "/* a comment */ SET row_security = off",
        "-- a comment\nSET row_security = off",
        "(SELECT 1)",
        "set bytea_output = 'escape'",
        "RESET ALL",
        "SET LOCAL palisade.context = 'x'",
        "DISCARD ALL",
    ),
    *_behind(
        "own role",
        None,
        "ALTER ROLE palisade_app SET search_path = data",
        "ALTER ROLE palisade_app PASSWORD 'x'",
    ),
    *_behind(
        "other roles",
        DENIED,
        "SET ROLE palisade_owner",
        "SET ROLE palisade_worker",
        "SET SESSION AUTHORIZATION palisade_owner",
        "ALTER ROLE palisade_app SUPERUSER",
        "ALTER ROLE palisade_owner PASSWORD 'x'",
        "GRANT palisade_owner TO palisade_app",
    ),
    *_behind(
        "prepared statements",
        '"',
        "PREPARE __asyncpg_stmt_1__ AS SELECT 1",
        "DEALLOCATE ALL",
    ),
    *_behind("prepared statements", '!.*"sqlstate": "26000"', "EXECUTE __asyncpg_stmt_2__"),
    *_behind(
        "cursors, channels",
        '"',
        "DECLARE kept CURSOR WITH HOLD FOR SELECT label FROM data.specimen",
        "LISTEN anything",
        "NOTIFY anything, 'x'",
    ),
    *_behind("code", DENIED, "DO $$ BEGIN PERFORM 1; END $$"),
    *_behind(
        "objects",
        DENIED,
        "CREATE TEMPORARY TABLE specimen (label text)",
        "CREATE TABLE public.specimen (label text)",
        "CREATE VIEW data.own AS SELECT 1",
        "CREATE SCHEMA own",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION palisade.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OPERATOR data.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_ne)",
        "CREATE PUBLICATION p",
    ),
    *_behind(
        "walls",
        '!.*"sqlstate": "(42501|55000)"',
        "ALTER TABLE data.specimen DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_org ON data.specimen",
        "TRUNCATE data.specimen",
        "CREATE POLICY p ON data.specimen USING (true)",
        "CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid LANGUAGE sql AS 'SELECT NULL'",
    ),
    *_behind(
        "files",
        DENIED,
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/palisade-injected'",
    ),
    *_behind("transactions", '"', "COMMIT", "END"),
    *_behind("transactions", '!.*"sqlstate": "25P01"', "LOCK TABLE data.specimen"),
    *_behind("transactions", None, "BEGIN", "EXPLAIN SELECT * FROM data.specimen"),
    *_behind("more kinds", '"', "VALUES (1)", "TABLE data.specimen"),
    *_behind("more kinds", None, "VACUUM", "CALL palisade.nothing()", "MERGE INTO data.specimen"),
)

# Whole statements that the guard lets by, with an expected answer without a context and in one.
STATEMENTS: Final = (
    ("settings", "UPDATE pg_settings SET setting = 'data' WHERE name = 'search_path'", DENIED),
    ("settings", "SELECT 1; SET search_path = data", SYNTAX),
    ("objects", "SELECT 1 INTO TEMPORARY specimen", DENIED),
    ("objects", "SELECT 1 INTO public.specimen", DENIED),
    ("write", "UPDATE data.specimen SET label = 'x' WHERE org_id = '{other}' RETURNING 1", "null"),
    ("write", "DELETE FROM data.specimen WHERE org_id = '{other}' RETURNING 1", "null"),
    (
        "write",
        "INSERT INTO data.organization (org_id, id, slug, name) "
        "VALUES ('{other}', '{other}', 'x', 'x')",
        DENIED,
    ),
    ("write", "DELETE FROM palisade.context_key", DENIED),
)
