"""The root fields of every model."""

from collections.abc import Mapping
from typing import Any

import strawberry

from models.base import camel_case
from models.describe import Catalog, Table
from resolvers.arguments import DEFAULT_GROUPS, MAX_GROUP_KEYS, MOST_GROUPS
from resolvers.fields import (
    AggregateRecords,
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    GetNodes,
    GetRecord,
    GroupRecords,
    ListRecords,
    Meaning,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
)
from resolvers.inputs import may_be_set, upsert_key
from schema.classes import Argument, Field, list_of, optional
from schema.inputs import Inputs
from schema.names import transition_field
from schema.outputs import Node, Outputs


def query_fields(catalog: Catalog, outputs: Outputs, inputs: Inputs) -> list[Field]:
    """``node``, ``nodes``, and for each type the record, the connection and the aggregate.

    All are nullable, so that one that fails leaves the others standing.
    """
    id_ = Argument(strawberry.ID, "The record's id.", required=True)
    ids = Argument(list[strawberry.ID], "At most 1,000 ids.", required=True)
    fields = [
        Field("node", optional(Node), "A record of any type, by id.", GetNodes(False), {"id": id_}),
        Field(
            "nodes",
            optional(list_of(optional(Node))),
            "Records of any type, by id; null where there is none.",
            GetNodes(True),
            {"ids": ids},
        ),
    ]
    for table in catalog.exposed:
        where = Argument(inputs.where[table.type], "Which records.")
        fields += [
            Field(
                table.singular,
                optional(outputs.record[table.type]),
                f"One {table.type} by id; null where there is none.",
                GetRecord(table),
                {"id": id_},
            ),
            Field(
                table.plural,
                optional(outputs.connection[table.type]),
                f"{table.description} As a page of records.",
                ListRecords(table),
                outputs.page_arguments(table),
            ),
            Field(
                f"{table.plural}Aggregate",
                optional(outputs.aggregate[table.type]),
                f"Figures over {table.type}.",
                AggregateRecords(table),
                {"where": where},
            ),
        ]
        # GraphQL has no enum without values.
        if table.type in outputs.group:
            fields.append(
                Field(
                    f"{table.plural}Grouped",
                    optional(list_of(outputs.group[table.type])),
                    f"Figures over {table.type}, for each set of values; largest first.",
                    GroupRecords(table),
                    {
                        "by": Argument(
                            list_of(outputs.group_by[table.type]),
                            f"By which fields, from 1 to {MAX_GROUP_KEYS}.",
                            required=True,
                        ),
                        "where": where,
                        "first": Argument(
                            int,
                            f"How many, to {MOST_GROUPS}; {DEFAULT_GROUPS} unless given.",
                        ),
                    },
                )
            )
    return fields


def mutation_fields(catalog: Catalog, outputs: Outputs, inputs: Inputs) -> list[Field]:
    """For each type what its exposure allows: create, update, delete and named transitions."""
    fields: list[Field] = []
    for table in catalog.exposed:
        payload = optional(outputs.payload[table.type])
        many = optional(outputs.payload_of_many[table.type])
        # GraphQL has no input without fields.
        creates = table.exposure.create and _sets_any(table, on_create=True)
        # A record that is all set on creation has nothing to update.
        updates = table.exposure.update and _sets_any(table, on_create=False)
        if creates:
            fields += _both(
                table,
                ("create", "Makes"),
                (payload, CreateRecord(table), inputs.create),
                (many, CreateRecords(table), inputs.create_many),
            )
        if updates:
            fields += _both(
                table,
                ("update", "Changes"),
                (payload, UpdateRecord(table), inputs.update),
                (many, UpdateRecords(table), inputs.update_many),
            )
        key = upsert_key(table)
        if creates and updates and key:
            names = " and ".join(camel_case(name) for name in key)
            fields.append(
                Field(
                    f"upsert{table.plural_type}",
                    many,
                    f"Makes records of {table.type}, or changes those that have the same {names}; "
                    f"what is absent stays.",
                    UpsertRecords(table),
                    _input(inputs.upsert_many[table.type]),
                )
            )
        if table.exposure.update:
            fields += _transitions(table, payload, inputs)
        if table.exposure.delete:
            fields += _both(
                table,
                ("delete", "Deletes"),
                (payload, DeleteRecord(table), inputs.delete),
                (many, DeleteRecords(table), inputs.delete_many),
            )
    return fields


def _sets_any(table: Table, *, on_create: bool) -> bool:
    return any(
        column.exposed and may_be_set(column, on_create=on_create) for column in table.columns
    )


# The payload, the meaning and the inputs by type of a mutation.
_Parts = tuple[Any, Meaning, Mapping[str, type]]


def _both(table: Table, verb: tuple[str, str], one: _Parts, many: _Parts) -> list[Field]:
    """The mutation of one record and that of many."""
    name, says = verb
    payload, meaning, inputs = one
    payload_of_many, meaning_of_many, inputs_of_many = many
    return [
        Field(
            f"{name}{table.type}",
            payload,
            f"{says} a {table.type}.",
            meaning,
            _input(inputs[table.type]),
        ),
        Field(
            f"{name}{table.plural_type}",
            payload_of_many,
            f"{says} many records of {table.type}, all or none.",
            meaning_of_many,
            _input(inputs_of_many[table.type]),
        ),
    ]


def _transitions(table: Table, payload: Any, inputs: Inputs) -> list[Field]:
    return [
        Field(
            transition_field(table, name),
            payload,
            f"{transition.description} From {' or '.join(transition.sources)} "
            f"to {transition.target}.",
            TransitionRecord(table, column, name),
            _input(inputs.transition),
            enforcement=transition.enforcement,
        )
        for column in table.columns
        for name, transition in column.transitions.items()
    ]


def _input(kind: type) -> dict[str, Argument]:
    return {"input": Argument(kind, "What to do.", required=True)}
