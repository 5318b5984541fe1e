"""What the database should have: derived from the description and from the walls' own DDL.

Policies, functions and grants are read off the statements that make them, so that there is no
second list to keep in step.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.base import DATA_SCHEMA, PRIVATE_SCHEMA
from models.describe import Catalog
from repository import context_functions
from repository.roles import role_statements
from repository.walls import PolicyForm, wall_statements

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]

SCHEMAS: Final = frozenset({DATA_SCHEMA, PRIVATE_SCHEMA})
# Of the second the privileges are looked at, not that it is there.
EXTENSIONS: Final = frozenset({"plpgsql", "pg_stat_statements"})

_COMMANDS: Final = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
_VOLATILITIES: Final = {"IMMUTABLE": "i", "STABLE": "s", "VOLATILE": "v"}

_POLICY: Final = re.compile(
    r"CREATE POLICY (\w+) ON (\S+) FOR (\w+) TO (\w+)"
    r"(?: USING \((.+?)\))?(?: WITH CHECK \((.+)\))?$"
)
_FUNCTION: Final = re.compile(
    r"CREATE OR REPLACE FUNCTION (?P<name>[\w.]+)\((?P<head>.*?)"
    r"(?:AS \$function\$(?P<source>.*)\$function\$|BEGIN ATOMIC(?P<body>.*)END)\s*$",
    re.DOTALL,
)
_GRANT: Final = re.compile(r"GRANT (?P<what>[\w, ]+) ON (?:(SCHEMA|FUNCTION) )?(.+) TO ([\w, ]+)$")
_SETTING: Final = re.compile(r"ALTER ROLE (\w+) SET (\w+) = (.+)$")
_MEMBERSHIP: Final = re.compile(r"GRANT (\w+) TO (\w+) WITH INHERIT (\w+), SET (\w+)$")


@dataclass(frozen=True, slots=True)
class ExpectedColumn:
    """A declared column, in PostgreSQL's words."""

    type: str
    collation: str | None
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class ExpectedKey:
    """A declared foreign key; the action is PostgreSQL's letter."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class ExpectedTable:
    """A declared table. ``unique``: columns and predicate; ``checks``: conditions by name."""

    org_owned: bool
    columns: Mapping[str, ExpectedColumn]
    unique: frozenset[tuple[tuple[str, ...], str | None]]
    indexes: frozenset[tuple[str, ...]]
    keys: frozenset[ExpectedKey]
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExpectedPolicy:
    """A policy of the walls; ``plain`` expressions are in no form at all."""

    command: str
    role: str
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class ExpectedFunction:
    """A function of the walls. ``source`` None: its body is bound to what it names."""

    language: str
    definer: bool
    volatility: str
    parallel: str
    settings: tuple[str, ...]
    source: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """All that is explained."""

    form: PolicyForm
    tables: Mapping[str, ExpectedTable]
    revisions: frozenset[str]
    policies: Mapping[tuple[str, str], ExpectedPolicy]
    functions: Mapping[str, ExpectedFunction]
    grants: frozenset[tuple[str, str, str, str]]
    enter_forms: tuple[ExpectedFunction, ...]
    settings: Mapping[tuple[str, str], str]
    memberships: Mapping[tuple[str, str], tuple[bool, bool]]
    comments: frozenset[str]


def expected(
    catalog: Catalog, revisions: Iterable[str], *, form: PolicyForm = PolicyForm.SUBSELECT
) -> Expected:
    """What a database of these models has; ``revisions`` are the tables of the migrations."""
    tables = {t.qualified_name: _table(t.core, org_owned=True) for t in catalog.tables.values()}
    for table in catalog.global_tables:
        tables[f"{table.schema}.{table.name}"] = _table(table, org_owned=False)
    policies: dict[tuple[str, str], ExpectedPolicy] = {}
    functions: dict[str, ExpectedFunction] = {}
    grants: set[tuple[str, str, str, str]] = set()
    latest: ExpectedFunction | None = None
    for statement in map(str.strip, wall_statements(catalog, form=form)):
        if match := _POLICY.match(statement):
            name, relation, command, role, using, check = match.groups()
            policies[relation, name] = ExpectedPolicy(
                _COMMANDS[command], role, plain(using), plain(check)
            )
        elif match := _FUNCTION.match(statement):
            latest = _function(match)
        elif match := _GRANT.match(statement):
            what, kind, names, roles = match.groups()
            if kind == "FUNCTION" and latest is not None:
                functions[names], latest = latest, None
            for one in [names] if kind == "FUNCTION" else names.split(", "):
                for privilege in what.split(", "):
                    for role in roles.split(", "):
                        grants.add(((kind or "RELATION").lower(), one, role, privilege))
    found = frozenset(f"{PRIVATE_SCHEMA}.{name}" for name in revisions)
    grants |= {("relation", name, "palisade_app", "SELECT") for name in found}
    settings: dict[tuple[str, str], str] = {}
    memberships: dict[tuple[str, str], tuple[bool, bool]] = {}
    for statement in role_statements():
        if match := _SETTING.match(statement):
            settings[match[1], match[2]] = match[3].strip("'")
        elif match := _MEMBERSHIP.match(statement):
            memberships[match[1], match[2]] = (match[3] == "TRUE", match[4] == "TRUE")
    return Expected(
        form,
        tables,
        found,
        policies,
        functions,
        frozenset(grants),
        tuple(_enter_forms()),
        settings,
        memberships,
        frozenset(_comments(catalog)),
    )


def _comments(catalog: Catalog) -> Iterator[str]:
    for table in (*(one.core for one in catalog.tables.values()), *catalog.global_tables):
        for comment in (table.comment, *(column.comment for column in table.columns)):
            if comment:
                yield comment


def _enter_forms() -> Iterator[ExpectedFunction]:
    """``enter`` as each form of the policies has it: they are equally good."""
    for text in (context_functions.ENTER, context_functions.ENTER_EVERYWHERE):
        match = _FUNCTION.match(text.strip())
        assert match is not None
        yield _function(match)


ENTER: Final = f"{PRIVATE_SCHEMA}.enter(text)"
"""The only function that differs from one form to the other."""


def plain(expression: str | None) -> str | None:
    """An expression without what deparsing adds: parentheses, spaces, aliases, casts to text."""
    if expression is None:
        return None
    return re.sub(r"\s+AS \w+(?=\s*\))|::text\b(?!\[)|[\s()]", "", expression).lower()


def plain_default(default: str | None) -> str | None:
    """A default without the casts that deparsing adds."""
    return None if default is None else re.sub(r"::[a-z ]+(\[\])?$", "", default)


def words_of(condition: str) -> frozenset[str]:
    """The literals and numbers of a condition, which deparsing leaves as they are.

    Joined literals are one, as the server keeps them.
    """
    joined = re.sub(r"'\s*(?:::text)?\)*\s*\|\|\s*\(*'", "", condition)
    found = re.findall(r"'(?:[^']|'')*'|(?<![\w'.])-?\d+(?:\.\d+)?\b", joined)
    return frozenset(re.sub(r"^'(-?\d+(?:\.\d+)?)'$", r"\1", word) for word in found)


def _function(match: re.Match[str]) -> ExpectedFunction:
    head = match["head"]
    language = re.search(r"LANGUAGE (\w+)", head)
    assert language is not None
    volatility = next(letter for word, letter in _VOLATILITIES.items() if word in head)
    setting = re.search(r"SET (\w+) = (.+)", head)
    return ExpectedFunction(
        language=language[1],
        definer="SECURITY DEFINER" in head,
        volatility=volatility,
        parallel="s" if "PARALLEL SAFE" in head else "u",
        settings=(f"{setting[1]}={setting[2].strip()}",) if setting else (),
        source=match["source"],
    )


def _table(table: sa.Table, *, org_owned: bool) -> ExpectedTable:
    unique: set[tuple[tuple[str, ...], str | None]] = {
        (tuple(column.name for column in constraint.columns), None)
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    }
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"]["where"]
            unique.add((_names(index), None if where is None else plain(str(where))))
    return ExpectedTable(
        org_owned=org_owned,
        columns={column.name: _column(column) for column in table.columns},
        unique=frozenset(unique),
        indexes=frozenset(_names(index) for index in table.indexes if not index.unique),
        keys=frozenset(
            ExpectedKey(
                columns=tuple(key.column_keys),
                target=f"{key.referred_table.schema}.{key.referred_table.name}",
                target_columns=tuple(element.column.name for element in key.elements),
                on_delete="c" if key.ondelete == "CASCADE" else "a",
            )
            for key in table.foreign_key_constraints
        ),
        checks={
            str(_DIALECT.identifier_preparer.format_constraint(check)).strip('"'): str(
                check.sqltext
            )
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint)
        },
    )


def _names(index: sa.Index) -> tuple[str, ...]:
    return tuple(column.name for column in index.columns)


def _column(column: sa.Column[object]) -> ExpectedColumn:
    text = column.type.compile(dialect=_DIALECT)
    name, _, collation = text.partition(" COLLATE ")
    item = getattr(column.type, "item_type", None)
    if item is not None and getattr(item, "collation", None):
        name, collation = f"{item.__visit_name__}[]", item.collation
    default = column.server_default
    given = default.arg if isinstance(default, sa.DefaultClause) else None
    return ExpectedColumn(
        type=name.lower().replace(", ", ","),
        collation=collation.strip('"') or None,
        required=not column.nullable,
        default=(None if given is None else f"'{given}'" if isinstance(given, str) else str(given)),
    )
