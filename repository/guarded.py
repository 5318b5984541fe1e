"""A connection that takes only what this service writes.

Behind it stands the database; this keeps out the statements that outlast their transaction there:
SET, PREPARE, DEALLOCATE, LISTEN, ALTER ROLE and their like. Whoever gets text of their own into
the service's SQL is left with expressions, which PostgreSQL can refuse one by one.
"""

import re
import secrets
from functools import lru_cache
from typing import Any, Final

import asyncpg

from repository.errors import StatementRefused

# A comment in front is refused with the rest. The protocol by which statements with results are
# sent takes one command a message, so nothing follows the first.
_PLAIN: Final = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\s")
_OF_A_TRANSACTION: Final = frozenset(
    {
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SAVEPOINT part",
        "ROLLBACK TO SAVEPOINT part",
        "RELEASE SAVEPOINT part",
    }
)
# What the driver sends by the other protocol, which takes many commands.
_BY_THE_DRIVER: Final = frozenset({"BEGIN;", "COMMIT;", "ROLLBACK;", "ROLLBACK"})
_TEXTS: Final = 4096


@lru_cache(maxsize=_TEXTS)
def check_statement(sql: str) -> None:
    """That a statement is of a kind that ends with its transaction.

    Looked at once for each text: there are few, and each is sent a thousand times.
    Raises: StatementRefused.
    """
    if not _PLAIN.match(sql) and sql not in _OF_A_TRANSACTION:
        raise StatementRefused


class GuardedConnection(asyncpg.Connection):  # type: ignore[misc]
    """The driver's connection, by `connection_class`; nobody holds an unguarded one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Asking for a type, the driver would turn JIT off with set_config; the role has it off.
        self._server_caps: Any = self._server_caps._replace(jit=False)

    def fetchrow(self, query: str, *args: object, **options: Any) -> Any:
        check_statement(query)
        return super().fetchrow(query, *args, **options)

    def fetch(self, query: str, *args: object, **options: Any) -> Any:
        check_statement(query)
        return super().fetch(query, *args, **options)

    def fetchval(self, query: str, *args: object, **options: Any) -> Any:
        check_statement(query)
        return super().fetchval(query, *args, **options)

    def execute(self, query: str, *args: object, **options: Any) -> Any:
        if query not in _BY_THE_DRIVER and query != self.get_reset_query():
            raise StatementRefused
        return super().execute(query, *args, **options)

    def executemany(self, command: str, *args: Any, **options: Any) -> Any:
        raise StatementRefused

    def prepare(self, query: str, **options: Any) -> Any:
        raise StatementRefused

    def cursor(self, query: str, *args: object, **options: Any) -> Any:
        raise StatementRefused

    def _get_unique_id(self, prefix: str) -> str:
        """A name that can't be guessed, for what is prepared on the server.

        The driver counts, so that one could prepare a text of one's own under the next name and
        be sent another organisation's signed context.
        """
        return f"__palisade_{prefix}_{secrets.token_hex(16)}__"
