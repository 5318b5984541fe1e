"""The datasets and fields that are derived from models."""

import dataclasses

from models.conditions import equal
from models.datasets import DataField, Dataset
from models.describe import Catalog
from perimeter.inventory import Changes, keep_in_step
from repository.criteria import ALL, Criteria, criteria_of
from repository.statements import Listing
from tests.conftest import Org


async def test_keep_in_step_makes_a_dataset_for_each_type_and_a_field_for_each_column(
    org: Org, other_org: Org, catalog: Catalog
) -> None:
    made = await keep_in_step(org.repositories, catalog)
    tables = catalog.tables
    datasets, fields = await org.repositories.lists(
        [Listing(tables["Dataset"], ALL, 1000), Listing(tables["DataField"], ALL, 10_000)]
    )
    models = {row["model"]: row["id"] for row in datasets}
    assert set(models) == {table.type for table in catalog.exposed}
    shown = {
        (models[table.type], column.field, column.level.name, column.category.value)
        for table in catalog.exposed
        for column in table.columns
        if column.exposed
    }
    present = {(row["dataset_id"], row["name"], row["level"], row["category"]) for row in fields}
    assert present == shown
    assert all(row["derived"] for row in fields)
    assert made == Changes(made=len(models) + len(shown))
    assert await other_org.repositories.of(Dataset).count() == 0


async def test_keep_in_step_writes_nothing_that_is_in_step(org: Org, catalog: Catalog) -> None:
    await keep_in_step(org.repositories, catalog)
    assert await keep_in_step(org.repositories, catalog) == Changes()


async def test_keep_in_step_sets_back_what_was_changed_and_leaves_what_is_not_derived(
    org: Org, catalog: Catalog
) -> None:
    await keep_in_step(org.repositories, catalog)
    fields = org.repositories.of(DataField)
    email = await fields.find(_where(catalog, "DataField", "name", "email"))
    assert email is not None
    await fields.update(email["id"], version=email["version"], values={"level": "PUBLIC"})
    own = {"name": "nickname", "level": "PUBLIC", "category": "PERSONAL"}
    mine = await fields.create({**own, "dataset_id": email["dataset_id"]})
    assert await keep_in_step(org.repositories, catalog) == Changes(changed=1)
    assert (await fields.get(email["id"]))["level"] == "CONFIDENTIAL"
    assert await fields.get(mine["id"]) == mine


async def test_keep_in_step_takes_away_fields_of_columns_that_are_gone(
    org: Org, catalog: Catalog
) -> None:
    await keep_in_step(org.repositories, catalog)
    vendor = catalog.tables["Vendor"]
    columns = tuple(column for column in vendor.columns if column.name != "country")
    fewer = {**catalog.tables, "Vendor": dataclasses.replace(vendor, columns=columns)}
    gone = await keep_in_step(org.repositories, dataclasses.replace(catalog, tables=fewer))
    assert gone == Changes(gone=1)
    assert await keep_in_step(org.repositories, catalog) == Changes(made=1)


async def test_keep_in_step_leaves_datasets_of_models_that_are_not_loaded(
    org: Org, catalog: Catalog
) -> None:
    await keep_in_step(org.repositories, catalog)
    fewer = {name: table for name, table in catalog.tables.items() if name != "Clause"}
    loaded = dataclasses.replace(catalog, tables=fewer)
    assert await keep_in_step(org.repositories, loaded) == Changes()


async def test_keep_in_step_takes_another_name_where_its_own_is_taken(
    org: Org, catalog: Catalog
) -> None:
    await org.repositories.of(Dataset).create({"name": "Clause"})
    await keep_in_step(org.repositories, catalog)
    made = await org.repositories.of(Dataset).find(_where(catalog, "Dataset", "model", "Clause"))
    assert made is not None
    assert made["name"] == "Clause (2)"


def _where(catalog: Catalog, type_: str, column: str, value: str) -> Criteria:
    return criteria_of(equal(column, value), catalog.tables[type_], catalog)
