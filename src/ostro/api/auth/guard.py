"""The one dependency that stands before every route: who is it, may they do this, may a request of a browser change something."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends
from starlette.requests import Request

from ostro.api.auth.needs import check, declared
from ostro.api.auth.tokens import TokenRefused, Tokens
from ostro.api.deps import Deps
from ostro.api.failures import SignInNeeded
from ostro.errors import NotAllowed
from ostro.rules.permissions import STANDARD_ROLES, Grant, Permissions, Resource, Verb
from ostro.store import accounts

CSRF_HEADER = "x-ostro-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Seconds for which an answer of the database about a token is taken as true: a logout works everywhere within it.
TRUST = 1.0
MAX_TRUSTED = 1_000


class Person(msgspec.Struct, frozen=True):
    """Who made the request."""

    id: int
    name: str
    roles: tuple[str, ...]
    permissions: Permissions
    token_id: str
    via: Literal["bearer", "cookie"]

    def may(self, verb: Verb, resource: Resource, dag_id: str | None = None) -> bool:
        """Whether the person may do this; about a resource of a DAG without `dag_id`: to all DAGs."""
        return self.permissions.allows(verb, resource, dag_id)

    def must(self, verb: Verb, resource: Resource, dag_id: str | None = None) -> None:
        """Raise NotAllowed unless the person may do this."""
        if not self.may(verb, resource, dag_id):
            about = "" if dag_id is None else f" of {dag_id!r}"
            raise NotAllowed(f"Forbidden: this needs the permission to {verb} {resource}{about}")

    def readable(self, resource: Resource = Resource.DAGS) -> frozenset[str] | None:
        """The DAGs whose `resource` the person may read, for conditions of statements; None = all."""
        return self.permissions.dags("read", resource)


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
        roles = (user.role.capitalize(),)
        grants: set[Grant] = set().union(*(STANDARD_ROLES.get(role, ()) for role in roles))
        return Person(
            id=user.id,
            name=user.name,
            roles=roles,
            permissions=Permissions(grants),
            token_id=claims.token_id,
            via=via,
        )

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


def _allowed(request: Request) -> Person | None:
    found = declared(request.scope.get("endpoint"))
    if found is not None and found.who == "everybody":
        return None
    guard: Guard = request.app.state.guard
    person = guard.person(request)
    request.state.person = person
    if found is None:
        raise NotAllowed("Forbidden: this route does not say who may call it")
    check(person.permissions, found, request.path_params.get("dag_id"))
    return person


#: For the router: every route behind it needs a person who may call it, but those declared for everybody.
allowed = Depends(_allowed)


async def _someone(request: Request) -> Person:
    person: Person = request.state.person
    return person


#: For handlers that want to know who it is.
Someone = Annotated[Person, Depends(_someone)]
