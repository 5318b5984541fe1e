import asyncio
import json
import logging
import os
from datetime import timedelta
from pathlib import Path

import pytest

from auth import keys as keys_module
from auth.errors import IssuerConfigurationError, KeysUnavailable
from auth.keys import MAX_BODY_BYTES, JwksFile, JwksUrl, StaticKeys, VerificationKey, fetch_body

URL = "https://login.example.com/jwks.json"
DAY = 24 * 3600
OVERSIZE = b'{"keys": []}' + b" " * MAX_BODY_BYTES


def key_set(*signers) -> bytes:
    return json.dumps({"keys": [signer.jwk() for signer in signers]}).encode()


class Endpoint:
    """A JWKS endpoint whose answer is set by hand; None is an endpoint that is down."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body
        self.fetches = 0
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, url: str) -> bytes:
        assert url == URL
        self.fetches += 1
        self.reached.set()
        await self.gate.wait()
        if self.body is None:
            raise OSError("connection refused")
        return self.body


@pytest.fixture
def endpoint(ed) -> Endpoint:
    return Endpoint(key_set(ed))


@pytest.fixture
def source(endpoint: Endpoint, clock) -> JwksUrl:
    return JwksUrl(URL, fetch=endpoint.fetch, cache_for=timedelta(minutes=5), clock=clock)


async def test_static_keys_find_by_id(ed, ec256) -> None:
    source = StaticKeys([ed.verification_key, ec256.verification_key])
    assert list(await source.find("ec-1")) == [ec256.verification_key]
    assert not await source.find("rsa-1")
    assert not await source.find(None)


async def test_static_keys_refuse_a_shared_id(ed, ec256) -> None:
    with pytest.raises(IssuerConfigurationError):
        StaticKeys([ed.verification_key, VerificationKey("ed-1", ec256.private.public_key())])


async def test_jwks_file_follows_the_file(tmp_path: Path, ed, ec256) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ed))
    source = JwksFile(path)
    assert await source.find("ed-1")
    path.write_bytes(key_set(ec256))
    assert await source.find("ec-1")
    assert not await source.find("ed-1")


async def test_jwks_file_notices_a_change_of_the_same_size(tmp_path: Path, ed, ed_other) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ed))
    size = path.stat().st_size
    source = JwksFile(path)
    assert await source.find("ed-1")
    path.write_bytes(key_set(ed_other))
    os.utime(path, ns=(1, 1))
    assert path.stat().st_size == size
    assert await source.find("ed-2")


async def test_jwks_file_is_read_once_while_unchanged(tmp_path: Path, ed, monkeypatch) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ed))
    source = JwksFile(path)
    assert await source.find("ed-1")
    monkeypatch.setattr(keys_module, "read_key_set", None)
    assert await source.find("ed-1")


async def test_jwks_file_missing_at_first_is_unavailable(tmp_path: Path, ed) -> None:
    source = JwksFile(tmp_path / "jwks.json")
    with pytest.raises(KeysUnavailable) as caught:
        await source.find("ed-1")
    assert caught.value.source == str(tmp_path / "jwks.json")
    (tmp_path / "jwks.json").write_bytes(key_set(ed))
    assert await source.find("ed-1")


@pytest.mark.parametrize("body", [b"{", b"{}", OVERSIZE], ids=len)
async def test_jwks_file_broken_leaves_the_keys_in_force(
    tmp_path: Path, ed, caplog, body: bytes
) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ed))
    source = JwksFile(path)
    assert await source.find("ed-1")
    path.write_bytes(body)
    assert await source.find("ed-1")
    path.unlink()
    for _ in range(3):
        assert await source.find("ed-1")
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/jwks.json",
        "http://localhost:8080/jwks",
        "http://127.0.0.1/jwks",
        "http://[::1]:80/jwks",
    ],
)
def test_jwks_url_takes_https_and_loopback(url: str) -> None:
    JwksUrl(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/jwks",
        "http://localhost.example.com/jwks",
        "http://127.0.0.1.example.com/jwks",
        "http://10.0.0.1/jwks",
        "http://169.254.169.254/latest",
        "https://user:secret@login.example.com/jwks",
        "https://login.example.com/jwks#part",
        "https:///jwks",
        "https://[::1/jwks",
        "file:///etc/passwd",
        "ftp://localhost/jwks",
        "",
    ],
)
def test_jwks_url_takes_no_other_url(url: str) -> None:
    with pytest.raises(IssuerConfigurationError) as caught:
        JwksUrl(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("cache_for", [timedelta(seconds=59), timedelta(hours=25)])
def test_jwks_url_refuses_a_cache_time_out_of_bounds(cache_for: timedelta) -> None:
    with pytest.raises(IssuerConfigurationError):
        JwksUrl(URL, cache_for=cache_for)
    JwksUrl(URL, cache_for=timedelta(hours=24))


async def test_jwks_url_caches(source: JwksUrl, endpoint: Endpoint, clock) -> None:
    for _ in range(5):
        assert await source.find("ed-1")
    clock.now += 299
    assert await source.find("ed-1")
    assert endpoint.fetches == 1
    clock.now += 1
    assert await source.find("ed-1")
    assert endpoint.fetches == 2


async def test_jwks_url_follows_a_rotation(
    source: JwksUrl, endpoint: Endpoint, clock, ed, ed_other
) -> None:
    assert await source.find("ed-1")
    endpoint.body = key_set(ed, ed_other)
    clock.now += 60
    assert await source.find("ed-2")
    endpoint.body = key_set(ed_other)
    clock.now += 300
    assert not await source.find("ed-1")
    assert await source.find("ed-2")


async def test_jwks_url_fetches_for_unknown_ids_once_a_minute(
    source: JwksUrl, endpoint: Endpoint, clock
) -> None:
    assert await source.find("ed-1")
    for second in range(180):
        assert not await source.find(f"unknown-{second}")
        clock.now += 1
    assert endpoint.fetches == 1 + 2


async def test_jwks_url_shares_one_fetch_among_concurrent_callers(
    source: JwksUrl, endpoint: Endpoint, clock
) -> None:
    assert await source.find("ed-1")
    clock.now += 60
    endpoint.gate.clear()
    callers = [asyncio.create_task(source.find(f"unknown-{n}")) for n in range(500)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    endpoint.gate.set()
    assert not any(await asyncio.gather(*callers))
    assert endpoint.fetches == 2


async def test_jwks_url_outlives_a_caller_who_hangs_up(source: JwksUrl, endpoint: Endpoint) -> None:
    endpoint.gate.clear()
    first, second = (asyncio.create_task(source.find("ed-1")) for _ in range(2))
    await endpoint.reached.wait()
    first.cancel()
    await asyncio.sleep(0)
    endpoint.gate.set()
    assert await second
    assert endpoint.fetches == 1


async def test_jwks_url_keeps_the_keys_while_the_endpoint_is_down(
    source: JwksUrl, endpoint: Endpoint, clock, caplog
) -> None:
    assert await source.find("ed-1")
    endpoint.body = None
    for _ in range(10):
        clock.now += 600
        assert await source.find("ed-1")
        assert not await source.find("unknown")
    assert len(caplog.records) == endpoint.fetches - 1 == 10


async def test_jwks_url_gives_up_the_keys_of_an_endpoint_long_down(
    source: JwksUrl, endpoint: Endpoint, clock, ed
) -> None:
    assert await source.find("ed-1")
    endpoint.body = None
    clock.now += DAY - 1
    assert await source.find("ed-1")
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        await source.find("ed-1")
    endpoint.body = key_set(ed)
    clock.now += 60
    assert await source.find("ed-1")


async def test_jwks_url_down_at_first_is_unavailable_and_tried_again_soon(
    source: JwksUrl, endpoint: Endpoint, clock, ed
) -> None:
    endpoint.body = None
    for _ in range(3):
        with pytest.raises(KeysUnavailable) as caught:
            await source.find("ed-1")
    assert (caught.value.source, endpoint.fetches) == (URL, 1)
    endpoint.body = key_set(ed)
    clock.now += 5
    assert await source.find("ed-1")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"\xff", OVERSIZE], ids=len)
async def test_jwks_url_ignores_a_broken_document(
    source: JwksUrl, endpoint: Endpoint, clock, body: bytes
) -> None:
    assert await source.find("ed-1")
    endpoint.body = body
    clock.now += 300
    assert await source.find("ed-1")


async def test_jwks_url_believes_an_empty_set(source: JwksUrl, endpoint: Endpoint, clock) -> None:
    assert await source.find("ed-1")
    endpoint.body = key_set()
    clock.now += 300
    assert not await source.find("ed-1")


async def test_jwks_url_skips_private_keys(clock, caplog, ed, ec256) -> None:
    leaked = json.dumps({"keys": [ed.private_jwk(), ec256.jwk()]}).encode()
    source = JwksUrl(URL, fetch=Endpoint(leaked).fetch, clock=clock)
    with caplog.at_level(logging.WARNING):
        assert not await source.find("ed-1")
    assert await source.find("ec-1")
    assert "private or symmetric key material" in caplog.text


def http_answer(body: bytes, *, status: str = "200 OK", header: str = "x-none: 1") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{header}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def test_jwks_url_fetches_over_http(serve, ed) -> None:
    async with serve(http_answer(key_set(ed))) as (url, requests):
        assert list(await JwksUrl(url).find("ed-1")) == [ed.verification_key]
    assert len(requests) == 1
    assert requests[0].startswith(b"GET /jwks.json HTTP/1.1")


async def test_fetch_body_takes_a_body_of_the_largest_size(serve) -> None:
    body = b" " * MAX_BODY_BYTES
    async with serve(http_answer(body)) as (url, _):
        assert await fetch_body(url) == body


async def test_fetch_body_stops_at_the_largest_size(serve) -> None:
    async with serve(http_answer(b" " * (MAX_BODY_BYTES + 1))) as (url, _):
        with pytest.raises(ValueError, match="too large"):
            await fetch_body(url)


async def test_fetch_body_does_not_unpack_a_compressed_body(serve) -> None:
    answer = http_answer(b"packed", header="content-encoding: gzip")
    async with serve(answer) as (url, requests):
        assert await fetch_body(url) == b"packed"
    assert b"accept-encoding: identity" in requests[0].lower()


async def test_fetch_body_follows_no_redirect(serve, ed) -> None:
    async with serve(http_answer(key_set(ed))) as (target, hits):
        answer = http_answer(b"", status="302 Found", header=f"location: {target}")
        async with serve(answer) as (url, _):
            with pytest.raises(ValueError, match="status 302"):
                await fetch_body(url)
    assert hits == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "204 No Content"])
async def test_fetch_body_takes_no_other_status(serve, ed, status: str) -> None:
    async with serve(http_answer(key_set(ed), status=status)) as (url, _):
        with pytest.raises(ValueError, match=f"status {status[:3]}"):
            await fetch_body(url)


async def test_fetch_body_ends_in_bounded_time(serve, monkeypatch) -> None:
    monkeypatch.setattr(keys_module, "FETCH_TIMEOUT", timedelta(milliseconds=50))
    async with serve(None) as (url, _):
        with pytest.raises(TimeoutError):
            await fetch_body(url)
