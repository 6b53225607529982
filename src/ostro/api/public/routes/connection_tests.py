"""Connections that people have tried before or after they save them, and the connections that Airflow starts with.

The hook of a connection is a provider's code and calls an address of a user's choice: it runs in a child process, and only
where `[core] test_connection` is Enabled.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Person, Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import Conflict, SlowDown, Unprocessable
from ostro.api.masking import MASK, is_masked
from ostro.api.public.models.admin import (
    AsyncConnectionTestResponse,
    ConnectionBody,
    ConnectionTestQueuedResponse,
    ConnectionTestRequestBody,
    ConnectionTestResponse,
)
from ostro.api.public.routes.connections import FIELDS, changed, record_of
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import NotAllowed, NotFound, StoreError, UserError
from ostro.rules.permissions import Resource
from ostro.store import ConnectionRecord, connection_tests, connections

log = logging.getLogger("ostro.api")
router = guarded("/api/v2", "Connection")

#: How long a test may be under way; after that its server has ended meanwhile.
LONGEST = timedelta(minutes=5)
#: Tests of one server at the same time; further ones wait. Who waits for the result itself, at most so many seconds: each
#: takes a thread of the server, and there must be some left for everybody else.
AT_ONCE = 2
MOST_WAIT = 5.0
_slots = threading.BoundedSemaphore(AT_ONCE)
#: Tests in the background that are under way or wait: each has a thread. Seconds until asking again makes sense.
MOST_BEHIND = 16
ASK_AGAIN = 10.0
_behind = threading.BoundedSemaphore(MOST_BEHIND)

#: What must be the same for a stored password to be used: it goes to nobody else.
_PLACE = ("conn_type", "host", "port", "schema", "login")
ELSEWHERE = "the connection leads to another place than the stored one: give its secrets anew"


@router.post("/connections/test", response_model=None)
@gives(ConnectionTestResponse)
@needs("create", Resource.CONNECTIONS)
def test_connection(body: ConnectionBody, deps: Given) -> Response:
    """Try a connection and wait for the result."""
    attempt = _attempt(deps)
    with deps.store.read() as tx:
        record = _complete(tx, deps, body)
    if not _slots.acquire(timeout=MOST_WAIT):
        raise SlowDown("other connections are being tested: try again", MOST_WAIT)
    try:
        worked, text = attempt(record)
    finally:
        _slots.release()
    return answer(ConnectionTestResponse(status=worked, message=text))


@router.post("/connections/enqueue-test", status_code=202, response_model=None)
@gives(ConnectionTestQueuedResponse)
@needs("create", Resource.CONNECTIONS)
def enqueue_connection_test(
    body: ConnectionTestRequestBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Begin to try a connection; the answer has a token to ask for the result with."""
    attempt = _attempt(deps)
    if body.commit_on_success:
        person.must("edit", Resource.CONNECTIONS)
    token = secrets.token_urlsafe(24)
    if not _behind.acquire(blocking=False):
        raise SlowDown(
            f"{MOST_BEHIND} connections are being tested or wait for it: try again later", ASK_AGAIN
        )
    try:
        with acting(request, person) as act:
            record = _complete(act.tx, deps, body)
            if connection_tests.open_one(act.tx, record.conn_id, since=act.now - LONGEST):
                raise Conflict(f"the connection {record.conn_id} is being tested already")
            test = connection_tests.ConnectionTest(
                token=token, conn_id=record.conn_id, state="pending", created_at=act.now, updated_at=act.now
            )
            connection_tests.put(act.tx, test)
            act.note("enqueue_connection_test", extra={"connection_id": record.conn_id})

        def keep() -> None:
            if body.commit_on_success:
                _save(request, person, deps, record)

        work = partial(_in_background, deps, token, partial(attempt, record), keep)
        threading.Thread(target=work, name="connection-test", daemon=True).start()
    except BaseException:
        _behind.release()
        raise
    return answer(
        ConnectionTestQueuedResponse(token=token, connection_id=record.conn_id, state=test.state), 202
    )


