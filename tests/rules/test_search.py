"""`contains`: a look through all rows, so refused where an organisation has too many."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from auth.scopes import Role
from models.conditions import Operator
from palisade.service import Service
from repository import sql
from repository.connections import Connections, Transaction
from repository.criteria import Compare
from repository.errors import TooManyToSearch
from repository.statements import Statements
from resolvers import errors
from tests.rules.conftest import MakeOffice, Office
from tests.rules.test_changes import changed, error

MOST = 6


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, services: Mapping[bool, Service]) -> Iterator[None]:
    """Six rows are as many as may be searched. What was written with another bound is forgotten."""
    monkeypatch.setattr(sql, "MOST_SEARCHED", MOST)
    monkeypatch.setattr(errors, "MOST_SEARCHED", MOST)
    _forget(services)
    yield
    _forget(services)


def _forget(services: Mapping[bool, Service]) -> None:
    for service in services.values():
        service.database._statements._kept.clear()
        service.operations._plans._kept.clear()


REFUSED = {
    "code": "TOO_COMPLEX",
    "field": "Prospect.title",
    "rule": "contains needs at most 6 records of the type: use startsWith or eq",
}
SEARCHES = (
    '{ prospects(where: {title: {contains: "ann"}}) { totalCount nodes { title } } }',
    '{ prospects(where: {title: {contains: "ann"}}, first: 1) { nodes { title } } }',
    '{ prospects(where: {or: [{title: {contains: "ann"}}, {title: {eq: "x"}}]}) { nodes { title } } }',
    '{ prospects(where: {not: {title: {contains: "ann"}}}) { nodes { title } } }',
    '{ prospectsAggregate(where: {title: {contains: "ann"}}) { count } }',
    '{ prospectsGrouped(by: [stage], where: {title: {contains: "ann"}}) { count } }',
    '{ firms(where: {prospects: {title: {contains: "ann"}}}) { nodes { name } } }',
    '{ firms { nodes { prospects(where: {title: {contains: "ann"}}) { totalCount nodes { title } } } } }',
    '{ calls(where: {prospect: {follows: {title: {contains: "ann"}}}}) { totalCount } }',
    '{ viewer { subject } prospects(where: {title: {contains: "ann"}}) { totalCount } }',
)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("query", SEARCHES)
async def test_a_search_is_refused_beyond_the_bound_and_answered_up_to_it(
    make_office: MakeOffice, query: str
) -> None:
    office, neighbour = await make_office(), await make_office()
    assert await office.count("Prospect") == MOST
    answered = await office.read(query, "ann")
    assert "errors" not in answered
    ids = office.ids
    await office.add("Prospect", "more", title="more", owner_id=ids["bob"], firm_id=ids["firm"])
    assert error(await office.read(query, "ann")) == REFUSED
    assert error(await office.read(query, "nil", role=Role.admin)) == REFUSED
    assert await neighbour.read(query, "ann") != {}
    assert "errors" not in await neighbour.read(query, "ann"), "each organisation by itself"


@pytest.mark.usefixtures("few")
async def test_other_fields_stand_and_startswith_is_answered(office: Office) -> None:
    ids = office.ids
    await office.add("Prospect", "more", title="more", owner_id=ids["ann"], firm_id=ids["firm"])
    query = (
        '{ a: prospects(where: {title: {contains: "a"}}) { totalCount } '
        'b: prospects(where: {title: {startsWith: "ann"}}) { totalCount } '
        'c: firms(where: {name: {contains: "Firm"}}) { totalCount } }'
    )
    answer = await office.read(query, "ann")
    assert answer["data"] == {"a": None, "b": {"totalCount": 3}, "c": {"totalCount": 1}}
    assert answer["errors"][0]["path"] == ["a"]
    payload = changed(
        "createFirm", "Firm", 'prospects(where: {title: {contains: "a"}}) { totalCount }'
    )
    for compiled in (True, False):
        created = await office.post(
            payload, "ann", {"i": {"name": f"F {compiled}"}}, compiled=compiled
        )
        assert error(created) == REFUSED


async def test_the_question_is_asked_once_and_in_the_same_statement(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    for owner in (Connections, Transaction):
        fetch = owner.fetch_row

        async def counted(self: Any, sql: str, arguments: Any, fetch: Any = fetch) -> Any:
            sent.append(sql)
            return await fetch(self, sql, arguments)

        monkeypatch.setattr(owner, "fetch_row", counted)
    query = (
        '{ prospects(where: {or: [{title: {contains: "ann"}}, {remark: {contains: "x"}}]}) '
        "{ totalCount nodes { title } } }"
    )
    await office.post(query, "ann")
    del sent[:]
    answer = await office.post(query, "ann")
    assert answer["data"]["prospects"]["totalCount"] == 3
    (statement,) = [one for one in sent if "data.prospect" in one]
    assert statement.count("refuse_search") == 1
    assert f"> {sql.MOST_SEARCHED}" in statement
    del sent[:]
    await office.post("{ prospects { nodes { title } } }", "ann")
    assert "refuse_search" not in sent[-1]


async def test_statements_without_a_search_have_no_such_question(office: Office) -> None:
    catalog = office.repositories.session.catalog
    table = catalog.tables["Prospect"]
    for operator in (Operator.EQ, Operator.STARTS_WITH):
        where = Compare(table.by_name["title"], operator, "x")
        assert "refuse_search" not in Statements(catalog).counts(table, [where]).sql
    where = Compare(table.by_name["title"], Operator.CONTAINS, "x")
    made = Statements(catalog).counts(table, [where, where])
    assert made.sql.count("refuse_search('Prospect.title')") == 1


async def test_a_repository_tells_the_type_and_the_field(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = office.repositories.session.catalog.tables["Call"]
    where = Compare(table.by_name["note"], Operator.CONTAINS, "a")
    assert await office.repositories.of(table).count(where) == 2
    monkeypatch.setattr(sql, "MOST_SEARCHED", 1)
    office.repositories.session.statements._kept.clear()
    with pytest.raises(TooManyToSearch) as caught:
        await office.repositories.of(table).count(where)
    assert caught.value.field == "Call.note"
    office.repositories.session.statements._kept.clear()
