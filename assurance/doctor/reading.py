"""Reads a snapshot of the catalog, as any role that may connect: in one transaction, read only.

Columns are named one by one, for a role may see some of a catalog's and not others. There is no
search path while it is read, so that every name is told with its schema.
"""

from typing import Any, Final, TypeVar

import asyncpg

from assurance.doctor.grants import GRANTS
from assurance.doctor.pieces import NAME, OWN, no_member
from assurance.doctor.rows import read_rows
from assurance.doctor.snapshot import (
    Column,
    Constraint,
    Function,
    Grant,
    Index,
    Membership,
    Other,
    Policy,
    Relation,
    Role,
    RoleSetting,
    Schema,
    Server,
    Snapshot,
    Trigger,
)
from assurance.doctor.stored import STORED

Value = TypeVar("Value")

_SERVER: Final = """
SELECT current_setting('server_version_num')::int, current_user::text, current_database()::text,
  (SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()),
  inet_server_addr() IS NULL OR inet_server_addr() << '127.0.0.0/8'
    OR inet_server_addr() = '::1',
  (SELECT md5(string_agg(concat_ws('|', n.nspname, p.proname, oidvectortypes(p.proargtypes),
      p.prokind, p.prosrc, l.lanname, p.prosecdef, p.proleakproof, p.proisstrict, p.provolatile),
      ',' ORDER BY n.nspname, p.proname, oidvectortypes(p.proargtypes) COLLATE "C"))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang WHERE p.oid < 16384)
"""

_SETTINGS: Final = """
SELECT name, setting FROM pg_settings WHERE name = ANY ($1::text[])
"""

WATCHED_SETTINGS: Final = (
    "allow_system_table_mods",
    "log_duration",
    "log_min_duration_sample",
    "log_min_duration_statement",
    "log_parameter_max_length",
    "log_parameter_max_length_on_error",
    "log_statement",
    "log_transaction_sample_rate",
    "max_prepared_transactions",
    "session_preload_libraries",
    "session_replication_role",
    "shared_preload_libraries",
    "ssl",
)

_SCHEMAS: Final = f"""
SELECT nspname::text, pg_get_userbyid(nspowner)::text FROM pg_namespace
WHERE ({OWN} OR nspname = 'public') AND nspname !~ '^pg_(toast_)?temp_' ORDER BY 1
"""

_RELATIONS: Final = f"""
SELECT {NAME}, n.nspname::text, c.relkind::text, pg_get_userbyid(c.relowner)::text,
  c.relrowsecurity, c.relforcerowsecurity, c.relpersistence::text, c.relispartition,
  coalesce(c.reloptions, '{{}}')::text[],
  array(SELECT r::text FROM (
    SELECT inhparent::regclass AS r FROM pg_inherits WHERE inhrelid = c.oid
    UNION ALL SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = c.oid) AS relatives)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.{OWN} AND c.relkind NOT IN ('i', 'I', 't') AND {no_member("pg_class", "c.oid")}
ORDER BY 1
"""

_COLUMNS: Final = f"""
SELECT {NAME}, a.attname::text, format_type(a.atttypid, a.atttypmod),
  (SELECT l.collname::text FROM pg_collation l
    WHERE l.oid = a.attcollation AND l.collname <> 'default'),
  a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attgenerated::text, a.attidentity::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.{OWN} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""

_COLUMN_NAMES: Final = """array(SELECT a.attname::text
  FROM unnest({numbers}) WITH ORDINALITY AS u (number, place)
  JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.number ORDER BY u.place)"""

# conenforced is there from PostgreSQL 18 on.
_CONSTRAINTS: Final = f"""
SELECT {NAME}, k.conname::text, k.contype::text,
  {_COLUMN_NAMES.format(numbers="k.conkey", relation="k.conrelid")},
  CASE WHEN k.confrelid <> 0 THEN k.confrelid::regclass::text END,
  {_COLUMN_NAMES.format(numbers="k.confkey", relation="k.confrelid")},
  k.confdeltype::text, k.confupdtype::text,
  k.convalidated AND coalesce(to_jsonb(k) ->> 'conenforced', 'true')::boolean,
  pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.{OWN} AND k.contype <> 'n' AND {no_member("pg_class", "c.oid")} ORDER BY 1, 2
