"""A catalog → a Strawberry schema, with every derived field bound to its resolver."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.exceptions import DuplicatedTypeName
from strawberry.schema.config import StrawberryConfig
from strawberry.types import get_object_definition

from models.describe import Catalog
from models.rules import ModelError
from resolvers import reads, writes
from resolvers.fields import (
    AggregateRecords,
    ComputedValue,
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    FigureOf,
    GetNodes,
    GetRecord,
    GroupRecords,
    KeyOf,
    ListRecords,
    PartOf,
    ToMany,
    ToOne,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
    Value,
    WrittenRecord,
    WrittenRecords,
)
from resolvers.selection import meaning_of
from schema import operators, viewer
from schema.answers import all as answers
from schema.classes import Field, empty_class, fill_type
from schema.enums import Enums
from schema.extension import Types, extension_of
from schema.inputs import Inputs
from schema.outputs import Outputs
from schema.roots import mutation_fields, query_fields
from schema.scalars import SCALARS

_BINDERS: Final[dict[type, Any]] = {
    Value: reads.value,
    ComputedValue: reads.computed,
    GroupRecords: reads.group_records,
    KeyOf: reads.key,
    ToOne: reads.to_one,
    ToMany: reads.to_many,
    GetRecord: reads.get_record,
    ListRecords: reads.list_records,
    AggregateRecords: reads.aggregate_records,
    GetNodes: reads.get_nodes,
    PartOf: reads.part,
    FigureOf: reads.figure,
    WrittenRecord: writes.written_record,
    CreateRecord: writes.create_record,
    UpdateRecord: writes.update_record,
    DeleteRecord: writes.delete_record,
    TransitionRecord: writes.transition_record,
    WrittenRecords: writes.written_records,
    CreateRecords: writes.create_records,
    UpdateRecords: writes.update_records,
    UpsertRecords: writes.upsert_records,
    DeleteRecords: writes.delete_records,
}

_CONFIG: Final = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)


def build_schema(catalog: Catalog, packages: Sequence[ModuleType] = ()) -> strawberry.Schema:
    """The schema of a catalog, extended by the packages that have ``extend``.

    Raises: ModelError, where two types or two fields have one name.
    """
    with _uncollected():
        return _built(catalog, packages)


def _built(catalog: Catalog, packages: Sequence[ModuleType]) -> strawberry.Schema:
    inputs = Inputs(catalog, Enums(catalog))
    outputs = Outputs(catalog, inputs)
    inputs.fill()
    outputs.fill()
    types = Types(outputs.record)
    extensions = [
        viewer.extend(types),
        operators.extend(types),
        *answers.extensions(catalog, types),
        *(extension_of(package, types) for package in packages),
    ]
    query_parts = query_fields(catalog, outputs, inputs)
    query = _root("Query", (own.query for own in extensions), query_parts)
    fill_type(query, query_parts, description="What can be read.")
    mutation_parts = mutation_fields(catalog, outputs, inputs)
    mutation = _root("Mutation", (own.mutation for own in extensions), mutation_parts)
    fill_type(mutation, mutation_parts, description="What can be changed.")
    try:
        schema = strawberry.Schema(
            query=query,
            mutation=mutation,
            types=list(outputs.record.values()),
            config=_CONFIG,
        )
    except DuplicatedTypeName as error:
        raise ModelError(f"{error.message}: rename the model, the enum or the own type") from error
    _bind(core_schema(schema))
    return schema


@contextmanager
def _uncollected() -> Iterator[None]:
    """All that is made here stays: looking through it for garbage is a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema that executes."""
    core: GraphQLSchema = schema._schema  # noqa: SLF001  Strawberry has no public name for it
    return core


def _root(name: str, own: Iterable[type | None], derived: Iterable[Field]) -> type:
    """The class of a root, with the own fields; none of them hides another one."""
    bases = [base for base in own if base is not None]
    taken = {field.name for field in derived}
    for base in bases:
        for field in get_object_definition(base, strict=True).fields:
            field_name = _CONFIG.name_converter.get_graphql_name(field)
            if field_name in taken:
                raise ModelError(
                    f"{name} would have {field_name} twice: rename the own field or the model"
                )
            taken.add(field_name)
    return empty_class(name, *bases)


def _bind(core: GraphQLSchema) -> None:
    """Derived fields answer without Strawberry's wrapping, which costs more than they do."""
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = reads.type_name_of
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            meaning = meaning_of(field)
            if meaning is not None:
                type_.is_type_of = None  # it would refuse plain rows
                field.resolve = _BINDERS[type(meaning)](meaning)
