"""What a browser tells when the page's Content-Security-Policy has stopped something: a line in the server's log.

Anybody can send such a report, so nothing of it is believed, it changes nothing, and only so many are written a minute.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import for_everybody
from ostro.api.routing import guarded

log = logging.getLogger("ostro.api")

PATH = "/csp-report"
#: Bytes of a report that are read; a browser's own has about one thousand.
LONGEST = 16 * 1024
#: Reports that are written in a minute, and characters kept of each part of one.
A_MINUTE = 10
KEPT = 200

router = guarded("", described=False)


class Reports:
    """Counts and writes reports. One per app."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._minute = 0
        self._count = 0
        #: All since the server began.
        self.total = 0

    def note(self, body: bytes) -> None:
        """Write one report, while there are few of them."""
        minute = int(self._monotonic() // 60)
        with self._lock:
            self._count = self._count + 1 if minute == self._minute else 1
            self._minute = minute
            self.total += 1
            count = self._count
        if count < A_MINUTE:
            log.warning("the page's content security policy stopped something: %s", _told(body))
        elif count == A_MINUTE:
            log.warning(
                "more than %s reports of the content security policy in a minute: not shown", A_MINUTE
            )


@router.post(PATH, status_code=204, response_model=None)
@for_everybody
async def report(request: Request) -> Response:
    """Take a report of the browser."""
    reports: Reports = request.app.state.csp_reports
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            return Response(status_code=413)
    reports.note(body)
    return Response(status_code=204)


def _told(body: bytes) -> str:
    """The parts that help, of both shapes that browsers send, without what could forge a line of the log."""
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return "a report that is no JSON"
    if isinstance(found, list):
        found = found[0] if found else {}
    if isinstance(found, dict):
        found = found.get("csp-report") or found.get("body") or {}
    if not isinstance(found, dict):
        return "a report of an unknown shape"
    parts = (
        ("directive", "effective-directive", "effectiveDirective"),
        ("blocked", "blocked-uri", "blockedURL"),
        ("page", "document-uri", "documentURL"),
        ("from", "source-file", "sourceFile"),
        ("line", "line-number", "lineNumber"),
    )
    told = ((name, found.get(old, found.get(new))) for name, old, new in parts)
    return (
        ", ".join(f"{name} {_plain(value)}" for name, value in told if value not in (None, ""))
        or "nothing said"
    )


def _plain(value: Any) -> str:
    # The query of an address may hold anything.
    text = str(value)[:KEPT].partition("?")[0]
    return text.encode("ascii", "backslashreplace").decode() if text.isprintable() else repr(text)
