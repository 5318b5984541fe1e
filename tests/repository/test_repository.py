from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.conditions import Operator, begins_with, equal
from models.describe import Catalog, Relation
from models.integrations import Integration
from models.people import Group, Membership, User
from models.vendors import Vendor
from repository.criteria import Compare
from repository.errors import NotFound
from repository.order import Key, complete_order, decode_cursor
from repository.repositories import Repositories
from repository.statements import Aggregation, PageRequest
from tests.conftest import Org
from tests.repository.conftest import Sample, SampleNote


async def vendors(org: Org, *names: str) -> list[UUID]:
    rows = [{"name": name, "tier": "LOW"} for name in names]
    return [row["id"] for row in await org.repositories.of(Vendor).create_many(rows)]


async def test_get_many_aligns_rows_with_ids(org: Org) -> None:
    first, second, third = await vendors(org, "a", "b", "c")
    absent = uuid4()
    rows = await org.repositories.of(Vendor).get_many([third, absent, first, third, second])
    assert [row and row["name"] for row in rows] == ["c", None, "a", "c", "b"]
    assert rows[0] == rows[3]


async def test_first_is_of_records_that_meet_a_condition(org: Org, other_org: Org) -> None:
    first, _, third = await vendors(org, "aa", "b", "ac")
    await vendors(other_org, "ab")
    found = org.repositories.of(Vendor)
    begins = found.where(begins_with("name", "a"))
    assert [row["id"] for row in await found.first(9, begins)] == [first, third]
    assert [row["id"] for row in await found.first(1, begins)] == [first]
    assert len(await found.first(9)) == 3
    assert await found.find(found.where(equal("name", "ac"))) == await found.get(third)
    assert await found.find(found.where(equal("name", "ab"))) is None


async def test_get_many_of_nothing(org: Org) -> None:
    assert await org.repositories.of(Vendor).get_many([]) == []


async def test_get_many_hides_rows_of_another_org(org: Org, other_org: Org) -> None:
    (mine,) = await vendors(org, "mine")
    (foreign,) = await vendors(other_org, "theirs")
    found = await org.repositories.of(Vendor).get_many([foreign, mine])
    assert [row and row["name"] for row in found] == [None, "mine"]
    (positive,) = await other_org.repositories.of(Vendor).get_many([foreign])
    assert positive is not None


async def test_get_many_hides_rows_of_another_type(org: Org) -> None:
    (vendor,) = await vendors(org, "mine")
    assert await org.repositories.of(User).get_many([vendor]) == [None]


async def test_rows_carry_every_column_and_the_type(org: Org, catalog: Catalog) -> None:
    (vendor,) = await vendors(org, "mine")
    row = await org.repositories.of(Vendor).get(vendor)
    names = {column.name for column in catalog.tables["Vendor"].columns}
    assert row.keys() == names | {"__typename"}
    assert "org_id" not in row
    assert row["__typename"] == "Vendor"
    assert row["version"] == 1


async def test_get_tells_a_foreign_record_from_none_in_no_way(org: Org, other_org: Org) -> None:
    (mine,) = await vendors(org, "mine")
    (foreign,) = await vendors(other_org, "theirs")
    assert (await org.repositories.of(Vendor).get(mine))["name"] == "mine"
    errors = []
    for id in (foreign, uuid4()):
        with pytest.raises(NotFound) as caught:
            await org.repositories.of(Vendor).get(id)
        errors.append((str(caught.value), caught.value.args))
    assert errors[0] == errors[1] == ("There is no such record.", ())


async def test_find_is_the_first_by_id_or_none(org: Org, other_org: Org, catalog: Catalog) -> None:
    name = catalog.tables["Vendor"].by_name["name"]
    ids = await vendors(org, "a", "b")
    await vendors(other_org, "c")
    repository = org.repositories.of(Vendor)
    found = await repository.find(Compare(name, Operator.IN, ["a", "b"]))
    assert found is not None
    assert found["id"] == min(ids)
    assert await repository.find(Compare(name, Operator.EQ, "c")) is None


