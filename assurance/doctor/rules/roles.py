"""Rules about roles: whom row level security binds, who is a member of whom, what they set."""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.rule import OURS, Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Role
from repository.walls import APP, OWNER, WORKER

# Predefined roles that read or write what they are not granted, or reach the server's files.
_ABOVE: Final = frozenset(
    {
        "pg_read_all_data",
        "pg_write_all_data",
        "pg_read_server_files",
        "pg_write_server_files",
        "pg_execute_server_program",
        "pg_maintain",
        "pg_create_subscription",
    }
)

# Settings of a session that decide what it sees or runs.
_DANGEROUS: Final = frozenset(
    {
        "allow_in_place_tablespaces",
        "check_function_bodies",
        "default_tablespace",
        "dynamic_library_path",
        "local_preload_libraries",
        "log_statement",
        "role",
        "row_security",
        "search_path",
        "session_authorization",
        "session_preload_libraries",
        "session_replication_role",
        "temp_tablespaces",
    }
)
_LIMITS: Final = frozenset({"statement_timeout", "idle_in_transaction_session_timeout"})


def _roles(examined: Examined) -> Iterator[Role]:
    """The roles that may not stand above the walls."""
    for role in examined.snapshot.roles:
        if role.name in examined.reachable | OURS:
            yield role


def _above(examined: Examined) -> Iterator[Hit]:
    for role in _roles(examined):
        if role.superuser or role.bypasses:
            yield f"role {role.name}", "SUPERUSER" if role.superuser else "BYPASSRLS"


def _attributes(examined: Examined) -> Iterator[Hit]:
    for role in _roles(examined):
        words = [
            word
            for word, has in (
                ("CREATEROLE", role.makes_roles),
                ("CREATEDB", role.makes_databases),
                ("REPLICATION", role.replicates),
            )
            if has
        ]
        if words:
            yield f"role {role.name}", ", ".join(words)


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {role.name for role in examined.snapshot.roles}
    for name in sorted(OURS - present):
        yield f"role {name}", "there is no such role"


def _login(examined: Examined) -> Iterator[Hit]:
    owns = {relation.owner for relation in examined.snapshot.relations} | {OWNER}
    by_name = {role.name: role for role in examined.snapshot.roles}
    logins = {"PALISADE_DATABASE_URL": examined.login}
    if examined.service and examined.service.worker_login:
        logins["PALISADE_WORKER_URL"] = examined.service.worker_login
    for variable, login in logins.items():
        role = by_name.get(login)
        above = role is not None and (role.superuser or role.bypasses)
        if above or login in owns:
            yield variable, f"it logs in as {login}, whom row level security does not bind"


def _memberships(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.memberships:
        login = one.member == examined.login and one.role == APP
        known = (one.role, one.member) in examined.expected.memberships or login
        if one.member in examined.reachable | OURS and not known:
            above = ": it reads or writes past grants and policies" if one.role in _ABOVE else ""
            yield f"role {one.member}", f"is a member of {one.role}{above}"


def _options(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.memberships:
        wanted = examined.expected.memberships.get((one.role, one.member))
        if wanted is not None and (one.admin or (one.inherits, one.may_set) != wanted):
            yield (
                f"role {one.member}",
                f"in {one.role}: INHERIT {one.inherits}, SET {one.may_set}, ADMIN {one.admin}",
            )


def _missing_memberships(examined: Examined) -> Iterator[Hit]:
    present = {(one.role, one.member) for one in examined.snapshot.memberships}
    for role, member in sorted(examined.expected.memberships.keys() - present):
        yield f"role {member}", f"is no member of {role}"


def _outsiders(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.memberships:
        if one.role in OURS and one.member not in OURS | examined.reachable:
            yield f"role {one.member}", f"is a member of {one.role}"


def _strangers(examined: Examined) -> Iterator[Hit]:
    for role in examined.snapshot.roles:
        if role.name in examined.reachable | OURS or role.bootstrap:
            continue
        if role.superuser or role.bypasses or role.replicates:
            words = "SUPERUSER" if role.superuser else "BYPASSRLS" if role.bypasses else ""
            yield f"role {role.name}", words or "REPLICATION"
    for one in examined.snapshot.memberships:
        if one.role in _ABOVE and one.member not in examined.reachable | OURS:
            yield f"role {one.member}", f"is a member of {one.role}"


def _dangerous(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.role_settings:
        if one.role is not None and one.role not in examined.reachable | OURS:
            continue
        wanted = examined.expected.settings.get((one.role or "", one.name.lower()))
        if wanted is not None and one.value.strip("\"'") == wanted:
            continue
        if one.name.lower() in _DANGEROUS or one.name.startswith("palisade."):
            yield _whose(one.role, one.database), f"{one.name} = {one.value}"


def _whose(role: str | None, database: str | None) -> str:
    words = [f"role {role}" if role else "", f"database {database}" if database else ""]
    return " in ".join(word for word in words if word) or "every role"


def _settings(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.role_settings:
        name = one.name.lower()
        if one.role not in examined.reachable or name in _DANGEROUS:
            continue
        wanted = examined.expected.settings.get((one.role, name))
        if not one.name.startswith("palisade.") and wanted != one.value and name not in _LIMITS:
            yield _whose(one.role, one.database), f"{one.name} = {one.value}"


def _missing_settings(examined: Examined) -> Iterator[Hit]:
    present = {
        (one.role, one.name.lower()): one.value
        for one in examined.snapshot.role_settings
        if one.database is None
    }
    for (role, name), _ in sorted(examined.expected.settings.items()):
        value = present.get((role, name))
        if value is None or (name in _LIMITS and value.strip("\"'msin ") in ("0", "")):
            yield f"role {role}", f"{name} is not set"


_ALTER: Final = "ALTER ROLE it away."
_MIGRATE: Final = "Run `palisade migrate` as a superuser, who makes the roles as they should be."

ROLE_RULES: Final = (
    Rule(
        "login-above-walls",
        Severity.ERROR,
        "roles",
        f"Use {APP}, and {WORKER} for PALISADE_WORKER_URL.",
        _login,
    ),
    Rule(
        "role-above-walls", Severity.ERROR, "roles", "ALTER ROLE … NOSUPERUSER NOBYPASSRLS.", _above
    ),
    Rule("role-attribute", Severity.ERROR, "roles", _ALTER, _attributes),
    Rule("missing-role", Severity.ERROR, "roles", _MIGRATE, _missing),
    Rule("unexplained-membership", Severity.ERROR, "memberships", "REVOKE it.", _memberships),
    Rule("membership-options", Severity.ERROR, "memberships", _MIGRATE, _options),
    Rule("missing-membership", Severity.WARNING, "memberships", _MIGRATE, _missing_memberships),
    Rule(
        "outside-member",
        Severity.WARNING,
        "memberships",
        "REVOKE it, unless this role is meant to act as the service.",
        _outsiders,
    ),
    Rule(
        "stranger-above-walls",
        Severity.WARNING,
        "roles",
        "Take it away, unless it is for backups or administration: it sees every organisation.",
        _strangers,
    ),
    Rule(
        "dangerous-setting",
        Severity.ERROR,
        "settings of roles",
        "ALTER ROLE … RESET, or ALTER DATABASE … RESET.",
        _dangerous,
    ),
    Rule("role-setting", Severity.WARNING, "settings of roles", _MIGRATE, _settings),
    Rule(
        "missing-role-setting", Severity.WARNING, "settings of roles", _MIGRATE, _missing_settings
    ),
)
