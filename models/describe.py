"""Model classes → plain, frozen values, from which everything else is derived.

GraphQL types, filters, mutations, loaders, row level security and the attacks of the tests read
these values and never a model class, so that a model is declared once and nowhere repeated.
"""

import dataclasses
import inspect
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from models.base import Exposure, Global, Model, camel_case
from models.classification import Category, Level
from models.columns import ColumnExposure, Kind, Traits, Transition, traits_of
from models.computed import Computed
from models.conditions import Guard, RowRule
from models.enforcement import Enforcement
from models.rules import (
    ModelError,
    check_choices,
    check_conditions,
    check_filled,
    check_keys,
    check_names,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an org-owned table. ``name`` is the database's, ``field`` the client's."""

    name: str
    field: str
    kind: Kind
    nullable: bool
    level: Level
    category: Category
    description: str
    exposure: ColumnExposure
    has_default: bool
    maskable: bool
    max_length: int | None
    max_items: int | None
    bounds: tuple[int | Decimal, int | Decimal] | None
    scale: int | None
    pattern: str | None
    choices: type[StrEnum] | None
    transitions: Mapping[str, Transition] = dataclasses.field(hash=False)

    @property
    def exposed(self) -> bool:
        """Whether clients see the column."""
        return self.exposure is not ColumnExposure.HIDDEN

    @property
    def sortable(self) -> bool:
        """Whether records can be ordered by this column."""
        return self.kind not in (Kind.JSON, Kind.TEXT_LIST)


class Cardinality(StrEnum):
    """How many records a relation leads to, and by which key."""

    ONE = "one"
    MANY = "many"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Relation:
    """A field that leads to records of another type.

    ``key`` is the column that holds the other id: this table's for ONE, the target's for MANY.
    For LINKED, ``key`` is the link table's column for this side and ``far_key`` for the other.
    ``cascades``: the records are deleted with the one they refer to. ``acyclic``: following ONE
    again and again never leads back.
    """

    field: str
    description: str
    cardinality: Cardinality
    target: str
    key: str
    nullable: bool
    link: str | None = None
    far_key: str | None = None
    cascades: bool = False
    acyclic: bool = False


@dataclass(frozen=True, slots=True)
class ComputedField:
    """A field that Python computes from columns of the same record."""

    field: str
    description: str
    needs: tuple[Column, ...]
    declared: Computed


@dataclass(frozen=True, slots=True)
class Table:
    """One org-owned model. ``singular`` and ``plural`` are the client's names for it."""

    name: str
    type: str
    singular: str
    plural: str
    description: str
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...]
    exposure: Exposure
    unique: tuple[tuple[str, ...], ...]
    unique_while: Mapping[tuple[str, ...], tuple[str, str]] = dataclasses.field(hash=False)
    row_rules: tuple[RowRule, ...]
    guards: tuple[Guard, ...]
    editable: Guard | None
    computed: tuple[ComputedField, ...]
    administered: bool
    enforcement: Enforcement | None
    core: sa.Table = dataclasses.field(compare=False, repr=False)
    by_name: Mapping[str, Column] = dataclasses.field(init=False, compare=False, repr=False)
    by_field: Mapping[str, Column] = dataclasses.field(init=False, compare=False, repr=False)
    relation_by_field: Mapping[str, Relation] = dataclasses.field(
        init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        object.__setattr__(self, "by_field", {column.field: column for column in self.columns})
        object.__setattr__(
            self, "relation_by_field", {relation.field: relation for relation in self.relations}
        )

    @property
    def plural_type(self) -> str:
        """``saasApplications`` → ``SaasApplications``, for names of what is about many."""
        return self.plural[0].upper() + self.plural[1:]

    @property
    def qualified_name(self) -> str:
        """The schema-qualified name, as generated SQL writes it."""
        return f"{self.core.schema}.{self.name}"

    @property
    def read_scope(self) -> str:
        """The scope that lets a caller read the type."""
        return f"{self.singular}:read"

    @property
    def all_scope(self) -> str:
        """The scope that frees a caller from the row rules of the type."""
        return f"{self.singular}:all"

    @property
    def write_scope(self) -> str:
        """The scope that lets a caller change records of the type."""
        return f"{self.singular}:write"


@dataclass(frozen=True, slots=True)
class Catalog:
    """All org-owned tables by type name, and the global tables behind them."""

    tables: Mapping[str, Table]
    global_tables: tuple[sa.Table, ...]

    @property
    def exposed(self) -> tuple[Table, ...]:
        """The tables that clients see."""
        return tuple(table for table in self.tables.values() if table.exposure.read)

    def target(self, relation: Relation) -> Table:
        """The table a relation leads to."""
        return self.tables[relation.target]

    @property
    def ruled(self) -> frozenset[str]:
        """The types that have row rules."""
        return frozenset(table.type for table in self.tables.values() if table.row_rules)

    def deleted_with(self, table: Table) -> Iterator[Table]:
        """The tables whose records go when a record of ``table`` is deleted."""
        found: dict[str, Table] = {}
        todo = [table]
        while todo:
            for relation in todo.pop().relations:
                if relation.cascades and relation.target not in found:
                    found[relation.target] = self.target(relation)
                    todo.append(found[relation.target])
        yield from found.values()

    def keys_of(self, source: Table, relation: Relation) -> tuple[tuple[Table, Column], ...]:
        """The columns that a relation of ``source`` follows, each with its table."""
        match relation.cardinality:
            case Cardinality.ONE:
                return ((source, source.by_name[relation.key]),)
            case Cardinality.MANY:
                target = self.target(relation)
                return ((target, target.by_name[relation.key]),)
            case Cardinality.LINKED:
                assert relation.link
                assert relation.far_key
                link = self.tables[relation.link]
                return ((link, link.by_name[relation.key]), (link, link.by_name[relation.far_key]))


def describe(models: Iterable[type[Model] | type[Global]]) -> Catalog:
    """The catalog of these models.

    Raises: ModelError, for the first model that breaks a rule.
    """
    owned: dict[str, type[Model]] = {}
    global_tables: list[sa.Table] = []
    for model in models:
        if issubclass(model, Global):
            global_tables.append(_core(model))
        else:
            owned[model.__name__] = model
    for model in owned.values():
        check_keys(model, owned)
        check_filled(model)
        check_choices(model)
    inverses = _inverses(owned)
    ruled = {name for name, model in owned.items() if model.__options__.row_rules}
    tables = {
        name: _table(model, tuple(inverses.get(name, ())), ruled) for name, model in owned.items()
    }
    check_names(tables)
    check_conditions(tables)
    return Catalog(tables, tuple(global_tables))


def _core(model: type[Model] | type[Global]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def _table(model: type[Model], inverses: tuple[Relation, ...], ruled: Collection[str]) -> Table:
    core = _core(model)
    options = model.__options__
    columns = tuple(_column(model, column) for column in core.columns if column.name != "org_id")
    singular = model.__name__[0].lower() + model.__name__[1:]
    return Table(
        name=core.name,
        type=model.__name__,
        singular=singular,
        plural=options.plural or _plural(singular),
        description=_description(model),
        columns=columns,
        relations=(*_references(model, ruled), *inverses),
        exposure=options.exposure,
        unique=options.unique,
        unique_while=options.unique_while,
        row_rules=options.row_rules,
        guards=options.guards,
        editable=options.editable,
        computed=tuple(_computed(model, {column.name: column for column in columns})),
        administered=options.administered,
        enforcement=options.enforcement,
        core=core,
    )


def _computed(model: type[Model], columns: Mapping[str, Column]) -> Iterator[ComputedField]:
    for name, declared in vars(model).items():
        if not isinstance(declared, Computed):
            continue
        for needed in declared.needs:
            if needed not in columns or not columns[needed].exposed:
                raise ModelError(
                    f"{model.__name__}.{name} needs {needed}, which is no column that clients "
                    f"see: name columns of {model.__name__}"
                )
        if len(inspect.signature(declared.function).parameters) != len(declared.needs):
            raise ModelError(
                f"{model.__name__}.{name} takes other arguments than it needs: give the function "
                f"one for each of {', '.join(declared.needs)}"
            )
        if declared.returns is None:
            raise ModelError(
                f"{model.__name__}.{name} doesn't say what it returns: annotate the function"
            )
        needs = tuple(columns[needed] for needed in declared.needs)
        yield ComputedField(camel_case(name), declared.description, needs, declared)


def _description(model: type[Model]) -> str:
    text = re.sub(r"\s+", " ", (model.__doc__ or "").strip())
    if not text:
        raise ModelError(f"{model.__name__} has no docstring: write one, clients read it")
    return text


def _column(model: type[Model], column: sa.Column[object]) -> Column:
    traits = _traits(model, column)
    if traits.classification is None:
        raise ModelError(
            f"{model.__name__}.{column.name} has no classification: "
            f"add one, such as internal(Category.BUSINESS)"
        )
    return Column(
        name=column.name,
        field=camel_case(column.name),
        kind=traits.kind,
        nullable=bool(column.nullable),
        level=traits.classification.level,
        category=traits.classification.category,
        description=traits.description,
        exposure=traits.exposure,
        has_default=column.server_default is not None,
        maskable=traits.maskable,
        max_length=traits.max_length,
        max_items=traits.max_items,
        bounds=traits.bounds,
        scale=traits.scale,
        pattern=traits.pattern,
        choices=traits.choices,
        transitions=traits.transitions,
    )


def _traits(model: type[Model], column: sa.Column[object]) -> Traits:
    traits = traits_of(column)
    if traits is None:
        raise ModelError(
            f"{model.__name__}.{column.name} has no classification: "
            f"declare it with a column kind of models.columns, such as text(...)"
        )
    return traits


def _references(model: type[Model], ruled: Collection[str]) -> Iterator[Relation]:
    for column in _core(model).columns:
        traits = traits_of(column)
        if traits and traits.reference:
            yield Relation(
                field=camel_case(column.name.removesuffix("_id")),
                description=traits.description,
                cardinality=Cardinality.ONE,
                target=traits.reference.target,
                key=column.name,
                # Who refers to it does not see it then.
                nullable=bool(column.nullable) or traits.reference.target in ruled,
                acyclic=traits.reference.acyclic,
            )


def _inverses(models: Mapping[str, type[Model]]) -> dict[str, list[Relation]]:
    """The connections that references and links give to the types they lead to."""
    found: dict[str, list[Relation]] = {}
    for model in models.values():
        references = {
            column.name: traits.reference
            for column in _core(model).columns
            if (traits := traits_of(column)) and traits.reference
        }
        for key, reference in references.items():
            if reference.inverse:
                found.setdefault(reference.target, []).append(
                    Relation(
                        field=camel_case(reference.inverse),
                        description=reference.inverse_description,
                        cardinality=Cardinality.MANY,
                        target=model.__name__,
                        key=key,
                        nullable=False,
                        cascades=reference.cascade,
                    )
                )
        for key, (name, description) in model.__options__.links.items():
            far_key = _far_key(model, key, references.keys())
            found.setdefault(references[key].target, []).append(
                Relation(
                    field=camel_case(name),
                    description=description,
                    cardinality=Cardinality.LINKED,
                    target=references[far_key].target,
                    key=key,
                    nullable=False,
                    link=model.__name__,
                    far_key=far_key,
                )
            )
    return found


def _far_key(model: type[Model], key: str, references: Iterable[str]) -> str:
    others = [name for name in references if name != key]
    if key not in references or len(others) != 1:
        raise ModelError(
            f"{model.__name__} links {key}: a link has exactly two references, name one of them"
        )
    return others[0]


def _plural(singular: str) -> str:
    if re.search(r"[^aeiou]y$", singular):
        return singular[:-1] + "ies"
    return singular + ("es" if re.search(r"(s|x|z|ch|sh)$", singular) else "s")
