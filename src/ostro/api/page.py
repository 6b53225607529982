"""The built web page: files with a hash in their name are cached for ever, every other path is index.html, whose own router
knows it. Without a build, one plain page says how to make it."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import os
from email.utils import formatdate
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

#: Folder of files whose name changes with their content.
ASSETS = "assets/"
FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

#: Files of these kinds are sent compressed, to a third; smaller ones than so many bytes gain nothing.
COMPRESSED = (".js", ".css", ".svg")
COMPRESS_FROM = 1_000

NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ostro</title></head>
<body><h1>The web page is not built</h1>
<p>The API works; only the page is missing. Build it with Node 20 or newer in the folder of the repository:</p>
<pre>npm --prefix ui ci
npm --prefix ui run build</pre>
<p>or install the package again with <code>pip install .</code>, which does the same.</p></body></html>
"""


class Page:
    """ASGI app for everything that is no API path. Paths never lead out of the folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None and (folder / "index.html").is_file() else None
        #: Files whose name changes with their content, as they are sent compressed; the build has about a megabyte of them.
        self._compressed: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404, "Not Found")
        answer = await self._small(scope) or self._answer(scope)
        await answer(scope, receive, send)

    async def _small(self, scope: Scope) -> Response | None:
        """The compressed file, when there is one and the browser takes it."""
        asked = Headers(scope=scope)
        name = _name(scope)
        if not (name.startswith(ASSETS) and name.endswith(COMPRESSED)) or "range" in asked:
            return None
        if "gzip" not in asked.get("accept-encoding", ""):
            return None
        found = None if self._folder is None else self._find(name)
        if found is None or found.stat().st_size < COMPRESS_FROM:
            return None
        if name not in self._compressed:
            self._compressed[name] = await asyncio.to_thread(
                lambda: gzip.compress(found.read_bytes(), mtime=0)
            )
        kind, _ = mimetypes.guess_type(found.name)
        headers = {"Cache-Control": FOREVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        body = b"" if scope["method"] == "HEAD" else self._compressed[name]
        headers["Content-Length"] = str(len(self._compressed[name]))
        return Response(body, media_type=kind, headers=headers)

    def _answer(self, scope: Scope) -> Response:
        if self._folder is None:
            return HTMLResponse(NOT_BUILT, status_code=503)
        name = _name(scope)
        found = self._find(name)
        if found is not None and name != "index.html":
            kind, _ = mimetypes.guess_type(found.name)
            headers = {"Cache-Control": FOREVER if name.startswith(ASSETS) else REVALIDATE}
            return _file(found, kind or "application/octet-stream", headers)
        if name.startswith(ASSETS) and Path(name).suffix:
            # A page of an older build asks for a file that is gone: index.html in its place would only confuse.
            # (/assets/7 is an address of the page.)
            raise HTTPException(404, "Not Found")
        return _file(self._folder / "index.html", "text/html", {"Cache-Control": REVALIDATE})

    def _find(self, name: str) -> Path | None:
        assert self._folder is not None
        if not name or "\0" in name:
            return None
        path = Path(os.path.realpath(self._folder / name))
        return path if path.is_relative_to(self._folder) and path.is_file() else None


def _name(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
    return path


def _file(path: Path, kind: str, headers: dict[str, str]) -> Response:
    stat = path.stat()
    headers["Last-Modified"] = formatdate(stat.st_mtime, usegmt=True)
    return FileResponse(path, media_type=kind, headers=headers, stat_result=stat)
