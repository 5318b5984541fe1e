"""Keyset walks against ORDER BY by hand, and cursors that nobody was given."""

import base64
import itertools
import random
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from models.conditions import Operator
from models.describe import Catalog, Column, Table
from repository.criteria import Compare
from repository.errors import CursorRefused
from repository.order import (
    Cursor,
    Key,
    Order,
    complete_order,
    decode_cursor,
    fingerprint,
)
from repository.reader import Page
from repository.repository import Repository
from repository.statements import PageRequest
from tests.conftest import Org
from tests.repository.conftest import Sample, SampleNote, SampleVendor

# Few values, so that rows tie; the odd number keeps the columns from going in step.
VALUES: dict[str, list[Any]] = {
    "note": ["a", "B", "é", "日本", 'q"\\', "\x01\n", "", None],
    "small": [-1, 0, 5, None],
    "big": [-(2**63), 2**53 + 1, 2**63 - 1, None],
    "ratio": [-1.5, 0.1, 1e22, 1e-7, 5e-324, None],
    "price": [Decimal("-0.0001"), Decimal("10"), Decimal("9999999999999999.9999"), None],
    "flag": [True, False, None],
    "seen_at": [
        datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, 0, 2, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        None,
    ],
    "day": [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31), None],
    "shade": ["DARK", "LIGHT", "MIXED", None],
}
ROWS = 17


@pytest.fixture
def table(catalog: Catalog) -> Table:
    return catalog.tables["Sample"]


async def seed(org: Org) -> None:
    choose = random.Random(11)
    rows = [
        {"title": f"{place % 3}-{place}", "tags": []}
        | {name: choose.choice(domain) for name, domain in VALUES.items()}
        for place in range(ROWS)
    ]
    for place, row in enumerate(rows):
        if row["small"] is not None and row["shade"] is not None:
            row["small" if place % 2 else "shade"] = None
    await org.repositories.of(Sample).create_many(rows)


@pytest.fixture
async def seeded(org: Org, other_org: Org, root: asyncpg.Connection) -> None:
    await seed(org)
    await seed(other_org)
    await root.execute("UPDATE data.sample SET created_at = '2024-01-01' WHERE org_id = $1", org.id)


async def expected(root: asyncpg.Connection, org: Org, keys: Sequence[Key]) -> list[UUID]:
    """The ids in an order whose NULLs are greatest; the id goes the last key's way."""
    ways = [(key.column.name, key.descending) for key in keys]
    if "id" not in dict(ways):
        ways.append(("id", ways[-1][1] if ways else False))
    clause = ", ".join(
        f"{name} {'DESC NULLS FIRST' if down else 'ASC NULLS LAST'}" for name, down in ways
    )
    query = f"SELECT id FROM data.sample WHERE org_id = $1 ORDER BY {clause}"
    return [row[0] for row in await root.fetch(query, org.id)]


async def walk(
    repository: Repository, table: Table, order: Order, *, size: int, backward: bool
) -> list[UUID]:
    """All ids, page by page, in the order of the pages' rows."""
    found: list[UUID] = []
    cursor: Cursor | None = None
    for turn in itertools.count():
        assert turn <= ROWS, "the walk does not end"
        request = PageRequest(
            order, size, cursor=cursor, backward=backward, with_cursors=True, with_total=turn == 0
        )
        page = await repository.page(request)
        assert page.total == (ROWS if turn == 0 else None)
        assert len(page.cursors) == len(page.rows) <= size
        ids = [row["id"] for row in page.rows]
        found = ids + found if backward else found + ids
        more, behind = (
            (page.has_previous, page.has_next) if backward else (page.has_next, page.has_previous)
        )
        assert behind == (turn > 0)
        assert more == (len(found) < ROWS)
        if not more:
            return found
        assert len(page.rows) == size
        cursor = decode_cursor(page.cursors[0 if backward else -1], table, order)
    raise AssertionError


async def check(
    root: asyncpg.Connection, org: Org, table: Table, keys: Sequence[Key], sizes: Sequence[int]
) -> None:
    wanted = await expected(root, org, keys)
    order = complete_order(table, keys)
    repository = org.repositories.of(table)
    assert len(wanted) == ROWS
    for size in sizes:
        for backward in (False, True):
            found = await walk(repository, table, order, size=size, backward=backward)
            assert found == wanted, (size, backward)


