"""The one dependency that stands before every route: who is it, and may a request of a browser change something."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends
from starlette.requests import Request

from ostro.api.auth.tokens import TokenRefused, Tokens
from ostro.api.deps import Deps
from ostro.api.failures import SignInNeeded
from ostro.errors import NotAllowed
from ostro.store import accounts

CSRF_HEADER = "x-ostro-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Paths that answer without a login; everything else is refused. The page itself (static files) holds no data.
OPEN_PATHS = frozenset(
    {
        "/auth/token",
        "/auth/token/cli",
        "/auth/login",
        "/api/v2/auth/login",
        "/api/v2/auth/logout",
        "/api/v2/monitor/health",
        "/api/v2/version",
        "/livez",
        "/readyz",
    }
)
#: Seconds for which an answer of the database about a token is taken as true: a logout works everywhere within it.
TRUST = 1.0
MAX_TRUSTED = 1_000


class Person(msgspec.Struct, frozen=True):
    """Who made the request."""

    id: int
    name: str
    role: str
    token_id: str
    via: Literal["bearer", "cookie"]


class Guard:
    """Finds out who asks. One per app, used from many threads."""

    def __init__(self, deps: Deps, tokens: Tokens) -> None:
        self._deps = deps
        self._tokens = tokens
        self._lock = threading.Lock()
        self._trusted: dict[str, tuple[float, accounts.User]] = {}

    def person(self, request: Request) -> Person:
        """The person behind the request; raises SignInNeeded or NotAllowed."""
        token, via = credential(request)
        if token is None:
            raise SignInNeeded("Not authenticated")
        now = self._deps.clock.now()
        try:
            claims = self._tokens.read(token, now=now)
        except TokenRefused as error:
            raise SignInNeeded(str(error)) from error
        user = self._user_of(claims.token_id, now)
        if user is None or user.name != claims.username:
            raise SignInNeeded("Invalid credentials: sign in again")
        if via == "cookie" and request.method not in SAFE_METHODS:
            check_same_origin(request)
        return Person(id=user.id, name=user.name, role=user.role, token_id=claims.token_id, via=via)

    def forget(self, token_id: str) -> None:
        """The token was revoked in this process: ask the database at once."""
        with self._lock:
            self._trusted.pop(token_id, None)

    def _user_of(self, token_id: str, now: datetime) -> accounts.User | None:
        at = self._deps.clock.monotonic()
        with self._lock:
            known = self._trusted.get(token_id)
        if known is not None and at - known[0] < TRUST:
            return known[1]
        with self._deps.store.read() as tx:
            user = accounts.token_user(tx, token_id, now)
        with self._lock:
            self._trusted.pop(token_id, None)
            if user is not None:
                self._trusted[token_id] = (at, user)
                while len(self._trusted) > MAX_TRUSTED:
                    del self._trusted[next(iter(self._trusted))]
        return user


def credential(request: Request) -> tuple[str | None, Literal["bearer", "cookie"]]:
    """The token of a request and how it came. A header wins over the cookie; a token in the address is never taken."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), "bearer"
    return request.cookies.get(cookie_name(request)), "cookie"


def check_same_origin(request: Request) -> None:
    """Raise NotAllowed unless our own page sent the request; for what comes with the cookie and changes something.

    A page of another site cannot set the header without asking first, and we never allow that (no CORS).
    """
    if CSRF_HEADER not in request.headers:
        raise NotAllowed("A request with the session cookie needs the header X-Ostro-CSRF")
    check_origin(request)


def check_origin(request: Request) -> None:
    """Raise NotAllowed when a browser says that the page of another site sent the request."""
    headers = request.headers
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host", "")
    if foreign or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed("The request comes from another site")


def cookie_name(request: Request) -> str:
    """Name of the session cookie: bound to the host over https, otherwise to the port, as cookies know no ports."""
    if request.url.scheme == "https":
        return "__Host-ostro_session"
    server = request.scope.get("server")
    return f"ostro_session_{server[1]}" if server and server[1] else "ostro_session"


def _signed_in(request: Request) -> Person | None:
    if request.scope["path"].removeprefix(request.scope.get("root_path", "")) in OPEN_PATHS:
        return None
    guard: Guard = request.app.state.guard
    person = guard.person(request)
    request.state.person = person
    return person


#: For the router: every route behind it needs a person, but the open paths.
signed_in = Depends(_signed_in)


async def _someone(request: Request) -> Person:
    person: Person = request.state.person
    return person


#: For handlers that want to know who it is.
Someone = Annotated[Person, Depends(_someone)]
