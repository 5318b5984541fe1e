"""The three roles, made once per server by somebody who may make roles.

``palisade_owner`` owns the schemas and runs migrations; ``palisade_app`` serves, owns nothing and
is bound by row level security; ``palisade_worker`` may also list org ids. The owner is a member
of the app role without inheriting it: it can act as the app role in a data migration, and the
policies of the app role don't apply to it otherwise.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from repository.server_functions import shared_function_statements
from repository.walls import APP, OWNER, WORKER

STATEMENT_TIMEOUT: Final = timedelta(seconds=5)
IDLE_IN_TRANSACTION_TIMEOUT: Final = timedelta(seconds=10)

# Every plan is made once: the predicate on org_id leads each index, so a generic plan is as good
# as a custom one, and planning costs more than the reads it plans.
_SETTINGS: Final = {
    "timezone": "'UTC'",
    "statement_timeout": f"{int(STATEMENT_TIMEOUT.total_seconds() * 1000)}",
    "idle_in_transaction_session_timeout": (
        f"{int(IDLE_IN_TRANSACTION_TIMEOUT.total_seconds() * 1000)}"
    ),
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "search_path": "''",
}


def role_statements() -> Iterator[str]:
    """Makes the roles and their settings; can be run again. For a superuser."""
    for role in (OWNER, APP, WORKER):
        yield (
            f"DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; "
            f"END IF; END $do$"
        )
    for role in (APP, WORKER):
        for setting, value in _SETTINGS.items():
            yield f"ALTER ROLE {role} SET {setting} = {value}"
    yield f"GRANT {APP} TO {OWNER} WITH INHERIT FALSE, SET TRUE"
    yield f"GRANT {APP} TO {WORKER} WITH INHERIT TRUE, SET FALSE"


def database_statements(database: str) -> Iterator[str]:
    """Gives the current database to the owner role, as far as it needs it. For a superuser."""
    quoted = '"' + database.replace('"', '""') + '"'
    yield f"GRANT CREATE, CONNECT ON DATABASE {quoted} TO {OWNER}"
    yield f"REVOKE TEMPORARY, CREATE ON DATABASE {quoted} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {quoted} TO {APP}, {WORKER}"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield from shared_function_statements()