SORTABLE = [*VALUES, "title", "id", "created_at", "version", "parent_id"]


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("name", SORTABLE)
async def test_walks_over_each_kind_match_independent_sql(
    org: Org, table: Table, root: asyncpg.Connection, seeded: None, name: str, descending: bool
) -> None:
    keys = [Key(table.by_name[name], descending)]
    await check(root, org, table, keys, (1, 4, ROWS))


def test_walks_are_over_every_sortable_kind(table: Table) -> None:
    kinds = {column.kind for column in table.columns if column.sortable}
    assert {table.by_name[name].kind for name in SORTABLE} == kinds
    assert {column.name for column in table.columns if not column.sortable} == {"tags", "facts"}


@pytest.mark.parametrize("number", range(10))
async def test_walks_over_mixed_orders_match_independent_sql(
    org: Org, table: Table, root: asyncpg.Connection, seeded: None, number: int
) -> None:
    choose = random.Random(number)
    names = choose.sample(SORTABLE, choose.randint(2, 3))
    keys = [Key(table.by_name[name], choose.random() < 0.5) for name in names]
    await check(root, org, table, keys, (1, 2, 5))


async def test_walks_of_every_size_match_independent_sql(
    org: Org, table: Table, root: asyncpg.Connection, seeded: None
) -> None:
    keys = [Key(table.by_name["shade"], True), Key(table.by_name["flag"], False)]
    await check(root, org, table, keys, range(1, ROWS + 2))
    await check(root, org, table, [], range(1, ROWS + 2))


async def test_walk_keeps_its_place_while_rows_come_and_go(
    org: Org, table: Table, seeded: None
) -> None:
    repository = org.repositories.of(table)
    order = complete_order(table, [Key(table.by_name["title"], False)])
    first = await repository.page(PageRequest(order, 5, with_cursors=True))
    cursor = decode_cursor(first.cursors[-1], table, order)
    before = await repository.page(PageRequest(order, 5, cursor=cursor))
    await repository.delete(first.rows[-1]["id"])
    await repository.create({"title": "", "tags": []})
    after = await repository.page(PageRequest(order, 5, cursor=cursor))
    assert [row["id"] for row in after.rows] == [row["id"] for row in before.rows]


async def test_cursor_of_another_org_shows_no_row_of_it(
    org: Org, other_org: Org, table: Table, seeded: None
) -> None:
    """A cursor is a place in an order, not a key: it opens nothing."""
    order = complete_order(table, [Key(table.by_name["title"], False)])

    async def page(one: Org, cursor: Cursor | None = None) -> Page:
        request = PageRequest(order, 3, cursor=cursor, with_cursors=True)
        return await one.repositories.of(table).page(request)

    foreign = await page(other_org)
    cursor = decode_cursor(foreign.cursors[-1], table, order)
    mine = {
        row["id"] for row in (await org.repositories.of(table).page(PageRequest(order, 99))).rows
    }
    found = await page(org, cursor)
    assert found.rows
    assert {row["id"] for row in found.rows} <= mine


async def test_walk_over_the_longest_text_there_may_be(org: Org, table: Table) -> None:
    repository = org.repositories.of(table)
    notes = ["\x01" * 2000, "日" * 2000, "🦊" * 1999 + "a", '"' * 2000]
    await repository.create_many(
        [{"title": f"{place}" * 2000, "tags": [], "note": note} for place, note in enumerate(notes)]
    )
    order = complete_order(table, [Key(table.by_name[name], False) for name in ("note", "title")])
    page = await repository.page(PageRequest(order, 10, with_cursors=True))
    assert [row["note"] for row in page.rows] == sorted(notes)
    for place, cursor in enumerate(page.cursors):
        after = PageRequest(order, 10, cursor=decode_cursor(cursor, table, order))
        assert (await repository.page(after)).rows == page.rows[place + 1 :]


def test_complete_order_ends_in_the_id(table: Table) -> None:
    title, ident = table.by_name["title"], table.by_name["id"]
    assert complete_order(table, ()) == (Key(ident, False),)
    assert complete_order(table, [Key(title, True)]) == (Key(title, True), Key(ident, True))
    assert complete_order(table, [Key(ident, True)]) == (Key(ident, True),)


def encode(items: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(items)).rstrip(b"=").decode()


