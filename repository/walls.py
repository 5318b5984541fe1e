"""The walls inside the database, derived from the description and applied after migrations.

Everything here can be applied again at any time and converges: it is how a database gets row
level security, its functions and its grants, whether built fresh or migrated step by step. The
statements run as the owner role. What each function is for, who calls it and how it is attacked
stands in docs/isolation.md.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from models.base import DATA_SCHEMA, PRIVATE_SCHEMA
from models.describe import Catalog, Table

OWNER: Final = "palisade_owner"
APP: Final = "palisade_app"
WORKER: Final = "palisade_worker"

# A class of our own; PostgreSQL leaves those that begin with a letter from I on to others.
SEARCH_REFUSED: Final = "PL001"


class PolicyForm(StrEnum):
    """How the policies call ``palisade.org_id()``.

    SUBSELECT is evaluated once per table reference. BARE is for Citus, which allows no
    sub-select in a policy.
    """

    SUBSELECT = "subselect"
    BARE = "bare"


def wall_statements(catalog: Catalog, *, form: PolicyForm = PolicyForm.SUBSELECT) -> Iterator[str]:
    """The DDL of all walls, in the order in which it is applied."""
    yield f"REVOKE ALL ON SCHEMA {PRIVATE_SCHEMA}, {DATA_SCHEMA} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {PRIVATE_SCHEMA}, {DATA_SCHEMA} TO {APP}"
    for private in catalog.global_tables:
        yield f"REVOKE ALL ON {PRIVATE_SCHEMA}.{private.name} FROM PUBLIC, {APP}, {WORKER}"
    yield from _FUNCTIONS
    yield _ENTER if form is PolicyForm.SUBSELECT else _ENTER_EVERYWHERE
    yield from _callable_by("palisade.enter(text)", APP)
    for table in catalog.tables.values():
        yield from table_statements(table, form=form)


def table_statements(table: Table, *, form: PolicyForm) -> Iterator[str]:
    """The policy and the grants of one org-owned table."""
    name = table.qualified_name
    call = "palisade.org_id()"
    condition = f"org_id = {f'(SELECT {call})' if form is PolicyForm.SUBSELECT else call}"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS of_org ON {name}"
    yield (
        f"CREATE POLICY of_org ON {name} FOR ALL TO {APP} "
        f"USING ({condition}) WITH CHECK ({condition})"
    )
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {APP}, {WORKER}"
    yield f"GRANT {', '.join(_verbs(table))} ON {name} TO {APP}"


def _verbs(table: Table) -> Iterator[str]:
    """What the application may do with a table: what clients do not change is only added to."""
    yield "SELECT"
    yield "INSERT"
    if table.exposure.update or not table.exposure.read:
        yield "UPDATE"
    if table.exposure.delete:
        yield "DELETE"


_REFUSE = """
CREATE OR REPLACE FUNCTION palisade.refuse(reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
  RAISE EXCEPTION '%', reason USING ERRCODE = '28000';
END
$function$
"""

_REFUSE_SEARCH = f"""
CREATE OR REPLACE FUNCTION palisade.refuse_search(field text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
  RAISE EXCEPTION '%', field USING ERRCODE = '{SEARCH_REFUSED}';
END
$function$
"""

# In SQL, because PL/pgSQL prepares its expressions anew in each transaction, which took twice the
# time of all that is done here. The body is bound to its functions and its table when it is
# made, so no search path can change what it means.
_ORG_ID = """
CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE
    WHEN coalesce(current_setting('palisade.context', true), '') = '' THEN NULL
    ELSE coalesce(
      (SELECT split_part(current_setting('palisade.context', true), '|', 2)::uuid
         FROM palisade.context_key AS k
        WHERE k.id = split_part(current_setting('palisade.context', true), '|', 1)
          AND (k.retires_at IS NULL OR k.retires_at > clock_timestamp())
          AND CASE
            WHEN encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(
                   left(current_setting('palisade.context', true), -65), 'UTF8'))), 'hex')
                 = right(current_setting('palisade.context', true), 64)
            THEN to_timestamp(
                   split_part(current_setting('palisade.context', true), '|', 3)::float8)
                 > clock_timestamp()
            ELSE false
          END),
      CASE WHEN palisade.refuse('the organisation context is not valid') THEN NULL::uuid END)
    END;
END
"""

# One context a transaction: a second one of another organisation would let rows of both meet.
# The planner puts this expression in place of the call.
_ENTER = """
CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean
LANGUAGE sql VOLATILE
AS $function$
  SELECT CASE
    WHEN context IS NULL THEN palisade.refuse('there is no organisation context')
    WHEN coalesce(pg_catalog.current_setting('palisade.context', true), '') = ''
      OR pg_catalog.split_part(pg_catalog.current_setting('palisade.context', true), '|', 2)
         = pg_catalog.split_part(context, '|', 2)
    THEN pg_catalog.set_config('palisade.context', context, true) IS NOT NULL
    ELSE palisade.refuse('this transaction belongs to another organisation')
  END
$function$
"""

# On Citus only SET LOCAL reaches the other nodes of a transaction.
_ENTER_EVERYWHERE = """
CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
  present text := pg_catalog.current_setting('palisade.context', true);
BEGIN
  IF present <> ''
     AND pg_catalog.split_part(present, '|', 2) <> pg_catalog.split_part(context, '|', 2)
  THEN
    RAISE EXCEPTION 'this transaction belongs to another organisation' USING ERRCODE = '28000';
  END IF;
  EXECUTE pg_catalog.format('SET LOCAL palisade.context = %L', context);
  RETURN true;
END
$function$
"""

_FIND_ORG = """
CREATE OR REPLACE FUNCTION palisade.find_org(kind text, key text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.org_id FROM palisade.directory_entry d
   WHERE d.kind = find_org.kind AND d.key = find_org.key
$function$
"""

# Once for each organisation, and only for the one whose context the transaction holds.
_REGISTER_ORG = """
CREATE OR REPLACE FUNCTION palisade.register_org(slug text, external text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  org uuid := palisade.org_id();
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

_LIST_ORGS = """
CREATE OR REPLACE FUNCTION palisade.list_orgs() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.org_id FROM palisade.directory_entry d WHERE d.kind = 'id' ORDER BY d.org_id
$function$
"""


def _callable_by(signature: str, *roles: str) -> tuple[str, str]:
    return (
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC, {APP}, {WORKER}",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(roles)}",
    )


_FUNCTIONS: Final = (
    _REFUSE,
    *_callable_by("palisade.refuse(text)", APP),
    _REFUSE_SEARCH,
    *_callable_by("palisade.refuse_search(text)", APP),
    _ORG_ID,
    *_callable_by("palisade.org_id()", APP),
    _FIND_ORG,
    *_callable_by("palisade.find_org(text, text)", APP),
    _REGISTER_ORG,
    *_callable_by("palisade.register_org(text, text)", APP),
    _LIST_ORGS,
    *_callable_by("palisade.list_orgs()", WORKER),
)
