"""What every stored record is built on.

A model is either org-owned (`Model`) or explicitly global (`Global`). An org-owned table gets
its keys, checks and indexes here, from its columns' traits, so that none can be forgotten:
the primary key is ``(org_id, id)`` and every other unique index, index and foreign key leads
with ``org_id`` as well.
"""

import datetime
import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.classification import Category, internal, public
from models.columns import (
    BIG_INTEGER_BOUNDS,
    INTEGER_BOUNDS,
    TRAITS,
    ColumnExposure,
    Kind,
    Traits,
    decimal_bounds,
    traits_of,
)
from models.conditions import Guard, RowRule
from models.enforcement import Enforcement

DATA_SCHEMA: Final = "data"
PRIVATE_SCHEMA: Final = "palisade"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What clients may do with a type; reading and writing still need the type's scope."""

    read: bool = True
    create: bool = True
    update: bool = True
    delete: bool = True


READ_ONLY: Final = Exposure(create=False, update=False, delete=False)
UPDATE_ONLY: Final = Exposure(create=False, delete=False)
HIDDEN: Final = Exposure(read=False, create=False, update=False, delete=False)

_QUOTE: Final = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Options:
    """What a model declares about itself as a whole.

    ``unique`` and ``indexes`` name columns; ``org_id`` is put in front of each. ``links``
    makes an org-owned link a many-to-many relation: for each of its two references, the name
    and description of the connection that the referenced type gets to the other side.

    ``unique_while`` makes columns unique among the records of which another column has one
    value: ``{("vendor_id",): ("status", "ACTIVE")}``. ``row_rules`` say who sees which records;
    without any, everybody who may read the type sees all. ``guards`` must hold of every record
    that is made or changed.
    """

    plural: str | None = None
    exposure: Exposure = Exposure()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    unique_while: Mapping[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    row_rules: tuple[RowRule, ...] = ()
    guards: tuple[Guard, ...] = ()
    enforcement: Enforcement | None = None


class Base(DeclarativeBase):
    """The registry and the naming rules that all models share."""

    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class Global(Base):
    """A table that belongs to no organisation, reached by exact-key functions only.

    The application role has no grant on it, and no client sees it.
    """

    __abstract__ = True

    def __init_subclass__(cls) -> None:
        cls.__tablename__ = table_name(cls.__name__)
        cls.__table_args__ = {"schema": PRIVATE_SCHEMA}
        super().__init_subclass__()


class Model(Base):
    """A record that belongs to one organisation."""

    __abstract__ = True
    __options__: ClassVar[Options] = Options()

    org_id: Mapped[uuid.UUID] = mapped_column(
        sa.Uuid(),
        primary_key=True,
        sort_order=-9,
        info={
            TRAITS: Traits(
                Kind.ID,
                "The organisation the record belongs to.",
                internal(Category.TECHNICAL),
                ColumnExposure.HIDDEN,
            )
        },
    )
    id: Mapped[uuid.UUID] = mapped_column(
        sa.Uuid(),
        primary_key=True,
        sort_order=-8,
        info={
            TRAITS: Traits(
                Kind.ID,
                "The record's id.",
                public(Category.TECHNICAL),
                exposure=ColumnExposure.READ_ONLY,
            )
        },
    )
    created_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        sort_order=97,
        info={
            TRAITS: Traits(
                Kind.TIMESTAMP,
                "When the record was created.",
                internal(Category.TECHNICAL),
                exposure=ColumnExposure.READ_ONLY,
            )
        },
    )
    updated_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        sort_order=98,
        info={
            TRAITS: Traits(
                Kind.TIMESTAMP,
                "When the record was last changed.",
                internal(Category.TECHNICAL),
                exposure=ColumnExposure.READ_ONLY,
            )
        },
    )
    version: Mapped[int] = mapped_column(
        sa.Integer(),
        server_default=sa.text("1"),
        sort_order=99,
        info={
            TRAITS: Traits(
                Kind.INTEGER,
                "Counts the changes; an update names the version it was made from.",
                internal(Category.TECHNICAL),
                exposure=ColumnExposure.READ_ONLY,
            )
        },
    )

    def __init_subclass__(cls) -> None:
        cls.__tablename__ = table_name(cls.__name__)
        own = cls.__dict__.get("__table_args__", ())
        cls.__table_args__ = (
            *(own if isinstance(own, tuple) else ()),
            {"schema": DATA_SCHEMA, "comment": (cls.__doc__ or "").strip()},
        )
        super().__init_subclass__()
        table = cls.__table__
        assert isinstance(table, sa.Table)
        for constraint in _constraints(table, cls.__options__):
            table.append_constraint(constraint)
        _add_indexes(table, cls.__options__)


