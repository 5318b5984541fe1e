"""Everything privileged, and how each entry is attacked: the table of docs/isolation.md as data.

An attack is one statement of a role, in an organisation's context or in none, and what has to
come of it: an SQLSTATE, or an answer that tells and changes nothing. A control is the same for
whoever the entry is for. In a statement ``:name`` stands for a value of the scene.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from repository.walls import APP, OWNER, WORKER


@dataclass(frozen=True, slots=True)
class Code:
    """The statement is refused with this SQLSTATE."""

    sqlstate: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One statement. ``context`` names the organisation of the scene that it is entered as."""

    role: str
    sql: str
    outcome: object
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is privileged, and what is tried with it."""

    name: str
    attacks: tuple[Attempt, ...]
    controls: tuple[Attempt, ...]


DENIED: Final = Code("42501")
INVALID: Final = Code("28000")
FROZEN: Final = Code("PL001")
BARE: Final = os.environ.get("PALISADE_TEST_POLICY") == "bare"


def _app(sql: str, outcome: object, context: str | None = None) -> Attempt:
    return Attempt(APP, sql, outcome, context)


def _worker(sql: str, outcome: object, context: str | None = None) -> Attempt:
    return Attempt(WORKER, sql, outcome, context)


def _owner(sql: str, outcome: object, context: str | None = None) -> Attempt:
    return Attempt(OWNER, sql, outcome, context)


# What an exact key might be mistaken for: patterns, quotes, formats, arrays, nothing, too much.
_STRANGE: Final = (
    "'%'",
    "'_'",
    "'*'",
    "''",
    "NULL",
    "''' OR true --'",
    "'%s'",
    "'{' || :slug || '}'",
    "upper(:slug)",
    "' ' || :slug",
    "left(:slug, 8)",
    "left(:slug, 8) || '%'",
    "repeat('x', 1000000)",
)

_FORGED: Final = (
    "'x'",
    "'|||'",
    "repeat('|', 1000000)",
    "'%L'",
    "''''",
    "replace(:context, :id, :other_id)",
    "left(:context, -1)",
    "left(:context, -1) || 'x'",
    "upper(:context)",
    "' ' || :context",
    "split_part(:context, '|', 1) || '|' || :id || '|9999999999|' || repeat('0', 64)",
)


def _global_table(name: str) -> Entry:
    table = f"palisade.{name}"
    attacks = [
        attempt(sql, DENIED, "own")
        for attempt in (_app, _worker)
        for sql in (
            f"SELECT count(*) FROM {table}",
            f"SELECT 1 FROM {table} FOR UPDATE",
            f"INSERT INTO {table} DEFAULT VALUES",
            f"UPDATE {table} SET {_COLUMNS[name]} = {_COLUMNS[name]}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"LOCK TABLE {table}",
            f"CREATE TRIGGER t AFTER INSERT ON {table} EXECUTE FUNCTION palisade.refuse_change()",
            f"ALTER TABLE {table} OWNER TO palisade_app",
            f"GRANT SELECT ON {table} TO palisade_app",
        )
    ]
    statistics = (
        f"SELECT count(*) FROM pg_stats WHERE schemaname = 'palisade' AND tablename = '{name}'"
    )
    attacks += [attempt(statistics, 0) for attempt in (_app, _worker)]
    return Entry(
        f"table `{table}`", tuple(attacks), (_owner(f"SELECT count(*) >= 0 FROM {table}", True),)
    )


_COLUMNS: Final[Mapping[str, str]] = {
    "directory_entry": "key",
    "organisation_state": "state",
    "erasure": "certificate",
    "context_key": "inner_pad",
}


def _workers_only(call: str, control: Attempt, *attacks: Attempt) -> Entry:
    """A function of the worker's, called by others with and without a context."""
    name = call.partition("(")[0]
    return Entry(
        f"`{name}(",
        (
            _app(f"SELECT {call}", DENIED),
            _app(f"SELECT {call}", DENIED, "own"),
            _app(f"SELECT {call}", DENIED, "deleted"),
            *attacks,
        ),
        (control,),
    )


_SET_STATE: Final = "palisade.set_org_state('FROZEN', ARRAY['ACTIVE'], 'x', NULL)"

