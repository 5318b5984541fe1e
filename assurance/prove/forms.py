"""The same read in every form that a request may have, and by those who may do less.

A fault may be in one way of asking alone: a fragment, a directive, the other content type, a
refusal, the answer to a lesser role.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Final

import orjson
from graphql import get_introspection_query

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import JSON, Duel
from assurance.prove.transport import Request
from auth.scopes import Role
from models.describe import Table

_STRICT: Final = ("accept", "application/graphql-response+json")
# More fields than a document may have.
_MANY: Final = 400


class Forms:
    """A list of each type, in many forms, which the victim uses just before."""

    name = "forms"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Each with what must be in the answer, or else it was not reached."""
        tables = [
            table
            for table in duel.catalog.exposed
            if table.type != "Organization" and (duel.types is None or table.type in duel.types)
        ]
        if not tables:
            return
        for table in tables:
            for form, text, wanted in _shown(table):
                yield _probe(duel, form, text, wanted)
            text = _list(table, "nodes { id }")
            for role in (Role.viewer, Role.editor):
                yield _probe(duel, f"as {role}", text, '"nodes"', role=role)
        for form, text, wanted in (*_shown(tables[0]), *_others(tables[0])):
            yield _probe(duel, form, text, wanted)
            yield _probe(duel, f"{form}, strictly", text, wanted, header=_STRICT)


def _probe(
    duel: Duel,
    form: str,
    text: str,
    wanted: str,
    *,
    role: Role = Role.admin,
    header: tuple[str, str] | None = None,
) -> Probe:
    run = partial(_asked, duel, text, wanted, header, role)
    return Probe(form, text[:500], run, writes=False)


def _shown(table: Table) -> Iterator[tuple[str, str, str]]:
    """Forms of a list with its records, and what has to be in the answer."""
    shown = _columns(table)
    named = f"fragment Shown on {table.type} {{ {shown} }}"
    yield "fragments", f"{_list(table, 'nodes { ...Shown }')} {named}", '"nodes"'
    yield "directives", _list(table, f"nodes @include(if: true) {{ {shown} }}"), '"nodes"'
    renamed = _list(table, f"rows: nodes {{ {shown} }}").removeprefix("{ ")
    yield "other names", f"{{ theirs: {renamed}", '"rows"'


def _others(table: Table) -> Iterator[tuple[str, str, str]]:
    """Forms of a list that show little or are refused."""
    nodes = f"nodes {{ {_columns(table)} }}"
    yield "inline fragments", _list(table, f"nodes {{ ... on {table.type} {{ id }} }}"), '"nodes"'
    skipped = nodes.replace("nodes", "nodes @skip(if: true)", 1)
    yield "directives", _list(table, f"totalCount {skipped}"), "totalCount"
    for first in (0, 1):
        yield "short pages", _list(table, f"{nodes} pageInfo {{ hasNextPage }}", first), "{"
    counted = _list(table, "totalCount").removeprefix("{ ").removesuffix(" }")
    many = " ".join(f"a{index}: {counted}" for index in range(_MANY))
    yield "too long documents", f"{{ {many} }}", "TOO_COMPLEX"
    yield "unknown fields", _list(table, "nodes { nothingOfThatName }"), "errors"
    yield "unreadable documents", _list(table, nodes)[:-1], "errors"
    yield "introspection", get_introspection_query(descriptions=True), "__schema"


def _columns(table: Table) -> str:
    columns = (one for one in table.columns if one.exposed and one.name != "org_id")
    return " ".join(column.field for column in columns)


def _list(table: Table, selection: str, first: int = 100) -> str:
    return f"{{ {table.plural}(first: {first}) {{ {selection} }} }}"


async def _asked(
    duel: Duel, text: str, wanted: str, header: tuple[str, str] | None, role: Role
) -> Evidence:
    async def ask(token: str) -> tuple[str, bool]:
        headers = [("authorization", f"Bearer {token}"), JSON, *((header,) if header else ())]
        body = orjson.dumps({"query": text})
        answer = await duel.send(Request("POST", duel.service.endpoint, tuple(headers), body))
        return answer.text, wanted in answer.text

    await ask(duel.victim.token)
    party, token = duel.attacker, duel.attacker.token
    if role is not Role.admin:
        token = duel.service.issuer.issue(party.org_id, role=role, subject=f"{role}-{party.mark}")
    found, proven = await ask(token)
    return Evidence(found, proven=proven, control=f"{wanted} was not answered: {found[:200]}")