"""

_INDEXES: Final = f"""
SELECT {NAME}, i.relname::text, x.indisunique, x.indisprimary, x.indisexclusion,
  x.indisvalid AND x.indisready AND x.indislive, x.indexprs IS NOT NULL,
  array(SELECT pg_get_indexdef(x.indexrelid, place, true)
    FROM generate_series(1, x.indnkeyatts) AS place),
  pg_get_expr(x.indpred, x.indrelid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.{OWN} AND c.relkind <> 't' AND {no_member("pg_class", "c.oid")} ORDER BY 1, 2
"""

_POLICIES: Final = f"""
SELECT {NAME}, p.polname::text, p.polcmd::text, p.polpermissive,
  array(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END
    FROM unnest(p.polroles) AS r),
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2
"""

# Of those that are built in only the changed: they are nobody else's, and none is a definer.
_FUNCTIONS: Final = f"""
SELECT n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
  p.prokind::text, p.oid < 16384, pg_get_userbyid(p.proowner)::text, l.lanname::text, p.prosecdef,
  p.proleakproof, p.provolatile::text, p.proparallel::text,
  coalesce(p.proconfig, '{{}}')::text[], p.prosrc, pg_get_function_sqlbody(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE (p.{OWN} OR p.prosecdef OR p.proowner <> 10 OR p.proconfig IS NOT NULL
    OR l.lanname NOT IN ('internal', 'c', 'sql'))
  AND {no_member("pg_proc", "p.oid")} ORDER BY 1
"""

_TRIGGERS: Final = f"""
SELECT {NAME}, t.tgname::text, t.tgisinternal, t.tgenabled::text, t.tgfoid::regproc::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal OR t.tgenabled <> 'O' ORDER BY 1, 2
"""


def _stray(kind: str, catalog: str, where: str = "true", evidence: str = "''") -> str:
    return (
        f"SELECT '{kind}', (pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0))"
        f".identity, {evidence} FROM pg_catalog.{catalog} o WHERE o.{OWN} AND ({where}) "
        f"AND {no_member(catalog, 'o.oid')}"
    )


_OTHERS: Final = " UNION ALL ".join(
    (
        _stray("operator", "pg_operator", evidence="'calls ' || o.oprcode::text"),
        _stray("operator class", "pg_opclass"),
        _stray("operator family", "pg_opfamily"),
        _stray("cast", "pg_cast", evidence="'calls ' || o.castfunc::regproc::text"),
        _stray(
            "type",
            "pg_type",
            "o.typtype <> 'c' AND o.typrelid = 0 AND NOT EXISTS "
            "(SELECT FROM pg_type e WHERE e.typarray = o.oid)",
            "'of ' || pg_get_userbyid(o.typowner)",
        ),
        _stray("collation", "pg_collation"),
        _stray("conversion", "pg_conversion"),
        _stray("access method", "pg_am"),
        _stray("text search configuration", "pg_ts_config"),
        _stray("text search dictionary", "pg_ts_dict"),
        _stray("text search parser", "pg_ts_parser"),
        _stray("text search template", "pg_ts_template"),
        _stray("transform", "pg_transform"),
        _stray("language", "pg_language"),
        _stray("event trigger", "pg_event_trigger", evidence="'calls ' || o.evtfoid::regproc"),
        _stray("rule", "pg_rewrite", "o.rulename <> '_RETURN'"),
        _stray("foreign data wrapper", "pg_foreign_data_wrapper"),
        _stray("foreign server", "pg_foreign_server"),
        _stray("publication", "pg_publication"),
        _stray("extended statistics", "pg_statistic_ext"),
        "SELECT 'extension', extname::text, 'version ' || extversion FROM pg_extension",
        "SELECT 'user mapping', usename::text || ' on ' || srvname, '' FROM pg_user_mappings",
        "SELECT 'subscription', subname::text, '' FROM pg_subscription "
        "WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
        "SELECT slot_type || ' replication slot', slot_name::text, '' FROM pg_replication_slots "
        "WHERE database = current_database() OR slot_type = 'physical'",
        "SELECT 'large object', count(*) || ' large objects', '' FROM pg_largeobject_metadata "
        "HAVING count(*) > 0",
        "SELECT 'default privilege', pg_get_userbyid(d.defaclrole) || ' for ' || "
        "CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' "
        "WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' "
        "ELSE 'large objects' END || coalesce(' in ' || n.nspname, ''), 'grants ' || "
        "string_agg(g.privilege_type || ' to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' "
        "ELSE pg_get_userbyid(g.grantee)::text END, ', ') FROM pg_default_acl d "
        "LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, "
        "LATERAL aclexplode(d.defaclacl) AS g WHERE g.grantee <> d.defaclrole "
        "GROUP BY d.oid, d.defaclrole, d.defaclobjtype, n.nspname",
    )
)

# For those who may call what is under the view: the application role may not.
_MAY_SEE_PREPARED: Final = "SELECT has_function_privilege('pg_prepared_xact()', 'EXECUTE')"
_PREPARED: Final = """
SELECT 'prepared transaction', gid, 'of ' || owner FROM pg_prepared_xacts
WHERE database = current_database()
"""

_ROLES: Final = """
SELECT rolname::text, oid = 10, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
  rolcanlogin FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1
"""

_MEMBERSHIPS: Final = """
SELECT r.rolname::text, u.rolname::text, bool_or(m.admin_option), bool_or(m.inherit_option),
  bool_or(m.set_option) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
JOIN pg_roles u ON u.oid = m.member
WHERE u.rolname !~ '^pg_' GROUP BY 1, 2 ORDER BY 1, 2
"""

_ROLE_SETTINGS: Final = """
SELECT (SELECT r.rolname::text FROM pg_roles r WHERE r.oid = s.setrole),
  (SELECT d.datname::text FROM pg_database d WHERE d.oid = s.setdatabase),
  split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)
FROM pg_db_role_setting s, unnest(s.setconfig) AS one
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def read_snapshot(connection: asyncpg.Connection) -> Snapshot:
    """The catalog at one moment.

    Raises: asyncpg.PostgresError, also behind a pooler that allows no transactions.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await read_here(connection)


async def read_here(connection: asyncpg.Connection) -> Snapshot:
    """The catalog as the transaction sees it that the connection is in."""
    part = connection.transaction()
    await part.start()
    try:
        await connection.execute("SET LOCAL search_path = ''; SET LOCAL jit = off")
        return await _read(connection)
    finally:
        # The settings as well are what they were.
        await part.rollback()


async def _read(connection: asyncpg.Connection) -> Snapshot:
    async def all_of(made: type[Value], statement: str) -> tuple[Value, ...]:
        rows = await connection.fetch(statement)
        return tuple(made(*map(_plain, row)) for row in rows)

    (version, *names, local, built_ins) = await connection.fetchrow(_SERVER)
    reader, database, database_owner = names
    settings = await connection.fetch(_SETTINGS, WATCHED_SETTINGS)
    others = await all_of(Other, _OTHERS)
    if await connection.fetchval(_MAY_SEE_PREPARED):
        others += await all_of(Other, _PREPARED)
    others += await all_of(Other, STORED)
    others += await read_rows(connection)
    return Snapshot(
        server=Server(
            version,
            reader,
            database,
            database_owner,
            local,
            built_ins,
            tuple((row[0], row[1]) for row in settings),
        ),
        schemas=await all_of(Schema, _SCHEMAS),
        relations=await all_of(Relation, _RELATIONS),
        columns=await all_of(Column, _COLUMNS),
        constraints=await all_of(Constraint, _CONSTRAINTS),
        indexes=await all_of(Index, _INDEXES),
        policies=await all_of(Policy, _POLICIES),
        functions=await all_of(Function, _FUNCTIONS),
        triggers=await all_of(Trigger, _TRIGGERS),
        grants=await all_of(Grant, GRANTS),
        others=others,
        roles=await all_of(Role, _ROLES),
        memberships=await all_of(Membership, _MEMBERSHIPS),
        role_settings=await all_of(RoleSetting, _ROLE_SETTINGS),
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
