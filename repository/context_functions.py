"""The functions of the database that read a signed context: whose it is, and what it may change.

They are in SQL, because PL/pgSQL prepares its expressions anew in each transaction, which took
twice the time of all that is done here. A body that begins with ATOMIC is bound to its functions
and tables when it is made, so no search path can change what it means.
"""

from typing import Final

# By which `repository/connections.py` knows a change of an organisation that is not active, and a
# search through too many rows. A class of our own: PostgreSQL leaves those that begin with a
# letter from I on to others.
FROZEN_STATE: Final = "PL001"
SEARCH_REFUSED: Final = "PL002"

REFUSE: Final = """
CREATE OR REPLACE FUNCTION palisade.refuse(reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
  RAISE EXCEPTION '%', reason USING ERRCODE = '28000';
END
$function$
"""

REFUSE_CHANGE: Final = f"""
CREATE OR REPLACE FUNCTION palisade.refuse_change() RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
  RAISE EXCEPTION 'the organisation can not be changed now' USING ERRCODE = '{FROZEN_STATE}';
END
$function$
"""

REFUSE_SEARCH: Final = f"""
CREATE OR REPLACE FUNCTION palisade.refuse_search(field text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
BEGIN
  RAISE EXCEPTION '%', field USING ERRCODE = '{SEARCH_REFUSED}';
END
$function$
"""

# The fence keeps the planner from working the id out of a context that nobody has checked yet.
_CHECKED: Final = """(
        SELECT split_part(current_setting('palisade.context', true), '|', 2)::uuid AS id
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
           END"""


def _of_context(found: str) -> str:
    """``found`` for a context that is signed and valid; NULL without one; 28000 for any other."""
    return f"""
  SELECT CASE
    WHEN coalesce(current_setting('palisade.context', true), '') = '' THEN NULL
    ELSE coalesce(
      {found},
      CASE WHEN palisade.refuse('the organisation context is not valid') THEN NULL::uuid END)
    END;"""


ORG_ID: Final = f"""
CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
BEGIN ATOMIC{_of_context(f"{_CHECKED})")}
END
"""


def org_id_for(*, worker_role: str, owner_role: str) -> str:
    """The organisation of the context, if its state allows this kind of change.

    The kinds are INSERT, UPDATE, DELETE, and ERASE for rows that go with their organisation
    alone. An organisation without a row of state is active. The owner's logins are let through:
    a migration changes the rows of every organisation, or the service can't be upgraded.
    """
    owner = f"pg_has_role(session_user, '{owner_role}', 'MEMBER')"
    worker = f"pg_has_role(session_user, '{worker_role}', 'MEMBER')"
    found = f"""(
      SELECT CASE
          WHEN CASE coalesce((SELECT s.state FROM palisade.organisation_state AS s
                               WHERE s.org_id = org.id), 'ACTIVE')
            WHEN 'ACTIVE' THEN kind <> 'ERASE'
            WHEN 'RESTORING' THEN kind <> 'ERASE' AND {worker}
            WHEN 'DELETED' THEN kind IN ('DELETE', 'ERASE') AND {worker}
            ELSE false
          END OR {owner}
          THEN org.id
          ELSE CASE WHEN palisade.refuse_change() THEN NULL::uuid END
        END
        FROM {_CHECKED} OFFSET 0) AS org)"""
    return f"""
CREATE OR REPLACE FUNCTION palisade.org_id_for(kind text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC{_of_context(found)}
END
"""


# One context a transaction: a second one of another organisation would let rows of both meet.
# It runs as its owner, because the application role may not call set_config: with it, injected SQL
# would leave settings behind for the next request on the connection.
ENTER: Final = """
CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER
BEGIN ATOMIC
  SELECT CASE
    WHEN context IS NULL THEN palisade.refuse('there is no organisation context')
    WHEN coalesce(current_setting('palisade.context', true), '') = ''
      OR split_part(current_setting('palisade.context', true), '|', 2)
         = split_part(context, '|', 2)
    THEN set_config('palisade.context', context, true) IS NOT NULL
    ELSE palisade.refuse('this transaction belongs to another organisation')
  END;
END
"""

# On Citus only SET LOCAL reaches the other nodes of a transaction.
ENTER_EVERYWHERE: Final = """
CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
  present text := pg_catalog.current_setting('palisade.context', true);
BEGIN
  IF context IS NULL THEN
    RAISE EXCEPTION 'there is no organisation context' USING ERRCODE = '28000';
  END IF;
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
