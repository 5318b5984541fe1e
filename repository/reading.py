"""What a compiled read is to answer, as a tree of plain values: an operation without GraphQL.

Each field stands with its response key. What a client may not see never gets here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.describe import Column, Relation, Table
from repository.criteria import Criteria
from repository.statements import Aggregation, PageRequest


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A value that stands in the operation's variables.

    ``now`` is this request's, checked; ``later`` finds and checks the next request's in its
    variables, and raises what the selection would.
    """

    now: object
    later: Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Constant:
    """What stands in the answer as it is: the name of a type."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A column, or in its place asterisks where it isn't null."""

    column: Column
    masked: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page or of an aggregate, by its name in the schema."""

    name: str
    fields: "Fields" = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Fields of a record."""

    table: Table
    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Follow:
    """The record that a reference leads to."""

    relation: Relation
    record: Record


@dataclass(frozen=True, slots=True)
class Page:
    """A page of all records of a table, or of those that ``relation`` leads to."""

    table: Table
    request: PageRequest
    fields: "Fields"
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Get:
    """A record by id; ``id`` is a UUID or a Variable of one."""

    id: object
    record: Record


@dataclass(frozen=True, slots=True)
class GetNodes:
    """Records by id, each of one of several types.

    ``ids`` is a list with ``many``, else one id; or a Variable of it.
    """

    ids: object
    many: bool
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over the records that meet the criteria."""

    table: Table
    where: Criteria
    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest ``limit`` groups of the records that meet the criteria, by ``keys``."""

    table: Table
    where: Criteria
    keys: tuple[Column, ...]
    limit: int
    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Key:
    """The value of a group's key; null where the column is none."""

    column: Column


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an aggregate."""

    aggregation: Aggregation


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mutation answers: the record it wrote, under each key that it is asked for."""

    fields: "Fields"

    @property
    def reads(self) -> bool:
        """Whether it leads to further records, which have to be read."""
        return _any(self.fields, Follow, Page)

    def leads_to(self, types: frozenset[str]) -> bool:
        """Whether one of the types is among what it reads."""
        return bool(types) and any(name in types for name in _types(self.fields))

    @property
    def pages(self) -> bool:
        """Whether it leads to pages, whose arguments are bound too."""
        return _any(self.fields, Page)


Field = Constant | Shown | Part | Follow | Page | Figure | Key | Record
Fields = tuple[tuple[str, Field], ...]
Root = Constant | Page | Get | GetNodes | Figures | Groups
Roots = tuple[tuple[str, Root], ...]


def _any(fields: Fields, *kinds: type) -> bool:
    return any(
        isinstance(field, kinds)
        or (isinstance(field, Record) and _any(field.fields, *kinds))
        or (isinstance(field, Follow) and _any(field.record.fields, *kinds))
        for _, field in fields
    )


def _types(fields: Fields) -> Iterator[str]:
    """The types of the records that fields are of or lead to."""
    for _, field in fields:
        match field:
            case Record(table, inner):
                yield table.type
                yield from _types(inner)
            case Follow(relation, record):
                yield relation.target
                yield from _types(record.fields)
            case Page(table, _, inner):
                yield table.type
                yield from _types(inner)
            case Part(_, inner):
                yield from _types(inner)
            case _:
                pass
