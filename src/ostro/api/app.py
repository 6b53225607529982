"""Puts the app together: guard, routes, page. No state but what `Deps` gives and this function makes."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import ostro
from ostro.api import csp_reports, docs, failures, openapi
from ostro.api.auth import account_routes, admin_routes, oidc_routes
from ostro.api.auth import routes as auth_routes
from ostro.api.auth.guard import Guard
from ostro.api.auth.needs import for_everybody, for_signed_in
from ostro.api.auth.oidc import Provider
from ostro.api.auth.throttle import LoginThrottle
from ostro.api.auth.tokens import Tokens
from ostro.api.dag_facts import KnownFacts
from ostro.api.deps import Deps
from ostro.api.live.sse import Streams
from ostro.api.live.tail import Tail
from ostro.api.logs.contents import Counts
from ostro.api.page import Page
from ostro.api.public import routes as public_routes
from ostro.api.routing import guarded
from ostro.api.shield import Shield
from ostro.api.specs import Specs
from ostro.api.ui import (
    deadlines,
    graph_routes,
    grid_routes,
    instance_routes,
    lists,
    log_routes,
    run_detail,
    run_routes,
    task_log_routes,
    touch_routes,
)
from ostro.api.ui import routes as ui_routes
from ostro.api.ui.graph import Graphs


def create_app(deps: Deps) -> FastAPI:
    """The whole web server as one ASGI app. Opens no connection and reads no file."""
    app = FastAPI(
        title="Ostro",
        version=ostro.__version__,
        # Described when asked for, behind the guard. FastAPI's pages load code from elsewhere; ours is `ostro.api.docs`.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    tokens = Tokens(deps.config.token_key)
    app.state.deps = deps
    app.state.tokens = tokens
    app.state.guard = Guard(deps, tokens)
    app.state.throttle = LoginThrottle(deps.clock.monotonic)
    app.state.oidc = None if deps.config.oidc is None else Provider(deps.config.oidc, deps.clock)
    app.state.tail = Tail(deps.store)
    app.state.streams = Streams()
    app.state.specs = Specs(deps.store)
    app.state.graphs = Graphs()
    app.state.dag_facts = KnownFacts()
    app.state.log_counts = Counts()
    app.state.csp_reports = csp_reports.Reports(deps.clock.monotonic)
    failures.install(app)
    rest = guarded("", described=False)
    for prefix in ("/api", "/ui", "/auth"):
        rest.add_api_route(
            prefix + "/{path:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
        )
    # As they are, not by include_router: that would build each of them a second time.
    for router in (
        auth_routes.router,
        account_routes.router,
        admin_routes.router,
        oidc_routes.router,
        *public_routes.ROUTERS,
        ui_routes.router,
        *lists.ROUTERS,
        grid_routes.router,
        graph_routes.router,
        instance_routes.router,
        task_log_routes.router,
        run_detail.router,
        run_routes.router,
        touch_routes.router,
        log_routes.router,
        deadlines.router,
        openapi.router,
        docs.router,
        csp_reports.router,
        rest,
    ):
        app.router.routes.extend(router.routes)
    app.add_api_route("/livez", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.mount("/", Page(deps.static_folder))
    app.add_middleware(
        Shield,
        max_body=deps.config.max_body,
        allowed_hosts=deps.config.allowed_hosts,
        base_path=deps.config.base_path,
    )
    return app


@for_everybody
async def _alive() -> Response:
    """The process answers."""
    return JSONResponse({"status": "healthy"})


@for_everybody
def _ready(request: Request) -> Response:
    """The database answers, too."""
    deps: Deps = request.app.state.deps
    if deps.store.ping():
        return JSONResponse({"status": "healthy"})
    return JSONResponse({"status": "unhealthy"}, status_code=503)


@for_signed_in
async def _unknown(path: str) -> Response:
    """A path of the API that does not exist: said as data, not as the page."""
    return JSONResponse({"detail": "Not Found"}, status_code=404)
