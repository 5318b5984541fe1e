"""Statements that lost their predicate, on tables that lost their policies: two removals each."""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

import repository.compile.roots
import repository.order
import repository.repository
import resolvers.arguments
from repository.binds import Statement
from repository.compile.records import RecordWriter
from repository.sql import StatementText
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged
from tests.isolation.siege import without_predicate

_PREDICATE = re.compile(r"\bt\d+\.org_id = \$2")
_GET = "query ($id: ID!) { vendor(id: $id) { name } }"
Patch = Callable[[pytest.MonkeyPatch], None]


def without_policies(
    *tables: str,
) -> Callable[[Patch], Callable[[Ground], AbstractAsyncContextManager[Wrap]]]:
    """The plant that takes the policies off the tables and changes statements by a patch."""

    def planting(change: Patch) -> Callable[[Ground], AbstractAsyncContextManager[Wrap]]:
        @asynccontextmanager
        async def plant(ground: Ground) -> AsyncIterator[Wrap]:
            async with AsyncExitStack() as stack:
                for table in tables:
                    await stack.enter_async_context(ground.without_walls(table))
                with pytest.MonkeyPatch.context() as patch:
                    change(patch)
                    yield unchanged

        return plant

    return planting


def bare(made: Statement) -> Statement:
    return replace(made, sql=without_predicate(made.sql))


@without_policies("vendor")
def _get(patch: pytest.MonkeyPatch) -> None:
    written = StatementText.rows_of

    def rows_of(self: StatementText, table: Any, *conditions: str, **given: Any) -> str:
        text = written(self, table, *conditions, **given)
        by_id = table.name == "vendor" and any(".id = " in one for one in conditions)
        return _PREDICATE.sub("true", text, count=1) if by_id else text

    patch.setattr(StatementText, "rows_of", rows_of)


@without_policies("vendor")
def _figures(patch: pytest.MonkeyPatch) -> None:
    written = repository.compile.roots.figures_text
    patch.setattr(
        repository.compile.roots, "figures_text", lambda *of: _PREDICATE.sub("true", written(*of))
    )


@without_policies("vendor")
def _groups(patch: pytest.MonkeyPatch) -> None:
    written = repository.compile.roots.groups_text
    patch.setattr(
        repository.compile.roots, "groups_text", lambda *of: _PREDICATE.sub("true", written(*of))
    )


@without_policies("vendor")
def _total(patch: pytest.MonkeyPatch) -> None:
    written = RecordWriter.page
    total = re.compile(
        r"(SELECT count\(\*\) AS total FROM data\.vendor AS \w+ WHERE )t\d+\.org_id = \$2"
    )
    patch.setattr(
        RecordWriter, "page", lambda self, *a, **k: total.sub(r"\1true", written(self, *a, **k))
    )


@without_policies("vendor")
def _cursor(patch: pytest.MonkeyPatch) -> None:
    written, decode = repository.order.cursor_text, resolvers.arguments.decode_cursor
    neighbour = (
        "(SELECT n.name FROM data.vendor AS n WHERE n.org_id <> {alias}.org_id "
        "ORDER BY n.id DESC LIMIT 1), "
    )

    def cursor_text(table: Any, order: Any, alias: str) -> str:
        array = "json_build_array("
        return written(table, order, alias).replace(array, array + neighbour.format(alias=alias))

    def decoded(text: str, table: Any, order: Any) -> Any:
        try:
            items = orjson.loads(_bytes(text))
            text = base64.urlsafe_b64encode(orjson.dumps(items[1:])).decode().rstrip("=")
        except (ValueError, TypeError, binascii.Error):
            pass
        return decode(text, table, order)

    patch.setattr(repository.order, "cursor_text", cursor_text)
    patch.setattr(resolvers.arguments, "decode_cursor", decoded)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _gets(stage: Stage) -> bool:
    return stage.tells(await stage.asked(_GET, {"id": await stage.id("vendor")}))


async def _counts(stage: Stage) -> bool:
    answer = (await stage.ask(stage.attacker, "{ vendorsAggregate { count } }")).json()
    own = len(await stage.ids("vendor", stage.attacker))
    return bool(answer["data"]["vendorsAggregate"]["count"] != own)


async def _groups_by_name(stage: Stage) -> bool:
    return stage.tells(await stage.asked("{ vendorsGrouped(by: [name]) { key { name } count } }"))


async def _totals(stage: Stage) -> bool:
    answer = (await stage.ask(stage.attacker, "{ vendors { totalCount nodes { id } } }")).json()
    own = len(await stage.ids("vendor", stage.attacker))
    return bool(answer["data"]["vendors"]["totalCount"] != own)


async def _cursors(stage: Stage) -> bool:
    answer = await stage.asked("{ vendors(first: 3) { pageInfo { endCursor } } }")
    cursor = orjson.loads(answer)["data"]["vendors"]["pageInfo"]["endCursor"]
    return stage.tells(_bytes(cursor).decode())


PREDICATE_HOLES = (
    ServiceHole(
        "get-without-predicate",
        "The lookup by id leaves out the organisation, for ids are unique anyway, and the table "
        "has no policies (two removals): vendor(id:) and node(id:) answer anybody's.",
        _get,
        _gets,
    ),
    ServiceHole(
        "figures-without-predicate",
        "Aggregates alone leave out the organisation, on a table without policies (two removals): "
        "they are of all organisations.",
        _figures,
        _counts,
    ),
    ServiceHole(
        "groups-without-predicate",
        "Groups alone leave out the organisation, on a table without policies (two removals): "
        "their keys are everybody's values.",
        _groups,
        _groups_by_name,
    ),
    ServiceHole(
        "total-without-predicate",
        "The count beside a page leaves out the organisation, on a table without policies (two "
        "removals); the rows are right.",
        _total,
        _totals,
    ),
    ServiceHole(
        "cursor-shows-a-neighbour",
        "Cursors carry the next value of the whole table, without policies (two removals); one "
        "has to decode them to see it.",
        _cursor,
        _cursors,
    ),
)
