"""One mutation on twin organisations, compiled on one and by reference on the other."""

import base64
import binascii
import datetime
import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from graphql import parse, validate

from assurance.prove.records import reference_columns
from assurance.prove.values import valid_value
from models.columns import Kind
from models.describe import Column, Table
from resolvers.inputs import may_be_set
from schema.names import transition_field
from tests.sameness.answers import Question, differences
from tests.sameness.conftest import Bench
from tests.sameness.documents import Drawer
from tests.sameness.seeds import Seed, as_json, value_for
from tests.sameness.test_documents import EXAMPLES

PARTS: Final = 4


@pytest.mark.parametrize("part", range(PARTS))
async def test_payloads_are_alike(
    bench: Bench, twins: tuple[Seed, ...], cursors: Mapping[tuple[str, str], list[str]], part: int
) -> None:
    one, other = twins
    names, others = one.names(), other.names()
    to_other = dict(zip(names, others, strict=True))
    written = 0
    for number in range(EXAMPLES // 40):
        random = Random(f"{part} {number}")
        drawer = Drawer(bench.core, bench.catalog, [one], dict.fromkeys(cursors, ()), random)
        calls, inputs = [], {}
        for index in range(random.choice((1, 1, 2, 3))):
            name, type_name, values = await _write(bench, one, random, number)
            many = "records" in values
            kind = bench.core.mutation_type.fields[name].args["input"].type
            calls.append((f"{name}(input: $input{index})", type_name, many))
            inputs[f"input{index}"] = (str(kind), values)
        declared = [f"${name}: {kind}" for name, (kind, _) in inputs.items()]
        draw = drawer.draw_payloads(calls, declared)
        text = draw.text
        document = parse(text)
        if validate(bench.core, document, max_errors=1):
            continue
        variables = {name: values for name, (_, values) in inputs.items()}
        variables |= drawer.values(draw, fresh=False)
        caller = random.choice(("admin", "admin", "admin", "bound", "editor", "few"))
        reads = bench.tally.reads
        compiled = await bench.pair.one(
            Question(text, document, None, variables),
            bench.make_context(one.org_id, caller),
            compiled=True,
        )
        written += bench.tally.reads - reads
        other_text = _translated(text, to_other)
        reference = await bench.pair.one(
            Question(other_text, parse(other_text), None, _translated(variables, to_other)),
            bench.make_context(other.org_id, caller),
            compiled=False,
        )
        differing = list(differences(_named(compiled, names), _named(reference, others)))
        assert not differing, (part, number, text, variables, differing[:4])
    assert written > EXAMPLES // 40 // 15, "payloads were compiled"


async def _write(
    bench: Bench, seed: Seed, random: Random, number: int
) -> tuple[str, str, dict[str, Any]]:
    """A mutation, the type it writes and its input."""
    fields = list(bench.core.mutation_type.fields)
    while True:
        table = random.choice([t for t in bench.catalog.exposed if t.type in seed.rows])
        table = random.choice((table, bench.catalog.tables["Specimen"]))
        transitions = [
            transition_field(table, name) for column in table.columns for name in column.transitions
        ]
        kind = random.choice((*["create"] * 3, *["update"] * 4, "delete", "transition", "upsert"))
        many = kind == "upsert" or (kind != "transition" and random.random() < 0.2)
        name = f"{kind}{table.plural_type if many else table.type}"
        if kind == "transition" and transitions:
            name = random.choice(transitions)
        if name in fields:
            break
    records = [
        await _record(bench, table, seed, random, f"{number} {index}", kind=kind)
        for index in range(random.choice((1, 2, 3, 5)) if many else 1)
    ]
    return name, table.type, {"records": records} if many else records[0]


async def _record(
    bench: Bench, table: Table, seed: Seed, random: Random, mark: str, *, kind: str
) -> dict[str, Any]:
    """What is to be done with one record."""
    if kind in ("create", "upsert"):
        return _values(table, seed, random, mark, on_create=True)
    record = random.choice(seed.rows[table.type])["id"]
    repository = bench.make_context(seed.org_id, "admin").repository(table)
    (row,) = await repository.get_many([record])
    given: dict[str, Any] = {"id": str(record)}
    if kind != "delete" or random.random() < 0.5:
        given["version"] = row["version"] if row and random.random() < 0.9 else 99
    if kind == "update":
        given |= _values(table, seed, random, mark, on_create=False)
    if kind == "transition" and random.random() < 0.8:
        given["reason"] = random.choice(("Because.", "", "it's\n"))
    return given


def _values(
    table: Table, seed: Seed, random: Random, mark: str, *, on_create: bool
) -> dict[str, Any]:
    references = reference_columns(table)
    unique = {names[-1] for names in table.unique}
    given: dict[str, Any] = {}
    for column in table.columns:
        if not column.exposed or not may_be_set(column, on_create=on_create):
            continue
        needed = on_create and not column.nullable and not column.has_default
        if not needed and random.random() < (0.4 if on_create else 0.75):
            continue
        if column.nullable and random.random() < 0.15:
            given[column.field] = None
        elif column.name in references:
            rows = seed.rows.get(references[column.name].target) or [{"id": UUID(int=5)}]
            given[column.field] = str(random.choice(rows)["id"])
        else:
            given[column.field] = _value(column, table, random, mark, column.name in unique)
    return given


def _value(column: Column, table: Table, random: Random, mark: str, unique: bool) -> Any:
    if column.pattern:
        return valid_value(column, table, mark=f"{int(mark.replace(' ', '')):08x}", index=0)
    value = value_for(column, random)
    if unique and column.kind is Kind.TEXT:
        return f"{value[: (column.max_length or 200) - 8]} {mark}"
    return as_json(column, value)


def _translated(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with the ids of the twin."""
    text = json.dumps(value)
    for one, other in ids.items():
        text = text.replace(one, other).replace(one.upper(), other.upper())
    return json.loads(text)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """The answer with names in place of ids, and without what is of the moment."""
    if isinstance(value, dict):
        return {key: _named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if not isinstance(value, str):
        return value
    if value in names:
        return names[value]
    if value.startswith(f"{datetime.datetime.now(datetime.UTC).year}-"):
        return "now"
    try:
        UUID(value)
        return "new"
    except ValueError:
        pass
    if len(value) > 30:
        try:
            padded = value + "=" * (-len(value) % 4)
            return _named(json.loads(base64.urlsafe_b64decode(padded)), names)
        except (binascii.Error, ValueError):
            pass
    return value
