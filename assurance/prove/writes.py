"""Every write that the schema derives, aimed at records of another organisation."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from graphql import GraphQLSchema, get_named_type

from assurance.prove.attacks import Attack, Own, State, Target, TargetVersion, Version
from assurance.prove.records import COUNT, insertable, place_of, reference_columns
from assurance.prove.surface import Surface, target_of
from assurance.prove.values import valid_value, wire
from models.base import camel_case
from models.conditions import AllOf, Caller, Comparison, Condition, Moment, Operator, Related
from models.describe import Cardinality, Catalog, Column, Table
from resolvers.fields import (
    CreateRecord,
    CreateRecords,
    DeleteRecord,
    DeleteRecords,
    Meaning,
    TransitionRecord,
    UpdateRecord,
    UpdateRecords,
    UpsertRecords,
)
from resolvers.inputs import may_be_set
from resolvers.selection import meaning_of

_NO_VERSION: Final = 2**31 - 1


class Writes(Surface):
    """The writes of one schema."""

    def __init__(
        self,
        catalog: Catalog,
        core: GraphQLSchema,
        *,
        mark: str,
        types: Collection[str] | None = None,
        fresh: Iterator[int] | None = None,
    ) -> None:
        """``fresh``: numbers for values that no record has yet."""
        super().__init__(catalog, core, mark=mark, types=types)
        self._fresh = fresh or itertools.count(COUNT)

    def writes(self) -> Iterator[Attack]:
        """Update, transitions and deletion of a record by id; the same among many."""
        for kind in (UpdateRecord, UpdateRecords):
            for table, name, _ in self._fields(self._mutation, kind):
                values = self._valid(table, on_create=False)
                key = {"id": Target(table.type), "version": TargetVersion(table.type, 0)}
                attack = self._write(name, table, {**key, **values}, many=kind is UpdateRecords)
                yield replace(attack, states=self._editable(table, 0))
        for table, name, _ in self._fields(self._mutation, TransitionRecord):
            meaning = self.transition(name)
            transition = meaning.column.transitions[meaning.name]
            key = {"id": Target(table.type), "version": TargetVersion(table.type, 0)}
            attack = self._write(name, table, {**key, "reason": "An attack."})
            state = State(table.type, 0, meaning.column.name, transition.sources[0])
            guards = (self._met(guard.requires, table, 0) for guard in transition.guards)
            yield replace(attack, states=(state, *itertools.chain(*guards)))
        for deletion in (DeleteRecord, DeleteRecords):
            for table, name, _ in self._fields(self._mutation, deletion):
                # The last row made is the attacker's latest creation: nothing refers to it.
                key = {"id": Target(table.type, -1)}
                yield self._write(name, table, key, many=deletion is DeleteRecords)

    def outdated(self) -> Iterator[Attack]:
        """Updates and transitions of an own record, with a version that it never had."""
        for attack in self.writes():
            given = attack.variables["input"]
            if "version" in given:
                own = {**given, "id": Own(given["id"].type, 0), "version": _NO_VERSION}
                yield replace(attack, variables={"input": own})

    def references(self) -> Iterator[Attack]:
        """Every reference field of every creation and update; of creations among many as well."""
        creations: tuple[tuple[type[Meaning], int], ...] = (
            (CreateRecord, 2),
            (CreateRecords, 3),
            (UpsertRecords, 4),
        )
        for kind, shift in creations:
            for table, name, _ in self._fields(self._mutation, kind):
                for column in self._written_references(table, on_create=True):
                    values = self._valid(table, on_create=True, shift=shift)
                    values[column.field] = Target(target_of(table, column))
                    many = kind is not CreateRecord
                    yield self._write(name, table, values, about=column.field, many=many)
        for table, name, _ in self._fields(self._mutation, UpdateRecord):
            for column in self._written_references(table, on_create=False):
                # The record that refers to the own target already: no rule can refuse it that.
                index = next(i for i in range(COUNT) if place_of(table, column.name, i) == 0)
                values = {
                    "id": Own(table.type, index),
                    "version": Version(table.type, index),
                    column.field: Target(target_of(table, column)),
                }
                attack = self._write(name, table, values, about=column.field)
                yield replace(attack, states=self._editable(table, index))

    def creations(self) -> Iterator[Attack]:
        """A valid creation of every type, alone and among many."""
        for table, name, _ in self._fields(self._mutation, CreateRecord):
            yield self._write(name, table, self._valid(table, on_create=True, shift=1))
        several: tuple[type[Meaning], ...] = (CreateRecords, UpsertRecords)
        for beside, kind in enumerate(several, start=1):
            for table, name, _ in self._fields(self._mutation, kind):
                values = self._valid(table, on_create=True, shift=1, beside=beside)
                yield self._write(name, table, values, many=True)

    def latest(self) -> Iterator[Attack]:
        """A valid creation of every type, alone and among many, behind what it needs.

        They refer to the latest records, and only where they have to: so they pair what nobody
        else pairs, and no filter by what a record refers to finds more than before. None is an
        upsert: attacks that upsert find nothing there, or they would be changes.
        """
        kinds: tuple[type[Meaning], ...] = (CreateRecord, CreateRecords)
        for kind in kinds:
            names = {table.type: name for table, name, _ in self._fields(self._mutation, kind)}
            for table in insertable(self._catalog):
                if table.type in names:
                    values = _of_the_latest(table, self._valid(table, on_create=True))
                    yield self._write(names[table.type], table, values, many=kind is CreateRecords)

    def transition(self, name: str) -> TransitionRecord:
        """What a transition's root field means."""
        meaning = meaning_of(self._mutation.fields[name])
        assert isinstance(meaning, TransitionRecord)
        return meaning

    def _written_references(self, table: Table, *, on_create: bool) -> Iterator[Column]:
        for name in reference_columns(table):
            column = table.by_name[name]
            if column.exposed and may_be_set(column, on_create=on_create):
                yield column

    def _valid(
        self, table: Table, *, on_create: bool, shift: int = 0, beside: int = 0
    ) -> dict[str, Any]:
        """Values for an input; a creation's references go to rows that no other record pairs."""
        index = next(self._fresh)
        values: dict[str, Any] = {}
        references = list(reference_columns(table))
        for column in table.columns:
            if not column.exposed or not may_be_set(column, on_create=on_create):
                continue
            if column.name in references:
                place = (
                    ((references.index(column.name) + 1) * shift + beside) % COUNT
                    if on_create
                    else place_of(table, column.name, 0)
                )
                assert place is not None
                values[column.field] = Own(target_of(table, column), place)
            else:
                value = valid_value(column, table, mark=self._mark, index=index)
                values[column.field] = wire(column, value)
        return values

    def _write(
        self, name: str, table: Table, values: Any, *, about: str = "", many: bool = False
    ) -> Attack:
        kind = get_named_type(self._mutation.fields[name].args["input"].type).name
        columns = self._columns(table)
        field = table.plural if many else table.singular
        return Attack(
            f"{name} {about}".strip(),
            f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {field} {{ {columns} }} }} }}",
            {"input": {"records": [values]} if many else values},
            changes=table.type,
        )

    def _editable(self, table: Table, index: int) -> tuple[State, ...]:
        """What has to be so for the i-th record of a population to be updated."""
        if table.editable is None:
            return ()
        return tuple(self._met(table.editable.requires, table, index))

    def _met(self, condition: Condition, table: Table, index: int) -> Iterator[State]:
        """What makes the i-th record meet a condition, where that is plain.

        Where it isn't, the record may meet it as it is, or the control shows that it doesn't.
        """
        match condition:
            case Comparison(_, _, Caller() | Moment()):
                pass
            case Comparison(column, Operator.EQ, value) | Comparison(
                column, Operator.IN, (value, *_)
            ):
                yield State(table.type, index, column, value)
            case AllOf(conditions):
                for one in conditions:
                    yield from self._met(one, table, index)
            case Related(name, where):
                relation = table.relation_by_field[camel_case(name)]
                if relation.cardinality is not Cardinality.ONE:
                    return
                place = place_of(table, relation.key, index)
                if place is not None:
                    yield from self._met(where, self._catalog.target(relation), place)


def _of_the_latest(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values, without references that can be empty.

    Of several to one type, the first leads to the latest record, and the others to such as no
    first record leads to (`place_of`).
    """
    seen = Counter[str]()
    found = {}
    for name, value in values.items():
        if not isinstance(value, Own):
            found[name] = value
        elif not table.by_field[name].nullable:
            found[name] = Own(value.type, seen[value.type] or -1)
            seen[value.type] += 1
    return found
