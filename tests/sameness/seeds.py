"""Rows that are hard to answer: every kind of column with the values that break careless text.

Twin organisations get rows of equal values and of their own ids; others get rows of their own.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from assurance.prove.records import ORGANIZATION, insertable, reference_columns
from assurance.prove.values import valid_value
from models.columns import Kind
from models.describe import Catalog, Column, Table
from repository.repositories import Repositories
from repository.sql import column_name

Values = dict[str, Any]

# The subject of everybody who asks: row rules know the first person of an organisation by it.
SUBJECT = "somebody"
_OWN = ("id", "created_at", "updated_at", "version")
_COUNTS = {"Specimen": 14, "Site": 6, "Handover": 12, "Integration": 9, "SecurityEvent": 12}
_COUNT = 7
# What checks and guards of the product's models allow of a row.
_ALLOWED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "Attestation": lambda row: row["valid_until"] >= row["issued_on"],
    "DataFlow": lambda row: row["source_id"] != row["target_id"],
    "Grant": lambda row: (
        bool(row["integration_id"] or row["application_id"]) and "PERSONAL" not in row["categories"]
    ),
    "Prospect": lambda row: row["odds"] is None or row["amount"] is not None,
    "PenetrationFinding": lambda row: row["status"] != "OPEN" or row["cvss"] < 9,
}

TEXTS = (
    "",
    " ",
    "a",
    "A",
    "plain",
    "it's",
    'say "so"',
    "back\\slash",
    "\\u0041\\n\\",
    "line\nfeed\ttab\rreturn",
    "".join(map(chr, range(1, 32))),
    "\x7f\x80\x85\x9f",
    "\u2028\u2029",
    "\ufeffmark",
    "\ufffd\ufffe\uffff",
    "\U0001f600\U0010ffff",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\u05e9\u05dc\u05d5\u05dd \u202eright",
    "e\u0301 \u00e9",
    "\u00df\u1e9e",
    "null",
    "***",
    "%_\\%",
    "$1 ${x} {{y}} :z ::text",
    "'); -- /*",
    '","x":[{}]}',
    "</script>",
    "[1,2]",
    "{}",
    "x" * 2000,
    "\U0001f600\\\"'\n" * 400,
)
_INTEGERS = (0, 1, -1, 2, 5, 9, 2**31 - 1, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))
_FLOATS = (
    0.0,
    -0.0,
    1.0,
    0.1,
    -2.5,
    5e-324,
    2.2250738585072014e-308,
    1e307,
    -1.7e308,
    1e21,
    1e-7,
    123456789.123456789,
    2.0**53,
)
_DECIMALS = ("0", "-0.001", "1", "1.5", "1.500", "123456.789", "-99999999999999", "0.01", "7E+3")
_INSTANTS = (
    "0001-01-01T00:00:00+00:00",
    "0999-12-31T23:59:59.999999+00:00",
    "1969-12-31T23:59:59.5+00:00",
    "1970-01-01T00:00:00+00:00",
    "2024-02-29T12:00:00.000001+00:00",
    "2024-02-29T12:00:00.1+00:00",
    "2024-03-31T01:30:00+00:00",
    "9999-12-31T23:59:59.999999+00:00",
)
_DAYS = ("0001-01-01", "0099-03-01", "1970-01-01", "2000-02-29", "2024-02-29", "9999-12-31")
_JSON: tuple[object, ...] = (
    True,
    False,
    0,
    -1,
    1.0,
    1.5,
    0.1,
    1e21,
    5e-324,
    1e300,
    2**64 - 1,
    -(2**63),
    "",
    "q\"u\\o'te\n\u2028",
    "\U0001f600\uffff",
    [],
    {},
    [None, [True, {"": None}]],
    {"b": 1, "a": {"c": [1, 2.50, "3"]}, "aa": None, "\u05d0": "\\"},
    {'key with "quote"': "'", "\U0001f600": [[], {}]},
)


@dataclass
class Seed:
    """The rows of one organisation by type, and by id the place of a row among its twins."""

    org_id: UUID
    rows: dict[str, list[Values]] = field(default_factory=dict)

    def names(self) -> Mapping[str, str]:
        """For each id a name that the row's twin has as well."""
        found = {str(self.org_id): "the organisation"}
        for type_name, rows in self.rows.items():
            found |= {str(row["id"]): f"{type_name} {index}" for index, row in enumerate(rows)}
        return found


