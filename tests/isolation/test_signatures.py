"""Nothing a client or a resolver hands over names an organisation."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

import repository
import resolvers
from palisade.service import Service
from repository.database import Database
from repository.repositories import Repositories
from repository.repository import Repository
from resolvers.loaders import Loaders
from schema.build import core_schema

_NAMES = {"org", "org_id", "orgId", "organization_id", "organizationId", "organisation", "tenant"}


def _parameters(kind: type) -> Iterator[tuple[str, str]]:
    for name, member in inspect.getmembers(kind):
        if callable(member) and not name.startswith("_"):
            for parameter in inspect.signature(member).parameters.values():
                yield name, parameter.name
                yield name, str(parameter.annotation)


@pytest.mark.parametrize("kind", [Repository, Repositories, Loaders])
def test_methods_take_no_organisation(kind: type) -> None:
    parameters = set(_parameters(kind))
    assert parameters
    for method, parameter in parameters:
        assert parameter not in _NAMES, f"{kind.__name__}.{method}"
        assert "OrgId" not in parameter, f"{kind.__name__}.{method}"


def test_the_search_finds_the_one_method_that_takes_an_organisation() -> None:
    assert ("of", "org_id") in set(_parameters(Database))


def test_resolvers_have_no_parameter_that_names_an_organisation() -> None:
    found = {
        f"{path.name}:{node.name}"
        for path in _files(resolvers.__path__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.arg in _NAMES
    }
    # Only to see that the repositories behind the loaders are the same organisation's.
    assert found == {"loaders.py:__init__"}


def test_resolvers_make_no_repositories() -> None:
    for path in _files(resolvers.__path__):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"Repository", "Repositories", "Session", "Database"}


def test_repositories_keep_no_ambient_context() -> None:
    for path in _files([*repository.__path__, *resolvers.__path__]):
        assert "contextvars" not in path.read_text(encoding="utf-8"), path.name


def test_no_argument_or_input_field_names_an_organisation(service: Service) -> None:
    checked = 0
    for name, kind in core_schema(service.schema).type_map.items():
        if isinstance(kind, GraphQLInputObjectType):
            names = set(kind.fields)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            names = {argument for field in kind.fields.values() for argument in field.args}
            names |= set(kind.fields) - {"organization"}
        else:
            continue
        checked += len(names)
        assert not names & _NAMES, name
    assert checked > 500


def _files(folders: object) -> Iterator[Path]:
    for folder in folders:  # type: ignore[attr-defined]
        yield from sorted(Path(folder).glob("*.py"))