FUNCTIONS: Final = (
    Entry(
        "`palisade.org_id(",
        tuple(
            _app(
                f"SELECT (SELECT palisade.enter({forged})) AND palisade.org_id() IS NOT NULL",
                INVALID,
            )
            for forged in _FORGED
        )
        + (
            _app("SELECT palisade.org_id()", None),
            _app("SET LOCAL palisade.context = ''; SELECT palisade.org_id()", None, "own"),
            _app("SELECT palisade.org_id('x')", Code("42883")),
        ),
        (_app("SELECT palisade.org_id()::text = :id", True, "own"),),
    ),
    Entry(
        "`palisade.org_id_for(",
        (
            *(
                _app(f"SELECT palisade.org_id_for({kind})", FROZEN, "frozen")
                for kind in (
                    "'INSERT'",
                    "'UPDATE'",
                    "'DELETE'",
                    "'ERASE'",
                    "NULL",
                    "''",
                    "'%'",
                    "'insert'",
                    "repeat('x', 1000000)",
                )
            ),
            _app("SELECT palisade.org_id_for('ERASE')", FROZEN, "own"),
            _app("SELECT palisade.org_id_for(NULL)", FROZEN, "own"),
            _app("SELECT palisade.org_id_for('DELETE')", FROZEN, "deleted"),
            _app("SELECT palisade.org_id_for('INSERT')", FROZEN, "restoring"),
            _worker("SELECT palisade.org_id_for('INSERT')", FROZEN, "frozen"),
            _worker("SELECT palisade.org_id_for('DELETE')", FROZEN, "frozen"),
            _worker("SELECT palisade.org_id_for('ERASE')", FROZEN, "own"),
            _worker("SELECT palisade.org_id_for('ERASE')", FROZEN, "restoring"),
            _worker("SELECT palisade.org_id_for('INSERT')", FROZEN, "deleted"),
            _worker("SELECT palisade.org_id_for('UPDATE')", FROZEN, "deleted"),
            _app("SELECT palisade.org_id_for('INSERT')", None),
        ),
        (
            _app("SELECT palisade.org_id_for('INSERT')::text = :id", True, "own"),
            _worker("SELECT palisade.org_id_for('INSERT') IS NOT NULL", True, "restoring"),
            _worker("SELECT palisade.org_id_for('ERASE') IS NOT NULL", True, "deleted"),
        ),
    ),
    Entry(
        "`palisade.refuse_change(",
        (_app("SELECT palisade.refuse_change('x')", Code("42883")),),
        (_app("SELECT palisade.refuse_change()", FROZEN),),
    ),
    Entry(
        "`palisade.refuse(",
        tuple(
            _app(f"SELECT palisade.refuse({reason})", INVALID)
            for reason in ("'%s %L %'", "''';--'", "repeat('x', 100000)")
        )
        # RAISE takes no NULL for a message.
        + (_app("SELECT palisade.refuse(NULL)", INVALID),),
        (_app("SELECT palisade.refuse('so')", INVALID),),
    ),
    Entry(
        "`palisade.refuse_search(",
        tuple(
            _app(f"SELECT palisade.refuse_search({field})", Code("PL002"))
            for field in ("'%s %L %'", "''';--'", "repeat('x', 100000)")
        ),
        (_app("SELECT palisade.refuse_search('Vendor.name')", Code("PL002")),),
    ),
    Entry(
        "`palisade.enter(",
        (
            _app("SELECT palisade.enter(NULL)", INVALID),
            _app("SELECT palisade.enter(:other_context)", INVALID, "own"),
            _app("SELECT palisade.enter('x')", INVALID, "own"),
            _app("SELECT palisade.enter('')", INVALID, "own"),
            # It sets what it is given; whoever reads is refused then.
            *(
                _app(
                    f"SELECT CASE WHEN palisade.enter({forged}) "
                    "THEN (SELECT count(*) FROM data.organization) END",
                    INVALID,
                )
                for forged in _FORGED
            ),
            _app("SELECT palisade.enter(1)", Code("42883")),
        ),
        (
            _app(
                "SELECT CASE WHEN palisade.enter(:context) "
                "THEN (SELECT count(*) FROM data.organization) END",
                1,
            ),
            _app("SELECT palisade.enter(:context)", True, "own"),
        ),
    ),
    Entry(
        "`palisade.find_org(",
        (
            *(_app(f"SELECT palisade.find_org('slug', {key})", None) for key in _STRANGE),
            *(_app(f"SELECT palisade.find_org({kind}, :slug)", None) for kind in _STRANGE),
            _app("SELECT palisade.find_org('id', :slug)", None),
            _app("SELECT palisade.find_org('slug', ARRAY[:slug])", Code("42883")),
            _app("SELECT palisade.find_org('slug', :erased_slug)", None),
            _app(
                "SELECT count(*) FROM palisade.find_org('slug', NULL) AS f WHERE f IS NOT NULL", 0
            ),
        ),
        (
            _app("SELECT palisade.find_org('slug', :slug)::text = :id", True),
            _app("SELECT palisade.find_org('slug', :other_slug)::text = :other_id", True, "own"),
        ),
    ),
    Entry(
        "`palisade.register_org(",
        (
            _app("SELECT palisade.register_org('new-slug', NULL)", False),
            _app("SELECT palisade.register_org('new-slug', NULL)", False, "own"),
            _app("SELECT palisade.register_org(:other_slug, NULL)", False, "own"),
            _app("SELECT palisade.register_org('new-slug', NULL)", FROZEN, "frozen"),
            _app("SELECT palisade.register_org('new-slug', NULL)", FROZEN, "deleted"),
            _app("SELECT palisade.register_org(:erased_slug, NULL)", FROZEN, "erased"),
            _app("SELECT palisade.register_org(:slug, NULL)", Code("23505"), "new"),
            _app("SELECT palisade.register_org(NULL, 'i ' || :external)", Code("23505"), "new"),
            _app(
                "SELECT palisade.register_org(repeat(md5('x'), 100000), NULL)", Code("54000"), "new"
            ),
        ),
        (_app("SELECT palisade.register_org('new-slug', NULL)", True, "new"),),
    ),
    Entry(
        "`palisade.org_state(",
        (
            _app("SELECT palisade.org_state(gen_random_uuid())", "ACTIVE"),
            _app("SELECT palisade.org_state(NULL)", "ACTIVE"),
            _app("SELECT palisade.org_state('%')", Code("22P02")),
            _app("SELECT palisade.org_state(ARRAY[:id])", Code("42883")),
        ),
        (
            _app("SELECT palisade.org_state(:frozen_id::uuid)", "FROZEN"),
            _app("SELECT palisade.org_state(:id::uuid)", "ACTIVE"),
        ),
    ),
    _workers_only(
        _SET_STATE,
        _worker(f"SELECT {_SET_STATE}", "ACTIVE", "own"),
        _worker(f"SELECT {_SET_STATE}", None),
        _worker(f"SELECT {_SET_STATE}", None, "new"),
        _worker(
            f"SELECT {_SET_STATE} || palisade.org_state(:other_id::uuid)", "ACTIVEACTIVE", "own"
        ),
        _worker(
            "SELECT palisade.set_org_state('ACTIVE', ARRAY['DELETED'], 'x', NULL) "
            "|| palisade.org_state(palisade.org_id())",
            "DELETEDDELETED",
            "deleted",
        ),
        # From a state that is not there any more, from none, from patterns.
        *(
            _worker(
                f"SELECT palisade.set_org_state('ACTIVE', {sources}, 'x', NULL) "
                "|| palisade.org_state(palisade.org_id())",
                "FROZENFROZEN",
                "frozen",
            )
            for sources in ("ARRAY['ACTIVE']", "NULL", "'{}'", "'{NULL}'", "'{%}'", "'{frozen}'")
        ),
        _worker(
            "SELECT palisade.set_org_state('ACTIVE', 'FROZEN', 'x', NULL)", Code("22P02"), "own"
        ),
        # A state that the service doesn't know.
        *(
            _worker(
                f"SELECT palisade.set_org_state({target}, ARRAY['ACTIVE'], 'x', NULL)",
                Code("22023"),
                "own",
            )
            for target in ("'NONE'", "'active'", "''", "'%s'", "repeat('x', 1000000)")
        ),
        _worker(
            "SELECT palisade.set_org_state(NULL, ARRAY['ACTIVE'], 'x', NULL)", Code("22023"), "own"
        ),
    ),
    _workers_only(
        "palisade.record_erased('data.vendor', 1)",
        _worker("SELECT palisade.record_erased('data.vendor', 1)", True, "deleted"),
        *(
            _worker("SELECT palisade.record_erased('data.vendor', 1)", False, context)
            for context in (None, "own", "frozen", "restoring", "new")
        ),
        _worker("SELECT palisade.record_erased(NULL, 1)", Code("22023"), "deleted"),
    ),
    _workers_only(
        "palisade.forget_org()",
        _worker(
            "SELECT (f.remaining ->> 'palisade.directory_entry') FROM palisade.forget_org() f",
            "0",
            "deleted",
        ),
        *(
            _worker(
                "SELECT f.deleted IS NULL AND f.remaining IS NULL FROM palisade.forget_org() f",
                True,
                context,
            )
            for context in (None, "own", "frozen", "restoring", "new")
        ),
        *(
            _worker(
                "SELECT palisade.forget_org() IS NULL AND palisade.find_org('slug', :slug) IS NULL",
                False,
                context,
            )
            for context in (None, "own", "deleted")
        ),
    ),
    _workers_only(
        "palisade.keep_certificate('digest', 'certificate')",
        _worker(
            "SELECT palisade.record_erased('data.vendor', 1)::text "
            "|| palisade.keep_certificate('digest', 'certificate')",
            "truecertificate",
            "deleted",
        ),
        *(
            _worker("SELECT palisade.keep_certificate('digest', 'forged')", None, context)
            for context in (None, "own", "frozen", "restoring", "new")
        ),
        _worker(
            "SELECT palisade.keep_certificate(:erased_digest, 'forged') = 'forged'", False, "erased"
        ),
    ),
    _workers_only(
        "palisade.find_certificate('x')",
        _worker("SELECT palisade.find_certificate(:erased_digest) IS NOT NULL", True),
        *(_worker(f"SELECT palisade.find_certificate({key})", None) for key in _STRANGE),
        _worker("SELECT palisade.find_certificate(:erased_slug)", None),
    ),
    _workers_only(
        "palisade.list_orgs()",
        _worker(
            "SELECT array_agg(o::text) @> ARRAY[:id, :other_id, :frozen_id] "
            "FROM palisade.list_orgs() AS o",
            True,
        ),
        _worker("SELECT palisade.list_orgs(1)", Code("42883")),
        _worker("SELECT count(*) FROM palisade.list_orgs() AS o WHERE o::text = :deleted_id", 0),
    ),
)

