"""The page /docs: the OpenAPI document to read and to try, by files of our own; nothing comes from another host."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from ostro.api.auth.guard import Guard
from ostro.api.auth.needs import for_everybody
from ostro.api.deps import Given
from ostro.api.failures import SignInNeeded
from ostro.api.routing import guarded
from ostro.errors import NotFound

router = guarded("/docs", described=False)

FOLDER = Path(__file__).parent / "docs_page"
FILES = {"docs.js": "text/javascript", "docs.css": "text/css"}


@router.get("", response_model=None)
@for_everybody
def get_docs(request: Request, deps: Given) -> Response:
    """The page; who is not signed in is sent to the login first."""
    if not deps.config.docs_page:
        raise NotFound("this page is switched off by [api] enable_swagger_ui")
    guard: Guard = request.app.state.guard
    try:
        guard.person(request)
    except SignInNeeded:
        return RedirectResponse(
            f"{deps.config.base_path}/login?next={quote('/docs', safe='')}", status_code=303
        )
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers={"Cache-Control": "no-cache"})


@router.get("/{name}", response_model=None)
@for_everybody
def get_docs_file(name: str, deps: Given) -> Response:
    """The page's script and style; nothing in them is of this installation."""
    if name not in FILES or not deps.config.docs_page:
        raise NotFound("Not Found")
    return FileResponse(FOLDER / name, media_type=FILES[name], headers={"Cache-Control": "no-cache"})
