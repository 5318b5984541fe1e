"""What breaks each rule that looks at the database: SQL for a superuser in a transaction."""

from repository.server_functions import WITHHELD

KEY = "INSERT INTO palisade.context_key (id, inner_pad, outer_pad) VALUES"
FUNCTION = "CREATE FUNCTION data.evil() RETURNS int LANGUAGE sql AS 'SELECT 1';"
TRIGGER = "CREATE FUNCTION data.evil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
# As PostgreSQL comes.
UNTAKEN = f"""DO $do$ DECLARE f regprocedure; BEGIN
FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
  AND proname LIKE ANY (ARRAY[{", ".join(f"'{pattern}'" for pattern in WITHHELD)}])
LOOP
  EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f);
  EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM palisade_owner, palisade_worker', f);
END LOOP;
GRANT UPDATE ON pg_settings TO PUBLIC;
REVOKE SELECT ON pg_class FROM palisade_owner;
GRANT SELECT ON pg_class TO PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql, sql FROM palisade_owner;
GRANT USAGE ON LANGUAGE plpgsql, sql TO PUBLIC;
END $do$"""

PLANTS = {
    # Roles
    "role-above-walls": "ALTER ROLE palisade_app BYPASSRLS",
    "role-attribute": "ALTER ROLE palisade_worker CREATEROLE",
    "missing-role": "ALTER ROLE palisade_worker RENAME TO somebody",
    "unexplained-membership": "GRANT pg_read_all_data TO palisade_app",
    "membership-options": "GRANT palisade_app TO palisade_owner WITH INHERIT TRUE",
    "missing-membership": "REVOKE palisade_app FROM palisade_owner",
    "outside-member": "CREATE ROLE somebody; GRANT palisade_worker TO somebody",
    "stranger-above-walls": "CREATE ROLE somebody LOGIN BYPASSRLS",
    "dangerous-setting": "ALTER ROLE palisade_app SET row_security = off",
    "role-setting": "ALTER ROLE palisade_app SET enable_indexscan = off",
    "missing-role-setting": "ALTER ROLE palisade_app SET statement_timeout = 0",
    # Relations
    "unexplained-schema": "CREATE SCHEMA evil",
    "schema-owner": "ALTER SCHEMA data OWNER TO postgres",
    "unexplained-table": "CREATE TABLE data.evil (id uuid)",
    "unexplained-partitioned-table": "CREATE TABLE data.evil (id uuid) PARTITION BY HASH (id)",
    "unexplained-view": "CREATE VIEW data.evil AS SELECT * FROM data.vendor",
    "unexplained-materialised-view": "CREATE MATERIALIZED VIEW data.evil AS TABLE data.vendor",
    "unexplained-foreign-table": (
        "CREATE FOREIGN DATA WRAPPER evil; CREATE SERVER evil FOREIGN DATA WRAPPER evil; "
        "CREATE FOREIGN TABLE data.evil (id uuid) SERVER evil"
    ),
    "unexplained-sequence": "CREATE SEQUENCE data.evil",
    "unexplained-composite-type": "CREATE TYPE data.evil AS (id uuid)",
    "missing-table": "DROP TABLE data.vendor CASCADE",
    "relation-kind": "DROP TABLE palisade.erasure CASCADE; CREATE VIEW palisade.erasure AS SELECT 1",
    "relation-owner": "ALTER TABLE data.vendor OWNER TO postgres",
    "inheritance": "CREATE TABLE data.evil () INHERITS (data.vendor)",
    "temporary-relation": "CREATE TEMP TABLE evil (); ALTER TABLE evil OWNER TO palisade_app",
    "unlogged-table": "ALTER TABLE palisade.erasure SET UNLOGGED",
    "rls-disabled": "ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY",
    "rls-unexpected": "ALTER TABLE palisade.erasure ENABLE ROW LEVEL SECURITY",
    "rls-not-forced": "ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY",
    # Columns
    "unclassified-column": "ALTER TABLE data.vendor ADD evil text",
    "missing-column": "ALTER TABLE data.vendor DROP website",
    "column-type": "ALTER TABLE data.vendor ALTER website TYPE varchar(99)",
    "nullable-org-column": (
        "ALTER TABLE data.outbox_message DROP CONSTRAINT pk_outbox_message; "
        "ALTER TABLE data.outbox_message ALTER org_id DROP NOT NULL"
    ),
    "column-nullability": "ALTER TABLE data.vendor ALTER name DROP NOT NULL",
    "computed-default": "ALTER TABLE data.vendor ALTER name SET DEFAULT current_query()",
    "column-default": "ALTER TABLE data.vendor ALTER name SET DEFAULT 'x'",
    # Policies
    "missing-policy": "DROP POLICY of_org ON data.vendor",
    "additional-policy": "CREATE POLICY evil ON data.vendor FOR SELECT TO palisade_app USING (true)",
    "policy-expression": (
        "ALTER POLICY of_org ON data.vendor USING (org_id = (SELECT palisade.org_id()) OR true)"
    ),
    "policy-command": (
        "DROP POLICY of_org ON data.vendor; CREATE POLICY of_org ON data.vendor FOR ALL "
        "TO palisade_app USING (org_id = (SELECT palisade.org_id()))"
    ),
    "policy-roles": "ALTER POLICY of_org ON data.vendor TO PUBLIC",
    "policy-restrictive": (
        "DROP POLICY of_org ON data.vendor; CREATE POLICY of_org ON data.vendor AS RESTRICTIVE "
        "FOR SELECT TO palisade_app USING (org_id = (SELECT palisade.org_id()))"
    ),
    # Keys
    "unique-across-organisations": "CREATE UNIQUE INDEX evil ON data.vendor (name)",
    "additional-unique-index": "CREATE UNIQUE INDEX evil ON data.vendor (org_id, website)",
    "additional-index": "CREATE INDEX evil ON data.vendor (org_id, website)",
    "computing-index": "CREATE INDEX evil ON data.vendor (org_id, lower(name))",
    "invalid-index": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'data.pk_user_record'::regclass"
    ),
    "missing-key": "ALTER TABLE data.outbox_message DROP CONSTRAINT pk_outbox_message",
    "missing-index": "DROP INDEX data.ix_answer_question_id",
    "foreign-key-across-organisations": (
        "CREATE UNIQUE INDEX evil ON data.vendor (id); ALTER TABLE data.answer "
        "ADD CONSTRAINT evil FOREIGN KEY (question_id) REFERENCES data.vendor (id)"
    ),
    "foreign-key-action": (
        "ALTER TABLE data.contract DROP CONSTRAINT fk_contract_vendor_id, "
        "ADD CONSTRAINT fk_contract_vendor_id FOREIGN KEY (org_id, vendor_id) "
        "REFERENCES data.vendor (org_id, id) ON UPDATE CASCADE"
    ),
    "missing-foreign-key": "ALTER TABLE data.contract DROP CONSTRAINT fk_contract_vendor_id",
    "unexplained-constraint": "ALTER TABLE data.vendor ADD CONSTRAINT evil CHECK (name <> 'x')",
    "missing-check": "ALTER TABLE data.organization DROP CONSTRAINT {check}",
    "changed-check": (
        "ALTER TABLE data.organization DROP CONSTRAINT {check}, "
        "ADD CONSTRAINT {check} CHECK (id = org_id OR slug <> '')"
    ),
    "constraint-not-valid": (
        "ALTER TABLE data.contract DROP CONSTRAINT fk_contract_vendor_id, "
        "ADD CONSTRAINT fk_contract_vendor_id FOREIGN KEY (org_id, vendor_id) "
        "REFERENCES data.vendor (org_id, id) NOT VALID"
    ),
    "unexplained-trigger": (
        f"{TRIGGER} CREATE TRIGGER evil BEFORE INSERT ON data.vendor "
        "FOR EACH ROW EXECUTE FUNCTION data.evil()"
    ),
    "disabled-constraint": "ALTER TABLE data.contract DISABLE TRIGGER ALL",
    # Functions
    "unexplained-function": FUNCTION,
    "unlisted-privilege": "ALTER FUNCTION palisade.refuse(text) SECURITY DEFINER",
    "built-in-functions-differ": "ALTER FUNCTION pg_catalog.textlike LEAKPROOF",
    "changed-built-in-function": "ALTER FUNCTION pg_catalog.abs(int) SECURITY DEFINER",
    "missing-function": "DROP FUNCTION palisade.list_orgs()",
    "function-owner": "ALTER FUNCTION palisade.list_orgs() OWNER TO postgres",
    "function-definer": "ALTER FUNCTION palisade.org_id() SECURITY INVOKER",
    "function-search-path": "ALTER FUNCTION palisade.list_orgs() RESET search_path",
    "function-leakproof": "ALTER FUNCTION palisade.org_id() LEAKPROOF",
    "function-volatility": "ALTER FUNCTION palisade.org_id() VOLATILE",
    "function-language": (
        "CREATE OR REPLACE FUNCTION palisade.refuse(reason text) RETURNS boolean LANGUAGE sql "
        "AS 'SELECT true'"
    ),
    "function-body": (
        "CREATE OR REPLACE FUNCTION palisade.org_state(org uuid) RETURNS text LANGUAGE sql STABLE "
        "SECURITY DEFINER BEGIN ATOMIC SELECT 'ACTIVE'; END"
    ),
    # Grants
    "unexplained-grant": "GRANT TRUNCATE ON data.vendor TO palisade_app",
    "grant-to-stranger": "CREATE ROLE somebody; GRANT SELECT ON data.vendor TO somebody",
    "grant-option": "GRANT SELECT ON data.vendor TO palisade_app WITH GRANT OPTION",
    "missing-grant": "REVOKE SELECT ON data.vendor FROM palisade_app",
    "schema-create": "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "built-in-grant": "GRANT SELECT ON pg_catalog.pg_authid TO palisade_app",
    "withheld-privilege": "GRANT EXECUTE ON FUNCTION pg_catalog.lo_create(oid) TO PUBLIC",
    "missing-worker-function": (
        "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM palisade_worker"
    ),
    "readable-statement-statistics": (
        "CREATE VIEW public.pg_stat_statements AS SELECT 1; "
        "GRANT SELECT ON public.pg_stat_statements TO PUBLIC"
    ),
    "parameter-grant": "GRANT SET ON PARAMETER session_replication_role TO palisade_app",
    "database-privilege": "GRANT TEMPORARY ON DATABASE {database} TO PUBLIC",
    # Other objects
    "unexplained-operator": (
        "CREATE OPERATOR data.=== (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_eq)"
    ),
    "unexplained-operator-class": (
        "CREATE OPERATOR CLASS data.evil FOR TYPE uuid USING hash AS "
        "OPERATOR 1 =, FUNCTION 1 uuid_hash(uuid)"
    ),
    "unexplained-operator-family": "CREATE OPERATOR FAMILY data.evil USING btree",
    "unexplained-cast": "CREATE CAST (text AS uuid) WITH INOUT AS IMPLICIT",
    "unexplained-type": "CREATE DOMAIN data.evil AS uuid",
    "unexplained-collation": "CREATE COLLATION data.evil (provider = libc, locale = 'C')",
    "unexplained-conversion": (
        "CREATE CONVERSION data.evil FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1"
    ),
    "unexplained-access-method": "CREATE ACCESS METHOD evil TYPE TABLE HANDLER heap_tableam_handler",
    "unexplained-text-search-configuration": (
        "CREATE TEXT SEARCH CONFIGURATION data.evil (COPY = simple)"
    ),
    "unexplained-text-search-dictionary": (
        "CREATE TEXT SEARCH DICTIONARY data.evil (TEMPLATE = simple)"
    ),
    "unexplained-text-search-parser": (
        "CREATE TEXT SEARCH PARSER data.evil (START = prsd_start, GETTOKEN = prsd_nexttoken, "
        "END = prsd_end, LEXTYPES = prsd_lextype)"
    ),
    "unexplained-text-search-template": (
        "CREATE TEXT SEARCH TEMPLATE data.evil (LEXIZE = dsimple_lexize)"
    ),
    "unexplained-transform": (
        "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), "
        "TO SQL WITH FUNCTION int4recv(internal))"
    ),
    "unexplained-language": "CREATE LANGUAGE evil HANDLER plpgsql_call_handler",
    "unexplained-event-trigger": (
        "CREATE FUNCTION data.evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
        "CREATE EVENT TRIGGER evil ON ddl_command_end EXECUTE FUNCTION data.evil()"
    ),
    "unexplained-rule": "CREATE RULE evil AS ON DELETE TO data.vendor DO INSTEAD NOTHING",
    "unexplained-foreign-data-wrapper": "CREATE FOREIGN DATA WRAPPER evil",
    "unexplained-foreign-server": (
        "CREATE FOREIGN DATA WRAPPER evil; CREATE SERVER evil FOREIGN DATA WRAPPER evil"
    ),
    "unexplained-user-mapping": (
        "CREATE FOREIGN DATA WRAPPER evil; CREATE SERVER evil FOREIGN DATA WRAPPER evil; "
        "CREATE USER MAPPING FOR PUBLIC SERVER evil"
    ),
    "unexplained-publication": "CREATE PUBLICATION evil FOR TABLE data.vendor",
    "unexplained-subscription": (
        "CREATE SUBSCRIPTION evil CONNECTION 'host=127.0.0.1' PUBLICATION evil "
        "WITH (connect = false, slot_name = NONE)"
    ),
    "unexplained-extended-statistics": (
        "CREATE STATISTICS data.evil ON name, website FROM data.vendor"
    ),
    "unexplained-large-object": "SELECT lo_create(4711)",
    # Rows
    "lasting-context-key": f"{KEY} ('evil', '', '')",
    "former-context-key": f"{KEY} ('evil', '', ''); UPDATE palisade.context_key "
    "SET retires_at = now() + interval '1 day' WHERE id = 'evil'",
    "misleading-directory-entry": (
        "INSERT INTO palisade.directory_entry SELECT kind, 'evil-' || key, org_id "
        "FROM (VALUES ('id', 'x', gen_random_uuid())) AS made (kind, key, org_id)"
    ),
    "unexplained-default-privilege": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    # What the catalog's rows say
    "stored-operator": (
        "CREATE CAST (text AS pg_node_tree) WITHOUT FUNCTION; UPDATE pg_policy SET polqual = "
        "regexp_replace(polqual::text, ':opfuncid \\d+', ':opfuncid ' || "
        "'pg_catalog.uuid_ne'::regproc::oid)::pg_node_tree "
        "WHERE polrelid = 'data.vendor'::regclass; DROP CAST (text AS pg_node_tree)"
    ),
    "unwatched-foreign-key": "DELETE FROM pg_trigger WHERE tgisinternal",
    "default-argument": (
        "CREATE OR REPLACE FUNCTION palisade.refuse(reason text DEFAULT '') RETURNS boolean "
        "LANGUAGE sql AS 'SELECT true'"
    ),
    "altered-built-in": (
        "UPDATE pg_operator SET oprcode = 'pg_catalog.uuid_ne' "
        "WHERE oid = 'pg_catalog.=(uuid, uuid)'::regoperator"
    ),
    "altered-built-in-view": (
        "UPDATE pg_rewrite SET ev_enabled = 'A' WHERE ev_class = 'pg_catalog.pg_stats'::regclass"
    ),
    "extension-member": (
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, "
        "extversion) VALUES (99999, 'pg_stat_statements', 10, 'public'::regnamespace, false, '1'); "
        f"{FUNCTION} ALTER EXTENSION pg_stat_statements ADD FUNCTION data.evil()"
    ),
    "unexplained-comment": "COMMENT ON TABLE data.vendor IS 'such as Evil Ltd'",
    "database-owner": "ALTER DATABASE {database} OWNER TO palisade_app",
    # The server
    "logs-statements": "SET LOCAL log_statement = 'all'",
    "logs-parameters-of-errors": "SET LOCAL log_parameter_max_length_on_error = 99",
    "session-replication-role": "SET LOCAL session_replication_role = replica",
    "preloaded-library": "SET LOCAL session_preload_libraries = 'auto_explain'",
    "system-table-mods": "SET LOCAL allow_system_table_mods = on",
}

