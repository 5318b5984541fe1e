"""Faults invented after the tools were there, by somebody who knew what they claim and not how."""

from repository.walls import OWNER
from tests.holes.scene import (
    PLANTED_KEY,
    ROOT,
    DatabaseHole,
    Scene,
    Step,
    collides,
    runs,
    shows,
    tells,
)

_VENDORS = "SELECT name FROM data.vendor"
_NAMES = "RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT name FROM data.vendor'"
_SEQUENTIAL = tuple(
    f"SET LOCAL enable_{scan} = off" for scan in ("indexscan", "indexonlyscan", "bitmapscan")
)
_SITE_OF_VICTIM = "(SELECT id FROM data.site WHERE org_id = '{victim}' ORDER BY id LIMIT 1)"
_TARGET = Step(f"SELECT set_config('test.site', {_SITE_OF_VICTIM}::text, true)", "root", "")
_REFER = Step("UPDATE data.specimen SET site_id = current_setting('test.site')::uuid")
_SAME_NAME = Step(
    "INSERT INTO data.vendor (org_id, id, name, tier) "
    "VALUES ('{attacker}', gen_random_uuid(), '{victim_name}', 'LOW')"
)
# What the server remembers of the table is read anew.
_FRESH = "UPDATE pg_class SET relkind = relkind WHERE oid = '{}'::regclass"
_NODES = "CREATE CAST (text AS pg_node_tree) WITHOUT FUNCTION"
_NO_NODES = "DROP CAST (text AS pg_node_tree)"
_NE = "'pg_catalog.uuid_ne'::regproc::oid"
_EQ = "'pg_catalog.uuid_eq'::regproc::oid"


async def _long_values(scene: Scene) -> bool:
    """What the table of long values shows; its name has a number in it."""
    rows = await scene.play(
        Step(
            "SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = 'data.vendor'::regclass",
            ROOT,
            "",
        )
    )
    return await shows(f"SELECT encode(chunk_data, 'escape') FROM {rows[0][0]}")(scene)


