"""Every refusal as a GraphQL error: a stable code for programs, plain words for people."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, VariableDefinitionNode

from models.base import camel_case
from repository import errors as repository
from repository.sql import MOST_SEARCHED

_log = structlog.get_logger(__name__)


class Code(StrEnum):
    """What a client can rely on: ``extensions.code``."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    STALE = "STALE"
    TOO_COMPLEX = "TOO_COMPLEX"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Refusal(Exception):
    """A request that is refused before any SQL is sent."""

    code: Code

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class BadInput(Refusal):
    """A value that breaks a rule; ``field`` is where it stands, ``rule`` what it breaks."""

    code = Code.BAD_USER_INPUT


class Forbidden(Refusal):
    """A field the caller's token doesn't open."""

    code = Code.FORBIDDEN


class TooComplex(Refusal):
    """A document that asks for too much at once."""

    code = Code.TOO_COMPLEX


def ordered(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """Errors as their fields stand in the document, then in the answer.

    They come as their statements end, which depends on what else the machine does.
    """
    return sorted(errors, key=_place)


def _place(error: GraphQLError) -> tuple[list[tuple[int, int]], list[tuple[bool, int, str]]]:
    lines = [(one.line, one.column) for one in error.locations or ()]
    path = [
        (isinstance(step, str), 0 if isinstance(step, str) else step, str(step))
        for step in error.path or ()
    ]
    return lines, path


def formatted(error: GraphQLError, *, request_id: str) -> dict[str, Any]:
    """A GraphQL error as it is answered; what nobody foresaw is logged and masked."""
    message, extensions = _explained(error, request_id)
    answer: dict[str, Any] = {"message": message}
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    answer["extensions"] = extensions
    return answer


def _explained(error: GraphQLError, request_id: str) -> tuple[str, Mapping[str, object]]:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error.message, {**_about(error), **(error.extensions or {})}
    if isinstance(cause, Refusal):
        return str(cause), {
            "code": cause.code.value,
            "field": cause.field,
            "rule": cause.rule,
        }
    if isinstance(cause, repository.RepositoryError):
        return _repository_error(cause)
    _log.error("unforeseen_error", request_id=request_id, exc_info=cause)
    return (
        f"Something went wrong here. Tell us the request id {request_id}.",
        {"code": Code.INTERNAL.value, "requestId": request_id},
    )


def _about(error: GraphQLError) -> Mapping[str, object]:
    """What graphql-core finds wrong, such as a variable that has no value or another type's."""
    found: dict[str, object] = {"code": Code.BAD_USER_INPUT.value}
    for node in error.nodes or ():
        if isinstance(node, VariableDefinitionNode):
            found["field"] = f"${node.variable.name.value}"
    return {**found, "rule": error.message}


def _repository_error(error: repository.RepositoryError) -> tuple[str, Mapping[str, object]]:
    message = str(error)
    match error:
        case repository.NotFound():
            place = {} if error.index is None else {"field": f"{_input_field(error)}.id"}
            return message, {"code": Code.NOT_FOUND.value, **place}
        case repository.Stale():
            return message, {
                "code": Code.STALE.value,
                "field": f"{_input_field(error)}.version",
                "rule": "must be the version of the record as it is now",
            }
        case repository.WrongState(field=field, state=state, moves=moves):
            rule = f"is {state or 'empty'}, from which is allowed: {', '.join(moves) or 'nothing'}"
            return f"{field}: {rule}", {
                "code": Code.CONFLICT.value,
                "field": field,
                "rule": rule,
                "allowed": list(moves),
            }
        case repository.GuardRefused(rule=rule):
            return _refused(Code.CONFLICT, _input_field(error), rule)
        case repository.LeadsBack(column=column):
            rule = "must not lead back to the record itself"
            return _refused(Code.BAD_USER_INPUT, _input_field(error, column), rule)
        case repository.RowRefused(rules=rules):
            rule = f"must be a record that you see: {'; '.join(rules)}"
            return _refused(Code.FORBIDDEN, _input_field(error), rule)
        case repository.Duplicate(columns=columns):
            field = _input_field(error, columns[-1])
            rule = f"must be unique: {message[0].lower()}{message[1:]}"
            return f"{field}: {rule}", {
                "code": Code.CONFLICT.value,
                "field": field,
                "rule": rule,
            }
        case repository.ReferenceMissing(column=column):
            rule = "must be the id of a record that is there"
            return _refused(Code.BAD_USER_INPUT, _input_field(error, column), rule)
        case repository.SetOnce(column=column):
            rule = "is set once: the record that is there has another value"
            return _refused(Code.CONFLICT, _input_field(error, column), rule)
        case repository.ValueRefused(column=column):
            rule = "is a value the database refuses"
            return _refused(Code.BAD_USER_INPUT, _input_field(error, column), rule)
        case repository.StillReferenced(table=table):
            return f"{message} ({table})", {
                "code": Code.CONFLICT.value,
                "field": f"{_input_field(error)}.id",
                "rule": f"must not be referred to by a {table}",
            }
        case repository.Contended():
            return message, {"code": Code.CONFLICT.value}
        case repository.TooManyToSearch(field=field):
            rule = (
                f"contains needs at most {MOST_SEARCHED:,} records of the type: "
                "use startsWith or eq"
            )
            return _refused(Code.TOO_COMPLEX, field, rule)
        case repository.Frozen():
            return message, {
                "code": Code.FORBIDDEN.value,
                "rule": f"{message[0].lower()}{message[1:-1]}",
            }
        case repository.Unsettled() | repository.Unaccounted():
            return message, {"code": Code.CONFLICT.value}
        case repository.TooSlow():
            return message, {"code": Code.TOO_COMPLEX.value}
        case repository.CursorRefused():
            return message, {"code": Code.BAD_USER_INPUT.value}
        case _:
            return repository.DatabaseUnavailable.__doc__ or "", {"code": Code.UNAVAILABLE.value}


def _refused(code: Code, field: str, rule: str) -> tuple[str, Mapping[str, object]]:
    return f"{field}: {rule}", {"code": code.value, "field": field, "rule": rule}


def _input_field(error: repository.RepositoryError, column: str | None = None) -> str:
    """Where in the input the error is: in which record, and in which field."""
    record = "" if error.index is None else f".records.{error.index}"
    return f"input{record}" + (f".{camel_case(column)}" if column else "")
