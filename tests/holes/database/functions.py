"""Functions that do more than they should, for more than they should."""

import re

import asyncpg

from repository import context_functions, directory_functions
from repository.walls import APP, OWNER, WORKER
from tests.holes.scene import (
    PLANTED_KEY,
    DatabaseHole,
    Scene,
    Step,
    holds,
    runs,
    shows,
    tells,
)

_VENDORS = "SELECT name FROM data.vendor"


def _changed(text: str, pattern: str, replacement: str) -> str:
    changed, count = re.subn(pattern, lambda _: replacement, text)
    assert count, f"{pattern} is not in the function"
    return changed


def _names_with(context: str) -> Step:
    """Enters with one of the scene's contexts, and reads."""
    return Step(
        f"SELECT CASE WHEN palisade.enter('{{{context}}}') THEN array({_VENDORS}) END", side=""
    )


async def _context_left_behind(scene: Scene) -> bool:
    """What the next one finds on a connection that the victim used."""
    async with scene.session(APP) as connection:
        await connection.execute("SELECT palisade.enter($1)", scene.context(scene.victim))
        return scene.shown(repr(await connection.fetch(_VENDORS)))


async def _second_context(scene: Scene) -> bool:
    try:
        await scene.play(Step("SELECT palisade.enter('{victim_context}')"))
    except asyncpg.PostgresError:
        return False
    return True


async def _kept_plan(scene: Scene) -> bool:
    """The victim's plan, used by the attacker of the same session."""
    plan = f"PREPARE kept AS {_VENDORS}"
    generic = "SET LOCAL plan_cache_mode = force_generic_plan"
    await scene.play(Step(generic), Step(plan), Step("EXECUTE kept", side="victim"), keep=True)
    try:
        return await shows("EXECUTE kept")(scene)
    finally:
        await scene.play(Step("DEALLOCATE kept"))


