"""What both ways share - conditions, orders, cursors - against plain Python over the same rows."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import asyncpg
import pytest
from graphql import parse

from models.describe import Table
from tests.conftest import Urls
from tests.sameness.answers import Question
from tests.sameness.conftest import Bench
from tests.sameness.documents import Drawer, orders_of
from tests.sameness.test_documents import EXAMPLES
from tests.sameness.truth import Truth, in_order

PARTS: Final = 4
WALKED: Final = ("Specimen", "Integration", "SecurityEvent", "Grant", "Dataset", "Organization")


@pytest.fixture
async def truth(bench: Bench, urls: Urls) -> Truth:
    """All rows of the first organisation, read past every wall."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        rows = {}
        for table in bench.catalog.tables.values():
            found = await connection.fetch(
                f"SELECT * FROM {table.qualified_name} WHERE org_id = $1", bench.seeds[0].org_id
            )
            rows[table.type] = [dict(row) for row in found]
        return Truth(bench.catalog, rows)
    finally:
        await connection.close()


@pytest.mark.parametrize("part", range(PARTS))
async def test_conditions_orders_and_pages_mean_what_they_say(
    bench: Bench, truth: Truth, cursors: Mapping[tuple[str, str], list[str]], part: int
) -> None:
    tables = [table for table in bench.catalog.exposed if table.type != "AuditEvent"]
    met = 0
    for number in range(EXAMPLES // 24):
        random = Random(f"{part} {number}")
        drawer = Drawer(bench.core, bench.catalog, bench.seeds, cursors, random)
        table = random.choice([*tables, *(bench.catalog.tables[n] for n in ("Specimen", "Site"))])
        where = drawer.where(table, random.choice((1, 2, 3)))
        order = list(orders_of(table, random, 1))[random.random() < 0.8]
        backward, size = random.random() < 0.5, random.choice((1, 2, 3, 100))
        expected = truth.chosen(table, where, order)
        start = random.randrange(len(expected)) if expected and random.random() < 0.7 else None
        page = await _page(bench, table, where=where, order=order, size=100, backward=False)
        all_ids = [str(row["id"]) for row in expected]
        assert [edge["node"]["id"] for edge in page["edges"]] == all_ids, (table.type, where, order)
        cursor = page["edges"][start]["cursor"] if start is not None else None
        page = await _page(
            bench, table, where=where, order=order, size=size, backward=backward, cursor=cursor
        )
        if backward:
            among = all_ids[:start]
            ids, beyond = among[-size:], len(among) > size
            before, after = beyond, cursor is not None
        else:
            among = all_ids if start is None else all_ids[start + 1 :]
            ids, beyond = among[:size], len(among) > size
            before, after = cursor is not None, beyond
        assert [edge["node"]["id"] for edge in page["edges"]] == ids
        assert page["totalCount"] == len(all_ids)
        edges = page["edges"]
        assert page["pageInfo"] == {
            "hasNextPage": after,
            "hasPreviousPage": before,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        }
        met += 0 < len(all_ids) < len(truth.chosen(table, {}, ()))
    assert met > EXAMPLES // 24 // 6, "conditions part the rows often enough to tell"


async def test_relations_lead_to_the_rows_they_name(bench: Bench, truth: Truth) -> None:
    for table in bench.catalog.exposed:
        for relation in table.relations:
            target = bench.catalog.target(relation)
            if relation.field not in _record_fields(bench, table):
                continue
            order = [{"createdAt": "DESC"}]
            many = relation.cardinality != "one"
            inner = (
                "(orderBy: {createdAt: DESC}, first: 100) { nodes { id } totalCount }"
                if many
                else "{ id }"
            )
            text = f"{{ {table.plural}(first: 90) {{ nodes {{ id found: {relation.field}{inner} }} }} }}"
            data = await _asked(bench, text, {})
            rows = {str(row["id"]): row for row in truth.chosen(table, {}, ())}
            assert data[table.plural]["nodes"]
            for node in data[table.plural]["nodes"]:
                related = truth.related(table, rows[node["id"]], relation.field)
                ids = [{"id": str(row["id"])} for row in in_order(target, related, order)]
                if many:
                    assert node["found"] == {"nodes": ids, "totalCount": len(ids)}
                else:
                    assert [node["found"]] == (ids or [None])


@pytest.mark.parametrize("type_name", WALKED)
async def test_walks_meet_every_row_once(bench: Bench, truth: Truth, type_name: str) -> None:
    table = bench.catalog.tables[type_name]
    random = Random(type_name)
    fields = [column.field for column in table.columns if column.exposed and column.sortable]
    orders: list[Sequence[Mapping[str, str]]] = [
        [{name: way}] for name in fields for way in ("ASC", "DESC")
    ]
    orders += [order for order in orders_of(table, random, 12) if order]
    for order in orders:
        expected = [str(row["id"]) for row in truth.chosen(table, {}, order)]
        for backward in (False, True):
            walked: list[str] = []
            cursor, size = None, random.choice((2, 3, 5))
            while True:
                page = await _page(
                    bench, table, order=order, size=size, backward=backward, cursor=cursor
                )
                ids = [edge["node"]["id"] for edge in page["edges"]]
                walked = ids + walked if backward else walked + ids
                info = page["pageInfo"]
                if not info["hasPreviousPage" if backward else "hasNextPage"]:
                    break
                cursor = info["startCursor" if backward else "endCursor"]
                assert len(walked) < len(expected), (order, "goes round in circles")
            assert walked == expected, (order, backward)


async def _page(
    bench: Bench,
    table: Table,
    *,
    order: Sequence[Mapping[str, str]],
    size: int,
    backward: bool,
    where: Mapping[str, Any] | None = None,
    cursor: str | None = None,
) -> Any:
    size_name, cursor_name = ("last", "before") if backward else ("first", "after")
    text = f"""query ($where: {table.type}Where, $order: [{table.type}Order!], $size: Int, $cursor: String) {{
      {table.plural}(where: $where, orderBy: $order, {size_name}: $size, {cursor_name}: $cursor) {{
        edges {{ cursor node {{ id }} }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        totalCount
      }}
    }}"""
    variables = {"where": where or {}, "order": order, "size": size, "cursor": cursor}
    return (await _asked(bench, text, variables))[table.plural]


async def _asked(bench: Bench, text: str, variables: Mapping[str, Any]) -> Any:
    """The data of a compiled answer, which the reference's is equal to."""
    document = _DOCUMENTS.setdefault(text, parse(text))
    question = Question(text, document, None, variables)
    whole = bench.tally.ways["whole"]
    answer, differing = await bench.pair.ask(
        question, lambda: bench.make_context(bench.seeds[0].org_id, "admin")
    )
    assert not differing, (text, variables, differing[:3])
    assert "errors" not in answer, (text, variables, answer)
    assert bench.tally.ways["whole"] == whole + 1
    return answer["data"]


def _record_fields(bench: Bench, table: Table) -> Any:
    return bench.core.type_map[table.type].fields  # type: ignore[union-attr]


_DOCUMENTS: Final[dict[str, Any]] = {}
