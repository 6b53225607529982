"""Signing in and out: tokens for programs, a cookie for the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth import passwords
from ostro.api.auth.guard import Guard, Someone, check_origin, cookie_name
from ostro.api.auth.needs import for_everybody, for_signed_in
from ostro.api.auth.throttle import LoginThrottle
from ostro.api.auth.tokens import Tokens
from ostro.api.deps import Deps, Given
from ostro.api.failures import SignInNeeded, SlowDown
from ostro.api.render import Answer, Body, answer, data, gives, nothing
from ostro.api.routing import guarded
from ostro.store import accounts

router = guarded("/auth", "Login")

#: Longer input is no password; hashing it would only cost time.
MAX_PASSWORD = 1024


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
    token = _sign_in(request, deps, body, deps.config.token_lifetime, kind="api")
    return answer(LoginResponse(access_token=token), 201)


@router.post("/token/cli", status_code=201, response_model=None)
@gives(LoginResponse)
@for_everybody
def create_token_cli(body: LoginBody, request: Request, deps: Given) -> Response:
    """A short-lived token for a command line."""
    token = _sign_in(request, deps, body, deps.config.cli_token_lifetime, kind="api")
    return answer(LoginResponse(access_token=token), 201)


@router.post("/login", response_model=None)
@for_everybody
def login(body: LoginBody, request: Request, deps: Given) -> Response:
    """Sign in on the page: the token goes into a cookie that scripts cannot read."""
    check_origin(request)
    token = _sign_in(request, deps, body, deps.config.token_lifetime, kind="session")
    response = data({"username": body.username})
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=deps.config.token_lifetime,
        path=_cookie_path(request, deps),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.post("/logout", status_code=204, response_model=None)
@for_signed_in
def logout(request: Request, deps: Given, person: Someone) -> Response:
    """Sign out: the token is void from now on, wherever it was copied to."""
    with deps.store.begin() as tx:
        accounts.revoke_token(tx, person.token_id, deps.clock.now())
    guard: Guard = request.app.state.guard
    guard.forget(person.token_id)
    response = nothing()
    response.delete_cookie(
        cookie_name(request),
        path=_cookie_path(request, deps),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


def _sign_in(request: Request, deps: Deps, body: LoginBody, seconds: int, *, kind: accounts.TokenKind) -> str:
    """A new token for the right name and password. The answer, and its time, do not tell which of them was wrong."""
    throttle: LoginThrottle = request.app.state.throttle
    address = request.client.host if request.client else ""
    wait = throttle.wait(body.username, address)
    if wait > 0:
        raise SlowDown(f"Too many wrong passwords: try again in {max(1, round(wait))} seconds", wait)
    with deps.store.read() as tx:
        user = accounts.find_user(tx, body.username)
    usable = user is not None and user.is_active
    fits = passwords.verify(user.password_hash if user is not None and usable else None, body.password)
    if user is None or not fits:
        throttle.failed(body.username, address)
        raise SignInNeeded("Invalid credentials")
    throttle.succeeded(body.username)
    stronger = passwords.hash_password(body.password) if passwords.is_weak(user.password_hash or "") else None
    now = deps.clock.now()
    tokens: Tokens = request.app.state.tokens
    token = tokens.issue(user.name, now=now, lifetime=timedelta(seconds=seconds))
    claims = tokens.read(token, now=now)
    with deps.store.begin() as tx:
        if stronger is not None:
            accounts.set_password_hash(tx, user.id, stronger)
        accounts.add_token(tx, claims.token_id, user.id, kind=kind, now=now, expires_at=claims.expires_at)
    return token


def _cookie_path(request: Request, deps: Deps) -> str:
    # The __Host- prefix of https allows the root only.
    return "/" if request.url.scheme == "https" else (deps.config.base_path or "/")
