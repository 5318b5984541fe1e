"""One caller's way to the records of an organisation, as an administrator."""

from collections.abc import Callable

import pytest

from auth.claims import Claims
from auth.scopes import Role, role_scopes
from models.describe import Catalog
from perimeter.access import AccessRules
from perimeter.insight.reading import Insight
from tests.conftest import Org
from tests.planting import Planter

MakeInsight = Callable[..., Insight]


@pytest.fixture
def insight_of(org: Org, catalog: Catalog) -> MakeInsight:
    """What a caller with these scopes sees; an administrator's unless given."""

    def make(scopes: frozenset[str] | None = None) -> Insight:
        if scopes is None:
            scopes = role_scopes(Role.admin, [table.type for table in catalog.exposed])
        claims = Claims(
            subject="somebody",
            issuer="tests",
            client_id=None,
            org_id=org.org_id,
            scopes=scopes,
            token_id=None,
            issued_at=None,
            expires_at=2**40,
        )
        access = AccessRules(catalog).access_of(claims)
        return Insight(org.repositories, catalog, access, "answer")

    return make


@pytest.fixture
def insight(insight_of: MakeInsight) -> Insight:
    return insight_of()


@pytest.fixture
def plants(org: Org) -> Planter:
    return Planter(org.repositories)
