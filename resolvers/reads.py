"""The resolvers of derived fields that read. Each carries out its step of the selection."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from repository.reader import Page, Row
from repository.statements import Aggregation, PageRequest
from resolvers.access import MASKED_TEXT
from resolvers.context import Info
from resolvers.fields import (
    AggregateRecords,
    ComputedValue,
    FigureOf,
    GetNodes,
    GetRecord,
    GroupRecords,
    KeyOf,
    ListRecords,
    PartOf,
    ToMany,
    ToOne,
    Value,
)
from resolvers.steps import Aggregate, Get, Group

# graphql-core passes the coerced arguments as well; they were read into the selection.


def value(meaning: Value) -> Any:
    """The resolver of a column."""
    table, column, name = meaning.table, meaning.column, meaning.column.name
    if not column.maskable:
        return lambda row, info: row[name]

    def resolve(row: Row, info: Info) -> Any:
        context = info.context
        if context.access.masks(table, column) and row[name] is not None:
            return MASKED_TEXT
        return row[name]

    return resolve


def to_one(meaning: ToOne) -> Any:
    """The resolver of a reference."""
    key, target = meaning.relation.key, meaning.target

    async def resolve(row: Row, info: Info) -> Row | None:
        if row[key] is None:
            return None
        context = info.context
        return await context.loaders.record(target, row[key])

    return resolve


def to_many(meaning: ToMany) -> Any:
    """The resolver of a connection of a record."""
    source, relation = meaning.source, meaning.relation

    async def resolve(row: Row, info: Info, **_: Any) -> Page:
        context = info.context
        request: PageRequest = context.selection.at(info)
        return await context.loaders.page(source, relation, parent=row["id"], request=request)

    return resolve


def get_record(meaning: GetRecord) -> Any:
    """The resolver of a root field that gets one record."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Row | None:
        context = info.context
        step: Get = context.selection.at(info)
        return await context.loaders.record(table, step.ids)

    return resolve


def list_records(meaning: ListRecords) -> Any:
    """The resolver of a root connection."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Page:
        context = info.context
        return await context.repository(table).page(context.selection.at(info))

    return resolve


def aggregate_records(meaning: AggregateRecords) -> Any:
    """The resolver of a root aggregate: the figures by function and field."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> dict[str, Any]:
        context = info.context
        step: Aggregate = context.selection.at(info)
        values = await context.repository(table).aggregate(step.where, step.figures)
        return _by_function(step.figures, values)

    return resolve


def _by_function(figures: Sequence[Aggregation], values: Sequence[Any]) -> dict[str, Any]:
    """Figures by function and field; the first one is the count."""
    found: dict[str, Any] = {"count": values[0], "min": {}, "max": {}, "sum": {}, "avg": {}}
    for figure, figure_value in zip(figures[1:], values[1:], strict=True):
        assert figure.column is not None
        found[figure.function][figure.column.field] = figure_value
    return found


def group_records(meaning: GroupRecords) -> Any:
    """The resolver of a root field of groups: key and figures of each."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> list[dict[str, Any]]:
        context = info.context
        step: Group = context.selection.at(info)
        groups = await context.repository(table).groups(
            step.where, step.keys, figures=step.figures, limit=step.limit
        )
        fields = [column.field for column in step.keys]
        return [
            {"key": dict(zip(fields, keys, strict=True)), **_by_function(step.figures, figures)}
            for keys, figures in groups
        ]

    return resolve


def key(meaning: KeyOf) -> Any:
    """The resolver of a key of a group."""
    return _item(meaning.column.field)


def computed(meaning: ComputedValue) -> Any:
    """The resolver of a field that Python computes."""
    function = meaning.computed.declared.function
    names = [column.name for column in meaning.computed.needs]
    return lambda row, info: function(*(row[name] for name in names))


def get_nodes(meaning: GetNodes) -> Any:
    """The resolver of ``node`` and ``nodes``: records of any type the caller may read."""

    async def resolve(_: None, info: Info, **__: Any) -> Any:
        context = info.context
        step: Get = context.selection.at(info)
        among = [table for table in context.catalog.exposed if table.type in context.access.columns]
        assert context.repositories is not None
        ids = step.ids if meaning.many else [step.ids]
        types = await context.repositories.types_of(ids, among)
        found = await asyncio.gather(
            *(context.loaders.record(table, id) for id, table in types.items())
        )
        rows = dict(zip(types, found, strict=True))
        return [rows.get(id) for id in ids] if meaning.many else rows.get(step.ids)

    return resolve


_PAGE_PARTS: Final[dict[str, Any]] = {
    "nodes": lambda page, info: page.rows,
    "edges": lambda page, info: [
        (page.cursors[index] if page.cursors else "", row) for index, row in enumerate(page.rows)
    ],
    "pageInfo": lambda page, info: page,
    "totalCount": lambda page, info: page.total,
    "cursor": lambda edge, info: edge[0],
    "node": lambda edge, info: edge[1],
    "hasNextPage": lambda page, info: page.has_next,
    "hasPreviousPage": lambda page, info: page.has_previous,
    "startCursor": lambda page, info: page.cursors[0] if page.cursors else None,
    "endCursor": lambda page, info: page.cursors[-1] if page.cursors else None,
}


def part(meaning: PartOf) -> Any:
    """The resolver of a part of a page or of an aggregate."""
    return _PAGE_PARTS.get(meaning.name) or _item(meaning.name)


def figure(meaning: FigureOf) -> Any:
    """The resolver of one figure."""
    return _item(meaning.column.field if meaning.column else meaning.function)


def _item(name: str) -> Any:
    return lambda found, info: found[name]


def type_name_of(row: Row, info: Info, abstract: object) -> str:
    """The type of a record behind an interface."""
    name: str = row["__typename"]
    return name
