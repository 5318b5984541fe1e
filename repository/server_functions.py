"""What the server offers to everybody and the application role must not have.

A function here leaves something on a connection beyond its transaction, shows what others do, or
runs SQL that it is given as text. Whoever has SQL of their own in a statement of the service has
these taken away; the server's administrator and the owner keep them. docs/isolation.md says which
attack each one stops.
"""

from collections.abc import Iterator
from typing import Final

from repository.walls import OWNER, WORKER

# As LIKE patterns of names in pg_catalog.
LASTING: Final = (
    "set\\_config",
    "setseed",
    "pg\\_advisory\\_lock%",
    "pg\\_try\\_advisory%",
    # Of the locks that end with the transaction the service needs one.
    "pg\\_advisory\\_xact\\_lock\\_shared",
    "pg\\_notify",
    "pg\\_logical\\_emit\\_message",
    "pg\\_export\\_snapshot",
    # Large objects are of no organisation: a place to leave something for another.
    "lo\\_%",
    "loread",
    "lowrite",
)
TELLING: Final = (
    "pg\\_control\\_%",
    "pg\\_blocking\\_pids",
    "pg\\_stat\\_get\\_%",
    "pg\\_lock\\_status",
    "pg\\_prepared\\_statement",
    "pg\\_prepared\\_xact",
    "pg\\_cursor",
    "pg\\_relation\\_size",
    "pg\\_table\\_size",
    "pg\\_indexes\\_size",
    "pg\\_total\\_relation\\_size",
    "pg\\_database\\_size",
    "pg\\_tablespace\\_size",
    "pg\\_relation\\_filepath",
    "pg\\_current\\_wal%",
    "pg\\_sequence\\_last\\_value",
    "pg\\_get\\_sequence\\_data",
)
RUNNING: Final = (
    "query\\_to\\_xml%",
    "table\\_to\\_xml%",
    "cursor\\_to\\_xml%",
    "schema\\_to\\_xml%",
    "database\\_to\\_xml%",
    "ts\\_stat",
    "ts\\_rewrite",
)
ENDING: Final = ("pg\\_terminate\\_backend", "pg\\_cancel\\_backend")
WITHHELD: Final = (*LASTING, *TELLING, *RUNNING, *ENDING)

# How the worker gives itself time, and knows that what was open has ended.
OF_THE_WORKER: Final = ("set\\_config", "pg\\_lock\\_status", "pg\\_stat\\_get\\_activity")

# The planner's estimates of how many rows all organisations have together.
ESTIMATES: Final = ("relpages", "reltuples", "relallvisible", "relallfrozen")

# What DO and CREATE FUNCTION are written in.
LANGUAGES: Final = ("plpgsql", "sql")

# Without a superuser's rights there is nothing to take away: a warning, and the doctor's finding.
_TOLERANT: Final = """DO $do$ DECLARE f regprocedure; columns text; BEGIN
{body}
EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM;
END $do$"""


def shared_function_statements() -> Iterator[str]:
    """Takes from PUBLIC what the application needs nothing of. For a superuser; can be rerun."""
    yield _for_each(
        WITHHELD,
        "EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);",
        f"EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {OWNER}, pg_monitor', f);",
    )
    yield _for_each(
        OF_THE_WORKER, f"EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {WORKER}', f);"
    )
    yield _TOLERANT.format(
        body="REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;\n"
        f"REVOKE USAGE ON LANGUAGE {', '.join(LANGUAGES)} FROM PUBLIC;\n"
        f"GRANT USAGE ON LANGUAGE {', '.join(LANGUAGES)} TO {OWNER};\n"
        "SELECT string_agg(attname, ', ') INTO columns FROM pg_catalog.pg_attribute "
        "WHERE attrelid = 'pg_catalog.pg_class'::regclass AND attnum > 0 "
        f"AND attname NOT IN ({', '.join(map(_literal, ESTIMATES))});\n"
        "REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;\n"
        "EXECUTE format('GRANT SELECT (%s) ON pg_catalog.pg_class TO PUBLIC', columns);\n"
        f"GRANT SELECT ON pg_catalog.pg_class TO {OWNER}, pg_monitor;"
    )


def _for_each(patterns: tuple[str, ...], *actions: str) -> str:
    found = f"proname LIKE ANY (ARRAY[{', '.join(map(_literal, patterns))}])"
    return _TOLERANT.format(
        body="FOR f IN SELECT oid FROM pg_catalog.pg_proc "
        f"WHERE pronamespace = 'pg_catalog'::regnamespace AND {found} "
        f"LOOP {' '.join(actions)} END LOOP;"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
