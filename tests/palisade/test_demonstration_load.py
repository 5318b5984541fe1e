"""Whether the database takes the demonstration's rows, once, and as many as were asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.base import Model
from models.conditions import Operator
from models.describe import Catalog
from models.grants import Grant
from models.integrations import Integration
from models.people import User
from palisade.demonstration.inventory import demonstrated, inventories
from palisade.demonstration.load import fill
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.story import story_of
from repository.criteria import ALL, Compare
from repository.errors import GuardRefused
from repository.statements import Listing

NOW = datetime.now(UTC)
SEED = 5
GENERATED = list(demonstrated(3, seed=SEED))[-1]


async def filled(
    org: Any, organisation: Organisation = GENERATED, *, parts: int = 1, seed: int = SEED
) -> tuple[bool, list[int]]:
    """Whether it is filled, and which parts were written for it."""
    written: list[int] = []
    done = await fill(
        org.repositories,
        organisation,
        parts=parts,
        seed=seed,
        now=NOW,
        say=lambda part, rows: written.append(part),
    )
    return done, written


async def rows_of(org: Any, catalog: Catalog, model: type[Model]) -> list[Any]:
    listing = Listing(catalog.tables[model.__name__], ALL, 100_000)
    (rows,) = await org.repositories.lists([listing])
    return list(rows)


async def test_fill_writes_every_row_as_it_was_made(org: Any, catalog: Catalog) -> None:
    assert await filled(org) == (True, [0])
    (made,) = inventories(GENERATED, parts=range(1), seed=SEED, now=NOW)
    for model, rows in made.rows.items():
        there = {row["id"]: row for row in await rows_of(org, catalog, model)}
        assert len(there) == len(rows), model.__name__
        for row in rows:
            found = there[row["id"]]
            assert {name: found[name] for name in row} == row, model.__name__


async def test_fill_writes_what_is_missing_and_nothing_twice(org: Any, catalog: Catalog) -> None:
    assert await filled(org, parts=2) == (True, [0, 1])
    assert await filled(org, parts=2) == (True, [])
    assert await filled(org, parts=3) == (True, [2])
    assert len(await rows_of(org, catalog, User)) == 36
    assert len(await rows_of(org, catalog, Integration)) == 65 + 50 + 50


async def test_fill_leaves_what_is_of_another_seed(org: Any, catalog: Catalog) -> None:
    await filled(org)
    before = await rows_of(org, catalog, Integration)
    other = list(demonstrated(3, seed=SEED + 1))[-1]
    assert await filled(org, other, seed=SEED + 1) == (False, [])
    assert await rows_of(org, catalog, Integration) == before


async def test_two_organisations_are_filled_with_the_same_ids_apart(
    org: Any, other_org: Any, catalog: Catalog
) -> None:
    """Ids come from the seed, and organisations still have nothing in common but them."""
    await filled(org)
    await filled(other_org)
    ours = await rows_of(org, catalog, User)
    theirs = await rows_of(other_org, catalog, User)
    assert [row["id"] for row in ours] == [row["id"] for row in theirs]
    changed = await org.repositories.of(User).update(
        ours[0]["id"], version=1, values={"name": "Somebody Else"}
    )
    assert changed["name"] != theirs[0]["name"]
    assert await rows_of(other_org, catalog, User) == theirs


async def test_story_stands_in_the_way_of_what_it_says(org: Any, catalog: Catalog) -> None:
    """Guards refuse a new permission for the vendor with a weakness, and personal data without
    an agreement; a vendor in good order gets both."""
    await filled(org)
    story = story_of(GENERATED)
    weak = f"{story.vulnerable} \N{EN DASH} contract signing"
    unagreed = " \N{EN DASH} ".join(story.unagreed)
    good = " \N{EN DASH} ".join(story.plaintext)
    for name, category, rule in (
        (weak, "BUSINESS", "penetration finding"),
        (unagreed, "PERSONAL", "agreement on data processing"),
    ):
        with pytest.raises(GuardRefused) as refused:
            await grant(org, catalog, name, category)
        assert rule in refused.value.rule
        await grant(org, catalog, good, category)
    await grant(org, catalog, unagreed, "BUSINESS")


async def grant(org: Any, catalog: Catalog, integration: str, category: str) -> None:
    column = catalog.tables["Integration"].by_name["name"]
    found = await org.repositories.of(Integration).find(Compare(column, Operator.EQ, integration))
    await org.repositories.of(Grant).create(
        {
            "scope": f"more.{category}",
            "categories": [category],
            "granted_at": NOW,
            "integration_id": found["id"],
        }
    )
