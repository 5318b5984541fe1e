"""What a browser gets, with and without a build. The built page itself is driven by console/e2e."""

import gzip
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from palisade.console import Console

SDL = "type Query { vendors: [Vendor!]! }"
DEMO = {
    "orgs": [{"slug": "acme", "id": "1", "tokens": {"viewer": "a-token"}}],
    "examples": [{"title": "Vendors", "query": "{ vendors { id } }", "kind": "query"}],
}
SCRIPT = b"export const big = 1;" * 100


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>built</title>")
    (tmp_path / "secret.txt").write_text("secret")
    (assets / "index-abc.js").write_bytes(SCRIPT)
    (assets / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "font-abc.woff2").write_bytes(b"wOF2")
    return tmp_path / "dist"


def client(dist: Path, *, sdl: str = SDL, demo: Mapping[str, object] | None = None) -> AsyncClient:
    console = Console(dist=dist, sdl=lambda: sdl, demo=demo)

    async def page(request: Request) -> Response:
        return console.page()

    app = Starlette(routes=[Route("/graphql", page), *console.routes()])
    return AsyncClient(transport=ASGITransport(app), base_url="http://console.test")


async def test_page_is_the_build_under_a_strict_policy(dist: Path) -> None:
    response = await client(dist).get("/graphql")
    assert response.status_code == 200
    assert "<title>built</title>" in response.text
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "worker-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("built", [True, False])
async def test_page_tells_the_browser_to_keep_to_itself(dist: Path, built: bool) -> None:
    headers = (await client(dist if built else dist / "missing").get("/graphql")).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-cache"
    assert headers["vary"] == "accept"


async def test_page_shows_a_new_build_without_a_restart(dist: Path) -> None:
    browser = client(dist)
    (dist / "index.html").write_text("<!doctype html><title>newer</title>")
    assert "<title>newer</title>" in (await browser.get("/graphql")).text


async def test_page_without_a_build_says_how_to_build_and_shows_the_schema(tmp_path: Path) -> None:
    response = await client(tmp_path).get("/graphql")
    assert response.status_code == 200
    assert "make console" in response.text
    assert SDL in response.text


async def test_page_without_a_build_escapes_a_hostile_schema(tmp_path: Path) -> None:
    sdl = '"""</pre><script>alert(1)</script><img src=x onerror=alert(2)>&lt;"""type Query{a:Int}'
    text = (await client(tmp_path, sdl=sdl).get("/graphql")).text
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("</pre>") == 1
    assert "&amp;lt;" in text


async def test_page_without_a_build_allows_its_own_style_by_hash_and_nothing_else(
    tmp_path: Path,
) -> None:
    response = await client(tmp_path).get("/graphql")
    (style,) = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert response.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    # A style attribute or a second element would need an exception of its own.
    assert "style=" not in response.text
    assert response.text.count("<style") == 1


async def test_demo_json_is_not_found_without_a_demo(dist: Path) -> None:
    assert (await client(dist).get("/console/demo.json")).status_code == 404


async def test_demo_json_is_kept_by_no_cache(dist: Path) -> None:
    response = await client(dist, demo=DEMO).get("/console/demo.json")
    assert response.json() == DEMO
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in response.headers


async def test_demo_json_is_only_read(dist: Path) -> None:
    assert (await client(dist, demo=DEMO).post("/console/demo.json")).status_code == 405


async def test_page_holds_no_token_of_the_demo(dist: Path) -> None:
    assert "a-token" not in (await client(dist, demo=DEMO).get("/graphql")).text
    assert "a-token" not in (await client(dist / "missing", demo=DEMO).get("/graphql")).text


async def test_assets_are_immutable_and_may_reach_nothing(dist: Path) -> None:
    response = await client(dist).get(
        "/console/assets/index-abc.js", headers={"accept-encoding": ""}
    )
    assert response.content == SCRIPT
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-security-policy"] == "default-src 'none'; script-src 'self'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in response.headers


async def test_assets_are_packed_for_those_who_unpack(dist: Path) -> None:
    response = await client(dist).get(
        "/console/assets/index-abc.js", headers={"accept-encoding": "gzip"}
    )
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < len(SCRIPT)
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.content == SCRIPT


async def test_assets_that_were_not_packed_go_plain(dist: Path) -> None:
    response = await client(dist).get("/console/assets/font-abc.woff2")
    assert response.content == b"wOF2"
    assert response.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in response.headers


async def test_assets_are_not_sent_twice(dist: Path) -> None:
    browser = client(dist)
    etag = (await browser.get("/console/assets/index-abc.js")).headers["etag"]
    again = await browser.get("/console/assets/index-abc.js", headers={"if-none-match": etag})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/index.html",
        "%2e%2e/%2e%2e/secret.txt",
        "..%2f..%2fsecret.txt",
        "..%5c..%5csecret.txt",
        "%2fetc/passwd",
        "/etc/passwd",
        "index-abc.js%00",
        "link.txt",
        "missing.js",
        "",
    ],
)
async def test_assets_refuse_what_is_not_in_their_folder(dist: Path, path: str) -> None:
    (dist / "assets" / "link.txt").symlink_to(dist.parent / "secret.txt")
    response = await client(dist).get(f"/console/assets/{path}")
    assert response.status_code == 404
    assert "secret" not in response.text
    assert "immutable" not in response.headers.get("cache-control", "")


async def test_assets_without_a_build_are_not_found(tmp_path: Path) -> None:
    assert (await client(tmp_path).get("/console/assets/index-abc.js")).status_code == 404
