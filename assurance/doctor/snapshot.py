"""What a database's catalog said at one moment, as plain values.

Built-in objects are left out, except where somebody changed one. Names of relations and functions
are qualified by their schema.
"""

from dataclasses import dataclass

PUBLIC = "public"
"""How the grants name everybody."""

WITHHELD_KIND = "withheld"
"""The kind of grants of what PostgreSQL gives to everybody and `palisade migrate` takes away."""

STATEMENTS_KIND = "statistics of statements"
"""The kind of grants of what the extension pg_stat_statements has."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema."""

    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, sequence or anything else of pg_class but indexes and TOAST tables.

    ``kind`` and ``persistence`` are PostgreSQL's letters; ``relatives`` its parents and children.
    """

    name: str
    schema: str
    kind: str
    owner: str
    walled: bool
    forced: bool
    persistence: str
    partition: bool
    options: tuple[str, ...]
    relatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``generated`` and ``identity`` are PostgreSQL's letters, empty where it is none."""

    relation: str
    name: str
    type: str
    collation: str | None
    required: bool
    default: str | None
    generated: str
    identity: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint; ``kind`` and the actions are PostgreSQL's letters."""

    relation: str
    name: str
    kind: str
    columns: tuple[str, ...]
    target: str | None
    target_columns: tuple[str, ...]
    on_delete: str
    on_update: str
    valid: bool
    definition: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index. ``keys`` are columns, or the expressions in their place."""

    relation: str
    name: str
    unique: bool
    primary: bool
    exclusion: bool
    valid: bool
    expressions: bool
    keys: tuple[str, ...]
    predicate: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of row level security; the expressions are deparsed without a search path."""

    relation: str
    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """A function, procedure or aggregate. ``body`` is the deparsed one of a body bound at birth."""

    name: str
    kind: str
    built_in: bool
    owner: str
    language: str
    definer: bool
    leakproof: bool
    volatility: str
    parallel: str
    settings: tuple[str, ...]
    source: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger. ``internal`` ones carry out foreign keys; ``enabled`` is PostgreSQL's letter."""

    relation: str
    name: str
    internal: bool
    enabled: str
    function: str


@dataclass(frozen=True, slots=True)
class Grant:
    """That a role, or everybody, may do something with an object that is not its own.

    ``kind`` is the object's: relation, column, function, schema, database, and so on. ``built_in``
    ones are beyond those that PostgreSQL makes itself.
    """

    kind: str
    object: str
    grantee: str
    privilege: str
    grantable: bool
    built_in: bool


@dataclass(frozen=True, slots=True)
class Other:
    """An object of a kind that the service has none of, or of which only few are known."""

    kind: str
    name: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role and its attributes. ``bootstrap`` is the one that the server was made with."""

    name: str
    bootstrap: bool
    superuser: bool
    bypasses: bool
    makes_roles: bool
    makes_databases: bool
    replicates: bool
    may_login: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """That ``member`` is a member of ``role``."""

    role: str
    member: str
    admin: bool
    inherits: bool
    may_set: bool


@dataclass(frozen=True, slots=True)
class RoleSetting:
    """A setting that a session begins with. None: of every role, or in every database."""

    role: str | None
    database: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Server:
    """The server and the session that looked. ``settings`` are those that the session may see.

    ``built_ins`` is a digest of the functions that PostgreSQL is made with.
    """

    version: int
    reader: str
    database: str
    database_owner: str
    local: bool
    built_ins: str
    settings: tuple[tuple[str, str], ...]

    def setting(self, name: str) -> str | None:
        """The value of a setting, None where it is hidden or unknown."""
        return next((value for known, value in self.settings if known == name), None)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole catalog."""

    server: Server
    schemas: tuple[Schema, ...]
    relations: tuple[Relation, ...]
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    indexes: tuple[Index, ...]
    policies: tuple[Policy, ...]
    functions: tuple[Function, ...]
    triggers: tuple[Trigger, ...]
    grants: tuple[Grant, ...]
    others: tuple[Other, ...]
    roles: tuple[Role, ...]
    memberships: tuple[Membership, ...]
    role_settings: tuple[RoleSetting, ...]