TABLES: Final = tuple(map(_global_table, _COLUMNS))

_MAKING: Final = (
    "CREATE TABLE data.t (a int)",
    "CREATE TABLE public.t (a int)",
    "CREATE TEMPORARY TABLE t (a int)",
    "CREATE SCHEMA s",
    # A function of the same name that fits its arguments better would be taken in its place.
    "CREATE FUNCTION palisade.find_org(kind varchar, key varchar) RETURNS uuid "
    "LANGUAGE sql AS 'SELECT NULL::uuid'",
    "CREATE FUNCTION palisade.org_id(text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "CREATE OR REPLACE FUNCTION palisade.refuse(reason text) RETURNS boolean "
    "LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "CREATE VIEW public.v AS SELECT 1",
    "ALTER FUNCTION palisade.org_id() SECURITY INVOKER",
    "ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON data.vendor USING (true)",
    "DROP POLICY of_org ON data.vendor",
    "TRUNCATE data.vendor",
    "ALTER ROLE palisade_app BYPASSRLS",
    "CREATE ROLE r",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY data.vendor FROM '/dev/null'",
    "SELECT pg_read_file('PG_VERSION')",
    "CREATE EXTENSION dblink",
    "SELECT lo_create(0)",
    "SET SESSION AUTHORIZATION palisade_owner",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE palisade_owner",
    "SET ROLE pg_read_all_data",
    "SET session_replication_role = replica",
)

