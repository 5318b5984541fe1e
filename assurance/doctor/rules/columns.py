"""Rules about columns: each is declared and classified, and is what the declaration says."""

from collections.abc import Iterator
from typing import Final

from assurance.doctor.expected import ExpectedColumn, plain_default
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Column


def _unclassified(examined: Examined) -> Iterator[Hit]:
    for column in examined.snapshot.columns:
        table = examined.expected.tables.get(column.relation)
        if table is not None and column.name not in table.columns:
            yield f"{column.relation}.{column.name}", f"{column.type}, declared nowhere"


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {(column.relation, column.name) for column in examined.snapshot.columns}
    tables = {column.relation for column in examined.snapshot.columns}
    for relation, table in examined.expected.tables.items():
        for name in table.columns:
            if relation in tables and (relation, name) not in present:
                yield f"{relation}.{name}", "declared, and not in the database"


def _pairs(examined: Examined) -> Iterator[tuple[Column, ExpectedColumn]]:
    for column in examined.snapshot.columns:
        table = examined.expected.tables.get(column.relation)
        if table is not None and column.name in table.columns:
            yield column, table.columns[column.name]


def _named(column: Column) -> str:
    return f"{column.relation}.{column.name}"


def _types(examined: Examined) -> Iterator[Hit]:
    for column, wanted in _pairs(examined):
        if (column.type, column.collation) != (wanted.type, wanted.collation):
            present = f"{column.type}, collation {column.collation or 'of the database'}"
            declared = f"{wanted.type}, collation {wanted.collation or 'of the database'}"
            yield _named(column), f"{present}; declared as {declared}"


def _nullable_orgs(examined: Examined) -> Iterator[Hit]:
    for column, wanted in _pairs(examined):
        if column.name == "org_id" and wanted.required and not column.required:
            yield _named(column), "may be NULL"


def _nullable(examined: Examined) -> Iterator[Hit]:
    for column, wanted in _pairs(examined):
        if column.name != "org_id" and column.required != wanted.required:
            yield _named(column), "required" if column.required else "may be NULL"


def _differs(column: Column, wanted: ExpectedColumn) -> bool:
    return plain_default(column.default) != plain_default(wanted.default)


def _calls(column: Column) -> bool:
    return bool(column.generated or column.identity or "(" in (column.default or ""))


def _computed(examined: Examined) -> Iterator[Hit]:
    for column, wanted in _pairs(examined):
        if (_differs(column, wanted) and _calls(column)) or column.identity:
            yield _named(column), f"default {column.default or 'of an identity'}"


def _defaults(examined: Examined) -> Iterator[Hit]:
    for column, wanted in _pairs(examined):
        if _differs(column, wanted) and not _calls(column):
            yield _named(column), f"default {column.default}; declared {wanted.default}"


_MAKE: Final = "Run `palisade migrate --make MESSAGE`, read the revision, then `palisade migrate`."

COLUMN_RULES: Final = (
    Rule(
        "unclassified-column",
        Severity.ERROR,
        "columns",
        "Declare it with a classification, or drop it.",
        _unclassified,
    ),
    Rule("missing-column", Severity.ERROR, "columns", _MAKE, _missing),
    Rule("column-type", Severity.ERROR, "columns", _MAKE, _types),
    Rule(
        "nullable-org-column",
        Severity.ERROR,
        "columns",
        "ALTER TABLE … ALTER org_id SET NOT NULL: a row of no organisation is nobody's to guard.",
        _nullable_orgs,
    ),
    Rule("column-nullability", Severity.WARNING, "columns", _MAKE, _nullable),
    Rule(
        "computed-default",
        Severity.ERROR,
        "columns",
        "ALTER TABLE … ALTER … DROP DEFAULT: what it calls runs in every writer's name.",
        _computed,
    ),
    Rule("column-default", Severity.WARNING, "columns", _MAKE, _defaults),
)
