"""What is taken out of the database: policies, and the conditions of its functions."""

from collections.abc import Callable
from dataclasses import dataclass

from models.describe import Table
from repository import context_functions
from repository.walls import APP, OWNER, WORKER, PolicyForm
from tests.ablation.cuts import remove
from tests.ablation.database_attacks import POLICY_ATTACKS
from tests.ablation.table import Ablation

POLICY_TRIED = "SQL on every table"
CONTEXT_TRIED = "SQL with a context"
OTHERS = "every other attack of the list is refused as before"
WRITES = frozenset({"inserting", "updating", "moving own rows over", "deleting"})


@dataclass(frozen=True, kw_only=True)
class PolicyAblation(Ablation):
    """``statements`` are those for one table."""

    statements: Callable[[Table], tuple[str, ...]]


def _policy(
    removed: str, *statements: str, through: frozenset[str] = frozenset(), stopped_by: str = OTHERS
) -> PolicyAblation:
    return PolicyAblation(
        wall="row level security",
        removed=removed,
        tried=POLICY_TRIED,
        through=through,
        stopped_by=stopped_by,
        noticed_by="`tests/isolation/test_walls.py`, `palisade doctor`",
        statements=lambda table: tuple(one.format(table.qualified_name) for one in statements),
    )


POLICY_ABLATIONS = (
    _policy(
        "ENABLE",
        "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
        through=frozenset(POLICY_ATTACKS),
    ),
    _policy(
        "FORCE",
        "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
        through=frozenset({"reading as the owner of the tables"}),
    ),
    _policy(
        "NOBYPASSRLS of the application's role",
        f"ALTER ROLE {APP} BYPASSRLS",
        through=frozenset({"reading", *WRITES}),
    ),
    _policy(
        "the condition for reading",
        "ALTER POLICY of_org ON {} USING (true)",
        through=frozenset({"reading"}),
    ),
    _policy(
        "the check of new rows",
        "ALTER POLICY of_org_insert ON {} WITH CHECK (true)",
        through=frozenset({"inserting"}),
    ),
    _policy(
        "the check of updated rows",
        "ALTER POLICY of_org_update ON {} WITH CHECK (true)",
        through=frozenset({"moving own rows over"}),
    ),
    _policy(
        "the condition for updating",
        "ALTER POLICY of_org_update ON {} USING (true)",
        stopped_by="also the check of updated rows, which one foreign row fails for the statement",
    ),
    _policy(
        "the condition for updating, and the check of updated rows",
        "ALTER POLICY of_org_update ON {} USING (true) WITH CHECK (true)",
        through=frozenset({"updating", "moving own rows over"}),
    ),
    _policy(
        "the condition for deleting",
        "ALTER POLICY of_org_delete ON {} USING (true)",
        through=frozenset({"deleting"}),
    ),
)


@dataclass(frozen=True, kw_only=True)
class ContextAblation(Ablation):
    """``statement`` makes the function anew, for a form of the policies."""

    statement: Callable[[PolicyForm], str]


Edit = tuple[str, str]

_MAC: Edit = (
    "WHEN encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(\n"
    "                    left(current_setting('palisade.context', true), -65), 'UTF8'))), 'hex')\n"
    "                  = right(current_setting('palisade.context', true), 64)",
    "WHEN true",
)
_EXPIRY: Edit = (
    "to_timestamp(\n"
    "                    split_part(current_setting('palisade.context', true), '|', 3)::float8)\n"
    "                  > clock_timestamp()",
    "true",
)
_RETIRED: Edit = ("AND (k.retires_at IS NULL OR k.retires_at > clock_timestamp())", "")
_REFUSAL: Edit = (
    "CASE WHEN palisade.refuse('the organisation context is not valid') THEN NULL::uuid END",
    "NULL::uuid",
)
_STATE: Edit = ("ELSE false\n          END OR", "ELSE true END OR")
_ONE: Edit = (
    "ELSE palisade.refuse('this transaction belongs to another organisation')",
    "ELSE pg_catalog.set_config('palisade.context', context, true) IS NOT NULL",
)
_ONE_BARE: Edit = ("IF present <> ''", "IF false AND present <> ''")


def _context(
    removed: str,
    edit: Edit,
    *,
    function: str,
    bare: Edit | None = None,
    through: str | tuple[str, ...] = (),
    stopped_by: str = OTHERS,
) -> ContextAblation:
    names = (through,) if isinstance(through, str) else through
    return ContextAblation(
        wall=f"context, `palisade.{function}`",
        removed=removed,
        tried=CONTEXT_TRIED,
        through=frozenset(names),
        stopped_by=stopped_by,
        noticed_by="`tests/repository/test_walls.py`, `palisade doctor`",
        statement=lambda form: remove(
            _source(function, form), *(bare if bare and form is PolicyForm.BARE else edit)
        ),
    )


def _source(function: str, form: PolicyForm) -> str:
    if function == "org_id()":
        return context_functions.ORG_ID
    if function == "org_id_for(kind)":
        return context_functions.org_id_for(worker_role=WORKER, owner_role=OWNER)
    if form is PolicyForm.BARE:
        return context_functions.ENTER_EVERYWHERE
    return context_functions.ENTER


_READS, _CHANGES = "org_id()", "org_id_for(kind)"

CONTEXT_ABLATIONS = (
    _context("the mac", _MAC, function=_READS, through="reading with a forged context"),
    _context("the mac", _MAC, function=_CHANGES, through="inserting with a forged context"),
    _context("the expiry", _EXPIRY, function=_READS, through="reading with an expired context"),
    _context("the expiry", _EXPIRY, function=_CHANGES, through="inserting with an expired context"),
    _context(
        "that the key is in force",
        _RETIRED,
        function=_READS,
        through="reading with a context of a retired key",
    ),
    _context(
        "that the key is in force",
        _RETIRED,
        function=_CHANGES,
        through="inserting with a context of a retired key",
    ),
    _context(
        "the refusal, SQLSTATE 28000",
        _REFUSAL,
        function=_READS,
        stopped_by="also NULL, which is no row's organisation: it is quiet, and nothing else",
    ),
    _context(
        "the refusal, SQLSTATE 28000",
        _REFUSAL,
        function=_CHANGES,
        stopped_by="also NULL, which is no row's organisation: it is quiet, and nothing else",
    ),
    _context(
        "the organisation's state",
        _STATE,
        function=_CHANGES,
        through="changing a frozen organisation",
    ),
    _context(
        "one organisation in a transaction",
        _ONE,
        function="enter(context)",
        bare=_ONE_BARE,
        through="two organisations in one transaction",
    ),
)
