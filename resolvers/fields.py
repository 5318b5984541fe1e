"""What a derived GraphQL field means: the one thing the schema tells the resolvers about it.

The schema puts one of these values on every field that it derives; a field without one has a
resolver of its own.
"""

from dataclasses import dataclass
from typing import Final

from models.describe import Column, ComputedField, Relation, Table

MEANING: Final = "palisade"
# How many objects a list field with a resolver of its own answers at the most.
MOST: Final = "palisade-most"


@dataclass(frozen=True, slots=True)
class Value:
    """A column of the record."""

    table: Table
    column: Column


@dataclass(frozen=True, slots=True)
class ComputedValue:
    """What Python computes from columns of the record."""

    table: Table
    computed: ComputedField


@dataclass(frozen=True, slots=True)
class ToOne:
    """The record a reference leads to."""

    source: Table
    relation: Relation
    target: Table


@dataclass(frozen=True, slots=True)
class ToMany:
    """A page of the records a relation leads to."""

    source: Table
    relation: Relation
    target: Table


@dataclass(frozen=True, slots=True)
class GetRecord:
    """One record by id."""

    table: Table


@dataclass(frozen=True, slots=True)
class ListRecords:
    """A page of all records of a type."""

    table: Table


@dataclass(frozen=True, slots=True)
class AggregateRecords:
    """Figures over the records of a type."""

    table: Table


@dataclass(frozen=True, slots=True)
class GroupRecords:
    """Figures over the records of a type, a group for each set of values of some columns."""

    table: Table


@dataclass(frozen=True, slots=True)
class KeyOf:
    """The value of one column that all records of a group have; null where it is no key."""

    column: Column


@dataclass(frozen=True, slots=True)
class GetNodes:
    """Records of any type by id."""

    many: bool


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of a page or of an aggregate, by its name in the schema."""

    name: str


@dataclass(frozen=True, slots=True)
class FigureOf:
    """One figure of an aggregate; ``column`` is None for the count."""

    function: str
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """The record in the payload of a mutation."""

    table: Table


@dataclass(frozen=True, slots=True)
class WrittenRecords:
    """The records in the payload of a mutation of many."""

    table: Table


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """A new record."""

    table: Table


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """New values for a record."""

    table: Table


@dataclass(frozen=True, slots=True)
class DeleteRecord:
    """The end of a record."""

    table: Table


@dataclass(frozen=True, slots=True)
class TransitionRecord:
    """A named change of a record's state."""

    table: Table
    column: Column
    name: str


@dataclass(frozen=True, slots=True)
class CreateRecords:
    """New records, all or none."""

    table: Table


@dataclass(frozen=True, slots=True)
class UpdateRecords:
    """New values for records, all or none."""

    table: Table


@dataclass(frozen=True, slots=True)
class UpsertRecords:
    """New records, or new values for those with the same key; all or none."""

    table: Table


@dataclass(frozen=True, slots=True)
class DeleteRecords:
    """The end of records, all or none."""

    table: Table


Meaning = (
    Value
    | ComputedValue
    | ToOne
    | ToMany
    | GetRecord
    | ListRecords
    | AggregateRecords
    | GroupRecords
    | KeyOf
    | GetNodes
    | PartOf
    | FigureOf
    | WrittenRecord
    | WrittenRecords
    | CreateRecord
    | UpdateRecord
    | DeleteRecord
    | TransitionRecord
    | CreateRecords
    | UpdateRecords
    | UpsertRecords
    | DeleteRecords
)
