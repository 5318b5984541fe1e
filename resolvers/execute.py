"""One operation, on the shortest way that answers it.

A query whose root fields are all derived is one statement and its finished answer. Where some
have resolvers of their own, these run on graphql-core while one statement answers the others.
Everything else is graphql-core's: mutations, introspection, and whatever goes wrong, so that an
error reads alike on both ways.
"""

import asyncio
from collections.abc import Collection, Mapping
from inspect import isawaitable
from typing import Any

import orjson
import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
)
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models.describe import Catalog
from repository.compile.roots import compile_answer, compile_roots
from repository.errors import ContextRefused, DatabaseUnavailable, TooManyToSearch, TooSlow
from repository.reading import Constant
from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.operation import Operation
from resolvers.payloads import Payloads
from resolvers.plans import Compiled, Plans
from resolvers.selection import root_fields, select
from resolvers.variables import Variables, shape, slotted

_log = structlog.get_logger(__name__)


class Operations:
    """Executes the operations of one schema.

    ``compiled``: whether reads are compiled; without it every operation takes the reference path.
    """

    def __init__(self, schema: GraphQLSchema, catalog: Catalog, *, compiled: bool = True) -> None:
        self._schema = schema
        self._catalog = catalog
        self._compiled = compiled
        self._plans = Plans()

    async def execute(
        self,
        document: DocumentNode,
        *,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        context: Context,
        known: dict[str | None, Operation] | None = None,
    ) -> ExecutionResult | str:
        """The result of an operation of a validated document.

        ``text`` is the document's; ``known``, kept with it, remembers its operations.

        A string is the whole response in JSON. ``data`` is absent (None, with errors) where the
        operation is refused before it runs.
        Raises: DatabaseUnavailable, ContextRefused, for a query that was compiled.
        """
        given = variables or {}
        if self._compiled and context.repositories is not None:
            operation = known.get(operation_name) if known is not None else None
            if operation is None:
                operation = Operation.find(self._schema, document, operation_name)
                if operation is not None and known is not None:
                    known[operation_name] = operation
            if operation is not None and operation.is_query:
                request = _Request(document, text, operation, given, context)
                result = await self._execute_compiled(request)
                if result is not None:
                    return result
        executor = self._executor(document, operation_name, given, context)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        if self._compiled and executor.operation.operation is OperationType.MUTATION:
            context.payloads = self._payloads(text, executor, context)
        return await _execute_reference(executor, self._catalog)

    def _payloads(self, text: str, executor: "_Executor", context: Context) -> Payloads:
        name = executor.operation.name
        booleans = tuple(
            sorted(
                (variable, value)
                for variable, value in executor.variable_values.coerced.items()
                if isinstance(value, bool)
            )
        )
        key = (text, name.value if name else None, context.access.fingerprint, booleans)
        return Payloads(self._catalog, self._plans, key, ruled=context.access.ruled)

    async def _execute_compiled(self, request: "_Request") -> ExecutionResult | str | None:
        """The answer of a query that compiles, at least in part; None where it doesn't."""
        variables = request.operation.coerced(request.variables)
        if variables is None:
            return None
        key = (request.text, request.operation.name, request.access.fingerprint, shape(variables))
        try:
            compiled = self._plans.find(key, variables)
            if compiled is not None:
                values = compiled.plan.later_values(variables) if compiled.plan else []
        except Refusal:
            return None  # told by the reference path, which refuses it for the same reason
        if compiled is None:
            compiled = self._compile(request, variables, key)
            values = compiled.plan.first_values() if compiled and compiled.plan else []
        if compiled is None or compiled.plan is None:
            return None
        statement = compiled.plan.statement
        repositories = request.context.repositories
        assert repositories is not None
        try:
            if compiled.roots is None:
                answer: str | None = await repositories.read(statement, values)
                assert answer is not None, "text that swallowed itself"
                return answer
            return await self._execute_mixed(
                request, compiled.roots, repositories.read(statement, values)
            )
        except (DatabaseUnavailable, ContextRefused):
            raise
        except TooSlow as error:
            return self._timed_out(request, error)
        except TooManyToSearch:
            return None  # told by the reference path, for each field that it is of
        except Exception as error:
            # Such as a sum that is out of range: the reference path tells which field it is of.
            _log.warning("compiled_read_failed", exc_info=error)
            return None

    def _compile(
        self, request: "_Request", variables: Variables, key: tuple[object, ...]
    ) -> Compiled | None:
        """Compiles a query and keeps what came of it; None where it is refused."""
        executor = self._executor(
            request.document, request.operation.name, request.variables, request.context
        )
        if isinstance(executor, list):
            return None
        executor.variable_values = VariableValues(
            executor.variable_values.sources,
            {name: slotted(value, name) for name, value in variables.items()},
        )
        try:
            selection = select(executor, self._catalog, request.access)
        except (Refusal, GraphQLError):
            return None
        roots = tuple((name, root) for name, root in selection.roots.items() if root is not None)
        if all(isinstance(root, Constant) for _, root in roots):
            compiled = Compiled(None)  # there is nothing to read
        elif len(roots) == len(selection.roots):
            compiled = Compiled(compile_answer(roots, self._catalog, request.access.ruled))
        else:
            plan = compile_roots([root for _, root in roots], self._catalog, request.access.ruled)
            compiled = Compiled(plan, tuple(name for name, _ in roots))
        self._plans.keep(key, compiled, decisive=selection.decisive, variables=variables)
        return compiled

    async def _execute_mixed(
        self, request: "_Request", names: tuple[str, ...], reading: Any
    ) -> ExecutionResult | None:
        """The answer of a query of which some roots have resolvers of their own."""
        executor = self._executor(
            request.document,
            request.operation.name,
            request.variables,
            request.context,
            without=names,
        )
        assert not isinstance(executor, list)
        outcomes: tuple[Any, Any] = await asyncio.gather(
            reading, _execute_reference(executor, self._catalog), return_exceptions=True
        )
        texts, result = outcomes
        if isinstance(result, BaseException):
            raise result
        if isinstance(texts, BaseException) and not isinstance(texts, TooSlow):
            raise texts
        assert isinstance(result, ExecutionResult)
        if result.data is None:
            return result
        finished: dict[str, Any] = dict.fromkeys(names)
        errors = list(result.errors or ())
        if isinstance(texts, TooSlow):
            errors += self._timed_out(request, texts, names=names).errors or ()
        else:
            assert None not in texts, "text that swallowed itself"
            finished = dict(zip(names, map(orjson.Fragment, texts), strict=True))
        data = {
            name: finished[name] if name in finished else result.data[name]
            for name in executor.root_names
        }
        return ExecutionResult(data, errors or None)

    def _timed_out(
        self, request: "_Request", error: TooSlow, *, names: Collection[str] | None = None
    ) -> ExecutionResult:
        """Each root field of a read that took too long, as if it had been read alone.

        ``names`` are those that were read; all unless given.
        """
        executor = self._executor(
            request.document, request.operation.name, request.variables, request.context
        )
        assert not isinstance(executor, list)
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for name, details in root_fields(executor)[1].items():
            if names is not None and name not in names:
                continue
            nodes = [detail.node for detail in details]
            is_name = nodes[0].name.value == "__typename"
            data[name] = "Query" if is_name else None
            if not is_name:
                errors.append(
                    GraphQLError(str(error), nodes=nodes, path=[name], original_error=error)
                )
        return ExecutionResult(data, errors)

    def _executor(
        self,
        document: DocumentNode,
        operation_name: str | None,
        variables: Mapping[str, Any],
        context: Context,
        *,
        without: tuple[str, ...] = (),
    ) -> "_Executor | list[GraphQLError]":
        executor = _Executor.build(
            self._schema,
            document,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=operation_name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            hide_suggestions=True,
        )
        if isinstance(executor, list):
            return executor
        assert isinstance(executor, _Executor)
        executor.without = frozenset(without)
        return executor


