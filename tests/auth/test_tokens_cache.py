import asyncio
import json
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from auth.claims import Claims
from auth.directory import DirectoryKind
from auth.errors import (
    KeyUnknown,
    OrganizationUnknown,
    TokenExpired,
)
from auth.keys import JwksUrl

NOW = 1_800_000_000


async def test_verify_answers_a_repeated_token_from_memory(
    verifier, directory, clock, ed, payload
) -> None:
    token = ed.sign(payload)
    first = await verifier.verify(token)
    clock.now += 29
    assert await verifier.verify(token) is first
    assert len(directory.asked) == 1
    clock.now += 1
    assert await verifier.verify(token) == first
    assert len(directory.asked) == 2


async def test_verify_remembers_no_refusal(verifier, directory, ed, payload, org) -> None:
    token = ed.sign(payload)
    entry = directory.entries.pop((DirectoryKind.id, str(org)))
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(token)
    directory.entries[DirectoryKind.id, str(org)] = entry
    assert await verifier.verify(token)


async def test_verify_never_answers_an_expired_token_from_memory(
    make_verifier, clock, ed, payload
) -> None:
    verifier = make_verifier(leeway=timedelta(0))
    token = ed.sign({**payload, "exp": NOW + 5})
    assert await verifier.verify(token)
    clock.now += 5
    with pytest.raises(TokenExpired):
        await verifier.verify(token)


async def test_verify_notices_a_deleted_organisation_within_30_seconds(
    verifier, directory, clock, ed, payload, org
) -> None:
    token = ed.sign(payload)
    assert await verifier.verify(token)
    del directory.entries[DirectoryKind.id, str(org)]
    clock.now += 29.9
    assert await verifier.verify(token)
    clock.now += 0.1
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(token)


async def test_verify_notices_a_withdrawn_key_once_its_source_does(
    make_verifier, clock, ed, ec256, payload
) -> None:
    published = [ed, ec256]

    async def fetch(url: str) -> bytes:
        return json.dumps({"keys": [signer.jwk() for signer in published]}).encode()

    cache_for = timedelta(minutes=1)
    source = JwksUrl("https://k.example.com/", fetch=fetch, cache_for=cache_for, clock=clock)
    verifier = make_verifier(keys=source)
    token = ed.sign(payload)
    assert await verifier.verify(token)
    published.remove(ed)
    clock.now += 59
    assert await verifier.verify(token)
    clock.now += 30
    with pytest.raises(KeyUnknown):
        await verifier.verify(token)
    assert await verifier.verify(ec256.sign(payload))


async def test_forget_all_takes_effect_at_once(verifier, directory, ed, payload, org) -> None:
    token = ed.sign(payload)
    assert await verifier.verify(token)
    del directory.entries[DirectoryKind.id, str(org)]
    assert await verifier.verify(token)
    verifier.forget_all()
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(token)


async def test_forget_all_reaches_a_token_being_verified(
    verifier, directory, ed, payload, org
) -> None:
    token = ed.sign(payload)
    directory.while_asked = verifier.forget_all
    assert await verifier.verify(token)
    directory.while_asked = lambda: None
    del directory.entries[DirectoryKind.id, str(org)]
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(token)


async def test_verify_remembers_a_bounded_number(make_verifier, directory, ed, payload) -> None:
    verifier = make_verifier(cache_size=2)
    tokens = [ed.sign({**payload, "jti": f"t-{n}"}) for n in range(3)]
    for token in tokens:
        assert await verifier.verify(token)
    assert await verifier.verify(tokens[2])
    assert len(directory.asked) == 3
    assert await verifier.verify(tokens[0])
    assert len(directory.asked) == 4


async def test_verify_answers_concurrent_callers(verifier, ed, payload) -> None:
    token = ed.sign(payload)
    calls: list[Awaitable[Claims]] = [verifier.verify(token) for _ in range(20)]
    assert len({claims.subject for claims in await asyncio.gather(*calls)}) == 1
