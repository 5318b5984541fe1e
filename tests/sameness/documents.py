"""Documents drawn from the schema, with values that are there, that are not, and that are wrong.

A draw is a document, its operations, and the ways to make values for its variables: of the same
shape with other leaves, and of another shape.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from models.columns import Kind
from models.describe import Catalog, Column, Table
from resolvers.fields import (
    AggregateRecords,
    GetNodes,
    GetRecord,
    GroupRecords,
    ListRecords,
    ToMany,
)
from resolvers.selection import meaning_of
from tests.sameness.seeds import TEXTS, Seed, as_json, value_for

Cursors = Mapping[tuple[str, str], Sequence[str]]


class Name(str):
    """The name of an enum's value: without quotes in a document."""

    __slots__ = ()


@dataclass
class Leaf:
    """A value, and how to make another one for the same place."""

    make: Callable[[], Any]
    value: Any = None

    def __post_init__(self) -> None:
        self.value = self.make()


@dataclass
class Variable:
    """A variable of the document; ``tree`` has leaves."""

    name: str
    type: str
    tree: Any
    default: str | None = None
    optional: bool = False


@dataclass
class Draw:
    """A document that was drawn."""

    text: str
    names: list[str | None]
    variables: list[Variable] = field(default_factory=list)


class Drawer:
    """Draws documents over a schema; all chance comes from ``random``."""

    def __init__(
        self,
        core: GraphQLSchema,
        catalog: Catalog,
        seeds: Sequence[Seed],
        cursors: Cursors,
        random: Random,
    ) -> None:
        self._core = core
        self._catalog = catalog
        self._seeds = seeds
        self._cursors = cursors
        self._orders: dict[str, list[str]] = {}
        for type_name, text in cursors:
            self._orders.setdefault(type_name, []).append(text)
        self._random = random
        assert core.query_type is not None
        self._roots: dict[str, list[GraphQLField]] = {"own": []}
        self._names: dict[int, str] = {}
        for name, root in core.query_type.fields.items():
            meaning = meaning_of(root)
            group = type(meaning).__name__ if meaning else "own"
            self._roots.setdefault(group, []).append(root)
            self._names[id(root)] = name
        # What a group is grouped by: the fields of its key, of which no other may be asked for.
        self._by: list[str] = []
        self._of_groups = {
            name
            for root in self._roots.get("GroupRecords", ())
            for group in [get_named_type(root.type)]
            if isinstance(group, GraphQLObjectType)
            for name in (group.name, get_named_type(group.fields["key"].type).name)
        }

    def draw(self) -> Draw:
        """One document."""
        self._begin()
        body = self._query()
        return self._finished("query", body, self._random.choice((None, None, None, "First")))

    def draw_payloads(
        self, fields: Sequence[tuple[str, str, bool]], declared: Sequence[str]
    ) -> Draw:
        """A document of mutations; of each the call, the type it answers, and whether many.

        ``declared`` are the variables of the calls.
        """
        self._begin()
        self._variable_chance = self._bad_chance = 0.0
        parts = []
        for index, (call, type_name, many) in enumerate(fields):
            table = self._catalog.tables[type_name]
            record = self._core.type_map[type_name]
            name = table.plural if many else table.singular
            path = (f"m{index}", name)
            parts.append(f"m{index}: {call} {{ {name} {self._selection(record, path, 0)} }}")
        self._declared = list(declared)
        return self._finished("mutation", f"{{ {' '.join(parts)} }}", None)

    def _begin(self) -> None:
        self._variables: list[Variable] = []
        self._declared: list[str] = []
        self._fragments: list[str] = []
        self._by_type: dict[str, list[str]] = {}
        self._aliases = 0
        self._keys: dict[tuple[str, ...], str] = {}
        self._fields_left = self._random.choice((12, 25, 40, 60))
        self._nodes_left = 9_000
        self._variable_chance = self._random.choice((0.0, 0.15, 0.4, 0.8))
        self._bad_chance = self._random.choice((0.0, 0.0, 0.004, 0.03))

    def _finished(self, word: str, body: str, name: str | None) -> Draw:
        names: list[str | None] = [name]
        head = f"{word} {name or ''}"
        declared = [*self._declared, *map(_declared, self._variables)]
        if declared:
            head += f"({', '.join(declared)})"
        plain = word == "query" and not name and not self._variables and self._random.random() < 0.5
        texts = [f"{'' if plain else head} {body}"]
        if name and self._random.random() < 0.6:
            texts.append(
                "query Second { __typename organizations { totalCount } viewer { subject } }"
            )
            names.append("Second")
            if self._random.random() < 0.2:
                names.append(self._random.choice((None, "Third")))
        texts += self._fragments
        if self._random.random() < 0.3:
            self._random.shuffle(texts)
        return Draw("\n".join(texts), names, self._variables)

    def values(self, draw: Draw, *, fresh: bool) -> dict[str, Any]:
        """Variables of the shape that was drawn; with ``fresh`` other leaves."""
        found: dict[str, Any] = {}
        for variable in draw.variables:
            if variable.optional:
                continue
            found[variable.name] = _plain(variable.tree, fresh=fresh)
        return found

    def reshaped(self, draw: Draw) -> dict[str, Any]:
        """Variables of another shape, some of them wrong."""
        found: dict[str, Any] = {}
        for variable in draw.variables:
            value = _plain(variable.tree, fresh=self._random.random() < 0.5)
            chance = self._random.random()
            if chance < 0.12:
                continue
            if chance < 0.2:
                value = None
            elif chance < 0.26:
                value = self._random.choice(_WRONG)
            elif chance < 0.6:
                value = self._bent(value)
            found[variable.name] = value
        if self._random.random() < 0.1:
            found["surplus"] = 1
        return found

    def where(self, table: Table, depth: int) -> dict[str, Any]:
        """Conditions as a client sends them, none of them wrong."""
        self._bad_chance = 0.0
        found: dict[str, Any] = _plain(self._where(table, depth), fresh=False)
        return found

    # Selections

    def _query(self) -> str:
        count = self._random.choice((1, 1, 1, 2, 2, 3, 5))
        parts: list[str] = []
        query = self._core.query_type
        assert query is not None
        for _ in range(count):
            if self._random.random() < 0.06:
                parts.append(self._random.choice(_INTROSPECTION))
                continue
            group = self._random.choices(
                (ListRecords, GetRecord, AggregateRecords, GroupRecords, GetNodes, None),
                weights=(50, 16, 12, 10, 12, 8 if count > 1 else 2),
            )[0]
            root = self._random.choice(self._roots[group.__name__ if group else "own"])
            part = self._field(self._names[id(root)], root, query, (), depth=0)
            parts.append(self._wrapped([part], query, (), depth=0))
        return f"{{ {' '.join(parts)} }}"

    def _selection(self, type_: Any, path: tuple[str, ...], depth: int) -> str:
        """The selection set of a composite type."""
        parts: list[str] = []
        random = self._random
        if random.random() < 0.15:
            parts.append(self._typename(path))
        if isinstance(type_, GraphQLInterfaceType):
            parts += self._of_interface(type_, path, depth)
        else:
            parts += self._of_object(type_, path, depth)
        if random.random() < 0.03:
            parts.append("... on Node { id }" if self._is_node(type_) else self._typename(path))
        if not parts:
            parts = [self._typename(path)]
        return f"{{ {' '.join(parts)} }}"

    def _of_interface(
        self, type_: GraphQLInterfaceType, path: tuple[str, ...], depth: int
    ) -> list[str]:
        parts = []
        if self._random.random() < 0.7:
            parts.append("id")
        types = list(self._core.get_possible_types(type_))
        for object_type in self._random.sample(types, self._random.choice((0, 1, 2, 2, 4))):
            inner = self._of_object(object_type, path, depth)
            parts.append(self._fragment(inner, object_type))
        return parts

    def _of_object(self, type_: GraphQLObjectType, path: tuple[str, ...], depth: int) -> list[str]:
        random = self._random
        scalars = [
            name
            for name, f in type_.fields.items()
            if not is_composite_type(get_named_type(f.type))
        ]
        composites = [name for name in type_.fields if name not in scalars]
        if type_.name in self._of_groups and "key" not in type_.fields:
            scalars = [name for name in scalars if name in self._by] or scalars
        page = type_.name.endswith("Connection")
        chosen = random.sample(scalars, min(len(scalars), random.choice((1, 1, 2, 3, 5))))
        if random.random() < 0.05:
            chosen = scalars
        most = (
            3 if page or type_.name.endswith("Aggregate") else (2, 1, 1, 1, 0, 0, 0)[min(depth, 6)]
        )
        if composites and self._fields_left > 0:
            picked = random.sample(composites, min(len(composites), random.randint(0, most)))
            if page and not {"nodes", "edges"} & set(picked) and random.random() < 0.85:
                picked.append(random.choice(("nodes", "edges")))
            chosen = chosen[:2] + picked if page else chosen + picked
            if page and random.random() < 0.6 and "totalCount" in chosen:
                chosen.remove("totalCount")
        random.shuffle(chosen)
        parts: list[str] = []
        for name in chosen:
            if self._fields_left <= 0 and len(parts) > 0:
                break
            parts.append(self._field(name, type_.fields[name], type_, path, depth=depth))
        return [self._wrapped(parts, type_, path, depth)] if parts else []

    def _wrapped(
        self, parts: list[str], type_: GraphQLObjectType, path: tuple[str, ...], depth: int
    ) -> str:
        """The parts as they are, some of them or all in a fragment."""
        random = self._random
        if random.random() < 0.12:
            cut = random.randint(0, len(parts) - 1)
            return " ".join((*parts[:cut], self._fragment(parts[cut:], type_)))
        again = type_.name not in self._of_groups and self._by_type.get(type_.name)
        if random.random() < 0.04 and again:
            return " ".join((*parts, f"...{random.choice(self._by_type[type_.name])}"))
        return " ".join(parts)

    def _fragment(self, parts: list[str], type_: GraphQLObjectType) -> str:
        body = " ".join(parts) or "__typename"
        chance = self._random.random()
        if chance < 0.45:
            return f"... on {type_.name} {self._directive()}{{ {body} }}"
        if chance < 0.55 and type_ is not None:
            return f"... on {type_.name} {{ ...  {self._directive()} {{ {body} }} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {type_.name} {{ {body} }}")
        self._by_type.setdefault(type_.name, []).append(name)
        again = f" ...{name}" if self._random.random() < 0.2 else ""
        return f"...{name} {self._directive()}{again}"

    def _field(
        self,
        name: str,
        field_: GraphQLField,
        parent: GraphQLObjectType,
        path: tuple[str, ...],
        *,
        depth: int,
    ) -> str:
        random = self._random
        self._fields_left -= 1
        before = self._nodes_left
        call = name + self._arguments(name, field_, parent)
        key, alias = name, ""
        signature = f"{parent.name}.{call} {field_.type}"
        if random.random() < 0.12 or self._keys.get((*path, name), signature) != signature:
            self._aliases += 1
            key = f"a{self._aliases}"
            alias = f"{key}: "
        self._keys[(*path, key)] = signature
        inner = (*path, key)
        named = get_named_type(field_.type)
        text = f"{alias}{call} {self._directive()}"
        if is_composite_type(named):
            deeper = depth + (meaning_of(field_) is not None and len(field_.args) > 0)
            if name in ("edges", "node", "nodes") and parent.name.endswith(("Connection", "Edge")):
                deeper = depth + (name != "node")
            selection = self._selection(named, inner, deeper)
            if random.random() < 0.07:
                again = self._selection(named, inner, deeper)
                selection += f" {alias}{call} {again}"
            text += selection
        elif random.random() < 0.04:
            text += f" {alias}{call}"
        self._nodes_left = before
        return text

    def _typename(self, path: tuple[str, ...]) -> str:
        if self._random.random() < 0.3:
            self._aliases += 1
            return f"t{self._aliases}: __typename"
        return "__typename"

    def _directive(self) -> str:
        if self._random.random() > 0.06:
            return ""
        word = self._random.choice(("skip", "include"))
        if self._random.random() < 0.5:
            name = self._variable("Boolean!", self._random.random() < 0.5, default="true")
            return f"@{word}(if: {name}) "
        return f"@{word}(if: {self._random.choice(('true', 'false'))}) "

    def _is_node(self, type_: Any) -> bool:
        return isinstance(type_, GraphQLObjectType) and any(
            interface.name == "Node" for interface in type_.interfaces
        )

    # Arguments

    def _arguments(self, name: str, field_: GraphQLField, parent: GraphQLObjectType) -> str:
        meaning = meaning_of(field_)
        match meaning:
            case ListRecords(table):
                given = self._page(table, root=True)
            case ToMany(_, _, table):
                given = self._page(table, root=False)
            case GetRecord(table):
                given = {"id": Leaf(lambda: self._id(table))}
            case GetNodes(many):
                given = {"ids": Leaf(self._ids)} if many else {"id": Leaf(lambda: self._id(None))}
            case AggregateRecords(table):
                given = {"where": self._where(table, 3)} if self._random.random() < 0.6 else {}
            case GroupRecords():
                given = self._groups(meaning.table, field_)
            case None if field_.args:
                given = self._own(name)
            case _:
                given = {}
        if not given:
            return ""
        parts = [
            f"{key}: {self._written(value, field_.args[key].type)}" for key, value in given.items()
        ]
        self._random.shuffle(parts)
        return f"({', '.join(parts)})"

    def _groups(self, table: Table, field_: GraphQLField) -> dict[str, Any]:
        random = self._random
        keys = get_named_type(field_.args["by"].type)
        assert isinstance(keys, GraphQLEnumType)
        most = 5 if random.random() < self._bad_chance else 3
        self._by = random.sample(list(keys.values), min(len(keys.values), random.randint(1, most)))
        given: dict[str, Any] = {"by": [Name(key) for key in self._by]}
        if random.random() < 0.5:
            given["where"] = self._where(table, 2)
        if random.random() < 0.5:
            given["first"] = Leaf(self._size)
        return given

    def _own(self, name: str) -> dict[str, Any]:
        if self._random.random() < 0.3:
            return {}
        match name:
            case "echo":
                return {"text": Leaf(lambda: self._random.choice(TEXTS[:-2]))}
            case "picky":
                return {"size": Leaf(lambda: self._random.choice((1, 2, 5)))}
            case "needed":
                return {"fails": self._random.random() < 0.4}
            case _:
                return {}

    def _page(self, table: Table, *, root: bool) -> dict[str, Any]:
        random = self._random
        given: dict[str, Any] = {}
        order = ""
        if random.random() < 0.65:
            order = random.choice(self._orders[table.type])
            given["orderBy"] = self._order(order)
        if random.random() < 0.45:
            given["where"] = self._where(table, random.choice((1, 1, 2, 3)))
        backward = random.random() < 0.35
        if backward:
            given["last"] = Leaf(self._size)
        elif random.random() < (0.6 if root else 0.9):
            given["first"] = Leaf(self._size)
        if random.random() < 0.35 and self._cursors.get((table.type, order or "[]")):
            given["before" if backward else "after"] = Leaf(lambda: self._cursor(table, order))
        if random.random() < 0.06:
            extra = random.choice(("first", "last", "before", "after", "orderBy", "where"))
            given.setdefault(extra, None if random.random() < 0.6 else Leaf(self._size))
            if extra in ("before", "after") and given[extra] is not None:
                given[extra] = Leaf(lambda: self._cursor(table, order))
            if extra in ("orderBy", "where") and isinstance(given[extra], Leaf):
                given[extra] = {} if extra == "where" else []
        return given

    def _order(self, text: str) -> Any:
        entries = [{key: Name(value) for key, value in entry.items()} for entry in json.loads(text)]
        if self._random.random() < self._bad_chance:
            entries.append(dict(self._random.choice(entries)) if entries else {})
        return entries[0] if len(entries) == 1 and self._random.random() < 0.15 else entries

    def _size(self) -> int:
        if self._random.random() < self._bad_chance:
            return self._random.choice((0, -1, 101, 2**31 - 1, -(2**31)))
        if self._random.random() < 0.02:
            return 100
        return self._random.choice((1, 1, 2, 3, 4, 5, 7, 10))

    def _cursor(self, table: Table, order: str) -> str:
        random = self._random
        if random.random() < max(self._bad_chance, 0.01):
            return random.choice(_BROKEN_CURSORS)
        known: Sequence[str] = self._cursors.get((table.type, order or "[]"), ())
        if random.random() < self._bad_chance * 2 and known:
            cursor = random.choice(known)
            return random.choice((cursor[:-3], cursor + "A", _bent_cursor(cursor, random)))
        if not known or random.random() < self._bad_chance:
            known = random.choice(list(self._cursors.values())) or ("x",)
        return random.choice(known)

    def _id(self, table: Table | None) -> str:
        random = self._random
        if random.random() < 0.1:
            return random.choice(_ODD_IDS)
        seed = random.choice(self._seeds)
        if table is not None and table.type in seed.rows and random.random() < 0.9:
            rows = seed.rows[table.type]
        else:
            rows = random.choice(list(seed.rows.values()))
        if random.random() < 0.05 or not rows:
            return str(seed.org_id)
        found = str(random.choice(rows)["id"])
        return found.upper() if random.random() < 0.05 else found

    def _ids(self) -> list[str]:
        if self._random.random() < self._bad_chance:
            return ["x"] * 1001
        return [self._id(None) for _ in range(self._random.choice((0, 1, 2, 3, 6)))]

    # Conditions

    def _where(self, table: Table, depth: int) -> dict[str, Any]:
        random = self._random
        type_ = self._core.type_map[f"{table.type}Where"]
        assert isinstance(type_, GraphQLInputObjectType)
        given: dict[str, Any] = {}
        for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
            name = random.choice(list(type_.fields))
            if name in given:
                continue
            if name in ("and", "or") or (depth > 1 and random.random() < 0.25):
                name = random.choice(("and", "or"))
                many = random.choice((0, 1, 2, 2, 3))
                given[name] = [
                    self._where(table, depth - 1) for _ in range(many if depth > 1 else 1)
                ]
                if depth <= 0:
                    given[name] = []
            elif name == "not" or (depth > 1 and random.random() < 0.15):
                given["not"] = self._where(table, depth - 1) if depth > 0 else {}
            elif relation := table.relation_by_field.get(name):
                if depth > 0:
                    given[name] = self._where(self._catalog.target(relation), depth - 1)
            else:
                given[name] = self._condition(table, table.by_field[name])
        if random.random() < self._bad_chance:
            given[random.choice(list(type_.fields))] = None
        return given

    def _condition(self, table: Table, column: Column) -> dict[str, Any]:
        random = self._random
        filter_type = self._core.type_map[f"{table.type}Where"]
        assert isinstance(filter_type, GraphQLInputObjectType)
        operators = get_named_type(filter_type.fields[column.field].type)
        assert isinstance(operators, GraphQLInputObjectType)
        given: dict[str, Any] = {}
        for name in random.sample(
            list(operators.fields), min(len(operators.fields), random.choice((1, 1, 1, 2)))
        ):
            if name == "isNull":
                given[name] = random.random() < 0.5
            elif name == "in":
                given[name] = Leaf(lambda: self._several(table, column))
            else:
                given[name] = Leaf(lambda name=name: self._value(table, column, name))
            if random.random() < self._bad_chance:
                given[name] = None
        return given

    def _several(self, table: Table, column: Column) -> list[Any]:
        if self._random.random() < self._bad_chance:
            return [self._value(table, column, "eq")] * 1001
        count = self._random.choice((0, 1, 1, 2, 3, 6))
        return [self._value(table, column, "eq") for _ in range(count)]

    def _value(self, table: Table, column: Column, operator: str) -> Any:
        random = self._random
        if column.kind is Kind.ID and random.random() < 0.15:
            return random.choice(_ODD_IDS)
        value: Any = None
        rows = random.choice(self._seeds).rows.get(table.type)
        if rows and random.random() < 0.75:
            value = random.choice(rows)[column.name]
        if value is None or column.kind is Kind.JSON:
            value = value_for(column, random)
        if column.kind is Kind.TEXT_LIST:
            value = random.choice(value or list(column.choices or "a"))
        if isinstance(value, str) and column.choices is None:
            if operator in ("contains", "startsWith") and value:
                start = 0 if operator == "startsWith" else random.randrange(len(value))
                value = value[start : start + random.choice((0, 1, 2, 5))]
            if random.random() < self._bad_chance:
                value = random.choice(("nul\0", "x" * 10_001))
        if isinstance(value, str) and column.choices is not None:
            return Name(as_json(column, value))
        return as_json(column, value)

    # Values as text and as variables

    def _written(self, tree: Any, type_: Any) -> str:
        random = self._random
        if random.random() < self._variable_chance:
            return self._as_variable(tree, type_)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(tree, Leaf):
            return _literal(tree.value, inner)
        if isinstance(tree, list) and isinstance(inner, GraphQLList):
            return f"[{', '.join(self._written(item, inner.of_type) for item in tree)}]"
        if isinstance(inner, GraphQLList):
            return self._written(tree, inner.of_type)
        if isinstance(tree, dict):
            assert isinstance(inner, GraphQLInputObjectType), (tree, inner)
            parts = [
                f"{key}: {self._written(value, inner.fields[key].type)}"
                for key, value in tree.items()
            ]
            return f"{{{', '.join(parts)}}}"
        return _literal(tree, inner)

    def _as_variable(self, tree: Any, type_: Any) -> str:
        random = self._random
        text = str(type_)
        default = None
        if random.random() < 0.25:
            inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
            default = _literal(_plain(tree, fresh=True), inner)
            if text.endswith("!") and random.random() < 0.5:
                text = text[:-1]
        elif random.random() < 0.2 and not text.endswith("!"):
            text += "!"
        return self._variable(text, tree, default=default)

    def _variable(self, type_: str, tree: Any, *, default: str | None = None) -> str:
        random = self._random
        same = [variable for variable in self._variables if variable.type == type_ == "Boolean!"]
        if same and random.random() < 0.3:
            return f"${random.choice(same).name}"
        name = f"v{len(self._variables)}"
        if default is not None and random.random() < 0.4:
            default = None if type_ == "Boolean!" else default
        optional = not type_.endswith("!") and random.random() < 0.15
        if default is not None and random.random() < 0.4:
            optional = True
        self._variables.append(Variable(name, type_, tree, default, optional))
        return f"${name}"

    def _bent(self, value: Any) -> Any:
        """The value with one place changed so that its shape is another."""
        random = self._random
        if isinstance(value, dict) and value:
            key = random.choice(list(value))
            chance = random.random()
            if chance < 0.2:
                return {name: item for name, item in value.items() if name != key}
            if chance < 0.3:
                return dict(reversed(value.items()))
            if chance < 0.4:
                return {**value, key: None}
            return {**value, key: self._bent(value[key])}
        if isinstance(value, list) and value:
            chance = random.random()
            if chance < 0.2:
                return value[1:]
            if chance < 0.35:
                return [*value, value[0]]
            if chance < 0.4:
                return [*value, None]
            if chance < 0.45:
                return value[0]
            index = random.randrange(len(value))
            return [*value[:index], self._bent(value[index]), *value[index + 1 :]]
        if isinstance(value, bool):
            return not value
        if value in ("ASC", "DESC"):
            return "DESC" if value == "ASC" else "ASC"
        if random.random() < 0.5:
            return value
        return random.choice((None, *_WRONG))


