"""A validated operation and its coerced variables → plain values, before any SQL is sent.

Everything a client may not do or may not say is refused here, for the whole operation at once:
scopes, columns above the clearance, pages, cursors, filters and inputs. The resolvers then carry
out what stands here and read no argument again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type, is_abstract_type
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path as ResponsePath
from graphql.type import GraphQLField, GraphQLNamedType, introspection_types, is_composite_type

from models.columns import ColumnExposure
from models.describe import Catalog, Column, Table
from repository.criteria import Criteria
from repository.statements import Aggregation, PageRequest
from resolvers.access import Access
from resolvers.arguments import ArgumentReader, Arguments, PageParts
from resolvers.budget import Budget
from resolvers.errors import BadInput, Forbidden, TooComplex
from resolvers.fields import (
    MEANING,
    AggregateRecords,
    CreateRecord,
    DeleteRecord,
    GetNodes,
    GetRecord,
    ListRecords,
    Meaning,
    ToMany,
    ToOne,
    TransitionRecord,
    UpdateRecord,
    Value,
)
from resolvers.values import MAX_LIST, record_id, written_value

MAX_DEPTH: Final = 15

# The type and the response key of each field on the way. The type is part of it: beneath an
# interface, fields of different types may have one key.
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Get:
    """The ids of a root field that gets records by id."""

    ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Figures over the records that meet the criteria."""

    where: Criteria
    figures: tuple[Aggregation, ...]


@dataclass(frozen=True, slots=True)
class Create:
    """The values of a new record, by column name."""

    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Update:
    """New values for the record of one version, by column name."""

    id: UUID
    version: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delete:
    """A record to delete; of one version, where it is named."""

    id: UUID
    version: int | None


@dataclass(frozen=True, slots=True)
class Transit:
    """A record to take through a transition."""

    id: UUID
    version: int


Step = Get | Aggregate | PageRequest | Create | Update | Delete | Transit


class Selection:
    """What each derived field of the operation is to do, by its place in the answer."""

    __slots__ = ("_steps",)

    def __init__(self, steps: Mapping[Path, Step]) -> None:
        self._steps = steps

    def at(self, info: GraphQLResolveInfo[Any]) -> Any:
        """The step of the field that is being resolved."""
        keys: list[tuple[str, str]] = []
        path: ResponsePath | None = info.path
        while path is not None:
            if isinstance(path.key, str):
                assert path.typename is not None
                keys.append((path.typename, path.key))
            path = path.prev
        return self._steps[tuple(reversed(keys))]


def select(executor: Executor[Any], catalog: Catalog, access: Access) -> Selection:
    """The selection of an executor's operation.

    Raises: BadInput, Forbidden, TooComplex.
    """
    selector = _Selector(executor, catalog, access)
    root = executor.schema.get_root_type(executor.operation.operation)
    assert root is not None
    fields = collect_fields(
        executor.schema,
        executor.fragments,
        executor.variable_values,
        root,
        executor.operation,
        hide_suggestions=True,
    )
    selector.read(root, fields.grouped_field_set, (), nodes=1)
    return Selection(selector.steps)


def meaning_of(field: GraphQLField) -> Meaning | None:
    """What a field means; None for a field with a resolver of its own."""
    definition = field.extensions.get("strawberry-definition")
    meaning: Meaning | None = definition.metadata.get(MEANING) if definition else None
    return meaning


