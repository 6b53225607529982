"""The outermost layer of the app: security headers on every answer, a limit on the size of what comes in, defects.

Plain ASGI, so that it also covers errors, static files and streams, and costs no task switch.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ostro.api import csp_reports
from ostro.api.failures import defect

#: Paths that answer with data; everything else is the page.
DATA_PREFIXES = ("/api/", "/ui/", "/auth/", "/openapi.json", "/livez", "/readyz", csp_reports.PATH)

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class BodyTooLarge(Exception):
    """More bytes came than the limit allows."""


class _Passage:
    """What has passed of one request."""

    def __init__(self) -> None:
        self.received = 0
        self.started = False
        self.too_large = False


class Shield:
    """Wraps the whole app. `max_body` in bytes; `allowed_hosts`: names in small letters, () = any; `base_path`: where
    browsers reach the app."""

    def __init__(
        self, app: ASGIApp, max_body: int, allowed_hosts: tuple[str, ...] = (), base_path: str = ""
    ) -> None:
        self._app = app
        self._base = base_path
        self._reports = base_path + csp_reports.PATH
        self._hosts = frozenset(allowed_hosts)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A proxy may hand the path on with the prefix or without it.
        if self._base:
            scope = {**scope, "root_path": self._base}
        is_data = _below(self._base, scope["path"]).startswith(DATA_PREFIXES)
        state = _Passage()

        async def guarded_send(message: Message) -> None:
            if state.too_large and not state.started:
                # The app turned our refusal to read on into an error of its own; ours is sent below.
                return
            if message["type"] == "http.response.start":
                state.started = True
                is_https = scope.get("scheme") == "https"
                _add_headers(message, is_data=is_data, is_https=is_https, reports=self._reports)
            await send(message)

        async def guarded_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                state.received += len(message.get("body", b""))
                if state.received > self._max_body:
                    state.too_large = True
                    raise BodyTooLarge
            return message

        name = _host_of(Headers(scope=scope).get("host", ""))
        if self._hosts and name not in self._hosts:
            # A page elsewhere may let its own name point to this machine, and would then count as ours.
            text = "This server is not reached under that name; add it to [auth] allowed_hosts, or set [api] base_url"
            await JSONResponse({"detail": text}, status_code=421)(scope, receive, guarded_send)
            return
        declared = Headers(scope=scope).get("content-length")
        if declared is not None and (not declared.isdigit() or int(declared) > self._max_body):
            await self._refuse(scope, receive, guarded_send)
            return
        try:
            await self._app(scope, guarded_receive, guarded_send)
        except BodyTooLarge:
            pass
        except (
            Exception
        ) as error:  # the edge of the app: a defect ends one request, and is told to the log only
            answer = defect(scope["method"], scope["path"], error)
            if not state.started:
                await answer(scope, receive, guarded_send)
        if state.too_large and not state.started:
            state.too_large = False
            await self._refuse(scope, receive, guarded_send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"The request is larger than the {self._max_body} bytes allowed"
        await JSONResponse({"detail": text}, status_code=413)(scope, receive, send)


def _below(base: str, path: str) -> str:
    return path[len(base) :] if base and path.startswith(f"{base}/") else path


def _host_of(header: str) -> str:
    """The name without its port, in small letters."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _add_headers(message: Message, *, is_data: bool, is_https: bool, reports: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _ALWAYS.items():
        headers[name] = value
    policy = DATA_POLICY if is_data else f"{PAGE_POLICY}; report-uri {reports}"
    if is_https and not is_data:
        # What follows on report-uri; browsers take it over https alone.
        headers["Reporting-Endpoints"] = f'csp="{reports}"'
        policy += "; report-to csp"
    headers["Content-Security-Policy"] = policy
    if is_data:
        headers.setdefault("Cache-Control", "no-store")
    if is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
