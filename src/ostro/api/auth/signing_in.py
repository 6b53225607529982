"""One login: the right name and password (or an identity from elsewhere) give a token; all of it stands in the audit log."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request

from ostro.api.auth import passwords, refusals
from ostro.api.auth.guard import CHANGE_FIRST, Guard, address_of
from ostro.api.auth.throttle import LoginThrottle, network_of
from ostro.api.auth.tokens import Tokens
from ostro.api.deps import Deps
from ostro.api.failures import PasswordChangeNeeded, SignInNeeded, SlowDown
from ostro.store import accounts, event_log, sessions

#: Characters kept of what a browser or program says it is.
MAX_CLIENT = 200
#: A number that no account has.
NOBODY = 0


def check_password(request: Request, deps: Deps, username: str, password: str) -> accounts.User:
    """The account with this name and password. The answer, and its time, do not tell which of them was wrong.

    Raises SignInNeeded, SlowDown.
    """
    throttle: LoginThrottle = request.app.state.throttle
    address = address_of(request)
    with deps.store.read() as tx:
        user = accounts.find_user(tx, username)
        # Asked for a name that nobody has, too: the time must not tell.
        seen = sessions.addresses_of(tx, NOBODY if user is None else user.id)
    if network_of(address) in {network_of(one) for one in seen}:
        throttle.remember(username, address)
    usable = user is not None and user.is_active
    fits = False
    with throttle.turn:
        wait = throttle.wait(username, address)
        if wait == 0:
            fits = passwords.verify(user.password_hash if user is not None and usable else None, password)
            if not fits:
                throttle.failed(username, address)
    if wait > 0:
        _note_failed(request, "login waits", user, refusals.WAITING, result="denied")
        raise SlowDown(f"Too many wrong passwords: try again in {max(1, round(wait))} seconds", wait)
    if user is None or not fits:
        _note_failed(request, "login", user, refusals.WRONG, result="failed")
        raise SignInNeeded("Invalid credentials")
    throttle.succeeded(username, address)
    if passwords.is_weak(user.password_hash or ""):
        stronger = passwords.hash_password(password)
        with deps.store.begin() as tx:
            user = accounts.strengthen_hash(tx, user, stronger)
    return user


def give_token(
    request: Request, deps: Deps, user: accounts.User, seconds: int, *, kind: sessions.TokenKind, how: str
) -> str:
    """A new token for the user. `how` they proved who they are, for the audit log.

    Raises PasswordChangeNeeded, and SignInNeeded when what they proved it with has changed since.
    """
    if kind == "api" and user.must_change_password:
        _note_failed(request, "login", user, refusals.WRONG, result="denied")
        raise PasswordChangeNeeded(CHANGE_FIRST)
    now = deps.clock.now()
    tokens: Tokens = request.app.state.tokens
    token = tokens.issue(user.name, now=now, lifetime=timedelta(seconds=seconds))
    claims = tokens.read(token, now=now)
    entry = event_log.LogEntry(
        event="login", at=now, owner=user.name, address=address_of(request), extra={"by": how, "for": kind}
    )
    with deps.store.begin() as tx:
        if not accounts.note_login(tx, user, now):
            raise SignInNeeded("Invalid credentials")
        sessions.add_token(
            tx,
            claims.token_id,
            user.id,
            kind=kind,
            now=now,
            expires_at=claims.expires_at,
            address=address_of(request),
            client=request.headers.get("user-agent", "")[:MAX_CLIENT],
        )
        event_log.seal(tx, [entry])
    return token


def _note_failed(
    request: Request, kind: str, user: accounts.User | None, free: int, *, result: event_log.Result
) -> None:
    """Write down a login that failed. A name that nobody has is not kept: it may be a password in the wrong field."""
    guard: Guard = request.app.state.guard
    about = {} if user is not None else {"unknown_name": True}
    guard.refusals.note(
        request,
        kind,
        network_of(address_of(request)),
        free,
        event="login",
        result=result,
        owner=None if user is None else user.name,
        **about,
    )
