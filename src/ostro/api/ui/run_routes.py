"""Paths of the web page for acts on one run: which of its task instances an act will change."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.reach import must_reach
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.render import large
from ostro.api.routing import guarded
from ostro.api.ui import models
from ostro.rules.permissions import Resource
from ostro.states import RunState
from ostro.store import instances

router = guarded("/ui", described=False)

MARKS = {"success": RunState.SUCCESS, "failed": RunState.FAILED}
ACTS = (*MARKS, "queued", "delete")


@router.get("/dags/{dag_id}/runs/{run_id}/touched", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_touched(dag_id: str, run_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """What marking the run (`act` = success, failed, queued) or deleting it will change; nothing is changed by asking."""
    act = Query(request, deps.config).text("act") or ""
    if act not in ACTS:
        raise BadParameter("act", act, f"Input should be one of {', '.join(ACTS)}")
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        where = {run.id: (dag_id, run_id)}
        if act == "delete":
            rows = instances.load_instances(tx, [run.id])
        elif act == "queued":
            # Queuing a run by hand runs all of it again.
            cleared = commands.clear_tasks_in(
                tx,
                deps.clock,
                dag_id=dag_id,
                run_id=run_id,
                only_failed=False,
                dry_run=True,
                even_if_empty=True,
            )
            must_reach(person, cleared.runs, but=dag_id)
            where = {one.id: (one.dag_id, one.run_id) for one in cleared.runs}
            rows = cleared.instances
        else:
            marked = commands.mark_run_in(
                tx, deps.clock, dag_id=dag_id, run_id=run_id, state=MARKS[act], dry_run=True
            )
            rows = marked.instances
    touched = [
        models.Touched(
            dag_id=where[row.run][0],
            dag_run_id=where[row.run][1],
            task_id=row.task_id,
            map_index=row.map_index,
            state=row.state,
        )
        for row in sorted(
            rows, key=lambda row: (where[row.run] != (dag_id, run_id), row.task_id, row.map_index)
        )
    ]
    return large(request, models.TouchedList(task_instances=touched, total_entries=len(touched)))