def _declared(variable: Variable) -> str:
    default = f" = {variable.default}" if variable.default is not None else ""
    return f"${variable.name}: {variable.type}{default}"


def _plain(tree: Any, *, fresh: bool) -> Any:
    if isinstance(tree, Leaf):
        if fresh:
            return _plain(tree.make(), fresh=False)
        return _plain(tree.value, fresh=False)
    if isinstance(tree, dict):
        return {key: _plain(value, fresh=fresh) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value, fresh=fresh) for value in tree]
    return str(tree) if isinstance(tree, Name) else tree


def _literal(value: Any, type_: Any) -> str:
    """A value as a document writes it."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(value, list):
        of = inner.of_type if isinstance(inner, GraphQLList) else inner
        return f"[{', '.join(_literal(item, of) for item in value)}]"
    if isinstance(inner, GraphQLList):
        return _literal(value, inner.of_type)
    if isinstance(value, dict):
        parts = [f"{key}: {_literal(item, inner.fields[key].type)}" for key, item in value.items()]
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, Name) or (isinstance(inner, GraphQLEnumType) and isinstance(value, str)):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if "\x7f" not in value else json.dumps(value)
    return json.dumps(value)


def _bent_cursor(cursor: str, random: Random) -> str:
    """A cursor that was changed by somebody who knows how it is made."""
    items = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    items[random.randrange(len(items))] = random.choice((None, True, "", 0, 1.5, "x", "\0", 2**70))
    return base64.urlsafe_b64encode(json.dumps(items).encode()).decode().rstrip("=")


def orders_of(table: Table, random: Random, count: int) -> Iterator[list[dict[str, str]]]:
    """Orders of a table: none, and several of one or more keys."""
    fields = [column.field for column in table.columns if column.exposed and column.sortable]
    yield []
    for _ in range(count):
        keys = random.sample(fields, min(len(fields), random.choice((1, 1, 2, 2, 3, 5))))
        if random.random() < 0.5:
            keys[0] = random.choice(
                [c.field for c in table.columns if c.field in fields and c.nullable] or keys
            )
        yield [{key: random.choice(("ASC", "DESC"))} for key in dict.fromkeys(keys)]


_WRONG: tuple[Any, ...] = ("x", 1, 1.5, True, [], {}, [1], {"a": 1}, "", 2**31, "ASC", -1)
_BROKEN_CURSORS = ("", "x", "W10", "WyJ4Il0", "\u00e9", "!!!!", "a" * 10_000, "bnVsbA==", "W10=")
_ODD_IDS = (
    "",
    "x",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{12345678123456781234567812345678}",
    "urn:uuid:12345678-1234-5678-1234-567812345678",
    str(UUID(int=77)),
    "1",
    "\u0663",
    "nul\0l",
)
_INTROSPECTION = (
    "__typename",
    "who: __typename",
    "__schema { queryType { name } }",
    '__type(name: "Specimen") { name kind }',
    '__type(name: "Nothing") { name }',
)
