"""Views, copies, partitions and further objects that hold or carry rows."""

import asyncio

from repository.walls import APP
from tests.holes.scene import DatabaseHole, Scene, Step, holds, runs, shows

_NEW_VENDOR = (
    "INSERT INTO data.vendor (org_id, id, name, tier) "
    "VALUES ('{victim}', gen_random_uuid(), '{victim_name} new', 'LOW')"
)


async def _heard(scene: Scene) -> bool:
    """What a session of the attacker hears while the victim writes."""
    heard: list[str] = []
    async with scene.session(APP) as listening:
        await listening.add_listener("vendors", lambda *told: heard.append(str(told[-1])))
        await scene.play(Step(_NEW_VENDOR, side="victim"))
        for _ in range(20):
            await asyncio.sleep(0.005)
            if heard:
                break
        await listening.remove_listener("vendors", print)
    # For the next time, which has the same name.
    await scene.play(Step("DELETE FROM data.vendor WHERE name LIKE '%new'", side="victim"))
    return any(map(scene.shown, heard))


RELATION_HOLES = (
    DatabaseHole(
        "view-of-a-superuser",
        "A view for a dashboard is made by a superuser, whom no policy binds: it shows every "
        "organisation's vendors.",
        (
            "CREATE VIEW data.vendor_summary AS SELECT name, tier FROM data.vendor",
            "GRANT SELECT ON data.vendor_summary TO palisade_app",
        ),
        shows("SELECT * FROM data.vendor_summary"),
    ),
    DatabaseHole(
        "view-of-a-bypassing-role",
        "A view belongs to a reporting role with BYPASSRLS and has no security_invoker: it reads "
        "as that role.",
        (
            "CREATE ROLE reporting BYPASSRLS",
            "GRANT USAGE ON SCHEMA data TO reporting",
            "GRANT SELECT ON data.vendor TO reporting",
            "CREATE VIEW data.vendor_summary AS SELECT name, tier FROM data.vendor",
            "ALTER VIEW data.vendor_summary OWNER TO reporting",
            "GRANT SELECT ON data.vendor_summary TO palisade_app",
        ),
        shows("SELECT * FROM data.vendor_summary"),
        undo=("DROP OWNED BY reporting", "DROP ROLE reporting"),
    ),
    DatabaseHole(
        "materialised-view",
        "A materialised view keeps all vendors for a quicker search; no policy can stand on it.",
        (
            "CREATE MATERIALIZED VIEW data.vendor_search AS SELECT org_id, name FROM data.vendor",
            "GRANT SELECT ON data.vendor_search TO palisade_app",
        ),
        shows("SELECT * FROM data.vendor_search"),
    ),
    DatabaseHole(
        "partition-without-row-level-security",
        "A table is partitioned by year; the policies stand on the parent, and a partition can be "
        "read by its own name.",
        (
            "CREATE TABLE data.visit (org_id uuid NOT NULL, id uuid NOT NULL, note text, day date "
            "NOT NULL, PRIMARY KEY (org_id, id, day)) PARTITION BY RANGE (day)",
            "ALTER TABLE data.visit OWNER TO palisade_owner",
            "ALTER TABLE data.visit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "CREATE POLICY of_org ON data.visit TO palisade_app "
            "USING (org_id = (SELECT palisade.org_id()))",
            "CREATE TABLE data.visit_2026 PARTITION OF data.visit "
            "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            "INSERT INTO data.visit VALUES ('{victim}', gen_random_uuid(), '{victim_name}', "
            "'2026-02-02')",
            "GRANT SELECT ON data.visit, data.visit_2026 TO palisade_app",
        ),
        shows("SELECT * FROM data.visit_2026"),
    ),
    DatabaseHole(
        "inheritance-child",
        "Old vendors are moved to a child of the table, which has neither its policies nor its "
        "FORCE.",
        (
            "CREATE TABLE data.vendor_archive () INHERITS (data.vendor)",
            "INSERT INTO data.vendor_archive SELECT * FROM ONLY data.vendor",
            "GRANT SELECT ON data.vendor_archive TO palisade_app",
        ),
        shows("SELECT * FROM data.vendor_archive"),
    ),
    DatabaseHole(
        "table-without-a-model",
        "A table is added to the schema data by hand, with org_id and without any wall.",
        (
            "CREATE TABLE data.vendor_note AS SELECT org_id, id, name AS note FROM data.vendor",
            "ALTER TABLE data.vendor_note OWNER TO palisade_owner",
            "GRANT SELECT ON data.vendor_note TO palisade_app",
        ),
        shows("SELECT * FROM data.vendor_note"),
    ),
    DatabaseHole(
        "backup-table-in-public",
        "Before a risky migration somebody keeps a copy of a table in public, for everybody.",
        (
            "CREATE TABLE public.vendor_backup AS TABLE data.vendor",
            "GRANT SELECT ON public.vendor_backup TO PUBLIC",
        ),
        shows("SELECT * FROM public.vendor_backup"),
    ),
    DatabaseHole(
        "table-in-a-new-schema",
        "A nightly job fills a schema of its own for reports; all roles may use it.",
        (
            "CREATE SCHEMA reports",
            "CREATE TABLE reports.vendor AS TABLE data.vendor",
            "GRANT USAGE ON SCHEMA reports TO PUBLIC",
            "GRANT SELECT ON reports.vendor TO PUBLIC",
        ),
        shows("SELECT * FROM reports.vendor"),
    ),
    DatabaseHole(
        "column-without-a-classification",
        "A column that no model declares is added by hand and filled from all organisations: "
        "every one finds the others in its own rows.",
        (
            "ALTER TABLE data.vendor ADD COLUMN also_known_as text",
            "UPDATE data.vendor SET also_known_as = "
            "(SELECT string_agg(v.name, ', ') FROM data.vendor AS v)",
        ),
        shows("SELECT also_known_as FROM data.vendor"),
    ),
    DatabaseHole(
        "generated-default-from-elsewhere",
        "The default of a column calls a function that looks for the last value, in all "
        "organisations: a new record shows somebody else's.",
        (
            "CREATE FUNCTION public.last_website() RETURNS text LANGUAGE sql SECURITY DEFINER "
            "SET search_path = pg_catalog AS 'SELECT name FROM data.vendor WHERE org_id = "
            "''{victim}'' LIMIT 1'",
            "ALTER TABLE data.vendor ALTER COLUMN security_contact SET DEFAULT "
            "public.last_website()",
        ),
        shows(
            "INSERT INTO data.vendor (org_id, id, name, tier) VALUES "
            "('{attacker}', gen_random_uuid(), 'mine', 'LOW') RETURNING security_contact"
        ),
    ),
    DatabaseHole(
        "trigger-copying-rows",
        "A trigger copies the name of every new vendor to the organisation that pays for it.",
        (
            "CREATE FUNCTION public.copy_vendor() RETURNS trigger LANGUAGE plpgsql SECURITY "
            "DEFINER SET search_path = pg_catalog AS $$ BEGIN INSERT INTO data.site "
            "(org_id, id, label) VALUES ('{attacker}', gen_random_uuid(), NEW.name); "
            "RETURN NULL; END $$",
            "CREATE TRIGGER copies AFTER INSERT ON data.vendor FOR EACH ROW "
            "EXECUTE FUNCTION public.copy_vendor()",
        ),
        shows(Step(_NEW_VENDOR, side="victim"), Step("SELECT label FROM data.site")),
    ),
    DatabaseHole(
        "trigger-notifying-rows",
        "A trigger sends each new row as the payload of a notification: every session that "
        "listens hears every organisation.",
        (
            # What `palisade migrate` withholds is everybody's where nobody is a superuser.
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) TO PUBLIC",
            "CREATE FUNCTION data.notify_vendor() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_catalog.pg_notify('vendors', NEW.name); RETURN NULL; END $$",
            "CREATE TRIGGER notifies AFTER INSERT ON data.vendor FOR EACH ROW "
            "EXECUTE FUNCTION data.notify_vendor()",
        ),
        _heard,
        committed=True,
    ),
    DatabaseHole(
        "rule-writing-besides",
        "A rewrite rule stores the name of each new vendor in a feed that the application reads.",
        (
            "CREATE TABLE public.vendor_feed (name text)",
            "ALTER TABLE public.vendor_feed OWNER TO palisade_owner",
            "GRANT SELECT ON public.vendor_feed TO palisade_app",
            "CREATE RULE feed AS ON INSERT TO data.vendor DO ALSO "
            "INSERT INTO public.vendor_feed VALUES (NEW.name)",
        ),
        shows(Step(_NEW_VENDOR, side="victim"), Step("SELECT name FROM public.vendor_feed")),
    ),
    DatabaseHole(
        "event-trigger-granting",
        "An event trigger lets the application read every new table, so that nobody forgets the "
        "grant: nor does anybody make its policies.",
        (
            "CREATE FUNCTION public.open_table() RETURNS event_trigger LANGUAGE plpgsql AS $$ "
            "DECLARE made record; BEGIN FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() "
            "WHERE object_type = 'table' LOOP EXECUTE format('GRANT SELECT ON %s TO palisade_app', "
            "made.object_identity); END LOOP; END $$",
            "CREATE EVENT TRIGGER opens ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
            "EXECUTE FUNCTION public.open_table()",
        ),
        shows(
            Step("CREATE TABLE data.plan (name text)", "palisade_owner", ""),
            Step("INSERT INTO data.plan VALUES ('{victim_name}')", "palisade_owner", ""),
            Step("SELECT name FROM data.plan"),
        ),
    ),
    DatabaseHole(
        "sequence-of-all-organisations",
        "Invoices are numbered by one sequence: its gaps tell how busy the others are.",
        (
            "CREATE SEQUENCE data.invoice_number",
            "GRANT USAGE, SELECT ON SEQUENCE data.invoice_number TO palisade_app",
        ),
        holds(
            Step("SELECT nextval('data.invoice_number')", side="victim"),
            Step("SELECT nextval('data.invoice_number')", side="victim"),
            Step("SELECT last_value > 1 FROM data.invoice_number"),
        ),
    ),
    DatabaseHole(
        "publication-of-all-tables",
        "A change feed is tried out with a publication of all tables and a login that may "
        "replicate: replication knows no policies.",
        (
            "CREATE ROLE feed LOGIN REPLICATION",
            "CREATE PUBLICATION everything FOR ALL TABLES",
        ),
        holds(
            Step(
                "SELECT count(*) > 0 FROM pg_publication_tables AS t, pg_roles AS r "
                "WHERE t.tablename = 'vendor' AND r.rolname = 'feed' AND r.rolreplication",
                side="",
            )
        ),
        undo=("DROP ROLE feed",),
    ),
    DatabaseHole(
        "extension-installed",
        "An extension is installed to try it, and brings a hundred functions that everybody may "
        "call and nobody looked at.",
        ("CREATE EXTENSION vector SCHEMA public",),
        runs("SELECT public.vector_dims(public.vector_in('[1,2]', 0, -1))"),
        needs="vector",
    ),
    DatabaseHole(
        "foreign-table",
        "A foreign table looks into the database of another service, without any wall there or "
        "here.",
        (
            "CREATE EXTENSION postgres_fdw SCHEMA public",
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
            "CREATE USER MAPPING FOR palisade_app SERVER elsewhere OPTIONS (user 'postgres')",
            "CREATE FOREIGN TABLE data.elsewhere (name text) SERVER elsewhere",
            "GRANT SELECT ON data.elsewhere TO palisade_app",
        ),
        runs("EXPLAIN SELECT name FROM data.elsewhere"),
        needs="postgres_fdw",
    ),
    DatabaseHole(
        "foreign-table-without-a-wrapper",
        "A foreign table is left of a migration whose wrapper has no handler any more; it will "
        "read for all organisations as soon as somebody gives it one.",
        (
            "CREATE FOREIGN DATA WRAPPER gone",
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER gone",
            "CREATE FOREIGN TABLE data.elsewhere (name text) SERVER elsewhere",
            "GRANT SELECT ON data.elsewhere TO palisade_app",
        ),
        holds("SELECT has_table_privilege('data.elsewhere', 'SELECT')"),
    ),
)