def make_seed(catalog: Catalog, org_id: UUID, *, twin: int) -> Seed:
    """Rows for an organisation; those of one ``twin`` number are alike but for their ids."""
    random, own = Random(twin), Random(org_id.int)
    seed = Seed(org_id)
    for table in insertable(catalog):
        if table.type == "AuditEvent":
            continue
        taken: list[set[tuple[object, ...]]] = [set() for _ in _keys(table, {})]
        seed.rows[table.type] = []
        # The first half is the same among twins, so that their ids sort alike.
        alike = Random(f"{twin} {table.type}")
        halves = sorted(alike.getrandbits(64) for _ in range(40))
        ids = [UUID(int=half << 64 | own.getrandbits(64), version=4) for half in halves]
        for index in range(_COUNTS.get(table.type, _COUNT)):
            for _ in range(50):
                row = _row(table, seed, index, random=random)
                keys = _keys(table, row)
                free = not any(key in used for key, used in zip(keys, taken, strict=True))
                if free and _ALLOWED.get(table.type, lambda _: True)(row):
                    break
            else:
                continue
            for key, used in zip(keys, taken, strict=True):
                if key is not None:
                    used.add(key)
            if table.type == "User" and not seed.rows[table.type]:
                row["subject"] = SUBJECT
            seed.rows[table.type].append({"id": ids[index], **row})
    for table in insertable(catalog):
        for name in _late(table, seed):
            for row in seed.rows[table.type]:
                row[name] = _reference(table, table.by_name[name], seed, random=random)
    return seed


async def plant(
    seed: Seed, repositories: Repositories, catalog: Catalog, superuser_url: str
) -> None:
    """Inserts the rows, then what only the database itself can set: times, versions, circles."""
    organization = catalog.tables[ORGANIZATION]
    await repositories.of(organization).update(
        seed.org_id, version=1, values={"name": 'Ours "&" Søns\' \\ \u2028'}
    )
    for type_name, rows in seed.rows.items():
        if not rows:
            continue
        table = catalog.tables[type_name]
        inserted = [name for name in rows[0] if name not in _late(table, seed) and name not in _OWN]
        await repositories.of(table).create_many(
            [{"id": row["id"], **{name: row[name] for name in inserted}} for row in rows]
        )
    connection = await asyncpg.connect(superuser_url)
    try:
        for type_name, rows in seed.rows.items():
            table = catalog.tables[type_name]
            names = [*_late(table, seed), "created_at", "updated_at", "version"]
            settings = ", ".join(f"{column_name(name)} = ${i + 2}" for i, name in enumerate(names))
            await connection.execute("SET session_replication_role = replica")
            await connection.executemany(
                f"UPDATE {table.qualified_name} SET {settings} WHERE id = $1",
                [[row["id"], *(row[name] for name in names)] for row in rows],
            )
    finally:
        await connection.close()


async def plant_endless(seed: Seed, superuser_url: str) -> None:
    """Gives some rows instants and days that only the database itself has words for."""
    ids = [row["id"] for row in seed.rows["Specimen"]]
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for id, instant, day in zip(
            ids,
            ("infinity", "-infinity", "0044-03-15 BC"),
            ("-infinity", "infinity", "0044-03-15 BC"),
            strict=False,
        ):
            await connection.execute(
                f"UPDATE data.specimen SET seen_at = '{instant}', born_on = '{day}' WHERE id = $1",
                id,
            )
    finally:
        await connection.close()


def text_for(column: Column, random: Random) -> str:
    """A text that the column takes, unless it has a pattern."""
    return random.choice(TEXTS)[: column.max_length or 200]


