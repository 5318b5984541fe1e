"""Readings of every shape there is, for the tests of the compiler and of its plans."""

from collections.abc import Callable, Iterator
from typing import Any

from models.columns import Kind
from models.conditions import Operator
from models.describe import Cardinality, Catalog, Table
from repository.compile.roots import Plan, compile_answer, compile_roots
from repository.criteria import ALL, Compare, Criteria, Every, Not, Some, Through
from repository.ids import new_id
from repository.order import Cursor, Key, complete_order
from repository.reading import (
    Constant,
    Field,
    Fields,
    Figure,
    Figures,
    Follow,
    Get,
    GetNodes,
    Page,
    Part,
    Record,
    Root,
    Shown,
)
from repository.statements import Aggregation, PageRequest

CURSORS: Fields = (("startCursor", Part("startCursor")), ("endCursor", Part("endCursor")))
BEYOND: Fields = (
    ("hasNextPage", Part("hasNextPage")),
    ("hasPreviousPage", Part("hasPreviousPage")),
)
PAGE_INFO = Part("pageInfo", (*BEYOND, *CURSORS))
TOTAL = ("totalCount", Part("totalCount"))

Parts = Callable[[Fields], Fields]


def shown(table: Table, *names: str) -> Fields:
    """Columns of a table, as they are; all of them where none is named."""
    columns = [table.by_name[name] for name in names] or list(table.columns)
    return tuple((column.field, Shown(column, masked=False)) for column in columns)


def listed(fields: Fields) -> Fields:
    """The parts of a page with its records alone."""
    return (("nodes", Part("nodes", fields)),)


def full(fields: Fields) -> Fields:
    """Every part of a page at once."""
    edges: Fields = (
        ("__typename", Constant("Edge")),
        ("cursor", Part("cursor")),
        ("node", Part("node", fields)),
    )
    return (
        *listed(fields),
        ("edges", Part("edges", edges)),
        ("pageInfo", PAGE_INFO),
        TOTAL,
        ("__typename", Constant("Connection")),
    )


def page(table: Table, fields: Fields, *keys: Key, limit: int = 10, **options: Any) -> Page:
    """A page of a table's records."""
    return Page(table, PageRequest(complete_order(table, keys), limit, **options), fields)


def related(
    catalog: Catalog, table: Table, field: str, *, parts: Parts = listed, **options: Any
) -> tuple[str, Field]:
    """What a relation leads to: a record, or a page of records."""
    relation = table.relation_by_field[field]
    target = catalog.target(relation)
    if relation.cardinality is Cardinality.ONE:
        return field, Follow(relation, Record(target, shown(target)))
    request = PageRequest(complete_order(target, ()), 5, **options)
    return field, Page(target, request, parts(shown(target)), relation)


def compiled(catalog: Catalog, *roots: tuple[str, Root]) -> Plan:
    """The whole answer."""
    return compile_answer(roots, catalog)


def figures(table: Table, where: Criteria = ALL) -> Figures:
    """Every figure a table has."""
    parts: dict[str, list[tuple[str, Field]]] = {"min": [], "max": [], "sum": [], "avg": []}
    numbers = (Kind.INTEGER, Kind.BIG_INTEGER, Kind.FLOAT, Kind.DECIMAL)
    for column in table.columns:
        for function, found in parts.items():
            if column.kind in numbers or (
                function in ("min", "max")
                and column.kind in (Kind.TIMESTAMP, Kind.DATE, Kind.TEXT, Kind.CHOICE)
            ):
                found.append((column.field, Figure(Aggregation(function, column))))
    fields: Fields = (
        ("count", Figure(Aggregation("count"))),
        *((name, Part(name, tuple(found))) for name, found in parts.items() if found),
        ("__typename", Constant("Aggregate")),
    )
    return Figures(table, where, fields)


def every_reading(catalog: Catalog) -> Iterator[tuple[str, Root]]:
    """Every table and every relation, in every shape of reading, each under a name of its own."""
    for table in catalog.tables.values():
        name = table.singular
        columns = shown(table)
        record = Record(table, columns)
        id = new_id()
        relations = [related(catalog, table, relation.field) for relation in table.relations]
        through: list[Criteria] = [Through(relation, ALL) for relation in table.relations]
        yield f"{name} point", Get(id, record)
        yield f"{name} point with relations", Get(id, Record(table, tuple(relations)))
        yield f"{name} node", GetNodes(id, False, (record,))
        yield f"{name} list", page(table, listed(columns))
        yield f"{name} full", page(table, full(columns))
        yield f"{name} backward", page(table, full(columns), backward=True)
        yield f"{name} total", page(table, (TOTAL,))
        yield f"{name} page info", page(table, (("pageInfo", PAGE_INFO),))
        yield f"{name} figures", figures(table)
        for condition in through:
            assert isinstance(condition, Through)
            field = condition.relation.field
            yield f"{name} where {field}", page(table, full(columns), where=condition)
            yield f"{name} where not {field}", page(table, listed(columns), where=Not(condition))
            yield f"{name} figures where {field}", figures(table, condition)
        for column in table.columns:
            if not column.sortable:
                continue
            for descending in (False, True):
                keys = Key(column, descending)
                order = complete_order(table, [keys])
                way = "down" if descending else "up"
                where = f"{name} by {column.name} {way}"
                yield where, page(table, listed(columns), keys)
                for absent in (False, True) if column.nullable else (False,):
                    values = tuple(
                        None if absent and key.column.name == column.name else "x" for key in order
                    )
                    for backward in (False, True):
                        yield (
                            f"{where} {'before' if backward else 'after'}{' null' * absent}",
                            page(
                                table,
                                full(columns),
                                keys,
                                cursor=Cursor(values),
                                backward=backward,
                            ),
                        )
        for relation in table.relations:
            field = relation.field
            if relation.cardinality is Cardinality.ONE:
                nested = [related(catalog, table, field)]
            else:
                target = catalog.target(relation)
                second = tuple(Through(inner, ALL) for inner in target.relations)
                nested = [
                    related(catalog, table, field),
                    related(catalog, table, field, parts=full),
                    related(catalog, table, field, parts=full, backward=True),
                    related(catalog, table, field, parts=lambda _: (TOTAL,)),
                    related(catalog, table, field, parts=full, where=Some((*second, Every()))),
                ]
            for index, inner in enumerate(nested):
                yield f"{name} {field} {index}", page(table, listed((inner,)))
                yield f"{name} {field} {index} of one", Get(id, Record(table, (inner,)))
    records = tuple(Record(table, shown(table)) for table in catalog.tables.values())
    yield "nodes", GetNodes([new_id(), new_id()], True, records)
    yield "node", GetNodes(new_id(), False, records)


def every_plan(catalog: Catalog) -> Iterator[tuple[str, Plan]]:
    """The compiled form of `every_reading`, alone and some of them beside each other."""
    some: list[Root] = []
    for index, (name, root) in enumerate(every_reading(catalog)):
        yield name, compile_answer((("answer", root),), catalog)
        if index % 40 == 0:
            some.append(root)
    roots = tuple((f"r{index}", root) for index, root in enumerate(some))
    yield "many at once", compile_answer(roots, catalog)
    yield "many apart", compile_roots(some, catalog)


def compare(table: Table, name: str, value: object, operator: Operator = Operator.EQ) -> Compare:
    """A condition on one column."""
    return Compare(table.by_name[name], operator, value)
