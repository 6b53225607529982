"""Errors to answers: `{"detail": …}` with Airflow's status codes. Nothing of a trace or a statement leaves the server."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ostro.errors import (
    AlreadyExists,
    BadRequest,
    NotAllowed,
    NotFound,
    OstroError,
    SettingInvalid,
    StoreFull,
    StoreUnavailable,
    Superseded,
    UserError,
)

if TYPE_CHECKING:
    from ostro.api.auth.guard import Guard

log = logging.getLogger("ostro.api")


class Conflict(UserError):
    """The request does not fit the present state: 409."""


class Unprocessable(UserError):
    """The request is well formed, its content cannot be used: 422."""


class BadParameter(UserError):
    """A parameter that cannot be used: 422, with the place, the value and a sentence, as FastAPI answers it."""

    def __init__(
        self, name: str, value: Any, text: str, *, kind: str = "value_error", place: str = "query"
    ) -> None:
        super().__init__(f"{name}: {text}")
        self.detail = [{"type": kind, "loc": [place, name], "msg": text, "input": value}]


class SignInNeeded(UserError):
    """Nobody is signed in: 401."""


class PasswordChangeNeeded(NotAllowed):
    """The account must get a new password first: 403, with `code` "password_change_needed"."""


class SlowDown(UserError):
    """Too many tries: 429. `seconds` until the next one makes sense."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


#: Nearest class wins, so subclasses stand before their bases.
STATUS: tuple[tuple[type[OstroError], int], ...] = (
    (SignInNeeded, 401),
    (SlowDown, 429),
    (Conflict, 409),
    (Unprocessable, 422),
    (BadParameter, 422),
    (NotFound, 404),
    (AlreadyExists, 409),
    (NotAllowed, 403),
    (BadRequest, 400),
    (SettingInvalid, 400),
    (UserError, 400),
    (Superseded, 410),
    (StoreUnavailable, 503),
    (StoreFull, 507),
)


def status_of(error: OstroError) -> int:
    """The HTTP status of one of our errors."""
    for kind, status in STATUS:
        if isinstance(error, kind):
            return status
    return 500


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(OstroError, _on_ostro_error)


async def _on_ostro_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OstroError)
    status = status_of(error)
    if status == 500:
        return defect(request.method, request.url.path, error)
    if status in (401, 403):
        guard: Guard = request.app.state.guard
        await asyncio.to_thread(guard.note_refused, request, status)
    headers: dict[str, str] = {}
    if isinstance(error, SignInNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, SlowDown):
        headers["Retry-After"] = str(max(1, round(error.seconds)))
    elif status == 503:
        headers["Retry-After"] = "1"
    detail = error.detail if isinstance(error, BadParameter) else str(error)
    content = {"detail": detail}
    if isinstance(error, PasswordChangeNeeded):
        content["code"] = "password_change_needed"
    return JSONResponse(content, status_code=status, headers=headers)


def defect(method: str, path: str, error: Exception) -> Response:
    """The answer to a request that met a defect; what it was stands in the log, under the same reference."""
    reference = secrets.token_hex(4)
    log.error("error %s at %s %s", reference, method, path, exc_info=error)
    text = f"Something went wrong on the server; its log tells more (reference {reference})"
    return JSONResponse({"detail": text}, status_code=500)
