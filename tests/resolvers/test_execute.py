"""A canary: members of graphql-core and Strawberry we rest on, which are private or may move."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import asyncpg
import orjson
import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLError,
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
from perimeter.documents import Documents
from repository.connections import Connections, Transaction
from repository.pool import Pool
from repository.repositories import Repositories
from resolvers.errors import formatted
from resolvers.execute import Operations
from resolvers.selection import meaning_of
from schema.build import build_schema, core_schema
from schema.extension import Extension
from tests.conftest import Ask, Org, Urls

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


# Both ways of one operation


Pair = Callable[..., Awaitable[tuple[dict[str, Any], dict[str, Any]]]]


@strawberry.type
class Own:
    """Root fields with resolvers of their own."""

    @strawberry.field
    def mine(self) -> str:
        return "own"

    @strawberry.field
    def broken(self) -> str | None:
        raise GraphQLError("no", extensions={"code": "CONFLICT"})

    @strawberry.field
    def fatal(self) -> str:
        raise GraphQLError("no", extensions={"code": "CONFLICT"})


@pytest.fixture(scope="session")
def extended_schema(unconnected: Service) -> Any:
    package = ModuleType("own")
    package.extend = lambda types: Extension(query=Own)  # type: ignore[attr-defined]
    return build_schema(unconnected.catalog, [package])


@pytest.fixture
def both(service: Service, make_context: Any, extended_schema: Any) -> Pair:
    """The answers of the compiled way, which is seen to be taken, and of the reference way."""
    core = core_schema(extended_schema)
    documents = Documents(core)
    ways = [Operations(core, service.catalog, compiled=compiled) for compiled in (True, False)]

    async def ask(
        org: Org, query: str, variables: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        document = documents.get(query)
        assert document.node is not None
        assert not document.errors, document.errors
        answers = []
        for operations in ways:
            scopes = [f"{table.singular}:read" for table in service.catalog.exposed]
            result = await operations.execute(
                document.node,
                text=query,
                operation_name=None,
                variables=variables,
                context=make_context(org, [*scopes, "org:admin"]),
            )
            if isinstance(result, str):
                answers.append(orjson.loads(result))
                continue
            errors = [formatted(error, request_id="r") for error in result.errors or ()]
            answers.append(
                orjson.loads(orjson.dumps({"data": result.data, "errors": errors}, default=str))
            )
        return answers[0], answers[1]

    return ask


@pytest.fixture
async def specimens(org: Org, service: Service) -> list[Any]:
    """Two, whose weights together are out of range."""
    site = await org.repositories.of(service.catalog.tables["Site"]).create({"label": "s"})
    return list(
        await org.repositories.of(service.catalog.tables["Specimen"]).create_many(
            [
                {"label": f"p{place}", "weight": 1e308, "site_id": site["id"], "rank": place + 1}
                for place in range(2)
            ]
        )
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each statement that is sent, and on which connection: the pool's or a transaction's."""
    statements: list[str] = []
    for door in (Connections, Transaction):
        fetch_row = door.fetch_row

        async def recording(
            self: Any, sql: str, arguments: Any, fetch_row: Any = fetch_row, door: Any = door
        ) -> Any:
            statements.append(f"{door.__name__}: {sql}")
            return await fetch_row(self, sql, arguments)

        monkeypatch.setattr(door, "fetch_row", recording)
    return statements


async def test_mixed_operation_keeps_the_order_of_the_document(
    both: Pair, org: Org, specimens: list[Any], sent: list[str]
) -> None:
    query = """{
      z: specimens { totalCount } mine a: sites { nodes { label } } __typename
      viewer { subject } y: specimensAggregate { count }
    }"""
    del sent[:]
    compiled, reference = await both(org, query)
    assert len([sql for sql in sent if "data." in sql]) == 1 + 3, "one, and one for each"
    assert compiled == reference
    assert list(compiled["data"]) == ["z", "mine", "a", "__typename", "viewer", "y"]
    assert list(reference["data"]) == list(compiled["data"])
    assert compiled["data"]["a"]["nodes"] == [{"label": "s"}]


