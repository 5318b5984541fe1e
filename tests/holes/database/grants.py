"""What roles may do, and who is which role."""

import asyncpg

from repository.context import ContextKey
from tests.holes.scene import DatabaseHole, Scene, Step, holds, runs, shows

_VENDORS = "SELECT name FROM data.vendor"
_MEMBER_OF_OWNER = (
    "REVOKE palisade_app FROM palisade_owner",
    "GRANT palisade_owner TO palisade_app WITH INHERIT FALSE, SET TRUE",
)


async def _forged_with_stolen_pads(scene: Scene) -> bool:
    """Reads the key, signs a context of the victim's, and reads as the victim."""
    try:
        pads = await scene.play(Step("SELECT id, inner_pad FROM palisade.context_key", side=""))
    except asyncpg.PostgresError:
        return False
    secret = bytes(byte ^ 0x36 for byte in pads[0]["inner_pad"][:32])
    context = scene.context(scene.victim, key=ContextKey(pads[0]["id"], secret))
    return await shows(
        Step(f"SELECT CASE WHEN palisade.enter('{context}') THEN array({_VENDORS}) END", side="")
    )(scene)


GRANT_HOLES = (
    DatabaseHole(
        "column-grant-on-the-key",
        "A monitoring query wants to know how old the context key is, and gets its columns: with "
        "the pads, contexts of every organisation can be signed.",
        ("GRANT SELECT (id, inner_pad) ON palisade.context_key TO palisade_app",),
        _forged_with_stolen_pads,
    ),
    DatabaseHole(
        "directory-granted",
        "The application may read the directory, to list slugs while somebody types.",
        ("GRANT SELECT ON palisade.directory_entry TO palisade_app",),
        shows("SELECT * FROM palisade.directory_entry"),
    ),
    DatabaseHole(
        "states-granted-to-public",
        "Everybody may read which organisations are frozen, and with it their ids.",
        (
            "INSERT INTO palisade.organisation_state (org_id, state, changed_by) "
            "VALUES ('{victim}', 'ACTIVE', 'x')",
            "GRANT SELECT ON palisade.organisation_state TO PUBLIC",
        ),
        shows("SELECT * FROM palisade.organisation_state"),
    ),
    DatabaseHole(
        "truncate-granted",
        "The application may TRUNCATE a table for a quicker clean-up; no policy is asked.",
        ("GRANT TRUNCATE ON data.observation TO palisade_app",),
        runs("TRUNCATE data.observation"),
    ),
    DatabaseHole(
        "audit-trail-may-be-changed",
        "The application may update and delete audit events, for a retention job: whoever injects "
        "SQL cleans up behind themselves.",
        ("GRANT UPDATE, DELETE ON data.audit_event TO palisade_app",),
        runs("UPDATE data.audit_event SET actor = 'somebody else'"),
    ),
    DatabaseHole(
        "create-on-the-schema",
        "The application may make objects in the schema data, for a library that makes its own "
        "tables: it makes a table with no wall that all organisations share.",
        ("GRANT CREATE ON SCHEMA data TO palisade_app",),
        runs("CREATE TABLE data.left_here (note text)"),
    ),
    DatabaseHole(
        "create-on-public",
        "CREATE on public goes back to PUBLIC, as it was before PostgreSQL 15.",
        ("GRANT CREATE ON SCHEMA public TO PUBLIC",),
        runs("CREATE TABLE public.left_here (note text)"),
    ),
    DatabaseHole(
        "temporary-granted",
        "Temporary tables are allowed again: one that stays on a pooled connection hides a real "
        "table from the next request.",
        (
            "DO $do$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', "
            "current_database()); END $do$",
        ),
        runs("CREATE TEMPORARY TABLE vendor (name text)"),
    ),
    DatabaseHole(
        "default-privileges",
        "Every table that the owner will make in data is to be readable by the application, "
        "before anybody gave it a policy.",
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE palisade_owner IN SCHEMA data "
            "GRANT SELECT ON TABLES TO palisade_app",
        ),
        shows(
            Step("CREATE TABLE data.plan (name text)", "palisade_owner", ""),
            Step("INSERT INTO data.plan VALUES ('{victim_name}')", "palisade_owner", ""),
            Step("SELECT name FROM data.plan"),
        ),
    ),
    DatabaseHole(
        "grant-option",
        "The application gets its rights with the option to hand them on.",
        ("GRANT SELECT ON data.vendor TO palisade_app WITH GRANT OPTION",),
        holds(
            Step("GRANT SELECT ON data.vendor TO PUBLIC"),
            # Without the option it is a warning, and nothing is granted.
            Step(
                "SELECT count(*) > 0 FROM pg_class AS c, aclexplode(c.relacl) AS a "
                "WHERE c.oid = 'data.vendor'::regclass AND a.grantee = 0",
                "root",
                "",
            ),
        ),
    ),
    DatabaseHole(
        "large-objects-granted",
        "The functions of large objects are everybody's again: they are of no organisation, a "
        "place to leave something for another one.",
        (
            "GRANT EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea), "
            "pg_catalog.lo_get(oid) TO PUBLIC",
        ),
        runs("SELECT pg_catalog.lo_from_bytea(0, 'left here')"),
    ),
    DatabaseHole(
        "file-function-granted",
        "The application may call pg_read_binary_file, for a health page: the files of the server "
        "hold every organisation's rows.",
        (
            # What `palisade migrate` withholds is everybody's where nobody is a superuser.
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_relation_filepath(regclass) TO PUBLIC",
            "GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO palisade_app",
        ),
        shows(
            "SELECT convert_from(substring(f FROM position('{victim_name}'::bytea IN f) FOR 60), "
            "'SQL_ASCII') FROM pg_read_binary_file(pg_relation_filepath('data.vendor')) AS f"
        ),
    ),
    DatabaseHole(
        "statistics-granted",
        "The application may read pg_statistic: the planner's samples hold values of all "
        "organisations.",
        ("GRANT SELECT ON pg_catalog.pg_statistic TO palisade_app",),
        shows(
            "SELECT stavalues1::text, stavalues2::text FROM pg_catalog.pg_statistic "
            "WHERE starelid = 'data.vendor'::regclass"
        ),
    ),
    DatabaseHole(
        "session-replication-role-granted",
        "The application may set session_replication_role, for a bulk load: with it no foreign "
        "key is checked.",
        ("GRANT SET ON PARAMETER session_replication_role TO palisade_app",),
        runs(
            "SET LOCAL session_replication_role = replica",
            "UPDATE data.specimen SET site_id = gen_random_uuid()",
        ),
        undo=("REVOKE SET ON PARAMETER session_replication_role FROM palisade_app",),
    ),
    DatabaseHole(
        "member-of-read-all-data",
        "For a dashboard the application becomes a member of pg_read_all_data: it reads the keys "
        "and the directory.",
        ("GRANT pg_read_all_data TO palisade_app",),
        _forged_with_stolen_pads,
        undo=("REVOKE pg_read_all_data FROM palisade_app",),
    ),
    DatabaseHole(
        "member-of-server-programs",
        "The application becomes a member of pg_execute_server_program to unpack imports: it "
        "runs commands on the database's host.",
        ("GRANT pg_execute_server_program TO palisade_app",),
        runs("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'"),
        undo=("REVOKE pg_execute_server_program FROM palisade_app",),
    ),
    DatabaseHole(
        "member-of-the-owner",
        "The application becomes a member of the owner role so that it can migrate itself.",
        _MEMBER_OF_OWNER,
        runs(Step("SET LOCAL ROLE palisade_owner")),
        undo=(
            "REVOKE palisade_owner FROM palisade_app",
            "GRANT palisade_app TO palisade_owner WITH INHERIT FALSE, SET TRUE",
        ),
    ),
    DatabaseHole(
        "app-bypasses-row-level-security",
        "The application role gets BYPASSRLS while an import hangs, and keeps it.",
        ("ALTER ROLE palisade_app BYPASSRLS",),
        shows(_VENDORS),
        undo=("ALTER ROLE palisade_app NOBYPASSRLS",),
    ),
    DatabaseHole(
        "owner-bypasses-row-level-security",
        "The owner role gets BYPASSRLS so that data migrations are shorter: whoever has its "
        "password reads all organisations.",
        ("ALTER ROLE palisade_owner BYPASSRLS",),
        shows(Step(_VENDORS, "palisade_owner", "")),
        undo=("ALTER ROLE palisade_owner NOBYPASSRLS",),
    ),
    DatabaseHole(
        "worker-inherits-the-owner",
        "The worker becomes a member of the owner role: a job may take its own walls down.",
        ("GRANT palisade_owner TO palisade_worker",),
        shows(
            Step("ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY", "palisade_worker", ""),
            Step("ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY", "palisade_worker", ""),
            Step(_VENDORS, "palisade_worker", ""),
        ),
        undo=("REVOKE palisade_owner FROM palisade_worker",),
    ),
    DatabaseHole(
        "app-may-make-roles",
        "The application role gets CREATEROLE, to make a login for each customer.",
        ("ALTER ROLE palisade_app CREATEROLE",),
        runs("CREATE ROLE of_the_attacker LOGIN"),
        undo=("ALTER ROLE palisade_app NOCREATEROLE",),
    ),
    DatabaseHole(
        "app-may-replicate",
        "The application role gets REPLICATION to feed a search index: it may copy the whole "
        "server.",
        ("ALTER ROLE palisade_app REPLICATION",),
        runs("SELECT pg_create_physical_replication_slot('of_the_attacker', false, true)"),
        undo=("ALTER ROLE palisade_app NOREPLICATION",),
    ),
    DatabaseHole(
        "app-owns-a-table",
        "A migration ran as the application role: the table is its own, and so are its walls.",
        ("ALTER TABLE data.vendor OWNER TO palisade_app",),
        shows(
            Step("ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY"),
            Step(_VENDORS),
        ),
    ),
    DatabaseHole(
        "app-owns-the-schema",
        "The schema data belongs to the application role: it may drop any table in it.",
        ("ALTER SCHEMA data OWNER TO palisade_app",),
        runs("DROP TABLE data.observation"),
    ),
    DatabaseHole(
        "login-member-of-app",
        "A developer's login becomes a member of the application role, for debugging: it calls "
        "the directory without any token.",
        ("CREATE ROLE intern LOGIN IN ROLE palisade_app",),
        shows(Step("SELECT palisade.find_org('slug', '{victim_slug}')", "intern", "")),
        undo=("DROP ROLE intern",),
    ),
)
