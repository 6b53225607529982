"""Airflow's addresses for signing in and out inside the REST API: they lead to those of the installation."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from ostro.api.auth.needs import for_everybody
from ostro.api.deps import Given
from ostro.api.routing import guarded

router = guarded("/api/v2/auth", "Login")


@router.get("/login", response_model=None)
@for_everybody
def go_to_login(deps: Given, next_: Annotated[str | None, Query(alias="next")] = None) -> Response:
    """Sends the browser to the login page."""
    where = "/auth/login" if not next_ else f"/auth/login?next={quote(next_, safe='')}"
    return RedirectResponse(deps.config.base_path + where, status_code=307)


@router.get("/logout", response_model=None)
@for_everybody
def go_to_logout(deps: Given) -> Response:
    """Sends the browser to the address that signs it out."""
    return RedirectResponse(deps.config.base_path + "/auth/logout", status_code=307)
