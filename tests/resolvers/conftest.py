"""The service with own models that have every kind of column."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from auth.claims import Claims
from auth.organization import mint_org_id
from palisade.service import Service
from perimeter.access import AccessRules
from resolvers.context import Context
from tests.conftest import ACTOR, Org
from tests.isolation.conftest import (  # noqa: F401  fixtures
    catalog,
    make_attacked,
    prepare,
    service,
    unconnected,
    urls,
)

AskAs = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def make_context(service: Service) -> Callable[[Org, Iterable[str]], Context]:  # noqa: F811
    """The context of a request with exactly these scopes."""

    def make(org: Org, scopes: Iterable[str]) -> Context:
        claims = Claims(
            subject="somebody",
            issuer="tests",
            client_id=None,
            org_id=mint_org_id(org.id),
            scopes=frozenset(scopes),
            token_id=None,
            issued_at=None,
            expires_at=2**40,
        )
        rules = AccessRules(service.catalog)
        return Context(
            claims,
            "request-id",
            service.catalog,
            service.database.of(claims.org_id, ACTOR),
            access=rules.access_of(claims),
        )

    return make
