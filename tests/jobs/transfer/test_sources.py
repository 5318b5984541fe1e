"""Which files are what, and in which order they are loaded."""

from pathlib import Path

import pytest

from jobs.transfer.formats import Format
from jobs.transfer.sources import Source, find_sources, steps_of, type_named
from models.describe import Cardinality, Catalog


def source(catalog: Catalog, type: str) -> Source:
    return Source(Path(f"{type}.jsonl"), catalog.tables[type], Format.jsonl)


@pytest.mark.parametrize("name", ["Vendor", "vendor", "vendors", "VENDOR"])
def test_type_is_found_by_its_names(catalog: Catalog, name: str) -> None:
    table = type_named(catalog, name)
    assert table
    assert table.type == "Vendor"


@pytest.mark.parametrize("name", ["OutboxMessage", "outbox_message", "Archived", "nothing", ""])
def test_hidden_and_unknown_types_are_not_found(catalog: Catalog, name: str) -> None:
    assert type_named(catalog, name) is None


def test_folder_is_read_in_the_order_of_names(catalog: Catalog, tmp_path: Path) -> None:
    names = ("vendors.csv", "Site.jsonl", "AuditEvent.jsonl", "Organization.csv", "manifest.json")
    for name in (*names, ".hidden", "notes.txt", "nothing.csv", "OutboxMessage.jsonl"):
        (tmp_path / name).touch()
    sources, problems = find_sources(catalog, tmp_path, None)
    assert [(s.table.type, s.format) for s in sources] == [
        ("Site", Format.jsonl),
        ("Vendor", Format.csv),
    ]
    assert [(p.file, p.code.value) for p in problems] == [
        ("OutboxMessage.jsonl", "UNKNOWN_TYPE"),
        ("notes.txt", "UNKNOWN_FILE"),
        ("nothing.csv", "UNKNOWN_TYPE"),
    ]


@pytest.mark.parametrize("type", ["AuditEvent", "Organization"])
def test_type_of_the_service_alone_is_refused(catalog: Catalog, tmp_path: Path, type: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.touch()
    sources, problems = find_sources(catalog, path, type)
    assert (sources, [p.code.value for p in problems]) == ([], ["TYPE_REFUSED"])
    assert find_sources(catalog, path, "Vendor")[1] == []


def test_references_lead_to_types_loaded_before(catalog: Catalog) -> None:
    all_types = [source(catalog, name) for name in catalog.tables]
    done: set[str] = set()
    for step in steps_of(all_types):
        for relation in step.table.relations:
            if relation.cardinality is Cardinality.ONE and relation.key not in step.later:
                assert relation.target in done, (step.table.type, relation.key)
        done.add(step.table.type)
    assert done == set(catalog.tables)


def test_circle_is_broken_where_it_may_be_empty(catalog: Catalog) -> None:
    steps = steps_of([source(catalog, "Specimen"), source(catalog, "Site")])
    assert [(step.table.type, step.later) for step in steps] == [
        ("Site", {"within_id", "best_id"}),
        ("Specimen", frozenset()),
    ]


def test_reference_to_what_is_not_imported_is_set_at_once(catalog: Catalog) -> None:
    (step,) = steps_of([source(catalog, "Specimen")])
    assert step.later == frozenset()