class _Request:
    """A query, and who asks."""

    __slots__ = ("access", "context", "document", "operation", "text", "variables")

    def __init__(
        self,
        document: DocumentNode,
        text: str,
        operation: Operation,
        variables: Mapping[str, Any],
        context: Context,
    ) -> None:
        self.document = document
        self.text = text
        self.operation = operation
        self.variables = variables
        self.context = context
        self.access = context.access


class _Executor(StrawberryGraphQLCoreExecutionContext):
    """Leaves out root fields that are answered elsewhere, and lets finished answers pass."""

    without: frozenset[str] = frozenset()
    root_names: tuple[str, ...] = ()

    def execute_collected_root_fields(
        self,
        root_type: Any,
        root_value: Any,
        grouped_field_set: Any,
        serially: bool,
        new_defer_usages: Any,
    ) -> Any:
        self.root_names = tuple(grouped_field_set)
        if self.without:
            grouped_field_set = {
                name: details
                for name, details in grouped_field_set.items()
                if name not in self.without
            }
        return super().execute_collected_root_fields(
            root_type, root_value, grouped_field_set, serially, new_defer_usages
        )

    def complete_object_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        *rest: Any,
    ) -> Any:
        if type(result) is orjson.Fragment:
            return result
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, *rest
        )


async def _execute_reference(executor: Executor[Any], catalog: Catalog) -> ExecutionResult:
    """Selection first, then graphql-core."""
    context: Context = executor.context_value
    try:
        context.selection = select(executor, catalog, context.access)
    except Refusal as refusal:
        return ExecutionResult(None, [GraphQLError(str(refusal), original_error=refusal)])
    except GraphQLError as error:
        return ExecutionResult(None, [error])
    result = executor.execute_operation()
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult), "nothing is delivered incrementally"
    return result