ROLES: Final = (
    Entry(
        f"role `{APP}`",
        (
            *(_app(sql, DENIED) for sql in _MAKING if "EXTENSION" not in sql),
            *(_app(sql, DENIED) for sql in (f"SET ROLE {WORKER}",)),
            _app("UPDATE data.audit_event SET actor = 'x'", DENIED, "own"),
            # A bare policy is reckoned out by the planner, before rights are looked at.
            _app("DELETE FROM data.audit_event", FROZEN if BARE else DENIED, "own"),
            _app("SELECT count(*) FROM pg_stats WHERE schemaname = 'data'", 0),
            _app("SET LOCAL row_security = off; SELECT count(*) FROM data.vendor", DENIED, "own"),
        ),
        (_app("SELECT count(*) FROM data.organization", 1, "own"),),
    ),
    Entry(
        f"role `{WORKER}`",
        (
            *(_worker(sql, DENIED) for sql in _MAKING if "EXTENSION" not in sql),
            # It is a member that inherits, and can't become what it inherits from.
            _worker(f"SET ROLE {APP}", DENIED),
            _worker(f"SET SESSION AUTHORIZATION {APP}", DENIED),
            _worker("SELECT count(*) FROM data.organization", 0),
            *(
                _worker("DELETE FROM data.audit_event", FROZEN, context)
                for context in ("own", "frozen", "restoring")
            ),
            *(
                _worker("UPDATE data.organization SET name = 'x'", FROZEN, context)
                for context in ("frozen", "deleted")
            ),
            *(_worker("DELETE FROM data.vendor", FROZEN, context) for context in ("frozen",)),
            *(
                _worker(
                    "INSERT INTO data.audit_event SELECT * FROM data.audit_event", FROZEN, context
                )
                for context in ("frozen", "deleted")
            ),
            _worker("UPDATE data.audit_event SET actor = 'x'", DENIED, "deleted"),
            _worker("SELECT count(*) FROM pg_stats WHERE schemaname = 'data'", 0),
        ),
        (
            _worker("SELECT count(*) FROM data.organization", 1, "own"),
            _worker("SELECT count(*) FROM data.organization", 1, "deleted"),
            _worker(
                "WITH d AS (DELETE FROM data.audit_event RETURNING id) SELECT count(*) > 0 FROM d",
                True,
                "deleted",
            ),
        ),
    ),
    Entry(
        f"role `{OWNER}`",
        (
            _owner("SELECT count(*) FROM data.organization", 0),
            # Its own context opens nothing either: no policy is for it.
            _owner(
                "SELECT set_config('palisade.context', :context, true) IS NULL "
                "OR (SELECT count(*) FROM data.organization) > 0",
                False,
            ),
            _owner(
                "WITH u AS (UPDATE data.organization SET name = 'x' RETURNING id) "
                "SELECT count(*) FROM u",
                0,
            ),
            _owner("INSERT INTO data.vendor SELECT * FROM data.vendor", "INSERT 0 0"),
            *(
                _owner(sql, DENIED)
                for sql in (
                    "SET SESSION AUTHORIZATION postgres",
                    "SET ROLE postgres",
                    f"SET ROLE {WORKER}",
                    "SET ROLE pg_read_all_data",
                    "ALTER ROLE palisade_owner BYPASSRLS",
                    "CREATE ROLE r",
                    "SET session_replication_role = replica",
                    "SELECT pg_read_file('PG_VERSION')",
                    "COPY (SELECT 1) TO PROGRAM 'true'",
                )
            ),
        ),
        # It is trusted: it may take the walls down, which is why serve never has its login.
        (
            _owner("ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY", "ALTER TABLE"),
            _owner(f"SET LOCAL ROLE {APP}", "SET"),
        ),
    ),
)

# What is not the database's, and the tests that attack it.
DOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "`mint_org_id`": (
        "tests/auth/test_organization.py::test_org_id_is_minted_by_the_listed_callers_only",
        "tests/auth/test_organization.py::test_org_id_is_minted_from_a_uuid_only",
    ),
    "`Database.find_session`": (
        "tests/palisade/test_operators.py::",
        "tests/isolation/test_privileged_surface.py::test_the_unscoped_door_is_opened_by_known_callers_only",
    ),
    "`Database.provision`": (
        "tests/palisade/test_operators.py::",
        "tests/isolation/test_privileged_surface.py::test_the_unscoped_door_is_opened_by_known_callers_only",
    ),
    "`Database.organisation`": (
        "tests/auth/test_organization.py::test_organisation_is_named_by_the_listed_callers_only",
    ),
    "`Database.signed_context`": (
        "tests/isolation/test_privileged_surface.py::test_the_unscoped_door_is_opened_by_known_callers_only",
    ),
}

ENTRIES: Final = (*FUNCTIONS, *TABLES, *ROLES)


def attempts() -> Iterator[tuple[Entry, Attempt]]:
    """Every attack, each behind its entry."""
    for entry in ENTRIES:
        for attack in entry.attacks:
            yield entry, attack
