"""The functions of the database that stand above organisations: the directory and the lifecycle.

Where one changes something it is the organisation of the signed context, never one of an
argument.
"""

from typing import Final

from models.describe import Catalog
from models.organization import OrganizationStatus

# What stays of an erased organisation: that it was, and how it went.
KEPT: Final = frozenset({"organisation_state", "erasure"})

FIND_ORG: Final = """
CREATE OR REPLACE FUNCTION palisade.find_org(kind text, key text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.org_id FROM palisade.directory_entry d
   WHERE d.kind = find_org.kind AND d.key = find_org.key
$function$
"""

ORG_STATE: Final = """
CREATE OR REPLACE FUNCTION palisade.org_state(org uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
  SELECT coalesce(
    (SELECT s.state FROM palisade.organisation_state AS s WHERE s.org_id = org), 'ACTIVE');
END
"""

# Once for each organisation, and only for the one whose context the transaction holds.
REGISTER_ORG: Final = """
CREATE OR REPLACE FUNCTION palisade.register_org(slug text, external text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id_for('INSERT');
BEGIN
  IF org IS NULL OR EXISTS (SELECT FROM palisade.directory_entry d WHERE d.org_id = org) THEN
    RETURN false;
  END IF;
  INSERT INTO palisade.directory_entry (kind, key, org_id)
  SELECT e.kind, e.key, org
    FROM (VALUES ('id', org::text), ('slug', slug), ('external', external)) AS e (kind, key)
   WHERE e.key IS NOT NULL;
  RETURN true;
END
$function$
"""

LIST_ORGS: Final = """
CREATE OR REPLACE FUNCTION palisade.list_orgs() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.org_id FROM palisade.directory_entry d
   WHERE d.kind = 'id' AND palisade.org_state(d.org_id) <> 'DELETED' ORDER BY d.org_id
$function$
"""

_STATES: Final = ", ".join(f"'{status.value}'" for status in OrganizationStatus)

# Answers the state before; changes it only from one of `sources`, and never from DELETED.
SET_ORG_STATE: Final = f"""
CREATE OR REPLACE FUNCTION palisade.set_org_state(
  target text, sources text[], changed_by text, reason text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id();
  previous text;
BEGIN
  IF target IS NULL OR target NOT IN ({_STATES}) THEN
    RAISE EXCEPTION 'there is no such state' USING ERRCODE = '22023';
  END IF;
  IF NOT EXISTS (SELECT FROM palisade.directory_entry d WHERE d.org_id = org) THEN
    RETURN NULL;
  END IF;
  INSERT INTO palisade.organisation_state (org_id, state, changed_by)
  VALUES (org, 'ACTIVE', set_org_state.changed_by) ON CONFLICT (org_id) DO NOTHING;
  SELECT s.state INTO previous FROM palisade.organisation_state s WHERE s.org_id = org FOR UPDATE;
  IF previous <> 'DELETED' AND previous = ANY (sources) THEN
    UPDATE palisade.organisation_state s
       SET state = target, changed_at = now(), changed_by = set_org_state.changed_by,
           reason = set_org_state.reason
     WHERE s.org_id = org;
  END IF;
  RETURN previous;
END
$function$
"""

# Rows of one table that were deleted in this transaction, added to those deleted before.
RECORD_ERASED: Final = """
CREATE OR REPLACE FUNCTION palisade.record_erased(relation text, deleted bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id();
BEGIN
  IF org IS NULL OR palisade.org_state(org) <> 'DELETED' THEN
    RETURN false;
  END IF;
  INSERT INTO palisade.erasure AS e (org_id, deleted_rows)
  VALUES (org, jsonb_build_object(relation, deleted))
  ON CONFLICT (org_id) DO UPDATE SET deleted_rows = e.deleted_rows || jsonb_build_object(
    relation, coalesce((e.deleted_rows ->> relation)::bigint, 0) + deleted);
  RETURN true;
END
$function$
"""

# Answers the certificate of an erasure that was finished before.
FIND_CERTIFICATE: Final = """
CREATE OR REPLACE FUNCTION palisade.find_certificate(slug_digest text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
  SELECT e.certificate FROM palisade.erasure AS e
   WHERE e.slug_digest = find_certificate.slug_digest AND e.certificate IS NOT NULL
   ORDER BY e.erased_at DESC LIMIT 1;
END
"""

# Answers the certificate that is kept: of two erasures at once that of the first to end.
KEEP_CERTIFICATE: Final = """
CREATE OR REPLACE FUNCTION palisade.keep_certificate(slug_digest text, certificate text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id();
BEGIN
  UPDATE palisade.erasure e
     SET erased_at = now(), slug_digest = keep_certificate.slug_digest,
         certificate = keep_certificate.certificate
   WHERE e.org_id = org AND e.erased_at IS NULL AND palisade.org_state(org) = 'DELETED';
  RETURN (SELECT e.certificate FROM palisade.erasure e WHERE e.org_id = org);
END
$function$
"""


def forget_org(catalog: Catalog) -> str:
    """Deletes what global tables hold of a deleted organisation.

    Answers the rows deleted so far by table, and how many are left in the global tables.
    """
    names = [
        table.name
        for table in catalog.global_tables
        if "org_id" in table.c and table.name not in KEPT
    ]
    deletions = "\n".join(
        f"  DELETE FROM palisade.{name} t WHERE t.org_id = org;\n"
        f"  GET DIAGNOSTICS gone = ROW_COUNT;\n"
        f"  PERFORM palisade.record_erased('palisade.{name}', gone);"
        for name in names
    )
    left = ", ".join(
        f"'palisade.{name}', (SELECT count(*) FROM palisade.{name} t WHERE t.org_id = org)"
        for name in names
    )
    return f"""
CREATE OR REPLACE FUNCTION palisade.forget_org(OUT deleted jsonb, OUT remaining jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id();
  gone bigint;
BEGIN
  IF org IS NULL OR palisade.org_state(org) <> 'DELETED' THEN
    RETURN;
  END IF;
{deletions}
  SELECT e.deleted_rows INTO deleted FROM palisade.erasure e WHERE e.org_id = org;
  remaining := jsonb_build_object({left});
END
$function$
"""
