"""The SQL that fills the databases, opens them to the peers and cleans them up.

An organisation has 20 vendors, 50 integrations and 8 events an integration. Rows are made in the
order of time, in which those of many organisations alternate, as they would have arrived.
"""

from typing import Final

PEER: Final = "bench_peer"
"""The peers' own role: bound by policies of its own, simpler and cheaper than ours."""

BYPASS: Final = "bench_bypass"
"""A role that row level security does not bind."""

MADE_IDS: Final = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(1767225600000 + n), 12, '0') || '7' || substr(md5(kind || n), 1, 3)
          || '8' || substr(md5(kind || n), 4, 15))::uuid
$$;
CREATE FUNCTION bench.pick(n bigint, VARIADIC choices text[]) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT choices[1 + n % cardinality(choices)] $$;
"""

ORGANISATIONS: Final = """
INSERT INTO data.organization (org_id, id, slug, name)
SELECT id, id, 'org-' || n, 'Organisation ' || n
  FROM generate_series(1, {orgs}) n, bench.id('org', n) id;
INSERT INTO palisade.directory_entry (kind, key, org_id)
SELECT kind, CASE kind WHEN 'id' THEN id::text ELSE slug END, id
  FROM data.organization, (VALUES ('id'), ('slug')) kinds (kind);
"""

VENDORS: Final = """
INSERT INTO data.vendor (org_id, id, name, website, country, tier, risk_score, security_contact,
                         created_at, updated_at)