async def test_count_and_aggregate_stay_in_the_org(
    org: Org, other_org: Org, catalog: Catalog
) -> None:
    table = catalog.tables["Sample"]
    columns = table.by_name
    figures = [
        Aggregation("count"),
        Aggregation("count", columns["small"]),
        Aggregation("min", columns["small"]),
        Aggregation("max", columns["big"]),
        Aggregation("sum", columns["price"]),
        Aggregation("avg", columns["ratio"]),
    ]
    repository = org.repositories.of(Sample)
    assert await repository.aggregate(Compare(columns["title"], Operator.EQ, "none"), figures) == [
        0,
        0,
        None,
        None,
        None,
        None,
    ]
    assert await repository.count() == 0
    for one, factor in ((org, 1), (other_org, 100)):
        await one.repositories.of(Sample).create_many(
            [
                {
                    "title": f"{place}",
                    "tags": [],
                    "small": place or None,
                    "big": place * factor * 2**50,
                    "price": Decimal("0.1") * factor,
                    "ratio": place * factor * 0.5,
                }
                for place in range(3)
            ]
        )
    assert await repository.count() == 3
    assert await repository.count(Compare(columns["small"], Operator.EQ, 1)) == 1
    assert await repository.aggregate(Compare(columns["title"], Operator.NE, "x"), figures) == [
        3,
        2,
        1,
        2**51,
        Decimal("0.3000"),
        0.5,
    ]


async def test_types_of_names_the_own_ids_only(org: Org, other_org: Org, catalog: Catalog) -> None:
    (vendor,) = await vendors(org, "mine")
    (foreign,) = await vendors(other_org, "theirs")
    sample = await org.repositories.of(Sample).create({"title": "a", "tags": []})
    tables = [catalog.tables[name] for name in ("Vendor", "Sample", "User")]
    ids = [vendor, foreign, sample["id"], uuid4(), vendor]
    found = await org.repositories.types_of(ids, tables)
    assert {id: table.type for id, table in found.items()} == {
        vendor: "Vendor",
        sample["id"]: "Sample",
    }
    assert await org.repositories.types_of(ids, tables[2:]) == {}
    assert await org.repositories.types_of([], tables) == {}
    assert await org.repositories.types_of(ids, []) == {}
    positive = await other_org.repositories.types_of(ids, tables)
    assert {id: table.type for id, table in positive.items()} == {foreign: "Vendor"}


async def test_of_takes_a_model_or_its_description(org: Org, catalog: Catalog) -> None:
    repositories = org.repositories
    assert repositories.of(Vendor) is repositories.of(catalog.tables["Vendor"])
    assert repositories.org_id == org.org_id


class Related:
    """Samples of one organisation with notes: three, none, one."""

    def __init__(self, org: Org, catalog: Catalog) -> None:
        self.org = org
        self.notes = catalog.tables["SampleNote"]
        self.relation: Relation = catalog.tables["Sample"].relation_by_field["notes"]
        self.order = complete_order(self.notes, [Key(self.notes.by_name["body"], False)])
        self.parents: list[UUID] = []

    async def make(self) -> "Related":
        rows = await self.org.repositories.of(Sample).create_many(
            [{"title": f"{place}", "tags": []} for place in range(3)]
        )
        self.parents = [row["id"] for row in rows]
        await self.org.repositories.of(SampleNote).create_many(
            [
                {"body": body, "sample_id": self.parents[at]}
                for body, at in (("b", 0), ("a", 0), ("d", 2), ("c", 0))
            ]
        )
        return self

    async def pages(
        self, parents: list[UUID], **request: Any
    ) -> list[tuple[list[str], int | None]]:
        asked = PageRequest(self.order, request.pop("limit", 2), **request)
        pages = await self.org.repositories.of(Sample).pages(self.relation, parents, asked)
        return [([row["body"] for row in page.rows], page.total) for page in pages]


@pytest.fixture
async def related(org: Org, catalog: Catalog) -> Related:
    return await Related(org, catalog).make()


async def test_pages_are_aligned_with_parents(related: Related) -> None:
    first, second, third = related.parents
    assert await related.pages([third, second, first]) == [
        (["d"], None),
        ([], None),
        (["a", "b"], None),
    ]
    assert await related.pages([first, third], backward=True) == [(["b", "c"], None), (["d"], None)]
    assert await related.pages([]) == []


async def test_pages_tell_totals_of_each_parent(related: Related) -> None:
    body = related.notes.by_name["body"]
    assert await related.pages(related.parents, with_total=True, limit=1) == [
        (["a"], 3),
        ([], 0),
        (["d"], 1),
    ]
    where = Compare(body, Operator.GT, "a")
    assert await related.pages(related.parents, with_total=True, limit=1, where=where) == [
        (["b"], 2),
        ([], 0),
        (["d"], 1),
    ]


async def test_pages_of_a_parent_asked_for_twice(related: Related) -> None:
    first, second, _ = related.parents
    pages = await related.pages([first, second, first], with_total=True)
    assert pages == [(["a", "b"], 3), ([], 0), (["a", "b"], 3)]


