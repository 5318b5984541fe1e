from collections.abc import Callable
from itertools import permutations

import pytest
import structlog
from graphql import GraphQLError, Source, located_error

from repository import errors as repository
from resolvers.errors import BadInput, Code, Forbidden, TooComplex, formatted, ordered


def _answer(error: Exception) -> dict[str, object]:
    return formatted(GraphQLError(str(error), original_error=error), request_id="abc")


@pytest.mark.parametrize(
    ("error", "extensions", "message"),
    [
        (
            BadInput("a.b", "must be"),
            {"code": "BAD_USER_INPUT", "field": "a.b", "rule": "must be"},
            "a.b: must be",
        ),
        (
            Forbidden("a", "needs x"),
            {"code": "FORBIDDEN", "field": "a", "rule": "needs x"},
            "a: needs x",
        ),
        (
            TooComplex("a", "must not"),
            {"code": "TOO_COMPLEX", "field": "a", "rule": "must not"},
            "a: must not",
        ),
        (repository.NotFound(), {"code": "NOT_FOUND"}, "There is no such record."),
        (
            repository.Stale(),
            {
                "code": "STALE",
                "field": "input.version",
                "rule": "must be the version of the record as it is now",
            },
            "The record changed since it was read.",
        ),
        (
            repository.WrongState("status", "C", ("useA", "dropA")),
            {
                "code": "CONFLICT",
                "field": "status",
                "rule": "is C, from which is allowed: useA, dropA",
                "allowed": ["useA", "dropA"],
            },
            "status: is C, from which is allowed: useA, dropA",
        ),
        (
            repository.Duplicate(("user_id", "group_id")),
            {
                "code": "CONFLICT",
                "field": "input.groupId",
                "rule": "must be unique: another record has this value already.",
            },
            "input.groupId: must be unique: another record has this value already.",
        ),
        (
            repository.ReferenceMissing("vendor_id"),
            {
                "code": "BAD_USER_INPUT",
                "field": "input.vendorId",
                "rule": "must be the id of a record that is there",
            },
            "input.vendorId: must be the id of a record that is there",
        ),
        (
            repository.ValueRefused(None),
            {
                "code": "BAD_USER_INPUT",
                "field": "input",
                "rule": "is a value the database refuses",
            },
            "input: is a value the database refuses",
        ),
        (repository.TooSlow(), {"code": "TOO_COMPLEX"}, "The statement took longer than it may."),
        (
            repository.DatabaseUnavailable(),
            {"code": "UNAVAILABLE"},
            "The database can't be reached.",
        ),
        (repository.ContextRefused(), {"code": "UNAVAILABLE"}, "The database can't be reached."),
    ],
)
def test_decisions_have_a_code_and_plain_words(
    error: Exception, extensions: dict[str, object], message: str
) -> None:
    assert _answer(error) == {"message": message, "extensions": extensions}


def test_every_repository_error_has_an_answer() -> None:
    made: dict[type, Callable[[], Exception]] = {
        repository.WrongState: lambda: repository.WrongState("a", "B", ()),
        repository.GuardRefused: lambda: repository.GuardRefused("must be"),
        repository.LeadsBack: lambda: repository.LeadsBack("a"),
        repository.RowRefused: lambda: repository.RowRefused(("one sees",)),
        repository.Unaccounted: lambda: repository.Unaccounted(("data.x",)),
        repository.SetOnce: lambda: repository.SetOnce("a"),
        repository.TooManyToSearch: lambda: repository.TooManyToSearch("A.b"),
        repository.Duplicate: lambda: repository.Duplicate(("a",)),
        repository.ReferenceMissing: lambda: repository.ReferenceMissing(None),
        repository.StillReferenced: lambda: repository.StillReferenced("A"),
        repository.Unaccounted: lambda: repository.Unaccounted(("data.a",)),
        repository.ValueRefused: lambda: repository.ValueRefused("a"),
    }
    kinds = repository.RepositoryError.__subclasses__()
    assert len(kinds) > 8
    for kind in kinds:
        extensions = _answer(made.get(kind, kind)())["extensions"]
        assert isinstance(extensions, dict)
        assert extensions["code"] in set(Code) - {Code.INTERNAL}, kind


def test_the_unforeseen_is_masked_and_logged_with_the_request_id() -> None:
    try:
        raise ValueError("secret canary")
    except ValueError as error:
        located = located_error(error, None, ["vendors", 0])
    with structlog.testing.capture_logs() as logs:
        answer = formatted(located, request_id="abc")
    assert answer == {
        "message": "Something went wrong here. Tell us the request id abc.",
        "path": ["vendors", 0],
        "extensions": {"code": "INTERNAL", "requestId": "abc"},
    }
    (entry,) = logs
    assert (entry["event"], entry["request_id"]) == ("unforeseen_error", "abc")
    assert isinstance(entry["exc_info"], ValueError)


def test_the_unforeseen_is_masked_however_often_it_is_wrapped() -> None:
    error: Exception = KeyError("secret canary")
    for _ in range(3):
        error = GraphQLError("secret canary", original_error=error)
    assert isinstance(error, GraphQLError)
    with structlog.testing.capture_logs():
        answer = formatted(error, request_id="abc")
    assert "canary" not in str(answer)


def test_an_own_resolvers_graphql_error_keeps_its_code() -> None:
    own = GraphQLError("No.", extensions={"code": "CONFLICT", "field": "x"})
    answer = formatted(located_error(own, None, ["a"]), request_id="abc")
    assert answer == {
        "message": "No.",
        "path": ["a"],
        "extensions": {"code": "CONFLICT", "field": "x", "rule": "No."},
    }


def test_errors_stand_in_the_order_of_the_document_and_of_the_answer() -> None:
    source = Source("{ a b }")
    wanted = [
        GraphQLError("whole"),
        GraphQLError("a 2", source=source, positions=[2], path=["a", 2]),
        GraphQLError("a 10", source=source, positions=[2], path=["a", 10]),
        GraphQLError("b", source=source, positions=[4], path=["b"]),
    ]
    for order in permutations(wanted):
        assert ordered(order) == wanted
