"""What the witness lets pass, and why. Each list is complete: what is not on it is a failure."""

import re
from collections.abc import Mapping
from typing import Final

# Test modules whose service is tampered with on purpose: what it sends isn't the product's.
TAMPERED: Final[Mapping[str, str]] = {
    "tests/isolation/test_attacks.py::test_row_level_security_alone_holds": (
        "takes the predicates out, to show that the policies hold alone"
    ),
    "tests/isolation/test_attacks.py::test_repository_alone_holds": (
        "takes the policies out, to show that the predicates hold alone"
    ),
    "tests/migrations/test_runner.py::test_migrate_refuses_a_role_that_is_not_the_owner": (
        "migrates as the application role, to be refused"
    ),
    "tests/isolation/test_leaks.py": "looks at what its failures leave on a connection",
    "tests/repository/test_connections.py": "sends statements of its own, from tasks of its own",
    "tests/repository/test_guarded.py": "as above",
    "tests/repository/test_pool.py": "as above",
    "tests/repository/test_context_keys.py": "installs a key with the application role's login",
    "tests/ablation/": "takes out one check after the other",
    "tests/fuzz/": "cancels, ends and forges at random; it has a judgement of its own",
    "tests/holes/": "plants faults",
    "tests/isolation/test_injection.py": "has a resolver that takes SQL",
    "tests/witness/": "plants what the witness has to find",
}

# What the driver sends of itself, to know types.
DRIVERS: Final[Mapping[str, str]] = {
    r"\s*SELECT\s+t\.oid,\s+t\.typelem AS elemtype,.*FROM\s+pg_catalog\.pg_type AS t.*": (
        "the driver finds a type by its name"
    ),
    r"\s*WITH RECURSIVE typeinfo_tree\(.*": "the driver learns of types",
}

# Statements that need no organisation: their text, and why. None names an org-owned table.
GLOBAL: Final[Mapping[str, str]] = {
    r"(BEGIN|COMMIT|ROLLBACK);?": "a transaction of the driver",
    r"(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO( SAVEPOINT)?) \w+;?": "a part of a transaction",
    r"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY": "a transaction to export from",
    r"SELECT 1": "keeps a transaction that waits for input",
    r"SELECT pg_advisory_unlock_all\(\);\s*CLOSE ALL;\s*UNLISTEN \*;\s*RESET ALL;": (
        "the driver's reset of a connection that is mended"
    ),
    **DRIVERS,
    re.escape("SELECT palisade.enter($1)"): "enters the transaction",
    re.escape(
        "SELECT CASE WHEN palisade.enter($1) THEN palisade.org_id() IS NOT NULL END"
    ): "asks whether the database is ready and accepts the key; enters by itself",
    re.escape("SELECT f.id, palisade.org_state(f.id) FROM palisade.find_org($1, $2) AS f (id)"): (
        "the directory: before an organisation is known"
    ),
    re.escape("SELECT array(SELECT palisade.list_orgs())"): "lists organisations for jobs",
    r"SELECT version_num FROM palisade\.revision_of_\w+": "which revision the database is at",
    re.escape(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 "
        "AND NOT attisdropped"
    ): "whether the database has what is declared",
    re.escape("SELECT palisade.find_certificate($1)"): "the proof that an organisation is gone",
    r"\s*SELECT array\(\s*SELECT l\.virtualxid FROM pg_catalog\.pg_locks AS l.*": (
        "waits for the transactions that began before a change of state"
    ),
    r"\s*SELECT array\(\s*SELECT n\.nspname \|\| '\.' \|\| c\.relname FROM pg_catalog\.pg_attribute.*": (
        "which tables hold rows of organisations, before an erasure ends"
    ),
}

# The same, and sent in an entered transaction only.
GLOBAL_ENTERED: Final[Mapping[str, str]] = {
    re.escape("SELECT palisade.register_org($1, $2)"): "the directory of the entered organisation",
    re.escape("SELECT palisade.set_org_state($1, $2, $3, $4)"): "the entered organisation's state",
    re.escape("SELECT palisade.record_erased($1, $2)"): "the entered organisation's erasure",
    re.escape("SELECT * FROM palisade.forget_org()"): "the entered organisation's directory",
    re.escape("SELECT palisade.keep_certificate($1, $2)"): "the entered organisation's erasure",
    re.escape("SELECT pg_catalog.set_config('statement_timeout', '600000', true)"): (
        "time for a step of an erasure, in its transaction alone"
    ),
    re.escape("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))"): (
        "takes turns; the name is hashed with the organisation"
    ),
}

# What lasts beyond a transaction.
LASTING: Final = re.compile(
    r"set_config\([^()]*,\s*(?!true\b)[^(),\s]+\s*\)"
    r"|^\s*SET\s+(?!LOCAL\b|TRANSACTION\b)"
    r"|^\s*(PREPARE|LISTEN|DECLARE)\b"
    r"|\bpg_advisory_lock",
    re.IGNORECASE,
)
