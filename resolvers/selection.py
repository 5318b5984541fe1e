"""A validated operation and its coerced variables → plain values, before any SQL is sent.

Everything a client may not do or may not say is refused here, for the whole operation at once:
scopes, columns above the clearance, pages, cursors, filters and inputs. Both ways of executing
begin with it: resolvers carry out the step of their field and read no argument again; compiled
reads are made of the readings.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLObjectType, get_named_type, is_abstract_type
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from graphql.execution.values import get_argument_values
from graphql.type import GraphQLField, GraphQLNamedType, introspection_types, is_composite_type

from models.describe import Catalog, Column, Table
from repository import reading
from repository.statements import Aggregation, PageRequest
from resolvers.access import Access, Decision
from resolvers.arguments import ArgumentReader, Arguments, PageParts
from resolvers.budget import Budget
from resolvers.errors import BadInput, Forbidden, TooComplex
from resolvers.fields import (
    MEANING,
    MOST,
    AggregateRecords,
    ComputedValue,
    FigureOf,
    GetNodes,
    GetRecord,
    GroupRecords,
    KeyOf,
    ListRecords,
    Meaning,
    PartOf,
    ToMany,
    ToOne,
    Value,
    WrittenRecord,
    WrittenRecords,
)
from resolvers.inputs import write_step
from resolvers.steps import Aggregate, Get, Group, Many, Path, Selection, Step
from resolvers.variables import Variables

MAX_DEPTH: Final = 15


def select(executor: Executor[Any], catalog: Catalog, access: Access) -> Selection:
    """The selection of an executor's operation.

    Raises: BadInput, Forbidden, TooComplex.
    """
    selector = _Selector(executor, catalog, access)
    root, grouped = root_fields(executor)
    fields = selector.read(root, grouped, (), nodes=1)
    return Selection(
        selector.steps, dict(fields), payloads=selector.payloads, decisive=selector.decisive
    )


def root_fields(
    executor: Executor[Any],
) -> tuple[GraphQLObjectType, Mapping[str, FieldDetailsList]]:
    """The root type of an operation, and its fields by response key."""
    root = executor.schema.get_root_type(executor.operation.operation)
    assert root is not None
    collected = collect_fields(
        executor.schema,
        executor.fragments,
        executor.variable_values,
        root,
        executor.operation,
        hide_suggestions=True,
    )
    return root, collected.grouped_field_set


def meaning_of(field: GraphQLField) -> Meaning | None:
    """What a field means; None for a field with a resolver of its own."""
    meaning: Meaning | None = _metadata(field).get(MEANING)
    return meaning


def _metadata(field: GraphQLField) -> Mapping[Any, Any]:
    definition = field.extensions.get("strawberry-definition")
    return definition.metadata if definition else {}


# What is read beneath a type: its fields by response key, None where one can't be compiled.
Read = list[tuple[str, Any]]


class _Selector:
    def __init__(self, executor: Executor[Any], catalog: Catalog, access: Access) -> None:
        self.steps: dict[Path, Step] = {}
        self.payloads: dict[str, reading.Payload] = {}
        self._executor = executor
        self._catalog = catalog
        self._access = access
        self._budget = Budget()
        self._arguments = ArgumentReader(catalog, access, self._budget)
        self._introspected = 0

    @property
    def decisive(self) -> Sequence[Callable[[Variables], Hashable]]:
        return self._arguments.decisive

    def read(
        self,
        parent: GraphQLObjectType,
        fields: Mapping[str, FieldDetailsList],
        path: Path,
        *,
        nodes: int,
    ) -> Read:
        """Reads the fields of ``nodes`` objects of the type ``parent``."""
        if len(path) >= MAX_DEPTH:
            raise TooComplex(_place(path), f"must not be deeper than {MAX_DEPTH} levels")
        return [
            (key, self._field(parent, details, (*path, (parent.name, key)), nodes=nodes))
            for key, details in fields.items()
        ]

    def _field(
        self, parent: GraphQLObjectType, details: FieldDetailsList, path: Path, *, nodes: int
    ) -> Any:
        self._budget.field(_place(path))
        name = details[0].node.name.value
        if name == "__typename":
            return reading.Constant(parent.name)
        if name.startswith("__"):
            self._introspect(name, details, path)
            return None
        field = parent.fields[name]
        meaning = meaning_of(field)
        step = None if meaning is None else self._step(meaning, field, details, path)
        if step is not None:
            self.steps[path] = step
        beneath = self._nodes(field, meaning, step, nodes=nodes, path=path)
        found: list[tuple[GraphQLObjectType, Read]] = []
        named = get_named_type(field.type)
        if is_composite_type(named):
            found = list(self._beneath(named, details, path, nodes=beneath))
        if meaning is None or any(inner is None for _, read in found for _, inner in read):
            return None
        return self._reading(meaning, step, found, path)

    def _nodes(
        self,
        field: GraphQLField,
        meaning: Meaning | None,
        step: Step | None,
        *,
        nodes: int,
        path: Path,
    ) -> int:
        """How many objects there may be beneath a field."""
        if isinstance(step, PageRequest | Group):
            nodes *= step.limit
        elif isinstance(step, Many):
            nodes *= len(step.of)
        elif isinstance(meaning, GetNodes) and isinstance(step, Get):
            nodes *= step.count
        elif meaning is None and (most := _metadata(field).get(MOST)):
            nodes *= most
        else:
            return nodes
        self._budget.nodes(nodes, _place(path))
        return nodes

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

    def _beneath(
        self, named: GraphQLNamedType, details: FieldDetailsList, path: Path, *, nodes: int
    ) -> Iterator[tuple[GraphQLObjectType, Read]]:
        """What is read of each type that may be there."""
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
            yield type_, self.read(type_, fields, path, nodes=nodes)

    def _reading(
        self,
        meaning: Meaning,
        step: Step | None,
        found: Sequence[tuple[GraphQLObjectType, Read]],
        path: Path,
    ) -> Any:
        """The field as part of a compiled read; None for a mutation."""
        fields = tuple(found[0][1]) if found else ()
        match meaning:
            case Value(table, column):
                # Of a type that can't be read, ``id`` alone may stand beneath an interface.
                decided = self._access.columns.get(table.type)
                masked = decided is not None and decided[column.name] is Decision.MASK
                return reading.Shown(column, masked)
            case ToOne(_, relation, target):
                return reading.Follow(relation, reading.Record(target, fields))
            case ToMany(_, relation, target):
                assert isinstance(step, PageRequest)
                return reading.Page(target, step, fields, relation)
            case PartOf(name):
                return reading.Part(name, fields)
            case FigureOf(function, figured):
                return reading.Figure(Aggregation(function, figured))
            case ListRecords(table):
                assert isinstance(step, PageRequest)
                return reading.Page(table, step, fields)
            case GetRecord(table):
                assert isinstance(step, Get)
                return reading.Get(step.ids, reading.Record(table, fields))
            case GetNodes(many):
                assert isinstance(step, Get)
                records = [
                    reading.Record(self._catalog.tables[type_.name], tuple(read))
                    for type_, read in found
                    if type_.name in self._access.columns
                ]
                return reading.GetNodes(step.ids, many, tuple(records))
            case AggregateRecords(table):
                assert isinstance(step, Aggregate)
                return reading.Figures(table, step.where, fields)
            case GroupRecords(table):
                assert isinstance(step, Group)
                return reading.Groups(table, step.where, step.keys, step.limit, fields)
            case KeyOf(column):
                return reading.Key(column)
            case WrittenRecord(table):
                return reading.Record(table, fields)
            case ComputedValue() | WrittenRecords():
                return None  # Python makes it, of rows
            case _:
                ((_, key),) = path
                self.payloads[key] = reading.Payload(fields)
                return None

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
            case ComputedValue(table, computed):
                for column in computed.needs:
                    self._access.check_read(table, column, place)
                return None
            case ToOne(source, relation, _):
                self._budget.reads(1, place)
                self._access.check_relation(self._catalog, source, relation, place=place)
                return None
            case PartOf("totalCount"):
                self._budget.reads(1, place)
                return None
            case PartOf() | FigureOf() | KeyOf() | WrittenRecord() | WrittenRecords():
                return None
            case GetNodes():
                self._budget.reads(len(self._access.columns), place)
            case _:
                self._budget.reads(1, place)
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
                return Get(self._arguments.id(given["id"]))
            case GetNodes(many=many):
                if not self._access.columns:
                    raise Forbidden(place, "needs a scope that lets it read a type")
                if many:
                    return Get(*self._arguments.ids(given["ids"], f"{place}.ids"))
                return Get(self._arguments.id(given["id"]))
            case AggregateRecords(table):
                self._access.check_type(table, place)
                where = self._arguments.where(table, given.get("where"), place)
                return Aggregate(where, tuple(self._figures(table, field, details, place)))
            case GroupRecords(table):
                self._access.check_type(table, place)
                where = self._arguments.where(table, given.get("where"), place)
                keys, limit = self._arguments.groups(table, given, place)
                figures = tuple(self._figures(table, field, details, place))
                self._check_keys(table, keys, field, details, place=place)
                return Group(where, keys, figures, limit)
            case _:
                return write_step(meaning, given, self._catalog, self._access, place=place)

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
            if not isinstance(inner, GraphQLObjectType) or function == "key":
                continue
            for name in _names(self._subfields(inner, group)):
                column = table.by_field[name]
                self._access.check_read(table, column, f"{place}.{key}.{name}")
                asked[Aggregation(function, column)] = None
        yield from asked

    def _check_keys(
        self,
        table: Table,
        keys: Sequence[Column],
        field: GraphQLField,
        details: FieldDetailsList,
        *,
        place: str,
    ) -> None:
        """That the keys which are asked for are among those that are grouped by.

        Raises: BadInput.
        """
        group = get_named_type(field.type)
        assert isinstance(group, GraphQLObjectType)
        for key, inner in self._subfields(group, details).items():
            if inner[0].node.name.value != "key":
                continue
            key_type = get_named_type(group.fields["key"].type)
            assert isinstance(key_type, GraphQLObjectType)
            for name in _names(self._subfields(key_type, inner)):
                if table.by_field[name] not in keys:
                    raise BadInput(f"{place}.{key}.{name}", "must be among the fields of `by`")


def _names(fields: Mapping[str, FieldDetailsList]) -> Iterator[str]:
    for details in fields.values():
        name = details[0].node.name.value
        if not name.startswith("__"):
            yield name


def _place(path: Path) -> str:
    """The response keys, as a client reads them."""
    return ".".join(key for _, key in path)