INVENTED_HOLES = (
    DatabaseHole(
        "context-in-a-function",
        "palisade.org_id() gets a setting of its own, to try something: a signed context with years "
        "to go. Its text is as it was, and everybody is that organisation.",
        ("ALTER FUNCTION palisade.org_id() SET palisade.context = '{lasting_context}'",),
        shows(_VENDORS),
    ),
    DatabaseHole(
        "context-as-a-default-argument",
        "palisade.enter is made anew with a default for its argument, a context with years to go: "
        "whoever calls it without one enters an organisation they don't belong to.",
        (
            "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('palisade.enter(text)'::regprocedure), "
            "'context text)', 'context text DEFAULT ''{lasting_context}'')'); END $do$",
        ),
        shows(Step(f"SELECT CASE WHEN palisade.enter() THEN array({_VENDORS}) END", side="")),
    ),
    DatabaseHole(
        "built-in-functions-called-leakproof",
        "PostgreSQL's own conversions of text are called leakproof, to use an index: they run before "
        "the policies, and their errors quote what they could not read.",
        (
            "ALTER FUNCTION pg_catalog.int4in(cstring) LEAKPROOF COST 0.0001",
            "ALTER FUNCTION pg_catalog.textout(text) LEAKPROOF COST 0.0001",
            "ALTER FUNCTION pg_catalog.int4eq(int, int) COST 0.0001",
            # So that the attacker's own do not come first.
            "UPDATE data.vendor SET name = name WHERE org_id = '{attacker}'",
        ),
        tells(*_SEQUENTIAL, f"{_VENDORS} WHERE name::int = 1"),
    ),
    DatabaseHole(
        "view-within-the-catalog",
        "A view is made in pg_catalog, so that everybody finds it without its schema: where one "
        "looks for somebody's own objects last.",
        (
            "SET LOCAL allow_system_table_mods = on",
            "CREATE VIEW pg_catalog.pg_vendors AS SELECT name FROM data.vendor",
            "GRANT SELECT ON pg_catalog.pg_vendors TO PUBLIC",
        ),
        shows("SELECT name FROM pg_vendors"),
    ),
    DatabaseHole(
        "schema-named-as-the-servers",
        "A schema whose name begins with pg_ gets a table of all vendors: it looks like one of "
        "PostgreSQL's own.",
        (
            "SET LOCAL allow_system_table_mods = on",
            "CREATE SCHEMA pg_reports",
            "CREATE TABLE pg_reports.vendor AS SELECT name FROM data.vendor",
            "GRANT USAGE ON SCHEMA pg_reports TO PUBLIC",
            "GRANT SELECT ON pg_reports.vendor TO PUBLIC",
        ),
        shows("SELECT name FROM pg_reports.vendor"),
    ),
    DatabaseHole(
        "built-in-view-replaced",
        "PostgreSQL's own view pg_stats is made anew, for a monitoring tool, without asking who "
        "looks: it shows the planner's samples of every organisation.",
        (
            "SET LOCAL allow_system_table_mods = on",
            "DO $do$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_stats AS ' || "
            "replace(replace(pg_get_viewdef('pg_catalog.pg_stats'::regclass), "
            "'has_column_privilege(c.oid, a.attnum, ''select''::text)', 'true'), "
            "'row_security_active(c.oid)', 'false'); END $do$",
            "INSERT INTO data.vendor (org_id, id, name, tier) SELECT '{victim}', gen_random_uuid(), "
            "'{victim_name}' || n, 'LOW' FROM generate_series(1, 9) AS n",
            "ANALYZE data.vendor",
        ),
        shows(
            "SELECT histogram_bounds::text, most_common_vals::text FROM pg_stats WHERE tablename = 'vendor'"
        ),
    ),
    DatabaseHole(
        "member-of-an-extension",
        "A function that reads every organisation's vendors is added to the extension plpgsql, which "
        "every database has.",
        (
            f"CREATE FUNCTION public.plpgsql_vendors() {_NAMES}",
            "ALTER EXTENSION plpgsql ADD FUNCTION public.plpgsql_vendors()",
        ),
        shows("SELECT public.plpgsql_vendors()"),
    ),
    DatabaseHole(
        "function-within-the-catalog",
        "A function that reads every organisation's vendors is made in pg_catalog.",
        (f"CREATE FUNCTION pg_catalog.pg_vendor_names() {_NAMES}",),
        shows("SELECT pg_vendor_names()"),
    ),
    DatabaseHole(
        "operator-within-a-policy",
        "The stored form of a policy is changed: it still names the operator = and calls the "
        "function of <>. Shown as SQL it is the policy that was written.",
        (
            _NODES,
            "UPDATE pg_policy SET polqual = regexp_replace(polqual::text, "
            f"':opfuncid ' || {_EQ} || '\\M', ':opfuncid ' || {_NE})::pg_node_tree "
            "WHERE polrelid = 'data.vendor'::regclass AND polqual IS NOT NULL",
            _FRESH.format("data.vendor"),
            _NO_NODES,
        ),
        shows(*_SEQUENTIAL, _VENDORS),
    ),
    DatabaseHole(
        "operator-within-a-function",
        "The stored form of palisade.org_id() is changed: it still names the operator = between two "
        "MACs and calls the function of <>. Shown as SQL it is the function that was written.",
        (
            _NODES,
            "UPDATE pg_proc SET prosqlbody = regexp_replace(prosqlbody::text, '(:opfuncid )' || "
            "'pg_catalog.texteq'::regproc::oid || '( (?:(?!funcid).)*:funcid ' || "
            "'pg_catalog.encode'::regproc::oid || ' )', '\\1' || 'pg_catalog.textne'::regproc::oid "
            "|| '\\2')::pg_node_tree WHERE oid = 'palisade.org_id()'::regprocedure",
            _NO_NODES,
        ),
        shows(
            Step(
                f"SELECT CASE WHEN palisade.enter('{{forged_context}}') THEN array({_VENDORS}) END",
                side="",
            )
        ),
    ),
    DatabaseHole(
        "built-in-operator-changed",
        "PostgreSQL's own operator = of two uuids calls the function of <>: a policy that is written "
        "as it always was, by the next migration, means the opposite.",
        (
            "UPDATE pg_operator SET oprcode = 'pg_catalog.uuid_ne' "
            "WHERE oid = 'pg_catalog.=(uuid, uuid)'::regoperator",
            "DO $do$ DECLARE p record; BEGIN FOR p IN SELECT polname, pg_get_expr(polqual, polrelid) "
            "AS condition FROM pg_policy WHERE polrelid = 'data.vendor'::regclass AND polqual IS NOT "
            "NULL LOOP EXECUTE format('ALTER POLICY %I ON data.vendor USING (%s)', p.polname, "
            "p.condition); END LOOP; END $do$",
        ),
        shows(*_SEQUENTIAL, _VENDORS),
    ),
    DatabaseHole(
        "triggers-of-keys-gone",
        "The triggers by which a foreign key is checked are deleted from the catalog, after a failed "
        "restore: the key is still there, and valid.",
        (
            "DELETE FROM pg_depend WHERE classid = 'pg_trigger'::regclass AND objid IN (SELECT t.oid "
            "FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint "
            "WHERE c.conname = 'fk_specimen_site_id')",
            "DELETE FROM pg_trigger WHERE tgconstraint = (SELECT oid FROM pg_constraint "
            "WHERE conname = 'fk_specimen_site_id')",
            _FRESH.format("data.specimen"),
        ),
        runs(_TARGET, _REFER),
    ),
    DatabaseHole(
        "unique-index-that-includes-the-organisation",
        "A unique index has the organisation, though not in its key: a refusal tells that another "
        "organisation has the name.",
        ("CREATE UNIQUE INDEX vendor_name_once ON data.vendor (name) INCLUDE (org_id)",),
        collides("23505", _SAME_NAME),
    ),
    DatabaseHole(
        "toast-granted",
        "The application may read the table in which PostgreSQL keeps long values, to find out how "
        "big they are: no policy stands there.",
        (
            "ALTER TABLE data.vendor SET (toast_tuple_target = 128)",
            "ALTER TABLE data.vendor ALTER website SET STORAGE EXTERNAL",
            "INSERT INTO data.vendor (org_id, id, name, tier, website) VALUES ('{victim}', "
            "gen_random_uuid(), 'long', 'LOW', 'https://{victim_name}/' || repeat('a', 1900))",
            "GRANT USAGE ON SCHEMA pg_toast TO palisade_app",
            "DO $do$ BEGIN EXECUTE 'GRANT SELECT ON ' || (SELECT reltoastrelid::regclass "
            "FROM pg_class WHERE oid = 'data.vendor'::regclass) || ' TO palisade_app'; END $do$",
        ),
        _long_values,
    ),
    DatabaseHole(
        "column-of-the-statistics-granted",
        "The application may read a single column of pg_statistic: the planner's samples hold values "
        "of all organisations.",
        ("GRANT SELECT (starelid, stavalues1) ON pg_catalog.pg_statistic TO PUBLIC",),
        shows(
            "SELECT stavalues1::text FROM pg_statistic WHERE starelid = 'data.vendor'::regclass",
        ),
    ),
    DatabaseHole(
        "app-owns-the-database",
        "The database belongs to the application role, as tutorials do it: it may make objects in "
        "public, settings for everybody, and drop it all.",
        (
            "DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO palisade_app', "
            "current_database()); END $do$",
        ),
        runs("CREATE TABLE public.shared (name text)"),
    ),
    DatabaseHole(
        "app-owns-public",
        "The schema public belongs to the application role.",
        ("ALTER SCHEMA public OWNER TO palisade_app",),
        runs("CREATE TABLE public.shared (name text)"),
    ),
    DatabaseHole(
        "rows-in-a-comment",
        "Somebody explains a table by an example from the data, in its comment: comments are for "
        "everybody to read.",
        (
            "DO $do$ BEGIN EXECUTE format('COMMENT ON TABLE data.vendor IS %L', 'one in each row, "
            "such as {victim_name}'); END $do$",
        ),
        shows("SELECT description FROM pg_description WHERE objoid = 'data.vendor'::regclass"),
    ),
    DatabaseHole(
        "row-in-a-default",
        "The default of a column is a value that one organisation asked for: whoever leaves it out "
        "finds it in their own record.",
        ("ALTER TABLE data.vendor ALTER name SET DEFAULT '{victim_name}'",),
        shows(
            "INSERT INTO data.vendor (org_id, id, tier) "
            "VALUES ('{attacker}', gen_random_uuid(), 'LOW') RETURNING name"
        ),
    ),
    DatabaseHole(
        "context-for-all-roles",
        "A signed context with years to go is set for all roles of all databases: whoever forgets "
        "its own is that organisation.",
        ("ALTER ROLE ALL SET palisade.context = '{lasting_context}'",),
        shows(Step(_VENDORS, side="")),
        undo=("ALTER ROLE ALL RESET palisade.context",),
        committed=True,
    ),
    DatabaseHole(
        "key-that-retires-in-years",
        "A context key of somebody's own is added among the former ones, with an end in ten years.",
        (
            "INSERT INTO palisade.context_key (id, inner_pad, outer_pad, retires_at) VALUES "
            f"('planted', '\\x{PLANTED_KEY.inner_pad.hex()}', '\\x{PLANTED_KEY.outer_pad.hex()}', "
            "now() + interval '10 years')",
        ),
        shows(
            Step(
                f"SELECT CASE WHEN palisade.enter('{{planted_context}}') THEN array({_VENDORS}) END",
                side="",
            )
        ),
    ),
    DatabaseHole(
        "owner-handed-to-the-helpdesk",
        "The helpdesk's login becomes a member of the owner role, to unlock things: it takes row "
        "level security off any table.",
        (
            "CREATE ROLE helpdesk LOGIN",
            f"GRANT {OWNER} TO helpdesk",
        ),
        runs(Step("ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY", "helpdesk", "")),
        undo=("DROP ROLE helpdesk",),
    ),
    DatabaseHole(
        "parameter-granted-to-public",
        "Everybody may set session_replication_role: with it no foreign key is checked.",
        ("GRANT SET ON PARAMETER session_replication_role TO PUBLIC",),
        runs(
            _TARGET,
            "SET LOCAL session_replication_role = replica",
            _REFER,
        ),
        undo=("REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC",),
    ),
    DatabaseHole(
        "triggers-of-keys-exchanged",
        "The trigger of a foreign key that forbids a deletion is exchanged, in the catalog, for one "
        "that deletes what refers to it: the key is shown as it was.",
        (
            "UPDATE pg_trigger SET tgfoid = 'pg_catalog.\"RI_FKey_cascade_del\"'::regproc "
            "WHERE tgfoid = 'pg_catalog.\"RI_FKey_restrict_del\"'::regproc OR "
            "tgfoid = 'pg_catalog.\"RI_FKey_noaction_del\"'::regproc",
            _FRESH.format("data.site"),
        ),
        runs("DELETE FROM data.site"),
    ),
    DatabaseHole(
        "grant-remembered-as-initial",
        "Everybody may read pg_statistic, and the catalog says that PostgreSQL came like this.",
        (
            "GRANT SELECT ON pg_catalog.pg_statistic TO PUBLIC",
            "UPDATE pg_init_privs SET initprivs = (SELECT relacl FROM pg_class "
            "WHERE oid = 'pg_catalog.pg_statistic'::regclass) "
            "WHERE objoid = 'pg_catalog.pg_statistic'::regclass",
        ),
        shows("SELECT stavalues1::text FROM pg_statistic WHERE starelid = 'data.vendor'::regclass"),
    ),
    DatabaseHole(
        "member-of-a-known-extension",
        "A function that reads every organisation's vendors is added to pg_stat_statements, which a "
        "service may have.",
        (
            "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, "
            "extversion) VALUES (99999, 'pg_stat_statements', 10, 'public'::regnamespace, false, '1')",
            f"CREATE FUNCTION public.pg_stat_vendors() {_NAMES}",
            "ALTER EXTENSION pg_stat_statements ADD FUNCTION public.pg_stat_vendors()",
        ),
        shows("SELECT public.pg_stat_vendors()"),
    ),
    DatabaseHole(
        "unique-index-on-an-expression",
        "A unique index begins with an expression that has the organisation in it, and is true of "
        "all: a refusal tells that another organisation has the name.",
        ("CREATE UNIQUE INDEX vendor_once ON data.vendor ((org_id IS NOT NULL), name)",),
        collides("23505", _SAME_NAME),
    ),
)
