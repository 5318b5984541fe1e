"""Which fields of which types the documents and their variables name."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from graphql.type import GraphQLInputType, is_list_type, is_non_null_type
from graphql.utilities import type_from_ast

Places = set[tuple[str, str]]


class Coverage:
    """What was reached of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.fields: Places = set()
        self.input_fields: Places = set()
        self._schema = schema
        self._declared: dict[str, Sequence[tuple[str, GraphQLInputType]]] = {}

    def add(self, text: str, variables: Mapping[str, Any]) -> None:
        """Notes a document that is sent."""
        declared = self._declared.get(text)
        if declared is None:
            declared = self._declared[text] = self._read(text)
        for name, kind in declared:
            self._walk(kind, variables.get(name))

    @property
    def all_fields(self) -> Places:
        """Every field of every object type."""
        return {
            (name, field)
            for name, kind in self._schema.type_map.items()
            if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
            for field in kind.fields
        }

    @property
    def all_input_fields(self) -> Places:
        """Every field of every input."""
        return {
            (name, field)
            for name, kind in self._schema.type_map.items()
            if isinstance(kind, GraphQLInputObjectType)
            for field in kind.fields
            # Lists of conditions are the same for every type, a deletion's version is optional.
            if field not in ("and", "or") and not (name.startswith("Delete") and field == "version")
        }

    def _read(self, text: str) -> Sequence[tuple[str, GraphQLInputType]]:
        document = parse(text)
        info = TypeInfo(self._schema)
        fields, input_fields = self.fields, self.input_fields

        class Names(Visitor):
            def enter_field(self, node: FieldNode, *_: object) -> None:
                if parent := info.get_parent_type():
                    fields.add((parent.name, node.name.value))

            def enter_object_field(self, node: Any, *_: object) -> None:
                if parent := get_named_type(info.get_parent_input_type()):
                    input_fields.add((parent.name, node.name.value))

        visit(document, TypeInfoVisitor(info, Names()))
        (operation,) = document.definitions
        return [
            (definition.variable.name.value, kind)
            for definition in operation.variable_definitions or ()  # type: ignore[attr-defined]
            if (kind := type_from_ast(self._schema, definition.type)) is not None
        ]

    def _walk(self, kind: Any, value: Any) -> None:
        if is_non_null_type(kind) or is_list_type(kind):
            kind = kind.of_type
            for item in value if isinstance(value, list) else [value]:
                self._walk(kind, item)
        elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
            for name, item in value.items():
                self.input_fields.add((kind.name, name))
                if name in kind.fields:
                    self._walk(kind.fields[name].type, item)
