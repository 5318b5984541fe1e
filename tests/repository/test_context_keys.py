import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from auth.organization import mint_org_id
from migrations.runner import build
from models.describe import Catalog
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.walls import PolicyForm
from tests.conftest import Urls

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def keyless(make_database: Callable[[], Urls], catalog: Catalog, policy_form: PolicyForm) -> Urls:
    """A database of its own, for its keys are changed."""
    urls = make_database()
    asyncio.run(build(urls.superuser, catalog, form=policy_form))
    return urls


async def accepts(urls: Urls, key: ContextKey) -> bool:
    org_id = mint_org_id(uuid4())
    connection = await asyncpg.connect(urls.app)
    try:
        async with connection.transaction():
            await connection.execute("SELECT palisade.enter($1)", ContextSigner(key).sign(org_id))
            found = await connection.fetchval("SELECT palisade.org_id()")
            assert found == org_id.value
            return True
    except asyncpg.InvalidAuthorizationSpecificationError:
        return False
    finally:
        await connection.close()


async def retire(urls: Urls, key: ContextKey) -> None:
    connection = await asyncpg.connect(urls.superuser)
    try:
        await connection.execute(
            "UPDATE palisade.context_key SET retires_at = now() WHERE id = $1", key.id
        )
    finally:
        await connection.close()


async def ids(urls: Urls) -> dict[str, bool]:
    connection = await asyncpg.connect(urls.superuser)
    try:
        rows = await connection.fetch("SELECT id, retires_at FROM palisade.context_key")
        return {row["id"]: row["retires_at"] is not None for row in rows}
    finally:
        await connection.close()


async def test_keys_overlap_and_then_retire(keyless: Urls) -> None:
    first, second, third = (ContextKey.generate() for _ in range(3))
    assert not await accepts(keyless, first)

    await install_context_key(keyless.owner, first, overlap=HOUR)
    assert await accepts(keyless, first)
    assert not await accepts(keyless, second)

    await install_context_key(keyless.superuser, second, overlap=HOUR)
    assert await accepts(keyless, first)
    assert await accepts(keyless, second)
    assert await ids(keyless) == {first.id: True, second.id: False}

    await retire(keyless, first)
    assert not await accepts(keyless, first)
    assert await accepts(keyless, second)

    await install_context_key(keyless.owner, third, overlap=HOUR)
    assert await ids(keyless) == {second.id: True, third.id: False}
    assert await accepts(keyless, third)


async def test_no_overlap_ends_the_present_keys_at_once(keyless: Urls) -> None:
    leaked, fresh = ContextKey.generate(), ContextKey.generate()
    await install_context_key(keyless.owner, leaked, overlap=HOUR)
    assert await accepts(keyless, leaked)
    await install_context_key(keyless.owner, fresh, overlap=timedelta(0))
    assert not await accepts(keyless, leaked)
    assert await accepts(keyless, fresh)


async def test_a_shorter_overlap_shortens_and_a_longer_one_does_not_lengthen(keyless: Urls) -> None:
    old, middle, new, last = (ContextKey.generate() for _ in range(4))
    await install_context_key(keyless.owner, old, overlap=HOUR)

    async def left() -> timedelta:
        connection = await asyncpg.connect(keyless.superuser)
        try:
            value = await connection.fetchval(
                "SELECT retires_at - now() FROM palisade.context_key WHERE id = $1", old.id
            )
            assert isinstance(value, timedelta)
            return value
        finally:
            await connection.close()

    await install_context_key(keyless.owner, middle, overlap=HOUR)
    assert timedelta(minutes=59) < await left() <= HOUR
    await install_context_key(keyless.owner, new, overlap=timedelta(minutes=1))
    assert timedelta(0) < await left() <= timedelta(minutes=1)
    await install_context_key(keyless.owner, last, overlap=HOUR)
    assert timedelta(0) < await left() <= timedelta(minutes=1)


async def test_the_application_role_installs_no_key(keyless: Urls) -> None:
    key = ContextKey.generate()
    before = await ids(keyless)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await install_context_key(keyless.app, key, overlap=HOUR)
    assert await ids(keyless) == before
    assert not await accepts(keyless, key)
    await install_context_key(keyless.owner, key, overlap=HOUR)
    assert await accepts(keyless, key)


async def test_a_key_id_is_used_once(keyless: Urls) -> None:
    key = ContextKey.generate()
    await install_context_key(keyless.owner, key, overlap=HOUR)
    before = await ids(keyless)
    with pytest.raises(asyncpg.UniqueViolationError):
        await install_context_key(
            keyless.owner, ContextKey(key.id, ContextKey.generate().secret), overlap=HOUR
        )
    assert await ids(keyless) == before
    assert await accepts(keyless, key)
