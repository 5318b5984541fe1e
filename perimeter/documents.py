"""Parsed and validated documents, kept by their text."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    parse,
    validate,
    visit,
)

from resolvers.errors import Code
from resolvers.operation import Operation

MAX_TOKENS: Final = 1000
KEPT_DOCUMENTS: Final = 1000
# Of a document, apart from its variables: places in it are found by counting its lines.
MAX_CHARACTERS: Final = 32_768
# A parsed document takes some two hundred times the room of its text.
KEPT_CHARACTERS: Final = 400_000


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or why it is none. ``operations`` are those that were asked for, by name."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    operations: dict[str | None, Operation] = field(default_factory=dict, compare=False, repr=False)

    def operation(self, name: str | None) -> OperationType | None:
        """The kind of the named operation; None where it isn't clear which one is meant."""
        assert self.node is not None
        operations = [
            definition
            for definition in self.node.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (name is None or (definition.name is not None and definition.name.value == name))
        ]
        return operations[0].operation if len(operations) == 1 else None


class Documents:
    """Parses and validates once per text; bounded in number and in size together."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def get(self, text: str) -> Document:
        """The document of a text."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        if len(text) > MAX_CHARACTERS:
            return Document(None, (_too_long(),))
        document = self._prepare(text)
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
            dropped, _ = self._kept.popitem(last=False)
            self._characters -= len(dropped)
        return document

    def _prepare(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            # Too many tokens, or too deep for the parser.
            too_long = error.message.endswith("Parsing aborted.")
            code = Code.TOO_COMPLEX if too_long else Code.BAD_USER_INPUT
            return Document(None, (_coded(error, code),))
        except RecursionError:
            return Document(
                None,
                (
                    GraphQLError(
                        "The document is nested too deep.",
                        extensions={"code": Code.TOO_COMPLEX.value},
                    ),
                ),
            )
        errors = validate(self._schema, node, max_errors=20, hide_suggestions=True)
        return Document(node, tuple(_coded(error, _code(error), node) for error in errors))


def _code(error: GraphQLError) -> Code:
    # A rule that ran out of its budget or of stack; after too many errors there is more to read.
    return Code.TOO_COMPLEX if error.message == "Validation aborted." else Code.BAD_USER_INPUT


def _too_long() -> GraphQLError:
    message = f"The document must not be longer than {MAX_CHARACTERS} characters: use variables."
    return GraphQLError(message, extensions={"code": Code.TOO_COMPLEX.value, "rule": message})


class _Innermost(Visitor):
    """The innermost field around a place in the text."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.field: str | None = None
        self._place = place

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Inner fields come after outer ones."""
        if node.loc is not None and node.loc.start <= self._place < node.loc.end:
            self.field = node.name.value


def _coded(error: GraphQLError, code: Code, document: DocumentNode | None = None) -> GraphQLError:
    """The error with its code, and the field it is about where there is one."""
    extensions: dict[str, object] = {"code": code.value}
    if document is not None and error.nodes and error.nodes[0].loc is not None:
        innermost = _Innermost(error.nodes[0].loc.start)
        visit(document, innermost)
        if innermost.field:
            extensions["field"] = innermost.field
    extensions["rule"] = error.message
    return GraphQLError(
        error.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        extensions=extensions,
    )
