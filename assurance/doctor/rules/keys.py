"""Rules about keys, checks, indexes and triggers: every key leads with the organisation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from assurance.doctor.expected import ExpectedKey, ExpectedTable, plain, words_of
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Constraint, Index

ORG: Final = "org_id"


def _owned_by_orgs(examined: Examined, relation: str) -> bool:
    table = examined.expected.tables.get(relation)
    return table is not None and table.org_owned


def _on(one: Constraint | Index) -> str:
    return f"{one.name} on {one.relation}"


def _indexes(examined: Examined) -> Iterator[tuple[Index, ExpectedTable]]:
    for index in examined.snapshot.indexes:
        table = examined.expected.tables.get(index.relation)
        if table is not None:
            yield index, table


def _is_known(index: Index, table: ExpectedTable) -> bool:
    keys = _bare(index)
    if index.unique and not index.exclusion:
        return (keys, plain(index.predicate)) in table.unique
    return keys in table.indexes and index.predicate is None


def _across(examined: Examined) -> Iterator[Hit]:
    for index, table in _indexes(examined):
        leads = index.keys[:1] == (ORG,)
        if table.org_owned and (index.unique or index.exclusion) and not leads:
            kind = "exclusion" if index.exclusion else "unique"
            yield _on(index), f"{kind} over ({', '.join(index.keys)})"


def _additional_unique(examined: Examined) -> Iterator[Hit]:
    for index, table in _indexes(examined):
        unknown = (index.unique or index.exclusion) and not _is_known(index, table)
        if unknown and (index.keys[:1] == (ORG,) or not table.org_owned):
            yield _on(index), f"unique over ({', '.join(index.keys)})"


def _additional(examined: Examined) -> Iterator[Hit]:
    for index, table in _indexes(examined):
        plain_one = not (index.unique or index.exclusion or index.expressions)
        if plain_one and not _is_known(index, table):
            yield _on(index), f"over ({', '.join(index.keys)})"


def _computing(examined: Examined) -> Iterator[Hit]:
    for index, _ in _indexes(examined):
        if index.expressions or "(" in (index.predicate or "").strip("()"):
            where = f" where {index.predicate}" if index.predicate else ""
            yield _on(index), f"computes ({', '.join(index.keys)}){where}"


def _invalid(examined: Examined) -> Iterator[Hit]:
    for index, _ in _indexes(examined):
        if not index.valid:
            yield _on(index), "not valid, or not ready"


def _by_table(examined: Examined) -> Mapping[str, list[Index]]:
    found: dict[str, list[Index]] = defaultdict(list)
    for index in examined.snapshot.indexes:
        found[index.relation].append(index)
    return found


def _bare(index: Index) -> tuple[str, ...]:
    return tuple(key.strip('"') for key in index.keys)


def _missing_keys(examined: Examined) -> Iterator[Hit]:
    by_table = _by_table(examined)
    for relation, table in examined.expected.tables.items():
        present = {
            (_bare(index), plain(index.predicate)) for index in by_table[relation] if index.unique
        }
        for columns, predicate in sorted(table.unique - present, key=str):
            where = f" where {predicate}" if predicate else ""
            yield relation, f"not unique over ({', '.join(columns)}){where}"


def _missing_indexes(examined: Examined) -> Iterator[Hit]:
    by_table = _by_table(examined)
    for relation, table in examined.expected.tables.items():
        present = {_bare(index) for index in by_table[relation]}
        for columns in sorted(table.indexes - present):
            yield relation, f"no index over ({', '.join(columns)})"


def _foreign(examined: Examined) -> Iterator[tuple[Constraint, ExpectedKey]]:
    for one in examined.snapshot.constraints:
        if one.kind == "f":
            yield (
                one,
                ExpectedKey(one.columns, one.target or "", one.target_columns, one.on_delete),
            )


def _foreign_across(examined: Examined) -> Iterator[Hit]:
    for one, _ in _foreign(examined):
        owned = _owned_by_orgs(examined, one.relation) or _owned_by_orgs(examined, one.target or "")
        if owned and (one.columns[:1], one.target_columns[:1]) != ((ORG,), (ORG,)):
            yield _on(one), one.definition


def _foreign_actions(examined: Examined) -> Iterator[Hit]:
    for one, key in _foreign(examined):
        table = examined.expected.tables.get(one.relation)
        wanted = {(k.columns, k.target, k.target_columns): k for k in table.keys} if table else {}
        declared = wanted.get((key.columns, key.target, key.target_columns))
        if declared and (one.on_update != "a" or one.on_delete != declared.on_delete):
            yield _on(one), one.definition


def _missing_foreign(examined: Examined) -> Iterator[Hit]:
    present = {
        (one.relation, key.columns, key.target, key.target_columns)
        for one, key in _foreign(examined)
    }
    for relation, table in examined.expected.tables.items():
        for key in sorted(table.keys, key=str):
            if (relation, key.columns, key.target, key.target_columns) not in present:
                yield relation, f"({', '.join(key.columns)}) refers to {key.target} by no key"


def _unexplained(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.constraints:
        table = examined.expected.tables.get(one.relation)
        if table is None:
            continue
        if one.kind == "f":
            wanted = {(key.columns, key.target, key.target_columns) for key in table.keys}
            known = (one.columns, one.target, one.target_columns) in wanted
        else:
            known = one.kind in "pu" or (one.kind == "c" and one.name in table.checks)
        if not known:
            yield _on(one), one.definition


def _missing_checks(examined: Examined) -> Iterator[Hit]:
    present = {(one.relation, one.name) for one in examined.snapshot.constraints}
    for relation, table in examined.expected.tables.items():
        for name, condition in sorted(table.checks.items()):
            if (relation, name) not in present:
                yield f"{name} on {relation}", f"missing: {condition}"


def _changed_checks(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.constraints:
        table = examined.expected.tables.get(one.relation)
        condition = table.checks.get(one.name) if table else None
        if condition is None or one.kind != "c":
            continue
        looser = " OR " in one.definition and " or " not in condition.lower()
        if looser or not one.columns or words_of(condition) != words_of(one.definition):
            yield _on(one), one.definition


def _not_valid(examined: Examined) -> Iterator[Hit]:
    for one in examined.snapshot.constraints:
        if not one.valid and one.relation in examined.tables:
            yield _on(one), one.definition


def _triggers(examined: Examined) -> Iterator[Hit]:
    for trigger in examined.snapshot.triggers:
        if not trigger.internal:
            yield f"{trigger.name} on {trigger.relation}", f"calls {trigger.function}"


def _disabled(examined: Examined) -> Iterator[Hit]:
    for trigger in examined.snapshot.triggers:
        if trigger.internal and trigger.enabled != "O":
            yield f"{trigger.name} on {trigger.relation}", "a foreign key that is not watched"


_MAKE: Final = "Run `palisade migrate`; if it stays, write the revision that restores it."
_DROP: Final = "Drop it."

KEY_RULES: Final = (
    Rule(
        "unique-across-organisations",
        Severity.ERROR,
        "indexes",
        "Drop it: a taken value would tell of another organisation. Declare it in Options.unique.",
        _across,
    ),
    Rule(
        "additional-unique-index",
        Severity.WARNING,
        "indexes",
        "Declare it in Options.unique, or drop it.",
        _additional_unique,
    ),
    Rule(
        "additional-index",
        Severity.INFO,
        "indexes",
        "Declare it in Options.indexes, so that a new database has it, too.",
        _additional,
    ),
    Rule(
        "computing-index",
        Severity.ERROR,
        "indexes",
        "Drop it: what it calls runs in every writer's name.",
        _computing,
    ),
    Rule("invalid-index", Severity.ERROR, "indexes", "REINDEX INDEX CONCURRENTLY.", _invalid),
    Rule("missing-key", Severity.ERROR, "indexes", _MAKE, _missing_keys),
    Rule("missing-index", Severity.WARNING, "indexes", _MAKE, _missing_indexes),
    Rule(
        "foreign-key-across-organisations",
        Severity.ERROR,
        "constraints",
        "Drop it, and declare the column with reference(), which makes the composite key.",
        _foreign_across,
    ),
    Rule("foreign-key-action", Severity.ERROR, "constraints", _MAKE, _foreign_actions),
    Rule("missing-foreign-key", Severity.ERROR, "constraints", _MAKE, _missing_foreign),
    Rule("unexplained-constraint", Severity.ERROR, "constraints", _DROP, _unexplained),
    Rule("missing-check", Severity.ERROR, "constraints", _MAKE, _missing_checks),
    Rule("changed-check", Severity.ERROR, "constraints", _MAKE, _changed_checks),
    Rule(
        "constraint-not-valid",
        Severity.ERROR,
        "constraints",
        "ALTER TABLE … VALIDATE CONSTRAINT, or enforce it again.",
        _not_valid,
    ),
    Rule(
        "unexplained-trigger",
        Severity.ERROR,
        "triggers",
        "DROP TRIGGER: it runs in every writer's name.",
        _triggers,
    ),
    Rule(
        "disabled-constraint",
        Severity.ERROR,
        "triggers",
        "ALTER TABLE … ENABLE TRIGGER ALL.",
        _disabled,
    ),
)
