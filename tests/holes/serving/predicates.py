"""Statements that lost their predicate, on tables that lost their policies: two removals each."""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
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
from repository.database import Database
from repository.repository import Repository
from repository.session import Session
from repository.sql import StatementText
from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, unchanged
from tests.isolation.test_attacks import without_predicate

_PREDICATE = re.compile(r"\bt\d+\.org_id = \$2")
_GET = "query ($id: ID!) { vendor(id: $id) { name } }"
Patch = Callable[[pytest.MonkeyPatch], None]


def _both(*tables: str) -> Callable[[Patch], Callable[[Ground], AbstractAsyncContextManager[Wrap]]]:
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


def _bare(made: Statement) -> Statement:
    return replace(made, sql=without_predicate(made.sql))


@_both("vendor")
def _get(patch: pytest.MonkeyPatch) -> None:
    written = StatementText.rows_of

    def rows_of(self: StatementText, table: Any, *conditions: str, **given: Any) -> str:
        text = written(self, table, *conditions, **given)
        by_id = table.name == "vendor" and any(".id = " in one for one in conditions)
        return _PREDICATE.sub("true", text, count=1) if by_id else text

    patch.setattr(StatementText, "rows_of", rows_of)


@_both("vendor")
def _figures(patch: pytest.MonkeyPatch) -> None:
    written = repository.compile.roots.figures_text
    patch.setattr(
        repository.compile.roots, "figures_text", lambda *of: _PREDICATE.sub("true", written(*of))
    )


@_both("vendor")
def _groups(patch: pytest.MonkeyPatch) -> None:
    written = repository.compile.roots.groups_text
    patch.setattr(
        repository.compile.roots, "groups_text", lambda *of: _PREDICATE.sub("true", written(*of))
    )


@_both("vendor")
def _total(patch: pytest.MonkeyPatch) -> None:
    written = RecordWriter.page
    total = re.compile(
        r"(SELECT count\(\*\) AS total FROM data\.vendor AS \w+ WHERE )t\d+\.org_id = \$2"
    )
    patch.setattr(
        RecordWriter, "page", lambda self, *a, **k: total.sub(r"\1true", written(self, *a, **k))
    )


