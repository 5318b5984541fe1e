"""Settings of roles, databases and the server, which new sessions begin with."""

import asyncio

import asyncpg

from repository.walls import APP
from tests.holes.scene import DatabaseHole, Exploit, Scene

_VENDORS = "SELECT name FROM data.vendor"


def _setting(name: str, value: str) -> Exploit:
    async def exploit(scene: Scene) -> bool:
        async with scene.session(APP) as connection:
            found = await connection.fetchval("SELECT current_setting($1)", name)
            return bool(found == value)

    return exploit


async def _logged_values(scene: Scene) -> bool:
    """What the server writes to its log, which a session may have told to itself as well."""
    scene.told.clear()
    async with scene.session(APP) as connection:
        await connection.execute("SET client_min_messages = log")
        await connection.fetch("SELECT $1::text", scene.victim.mark)
        await asyncio.sleep(0)
    return any(map(scene.shown, scene.told))


async def _failed_values(scene: Scene) -> bool:
    """What an error says of the statement's values, to the log as to the session."""
    async with scene.session(APP) as connection:
        try:
            await connection.fetch("SELECT 1 / (length($1::text) * 0)", scene.victim.mark)
        except asyncpg.DivisionByZeroError as error:
            return scene.shown(str(error.context))
    return False


async def _predicate_that_is_true(scene: Scene) -> bool:
    """Whether the repository's predicate still compares."""
    async with scene.session(APP) as connection:
        return bool(
            await connection.fetchval(
                "SELECT $1::uuid = $2::uuid", scene.attacker.org_id, scene.victim.org_id
            )
        )


async def _context_of_nobody(scene: Scene) -> bool:
    async with scene.session(APP) as connection:
        return scene.shown(repr(await connection.fetch(_VENDORS)))


async def _own_code_in_every_session(scene: Scene) -> bool:
    """Whether a session takes a table that isn't the one its statement names."""
    async with scene.session(APP) as connection:
        try:
            await connection.fetch("SELECT * FROM vendor")
        except asyncpg.PostgresError:
            return False
        return True


SETTING_HOLES = (
    DatabaseHole(
        "statements-logged-for-the-role",
        "While looking for slow statements somebody has all of the application's statements "
        "logged: the server's log gets every value that is bound.",
        ("ALTER ROLE palisade_app SET log_min_duration_statement = 0",),
        _logged_values,
        undo=("ALTER ROLE palisade_app RESET log_min_duration_statement",),
        committed=True,
    ),
    DatabaseHole(
        "statements-logged-for-the-database",
        "The database logs all statements with their values, for an audit.",
        (
            "DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', "
            "current_database()); END $do$",
        ),
        _logged_values,
        committed=True,
    ),
    DatabaseHole(
        "statements-logged-by-the-server",
        "The server's configuration logs every statement, for all databases, until somebody looks.",
        ("ALTER SYSTEM SET log_min_duration_statement = 0", "SELECT pg_reload_conf()"),
        _logged_values,
        undo=("ALTER SYSTEM RESET log_min_duration_statement", "SELECT pg_reload_conf()"),
        committed=True,
        outside=True,
        thorough=True,
    ),
    DatabaseHole(
        "values-of-failed-statements-logged",
        "Parameters of failed statements are logged in full length, to find a bug: each refused "
        "write leaves its row in the log.",
        ("ALTER ROLE palisade_app SET log_parameter_max_length_on_error = -1",),
        _failed_values,
        undo=("ALTER ROLE palisade_app RESET log_parameter_max_length_on_error",),
        committed=True,
    ),
    DatabaseHole(
        "search-path-of-the-role",
        "The application role gets a search_path with public and data, to please a library: an "
        "unqualified name means whatever lies first.",
        ("ALTER ROLE palisade_app SET search_path = public, data",),
        _own_code_in_every_session,
        undo=("ALTER ROLE palisade_app SET search_path = ''",),
        committed=True,
    ),
    DatabaseHole(
        "operator-shadowed",
        "With public ahead of pg_catalog in the database's search_path, an operator = of two "
        "uuids that is always true takes the place of the real one: the repository's predicate "
        "holds for every row.",
        (
            "CREATE FUNCTION public.same(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE "
            "AS 'SELECT true'",
            "CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = public.same)",
            "DO $do$ BEGIN EXECUTE format('ALTER ROLE palisade_app IN DATABASE %I SET search_path = "
            "public, pg_catalog', current_database()); END $do$",
        ),
        _predicate_that_is_true,
        committed=True,
    ),
    DatabaseHole(
        "context-of-the-role",
        "A signed context of one organisation is set on the application role, with years to go, "
        "for a script: whatever forgets its context is that organisation.",
        (
            "DO $do$ BEGIN EXECUTE format('ALTER ROLE palisade_app IN DATABASE %I SET "
            "palisade.context = %L', current_database(), '{lasting_context}'); END $do$",
        ),
        _context_of_nobody,
        committed=True,
    ),
    DatabaseHole(
        "statement-timeout-lifted",
        "The application role loses its statement_timeout for a long report: one organisation's "
        "statement takes the connections of all.",
        ("ALTER ROLE palisade_app SET statement_timeout = 0",),
        _setting("statement_timeout", "0"),
        undo=("ALTER ROLE palisade_app SET statement_timeout = 5000",),
        committed=True,
    ),
)
