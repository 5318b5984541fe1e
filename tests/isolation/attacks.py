"""Every operation the schema allows, aimed at ids of another organisation. Made from the schema.

An attack is a document whose variables hold `Target` where an id goes. It is sent with a foreign
id, a random one and texts that are no ids, all of which must be answered alike, and with an own
id, which must be answered differently.
"""

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from models.base import camel_case
from models.columns import Kind
from models.conditions import Comparison, Condition, Operator, Related
from models.describe import Catalog, Column, Relation, Table
from resolvers.arguments import MOST_GROUPS
from resolvers.fields import (
    AggregateRecords,
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    GetNodes,
    GetRecord,
    GroupRecords,
    ListRecords,
    Meaning,
    ToMany,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
)
from resolvers.inputs import may_be_set
from resolvers.selection import meaning_of
from tests.isolation.records import COUNT, place_of, reference_columns, valid_value

PAGE = 10
ALL = 100
# Below the limits on documents, so that each of them is carried out.
_ALIASES = 5
_TOKENS = 900


@dataclass(frozen=True)
class Target:
    """Stands for an id of this type: the one under attack, in the row of this index."""

    type: str
    index: int = 0


@dataclass(frozen=True)
class Own:
    """Stands for an id of the attacker's own."""

    type: str
    index: int


@dataclass(frozen=True)
class Version:
    """Stands for the version of the attacker's own record."""

    type: str
    index: int


@dataclass(frozen=True)
class Foreign:
    """Stands for a value of the other organisation's first record of the type that has one."""

    type: str
    column: Column
    listed: bool = False


@dataclass(frozen=True)
class Part:
    """One root field of an attack. ``arguments``: GraphQL type and value, by name."""

    field: str
    arguments: Mapping[str, tuple[str, Any]]
    selection: str


@dataclass(frozen=True)
class State:
    """What one of the attacker's own records has to have beforehand, so that the own id works."""

    type: str
    index: int
    column: str
    value: str


@dataclass(frozen=True)
class Attack:
    """A document, its variables, what it is about, and for a mutation the type it changes."""

    label: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    changes: str | None = None
    states: tuple[State, ...] = ()


