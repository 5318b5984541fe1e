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
from repository import context_functions, directory_functions

OWNER: Final = "palisade_owner"
APP: Final = "palisade_app"
WORKER: Final = "palisade_worker"


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
    yield from _function_statements(catalog, form=form)
    for table in catalog.tables.values():
        yield from table_statements(table, form=form)


def table_statements(table: Table, *, form: PolicyForm) -> Iterator[str]:
    """The policies and the grants of one org-owned table.

    Reading asks for the organisation of the context alone, every change for its state as well.
    """
    name = table.qualified_name
    read, inserted, updated = (
        _condition(call, form)
        for call in ("org_id()", "org_id_for('INSERT')", "org_id_for('UPDATE')")
    )
    # What clients don't delete goes with its organisation alone.
    removal = "DELETE" if table.exposure.delete else "ERASE"
    removed = _condition(f"org_id_for('{removal}')", form)
    policies = {
        "SELECT": f"USING ({read})",
        "INSERT": f"WITH CHECK ({inserted})",
        "UPDATE": f"USING ({read}) WITH CHECK ({updated})",
        "DELETE": f"USING ({removed})",
    }
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for verb, condition in policies.items():
        policy = "of_org" if verb == "SELECT" else f"of_org_{verb.lower()}"
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
        yield f"CREATE POLICY {policy} ON {name} FOR {verb} TO {APP} {condition}"
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {APP}, {WORKER}"
    yield f"GRANT {', '.join(_verbs(table))} ON {name} TO {APP}"
    yield f"GRANT DELETE ON {name} TO {WORKER}"


def _condition(call: str, form: PolicyForm) -> str:
    call = f"{PRIVATE_SCHEMA}.{call}"
    return f"org_id = {f'(SELECT {call})' if form is PolicyForm.SUBSELECT else call}"


def _verbs(table: Table) -> Iterator[str]:
    """What the application may do with a table: what clients do not change is only added to."""
    yield "SELECT"
    yield "INSERT"
    if table.exposure.update or not table.exposure.read:
        yield "UPDATE"
    if table.exposure.delete:
        yield "DELETE"


def _callable_by(signature: str, *roles: str) -> tuple[str, str]:
    return (
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC, {APP}, {WORKER}",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(roles)}",
    )


def _function_statements(catalog: Catalog, *, form: PolicyForm) -> Iterator[str]:
    """Every function, each followed by who may call it; the ones that others call come first."""
    inlined = form is PolicyForm.SUBSELECT
    may_change = context_functions.org_id_for(worker_role=WORKER, owner_role=OWNER)
    enter = context_functions.ENTER if inlined else context_functions.ENTER_EVERYWHERE
    for text, signature, caller in (
        (context_functions.REFUSE, "refuse(text)", APP),
        (context_functions.REFUSE_CHANGE, "refuse_change()", APP),
        (context_functions.REFUSE_SEARCH, "refuse_search(text)", APP),
        (context_functions.ORG_ID, "org_id()", APP),
        (may_change, "org_id_for(text)", APP),
        (enter, "enter(text)", APP),
        (directory_functions.FIND_ORG, "find_org(text, text)", APP),
        (directory_functions.ORG_STATE, "org_state(uuid)", APP),
        (directory_functions.REGISTER_ORG, "register_org(text, text)", APP),
        (directory_functions.LIST_ORGS, "list_orgs()", WORKER),
        (directory_functions.SET_ORG_STATE, "set_org_state(text, text[], text, text)", WORKER),
        (directory_functions.RECORD_ERASED, "record_erased(text, bigint)", WORKER),
        (directory_functions.forget_org(catalog), "forget_org()", WORKER),
        (directory_functions.KEEP_CERTIFICATE, "keep_certificate(text, text)", WORKER),
        (directory_functions.FIND_CERTIFICATE, "find_certificate(text)", WORKER),
    ):
        yield text
        yield from _callable_by(f"{PRIVATE_SCHEMA}.{signature}", caller)
