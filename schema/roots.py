"""The root fields of every model."""

from typing import Any

import strawberry

from models.describe import Catalog, Table
from resolvers.fields import (
    AggregateRecords,
    CreateRecord,
    DeleteRecord,
    GetNodes,
    GetRecord,
    ListRecords,
    TransitionRecord,
    UpdateRecord,
)
from resolvers.selection import may_be_set
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
    return fields


def mutation_fields(catalog: Catalog, outputs: Outputs, inputs: Inputs) -> list[Field]:
    """For each type what its exposure allows: create, update, delete and named transitions."""
    fields: list[Field] = []
    for table in catalog.exposed:
        payload = optional(outputs.payload[table.type])
        # GraphQL has no input without fields.
        if table.exposure.create and any(
            c.exposed and may_be_set(c, on_create=True) for c in table.columns
        ):
            fields.append(
                Field(
                    f"create{table.type}",
                    payload,
                    f"Makes a {table.type}.",
                    CreateRecord(table),
                    _input(inputs.create[table.type]),
                )
            )
        if table.exposure.update:
            # A record that is all set on creation has nothing to update.
            if any(c.exposed and may_be_set(c, on_create=False) for c in table.columns):
                fields.append(
                    Field(
                        f"update{table.type}",
                        payload,
                        f"Changes a {table.type}.",
                        UpdateRecord(table),
                        _input(inputs.update[table.type]),
                    )
                )
            fields += _transitions(table, payload, inputs)
        if table.exposure.delete:
            fields.append(
                Field(
                    f"delete{table.type}",
                    payload,
                    f"Deletes a {table.type}.",
                    DeleteRecord(table),
                    _input(inputs.delete[table.type]),
                )
            )
    return fields


def _transitions(table: Table, payload: Any, inputs: Inputs) -> list[Field]:
    return [
        Field(
            transition_field(table, name),
            payload,
            f"{transition.description} From {' or '.join(transition.sources)} "
            f"to {transition.target}.",
            TransitionRecord(table, column, name),
            _input(inputs.transition),
        )
        for column in table.columns
        for name, transition in column.transitions.items()
    ]


def _input(kind: type) -> dict[str, Argument]:
    return {"input": Argument(kind, "What to do.", required=True)}