async def test_error_of_an_own_resolver_stands_beside_compiled_data(
    both: Pair, org: Org, specimens: list[Any]
) -> None:
    compiled, reference = await both(org, "{ specimens { totalCount } broken mine }")
    assert compiled == reference
    assert compiled["data"] == {"specimens": {"totalCount": 2}, "broken": None, "mine": "own"}
    (error,) = compiled["errors"]
    assert error["path"] == ["broken"]
    assert error["extensions"]["code"] == "CONFLICT"


async def test_null_of_an_own_root_that_may_not_be_null_leaves_no_data(
    both: Pair, org: Org, specimens: list[Any]
) -> None:
    compiled, reference = await both(org, "{ specimens { totalCount } fatal mine }")
    assert compiled == reference
    assert compiled["data"] is None
    (error,) = compiled["errors"]
    assert error["path"] == ["fatal"]


async def test_several_root_fields_are_one_statement(
    both: Pair, org: Org, specimens: list[Any], sent: list[str]
) -> None:
    id = str(specimens[0]["id"])
    query = """query ($id: ID!) {
      specimen(id: $id) { label } b: specimens { nodes { label site { label } } }
      node(id: $id) { id __typename } nodes(ids: [$id, "x"]) { id } specimensAggregate { count }
    }"""
    del sent[:]
    compiled, reference = await both(org, query, {"id": id})
    assert compiled["data"] == reference["data"]
    assert compiled["data"]["nodes"] == [{"id": id}, None]
    assert len(sent) > 4, "the reference way sends one for each"
    assert sent[0].count("data.") > 4


OVERFLOW = "specimensAggregate { sum { weight rank } }"


@pytest.mark.parametrize(
    "query",
    [
        "{ %s }",
        "{ a: specimens { totalCount } %s b: sites { nodes { label } } }",
        "{ mine a: specimens { totalCount } %s viewer { subject } }",
    ],
)
async def test_error_of_sql_reads_the_same_and_leaves_the_others_standing(
    both: Pair, org: Org, specimens: list[Any], query: str
) -> None:
    compiled, reference = await both(org, query % OVERFLOW)
    assert compiled == reference
    assert compiled["data"]["specimensAggregate"] is None
    assert [error["path"] for error in compiled["errors"]] == [["specimensAggregate"]]
    others = {key: value for key, value in compiled["data"].items() if key[:8] != "specimen"}
    assert all(value is not None for value in others.values())
    fine, same = await both(org, (query % OVERFLOW).replace("weight ", ""))
    assert fine["data"]["specimensAggregate"] == {"sum": {"rank": "3"}}
    assert fine["data"] == same["data"]


@pytest.mark.parametrize(
    ("rest", "others"),
    [
        ("__typename", {"__typename": "Query"}),
        ("viewer { subject }", {"viewer": {"subject": "somebody"}}),
    ],
    ids=["whole", "mixed"],
)
async def test_read_that_is_too_slow_is_not_asked_again(
    rest: str,
    others: dict[str, Any],
    urls: Urls,
    service: Service,
    org: Org,
    specimens: list[Any],
    root_connection: asyncpg.Connection,
    make_context: Any,
    sent: list[str],
) -> None:
    mark = "&" if "?" in urls.app else "?"
    hasty = Connections(f"{urls.app}{mark}statement_timeout=300", size=2)
    await hasty.open()
    context = make_context(org, ["specimen:read", "site:read"])
    session = context.repositories.session
    context.repositories = Repositories(replace(session, connections=hasty))
    query = f"{{ a: specimens {{ totalCount }} b: sites {{ totalCount }} {rest} }}"
    document = service.documents.get(query).node
    assert document is not None

    async def ask() -> Any:
        return await service.operations.execute(
            document, text=query, operation_name=None, variables=None, context=context
        )

    try:
        async with root_connection.transaction():
            await root_connection.execute("LOCK TABLE data.specimen IN ACCESS EXCLUSIVE MODE")
            del sent[:]
            result = await ask()
        assert len(sent) == 1
        assert isinstance(result, ExecutionResult)
        assert result.data is not None
        assert result.data == {"a": None, "b": None, **others}
        errors = [formatted(error, request_id="r") for error in result.errors or ()]
        assert [error["path"] for error in errors] == [["a"], ["b"]]
        assert {error["extensions"]["code"] for error in errors} == {"TOO_COMPLEX"}
        again = await ask()
        data = orjson.loads(again if isinstance(again, str) else orjson.dumps(again.data))
        assert data.get("data", data)["a"] == {"totalCount": 2}
    finally:
        await hasty.close()