def made(table: Table, order: Order, *keys: object) -> str:
    return encode([fingerprint(table, order), *keys])


def order_of(table: Table, name: str) -> Order:
    return (Key(table.by_name[name], False), Key(table.by_name["id"], False))


GOOD: dict[str, tuple[object, object]] = {
    "note": ("a'b", "a'b"),
    "small": (5, 5),
    "big": (str(2**63 - 1), 2**63 - 1),
    "ratio": (1.5, 1.5),
    "price": ("10.0000", Decimal("10.0000")),
    "flag": (False, False),
    "seen_at": ("2024-02-29T12:00:00.000001Z", VALUES["seen_at"][0]),
    "day": ("2024-02-29", date(2024, 2, 29)),
    "shade": ("DARK", "DARK"),
    "parent_id": (str(UUID(int=7)), UUID(int=7)),
}
BAD: dict[str, list[object]] = {
    "note": [5, True, ["a"], {"a": 1}, "a\0b", "\0"],
    "small": ["5", 5.5, True, 2**31, -(2**31) - 1, 1e300, [5]],
    "big": [5, "5.0", "five", str(2**63), "9" * 400, "", True, "NaN"],
    "ratio": ["1.5", True, [1.5], "NaN", "Infinity"],
    "price": [10, 10.5, "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E+999999999"]
    + ["1e-999999999", "10000000000000000", "ten", "", True],
    "flag": [0, 1, "true", []],
    "seen_at": [
        "2024-02-29T12:00:00.000001",
        "2024-02-29",
        "2024-02-30T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01T00:00:00Z",
        "now",
        "infinity",
        0,
        1.5,
    ],
    "day": ["2024-02-30", "2024-02-29T00:00:00Z", "today", "", 20240229],
    "shade": [5, "DA\0RK", None.__class__.__name__ * 2000, ["DARK"]],
    "parent_id": ["7", str(UUID(int=7))[:-1], "z" * 32, 7, ""],
}


@pytest.mark.parametrize("name", GOOD)
def test_decode_takes_what_the_database_writes(table: Table, name: str) -> None:
    order = order_of(table, name)
    text, value = GOOD[name]
    ident = uuid4()
    cursor = decode_cursor(made(table, order, text, str(ident)), table, order)
    assert cursor == Cursor((value, ident))
    assert cursor.nulls == (False, False)
    null = decode_cursor(made(table, order, None, str(ident)), table, order)
    assert null.nulls == (True, False)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_decode_refuses_values_of_other_types(table: Table, name: str, value: object) -> None:
    order = order_of(table, name)
    with pytest.raises(CursorRefused):
        decode_cursor(made(table, order, value, str(uuid4())), table, order)


def test_every_sortable_kind_has_good_and_bad_values(table: Table) -> None:
    kinds = {column.kind for column in table.columns if column.sortable}
    assert {table.by_name[name].kind for name in GOOD} == kinds
    assert GOOD.keys() == BAD.keys()


def test_decode_refuses_null_where_there_is_none(table: Table) -> None:
    for name, ident in (("title", str(uuid4())), ("note", None)):
        order = order_of(table, name)
        with pytest.raises(CursorRefused):
            decode_cursor(made(table, order, None, ident), table, order)


def test_decode_refuses_the_cursor_of_another_connection(catalog: Catalog, table: Table) -> None:
    def key(column: Column, down: bool = False) -> Order:
        return (Key(column, down), Key(table.by_name["id"], down))

    title, note = table.by_name["title"], table.by_name["note"]
    ident = str(uuid4())
    order = key(title)
    cursor = made(table, order, "a", ident)
    assert decode_cursor(cursor, table, order).values[0] == "a"
    for other_table, other_order in (
        (table, key(title, True)),
        (table, key(note)),
        (table, (Key(table.by_name["id"], False),)),
        (table, (*key(title), Key(note, False))),
        (catalog.tables["Vendor"], key(title)),
    ):
        with pytest.raises(CursorRefused):
            decode_cursor(cursor, other_table, other_order)
    with pytest.raises(CursorRefused):
        decode_cursor(encode(["00000000", "a", ident]), table, order)


