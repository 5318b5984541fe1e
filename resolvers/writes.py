"""The resolvers of derived mutations. Each write is a transaction with its audit event."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from models.describe import Table
from repository.reader import Row
from repository.repository import Repository
from resolvers.context import Info
from resolvers.fields import (
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
    WrittenRecord,
    WrittenRecords,
)
from resolvers.inputs import may_be_set, upsert_key
from resolvers.steps import Create, Delete, Many, Transit, Update

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
        context = info.context
        step: Create = context.selection.at(info)
        repository = context.repository(table)
        alone = None if repository.checks(step.values) else context.payloads.alone(info)
        if alone:
            answer: str = await repository.create_and_answer(step.values, *alone)
        elif plan := context.payloads.plan(info, table):
            answer = await repository.create_and_read(step.values, plan)
        else:
            row = await repository.create(step.values)
            context.forget()
            return {table.singular: row}
        context.forget()
        return orjson.Fragment(answer)

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
            return repository.transition(
                step.id, column, name=name, version=step.version, reason=step.reason
            )

        return await _answer(info, table, transit)

    return resolve


def written_records(meaning: WrittenRecords) -> Any:
    """The resolver of the records in the payload of a mutation of many."""
    name = meaning.table.plural
    return lambda payload, info: payload[name]


def create_records(meaning: CreateRecords) -> Any:
    """The resolver of ``create<Types>``."""

    async def create(repository: Repository, many: Many[Create]) -> list[Row]:
        return await repository.create_each([one.values for one in many.of])

    return _of_many(meaning.table, create)


def update_records(meaning: UpdateRecords) -> Any:
    """The resolver of ``update<Types>``."""

    async def update(repository: Repository, many: Many[Update]) -> list[Row]:
        return await repository.update_each([(o.id, o.version, o.values) for o in many.of])

    return _of_many(meaning.table, update)


def upsert_records(meaning: UpsertRecords) -> Any:
    """The resolver of ``upsert<Types>``."""
    table = meaning.table
    key = upsert_key(table)
    assert key is not None
    settable = frozenset(
        column.name for column in table.columns if may_be_set(column, on_create=False)
    )

    async def upsert(repository: Repository, many: Many[Create]) -> list[Row]:
        values = [one.values for one in many.of]
        return await repository.upsert_each(values, key=key, settable=settable)

    return _of_many(table, upsert)


def delete_records(meaning: DeleteRecords) -> Any:
    """The resolver of ``delete<Types>``; the payload shows the records as they were."""

    async def delete(repository: Repository, many: Many[Delete]) -> list[Row]:
        return await repository.delete_each([(one.id, one.version) for one in many.of])

    return _of_many(meaning.table, delete)


def _of_many(table: Table, write: Callable[[Repository, Any], Awaitable[list[Row]]]) -> Any:
    async def resolve(_: None, info: Info, **__: Any) -> dict[str, list[Row]]:
        context = info.context
        many: Many[Any] = context.selection.at(info)
        rows = await write(context.repository(table), many)
        context.forget()
        return {table.plural: rows}

    return resolve


async def _answer(info: Info, table: Table, write: Write) -> Payload:
    """The payload of a write; what it leads to is read in the write's own transaction."""
    context = info.context
    plan = context.payloads.plan(info, table)
    if plan is None:
        row = await write(context.repository(table))
        context.forget()
        return {table.singular: row}
    async with context.transaction() as repositories:
        row = await write(repositories.of(table))
        text = await repositories.read(plan.statement, plan.values_for(row))
    context.forget()
    return orjson.Fragment(text)
