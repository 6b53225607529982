"""Signing in and out: tokens for programs, a cookie for the page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ostro.api.acting import acting
from ostro.api.auth.cookies import delete_session, set_session
from ostro.api.auth.guard import Guard, Someone, check_origin
from ostro.api.auth.needs import at_once, for_everybody
from ostro.api.auth.redirects import safe_path
from ostro.api.auth.signing_in import check_password, give_token
from ostro.api.deps import Given
from ostro.api.failures import SignInNeeded
from ostro.api.render import Answer, Body, answer, data, gives, nothing
from ostro.api.routing import guarded
from ostro.commands.accounts import MAX_PASSWORD
from ostro.store import sessions

router = guarded("/auth", "Login")


class LoginBody(Body):
    username: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(max_length=MAX_PASSWORD)]


class LoginResponse(Answer):
    access_token: str


@router.post("/token", status_code=201, response_model=None)
@gives(LoginResponse)
@for_everybody
def create_token(body: LoginBody, request: Request, deps: Given) -> Response:
    """A token for programs, valid as long as a login of the page."""
    user = check_password(request, deps, body.username, body.password)
    token = give_token(request, deps, user, deps.config.token_lifetime, kind="api", how="password")
    return answer(LoginResponse(access_token=token), 201)


@router.post("/token/cli", status_code=201, response_model=None)
@gives(LoginResponse)
@for_everybody
def create_token_cli(body: LoginBody, request: Request, deps: Given) -> Response:
    """A short-lived token for a command line."""
    user = check_password(request, deps, body.username, body.password)
    token = give_token(request, deps, user, deps.config.cli_token_lifetime, kind="api", how="password")
    return answer(LoginResponse(access_token=token), 201)


@router.post("/login", response_model=None)
@for_everybody
def login(body: LoginBody, request: Request, deps: Given) -> Response:
    """Sign in on the page: the token goes into a cookie that scripts cannot read."""
    check_origin(request)
    user = check_password(request, deps, body.username, body.password)
    token = give_token(request, deps, user, deps.config.session_lifetime, kind="session", how="password")
    response = data({"username": user.name, "must_change_password": user.must_change_password})
    set_session(request, response, deps, token)
    return response


@router.get("/login", response_model=None)
@for_everybody
def go_to_login(request: Request, deps: Given) -> Response:
    """Airflow's address of the login page: sends the browser to ours, which leads on to `next` when that is a path of its own."""
    after = safe_path(request.query_params.get("next"))
    where = "/login" if after == "/" else f"/login?next={quote(after, safe='')}"
    return RedirectResponse(deps.config.base_path + where, status_code=303)


@router.post("/logout", status_code=204, response_model=None)
@at_once
def logout(request: Request, deps: Given, person: Someone) -> Response:
    """Sign out: the token is void from now on, wherever it was copied to."""
    with acting(request, person) as act:
        sessions.revoke_token(act.tx, person.token_id, act.now)
        act.note("logout")
    guard: Guard = request.app.state.guard
    guard.forget(person.token_id)
    response = nothing()
    delete_session(request, response, deps)
    return response


@router.get("/logout", response_model=None)
@for_everybody
def go_to_logout(request: Request, deps: Given) -> Response:
    """Airflow's address for signing out: does it when the browser says that our own page, or the person, asked for it.

    A link or picture on another site changes nothing; it only leads to the page.
    """
    asked_by = request.headers.get("sec-fetch-site")
    if asked_by not in {"same-origin", "none"}:
        return RedirectResponse(f"{deps.config.base_path}/", status_code=303)
    response: Response = RedirectResponse(f"{deps.config.base_path}/login", status_code=303)
    guard: Guard = request.app.state.guard
    try:
        person = guard.person(request)
    except SignInNeeded:
        return response
    with acting(request, person) as act:
        sessions.revoke_token(act.tx, person.token_id, act.now)
        act.note("logout")
    guard.forget(person.token_id)
    delete_session(request, response, deps)
    return response
