"""Routers whose every route stands behind the guard. Their routes are put into the app as they are (`app.create_app`)."""

from __future__ import annotations

from fastapi import APIRouter

from ostro.api.auth.guard import allowed


def guarded(prefix: str, tag: str | None = None, *, described: bool = True) -> APIRouter:
    """A router below `prefix`. `described`: its routes are part of the OpenAPI description."""
    return APIRouter(
        prefix=prefix,
        tags=None if tag is None else [tag],
        dependencies=[allowed],
        include_in_schema=described,
        redirect_slashes=False,
    )
