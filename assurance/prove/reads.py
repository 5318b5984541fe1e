"""Every read that the schema derives, aimed at another organisation. Made from the schema."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)

from assurance.prove.attacks import Attack, Foreign, Part, Target
from assurance.prove.surface import ALL, PAGE, Surface, target_of
from models.columns import Kind
from models.describe import Column, Table
from resolvers.arguments import MOST_GROUPS
from resolvers.fields import (
    AggregateRecords,
    GetNodes,
    GetRecord,
    GroupRecords,
    ListRecords,
)
from resolvers.selection import meaning_of


class Reads(Surface):
    """The reads of one schema."""

    # Reads without an id: they may answer own records only.

    def lists(self) -> Iterator[Attack]:
        """Every list, whole, with every part of a connection."""
        yield from self._packed("lists", self._query, self._list_parts())

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
                yield (name,), table.type if name == "id" else target_of(table, column)
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


def _operands(table: Table, column: Column, operator: str) -> list[Any]:
    if operator == "isNull":
        return [True, False]
    return [Foreign(table.type, column, listed=operator == "in")]


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
