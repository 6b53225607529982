"""Routers whose every route stands behind the guard. Their routes are put into the app as they are (`app.create_app`)."""

from __future__ import annotations

from fastapi import APIRouter

from ostro.api.auth.guard import signed_in


def guarded(prefix: str, tag: str | None = None, *, described: bool = True) -> APIRouter:
    """A router below `prefix`. `described`: its routes are part of the OpenAPI description."""
    return APIRouter(
        prefix=prefix,
        tags=None if tag is None else [tag],
        dependencies=[signed_in],
        include_in_schema=described,
        redirect_slashes=False,
    )