def _in_background(
    deps: Deps, token: str, attempt: Callable[[], tuple[bool, str]], keep: Callable[[], None]
) -> None:
    """Make a test and write what came of it. `keep` is called when the connection works."""
    try:
        with _slots:
            _tell(deps, token, "running")
            state, text = _outcome(attempt, keep)
            _tell(deps, token, state, text)
    finally:
        _behind.release()


def _outcome(attempt: Callable[[], tuple[bool, str]], keep: Callable[[], None]) -> tuple[str, str]:
    """State and message of a test. Whatever goes wrong, whoever asks for the result is told."""
    try:
        worked, text = attempt()
    except Exception as error:  # the boundary of a thread: nobody else would hear of it
        log.exception("a connection could not be tested")
        return (
            "failed",
            f"the test could not be made ({type(error).__name__}); the log of the server says more",
        )
    if not worked:
        return "failed", text
    try:
        keep()
    except UserError as error:
        return "failed", f"the connection works but was not saved: {error}"
    except Exception as error:  # as above
        log.exception("a connection that works could not be saved")
        why = f"({type(error).__name__}); the log of the server says more"
        return "failed", f"the connection works but could not be saved {why}"
    return "success", text


@router.get("/connections/enqueue-test", response_model=None)
@gives(AsyncConnectionTestResponse)
@needs("create", Resource.CONNECTIONS)
def get_connection_test(
    deps: Given, token: Annotated[str, Header(alias="Airflow-Connection-Test-Token")]
) -> Response:
    """How far a test is, and what came of it."""
    _attempt(deps)
    with deps.store.read() as tx:
        found = connection_tests.get(tx, token)
    if found is None:
        raise NotFound("no connection test has this token")
    state, text = found.state, found.message
    if state in connection_tests.OPEN and found.created_at < deps.clock.now() - LONGEST:
        state, text = "failed", "the server that made the test has ended"
    return answer(
        AsyncConnectionTestResponse(
            token=token,
            connection_id=found.conn_id,
            state=state,
            result_message=text,
            created_at=found.created_at,
        )
    )


@router.post("/connections/defaults", status_code=204, response_model=None)
@needs("create", Resource.CONNECTIONS)
def create_default_connections(request: Request, deps: Given, person: Someone) -> Response:
    """Make the connections that a new Airflow has, for examples to start from; those that exist stay as they are."""
    with acting(request, person) as act:
        made = commands.create_default_connections_in(act.tx, act.clock, cipher=deps.cipher)
        act.note("create_default_connections", extra={"connection_ids": made})
    return nothing()


def _attempt(deps: Deps) -> Any:
    """What tries a connection. Raises NotAllowed where nobody may."""
    if not deps.config.can_test_connections or deps.try_connection is None:
        raise NotAllowed("Testing connections is off; an administrator turns it on by [core] test_connection")
    return deps.try_connection


def _complete(tx: Any, deps: Deps, body: ConnectionBody) -> ConnectionRecord:
    """The connection to try. What was shown masked is the stored one's, when the connection leads to the same place.

    Raises Unprocessable otherwise: a secret is not sent to a place that it was not saved for. Extra may name that place, too.
    """
    if body.password != MASK and not is_masked(body.extra or ""):
        return record_of(body)
    stored = connections.get(tx, body.connection_id, deps.cipher)
    if stored is None:
        raise Unprocessable(ELSEWHERE)
    record = changed(stored, body, {name for name in FIELDS if name != "extra" or body.extra is not None})
    same_extra = (record.extra or None) == (stored.extra or None)
    if not same_extra or any(getattr(stored, name) != getattr(record, name) for name in _PLACE):
        raise Unprocessable(ELSEWHERE)
    return record


def _tell(deps: Deps, token: str, state: str, text: str | None = None) -> None:
    try:
        with deps.store.begin() as tx:
            connection_tests.change(tx, token, state, now=deps.clock.now(), message=text)
    except StoreError:
        # Who asks for the result is told after LONGEST; there is nobody else to tell.
        return


def _save(request: Request, person: Person, deps: Deps, record: ConnectionRecord) -> None:
    with acting(request, person) as act:
        commands.set_connection_in(act.tx, act.clock, connection=record, cipher=deps.cipher)
        act.note("patch_connection", extra={"connection_id": record.conn_id, "after": "test"})