def value_for(column: Column, random: Random) -> Any:
    """A value of the column's kind, by and large within its rules."""
    match column.kind:
        case Kind.TEXT:
            return text_for(column, random)
        case Kind.TEXT_LIST if column.choices is not None:
            names = [choice.name for choice in column.choices]
            return random.sample(names, random.choice((0, 1, 1, 2, 3)))
        case Kind.TEXT_LIST:
            size = random.choice((0, 1, 1, 2, 3))
            return [text_for(column, random) for _ in range(size)]
        case Kind.JSON:
            return random.choice(_JSON)
        case Kind.CHOICE:
            assert column.choices is not None
            return random.choice(list(column.choices)).value
        case Kind.INTEGER | Kind.BIG_INTEGER:
            low, high = (int(bound) for bound in column.bounds or (-(2**31), 2**31 - 1))
            return max(low, min(high, random.choice(_INTEGERS)))
        case Kind.DECIMAL:
            assert column.bounds is not None and column.scale is not None
            wanted = Decimal(random.choice(_DECIMALS)).quantize(Decimal(10) ** -column.scale)
            return max(column.bounds[0], min(column.bounds[1], wanted))
        case Kind.FLOAT:
            return random.choice(_FLOATS)
        case Kind.BOOLEAN:
            return random.random() < 0.5
        case Kind.TIMESTAMP:
            return datetime.datetime.fromisoformat(random.choice(_INSTANTS))
        case Kind.DATE:
            return datetime.date.fromisoformat(random.choice(_DAYS))
        case _:
            return UUID(int=random.getrandbits(128), version=4)


def as_json(column: Column, value: Any) -> Any:
    """A value of the column as a client writes it."""
    match value:
        case datetime.datetime():
            return value.isoformat()
        case datetime.date() | UUID() | Decimal():
            return str(value)
        case int() if column.kind is Kind.BIG_INTEGER:
            return str(value)
        case str() if column.choices is not None:
            return column.choices(value).name
        case _:
            return value


def _keys(table: Table, row: Values) -> list[tuple[object, ...] | None]:
    """What no other row may have, for each rule of the table; None where the rule is silent."""
    keys: list[tuple[object, ...] | None] = [
        tuple(row.get(name) for name in names) for names in table.unique
    ]
    for names, (column, value) in table.unique_while.items():
        bound = row.get(column) == value
        keys.append(tuple(row.get(name) for name in names) if bound else None)
    return keys


def _row(table: Table, seed: Seed, index: int, *, random: Random) -> Values:
    references = reference_columns(table)
    unique = {names[-1] for names in table.unique}
    row: Values = {}
    for column in table.columns:
        if column.name == "id":
            continue
        if column.name in references:
            row[column.name] = _reference(table, column, seed, random=random)
        elif column.name in ("created_at", "updated_at"):
            row[column.name] = datetime.datetime.fromisoformat(random.choice(_INSTANTS[2:6]))
        elif column.name == "version":
            row[column.name] = random.choice((1, 1, 2, 7))
        elif column.nullable and random.random() < 0.25:
            row[column.name] = None
        elif column.pattern is not None:
            row[column.name] = valid_value(column, table, mark="5eed5eed", index=index)
        elif column.name in unique and column.kind is Kind.TEXT:
            longest = (column.max_length or 200) - 3
            row[column.name] = f"{text_for(column, random)[:longest]}{index}"
        else:
            row[column.name] = value_for(column, random)
    return row


def _reference(table: Table, column: Column, seed: Seed, *, random: Random) -> UUID | None:
    target = reference_columns(table)[column.name].target
    draw, chance = random.random(), random.random()
    if target == ORGANIZATION:
        return seed.org_id
    rows: Sequence[Values] = seed.rows.get(target, ())
    if column.nullable and (chance < 0.2 or not rows):
        return None
    return rows[int(draw * len(rows))]["id"]


def _late(table: Table, seed: Seed) -> list[str]:
    """The references that can be set only when all rows are there."""
    order = list(seed.rows)
    return [
        name
        for name, relation in reference_columns(table).items()
        if table.type in order
        and relation.target in order
        and order.index(relation.target) >= order.index(table.type)
    ]
