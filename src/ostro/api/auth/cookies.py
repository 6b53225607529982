"""The session cookie of the page: scripts cannot read it, other sites cannot make a browser send it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import cookie_name
from ostro.api.deps import Deps


def set_session(request: Request, response: Response, deps: Deps, token: str) -> None:
    """Put the token of a session into the cookie."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=deps.config.session_lifetime,
        path=_path(request, deps),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def delete_session(request: Request, response: Response, deps: Deps) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        cookie_name(request),
        path=_path(request, deps),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _path(request: Request, deps: Deps) -> str:
    # The __Host- prefix of https allows the root only.
    return "/" if request.url.scheme == "https" else (deps.config.base_path or "/")