@pytest.fixture
async def root_connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.superuser)
    try:
        yield connection
    finally:
        await connection.close()


CREATE = """mutation ($site: ID!, $label: String!) {
  createSpecimen(input: {label: $label, siteId: $site}) {
    specimen { label site { label specimens { totalCount nodes { label } } } }
  }
}"""


async def test_payload_is_read_in_the_transaction_of_its_write(
    ask: Ask, org: Org, specimens: list[Any], sent: list[str]
) -> None:
    site = str(specimens[0]["site_id"])
    answer = await ask(org, CREATE, {"site": site, "label": "p2"})
    made = answer["data"]["createSpecimen"]["specimen"]
    assert made["label"] == "p2"
    assert made["site"]["specimens"]["totalCount"] == 3
    assert [node["label"] for node in made["site"]["specimens"]["nodes"]] == ["p0", "p1", "p2"]
    about = [sql for sql in sent if "data." in sql]
    assert about
    assert [sql for sql in about if sql.startswith("Connections")] == []
    assert "data.specimen" in about[-1], "the payload is read last"
    assert "data.site" in about[-1]


async def test_payload_takes_no_second_connection(
    service: Service, ask: Ask, org: Org, specimens: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lent: list[int] = []
    most: list[int] = []
    acquire, release = Pool.acquire, Pool.release

    async def acquired(self: Pool) -> Any:
        connection = await acquire(self)
        lent.append(1)
        most.append(len(lent))
        return connection

    def released(self: Pool, connection: Any) -> None:
        lent.pop()
        release(self, connection)

    monkeypatch.setattr(Pool, "acquire", acquired)
    monkeypatch.setattr(Pool, "release", released)
    await ask(org, "{ viewer { subject } }")
    del most[:]
    answer = await ask(org, CREATE, {"site": str(specimens[0]["site_id"]), "label": "p2"})
    assert "errors" not in answer
    assert most == [1], "one connection, once"


async def test_payload_that_fails_takes_its_write_back(
    ask: Ask, org: Org, specimens: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = str(specimens[0]["site_id"])
    with monkeypatch.context() as patched:
        fetch_row = Transaction.fetch_row

        async def failing(self: Any, sql: str, arguments: Any) -> Any:
            if "data.site " in sql and "INSERT" not in sql:
                sql = sql.replace("SELECT ", "SELECT 1 / (length($1) - length($1)), ", 1)
            return await fetch_row(self, sql, arguments)

        patched.setattr(Transaction, "fetch_row", failing)
        answer = await ask(org, CREATE, {"site": site, "label": "lost"})
    assert answer["data"] == {"createSpecimen": None}
    assert answer["errors"]
    listed = await ask(org, "{ specimens { totalCount nodes { label } } }")
    assert listed["data"]["specimens"]["totalCount"] == 2
    kept = await ask(org, CREATE, {"site": site, "label": "kept"})
    assert kept["data"]["createSpecimen"]["specimen"]["label"] == "kept"