SELECT bench.id('org', o), bench.id('vendor', v * 100000 + o),
       bench.pick(v * 7 + o, 'Northwind', 'Initech', 'Größe & Söhne', 'Acme "Cloud"', 'Umbra')
         || ' ' || bench.pick(v + o, 'Systems', 'Labs', 'Payments', 'Logistics') || ' ' || v,
       CASE WHEN (v + o) % 4 > 0 THEN 'https://vendor' || v || '.example.com/' END,
       bench.pick(v * 3 + o, 'DE', 'US', 'FR', NULL, 'JP'),
       bench.pick(v + o * 3, 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'),
       CASE WHEN (v * 3 + o) % 5 > 0 THEN (v * 37 + o * 11) % 101 END,
       CASE WHEN (v + o) % 3 > 0 THEN 'security' || v || '@example.com' END,
       at, at
  FROM generate_series(1, 20) v, generate_series(1, {orgs}) o,
       LATERAL (SELECT '2026-01-02 03:04:05.006Z'::timestamptz
                       + v * interval '3 hours' + o * interval '1.000007 seconds' AS at) t;
"""

# The first vendors have more integrations than a page of the tree shows, the last ones one or two.
INTEGRATIONS: Final = """
INSERT INTO data.integration (org_id, id, name, status, auth_method, base_url, scopes,
                              last_sync_at, vendor_id, created_at, updated_at)
SELECT bench.id('org', o), bench.id('integration', k * 100000 + o),
       bench.pick(k * 5 + o, 'Payroll sync', 'CRM export', 'Ticket "bridge"', 'Überweisung',
                  'Data lake', 'Identity feed', 'Billing', 'Single sign-on') || ' ' || k,
       bench.pick(k + o, 'ACTIVE', 'ACTIVE', 'ACTIVE', 'SUSPENDED', 'PROPOSED',
                  'RETIRED'),
       bench.pick(k * 3 + o, 'OAUTH2_AUTHORIZATION_CODE', 'OAUTH2_CLIENT_CREDENTIALS', 'SAML',
                  'PRIVATE_KEY_JWT', 'API_KEY', 'WEBHOOK_SECRET', 'MUTUAL_TLS'),
       CASE WHEN (k + o) % 3 > 0 THEN 'https://api.example.com/v2/tenants/' || o || '/' || k END,
       (ARRAY['contacts:read', 'contacts:write', 'invoices:read', 'profile', 'files.readonly',
              'admin "all"'])[1 : (k + o) % 5],
       CASE WHEN (k * 7 + o) % 4 > 0 THEN at + interval '40 days 2.5 hours' END,
       bench.id('vendor', (1 + floor(20 * ((k * 17 % 50) / 50.0) ^ 1.5))::bigint * 100000 + o),
       at, at
  FROM generate_series(1, 50) k, generate_series(1, {orgs}) o,
       LATERAL (SELECT '2026-02-03 04:05:06Z'::timestamptz
                       + k * interval '5 hours' + o * interval '1.000013 seconds' AS at) t;
"""

EVENTS: Final = """
INSERT INTO data.security_event (org_id, id, event_class, severity, at, summary, source_address,
                                 details, integration_id, created_at, updated_at)
SELECT bench.id('org', o), bench.id('event', (e * 50 + k) * 100000 + o),
       bench.pick(e * 3 + k + o, 'AUTHENTICATION', 'AUTHORIZE_SESSION', 'ACCOUNT_CHANGE',
                  'USER_ACCESS', 'DATASTORE_ACTIVITY', 'API_ACTIVITY', 'ENTITY_MANAGEMENT',
                  'DETECTION_FINDING'),
       (e * 5 + k + o) % 7, at,
       CASE WHEN (e + k) % 2 = 0 THEN 'Something happened to integration ' || k END,
       CASE WHEN (e + k + o) % 3 > 0 THEN '192.0.2.' || (k + e) END,
       CASE WHEN (e + o) % 4 = 0 THEN jsonb_build_object('attempts', e, 'agent', 'sync/' || k) END,
       bench.id('integration', k * 100000 + o), at, at
  FROM generate_series(1, 8) e, generate_series(1, 50) k, generate_series(1, {orgs}) o,
       LATERAL (SELECT '2026-05-06 07:08:09Z'::timestamptz + e * interval '31 hours'
                       + k * interval '1.7 hours' + o * interval '0.000019 seconds' AS at) t;
"""

_TABLES: Final = ("vendor", "integration", "security_event")

# The peers' roles get what our own has: no compilation, plans made once. Their inserts get the id
# and the organisation that ours are given by the service.
ACCESS_FOR_PEERS: Final = (
    f"CREATE ROLE {PEER} LOGIN",
    f"CREATE ROLE {BYPASS} LOGIN BYPASSRLS",
    *(
        f"ALTER ROLE {role} SET {setting}"
        for role in (PEER, BYPASS)
        for setting in ("timezone = 'UTC'", "plan_cache_mode = force_generic_plan", "jit = off")
    ),
    f"GRANT USAGE ON SCHEMA data TO {PEER}, {BYPASS}",
    *(f"GRANT SELECT, INSERT ON data.{table} TO {PEER}, {BYPASS}" for table in _TABLES),
    # What our migration withholds from everybody: PostGraphile tells its policies who asks by a
    # setting, drivers turn JIT off by one, and both look through the whole catalog.
    f"GRANT EXECUTE ON FUNCTION set_config TO {PEER}, {BYPASS}",
    f"GRANT SELECT ON pg_class TO {PEER}, {BYPASS}",
    *(
        f"CREATE POLICY of_peer ON data.{table} FOR ALL TO {PEER} "
        "USING (org_id = (SELECT current_setting('peer.org_id', true)::uuid))"
        for table in _TABLES
    ),
    "ALTER TABLE data.integration ALTER id SET DEFAULT uuidv7(), "
    "ALTER org_id SET DEFAULT current_setting('peer.org_id', true)::uuid",
)

# Nothing keeps organisations apart there but the predicates of the statements. What asks whether
# the context was accepted still gets an answer.
NO_WALLS: Final = (
    "DO $do$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class "
    "WHERE relnamespace = 'data'::regnamespace AND relkind = 'r' LOOP EXECUTE format("
    "'ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', t); "
    "END LOOP; END $do$",
    "CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean "
    "LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    "CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid "
    "LANGUAGE sql IMMUTABLE AS $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$",
)

SETTLED: Final = ("VACUUM ANALYZE",)

CREATED_PREFIX: Final = "Made by request "
CREATED: Final = f"SELECT count(*) FROM data.integration WHERE name LIKE '{CREATED_PREFIX}%'"
CLEARED: Final = (
    f"DELETE FROM data.integration WHERE name LIKE '{CREATED_PREFIX}%'",
    "TRUNCATE data.audit_event, data.outbox_message",
)
