"""What everybody may do with their own account: see what they may do, change the password, keep sessions and tokens in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.acting import acting
from ostro.api.auth import passwords
from ostro.api.auth.cookies import set_session
from ostro.api.auth.guard import Guard, Someone, address_of
from ostro.api.auth.models import account_of, token_of
from ostro.api.auth.needs import at_once, for_signed_in
from ostro.api.auth.signing_in import MAX_CLIENT, check_password, give_token
from ostro.api.auth.tokens import hash_of, named_token
from ostro.api.deps import Given
from ostro.api.failures import Unprocessable
from ostro.api.render import Body, data, nothing
from ostro.api.routing import guarded
from ostro.commands import accounts as rules
from ostro.errors import NotAllowed, NotFound
from ostro.store import accounts, sessions

router = guarded("/ui", described=False)

#: Days that an API token lives when the request does not say, and at most.
TOKEN_DAYS, MAX_TOKEN_DAYS = 90, 3650
#: Valid API tokens that one account may have.
MAX_TOKENS = 100


class PasswordBody(Body):
    old_password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]
    new_password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]


class TokenBody(Body):
    label: Annotated[str, Field(min_length=1, max_length=100)]
    days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)] = TOKEN_DAYS


@router.get("/auth/me", response_model=None)
@at_once
def get_me(deps: Given, person: Someone) -> Response:
    """Who is signed in, and what they may do: resource to verbs, for all DAGs or for one at least."""
    with deps.store.read() as tx:
        user = accounts.load_user(tx, person.id)
    if user is None:
        raise NotFound("the account is gone")
    return data({**account_of(user), "permissions": person.permissions.listed()})


@router.post("/account/password", response_model=None)
@at_once
def change_password(body: PasswordBody, request: Request, deps: Given, person: Someone) -> Response:
    """Give the own account another password: all its sessions and tokens end; the page that asked gets a new session."""
    user = check_password(request, deps, person.name, body.old_password)
    rules.check_password(body.new_password, person.name)
    if body.new_password == body.old_password:
        raise Unprocessable("the new password must differ from the old one")
    hashed = passwords.hash_password(body.new_password)
    with acting(request, person) as act:
        rules.set_password_in(act, user.name, hashed)
    guard: Guard = request.app.state.guard
    guard.forget_all()
    response = nothing()
    if person.via == "cookie":
        with deps.store.read() as tx:
            changed = rules.user_in(tx, user.name)
        seconds = deps.config.session_lifetime
        token = give_token(request, deps, changed, seconds, kind="session", how="new password")
        set_session(request, response, deps, token)
    return response


@router.get("/account/sessions", response_model=None)
@for_signed_in
def get_sessions(deps: Given, person: Someone) -> Response:
    """The sessions of the own account, this one marked."""
    with deps.store.read() as tx:
        found = sessions.list_tokens(tx, deps.clock.now(), user=person.id, named=False, idle=deps.config.idle)
    return data({"sessions": [token_of(s, current=person.token_id) for s in found]})


@router.get("/account/tokens", response_model=None)
@for_signed_in
def get_tokens(deps: Given, person: Someone) -> Response:
    """The API tokens of the own account."""
    with deps.store.read() as tx:
        found = sessions.list_tokens(tx, deps.clock.now(), user=person.id, named=True)
    return data({"tokens": [token_of(t, current=person.token_id) for t in found]})


@router.post("/account/tokens", status_code=201, response_model=None)
@for_signed_in
def create_token(body: TokenBody, request: Request, deps: Given, person: Someone) -> Response:
    """An API token, which may do what its owner may do. It is in this answer and nowhere else; its hash is kept.

    An API token makes no other one: whoever finds it would never lose it.
    """
    secret = named_token()
    with acting(request, person) as act:
        asking = sessions.find_token(act.tx, person.token_id, act.now)
        if asking is None or asking.label:
            raise NotAllowed("an API token makes no other token: sign in with your password")
        have = sessions.list_tokens(act.tx, act.now, user=person.id, named=True)
        if len(have) >= MAX_TOKENS:
            raise NotAllowed(f"an account has {MAX_TOKENS} API tokens at most: revoke one first")
        expires_at = act.now + timedelta(days=body.days)
        sessions.add_token(
            act.tx,
            hash_of(secret),
            person.id,
            kind="api",
            now=act.now,
            expires_at=expires_at,
            label=body.label,
            address=address_of(request),
            client=request.headers.get("user-agent", "")[:MAX_CLIENT],
        )
        act.note("create_token", extra={"user": person.name, "label": body.label})
        made = sessions.find_token(act.tx, hash_of(secret), act.now)
    assert made is not None
    return data({**token_of(made), "token": secret}, 201)


@router.delete("/account/tokens/{token_id}", status_code=204, response_model=None)
@for_signed_in
def revoke_token(token_id: str, request: Request, person: Someone) -> Response:
    """End an API token or a session of the own account."""
    with acting(request, person) as act:
        found = sessions.find_token(act.tx, token_id, act.now)
        if found is None or found.user_id != person.id:
            raise NotFound("there is no such token or session")
        sessions.revoke_token(act.tx, token_id, act.now)
        kind = "token" if found.label else "session"
        act.note(f"revoke_{kind}", extra={"user": person.name, "label": found.label})
    guard: Guard = request.app.state.guard
    guard.forget(token_id)
    return nothing()