# The same rules, met in another way: rule and SQL.
VARIANTS = (
    ("schema-owner", "ALTER SCHEMA public OWNER TO palisade_app"),
    (
        "unwatched-foreign-key",
        "UPDATE pg_trigger SET tgfoid = 'pg_catalog.\"RI_FKey_cascade_del\"'::regproc "
        "WHERE tgfoid = 'pg_catalog.\"RI_FKey_noaction_upd\"'::regproc",
    ),
    ("altered-built-in", "ALTER FUNCTION pg_catalog.textout(text) LEAKPROOF"),
    ("unexplained-grant", "GRANT SELECT (inner_pad) ON palisade.context_key TO palisade_app"),
    ("unexplained-grant", "GRANT SELECT ON palisade.directory_entry TO PUBLIC"),
    ("unexplained-grant", "GRANT EXECUTE ON FUNCTION palisade.list_orgs() TO palisade_app"),
    ("unexplained-grant", "GRANT USAGE ON SCHEMA data TO PUBLIC"),
    ("unexplained-grant", "GRANT CREATE ON TABLESPACE pg_default TO palisade_app"),
    ("unexplained-grant", "GRANT DELETE ON data.audit_event TO palisade_app"),
    (
        "unexplained-grant",
        "CREATE ROLE x; GRANT x TO palisade_app; GRANT SELECT ON data.vendor TO x",
    ),
    ("schema-create", "GRANT CREATE ON SCHEMA data TO palisade_app"),
    ("database-privilege", "GRANT CREATE ON DATABASE {database} TO palisade_app"),
    ("withheld-privilege", "GRANT EXECUTE ON FUNCTION pg_cancel_backend(int) TO palisade_app"),
    ("withheld-privilege", "GRANT UPDATE ON pg_settings TO PUBLIC"),
    ("withheld-privilege", "GRANT SELECT ON pg_class TO palisade_worker"),
    ("withheld-privilege", "GRANT SELECT (reltuples) ON pg_class TO PUBLIC"),
    ("withheld-privilege", "GRANT USAGE ON LANGUAGE sql TO PUBLIC"),
    ("withheld-privilege", "GRANT EXECUTE ON FUNCTION query_to_xml(text,bool,bool,text) TO PUBLIC"),
    ("built-in-grant", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO palisade_app"),
    ("built-in-grant", "GRANT SELECT (rolpassword) ON pg_authid TO PUBLIC"),
    (
        "unexplained-membership",
        "REVOKE palisade_app FROM palisade_owner; GRANT palisade_owner TO palisade_app",
    ),
    (
        "unexplained-membership",
        "REVOKE palisade_app FROM palisade_worker; GRANT palisade_worker TO palisade_app WITH INHERIT FALSE",
    ),
    ("unexplained-membership", "GRANT pg_execute_server_program TO palisade_worker"),
    ("membership-options", "GRANT palisade_app TO palisade_worker WITH ADMIN TRUE"),
    ("role-above-walls", "ALTER ROLE palisade_worker SUPERUSER"),
    ("role-above-walls", "ALTER ROLE palisade_owner BYPASSRLS"),
    ("role-attribute", "ALTER ROLE palisade_app REPLICATION"),
    ("dangerous-setting", "ALTER ROLE palisade_app SET search_path = data, public"),
    ("dangerous-setting", "ALTER ROLE ALL SET session_replication_role = replica"),
    ("dangerous-setting", "ALTER DATABASE {database} SET role = palisade_owner"),
    ("dangerous-setting", "ALTER ROLE palisade_app SET palisade.context = 'x'"),
    ("missing-role-setting", "ALTER ROLE palisade_app RESET ALL"),
    ("unexplained-view", "CREATE VIEW data.v WITH (security_invoker) AS TABLE data.vendor"),
    ("unexplained-table", "CREATE TABLE public.copied AS TABLE data.vendor"),
    ("unexplained-table", "CREATE TABLE information_schema.evil (id uuid)"),
    ("policy-expression", "ALTER POLICY of_org_insert ON data.vendor WITH CHECK (true)"),
    ("policy-expression", "ALTER POLICY of_org_update ON data.vendor WITH CHECK (org_id = id)"),
    (
        "policy-expression",
        "ALTER POLICY of_org_delete ON data.vendor "
        "USING (org_id = (SELECT palisade.org_id_for('UPDATE')))",
    ),
    ("additional-policy", "CREATE POLICY evil ON palisade.context_key USING (true)"),
    ("additional-policy", "CREATE POLICY evil ON data.vendor AS RESTRICTIVE USING (true)"),
    (
        "function-body",
        "CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid LANGUAGE sql STABLE "
        "SECURITY DEFINER PARALLEL SAFE BEGIN ATOMIC "
        "SELECT nullif(current_setting('palisade.context', true), '')::uuid; END",
    ),
    (
        "function-body",
        "CREATE OR REPLACE FUNCTION palisade.list_orgs() RETURNS SETOF uuid LANGUAGE sql STABLE "
        "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT NULL::uuid'",
    ),
    ("function-search-path", "ALTER FUNCTION palisade.org_id() SET search_path = public"),
    ("function-definer", "ALTER FUNCTION palisade.find_org(text, text) SECURITY INVOKER"),
    (
        "unexplained-function",
        "CREATE FUNCTION palisade.org_id(text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    ),
    ("unexplained-function", "CREATE PROCEDURE public.evil() LANGUAGE sql AS 'SELECT 1'"),
    ("unexplained-function", "CREATE AGGREGATE public.evil(int) (SFUNC = int4pl, STYPE = int)"),
    (
        "built-in-functions-differ",
        "CREATE OR REPLACE FUNCTION pg_catalog.starts_with(text, text) RETURNS boolean "
        "LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    ),
    ("missing-key", "ALTER TABLE data.organization DROP CONSTRAINT uq_organization_org_id_slug"),
    ("missing-key", "ALTER TABLE palisade.directory_entry DROP CONSTRAINT pk_directory_entry"),
    ("computing-index", "CREATE INDEX evil ON data.vendor (org_id) WHERE length(name) > 3"),
    (
        "foreign-key-action",
        "ALTER TABLE data.contract DROP CONSTRAINT fk_contract_vendor_id, "
        "ADD CONSTRAINT fk_contract_vendor_id FOREIGN KEY (org_id, vendor_id) "
        "REFERENCES data.vendor (org_id, id) ON DELETE SET NULL",
    ),
    ("unexplained-constraint", "ALTER TABLE data.vendor ADD EXCLUDE (org_id WITH =, name WITH =)"),
    (
        "changed-check",
        "ALTER TABLE data.organization DROP CONSTRAINT {check}, "
        "ADD CONSTRAINT {check} CHECK (true)",
    ),
    ("disabled-constraint", "ALTER TABLE data.vendor DISABLE TRIGGER ALL"),
    (
        "computed-default",
        "ALTER TABLE data.outbox_message ALTER version DROP DEFAULT, ALTER version ADD GENERATED ALWAYS AS IDENTITY",
    ),
    (
        "unexplained-default-privilege",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA data GRANT ALL ON TABLES TO palisade_app",
    ),
    ("unexplained-publication", "CREATE PUBLICATION evil FOR ALL TABLES"),
    ("unexplained-type", "CREATE TYPE data.evil AS ENUM ('a')"),
    (
        "unexplained-operator",
        "CREATE OPERATOR pg_catalog.=== (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_eq)",
    ),
    ("logs-statements", "SET LOCAL log_min_duration_statement = 0"),
    ("unlisted-privilege", "CREATE TABLE palisade.evil (id uuid)"),
)
