"""A canary: members of graphql-core and Strawberry we rest on, which are private or may move."""

import inspect
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails, collect_fields
from graphql.execution.values import get_argument_values
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from palisade.service import Service
from resolvers.execute import Operations
from resolvers.selection import meaning_of
from schema.build import core_schema
from tests.conftest import Org

_INNER = GraphQLObjectType(
    "Inner",
    {"n": GraphQLField(GraphQLInt, args={"x": GraphQLArgument(GraphQLInt, default_value=7)})},
)
_SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"inner": GraphQLField(_INNER, resolve=lambda *_: {"n": 1})})
)
_TEXT = """query ($v: Int = 3, $show: Boolean!) {
  inner { a: n(x: $v) ...F }
  inner { n @skip(if: $show) }
}
fragment F on Inner { a: n(x: $v) b: n }"""


def _executor(**variables: Any) -> Any:
    return StrawberryGraphQLCoreExecutionContext.build(
        _SCHEMA,
        parse(_TEXT),
        context_value="context",
        raw_variable_values=variables,
        operation_name=None,
        is_awaitable=optimized_is_awaitable,
        hide_suggestions=True,
    )


def _root(executor: Any) -> Any:
    return collect_fields(
        executor.schema,
        executor.fragments,
        executor.variable_values,
        _SCHEMA.query_type,
        executor.operation,
        hide_suggestions=True,
    ).grouped_field_set


def test_build_gives_an_executor_or_the_errors_of_the_variables() -> None:
    executor = _executor(show=True)
    assert isinstance(executor, Executor)
    assert executor.context_value == "context"
    assert executor.operation.operation.value == "query"
    errors = _executor()
    assert isinstance(errors, list)
    assert "$show" in errors[0].message


def test_collected_fields_are_merged_by_answer_key() -> None:
    executor = _executor(show=True)
    (details,) = _root(executor).values()
    assert all(isinstance(detail, FieldDetails) for detail in details)
    assert [detail.node.name.value for detail in details] == ["inner", "inner"]
    subfields = executor.collect_subfields(_INNER, details).grouped_field_set
    assert {key: len(group) for key, group in subfields.items()} == {"a": 2, "b": 1}
    shown = _executor(show=False)
    (details,) = _root(shown).values()
    assert "n" in shown.collect_subfields(_INNER, details).grouped_field_set


@pytest.mark.parametrize(("given", "expected"), [({}, 3), ({"v": 5}, 5), ({"v": None}, None)])
def test_argument_values_are_coerced(given: dict[str, Any], expected: int | None) -> None:
    executor = _executor(show=True, **given)
    (details,) = _root(executor).values()
    fields = executor.collect_subfields(_INNER, details).grouped_field_set

    def values(key: str) -> dict[str, Any]:
        (detail, *_) = fields[key]
        return get_argument_values(
            _INNER.fields["n"],
            detail.node,
            executor.variable_values,
            detail.fragment_variable_values,
        )

    assert values("a") == {"x": expected}
    assert values("b") == {"x": 7}


def test_execute_operation_answers_a_result() -> None:
    result = _executor(show=True).execute_operation()
    assert isinstance(result, ExecutionResult)
    assert result.data == {"inner": {"a": 1, "b": 1}}


def test_members_have_the_parameters_we_pass() -> None:
    build = inspect.signature(Executor.build).parameters
    assert {"raw_variable_values", "is_awaitable", "hide_suggestions"} <= set(build)
    info = inspect.signature(Executor.build_resolve_info).parameters
    assert list(info) == ["self", "field_def", "field_nodes", "parent_type", "path"]


def test_derived_fields_carry_their_meaning(service: Service) -> None:
    core = core_schema(service.schema)
    assert core.query_type is not None
    assert meaning_of(core.query_type.fields["vendors"]) is not None
    assert meaning_of(core.query_type.fields["viewer"]) is None


async def test_execute_runs_an_operation_with_its_selection(
    service: Service, org: Org, make_context: Any
) -> None:
    document = parse("{ organizations(first: 1) { nodes { slug } } }")
    context = make_context(org, ["organization:read"])
    result = await Operations(core_schema(service.schema), service.catalog, compiled=False).execute(
        document, text="", operation_name=None, variables=None, context=context
    )
    assert isinstance(result, ExecutionResult)
    assert result == ExecutionResult({"organizations": {"nodes": [{"slug": org.slug}]}}, None)
