"""Rules about schemas and relations: nothing that nobody declared, and walls on the rest."""

from collections.abc import Callable, Iterator
from typing import Final

from assurance.doctor.expected import SCHEMAS
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Relation
from repository.walls import OWNER

_KINDS: Final = {
    "r": "table",
    "p": "partitioned-table",
    "v": "view",
    "m": "materialised-view",
    "f": "foreign-table",
    "S": "sequence",
    "c": "composite-type",
}
_DROP: Final = "Drop it, or declare it as a model and let `palisade migrate` make it."
_FIXES: Final = {
    "r": "Name its package with --models; or drop it.",
    "p": "Drop it: a partition is read past the policies of its parent.",
    "v": "Drop it: a view reads with its owner's eyes, and superusers' see all organisations.",
    "m": "Drop it: row level security does not reach what it keeps.",
    "f": "Drop it: row level security does not reach the other server.",
    "S": "Drop it: a sequence counts over all organisations.",
    "c": _DROP,
}


def _schemas(examined: Examined) -> Iterator[Hit]:
    for schema in examined.snapshot.schemas:
        if schema.name not in SCHEMAS | {"public"}:
            yield schema.name, f"schema of {schema.owner}"


def _schema_owners(examined: Examined) -> Iterator[Hit]:
    for schema in examined.snapshot.schemas:
        known = schema.name in SCHEMAS
        if schema.owner != OWNER if known else schema.owner in examined.reachable:
            yield schema.name, f"belongs to {schema.owner}"


def _database_owner(examined: Examined) -> Iterator[Hit]:
    server = examined.snapshot.server
    if server.database_owner in examined.reachable:
        yield f"database {server.database}", f"belongs to {server.database_owner}"


def _unexplained(kind: str) -> Callable[[Examined], Iterator[Hit]]:
    def find(examined: Examined) -> Iterator[Hit]:
        for relation in examined.snapshot.relations:
            known = relation.name in examined.tables or relation.persistence == "t"
            if relation.kind == kind and not known:
                yield relation.name, _described(relation)

    return find


def _described(relation: Relation) -> str:
    words = [f"{_KINDS.get(relation.kind, relation.kind)} of {relation.owner}"]
    if relation.kind == "v":
        invoker = any(
            option.lower() in ("security_invoker=true", "security_invoker=on", "security_invoker=1")
            for option in relation.options
        )
        words.append("security_invoker" if invoker else "reads as its owner")
    if relation.relatives:
        words.append(f"related to {', '.join(relation.relatives)}")
    return ", ".join(words)


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {relation.name for relation in examined.snapshot.relations}
    for name in sorted(examined.expected.tables.keys() - present):
        yield name, "declared, and not in the database"


def _known(examined: Examined) -> Iterator[Relation]:
    return (one for one in examined.snapshot.relations if one.name in examined.tables)


def _owned(examined: Examined) -> Iterator[Relation]:
    for relation in _known(examined):
        table = examined.expected.tables.get(relation.name)
        if table is not None and table.org_owned:
            yield relation


def _kinds(examined: Examined) -> Iterator[Hit]:
    for relation in _known(examined):
        if relation.kind != "r":
            yield relation.name, f"declared as a table, and is a {_described(relation)}"


def _owners(examined: Examined) -> Iterator[Hit]:
    for relation in _known(examined):
        if relation.owner != OWNER:
            yield relation.name, f"belongs to {relation.owner}"


def _relatives(examined: Examined) -> Iterator[Hit]:
    for relation in _known(examined):
        if relation.relatives or relation.partition:
            yield relation.name, f"related to {', '.join(relation.relatives)}"


def _temporary(examined: Examined) -> Iterator[Hit]:
    for relation in examined.snapshot.relations:
        if relation.persistence == "t" and relation.owner in examined.reachable:
            yield relation.name, f"temporary, of {relation.owner}"


def _unlogged(examined: Examined) -> Iterator[Hit]:
    for relation in _known(examined):
        if relation.persistence == "u":
            yield relation.name, "unlogged"


def _without_walls(examined: Examined) -> Iterator[Hit]:
    for relation in _owned(examined):
        if not relation.walled:
            yield relation.name, "row level security is not enabled"


def _needless_walls(examined: Examined) -> Iterator[Hit]:
    owned = {relation.name for relation in _owned(examined)}
    for relation in _known(examined):
        if relation.walled and relation.name not in owned:
            yield relation.name, "row level security on a table of no organisation"


def _not_forced(examined: Examined) -> Iterator[Hit]:
    for relation in _owned(examined):
        if not relation.forced:
            yield relation.name, "row level security does not bind its owner"


_MIGRATE: Final = "Run `palisade migrate`, which applies the walls again."

RELATION_RULES: Final = (
    Rule(
        "unexplained-schema",
        Severity.ERROR,
        "schemas",
        "Drop it, or move it to a database of its own.",
        _schemas,
    ),
    Rule(
        "schema-owner",
        Severity.ERROR,
        "schemas",
        f"ALTER SCHEMA … OWNER TO {OWNER}.",
        _schema_owners,
    ),
    Rule(
        "database-owner",
        Severity.ERROR,
        "schemas",
        f"ALTER DATABASE … OWNER TO {OWNER}: its owner makes objects in public, and settings.",
        _database_owner,
    ),
    *(
        Rule(f"unexplained-{_KINDS[kind]}", Severity.ERROR, "relations", fix, _unexplained(kind))
        for kind, fix in _FIXES.items()
    ),
    Rule("missing-table", Severity.ERROR, "relations", "Run `palisade migrate`.", _missing),
    Rule(
        "relation-kind",
        Severity.ERROR,
        "relations",
        "Find out who replaced the table; restore it from a backup.",
        _kinds,
    ),
    Rule(
        "relation-owner", Severity.ERROR, "relations", f"ALTER TABLE … OWNER TO {OWNER}.", _owners
    ),
    Rule(
        "inheritance",
        Severity.ERROR,
        "relations",
        "Detach it: rows are read through a relative, past the policies of this table.",
        _relatives,
    ),
    Rule(
        "temporary-relation",
        Severity.ERROR,
        "relations",
        "End the session that made it, and take TEMPORARY on the database from the role.",
        _temporary,
    ),
    Rule("unlogged-table", Severity.WARNING, "relations", "ALTER TABLE … SET LOGGED.", _unlogged),
    Rule("rls-disabled", Severity.ERROR, "row level security", _MIGRATE, _without_walls),
    Rule(
        "rls-unexpected",
        Severity.WARNING,
        "row level security",
        "ALTER TABLE … DISABLE ROW LEVEL SECURITY: the functions that read it would find nothing.",
        _needless_walls,
    ),
    Rule("rls-not-forced", Severity.ERROR, "row level security", _MIGRATE, _not_forced),
)
