"""Sets that are made of each other, in one statement that ends at the organisation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from models.conditions import Operator
from models.describe import Catalog
from repository.connections import Connections
from repository.criteria import Compare, Every, Through
from repository.database import Database
from repository.reader import Row
from repository.survey import Link, RecordSet, Tally, survey
from tests.conftest import Org
from tests.repository.scope import unscoped


@pytest.fixture
async def samples(org: Org, catalog: Catalog) -> list[Row]:
    """A chain of four, each the parent of the next, and one beside it; a note for each."""
    repository = org.repositories.of(catalog.tables["Sample"])
    made: list[Row] = []
    for number in range(5):
        parent = made[-1]["id"] if 0 < number < 4 else None
        values = {"title": f"s{number}", "flag": bool(number % 2), "tags": [], "parent_id": parent}
        made.append(await repository.create(values))
    notes = org.repositories.of(catalog.tables["SampleNote"])
    await notes.create_many([{"body": row["title"], "sample_id": row["id"]} for row in made])
    return made


def of(catalog: Catalog, name: str, type_: str = "Sample", **values: Any) -> RecordSet:
    table = catalog.tables[type_]
    where = tuple(
        Compare(table.by_name[column], Operator.EQ, value) for column, value in values.items()
    )
    return RecordSet(name, table, Every(where))


def titles(rows: Sequence[Row]) -> list[str]:
    return [row["title"] for row in rows]


async def test_links_lead_from_set_to_set(org: Org, catalog: Catalog, samples: list[Row]) -> None:
    found = await survey(
        org.repositories,
        [
            of(catalog, "first", title="s1"),
            replace(of(catalog, "second", title="s4")),
            replace(of(catalog, "children"), links=(Link("parent_id", "first"),)),
            replace(of(catalog, "either"), links=(Link("id", "first"), Link("id", "second"))),
            replace(of(catalog, "parents"), links=(Link("id", "first", "parent_id"),)),
            replace(
                of(catalog, "rest"), without=(Link("id", "either"), Link("parent_id", "first"))
            ),
            replace(of(catalog, "notes", "SampleNote"), links=(Link("sample_id", "either"),)),
        ],
    )
    listed = {name: titles(rows) for name, rows in found.rows.items() if name != "notes"}
    assert listed == {
        "first": ["s1"],
        "second": ["s4"],
        "children": ["s2"],
        "either": ["s1", "s4"],
        "parents": ["s0"],
        "rest": ["s0", "s3"],
    }
    assert [row["body"] for row in found.rows["notes"]] == ["s1", "s4"]
    assert found.rows["first"] == [samples[1]]


async def test_climb_goes_on_to_the_end(org: Org, catalog: Catalog, samples: list[Row]) -> None:
    begin = replace(of(catalog, "way", title="s3"), climbs="parent_id")
    notes = replace(of(catalog, "notes", "SampleNote"), links=(Link("sample_id", "way"),))
    found = await survey(org.repositories, [begin, notes])
    assert titles(found.rows["way"]) == ["s0", "s1", "s2", "s3"]
    assert found.counts["notes"] == 4


async def test_climb_ends_in_a_circle(
    org: Org, catalog: Catalog, samples: list[Row], root: Any
) -> None:
    await root.execute(
        "UPDATE data.sample SET parent_id = $1 WHERE id = $2", samples[3]["id"], samples[0]["id"]
    )
    begin = replace(of(catalog, "way", title="s2"), climbs="parent_id")
    found = await survey(org.repositories, [begin])
    assert found.counts == {"way": 4}


async def test_counts_are_exact_and_lists_are_cut(
    org: Org, catalog: Catalog, samples: list[Row]
) -> None:
    some = replace(of(catalog, "some"), limit=2, order="title")
    found = await survey(
        org.repositories,
        [
            some,
            replace(of(catalog, "none"), limit=0),
            replace(of(catalog, "shares"), per="flag", share=1),
        ],
        [Tally("by flag", "some", ("flag",)), Tally("by both", "some", ("flag", "parent_id"))],
    )
    assert found.counts == {"some": 5, "none": 5, "shares": 5}
    assert titles(found.rows["some"]) == ["s0", "s1"]
    assert found.rows["none"] == []
    assert titles(found.rows["shares"]) == ["s0", "s1"]
    assert sorted(found.tallies["by flag"]) == [(False, 3), (True, 2)]
    assert (False, None, 2) in found.tallies["by both"]


async def test_survey_of_nothing(org: Org, catalog: Catalog) -> None:
    found = await survey(org.repositories, [of(catalog, "all")], [Tally("flags", "all", ("flag",))])
    assert (found.counts, found.rows, found.tallies) == ({"all": 0}, {"all": []}, {"flags": []})


async def test_other_organisation_is_in_no_set(
    org: Org, other_org: Org, catalog: Catalog, samples: list[Row]
) -> None:
    sets = [
        replace(of(catalog, "one", id=samples[3]["id"]), climbs="parent_id"),
        of(catalog, "all"),
        replace(of(catalog, "notes", "SampleNote"), links=(Link("sample_id", "all"),)),
    ]
    mine = await survey(org.repositories, sets, [Tally("flags", "all", ("flag",))])
    assert mine.counts == {"one": 4, "all": 5, "notes": 5}
    theirs = await survey(other_org.repositories, sets, [Tally("flags", "all", ("flag",))])
    assert theirs.counts == {"one": 0, "all": 0, "notes": 0}
    assert theirs.tallies == {"flags": []}


async def test_statement_names_the_organisation_at_every_table(
    org: Org, catalog: Catalog, samples: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    fetch_row = Connections.fetch_row

    async def recording(self: Any, sql: str, arguments: Any) -> Any:
        sent.append(sql)
        return await fetch_row(self, sql, arguments)

    monkeypatch.setattr(Connections, "fetch_row", recording)
    vendors = catalog.tables["Sample"].relation_by_field["vendors"]
    linked = RecordSet(
        "linked",
        catalog.tables["Sample"],
        Through(vendors, Every()),
    )
    climbing = replace(of(catalog, "way", title="s3"), climbs="parent_id")
    notes = replace(
        of(catalog, "notes", "SampleNote"),
        links=(Link("sample_id", "way"),),
        without=(Link("sample_id", "linked"),),
        per="sample_id",
    )
    found = await survey(org.repositories, [linked, climbing, notes])
    assert found.counts == {"linked": 0, "way": 4, "notes": 4}
    (sql,) = sent
    assert sql.count("data.") == 7
    assert unscoped(sql) == []


async def test_fresh_connection_reads_a_survey(
    database: Database, connections: Connections, org: Org, catalog: Catalog, samples: list[Row]
) -> None:
    """What a connection has read before must not matter."""
    await connections.close()
    await connections.open()
    found = await survey(org.repositories, [of(catalog, "all")])
    assert found.counts == {"all": 5}
