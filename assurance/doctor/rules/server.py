"""Rules about the server: its version, what it loads, what it writes into its log."""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.advisories import OLDEST_SUPPORTED, SOURCE, open_advisories
from assurance.doctor.rule import Examined, Hit, Rule, Severity

_LIBRARIES: Final = frozenset({"", "pg_stat_statements", "citus"})


def _told(version: int) -> str:
    return f"{version // 10_000}.{version % 10_000}"


def _old(examined: Examined) -> Iterator[Hit]:
    version = examined.snapshot.server.version
    if version // 10_000 < OLDEST_SUPPORTED:
        yield "server", f"PostgreSQL {_told(version)}, older than {OLDEST_SUPPORTED}"


def _advisories(examined: Examined) -> Iterator[Hit]:
    version = examined.snapshot.server.version
    found = list(open_advisories(version))
    if found:
        flaws = "; ".join(f"{one.cve}, {one.what}" for one in found)
        needed = max(one.fixed[version // 10_000] for one in found)
        fixed = f"{version // 10_000}.{needed}"
        yield "server", f"PostgreSQL {_told(version)}, mended in {fixed}: {flaws}"


def _plain_wire(examined: Examined) -> Iterator[Hit]:
    server = examined.snapshot.server
    if not server.local and server.setting("ssl") == "off":
        yield "server", "ssl = off, and not on this machine"


def _logs(examined: Examined) -> Iterator[Hit]:
    server = examined.snapshot.server
    if server.setting("log_parameter_max_length") == "0":
        return
    always = server.setting("log_statement") in ("mod", "all")
    for name in ("log_min_duration_statement", "log_min_duration_sample"):
        if (server.setting(name) or "-1") != "-1":
            yield "server", f"{name} = {server.setting(name)}, and parameters with it"
    if always or float(server.setting("log_transaction_sample_rate") or 0) > 0:
        yield "server", f"log_statement = {server.setting('log_statement')}, and parameters with it"


def _logs_errors(examined: Examined) -> Iterator[Hit]:
    length = examined.snapshot.server.setting("log_parameter_max_length_on_error")
    if length not in (None, "0"):
        yield "server", f"log_parameter_max_length_on_error = {length}"


def _replication_role(examined: Examined) -> Iterator[Hit]:
    value = examined.snapshot.server.setting("session_replication_role")
    if value not in (None, "origin"):
        yield "server", f"session_replication_role = {value}: foreign keys are not watched"


def _libraries(examined: Examined) -> Iterator[Hit]:
    for name in ("shared_preload_libraries", "session_preload_libraries"):
        value = examined.snapshot.server.setting(name) or ""
        unknown = {library.strip(' "') for library in value.split(",")} - _LIBRARIES
        if unknown:
            yield "server", f"{name} has {', '.join(sorted(unknown))}"


def _table_mods(examined: Examined) -> Iterator[Hit]:
    if examined.snapshot.server.setting("allow_system_table_mods") == "on":
        yield "server", "allow_system_table_mods = on"


SERVER_RULES: Final = (
    Rule(
        "server-version",
        Severity.ERROR,
        "server",
        f"Upgrade to PostgreSQL {OLDEST_SUPPORTED} or later.",
        _old,
    ),
    Rule(
        "server-advisory",
        Severity.WARNING,
        "server",
        f"Upgrade to the latest minor version; {SOURCE}.",
        _advisories,
    ),
    Rule("ssl-off", Severity.WARNING, "server", "Set ssl = on.", _plain_wire),
    Rule(
        "logs-statements",
        Severity.WARNING,
        "server",
        "Set log_parameter_max_length = 0: parameters are the organisations' data.",
        _logs,
    ),
    Rule(
        "logs-parameters-of-errors",
        Severity.WARNING,
        "server",
        "Set log_parameter_max_length_on_error = 0.",
        _logs_errors,
    ),
    Rule(
        "session-replication-role",
        Severity.ERROR,
        "server",
        "Set session_replication_role = origin.",
        _replication_role,
    ),
    Rule(
        "preloaded-library",
        Severity.WARNING,
        "server",
        "Take it out, unless somebody knows what it does to every session.",
        _libraries,
    ),
    Rule(
        "system-table-mods",
        Severity.WARNING,
        "server",
        "Set allow_system_table_mods = off.",
        _table_mods,
    ),
)
