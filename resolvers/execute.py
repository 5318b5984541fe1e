"""One operation on the reference path: selection first, then graphql-core."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.selection import select


async def execute(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    operation_name: str | None,
    variables: Mapping[str, Any] | None,
    context: Context,
) -> ExecutionResult:
    """The result of an operation of a validated document.

    ``data`` is absent (None, with errors) where the operation is refused before it runs.
    """
    executor = StrawberryGraphQLCoreExecutionContext.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=dict(variables or {}),
        operation_name=operation_name,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        hide_suggestions=True,
    )
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    try:
        context.selection = select(executor, context.catalog, context.access)
    except Refusal as refusal:
        return ExecutionResult(None, [GraphQLError(str(refusal), original_error=refusal)])
    except GraphQLError as error:
        return ExecutionResult(None, [error])
    result = executor.execute_operation()
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult), "nothing is delivered incrementally"
    return result