class _Selector:
    def __init__(self, executor: Executor[Any], catalog: Catalog, access: Access) -> None:
        self.steps: dict[Path, Step] = {}
        self._executor = executor
        self._catalog = catalog
        self._access = access
        self._budget = Budget()
        self._arguments = ArgumentReader(catalog, access, self._budget)
        self._introspected = 0

    def read(
        self,
        parent: GraphQLObjectType,
        fields: Mapping[str, FieldDetailsList],
        path: Path,
        *,
        nodes: int,
    ) -> None:
        """Reads the fields of ``nodes`` objects of the type ``parent``."""
        if len(path) >= MAX_DEPTH:
            raise TooComplex(_place(path), f"must not be deeper than {MAX_DEPTH} levels")
        for key, details in fields.items():
            here = (*path, (parent.name, key))
            self._budget.field(_place(here))
            name = details[0].node.name.value
            if name.startswith("__"):
                self._introspect(name, details, here)
                continue
            field = parent.fields[name]
            meaning = meaning_of(field)
            beneath = nodes
            if meaning is not None:
                step = self._step(meaning, field, details, here)
                if step is not None:
                    self.steps[here] = step
                if isinstance(step, PageRequest):
                    beneath = nodes * step.limit
                    self._budget.nodes(beneath, _place(here))
                elif isinstance(meaning, GetNodes) and isinstance(step, Get):
                    beneath = nodes * len(step.ids)
                    self._budget.nodes(beneath, _place(here))
            named = get_named_type(field.type)
            if is_composite_type(named):
                self._descend(named, details, here, nodes=beneath)

    def _introspect(self, name: str, details: FieldDetailsList, path: Path) -> None:
        """All types of the schema are listed once at the most, which is all that tools need."""
        if name != "__schema":
            return
        schema_type = introspection_types["__Schema"]
        assert isinstance(schema_type, GraphQLObjectType)
        fields = self._subfields(schema_type, details)
        self._introspected += sum(name == "types" for name in _names(fields))
        if self._introspected > 1:
            raise TooComplex(_place(path), "must not list the types of the schema twice")

    def _descend(
        self, named: GraphQLNamedType, details: FieldDetailsList, path: Path, *, nodes: int
    ) -> None:
        types = (
            self._executor.schema.get_possible_types(named) if is_abstract_type(named) else [named]
        )
        for type_ in types:
            assert isinstance(type_, GraphQLObjectType)
            table = self._catalog.tables.get(type_.name)
            fields = self._subfields(type_, details)
            if table is not None and any(
                meaning_of(type_.fields[name]) is not None and name != "id"
                for name in _names(fields)
            ):
                self._access.check_type(table, _place(path))
            self.read(type_, fields, path, nodes=nodes)

    def _subfields(
        self, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> Mapping[str, FieldDetailsList]:
        return self._executor.collect_subfields(type_, details).grouped_field_set

    def _step(
        self, meaning: Meaning, field: GraphQLField, details: FieldDetailsList, path: Path
    ) -> Step | None:
        place = _place(path)
        match meaning:
            case Value(table, column):
                if table.type in self._access.columns:
                    self._access.check_shown(table, column, place)
                return None
            case ToOne(source, relation, _):
                self._access.check_relation(self._catalog, source, relation, place=place)
                return None
        given = self._given(field, details)
        match meaning:
            case ToMany(source, relation, target):
                self._access.check_relation(self._catalog, source, relation, place=place)
                return self._page(target, field, details, given=given, place=place)
            case ListRecords(table):
                self._access.check_type(table, place)
                return self._page(table, field, details, given=given, place=place)
            case GetRecord(table):
                self._access.check_type(table, place)
                return Get((record_id(given["id"]),))
            case GetNodes(many=many):
                if not self._access.columns:
                    raise Forbidden(place, "needs a scope that lets it read a type")
                ids = given["ids"] if many else [given["id"]]
                if len(ids) > MAX_LIST:
                    raise BadInput(f"{place}.ids", f"must not have more than {MAX_LIST} entries")
                return Get(tuple(map(record_id, ids)))
            case AggregateRecords(table):
                self._access.check_type(table, place)
                where = self._arguments.where(table, given.get("where"), place)
                return Aggregate(where, tuple(self._figures(table, field, details, place)))
            case _:
                return self._write(meaning, given, place)

    def _given(self, field: GraphQLField, details: FieldDetailsList) -> Arguments:
        if not field.args:
            return {}
        return get_argument_values(
            field,
            details[0].node,
            self._executor.variable_values,
            details[0].fragment_variable_values,
        )

    def _page(
        self,
        table: Table,
        field: GraphQLField,
        details: FieldDetailsList,
        *,
        given: Arguments,
        place: str,
    ) -> PageRequest:
        connection = get_named_type(field.type)
        assert isinstance(connection, GraphQLObjectType)
        cursors = total = False
        for group in self._subfields(connection, details).values():
            name = group[0].node.name.value
            if name in ("edges", "pageInfo"):
                inner = get_named_type(connection.fields[name].type)
                assert isinstance(inner, GraphQLObjectType)
                asked = set(_names(self._subfields(inner, group)))
                cursors = cursors or bool(asked & {"cursor", "startCursor", "endCursor"})
            total = total or name == "totalCount"
        parts = PageParts(cursors=cursors, total=total)
        return self._arguments.page(table, given, place, parts=parts)

    def _figures(
        self, table: Table, field: GraphQLField, details: FieldDetailsList, place: str
    ) -> Iterator[Aggregation]:
        yield Aggregation("count")
        aggregate = get_named_type(field.type)
        assert isinstance(aggregate, GraphQLObjectType)
        asked: dict[Aggregation, None] = {}
        for key, group in self._subfields(aggregate, details).items():
            function = group[0].node.name.value
            inner = (
                get_named_type(aggregate.fields[function].type) if function[:2] != "__" else None
            )
            if not isinstance(inner, GraphQLObjectType):
                continue
            for name in _names(self._subfields(inner, group)):
                column = table.by_field[name]
                self._access.check_read(table, column, f"{place}.{key}.{name}")
                asked[Aggregation(function, column)] = None
        yield from asked

    def _write(self, meaning: Meaning, given: Arguments, place: str) -> Step:
        fields = given["input"]
        match meaning:
            case CreateRecord(table):
                self._access.check_write(table, place)
                return Create(dict(self._written(table, fields, on_create=True)))
            case UpdateRecord(table):
                self._access.check_write(table, place)
                values = dict(self._written(table, fields, on_create=False))
                if not values:
                    raise BadInput("input", "must set at least one field")
                return Update(record_id(fields["id"]), fields["version"], values)
            case DeleteRecord(table):
                for gone in (table, *self._catalog.deleted_with(table)):
                    if gone.exposure.read:
                        self._access.check_write(gone, place)
                return Delete(record_id(fields["id"]), fields.get("version"))
            case TransitionRecord(table, _, _):
                self._access.check_write(table, place)
                return Transit(record_id(fields["id"]), fields["version"])
            case _:
                raise AssertionError(meaning)

    def _written(
        self, table: Table, fields: Arguments, *, on_create: bool
    ) -> Iterator[tuple[str, object]]:
        for column in table.columns:
            if column.field not in fields or not may_be_set(column, on_create=on_create):
                continue
            place = f"input.{column.field}"
            self._access.check_read(table, column, place)
            yield column.name, written_value(column, fields[column.field], place)


def may_be_set(column: Column, *, on_create: bool) -> bool:
    """Whether a client may set the column on creation, or afterwards."""
    if column.exposure is ColumnExposure.SET_ONCE:
        return on_create
    return column.exposure is ColumnExposure.WRITABLE


def _names(fields: Mapping[str, FieldDetailsList]) -> Iterator[str]:
    for details in fields.values():
        name = details[0].node.name.value
        if not name.startswith("__"):
            yield name


def _place(path: Path) -> str:
    """The response keys, as a client reads them."""
    return ".".join(key for _, key in path)
