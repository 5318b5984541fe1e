"""A service whose schema is built once, and the command line as a process."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.development import DevelopmentIssuer
from palisade.service import Service, connected, make_service
from repository.context import ContextKey


@pytest.fixture(scope="session")
def built_service(urls: Any, context_key: ContextKey, issuer: DevelopmentIssuer) -> Service:
    """A service that is not connected; building its schema takes longer than most tests."""
    return make_service(
        models=(),
        app_url=urls.app,
        context_key=context_key,
        issuer=issuer.as_issuer(),
        connections=4,
    )


@pytest.fixture
async def service(built_service: Service) -> AsyncIterator[Service]:
    async with connected(built_service):
        yield built_service
