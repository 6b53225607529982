"""The page of the processes: what each does, and the drain of an engine."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.processes import process, processes
from ostro.api.render import Body, data
from ostro.api.routing import guarded
from ostro.commands.waking import ENGINES
from ostro.rules.permissions import Resource
from ostro.store.clock import db_now
from ostro.store.views import ui_home

router = guarded("/ui", described=False)


class DrainBody(Body):
    #: False: let it start tasks again.
    drain: bool


@router.get("/processes", response_model=None)
@needs("read", Resource.JOBS)
def get_processes(deps: Given) -> Response:
    """Engines and other long-running processes: whether they work, what they hold, and how parsing goes."""
    with deps.store.read() as tx:
        found = processes(tx, deps.clock.now(), limit=deps.config.heartbeat_limit)
        parsed = ui_home.parsing(tx)
        now = db_now(tx)
    parsing = {"files": parsed.files, "last_parsed": parsed.last_parsed}
    return data({"processes": found, "parsing": parsing, "now": now})


# The name of an engine holds the path of its home.
@router.post("/processes/{engine_id:path}/drain", response_model=None)
@needs("edit", Resource.JOBS)
def drain_process(
    engine_id: str, body: DrainBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Let an engine start no more tasks, or work again. Answers with the process as it is now."""
    with acting(request, person) as act:
        commands.drain_engine_in(act.tx, engine_id=engine_id, drain=body.drain)
        act.dags.append(ENGINES)
        act.note("drain_engine" if body.drain else "resume_engine", extra={"engine": engine_id})
        changed = process(act.tx, deps.clock.now(), engine_id, limit=deps.config.heartbeat_limit)
    return data(changed)