def table_name(model: str) -> str:
    """``SaasApplication`` → ``saas_application``; ``User`` → ``user_record``.

    A name that SQL reserves gets a suffix, so that every table is found by its bare name.
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()
    return f"{name}_record" if name in RESERVED_WORDS else name


def camel_case(name: str) -> str:
    """``last_sync_at`` → ``lastSyncAt``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def quoted_name(name: str) -> str:
    """The name as SQL writes it: in quotes where it needs them."""
    return str(_QUOTE(name))


def reference_constraint_name(table: str, column: str) -> str:
    """The name of the composite foreign key made for a reference."""
    return f"fk_{table}_{column}"


def _constraints(table: sa.Table, options: Options) -> Iterator[sa.Constraint]:
    for column in table.columns:
        traits = traits_of(column)
        if traits is None:
            continue
        for rule, condition in _checks(column, traits):
            yield _check(f"{column.name}_{rule}", condition)
        if traits.reference:
            yield sa.ForeignKeyConstraint(
                ["org_id", column.name],
                [
                    f"{DATA_SCHEMA}.{table_name(traits.reference.target)}.org_id",
                    f"{DATA_SCHEMA}.{table_name(traits.reference.target)}.id",
                ],
                name=reference_constraint_name(table.name, column.name),
                ondelete="CASCADE" if traits.reference.cascade else None,
            )
    for name, condition in options.checks.items():
        yield _check(name, condition)
    for columns in options.unique:
        yield sa.UniqueConstraint("org_id", *columns)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    """A check whose name tells of its condition, so that a changed one is seen by its name."""
    digest = hashlib.blake2s(condition.encode(), digest_size=3).hexdigest()
    return sa.CheckConstraint(sa.text(condition), name=f"{name}_{digest}")


def _checks(column: sa.Column[object], traits: Traits) -> Iterator[tuple[str, str]]:
    """The rules of a column's traits once more, where no code path can miss them."""
    name = quoted_name(column.name)
    match traits.kind:
        case Kind.TEXT:
            yield "length", f"char_length({name}) <= {traits.max_length}"
            if traits.pattern:
                yield "pattern", f"{name} ~ {_quoted(f'^({traits.pattern})$')}"
        case Kind.CHOICE:
            assert traits.choices
            values = ", ".join(_quoted(value) for value in traits.choices)
            yield "choice", f"{name} IN ({values})"
        case Kind.INTEGER | Kind.BIG_INTEGER if traits.bounds:
            low, high = traits.bounds
            full = INTEGER_BOUNDS if traits.kind is Kind.INTEGER else BIG_INTEGER_BOUNDS
            if (low, high) != full:
                yield "range", f"{name} BETWEEN {low} AND {high}"
        case Kind.DECIMAL if traits.bounds:
            assert isinstance(column.type, sa.Numeric)
            low, high = traits.bounds
            if (low, high) != decimal_bounds(column.type.precision or 0, traits.scale or 0):
                yield "range", f"{name} BETWEEN {low} AND {high}"
        case Kind.FLOAT:
            # NaN sorts behind infinity; neither has a form in JSON.
            yield "finite", f"{name} > '-Infinity' AND {name} < 'Infinity'"
        case Kind.TEXT_LIST:
            yield "items", f"cardinality({name}) <= {traits.max_items}"
            if traits.choices:
                values = ", ".join(_quoted(value) for value in traits.choices)
                yield "choices", f"{name} <@ ARRAY[{values}]::text[]"
        case Kind.JSON:
            yield "bytes", f"octet_length({name}::text) <= {2 * (traits.max_length or 0)}"
        case _:
            pass


def _quoted(value: str) -> str:
    """A literal; cut behind a colon that SQLAlchemy would take for the mark of a parameter."""
    literal = "'" + value.replace("'", "''") + "'"
    cut = re.sub(r"(?<![:\w\\]):(?=\w+(?![:\w]))", ":' || '", literal)
    return literal if cut == literal else f"({cut})"


def unique_while_name(table: str, columns: tuple[str, ...], column: str) -> str:
    """The name of the index that makes columns unique while another one has a value."""
    return f"uq_{table}_{'_'.join(columns)}_while_{column}"


def _add_indexes(table: sa.Table, options: Options) -> None:
    """An index per reference, ending in ``id``: the order a page of referring records is in."""
    for unique, (column, value) in options.unique_while.items():
        sa.Index(
            unique_while_name(table.name, unique, column),
            *(table.c[name] for name in ("org_id", *unique)),
            unique=True,
            postgresql_where=sa.text(f"{quoted_name(column)} = {_quoted(value)}"),
        )
    references = (
        (column.name,)
        for column in table.columns
        if (traits := traits_of(column)) and traits.reference
    )
    for columns in dict.fromkeys((*options.indexes, *references)):
        name = f"ix_{table.name}_{'_'.join(columns)}"
        sa.Index(name, *(table.c[column] for column in ("org_id", *columns, "id")))
