"""The resolvers of derived mutations. Each write is a transaction with its audit event."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from models.describe import Table
from repository.compile.roots import compile_payload
from repository.repository import Repository, Row
from resolvers.context import Info
from resolvers.fields import (
    CreateRecord,
    DeleteRecord,
    TransitionRecord,
    UpdateRecord,
    WrittenRecord,
)
from resolvers.selection import Create, Delete, Transit, Update

Payload = dict[str, Row] | orjson.Fragment
Write = Callable[[Repository], Awaitable[Row]]


def written_record(meaning: WrittenRecord) -> Any:
    """The resolver of the record in a payload."""
    name = meaning.table.singular
    return lambda payload, info: payload[name]


def create_record(meaning: CreateRecord) -> Any:
    """The resolver of ``create<Type>``."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        step: Create = info.context.selection.at(info)
        return await _answer(info, table, lambda repository: repository.create(step.values))

    return resolve


def update_record(meaning: UpdateRecord) -> Any:
    """The resolver of ``update<Type>``."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        step: Update = info.context.selection.at(info)

        def update(repository: Repository) -> Awaitable[Row]:
            return repository.update(step.id, version=step.version, values=step.values)

        return await _answer(info, table, update)

    return resolve


def delete_record(meaning: DeleteRecord) -> Any:
    """The resolver of ``delete<Type>``; the payload shows the record as it was."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        step: Delete = info.context.selection.at(info)

        def delete(repository: Repository) -> Awaitable[Row]:
            return repository.delete(step.id, version=step.version)

        return await _answer(info, table, delete)

    return resolve


def transition_record(meaning: TransitionRecord) -> Any:
    """The resolver of a named transition, such as ``suspendIntegration``."""
    table, column, name = meaning.table, meaning.column, meaning.name

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        step: Transit = info.context.selection.at(info)

        def transit(repository: Repository) -> Awaitable[Row]:
            return repository.transition(step.id, column, name=name, version=step.version)

        return await _answer(info, table, transit)

    return resolve


async def _answer(info: Info, table: Table, write: Write) -> Payload:
    """The payload of a write; a compiled one is read in the write's own transaction."""
    context = info.context
    payload = context.selection.payloads.get(str(info.path.key)) if context.compiled else None
    if payload is None or not payload.reads:
        row = await write(context.repository(table))
        context.forget()
        return {table.singular: row}
    async with context.transaction() as repositories:
        row = await write(repositories.of(table))
        plan = compile_payload(payload, table, row, context.catalog)
        text = await repositories.read(plan.statement, plan.first_values())
    context.forget()
    return orjson.Fragment(text)