FUNCTION_HOLES = (
    DatabaseHole(
        "definer-function-of-a-superuser",
        "A colleague adds a function that counts vendors for a dashboard, SECURITY DEFINER and "
        "made by a superuser: it reads every organisation's rows for whoever calls it.",
        (
            "CREATE FUNCTION palisade.vendor_names() RETURNS SETOF text LANGUAGE sql STABLE "
            "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT name FROM data.vendor'",
        ),
        shows("SELECT palisade.vendor_names()"),
    ),
    DatabaseHole(
        "definer-function-without-search-path",
        "A definer function reads `vendor` and means a harmless list in public; without a "
        "search_path of its own the caller chooses which table that is.",
        (
            # What `palisade migrate` withholds is everybody's where nobody is a superuser.
            "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC",
            "CREATE TABLE public.vendor (name text)",
            "CREATE FUNCTION public.known_vendors() RETURNS SETOF text LANGUAGE sql STABLE "
            "SECURITY DEFINER AS 'SELECT name FROM vendor'",
        ),
        shows(
            "SELECT CASE WHEN set_config('search_path', 'data', true) IS NOT NULL "
            "THEN array(SELECT public.known_vendors()) END"
        ),
    ),
    DatabaseHole(
        "leakproof-lie",
        "A function that raises its argument as a notice is marked LEAKPROOF, so the planner runs "
        "it before row level security and it is shown every organisation's names.",
        (
            "CREATE FUNCTION public.is_tidy(value text) RETURNS boolean LANGUAGE plpgsql "
            "IMMUTABLE LEAKPROOF COST 0.0001 AS "
            "'BEGIN RAISE NOTICE ''%'', value; RETURN true; END'",
        ),
        tells(
            "SET LOCAL enable_indexscan = off",
            "SET LOCAL enable_indexonlyscan = off",
            "SET LOCAL enable_bitmapscan = off",
            f"{_VENDORS} WHERE public.is_tidy(name)",
        ),
    ),
    DatabaseHole(
        "org-id-without-signature",
        "palisade.org_id() is replaced by one that no longer compares the MAC: any context that "
        "names the key is believed.",
        (_changed(context_functions.ORG_ID, r"= right\(.*?, 64\)", "IS NOT NULL"),),
        shows(_names_with("forged_context")),
    ),
    DatabaseHole(
        "org-id-without-expiry",
        "palisade.org_id() is replaced by one that does not look at the expiry, to please a job "
        "that runs for hours: a context once seen is good for ever.",
        (_changed(context_functions.ORG_ID, r"to_timestamp\([^>]*> clock_timestamp\(\)", "true"),),
        shows(_names_with("expired_context")),
    ),
    DatabaseHole(
        "org-id-of-a-plain-setting",
        "palisade.org_id() is replaced by the shorter one of a tutorial, which reads an id from "
        "a setting that any session can set.",
        (
            # What `palisade migrate` withholds is everybody's where nobody is a superuser.
            "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC",
            "CREATE OR REPLACE FUNCTION palisade.org_id() RETURNS uuid LANGUAGE sql STABLE "
            "SECURITY DEFINER BEGIN ATOMIC "
            "SELECT nullif(current_setting('app.org', true), '')::uuid; END",
        ),
        shows(
            Step(
                f"SELECT CASE WHEN set_config('app.org', '{{victim}}', true) IS NOT NULL "
                f"THEN array({_VENDORS}) END",
                side="",
            )
        ),
    ),
    DatabaseHole(
        "org-id-immutable",
        "palisade.org_id() is declared IMMUTABLE to make plans cheaper: a plan that is kept holds "
        "the id of whoever was first, and shows their rows to the next organisation.",
        ("ALTER FUNCTION palisade.org_id() IMMUTABLE",),
        _kept_plan,
    ),
    DatabaseHole(
        "enter-without-its-guard",
        "palisade.enter is replaced by one that lets a transaction change its organisation: rows "
        "of two can meet in it.",
        (
            # What `palisade migrate` withholds is everybody's where nobody is a superuser.
            "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC",
            "CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean LANGUAGE sql "
            "VOLATILE AS $$ SELECT pg_catalog.set_config('palisade.context', context, true) "
            "IS NOT NULL $$",
        ),
        _second_context,
    ),
    DatabaseHole(
        "enter-for-the-session",
        "palisade.enter sets the context for the session and not for the transaction: it stays on "
        "the pooled connection, for the next request that forgets its own.",
        (
            _changed(
                context_functions.ENTER,
                "context, true\\) IS NOT NULL",
                "context, false) IS NOT NULL",
            ),
        ),
        _context_left_behind,
        committed=True,
    ),
    DatabaseHole(
        "change-without-state",
        "palisade.org_id_for is replaced by a call of org_id(): a frozen organisation can be "
        "changed again.",
        (
            "CREATE OR REPLACE FUNCTION palisade.org_id_for(kind text) RETURNS uuid LANGUAGE sql "
            "STABLE SECURITY DEFINER BEGIN ATOMIC SELECT palisade.org_id(); END",
        ),
        runs(
            Step(
                "INSERT INTO palisade.organisation_state (org_id, state, changed_by) "
                "VALUES ('{attacker}', 'FROZEN', 'test')",
                "root",
                "",
            ),
            Step("UPDATE data.vendor SET website = NULL"),
        ),
    ),
    DatabaseHole(
        "directory-search-by-pattern",
        "palisade.find_org compares with LIKE, for a friendlier sign-in: a pattern finds "
        "organisations whose slug the caller does not know.",
        (
            _changed(
                directory_functions.FIND_ORG,
                r"d\.key = find_org\.key",
                "d.key LIKE find_org.key AND d.kind = 'slug' ORDER BY d.org_id DESC",
            ),
        ),
        holds(
            Step(
                "SELECT palisade.find_org('slug', '%') IS NOT NULL "
                "AND palisade.find_org('slug', '_%') IS NOT NULL",
                side="",
            )
        ),
    ),
    DatabaseHole(
        "worker-function-for-public",
        "After a restore somebody grants EXECUTE on all functions of the schema to PUBLIC: the "
        "application can list every organisation's id.",
        ("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA palisade TO PUBLIC",),
        shows("SELECT palisade.list_orgs()"),
    ),
    DatabaseHole(
        "app-may-thaw",
        "The application role gets EXECUTE on set_org_state: injected SQL ends the freeze of its "
        "own organisation.",
        (
            "GRANT EXECUTE ON FUNCTION palisade.set_org_state(text, text[], text, text) TO "
            "palisade_app",
        ),
        holds(
            "SELECT palisade.set_org_state('ACTIVE', ARRAY['FROZEN', 'ACTIVE'], 'x', 'x') "
            "IS NOT NULL"
        ),
    ),
    DatabaseHole(
        "planted-context-key",
        "Somebody with a moment at the owner's prompt adds a context key of their own: whoever "
        "knows it signs contexts of every organisation.",
        (
            "INSERT INTO palisade.context_key (id, inner_pad, outer_pad) VALUES ('planted', "
            f"'\\x{PLANTED_KEY.inner_pad.hex()}', '\\x{PLANTED_KEY.outer_pad.hex()}')",
        ),
        shows(_names_with("planted_context")),
    ),
    DatabaseHole(
        "retired-key-for-ever",
        "A key that was to retire long ago is kept for a forgotten process, with no end: whoever "
        "found it in an old backup signs contexts.",
        (
            "INSERT INTO palisade.context_key (id, inner_pad, outer_pad, created_at, retires_at) "
            f"VALUES ('planted', '\\x{PLANTED_KEY.inner_pad.hex()}', "
            f"'\\x{PLANTED_KEY.outer_pad.hex()}', now() - interval '400 days', 'infinity')",
        ),
        shows(_names_with("planted_context")),
    ),
    DatabaseHole(
        "internal-language-function",
        "A function in the language internal gives another name to one that reads files; its "
        "new name is everybody's to call.",
        (
            "CREATE FUNCTION public.slurp(text) RETURNS text LANGUAGE internal STRICT AS "
            "'pg_read_file_all'",
        ),
        runs("SELECT public.slurp('PG_VERSION')"),
    ),
    DatabaseHole(
        "definer-function-shows-keys",
        "A health check that belongs to the owner, SECURITY DEFINER, answers which context keys there "
        "are, pads and all.",
        (
            "CREATE FUNCTION palisade.keys() RETURNS SETOF palisade.context_key LANGUAGE sql "
            "STABLE SECURITY DEFINER BEGIN ATOMIC SELECT * FROM palisade.context_key; END",
            f"ALTER FUNCTION palisade.keys() OWNER TO {OWNER}",
        ),
        runs("SELECT inner_pad FROM palisade.keys()"),
    ),
    DatabaseHole(
        "procedure-that-takes-an-org",
        "A maintenance procedure of the worker's, made by a superuser, takes the organisation "
        "as an argument and deletes its rows: no signed context is asked.",
        (
            "CREATE PROCEDURE palisade.purge(org uuid) LANGUAGE sql SECURITY DEFINER "
            "SET search_path = pg_catalog AS 'DELETE FROM data.observation WHERE org_id = org'",
            f"GRANT EXECUTE ON PROCEDURE palisade.purge(uuid) TO {WORKER}",
        ),
        holds(
            Step("CALL palisade.purge('{victim}')"),
            Step("SELECT count(*) = 0 FROM data.observation WHERE org_id = '{victim}'", "root", ""),
        ),
    ),
)
