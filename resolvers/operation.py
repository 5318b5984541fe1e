"""One operation of a document: what kind it is, and how its variables are read."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_operation_ast,
    get_variable_values,
    is_input_type,
    type_from_ast,
)
from graphql.utilities import coerce_input_value

from resolvers.variables import Variables

_LEAVES: Final = (str, int, float, bool)


class Operation:
    """An operation with its variables' types looked up once."""

    __slots__ = ("_schema", "_types", "name", "node")

    def __init__(self, schema: GraphQLSchema, node: OperationDefinitionNode) -> None:
        self.node = node
        self.name = node.name.value if node.name else None
        self._schema = schema
        self._types: list[tuple[str, Any]] = []
        for definition in node.variable_definitions or ():
            type_ = type_from_ast(schema, definition.type)
            assert is_input_type(type_), "the document is valid"
            self._types.append((definition.variable.name.value, type_))

    @classmethod
    def find(
        cls, schema: GraphQLSchema, document: DocumentNode, name: str | None
    ) -> "Operation | None":
        """The operation that is meant; None where that isn't clear."""
        node = get_operation_ast(document, name)
        return None if node is None else cls(schema, node)

    @property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.node.operation is OperationType.QUERY

    def coerced(self, given: Mapping[str, Any]) -> Variables | None:
        """The variables as values of their types, with defaults; None where one is none."""
        found: dict[str, Any] = {}
        for name, type_ in self._types:
            # Plain leaves need no look at the definitions, which most of the time goes to.
            if type(given.get(name)) not in _LEAVES:
                return self._coerced_in_full(given)
            value = coerce_input_value(given[name], type_)
            if value is Undefined:
                return None
            found[name] = value
        return found

    def _coerced_in_full(self, given: Mapping[str, Any]) -> Variables | None:
        definitions = self.node.variable_definitions or ()
        coerced = get_variable_values(self._schema, definitions, dict(given))
        return None if isinstance(coerced, list) else coerced.coerced
