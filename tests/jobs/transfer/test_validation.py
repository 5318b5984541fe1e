"""Rows are held to the rules of GraphQL inputs; what no row may say is told by its code."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from jobs.transfer.problems import RowRefused
from jobs.transfer.validation import RowCheck
from models.describe import Catalog

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
GOOD = {"label": "one", "siteId": ID}


@pytest.fixture(scope="module")
def check(catalog: Catalog) -> RowCheck:
    return RowCheck(catalog.tables["Specimen"])


def test_row_becomes_values_to_bind(check: RowCheck) -> None:
    row = check.checked(
        {
            **GOOD,
            "id": ID.upper(),
            "createdAt": "2026-01-31T10:15:00+01:00",
            "updatedAt": "2026-01-31T09:15:00.123456Z",
            "version": 3,
            "code": "AB-1234",
            "rank": 9,
            "atoms": "9223372036854775807",
            "weight": 1,
            "price": "1.250",
            "alive": True,
            "bornOn": "2026-01-31",
            "phase": "MEASURED",
            "tags": ["a"],
            "facts": {"a": [1]},
            "inside": "hidden",
            "verdict": "set by jobs",
        }
    )
    assert row["id"] == UUID(ID)
    assert row["created_at"] == datetime.datetime(2026, 1, 31, 9, 15, tzinfo=datetime.UTC)
    assert row["atoms"] == 2**63 - 1
    assert row["price"] == Decimal("1.25")
    assert row["phase"] == "measured"
    assert (row["inside"], row["verdict"], row["version"]) == ("hidden", "set by jobs", 3)


def test_row_without_id_has_none(check: RowCheck) -> None:
    assert "id" not in check.checked(GOOD)
    assert "id" not in check.checked({**GOOD, "id": None})


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("orgId", ID, "FIELD_REFUSED"),
        ("org_id", ID, "FIELD_REFUSED"),
        ("site", ID, "FIELD_REFUSED"),
        ("handovers", [], "FIELD_REFUSED"),
        ("nonsense", 1, "UNKNOWN_FIELD"),
        ("site_id", ID, "UNKNOWN_FIELD"),
        ("id", "1", "BAD_VALUE"),
        ("id", f"{{{ID}}}", "BAD_VALUE"),
        ("id", 1, "BAD_VALUE"),
        ("siteId", "", "BAD_VALUE"),
        ("siteId", None, "BAD_VALUE"),
        ("label", None, "BAD_VALUE"),
        ("label", "x" * 81, "BAD_VALUE"),
        ("label", "\0", "BAD_VALUE"),
        ("label", 1, "BAD_VALUE"),
        ("code", "ab-1234", "BAD_VALUE"),
        ("rank", 0, "BAD_VALUE"),
        ("rank", 1.5, "BAD_VALUE"),
        ("rank", "1", "BAD_VALUE"),
        ("rank", True, "BAD_VALUE"),
        ("version", 2**31, "BAD_VALUE"),
        ("atoms", "9223372036854775808", "BAD_VALUE"),
        ("atoms", 1.5, "BAD_VALUE"),
        ("weight", "1", "BAD_VALUE"),
        ("weight", True, "BAD_VALUE"),
        ("price", "1.2345", "BAD_VALUE"),
        ("price", "1e99", "BAD_VALUE"),
        ("price", "NaN", "BAD_VALUE"),
        ("alive", "true", "BAD_VALUE"),
        ("alive", None, "BAD_VALUE"),
        ("seenAt", "2026-01-31T09:15:00", "BAD_VALUE"),
        ("seenAt", "2026-02-30T09:15:00Z", "BAD_VALUE"),
        ("seenAt", 1, "BAD_VALUE"),
        ("bornOn", "31.01.2026", "BAD_VALUE"),
        ("phase", "measured", "BAD_VALUE"),
        ("phase", ["RAW"], "BAD_VALUE"),
        ("tags", "a", "BAD_VALUE"),
        ("tags", ["a", "b", "c", "d"], "BAD_VALUE"),
        ("tags", [None], "BAD_VALUE"),
        ("facts", {"a": "x" * 400}, "BAD_VALUE"),
    ],
)
def test_rule_that_is_broken_is_told(check: RowCheck, field: str, value: Any, code: str) -> None:
    with pytest.raises(RowRefused) as refused:
        check.checked({**GOOD, field: value})
    assert refused.value.code == code
    assert refused.value.field is not None
    assert refused.value.field.partition(".")[0] == field
    assert check.checked(GOOD)["label"] == "one"


@pytest.mark.parametrize("field", GOOD)
def test_missing_field_is_told(check: RowCheck, field: str) -> None:
    with pytest.raises(RowRefused) as refused:
        check.checked({name: value for name, value in GOOD.items() if name != field})
    assert (refused.value.code, refused.value.field) == ("MISSING_FIELD", field)


def test_refusal_names_no_value(check: RowCheck) -> None:
    with pytest.raises(RowRefused) as refused:
        check.checked({**GOOD, "code": "very secret"})
    assert "secret" not in refused.value.rule
