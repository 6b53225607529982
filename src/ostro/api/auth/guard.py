"""The one dependency that stands before every route: who is it, may they do this, may a request of a browser change something."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends
from starlette.requests import Request

from ostro.api.auth import refusals
from ostro.api.auth.needs import check, declared
from ostro.api.auth.throttle import network_of
from ostro.api.auth.tokens import NAMED, TokenRefused, Tokens, hash_of
from ostro.api.deps import Deps
from ostro.api.failures import PasswordChangeNeeded, SignInNeeded
from ostro.errors import NotAllowed, StoreError, StoreUnavailable
from ostro.rules.permissions import Permissions, Resource, Verb, permissions_of
from ostro.store import accounts, roles, sessions
from ostro.store.views.filters import Condition, OneOf

log = logging.getLogger("ostro.api")

CSRF_HEADER = "x-ostro-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Seconds for which an answer of the database about a token is taken as true. With the time between two looks of a
#: stream (`live.sse`) it makes less than a second, within which a logout works everywhere.
TRUST = 0.5
MAX_TRUSTED = 1_000
#: Seconds between two notes of when a token was used last.
NOTED_EVERY = 60.0
CHANGE_FIRST = (
    "The password was made by Ostro and must be changed first: sign in on the page, "
    "or run: ostro users reset-password NAME --password …"
)


class Person(msgspec.Struct, frozen=True):
    """Who made the request."""

    id: int
    name: str
    roles: tuple[str, ...]
    permissions: Permissions
    token_id: str
    via: Literal["bearer", "cookie"]
    must_change_password: bool = False
    #: From where the request came.
    address: str = ""

    def may(self, verb: Verb, resource: Resource, dag_id: str | None = None) -> bool:
        """Whether the person may do this; about a resource of a DAG without `dag_id`: to all DAGs."""
        return self.permissions.allows(verb, resource, dag_id)

    def must(self, verb: Verb, resource: Resource, dag_id: str | None = None) -> None:
        """Raise NotAllowed unless the person may do this; it names no DAG that they may not read."""
        if not self.may(verb, resource, dag_id):
            about = f" of {dag_id!r}" if dag_id and self.may("read", Resource.DAGS, dag_id) else ""
            raise NotAllowed(f"Forbidden: this needs the permission to {verb} {resource}{about}")

    def readable(self, resource: Resource = Resource.DAGS) -> frozenset[str] | None:
        """The DAGs whose `resource` the person may read, for conditions of statements; None = all."""
        return self.permissions.dags("read", resource)

    def conditions(
        self, resource: Resource, *, verb: Verb = "read", column: str = "dag_id"
    ) -> list[Condition]:
        """The same as conditions of a list whose `column` names the DAG."""
        dags = self.permissions.dags(verb, resource)
        return [] if dags is None else [OneOf(column, tuple(dags))]


class Known(msgspec.Struct, frozen=True):
    """What the database said about the owner of a token."""

    user: accounts.User
    permissions: Permissions


class Guard:
    """Finds out who asks. One per app, used from many threads."""

    def __init__(self, deps: Deps, tokens: Tokens) -> None:
        self._deps = deps
        self._tokens = tokens
        self._idle = deps.config.idle
        self._lock = threading.Lock()
        self._trusted: dict[str, tuple[float, Known]] = {}
        self._noted: dict[str, float] = {}
        self.refusals = refusals.Refusals(deps.store, deps.clock)

    def person(self, request: Request, *, is_use: bool = True) -> Person:
        """The person behind the request; raises SignInNeeded or NotAllowed. `is_use`: it keeps a session from growing idle."""
        token, via = credential(request)
        if token is None:
            raise SignInNeeded("Not authenticated")
        now = self._deps.clock.now()
        username = None
        if token.startswith(NAMED):
            token_id = hash_of(token)
        else:
            try:
                claims = self._tokens.read(token, now=now)
            except TokenRefused as error:
                raise SignInNeeded(str(error)) from error
            token_id, username = claims.token_id, claims.username
        known = self._known(token_id, now)
        if known is None or username not in (None, known.user.name):
            raise SignInNeeded("Invalid credentials: sign in again")
        if via == "cookie" and request.method not in SAFE_METHODS:
            check_same_origin(request)
        if is_use:
            self._note_use(token_id, now)
        user = known.user
        return Person(
            id=user.id,
            name=user.name,
            roles=user.roles,
            permissions=known.permissions,
            token_id=token_id,
            via=via,
            must_change_password=user.must_change_password,
            address=address_of(request),
        )

    def still_allows(self, request: Request, person: Person) -> bool:
        """Whether an answer that goes on (a stream) may go on: the same session, with the same permissions."""
        try:
            return self.person(request, is_use=False).permissions == person.permissions
        except (SignInNeeded, NotAllowed):
            return False
        except StoreUnavailable:
            # What ends a session cannot be written now either; a stream waits for the database as all else does.
            return True

    def note_refused(self, request: Request, status: int) -> None:
        """Write into the audit log that a request was refused: to somebody who is signed in, or to somebody who is not.

        Logins write their own lines.
        """
        person: Person | None = getattr(request.state, "person", None)
        if person is not None:
            party, free, owner = str(person.id), refusals.FORBIDDEN, person.name
        else:
            found = declared(request.scope.get("endpoint"))
            if found is not None and found.who == "everybody":
                return
            party, free, owner = network_of(address_of(request)), refusals.UNKNOWN, None
        shown = refusals.shown_path(request)
        self.refusals.note(
            request, f"denied {status}", party, free, event="denied", result="denied", owner=owner, **shown
        )

    def forget(self, token_id: str) -> None:
        """The token was revoked in this process: ask the database at once."""
        with self._lock:
            self._trusted.pop(token_id, None)

    def forget_all(self) -> None:
        """Accounts or roles were changed in this process: ask the database about everybody at once."""
        with self._lock:
            self._trusted.clear()

    def _known(self, token_id: str, now: datetime) -> Known | None:
        at = self._deps.clock.monotonic()
        with self._lock:
            trusted = self._trusted.get(token_id)
        if trusted is not None and at - trusted[0] < TRUST:
            return trusted[1]
        found = None
        with self._deps.store.read() as tx:
            user_id = sessions.token_user(tx, token_id, now, self._idle)
            user = None if user_id is None else accounts.load_user(tx, user_id)
            if user is not None:
                permissions = permissions_of(user.roles, roles.grants_of(tx, user.roles))
                found = Known(user, permissions)
        with self._lock:
            self._trusted.pop(token_id, None)
            if found is not None:
                self._trusted[token_id] = (at, found)
                while len(self._trusted) > MAX_TRUSTED:
                    del self._trusted[next(iter(self._trusted))]
        return found

    def _note_use(self, token_id: str, now: datetime) -> None:
        at = self._deps.clock.monotonic()
        with self._lock:
            last = self._noted.get(token_id)
            if last is not None and at - last < NOTED_EVERY:
                return
            self._noted.pop(token_id, None)
            self._noted[token_id] = at
            while len(self._noted) > MAX_TRUSTED:
                del self._noted[next(iter(self._noted))]
        try:
            with self._deps.store.begin() as tx:
                sessions.note_use(tx, token_id, now)
        except StoreError as error:
            # Whoever only reads must not be refused because a note cannot be written.
            log.warning("the use of a session could not be noted: %s", error)


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


def address_of(request: Request) -> str:
    """From where the request came."""
    return request.client.host if request.client else ""


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
    if person.must_change_password and not (found is not None and found.at_once):
        raise PasswordChangeNeeded(CHANGE_FIRST)
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
