"""Who sees which records, wherever a document can ask for them; on both ways of reading."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from auth.scopes import Role
from tests.rules.conftest import CANARY, MakeOffice, Office

# Each reads something of Bob's, if it may. `$id` is his first prospect's, `$binder` his binder's.
READS: Mapping[str, str] = {
    "get": "query($id: ID!) { prospect(id: $id) { title remark } }",
    "node": "query($id: ID!) { node(id: $id) { id ... on Prospect { title } } }",
    "nodes": "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Prospect { title } ... on Binder { label } } }",
    "list": "{ prospects { totalCount nodes { title } edges { cursor node { code } } } }",
    "list backward": "{ prospects(last: 5) { nodes { title } pageInfo { startCursor hasPreviousPage } } }",
    "by title": "{ prospects(orderBy: [{title: DESC}]) { nodes { title } pageInfo { endCursor } } }",
    "by amount": "{ prospects(orderBy: [{amount: DESC}], first: 1) { nodes { title amount } } }",
    "where": '{ prospects(where: {title: {startsWith: "bob"}}) { totalCount nodes { title } } }',
    "contains": f'{{ prospects(where: {{remark: {{contains: "{CANARY[:4]}"}}}}) {{ nodes {{ remark }} }} }}',
    "has": "{ prospects(where: {regions: {has: SOUTH}}) { nodes { title } } }",
    "to many": "{ firms { nodes { name prospects { totalCount nodes { title } } } } }",
    "to many of a user": "{ users { nodes { prospects { nodes { title } } binders { nodes { label } } } } }",
    "to one": "{ calls { nodes { note prospect { title } } } }",
    "linked": "{ users { nodes { name watched { totalCount nodes { title } } } } }",
    "link": "{ watchers { nodes { prospect { title } } } }",
    "deep": "{ firms { nodes { prospects { nodes { title firm { prospects { nodes { remark } } } } } } } }",
    "aggregate": "{ prospectsAggregate { count max { title amount slot } sum { amount } } }",
    "groups": "{ prospectsGrouped(by: [title, slot]) { key { title slot } count sum { amount } } }",
    "computed": "{ prospects { nodes { title expected } } }",
    "computed of one": "query($id: ID!) { prospect(id: $id) { headline } }",
    "computed through": "{ calls { nodes { prospect { headline expected } } } }",
    "binders": "{ binders { nodes { label binders { nodes { label } } within { label } } } }",
    "mixed": "{ viewer { subject } prospects { nodes { title } } }",
    "fragments": "{ firms { nodes { ...F } } } fragment F on Firm { prospects { nodes { title } } }",
}


def variables(office: Office, query: str) -> dict[str, Any]:
    known = {
        "id": str(office.ids["bob 0"]),
        "ids": [str(office.ids["bob 0"]), str(office.ids["bob binder"])],
    }
    return {name: value for name, value in known.items() if f"${name}:" in query}


# What only Bob's records hold.
_HIS = re.compile(f"{CANARY}|7770001|77700[0-9]|59829[0-9]|bob [0-9]")


@pytest.mark.parametrize("name", READS)
async def test_reads_show_own_records_only(office: Office, name: str) -> None:
    query = READS[name]
    given = variables(office, query)
    for subject in ("ann", "boss", "nil"):
        for role in (Role.editor, Role.viewer):
            if "headline" in query and role is Role.viewer:
                continue  # above the clearance
            answer = await office.read(query, subject, given, role=role)
            assert "errors" not in answer
            assert not _HIS.search(json.dumps(answer)), answer
    text = json.dumps(await office.read(query, "bob", given))
    assert _HIS.search(text), "the owner is the control"


@pytest.mark.parametrize("name", READS)
async def test_reads_show_all_to_those_freed_of_the_rules(office: Office, name: str) -> None:
    query = READS[name]
    given = variables(office, query)
    every = [
        f"{type_[0].lower()}{type_[1:]}:{verb}"
        for type_ in office.types
        for verb in ("read", "write")
    ]
    admin = await office.read(query, "nil", given, role=Role.admin)
    freed = await office.read(
        query, "nil", given, scopes=" ".join((*every, "prospect:all", "binder:all"))
    )
    bound = await office.read(query, "nil", given, scopes=" ".join(every))
    assert _HIS.search(json.dumps(admin))
    assert _HIS.search(json.dumps(freed))
    assert not _HIS.search(json.dumps(bound))
    wrong = await office.read(query, "nil", given, scopes=" ".join((*every, "firm:all")))
    assert wrong == bound, "the scope of another type frees from nothing"


@pytest.mark.parametrize("name", READS)
async def test_the_same_subject_of_another_organisation_sees_nothing(
    make_office: MakeOffice, name: str
) -> None:
    office, other = await make_office(), await make_office()
    query = READS[name]
    given = variables(other, query)
    answer = await office.read(query, "bob", given)
    text = json.dumps(answer)
    for id in other.ids.values():
        assert str(id) not in text
    if given:
        assert not _HIS.search(text)
        assert _HIS.search(json.dumps(await office.read(query, "bob", variables(office, query))))


async def test_managers_and_watchers_see_what_their_rules_allow(office: Office) -> None:
    query = "{ prospects(orderBy: [{title: ASC}]) { totalCount nodes { title } } }"

    async def seen(subject: str) -> list[str]:
        page = (await office.read(query, subject))["data"]["prospects"]
        assert page["totalCount"] == len(page["nodes"])
        return [node["title"][:5] for node in page["nodes"]]

    assert await seen("ann") == ["ann 0", "ann 1", "ann 2"] == await seen("boss")
    assert await seen("bob") == ["bob 0", "bob 1", "bob 2"]
    assert await seen("eve") == ["bob 2"]
    assert await seen("nil") == []
    assert await seen("ANN") == []


async def test_to_one_is_null_where_the_record_is_not_seen(office: Office) -> None:
    query = "{ calls(orderBy: [{id: ASC}]) { nodes { prospectId prospect { id } } } }"
    mine, his = (await office.read(query, "ann"))["data"]["calls"]["nodes"]
    assert mine["prospect"] == {"id": mine["prospectId"]}
    assert his == {"prospectId": str(office.ids["bob 0"]), "prospect": None}


# Conditions that tell of Bob's first prospect, whoever's record they are asked of.
_ORACLES: Mapping[str, str] = {
    "calls": "{{prospect: {{{inner}}}}}",
    "firms": "{{prospects: {{{inner}}}}}",
    "users": "{{prospects: {{{inner}}}}}",
    "watchers": "{{prospect: {{{inner}}}}}",
}


def _guesses(office: Office) -> Iterator[str]:
    yield f'title: {{eq: "bob 0 {CANARY}"}}'
    yield 'title: {startsWith: "bob"}'
    yield f'remark: {{contains: "{CANARY}"}}'
    yield "amount: {gt: 700000}"
    yield "slot: {in: [7770001]}"
    yield f'id: {{eq: "{office.ids["bob 2"]}"}}'
    yield "regions: {has: SOUTH}"
    yield f'ownerId: {{eq: "{office.ids["bob"]}"}}'
    yield 'owner: {name: {eq: "bob"}}'
    yield 'watching: {name: {eq: "eve"}}'
    yield 'calls: {note: {eq: "call"}} amount: {gt: 700000}'
    yield f'not: {{ownerId: {{ne: "{office.ids["bob"]}"}}}}'


async def test_conditions_through_relations_are_no_oracle(office: Office) -> None:
    for inner in _guesses(office):
        for root, form in _ORACLES.items():
            where = form.format(inner=inner)
            count = f"{{ {root}(where: {where}) {{ totalCount }} {root}Aggregate(where: {where}) {{ count }} }}"
            hidden = (await office.read(count, "ann"))["data"]
            assert hidden == {root: {"totalCount": 0}, f"{root}Aggregate": {"count": 0}}, where
            negated = f"{{ {root}(where: {{not: {where}}}) {{ totalCount }} }}"
            everything = await office.read(f"{{ {root} {{ totalCount }} }}", "ann")
            assert await office.read(negated, "ann") == everything, where


async def test_oracles_work_on_what_is_seen(office: Office) -> None:
    """The control of the test above: on own records the same conditions do tell."""
    found = 0
    for inner in _guesses(office):
        for root, form in _ORACLES.items():
            where = form.format(inner=inner)
            answer = await office.read(f"{{ {root}(where: {where}) {{ totalCount }} }}", "bob")
            found += answer["data"][root]["totalCount"]
    assert found > 30


async def test_a_relation_without_conditions_counts_what_is_seen(office: Office) -> None:
    query = "{ firms(where: {prospects: {}}) { totalCount } users(where: {not: {prospects: {}}}) { nodes { name } } }"
    ann = (await office.read(query, "ann"))["data"]
    assert ann["firms"]["totalCount"] == 2
    assert {node["name"] for node in ann["users"]["nodes"]} == {"boss", "bob", "eve", "nil"}
    nil = (await office.read(query, "nil"))["data"]
    assert nil["firms"]["totalCount"] == 0
    assert len(nil["users"]["nodes"]) == 5


async def test_a_cursor_of_another_person_marks_a_place_among_own_records(office: Office) -> None:
    order = "orderBy: [{amount: ASC}]"
    page = await office.read(f"{{ prospects({order}) {{ edges {{ cursor }} }} }}", "bob")
    first, *_, last = [edge["cursor"] for edge in page["data"]["prospects"]["edges"]]
    query = "query($c: String!) { prospects(%s, %s: $c%s) { totalCount nodes { title } } }"
    after = await office.read(query % (order, "after", ""), "ann", {"c": first})
    assert after["data"]["prospects"] == {"totalCount": 3, "nodes": []}
    before = await office.read(query % (order, "before", ", last: 9"), "ann", {"c": last})
    assert [node["title"] for node in before["data"]["prospects"]["nodes"]] == [
        "ann 0",
        "ann 1",
        "ann 2",
    ]
    nested = "query($c: String!) { firms { nodes { prospects(%s, before: $c, last: 9) { nodes { title } } } } }"
    text = json.dumps(await office.read(nested % order, "ann", {"c": last}))
    assert "ann 0" in text
    assert not _HIS.search(text)


async def test_an_invisible_record_is_answered_like_one_that_is_not_there(office: Office) -> None:
    for query in (
        "query($id: ID!) { prospect(id: $id) { title } }",
        "query($id: ID!) { node(id: $id) { id } }",
        "query($id: ID!) { nodes(ids: [$id, $id]) { id } }",
        "query($id: ID!) { calls(where: {prospect: {id: {eq: $id}}}) { totalCount } }",
        "query($id: ID!) { firms(where: {prospects: {id: {ne: $id}}}) { totalCount } }",
    ):
        hidden = await office.read(query, "ann", {"id": str(office.ids["bob 0"])})
        absent = await office.read(query, "ann", {"id": "018f0000-0000-7000-8000-000000000000"})
        nonsense = await office.read(query, "ann", {"id": "x"})
        assert hidden == absent == nonsense
        own = await office.read(query, "ann", {"id": str(office.ids["ann 2"])})
        assert own != hidden or "calls" in query


async def test_plans_are_shared_by_subjects_and_never_their_rows(office: Office) -> None:
    query = "{ prospects { totalCount nodes { title } } firms { nodes { prospects { nodes { title } } } } }"
    first = await office.post(query, "ann")
    kept = _plans(office)
    second = await office.post(query, "bob")
    assert _plans(office) == kept, "the plan is shared"
    assert "ann 0" in json.dumps(first) and not _HIS.search(json.dumps(first))
    assert "bob 0" in json.dumps(second) and "ann 0" not in json.dumps(second)
    every = " ".join(f"{t[0].lower()}{t[1:]}:{v}" for t in office.types for v in ("read", "write"))
    bound = await office.post(query, "ann", scopes=every)
    assert bound == first
    kept = _plans(office)
    free = await office.post(query, "ann", scopes=f"{every} prospect:all")
    assert _plans(office) > kept, "one who is free of the rules has a plan of their own"
    assert free["data"]["prospects"]["totalCount"] == 6
    assert await office.post(query, "ann") == first


def _plans(office: Office) -> int:
    transport: Any = office.clients[True]._transport
    return len(transport.app.endpoint._service.operations._plans._kept)
