"""Which fields of which types the documents and their variables name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)
from graphql.type import GraphQLType, is_list_type, is_non_null_type
from graphql.utilities import type_from_ast, value_from_ast_untyped

_COMPOSED: Final = (ListValueNode, ObjectValueNode)

Places = set[tuple[str, str]]


class Coverage:
    """What was reached of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.fields: Places = set()
        self.input_fields: Places = set()
        self._schema = schema
        self._declared: dict[str, Sequence[tuple[str, GraphQLType]]] = {}

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

    def _read(self, text: str) -> Sequence[tuple[str, GraphQLType]]:
        (operation,) = parse(text, no_location=True).definitions
        assert isinstance(operation, OperationDefinitionNode)
        self._select(self._schema.get_root_type(operation.operation), operation.selection_set)
        return [
            (definition.variable.name.value, kind)
            for definition in operation.variable_definitions or ()
            if (kind := type_from_ast(self._schema, definition.type)) is not None
        ]

    def _select(self, parent: Any, selected: SelectionSetNode) -> None:
        """By hand: a general visitor takes longer than the service takes to answer."""
        for node in selected.selections:
            match node:
                case InlineFragmentNode(type_condition=condition):
                    inner = self._schema.type_map[condition.name.value] if condition else parent
                    self._select(inner, node.selection_set)
                case FieldNode():
                    self._field(parent, node)

    def _field(self, parent: Any, node: FieldNode) -> None:
        name = node.name.value
        self.fields.add((parent.name, name))
        field = getattr(parent, "fields", {}).get(name)
        if field is None:
            return
        for argument in node.arguments or ():
            known = field.args.get(argument.name.value)
            if known is not None and isinstance(argument.value, _COMPOSED):
                value = value_from_ast_untyped(argument.value)
                self._walk(known.type, value)
        if node.selection_set:
            self._select(get_named_type(field.type), node.selection_set)

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
