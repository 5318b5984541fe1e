"""The list of an identity provider, in the words of several of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.transfer.grant_list import ConsentRow, GrantList
from jobs.transfer.lines import FileRefused
from models.describe import Catalog


@pytest.fixture
def lists(catalog: Catalog) -> GrantList:
    tables = catalog.tables
    return GrantList(
        user=tables["User"], application=tables["SaasApplication"], grant=tables["Grant"]
    )


def read(lists: GrantList, path: Path, content: str) -> list[ConsentRow]:
    path.write_text(content)
    return list(lists.rows(path))


@pytest.mark.parametrize(
    "header",
    [
        "user,app,client_id,scopes,granted_at,last_used_at",
        "User Email,Application,ClientID,SCOPE,Authorized-At,Last Used",
        "userKey,displayText,clientId,scopes,created_at,lastAccessedAt",
    ],
)
def test_columns_have_several_names(lists: GrantList, tmp_path: Path, header: str) -> None:
    row = "ana@a.example,Mail Merge,c1, a.read  b ,2026-01-31T09:15:00Z,"
    (found,) = read(lists, tmp_path / "list.csv", f"{header}\n{row}\n")
    consent = found.consent
    assert consent
    assert (consent.user, consent.app, consent.client_id) == ("ana@a.example", "Mail Merge", "c1")
    assert consent.scopes == ("a.read", "b")
    assert consent.granted_at == datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
    assert consent.last_used_at is None


def test_unknown_columns_are_passed_over(lists: GrantList, tmp_path: Path) -> None:
    content = "native,user,app,scopes\nyes,ana@a.example,Mail,a\n"
    (found,) = read(lists, tmp_path / "list.csv", content)
    assert found.consent
    assert found.consent.client_id is None


@pytest.mark.parametrize("header", ["user,app", "user,email,app,scopes", "a;b;c", "", "user"])
def test_header_that_lacks_or_doubles_a_column_is_refused(
    lists: GrantList, tmp_path: Path, header: str
) -> None:
    with pytest.raises(FileRefused):
        read(lists, tmp_path / "list.csv", f"{header}\n")


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (",Mail,a", "MISSING_FIELD", "user"),
        ("ana@a.example,,a", "MISSING_FIELD", "app"),
        ("ana@a.example,Mail,", "MISSING_FIELD", "scopes"),
        ("ana,Mail,a", "BAD_VALUE", "user"),
        (f"ana@a.example,{'x' * 201},a", "BAD_VALUE", "app"),
        (f"ana@a.example,Mail,{'x' * 501}", "BAD_VALUE", "scopes"),
        ("ana@a.example,Mail,ü", "BAD_VALUE", "scopes"),
        (f"ana@a.example,Mail,{' '.join(map(str, range(101)))}", "BAD_VALUE", "scopes"),
        ("ana@a.example,Mail", "BROKEN_ROW", None),
    ],
)
def test_broken_row_is_told_and_the_next_is_read(
    lists: GrantList, tmp_path: Path, row: str, code: str, field: str | None
) -> None:
    content = f"user,app,scopes\n{row}\nana@a.example,Mail,a\n"
    bad, good = read(lists, tmp_path / "list.csv", content)
    assert bad.refusal
    assert (bad.refusal.code, bad.refusal.field) == (code, field)
    assert good.consent


def test_moment_needs_an_offset(lists: GrantList, tmp_path: Path) -> None:
    content = "user,app,scopes,granted_at\na@a.example,Mail,a,2026-01-31 09:15\n"
    (found,) = read(lists, tmp_path / "list.csv", content)
    assert found.refusal
    assert found.refusal.field == "granted_at"
