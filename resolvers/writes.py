"""The resolvers of derived mutations. Each write is a transaction with its audit event."""

from typing import Any

from models.describe import Table
from repository.repository import Row
from resolvers.context import Context, Info
from resolvers.fields import CreateRecord, DeleteRecord, TransitionRecord, UpdateRecord
from resolvers.selection import Create, Delete, Transit, Update

Payload = dict[str, Row]


def create_record(meaning: CreateRecord) -> Any:
    """The resolver of ``create<Type>``."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        context = info.context
        step: Create = context.selection.at(info)
        return _written(context, table, await context.repository(table).create(step.values))

    return resolve


def update_record(meaning: UpdateRecord) -> Any:
    """The resolver of ``update<Type>``."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        context = info.context
        step: Update = context.selection.at(info)
        row = await context.repository(table).update(
            step.id, version=step.version, values=step.values
        )
        return _written(context, table, row)

    return resolve


def delete_record(meaning: DeleteRecord) -> Any:
    """The resolver of ``delete<Type>``; the payload shows the record as it was."""
    table = meaning.table

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        context = info.context
        step: Delete = context.selection.at(info)
        row = await context.repository(table).delete(step.id, version=step.version)
        return _written(context, table, row)

    return resolve


def transition_record(meaning: TransitionRecord) -> Any:
    """The resolver of a named transition, such as ``suspendIntegration``."""
    table, column, name = meaning.table, meaning.column, meaning.name

    async def resolve(_: None, info: Info, **__: Any) -> Payload:
        context = info.context
        step: Transit = context.selection.at(info)
        row = await context.repository(table).transition(
            step.id, column, name=name, version=step.version
        )
        return _written(context, table, row)

    return resolve


def _written(context: Context, table: Table, row: Row) -> Payload:
    context.forget()
    return {table.singular: row}
