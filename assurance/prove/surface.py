"""The schema as attacks see it: which fields mean what, and documents made of parts of it."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from assurance.prove.attacks import Attack, Part
from assurance.prove.records import reference_columns
from models.describe import Catalog, Column, Relation, Table
from resolvers.fields import ListRecords, Meaning, ToMany
from resolvers.selection import meaning_of

PAGE: Final = 10
ALL: Final = 100
# Below the limits on documents, so that each of them is carried out.
_ALIASES: Final = 5
_TOKENS: Final = 900


class Surface:
    """What the attacks on one schema are made with.

    ``mark`` goes into values that are written; ``types``: only of these; None: of all.
    """

    def __init__(
        self,
        catalog: Catalog,
        core: GraphQLSchema,
        *,
        mark: str,
        types: Collection[str] | None = None,
    ) -> None:
        assert core.query_type is not None
        assert core.mutation_type is not None
        self._mark = mark
        self._catalog = catalog
        self._types = catalog.tables if types is None else types
        self._core = core
        self._query = core.query_type
        self._mutation = core.mutation_type

    def _fields(
        self, root: GraphQLObjectType, kind: type[Meaning]
    ) -> Iterator[tuple[Table, str, GraphQLField]]:
        for name, field_ in root.fields.items():
            meaning = meaning_of(field_)
            if isinstance(meaning, kind) and meaning.table.type in self._types:  # type: ignore[union-attr]
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
        return " ".join(name for name, field_ in fields if _is_plain(field_))

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
    text = f"{header}{{ {' '.join(fields)} }}"
    return Attack(label, text, variables, parts=tuple(parts))


def target_of(table: Table, column: Column) -> str:
    return reference_columns(table)[column.name].target


def _is_plain(field_: GraphQLField) -> bool:
    """Whether it is a value that can be had without arguments."""
    required = any(is_required_argument(argument) for argument in field_.args.values())
    return is_leaf_type(get_named_type(field_.type)) and not required


def _tokens(part: Part) -> int:
    return len(re.findall(r"\w+|[^\s\w]", part.selection)) + 11 * (len(part.arguments) + 1)