class Attacks:
    """The attacks on one schema. ``mark`` goes into the values that are written."""

    def __init__(self, catalog: Catalog, core: GraphQLSchema, *, mark: str) -> None:
        self._mark = mark
        self._catalog = catalog
        self._core = core
        assert core.query_type is not None
        assert core.mutation_type is not None
        self._query = core.query_type
        self._mutation = core.mutation_type
        self._fresh = itertools.count(COUNT)

    # Reads without an id: they may answer own records only.

    def lists(self) -> Iterator[Attack]:
        """Every list, whole, with every part of a connection."""
        yield from self._packed("lists", self._query, self._list_parts())

    def orders(self) -> Iterator[Attack]:
        """Every list in every order, both ways, with its first cursor."""
        parts = (
            self._list(table, f"{{ edges {{ cursor node {{ id {name} }} }} }}", order=(name, way))
            for table, name, way in self.keys_of_order()
        )
        yield from self._packed("orders", self._query, parts)

    def keys_of_order(self) -> Iterator[tuple[Table, str, str]]:
        """Table, field and direction of every order there is."""
        for table, _ in self._roots(ListRecords):
            for name in self._input_type(f"{table.type}Order").fields:
                for direction in ("ASC", "DESC"):
                    yield table, name, direction

    def relations(self) -> Iterator[Attack]:
        """Every relation of every record of every list, both directions."""
        parts = (
            self._list(table, f"{{ nodes {{ id {part} }} }}")
            for table, _ in self._roots(ListRecords)
            for part in self._relation_parts(table)
        )
        yield from self._packed("relations", self._query, parts)

    def values(self) -> Iterator[Attack]:
        """Every list filtered by every operator with a value of the other organisation."""
        yield from self._packed("values", self._query, self._value_parts())

    def aggregates(self) -> Iterator[Attack]:
        """Every figure there is."""
        parts = (
            Part(name, {}, self._figures(field))
            for _, name, field in self._fields(self._query, AggregateRecords)
        )
        yield from self._packed("aggregates", self._query, parts)

    def groups(self) -> Iterator[Attack]:
        """Every type by every key there is, the first time with every figure."""
        yield from self._packed("groups", self._query, self._group_parts())

    # Reads by an id, which must not tell whether it is another organisation's.

    def points(self) -> Iterator[Attack]:
        """Every record by id: its own field, ``node`` and ``nodes``, with all columns."""
        yield from self._packed("points", self._query, self._point_parts())

    def point_relations(self) -> Iterator[Attack]:
        """Every relation of a record that is asked for by id."""
        parts = (
            Part(name, {"id": ("ID!", Target(table.type))}, f"{{ id {part} }}")
            for table, name in self._roots(GetRecord)
            for part in self._relation_parts(table)
        )
        yield from self._packed("point relations", self._query, parts)

    def filters(self) -> Iterator[Attack]:
        """Every list and aggregate, by ids: its own, its references', through its relations."""
        yield from self._packed("filters", self._query, self._filter_parts())

    def nested_filters(self) -> Iterator[Attack]:
        """Every connection of a record, its records filtered by id; filters two relations deep."""
        yield from self._packed("nested filters", self._query, self._nested_parts())

    # Computed answers.

    def answers_from_ids(self) -> Iterator[Attack]:
        """Every computed answer that begins at a record."""
        begins = (
            ("blastRadius", "vendor", "ID", "Vendor"),
            ("blastRadius", "integration", "ID", "Integration"),
            ("blastRadius", "credential", "ID", "Credential"),
            ("simulate", "vendorSuspended", "ID!", "Vendor"),
        )
        for name, argument, kind, type_ in begins:
            part = Part(name, {argument: (kind, Target(type_))}, self._whole(self._query, name))
            yield from self._packed("answers from ids", self._query, [part])

    def answers(self) -> Iterator[Attack]:
        """Every other computed answer."""
        arguments = {"expiring": {"within": ("Int!", 730)}}
        for name in ("dataMap", "personalData", "posture", "expiring", "unusedGrants"):
            part = Part(name, arguments.get(name, {}), self._whole(self._query, name))
            yield from self._packed("answers", self._query, [part])

    def refreshed(self) -> Attack:
        """What the posture finds, as findings."""
        selection = self._whole(self._mutation, "refreshFindings")
        return Attack("refreshFindings", f"mutation {{ refreshFindings {selection} }}")

    def _whole(self, parent: GraphQLObjectType, name: str) -> str:
        """All of an answer; of the records in it, their ids."""
        kind = get_named_type(parent.fields[name].type)
        if is_leaf_type(kind):
            return ""
        if not isinstance(kind, GraphQLObjectType) or kind.name in self._catalog.tables:
            return "{ id }"
        return f"{{ {' '.join(f'{part} {self._whole(kind, part)}' for part in kind.fields)} }}"

    # Cursors of the other organisation's pages.

    def cursors(self, found: Iterable[str]) -> Iterator[Attack]:
        """What comes after these cursors, which stand in the order of `keys_of_order`.

        What comes before them as well, in ascending order.
        """
        yield from self._packed("cursors", self._query, self._cursor_parts(found))

    def nested_cursors(self, by_type: Mapping[str, str]) -> Iterator[Attack]:
        """Every connection of a record, from a cursor of its type in the order of ids."""
        parts = (
            self._list(
                table,
                f"{{ nodes {{ id {relation.field}(first: {PAGE}, after: "
                f'"{by_type[target.type]}") {{ nodes {{ id }} }} }} }}',
            )
            for table, relation, target in self._connections()
        )
        yield from self._packed("nested cursors", self._query, parts)

    # Writes.

    def writes(self) -> Iterator[Attack]:
        """Update, transitions and deletion of a record by id; the same among many."""
        for kind in (UpdateRecord, UpdateRecords):
            for table, name, _ in self._fields(self._mutation, kind):
                values = self._valid(table, on_create=False)
                key = {"id": Target(table.type), "version": Version(table.type, 0)}
                attack = self._write(name, table, {**key, **values}, many=kind is UpdateRecords)
                yield replace(attack, states=self._editable(table, 0))
        for table, name, _ in self._fields(self._mutation, TransitionRecord):
            transition = self.transition(name)
            sources = transition.column.transitions[transition.name].sources
            key = {"id": Target(table.type), "version": Version(table.type, 0)}
            attack = self._write(name, table, {**key, "reason": "An attack."})
            state = State(table.type, 0, transition.column.name, sources[0])
            yield replace(attack, states=(state,))
        for kind in (DeleteRecord, DeleteRecords):
            for table, name, _ in self._fields(self._mutation, kind):
                # The last row made is the attacker's latest creation: nothing refers to it.
                key = {"id": Target(table.type, -1)}
                yield self._write(name, table, key, many=kind is DeleteRecords)

    def references(self) -> Iterator[Attack]:
        """Every reference field of every creation and update; of creations among many as well."""
        for kind, shift in ((CreateRecord, 2), (CreateRecords, 3), (UpsertRecords, 4)):
            for table, name, _ in self._fields(self._mutation, kind):
                for column in self._written_references(table, on_create=True):
                    values = self._valid(table, on_create=True, shift=shift)
                    values[column.field] = Target(_target(table, column))
                    many = kind is not CreateRecord
                    yield self._write(name, table, values, about=column.field, many=many)
        for table, name, _ in self._fields(self._mutation, UpdateRecord):
            for column in self._written_references(table, on_create=False):
                # The record that refers to the own target already: no rule can refuse it that.
                index = next(i for i in range(COUNT) if place_of(table, column.name, i) == 0)
                values = {
                    "id": Own(table.type, index),
                    "version": Version(table.type, index),
                    column.field: Target(_target(table, column)),
                }
                attack = self._write(name, table, values, about=column.field)
                yield replace(attack, states=self._editable(table, index))

    def creations(self) -> Iterator[Attack]:
        """A valid creation of every type, alone and among many."""
        for table, name, _ in self._fields(self._mutation, CreateRecord):
            yield self._write(name, table, self._valid(table, on_create=True, shift=1))
        for beside, kind in enumerate((CreateRecords, UpsertRecords), start=1):
            for table, name, _ in self._fields(self._mutation, kind):
                values = self._valid(table, on_create=True, shift=1, beside=beside)
                yield self._write(name, table, values, many=True)

    def transition(self, name: str) -> TransitionRecord:
        """What a transition's root field means."""
        meaning = meaning_of(self._mutation.fields[name])
        assert isinstance(meaning, TransitionRecord)
        return meaning

    # How they are put together.

    def _fields(
        self, root: GraphQLObjectType, kind: type[Meaning]
    ) -> Iterator[tuple[Table, str, GraphQLField]]:
        for name, field_ in root.fields.items():
            meaning = meaning_of(field_)
            if isinstance(meaning, kind):
                yield meaning.table, name, field_  # type: ignore[union-attr]

    def _roots(self, kind: type[Meaning]) -> Iterator[tuple[Table, str]]:
        for table, name, _ in self._fields(self._query, kind):
            yield table, name

    def _input_type(self, name: str) -> GraphQLInputObjectType:
        found = self._core.type_map[name]
        assert isinstance(found, GraphQLInputObjectType)
        return found

    def _record_type(self, table: Table) -> GraphQLObjectType:
        found = self._core.type_map[table.type]
        assert isinstance(found, GraphQLObjectType)
        return found

    def _columns(self, table: Table) -> str:
        fields = self._record_type(table).fields.items()
        return " ".join(
            name for name, field_ in fields if is_leaf_type(get_named_type(field_.type))
        )

    def _relation_parts(self, table: Table) -> Iterator[str]:
        for name, field_ in self._record_type(table).fields.items():
            match meaning_of(field_):
                case ToMany(_, _, target):
                    columns = self._columns(target)
                    yield f"{name}(first: {PAGE}) {{ totalCount nodes {{ {columns} }} }}"
                case None:
                    pass
                case _ if is_leaf_type(get_named_type(field_.type)):
                    pass
                case meaning:
                    yield f"{name} {{ {self._columns(meaning.target)} }}"  # type: ignore[union-attr]

    def _connections(self) -> Iterator[tuple[Table, Relation, Table]]:
        for table, _ in self._roots(ListRecords):
            for field_ in self._record_type(table).fields.values():
                meaning = meaning_of(field_)
                if isinstance(meaning, ToMany):
                    yield table, meaning.relation, meaning.target

    def _list(
        self,
        table: Table,
        selection: str,
        *,
        where: Any = None,
        order: tuple[str, str] | None = None,
        first: int = ALL,
    ) -> Part:
        arguments: dict[str, tuple[str, Any]] = {"first": ("Int", first)}
        if where is not None:
            arguments["where"] = (f"{table.type}Where", where)
        if order is not None:
            arguments["orderBy"] = (f"[{table.type}Order!]", [{order[0]: order[1]}])
        return Part(table.plural, arguments, selection)

    def _list_parts(self) -> Iterator[Part]:
        page = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
        for table, _ in self._roots(ListRecords):
            edges = f"edges {{ cursor node {{ {self._columns(table)} }} }}"
            yield self._list(table, f"{{ totalCount nodes {{ id }} {edges} {page} }}")

    def _value_parts(self) -> Iterator[Part]:
        for table, _ in self._roots(ListRecords):
            for name, where_field in self._input_type(f"{table.type}Where").fields.items():
                column = table.by_field.get(name)
                if column is None:
                    continue
                filter_type = get_named_type(where_field.type)
                assert isinstance(filter_type, GraphQLInputObjectType)
                where = [
                    {name: {operator: value}}
                    for operator in filter_type.fields
                    for value in _operands(table, column, operator)
                ]
                yield self._list(table, "{ nodes { id } }", where={"or": where})

    def _figures(self, field_: GraphQLField, *, without: str = "") -> str:
        aggregate = get_named_type(field_.type)
        assert isinstance(aggregate, GraphQLObjectType)
        parts = []
        for name, part in aggregate.fields.items():
            if name == without:
                continue
            inner = get_named_type(part.type)
            fields = inner.fields if isinstance(inner, GraphQLObjectType) else ()
            parts.append(f"{name} {{ {' '.join(fields)} }}" if fields else name)
        return f"{{ {' '.join(parts)} }}"

    def _point_parts(self) -> Iterator[Part]:
        for table, name in self._roots(GetRecord):
            yield Part(name, {"id": ("ID!", Target(table.type))}, f"{{ {self._columns(table)} }}")
        for name, field_ in self._query.fields.items():
            meaning = meaning_of(field_)
            if not isinstance(meaning, GetNodes):
                continue
            for table, _ in self._roots(GetRecord):
                target = Target(table.type)
                selection = f"{{ __typename id ... on {table.type} {{ {self._columns(table)} }} }}"
                if meaning.many:
                    yield Part(name, {"ids": ("[ID!]!", [target, target])}, selection)
                else:
                    yield Part(name, {"id": ("ID!", target)}, selection)

    def _filter_parts(self) -> Iterator[Part]:
        aggregates = {table.type: name for table, name in self._roots(AggregateRecords)}
        for table, _ in self._roots(ListRecords):
            for path, target in self._id_paths(table):
                for where in _aimed(path, target):
                    yield self._list(table, "{ totalCount nodes { id } }", where=where, first=PAGE)
                where = _at(path, {"eq": Target(target)})
                yield Part(
                    aggregates[table.type], {"where": (f"{table.type}Where", where)}, "{ count }"
                )

    def _id_paths(self, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
        """Ways from a type's filter to an id filter, and the type of record whose id it is."""
        for name in self._input_type(f"{table.type}Where").fields:
            column, relation = table.by_field.get(name), table.relation_by_field.get(name)
            if column is not None and column.kind is Kind.ID:
                yield (name,), table.type if name == "id" else _target(table, column)
            elif relation is not None:
                yield (name, "id"), relation.target

    def _nested_parts(self) -> Iterator[Part]:
        for table, relation, target in self._connections():
            for path, type_name in self._id_paths(target):
                where = _at(path, {"eq": Target(type_name)})
                yield self._list(table, "{ nodes { id } }", where={relation.field: where})
            # The id of a record of the relation: of the row of the same index, so that the
            # attacker's own is found.
            text = f"{relation.field}(first: {PAGE}, where: $where) {{ totalCount nodes {{ id }} }}"
            yield Part(
                table.plural,
                {
                    "first": ("Int", ALL),
                    "where": (f"{target.type}Where", {"id": {"eq": Target(target.type)}}),
                },
                f"{{ nodes {{ id {text} }} }}",
            )
        for table, _ in self._roots(ListRecords):
            for relation in table.relations:
                target = self._catalog.target(relation)
                if relation.field in self._input_type(f"{table.type}Where").fields:
                    where = {
                        "or": [{relation.field: {"and": [{"id": {"in": [Target(target.type)]}}]}}]
                    }
                    yield self._list(table, "{ totalCount nodes { id } }", where=where)

    def _cursor_parts(self, found: Iterable[str]) -> Iterator[Part]:
        for (table, name, direction), cursor in zip(self.keys_of_order(), found, strict=True):
            order = (f"[{table.type}Order!]", [{name: direction}])
            sides = (
                {"first": "after", "last": "before"} if direction == "ASC" else {"first": "after"}
            )
            for size, side in sides.items():
                yield Part(
                    table.plural,
                    {size: ("Int", ALL), side: ("String", cursor), "orderBy": order},
                    f"{{ nodes {{ id {name} }} }}",
                )

    def _written_references(self, table: Table, *, on_create: bool) -> Iterator[Column]:
        for name in reference_columns(table):
            column = table.by_name[name]
            if column.exposed and may_be_set(column, on_create=on_create):
                yield column

    def _valid(
        self, table: Table, *, on_create: bool, shift: int = 0, beside: int = 0
    ) -> dict[str, Any]:
        """Values for an input; a creation's references go to rows that no other record pairs."""
        index = next(self._fresh)
        values: dict[str, Any] = {}
        references = list(reference_columns(table))
        for column in table.columns:
            if not column.exposed or not may_be_set(column, on_create=on_create):
                continue
            if column.name in references:
                place = (
                    ((references.index(column.name) + 1) * shift + beside) % COUNT
                    if on_create
                    else place_of(table, column.name, 0)
                )
                assert place is not None
                values[column.field] = Own(_target(table, column), place)
            else:
                value = valid_value(column, table, mark=self._mark, index=index)
                values[column.field] = wire(column, value)
        return values

    def _write(
        self, name: str, table: Table, values: Any, *, about: str = "", many: bool = False
    ) -> Attack:
        kind = get_named_type(self._mutation.fields[name].args["input"].type).name
        columns = self._columns(table)
        field = table.plural if many else table.singular
        return Attack(
            f"{name} {about}".strip(),
            f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {field} {{ {columns} }} }} }}",
            {"input": {"records": [values]} if many else values},
            changes=table.type,
        )

    def _editable(self, table: Table, index: int) -> tuple[State, ...]:
        """What has to be so for the i-th record of a population to be updated."""
        if table.editable is None:
            return ()
        return (self._state(table.editable.requires, table, index),)

    def _state(self, condition: Condition, table: Table, index: int) -> State:
        match condition:
            case Comparison(column, Operator.EQ, str() as value):
                return State(table.type, index, column, value)
            case Related(name, where):
                relation = table.relation_by_field[camel_case(name)]
                place = place_of(table, relation.key, index)
                assert place is not None
                return self._state(where, self._catalog.target(relation), place)
            case _:
                raise AssertionError(f"{condition} of {table.type}: say how it is met")

    def _group_parts(self) -> Iterator[Part]:
        for table, name, field_ in self._fields(self._query, GroupRecords):
            group = get_named_type(field_.type)
            assert isinstance(group, GraphQLObjectType)
            key_type = get_named_type(group.fields["key"].type)
            assert isinstance(key_type, GraphQLObjectType)
            figures = self._figures(field_, without="key")
            for key in key_type.fields:
                by = (f"[{table.type}GroupBy!]!", [key])
                arguments = {"by": by, "first": ("Int", MOST_GROUPS)}
                yield Part(name, arguments, f"{{ key {{ {key} }} {figures[1:]}")
                figures = "{ count }"

    def _packed(
        self, label: str, root: GraphQLObjectType, parts: Iterable[Part]
    ) -> Iterator[Attack]:
        """As few documents as the limits allow."""
        held: list[Part] = []
        for part in parts:
            if held and (
                len(held) == _ALIASES or sum(map(_tokens, held)) + _tokens(part) > _TOKENS
            ):
                yield _document(label, held)
                held = []
            held.append(part)
        if held:
            yield _document(label, held)


