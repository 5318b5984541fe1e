"""The browser's side of the endpoint: the built console, or a plain page where it isn't built."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    # The editor writes its colours into <style> and the place of each line into style="".
    "style-src 'self' 'unsafe-inline'; "
    # The languages run in workers, built as files of this origin.
    "worker-src 'self'; "
    "font-src 'self'; "
    # The editor draws the wave under a mistake as a data: image.
    "img-src 'self' data:; "
    # The endpoint and demo.json.
    "connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the built page may load. console/README.md tells how each exception was tried."""


class Console:
    """The pages and files that a browser gets.

    demo: {"orgs": [{"slug", "id", "tokens": {role: token}}],
    "examples": [{"title", "query", "variables"?, "kind": "query" | "attack"}]}
    """

    def __init__(
        self, *, dist: Path, sdl: Callable[[], str], demo: Mapping[str, object] | None
    ) -> None:
        self._dist = dist
        # Printed where it is shown: it takes longer than to start the rest.
        self._sdl = cache(sdl)
        self._demo = demo

    def page(self) -> Response:
        """What a browser's GET of the endpoint shows."""
        try:
            # Read each time: a new build shows without a restart.
            html = (self._dist / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return _html(_unbuilt(self._sdl()), policy=_UNBUILT_POLICY)
        return _html(html, policy=POLICY)

    def routes(self) -> list[BaseRoute]:
        """The files that the page loads, and the demo's identities."""
        assets = _Assets(directory=self._dist / "assets", check_dir=False)
        return [
            Route("/console/demo.json", self._demo_json),
            Mount("/console/assets", assets),
        ]

    async def _demo_json(self, request: Request) -> Response:
        if self._demo is None:
            raise HTTPException(404)
        return JSONResponse(self._demo, headers={**_HEADERS, "cache-control": "no-store"})


_HEADERS: Final = {
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_PAGE_HEADERS: Final = {
    **_HEADERS,
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "camera",
            "display-capture",
            "encrypted-media",
            "fullscreen",
            "geolocation",
            "gyroscope",
            "hid",
            "identity-credentials-get",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "picture-in-picture",
            "publickey-credentials-get",
            "screen-wake-lock",
            "serial",
            "usb",
            "xr-spatial-tracking",
        )
    ),
    # The same address answers queries with JSON.
    "vary": "accept",
}


def _html(html: str, *, policy: str) -> Response:
    return HTMLResponse(html, headers={**_PAGE_HEADERS, "content-security-policy": policy})


class _Assets(StaticFiles):
    """Built files. The name of each holds a hash of its content, so it never changes."""

    async def check_config(self) -> None:
        """Without a build every file is a 404; Starlette's own check would make it a 500."""

    def file_response(
        self,
        full_path: PathLike,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = Path(full_path)
        packed = path.with_name(f"{path.name}.gz")
        has_packed = packed.is_file()
        if has_packed and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            response = super().file_response(packed, packed.stat(), scope, status_code)
            response.headers["content-encoding"] = "gzip"
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        if has_packed:
            response.headers["vary"] = "accept-encoding"
        if path.suffix in _MEDIA_TYPES:
            response.headers["content-type"] = _MEDIA_TYPES[path.suffix]
        response.headers.update(_HEADERS)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        # A worker obeys the policy of its own file: it may load its parts and reach nothing.
        response.headers["content-security-policy"] = "default-src 'none'; script-src 'self'"
        return response


# Not from the system's table, which on some machines calls a script plain text.
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d2b3f, #e6ecf5);
  --soft: light-dark(#55637a, #a3b0c4);
  --line: light-dark(#d4dbe6, #314058);
}
body {
  max-width: 60rem;
  margin: 0 auto;
  padding: 8vh 1.5rem 3rem;
  font: 1rem/1.6 system-ui, sans-serif;
  color: var(--ink);
  background: light-dark(#f3f5f9, #111825);
}
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em; }
p { max-width: 42rem; color: var(--soft); }
code, pre { font: .875rem/1.6 ui-monospace, Menlo, Consolas, monospace; }
p code { padding: .1rem .4rem; color: var(--ink); background: var(--line); border-radius: .25rem; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.125rem; }
pre {
  margin: 0;
  padding: 1.25rem;
  overflow: auto;
  background: light-dark(#ffffff, #182130);
  border: 1px solid var(--line);
  border-radius: .75rem;
}
"""

_UNBUILT_POLICY: Final = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def _unbuilt(sdl: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Palisade</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>The console isn't built</h1>
<p>This endpoint answers GraphQL all the same: <code>POST /graphql</code> with a bearer token.
For the editor in the browser run <code>make console</code> once, then reload this page.</p>
<h2>The schema</h2>
<pre tabindex="0" aria-label="The schema">{escape(sdl)}</pre>
</main>
</body>
</html>
"""
