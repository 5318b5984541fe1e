"""Makes a document that is answered in two ways smaller, so that a failure can be read."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import (
    REMOVE,
    SKIP,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    strip_ignored_characters,
    validate,
    visit,
)

_REMOVABLE = (
    OperationDefinitionNode,
    FieldNode,
    InlineFragmentNode,
    FragmentSpreadNode,
    FragmentDefinitionNode,
    ArgumentNode,
    DirectiveNode,
    ObjectFieldNode,
    VariableDefinitionNode,
)
_TRIES = 400

Differs = Callable[[str, DocumentNode], Awaitable[bool]]


async def reduced(text: str, core: GraphQLSchema, differs: Differs) -> str:
    """The smallest document found that still differs, by leaving out part after part."""
    tries = 0
    text = strip_ignored_characters(text)
    smaller = True
    while smaller and tries < _TRIES:
        smaller = False
        for candidate in _candidates(parse(text)):
            if len(candidate) >= len(text) or tries >= _TRIES:
                continue
            try:
                document = parse(candidate)
            except GraphQLError:
                continue
            if validate(core, document, max_errors=1):
                continue
            tries += 1
            if await differs(candidate, document):
                text, smaller = candidate, True
                break
    return text


def _candidates(document: DocumentNode) -> Iterator[str]:
    nodes: list[Node] = []

    class Collect(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            if isinstance(node, _REMOVABLE):
                nodes.append(node)

    visit(document, Collect())
    for node in nodes:
        yield _without(document, node)


def _without(document: DocumentNode, gone: Node) -> str:
    """The document without a node; nothing where that is no document."""

    class Remove(Visitor):
        def enter(self, node: Node, *_: Any) -> Any:
            return REMOVE if node is gone else None

    class Prune(Visitor):
        """What has nothing left in it, and what is no longer used."""

        def leave_field(self, node: FieldNode, *_: Any) -> Any:
            return REMOVE if node.selection_set and not node.selection_set.selections else None

        def leave_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
            return None if node.selection_set.selections else REMOVE

    changed = visit(visit(document, Remove()), Prune())
    used: set[str] = set()

    class Uses(Visitor):
        def enter_variable_definition(self, *_: Any) -> Any:
            return SKIP

        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            used.add(f"${node.name.value}")

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            used.add(node.name.value)

    class Unused(Visitor):
        def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
            return SKIP if f"${node.variable.name.value}" in used else REMOVE

        def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
            return None if node.name.value in used else REMOVE

    visit(changed, Uses())
    try:
        return strip_ignored_characters(print_ast(visit(changed, Unused())))
    except GraphQLError:
        return ""
