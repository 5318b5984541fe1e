"""Which files hold records of which type, and in which order the types are loaded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from jobs.transfer.formats import SUFFIXES, Format
from jobs.transfer.problems import Code, Problem
from models.describe import Cardinality, Catalog, Table

MANIFEST: Final = "manifest.json"

# The organisation has a record by being there, under an id of its own; an audit trail that can be
# loaded from a file would be no evidence.
_NEVER_LOADED: Final = frozenset({"Organization", "AuditEvent"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file of records of one type; ``rows`` is how many a manifest says it has."""

    path: Path
    table: Table
    format: Format
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The files of one type; ``later`` are the columns that are set when all records are there."""

    table: Table
    sources: tuple[Source, ...]
    later: frozenset[str]


def is_exported(table: Table) -> bool:
    """Whether an export has the type: not what no client sees, which is the service's own post."""
    return table.exposure.read


def is_loaded(table: Table) -> bool:
    """Whether an import takes records of the type."""
    return is_exported(table) and table.type not in _NEVER_LOADED


def find_sources(
    catalog: Catalog, path: Path, type_name: str | None
) -> tuple[list[Source], list[Problem]]:
    """The files at ``path``, a file or a folder of files, and what is wrong with others there.

    In a folder, what an export wrote and an import doesn't take is passed over.
    """
    in_folder = path.is_dir()
    expected = _expected_rows(path) if in_folder else {}
    sources: list[Source] = []
    problems: list[Problem] = []
    for file in sorted(_files(path)) if in_folder else [path]:
        format = SUFFIXES.get(file.suffix.lower())
        name = type_name or file.stem
        table = type_named(catalog, name)
        if format is None:
            rule = f"must end in {', '.join(SUFFIXES)}"
            problems.append(Problem(file.name, None, None, Code.UNKNOWN_FILE, rule))
        elif table is None:
            rule = f"{name} is no type: name the file by its type, or give --type"
            problems.append(Problem(file.name, None, None, Code.UNKNOWN_TYPE, rule))
        elif is_loaded(table):
            sources.append(Source(file, table, format, expected.get(file.name)))
        elif not in_folder:
            rule = f"records of {table.type} are written by the service alone"
            problems.append(Problem(file.name, None, table.type, Code.TYPE_REFUSED, rule))
    return sources, problems


def type_named(catalog: Catalog, name: str) -> Table | None:
    """The type of this name, singular or plural, however it is written."""
    wanted = _plain(name)
    for table in catalog.tables.values():
        if wanted in (_plain(table.type), _plain(table.plural), _plain(table.name)):
            return table if is_exported(table) else None
    return None


def steps_of(sources: Sequence[Source]) -> list[Step]:
    """The types in an order in which references lead to records that are there.

    Where they lead round in a circle, or from a type to itself, those that may be empty are set
    later; the others have to find their records in the rows before them.
    """
    by_type: dict[str, list[Source]] = {}
    for source in sources:
        by_type.setdefault(source.table.type, []).append(source)
    tables = {name: found[0].table for name, found in by_type.items()}
    waiting = dict(sorted(tables.items()))
    steps: list[Step] = []
    while waiting:
        name = next(
            (name for name, table in waiting.items() if not _open(table, waiting)), None
        ) or min(waiting, key=lambda name: _cost(waiting[name], waiting))
        table = waiting[name]
        later = {
            key for key, target, nullable in _references(table) if nullable and target in waiting
        }
        del waiting[name]
        steps.append(Step(table, tuple(by_type[name]), frozenset(later)))
    return steps


def _open(table: Table, waiting: Mapping[str, Table]) -> bool:
    """Whether the type refers to another one that is not loaded yet."""
    return any(t in waiting and t != table.type for _, t, _ in _references(table))


def _cost(table: Table, waiting: Mapping[str, Table]) -> tuple[int, int, str]:
    """How bad it is to load a type before those it refers to: what can't be empty counts first."""
    found = [n for _, t, n in _references(table) if t in waiting and t != table.type]
    return (found.count(False), len(found), table.type)


def _references(table: Table) -> Iterator[tuple[str, str, bool]]:
    for relation in table.relations:
        if relation.cardinality is Cardinality.ONE:
            yield relation.key, relation.target, relation.nullable


def _expected_rows(folder: Path) -> Mapping[str, int]:
    """The counts in the folder's manifest by file; none where there is no manifest of ours."""
    try:
        types = orjson.loads((folder / MANIFEST).read_bytes())["types"]
        return {str(type["file"]): int(type["count"]) for type in types.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _files(folder: Path) -> Iterator[Path]:
    for file in folder.iterdir():
        if file.is_file() and not file.name.startswith(".") and file.name != MANIFEST:
            yield file


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).lower()
