"""The way to an OpenID provider and back, and what the login page offers."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ostro.api.auth import refusals
from ostro.api.auth.cookies import set_session
from ostro.api.auth.guard import Guard, address_of
from ostro.api.auth.needs import for_everybody
from ostro.api.auth.oidc import AWAY, Identity, Journey, Provider, roles_of
from ostro.api.auth.redirects import safe_path
from ostro.api.auth.signing_in import give_token
from ostro.api.auth.throttle import network_of
from ostro.api.auth.tokens import TokenRefused, Tokens
from ostro.api.deps import Deps, Given
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.commands.accounts import create_user_in, set_profile_in, set_roles_in
from ostro.commands.act import act
from ostro.errors import NotAllowed, NotFound, UserError
from ostro.store import accounts

log = logging.getLogger("ostro.api")

router = guarded("/auth", described=False)

COOKIE = "ostro_oidc"
#: The browser comes here from another site. Only a page of our own that goes on by itself is followed with the session cookie.
ARRIVED = '<!doctype html><html><head><meta http-equiv="refresh" content="0;url={}"><title>Ostro</title></head></html>'


@router.get("/methods", response_model=None)
@for_everybody
def get_methods(deps: Given) -> Response:
    """How one may sign in here."""
    oidc = deps.config.oidc
    offered = (
        None if oidc is None else {"label": oidc.label, "url": f"{deps.config.base_path}/auth/oidc/login"}
    )
    return data({"password": True, "oidc": offered})


@router.get("/oidc/login", response_model=None)
@for_everybody
def depart(request: Request, deps: Given) -> Response:
    """Send the browser to the provider."""
    provider = _provider(request)
    try:
        url, journey = provider.depart(_redirect_uri(request), safe_path(request.query_params.get("next")))
    except UserError as error:
        return _failed(request, deps, error)
    tokens: Tokens = request.app.state.tokens
    response = RedirectResponse(url, status_code=303)
    # Lax: it must come along when the provider sends the browser back.
    response.set_cookie(
        COOKIE,
        tokens.seal_journey(journey),
        max_age=AWAY,
        path=f"{deps.config.base_path}/auth/oidc",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/oidc/callback", response_model=None)
@for_everybody
def arrive(request: Request, deps: Given) -> Response:
    """The provider has sent the browser back: sign in."""
    provider = _provider(request)
    try:
        user = _signed_in(request, deps, provider)
        token = give_token(request, deps, user, deps.config.session_lifetime, kind="session", how="oidc")
        after = deps.config.base_path + _journey(request).after
    except UserError as error:
        return _failed(request, deps, error)
    response = HTMLResponse(ARRIVED.format(after.replace("&", "&amp;").replace('"', "&quot;")))
    set_session(request, response, deps, token)
    response.delete_cookie(COOKIE, path=f"{deps.config.base_path}/auth/oidc")
    return response


def _signed_in(request: Request, deps: Deps, provider: Provider) -> accounts.User:
    params = request.query_params
    journey = _journey(request)
    code = params.get("code")
    if not code:
        raise NotAllowed("The login provider refused the login")
    identity = provider.arrive(_redirect_uri(request), journey, params.get("state", ""), code)
    return _account(request, deps, identity)


def _account(request: Request, deps: Deps, identity: Identity) -> accounts.User:
    """The account of an identity, made or brought up to date."""
    config = deps.config.oidc
    assert config is not None
    roles = roles_of(config, identity.groups)
    with act(deps.store, deps.clock, deps.wake, identity.name, address_of(request)) as doing:
        user = accounts.find_external(doing.tx, identity.external_id)
        profile: dict[str, Any] = {"email": identity.email, "full_name": identity.full_name}
        if user is None:
            if not config.auto_create:
                raise NotAllowed("There is no account for you here: ask for one")
            if not roles:
                raise NotAllowed("None of your groups has a role here")
            if accounts.find_user(doing.tx, identity.name) is not None:
                raise NotAllowed(f"There is an account {identity.name!r} already, which is not yours")
            create_user_in(
                doing, identity.name, None, role_names=roles, external_id=identity.external_id, **profile
            )
        else:
            if not user.is_active:
                raise NotAllowed("This account may not sign in")
            if config.role_of:
                set_roles_in(doing, user.name, roles)
            set_profile_in(doing, user.name, profile)
        found = accounts.find_external(doing.tx, identity.external_id)
    assert found is not None
    return found


def _journey(request: Request) -> Journey:
    tokens: Tokens = request.app.state.tokens
    try:
        return tokens.open_journey(request.cookies.get(COOKIE, ""))
    except TokenRefused as error:
        raise NotAllowed("This login was not begun here, or too long ago: try again") from error


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.oidc
    if provider is None:
        raise NotFound("No login provider is set up: see [auth] oidc_issuer")
    return provider


def _redirect_uri(request: Request) -> str:
    return str(request.url_for("arrive"))


def _failed(request: Request, deps: Deps, error: UserError) -> Response:
    """Back to the login page, which shows the sentence."""
    log.warning("a login at the provider failed: %s", error)
    guard: Guard = request.app.state.guard
    party = network_of(address_of(request))
    guard.refusals.note(
        request, "login", party, refusals.WRONG, event="login", result="failed", owner=None, by="oidc"
    )
    where = f"{deps.config.base_path}/login?problem={quote(str(error), safe='')}"
    return RedirectResponse(where, status_code=303)