def wire(column: Column, value: Any) -> Any:
    """A stored value as a variable in JSON."""
    match value:
        case None:
            return None
        case UUID() | Decimal():
            return str(value)
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case str() if column.choices is not None:
            return column.choices(value).name
        case int() if column.kind is Kind.BIG_INTEGER:
            return str(value)
        case _:
            return value


def _document(label: str, parts: list[Part]) -> Attack:
    declared: list[str] = []
    variables: dict[str, Any] = {}
    fields: list[str] = []
    for index, part in enumerate(parts):
        given = []
        selection = part.selection
        for name, (kind, value) in part.arguments.items():
            variable = f"{name}{index}"
            declared.append(f"${variable}: {kind}")
            variables[variable] = value
            if f"${name}" in selection:
                selection = selection.replace(f"${name}", f"${variable}")
            else:
                given.append(f"{name}: ${variable}")
        arguments = f"({', '.join(given)})" if given else ""
        fields.append(f"r{index}: {part.field}{arguments} {selection}")
    header = f"query ({', '.join(declared)}) " if declared else ""
    return Attack(label, f"{header}{{ {' '.join(fields)} }}", variables)


def _operands(table: Table, column: Column, operator: str) -> list[Any]:
    if operator == "isNull":
        return [True, False]
    return [Foreign(table.type, column, listed=operator == "in")]


def _tokens(part: Part) -> int:
    return len(re.findall(r"\w+|[^\s\w]", part.selection)) + 11 * (len(part.arguments) + 1)


def _aimed(path: tuple[str, ...], type_name: str) -> Iterator[Any]:
    target = Target(type_name)
    yield _at(path, {"eq": target})
    yield _at(path, {"in": [target]})
    yield _at(path, {"ne": target})
    yield {"not": _at(path, {"eq": target})}


def _at(path: tuple[str, ...], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _target(table: Table, column: Column) -> str:
    return reference_columns(table)[column.name].target