async def test_pages_say_what_lies_beyond(related: Related) -> None:
    repository = related.org.repositories.of(Sample)
    request = PageRequest(related.order, 2, with_cursors=True)
    first, second, third = await repository.pages(related.relation, related.parents, request)
    assert [(page.has_next, page.has_previous) for page in (first, second, third)] == [
        (True, False),
        (False, False),
        (False, False),
    ]
    cursor = decode_cursor(first.cursors[-1], related.notes, related.order)
    after = PageRequest(related.order, 2, cursor=cursor)
    first, second, third = await repository.pages(related.relation, related.parents, after)
    assert [[row["body"] for row in page.rows] for page in (first, second, third)] == [
        ["c"],
        [],
        ["d"],
    ]
    assert first.has_previous
    assert not first.has_next


async def test_pages_hide_the_parents_of_another_org(
    related: Related, other_org: Org, catalog: Catalog
) -> None:
    foreign = await Related(other_org, catalog).make()
    mixed = [foreign.parents[0], related.parents[2], uuid4()]
    assert await related.pages(mixed, with_total=True) == [([], 0), (["d"], 1), ([], 0)]
    assert await foreign.pages(foreign.parents[:1], with_total=True) == [(["a", "b"], 3)]


async def test_pages_through_a_link(org: Org, other_org: Org, catalog: Catalog) -> None:
    groups = catalog.tables["Group"]
    relation = catalog.tables["User"].relation_by_field["groups"]
    order = complete_order(groups, [Key(groups.by_name["name"], True)])
    users: dict[str, list[UUID]] = {}
    for one in (other_org, org):
        repositories = one.repositories
        people = await repositories.of(User).create_many(
            [{"email": f"{name}@example.com", "name": name} for name in "xyz"]
        )
        teams = await repositories.of(Group).create_many([{"name": name} for name in "abc"])
        await repositories.of(Membership).create_many(
            [
                {"user_id": people[user]["id"], "group_id": teams[group]["id"]}
                for user, group in ((0, 0), (0, 1), (0, 2), (2, 1))
            ]
        )
        users[one.slug] = [row["id"] for row in people]
    repository = org.repositories.of(User)
    parents = [*users[org.slug], users[other_org.slug][0]]
    pages = await repository.pages(relation, parents, PageRequest(order, 2, with_total=True))
    assert [([row["name"] for row in page.rows], page.total) for page in pages] == [
        (["c", "b"], 3),
        ([], 0),
        (["b"], 1),
        ([], 0),
    ]


async def test_pages_of_one_record(org: Org, catalog: Catalog) -> None:
    """A reference read as a page: at most one row a parent."""
    (vendor,) = await vendors(org, "v")
    integration = await org.repositories.of(Integration).create(
        {"name": "i", "auth_method": "SAML", "scopes": [], "vendor_id": vendor}
    )
    table = catalog.tables["Vendor"]
    relation = catalog.tables["Vendor"].relation_by_field["integrations"]
    order = complete_order(catalog.tables["Integration"], ())
    (page,) = await org.repositories.of(table).pages(relation, [vendor], PageRequest(order, 5))
    assert [row["id"] for row in page.rows] == [integration["id"]]


async def test_transaction_shares_one_connection_and_its_reads(org: Org) -> None:
    async with org.repositories.transaction() as repositories:
        (created,) = await repositories.of(Vendor).create_many([{"name": "a", "tier": "LOW"}])
        assert await repositories.of(Vendor).count() == 1
        assert await org.repositories.of(Vendor).count() == 0
        async with repositories.transaction() as inner:
            assert isinstance(inner, Repositories)
            assert (await inner.of(Vendor).get(created["id"]))["name"] == "a"
    assert await org.repositories.of(Vendor).count() == 1


async def test_every_kind_comes_back_as_it_went_in(org: Org, root: asyncpg.Connection) -> None:
    values = {
        "title": "żółw 🐢 \\ ' \" % _",
        "note": "",
        "small": -1000,
        "big": 2**63 - 1,
        "ratio": 0.1,
        "price": Decimal("1234567890123456.7891"),
        "flag": False,
        "tags": ["", "a,b", "{}", '"', "\\", "NULL"],
        "facts": {"a": [1, 2.5, None, "ü\\u0000"], "b": {"c": True}},
    }
    created = await org.repositories.of(Sample).create(values)
    assert {name: created[name] for name in values} == values
    read = await org.repositories.of(Sample).get(created["id"])
    assert read == created
    stored = await root.fetchval(
        "SELECT facts ->> 'b' FROM data.sample WHERE id = $1", created["id"]
    )
    assert stored == '{"c": true}'
