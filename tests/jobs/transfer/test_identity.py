"""Ids of rows that name none: the same for the same row, telling nothing that is hidden."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from auth.organization import OrgId, mint_org_id
from jobs.transfer.identity import Identity
from jobs.transfer.ledger import Ledger
from jobs.transfer.validation import RowCheck
from models.describe import Catalog

SITE = str(uuid4())


@pytest.fixture
def org_id() -> OrgId:
    return mint_org_id(uuid4())


def ids(
    catalog: Catalog, org_id: OrgId, rows: list[dict[str, Any]], type: str = "Specimen"
) -> list[UUID]:
    table = catalog.tables[type]
    check = RowCheck(table)
    with Ledger() as ledger:
        identity = Identity(org_id, table, ledger)
        return [identity.id_of(check.checked(row)) for row in rows]


def specimen(**values: Any) -> dict[str, Any]:
    return {"label": "one", "siteId": SITE, **values}


def test_same_row_has_the_same_id(catalog: Catalog, org_id: OrgId) -> None:
    rows = [specimen(), specimen(label="two"), specimen(rank=1)]
    found = ids(catalog, org_id, rows)
    assert ids(catalog, org_id, rows) == found
    assert ids(catalog, org_id, rows[:2]) == found[:2]
    assert ids(catalog, org_id, rows[::-1]) == found[::-1]
    assert len(set(found)) == 3


def test_rows_that_are_alike_are_different_records(catalog: Catalog, org_id: OrgId) -> None:
    first, second = ids(catalog, org_id, [specimen(), specimen()])
    assert first != second


def test_null_and_absent_are_the_same(catalog: Catalog, org_id: OrgId) -> None:
    assert ids(catalog, org_id, [specimen(rank=None)]) == ids(catalog, org_id, [specimen()])


def test_organisations_and_types_have_different_ids(catalog: Catalog, org_id: OrgId) -> None:
    other = mint_org_id(uuid4())
    assert ids(catalog, org_id, [specimen()]) != ids(catalog, other, [specimen()])
    company = {"label": "one"}
    assert ids(catalog, org_id, [company], "Site") != ids(
        catalog, org_id, [{"name": "one"}], "Group"
    )


@pytest.mark.parametrize("hidden", [{"contact": "a"}, {"dose": 1}, {"secret": "a"}])
def test_id_tells_nothing_above_internal(
    catalog: Catalog, org_id: OrgId, hidden: dict[str, Any]
) -> None:
    """Else who sees the id could guess the value, and compare."""
    assert ids(catalog, org_id, [specimen(**hidden)]) == ids(catalog, org_id, [specimen()])
    assert ids(catalog, org_id, [specimen(code="AB-1234")]) != ids(catalog, org_id, [specimen()])


def test_id_is_a_uuid_of_version_8(catalog: Catalog, org_id: OrgId) -> None:
    for id in ids(catalog, org_id, [specimen(rank=rank) for rank in range(1, 10)]):
        assert id.version == 8
        assert id.variant == "specified in RFC 4122"