@_both("vendor")
def _update(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.update_statement
    patch.setattr(
        repository.repository,
        "update_statement",
        lambda table, columns, **k: (
            written(table, columns, **k) if k else _bare(written(table, columns))
        ),
    )


@_both("specimen")
def _transition(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.update_statement
    patch.setattr(
        repository.repository,
        "update_statement",
        lambda table, columns, **k: (
            _bare(written(table, columns, **k)) if k else written(table, columns)
        ),
    )


@_both("observation")
def _delete(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.delete_statement
    patch.setattr(
        repository.repository, "delete_statement", lambda table, **k: _bare(written(table, **k))
    )


_bared: ContextVar[bool] = ContextVar("bared", default=False)


def _baring(method: str) -> Patch:
    """Statements lose their predicate while a method of the repository of vendors runs."""

    def change(patch: pytest.MonkeyPatch) -> None:
        original = getattr(Repository, method)
        fetch, fetch_row = Session.fetch, Session.fetch_row

        async def bared(self: Repository, *of: Any, **given: Any) -> Any:
            token = _bared.set(self._table.type == "Vendor")
            try:
                return await original(self, *of, **given)
            finally:
                _bared.reset(token)

        def fetched(self: Session, statement: Statement, values: Any) -> Any:
            return fetch(self, _bare(statement) if _bared.get() else statement, values)

        def fetched_row(self: Session, statement: Statement, values: Any) -> Any:
            return fetch_row(self, _bare(statement) if _bared.get() else statement, values)

        patch.setattr(Repository, method, bared)
        patch.setattr(Session, "fetch", fetched)
        patch.setattr(Session, "fetch_row", fetched_row)

    return change


@_both("vendor")
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


@asynccontextmanager
async def _export(ground: Ground) -> AsyncIterator[Wrap]:
    kept: dict[str, Any] = {}
    find = Database.organisation

    async def organisation(self: Database, slug: str, *, reason: str) -> Any:
        return kept.setdefault(reason, await find(self, slug, reason=reason))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "organisation", organisation)
        yield unchanged


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


def _changes(table: str, mutation: str) -> Callable[[Stage], Any]:
    """Whether a mutation with a foreign id changes what the database holds of the victim."""

    async def exploit(stage: Stage) -> bool:
        id = await stage.id(table)
        version = await stage.root.fetchval(f"SELECT version FROM data.{table} WHERE id = $1", id)
        query = mutation % (id, version)
        before = await _held(stage, table)
        await stage.ask(stage.attacker, query)
        return await _held(stage, table) != before

    return exploit


async def _held(stage: Stage, table: str) -> list[str]:
    rows = await stage.root.fetch(
        f"SELECT t::text AS row FROM data.{table} AS t WHERE org_id = $1 ORDER BY 1",
        stage.victim.org_id,
    )
    return [row["row"] for row in rows]


async def _upserts(stage: Stage) -> bool:
    name = f"canary-{stage.victim.mark}-vendor-name-1"
    before = await _held(stage, "vendor")
    await stage.asked(
        "mutation ($name: String!) { upsertVendors(input: {records: [{name: $name, tier: HIGH, "
        'website: "https://elsewhere.example"}]}) { vendors { id } } }',
        {"name": name},
    )
    await stage.root.execute(
        "DELETE FROM data.vendor WHERE org_id = $1 AND name = $2", stage.attacker.org_id, name
    )
    return await _held(stage, "vendor") != before


async def _cursors(stage: Stage) -> bool:
    answer = await stage.asked("{ vendors(first: 3) { pageInfo { endCursor } } }")
    cursor = orjson.loads(answer)["data"]["vendors"]["pageInfo"]["endCursor"]
    return stage.tells(_bytes(cursor).decode())


async def _exports(stage: Stage) -> bool:
    query = "mutation ($slug: String!) { exportOrganization(input: {slug: $slug}) { name } }"
    for who in (stage.victim, stage.attacker):
        answer = await stage.ask(stage.operator, query, {"slug": who.slug})
    folder = stage.exports / answer.json()["data"]["exportOrganization"]["name"]
    return any(stage.tells(file.read_text()) for file in folder.iterdir())


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
        "update-without-predicate",
        "The update goes by id and version alone, on a table without policies (two removals): it "
        "changes anybody's record.",
        _update,
        _changes(
            "vendor",
            'mutation { updateVendor(input: {id: "%s", version: %s, '
            'website: "https://elsewhere.example"}) { vendor { id } } }',
        ),
    ),
    ServiceHole(
        "transition-without-predicate",
        "A named transition goes by id and version alone, on a table without policies (two "
        "removals).",
        _transition,
        _changes(
            "specimen",
            'mutation { discardSpecimen(input: {id: "%s", version: %s}) { specimen { id } } }',
        ),
    ),
    ServiceHole(
        "delete-without-predicate",
        "The deletion goes by id alone, on a table without policies (two removals).",
        _delete,
        _changes(
            "observation",
            'mutation { deleteObservation(input: {id: "%s", version: %s}) { observation { id } } }',
        ),
    ),
    ServiceHole(
        "bulk-update-without-predicate",
        "The mutation of many records alone leaves out the organisation, on a table without "
        "policies (two removals); that of one record is right.",
        _both("vendor")(_baring("update_each")),
        _changes(
            "vendor",
            'mutation { updateVendors(input: {records: [{id: "%s", version: %s, '
            'country: "DE"}]}) { vendors { id } } }',
        ),
    ),
    ServiceHole(
        "upsert-finds-foreign-records",
        "An upsert looks for the record by its name among all organisations, on a table without "
        "policies (two removals), and changes what it finds.",
        _both("vendor")(_baring("_upsert")),
        _upserts,
    ),
    ServiceHole(
        "cursor-shows-a-neighbour",
        "Cursors carry the next value of the whole table, without policies (two removals); one "
        "has to decode them to see it.",
        _cursor,
        _cursors,
    ),
    ServiceHole(
        "export-of-another",
        "The organisation that an operator exports is kept by the reason for asking: the second "
        "export has the first one's records under the second one's name.",
        _export,
        _exports,
    ),
)
