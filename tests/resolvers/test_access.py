"""Following a relation is reading its keys."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.describe import Catalog
from palisade.service import Service
from perimeter.access import AccessRules
from resolvers.access import Access, Decision

CASES = [
    ("Integration", "vendor_id", "{ integrations { nodes { vendor { id } } } }"),
    ("Integration", "vendor_id", "{ integrations(where: {vendor: {}}) { totalCount } }"),
    ("Integration", "vendor_id", "{ vendors { nodes { integrations { totalCount } } } }"),
    ("Integration", "vendor_id", "{ vendors(where: {integrations: {}}) { totalCount } }"),
    ("Membership", "user_id", "{ users { nodes { groups { totalCount } } } }"),
    ("Membership", "group_id", "{ users { nodes { groups { totalCount } } } }"),
    ("Membership", "group_id", "{ groups(where: {members: {}}) { totalCount } }"),
]


def without(access: Access, type_name: str, column: str) -> Access:
    """The access with one column refused."""
    columns: Mapping[str, Mapping[str, Decision]] = {
        **access.columns,
        type_name: {**access.columns[type_name], column: Decision.REFUSE},
    }
    return Access(columns, access.writable)


@pytest.mark.parametrize(("type_name", "column", "query"), CASES)
async def test_relation_needs_its_keys(
    type_name: str,
    column: str,
    query: str,
    org: Any,
    ask: Any,
    catalog: Catalog,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "errors" not in await ask(org, query)
    allowed = AccessRules.access_of
    monkeypatch.setattr(
        AccessRules,
        "access_of",
        lambda self, claims: without(allowed(self, claims), type_name, column),
    )
    answer = await ask(org, query)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
