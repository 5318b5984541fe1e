"""Rules about grants: each is one of the walls', to whom the walls give it."""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.rule import OURS, Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import PUBLIC, STATEMENTS_KIND, WITHHELD_KIND, Grant
from repository.walls import APP, OWNER, WORKER

# What PostgreSQL and `repository/roles.py` give, beside what the walls do.
_GIVEN: Final = frozenset(
    {
        ("schema", "public", PUBLIC, "USAGE"),
        ("schema", "pg_catalog", PUBLIC, "USAGE"),
        ("schema", "information_schema", PUBLIC, "USAGE"),
        *(("database", "", role, "CONNECT") for role in (APP, OWNER, WORKER)),
        ("database", "", OWNER, "CREATE"),
    }
)


_JUDGED_APART: Final = ("database", "parameter", WITHHELD_KIND, STATEMENTS_KIND)


def _key(grant: Grant) -> tuple[str, str, str, str]:
    name = "" if grant.kind == "database" else grant.object
    return grant.kind, name, grant.grantee, grant.privilege


def _is_explained(examined: Examined, grant: Grant) -> bool:
    return _key(grant) in _GIVEN or _key(grant) in examined.expected.grants


def _said(grant: Grant) -> str:
    return f"{grant.privilege} to {'PUBLIC' if grant.grantee == PUBLIC else grant.grantee}"


def _ours(examined: Examined) -> frozenset[str]:
    return examined.reachable | {PUBLIC}


def _unexplained(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.built_in or grant.kind in _JUDGED_APART:
            continue
        if grant.kind == "schema" and grant.privilege == "CREATE":
            continue
        if not _is_explained(examined, grant) and grant.grantee in _ours(examined):
            yield f"{grant.kind} {grant.object}", _said(grant)


def _strangers(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        stranger = grant.grantee not in _ours(examined) | OURS and grant.grantee[:3] != "pg_"
        if stranger and not grant.built_in and grant.kind in ("relation", "column", "function"):
            yield f"{grant.kind} {grant.object}", _said(grant)


def _schemas(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.kind == "schema" and grant.privilege == "CREATE" and grant.grantee != OWNER:
            yield f"schema {grant.object}", _said(grant)


def _built_in(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.built_in and grant.grantee in _ours(examined):
            yield f"{grant.kind} {grant.object}", _said(grant)


def _statistics(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.kind == STATEMENTS_KIND and grant.grantee in _ours(examined):
            yield grant.object, _said(grant)


def _parameters(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.kind == "parameter" and grant.grantee in _ours(examined):
            yield f"parameter {grant.object}", _said(grant)


def _grantable(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.grantable and not grant.built_in and grant.grantee != OWNER:
            yield f"{grant.kind} {grant.object}", f"{_said(grant)} WITH GRANT OPTION"


def _database(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if grant.kind != "database" or grant.privilege == "CONNECT":
            continue
        if not _is_explained(examined, grant) and grant.grantee in _ours(examined):
            yield f"database {grant.object}", _said(grant)


def _connect(examined: Examined) -> Iterator[Hit]:
    for grant in examined.snapshot.grants:
        if (grant.kind, grant.privilege, grant.grantee) == ("database", "CONNECT", PUBLIC):
            yield f"database {grant.object}", _said(grant)


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {_key(grant) for grant in examined.snapshot.grants}
    relations = {relation.name for relation in examined.snapshot.relations}
    functions = {function.name for function in examined.snapshot.functions}
    for kind, name, role, privilege in sorted(examined.expected.grants - present):
        there = relations if kind == "relation" else functions if kind == "function" else {name}
        if name in there:
            yield f"{kind} {name}", f"no {privilege} to {role}"


_REVOKE: Final = "REVOKE it."
_MIGRATE: Final = "Run `palisade migrate`, which grants it."

PRIVILEGE_RULES: Final = (
    Rule(
        "unexplained-grant",
        Severity.ERROR,
        "grants",
        "REVOKE it, or run `palisade migrate`, which takes back what the walls do not give.",
        _unexplained,
    ),
    Rule(
        "grant-to-stranger",
        Severity.ERROR,
        "grants",
        "REVOKE it: no policy was written for that role.",
        _strangers,
    ),
    Rule("grant-option", Severity.ERROR, "grants", "REVOKE GRANT OPTION FOR it.", _grantable),
    Rule("missing-grant", Severity.WARNING, "grants", _MIGRATE, _missing),
    Rule("schema-create", Severity.ERROR, "grants", "REVOKE CREATE ON SCHEMA.", _schemas),
    Rule(
        "built-in-grant",
        Severity.ERROR,
        "grants",
        "REVOKE it: PostgreSQL gives it to nobody by itself.",
        _built_in,
    ),
    Rule(
        "readable-statement-statistics",
        Severity.ERROR,
        "grants",
        "REVOKE it: a role sees the statements of its sessions, which are all organisations'.",
        _statistics,
    ),
    Rule("parameter-grant", Severity.ERROR, "grants", _REVOKE, _parameters),
    Rule(
        "database-privilege",
        Severity.ERROR,
        "grants",
        "REVOKE it: the service makes nothing, not even temporary tables.",
        _database,
    ),
    Rule(
        "public-connect",
        Severity.INFO,
        "grants",
        "REVOKE CONNECT ON DATABASE … FROM PUBLIC, if other roles have no business here.",
        _connect,
    ),
)