def test_decode_refuses_a_cursor_that_was_cut(table: Table) -> None:
    order = order_of(table, "note")
    whole = made(table, order, "note", str(uuid4()))
    assert decode_cursor(whole, table, order)
    for end in range(len(whole)):
        with pytest.raises(CursorRefused):
            decode_cursor(whole[:end], table, order)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "AAAA",
        "not base64!",
        "żółw",
        "\0",
        "a\0b",
        " W10",
        "\ud800",
        encode([]),
        encode({}),
        encode("text"),
        encode(None),
        encode(5),
        encode([[], {}, None]),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[NaN]").decode(),
    ],
)
def test_decode_refuses_garbage(table: Table, text: str) -> None:
    with pytest.raises(CursorRefused):
        decode_cursor(text, table, order_of(table, "note"))


def test_decode_refuses_huge_texts_at_once(table: Table) -> None:
    order = order_of(table, "price")
    huge = "A" * 10_000_000
    long_key = made(table, order, "9" * 7_000_000, str(uuid4()))
    begun = time.process_time()
    for text in (huge, long_key, "=" * 10_000_000, "é" * 10_000_000):
        with pytest.raises(CursorRefused):
            decode_cursor(text, table, order)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("seconds", [1, -1, 3600])
def test_decode_refuses_another_form_of_an_instant(table: Table, seconds: int) -> None:
    order = order_of(table, "seen_at")
    instant = datetime(2024, 1, 1, tzinfo=timezone(timedelta(seconds=seconds)))
    with pytest.raises(CursorRefused):
        decode_cursor(made(table, order, instant.isoformat(), str(uuid4())), table, order)


async def test_garbage_never_reaches_the_database(org: Org, table: Table) -> None:
    """Every cursor that is taken can be bound."""
    repository = org.repositories.of(table)
    for name, (text, _) in GOOD.items():
        order = order_of(table, name)
        for value in (text, None):
            cursor = decode_cursor(made(table, order, value, str(uuid4())), table, order)
            assert not (await repository.page(PageRequest(order, 5, cursor=cursor))).rows


async def test_pages_walk_each_parent_alone(org: Org, catalog: Catalog, seeded: None) -> None:
    """The cursor of a connection works for any parent, and pages don't mix."""
    table = catalog.tables["Sample"]
    notes = catalog.tables["SampleNote"]
    repository = org.repositories.of(table)
    parents = [
        row["id"] for row in (await repository.page(PageRequest(complete_order(table, ()), 3))).rows
    ]
    made_notes = await org.repositories.of(SampleNote).create_many(
        [
            {"body": f"{body}", "sample_id": parent}
            for parent, count in zip(parents, (5, 0, 2), strict=True)
            for body in range(count)
        ]
    )
    relation = table.relation_by_field["notes"]
    order = complete_order(notes, [Key(notes.by_name["body"], True)])
    wanted = {
        parent: [
            row["id"]
            for row in sorted(
                (note for note in made_notes if note["sample_id"] == parent),
                key=lambda note: note["body"],
                reverse=True,
            )
        ]
        for parent in parents
    }
    for backward in (False, True):
        found: dict[UUID, list[UUID]] = {parent: [] for parent in parents}
        cursors: dict[UUID, Cursor | None] = dict.fromkeys(parents)
        for _ in range(5):
            for parent in parents:
                request = PageRequest(
                    order, 1, cursor=cursors[parent], backward=backward, with_cursors=True
                )
                (page,) = await repository.pages(relation, [parent], request)
                if page.rows:
                    cursors[parent] = decode_cursor(page.cursors[0], notes, order)
                    found[parent].append(page.rows[0]["id"])
        assert found == {parent: ids[::-1] if backward else ids for parent, ids in wanted.items()}


async def test_where_and_cursor_meet(org: Org, table: Table, seeded: None) -> None:
    repository = org.repositories.of(table)
    where = Compare(table.by_name["title"], Operator.STARTS_WITH, "1")
    order = complete_order(table, [Key(table.by_name["title"], False)])
    first = await repository.page(PageRequest(order, 2, where, with_cursors=True))
    cursor = decode_cursor(first.cursors[-1], table, order)
    rest = await repository.page(PageRequest(order, 99, where, cursor=cursor, with_total=True))
    titles = [row["title"] for row in (*first.rows, *rest.rows)]
    assert titles == sorted(f"1-{place}" for place in range(ROWS) if place % 3 == 1)
    assert rest.total == len(titles)


def test_links_are_in_the_catalog(catalog: Catalog) -> None:
    assert SampleVendor.__name__ in catalog.tables
