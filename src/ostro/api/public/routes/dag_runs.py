"""DAG runs: lists, trigger, patch, delete, clear, wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Person, Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import BadParameter, Conflict, Unprocessable
from ostro.api.live import sse
from ostro.api.masking import mask
from ostro.api.public import present
from ostro.api.public.models.bulk import BulkDAGRunClearBody
from ostro.api.public.models.instances import (
    ClearTaskInstanceCollectionResponse,
    NewTaskResponse,
    TaskInstanceResponse,
)
from ostro.api.public.models.runs import (
    DAGRunClearBody,
    DAGRunCollectionResponse,
    DAGRunPatchBody,
    DAGRunResponse,
    DAGRunsBatchBody,
    TriggerDAGRunPostBody,
)
from ostro.api.public.query import Query, batch_conditions, batch_page
from ostro.api.public.reach import must_reach, note_reach
from ostro.api.public.routes.dags import check_mask, dag_row
from ostro.api.public.routes.instances import present_records
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.clock import Clock
from ostro.errors import NotAllowed, NotFound
from ostro.rules.permissions import Resource
from ostro.states import RUN_FINISHED, RunState
from ostro.store import instances as stored_instances
from ostro.store import xcoms
from ostro.store.views import rest_runs
from ostro.store.views.cursors import COUNTED
from ostro.store.views.filters import Condition, Matches, OneOf

router = guarded("/api/v2", "DagRun")

#: Shortest and longest time in seconds between two looks at a run that somebody waits for.
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 60.0


def run_row(tx: Any, dag_id: str, run_id: str) -> rest_runs.RunRow:
    """The run; raises NotFound with Airflow's sentence."""
    row = rest_runs.get_run(tx, dag_id, run_id)
    if row is None:
        raise NotFound(f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
    return row


def run_conditions(query: Query, dag_id: str) -> list[Condition]:
    """The filters of lists of runs."""
    conditions = (
        query.moments("run_after", "logical_date", "start_date", "end_date", "updated_at", "partition_date")
        + query.numbers("duration")
        + query.one_of("run_type", "state", "bundle_version", "bundle_name")
        + query.integers("dag_version")
        + query.patterns(
            # `note` and `bundle_name` are not of Airflow, whose lists show them and cannot be searched for them.
            "run_id",
            "dag_id",
            "triggering_user_name",
            "partition_key",
            "note",
            columns={"run_id": "dag_run_id"},
        )
    )
    check_states(query.texts("state"))
    contains = query.text("conf_contains")
    if contains:
        conditions.append(Matches("conf", contains))
    consumed = query.text("consuming_asset_pattern")
    if consumed:
        conditions.append(rest_runs.that_consumed(consumed))
    if dag_id != "~":
        conditions.append(OneOf("dag_id", (dag_id,)))
    return conditions


def check_states(states: tuple[str, ...]) -> None:
    """Raise BadParameter for a word that is no state of a run."""
    for state in states:
        if state not in set(RunState):
            text = f"Invalid value for state. Valid values are {', '.join(RunState)}"
            raise BadParameter("state", state, text)


@router.get("/dags/{dag_id}/dagRuns", response_model=None)
@gives(DAGRunCollectionResponse)
@needs("read", Resource.DAG_RUNS, each=True)
def get_dag_runs(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """Runs of one DAG, or of all ("~")."""
    query = Query(request, deps.config)
    conditions = run_conditions(query, dag_id) + person.conditions(Resource.DAG_RUNS)
    with deps.store.read() as tx:
        if dag_id != "~":
            dag_row(tx, dag_id)
        cursor, page = query.text("cursor"), query.page("id")
        if cursor is not None:
            found = rest_runs.slice_runs(tx, conditions, page, cursor)
            return answer(
                DAGRunCollectionResponse(
                    dag_runs=[present.run(row) for row in found.rows],
                    total_entries=found.total,
                    total_entries_limit=COUNTED,
                    next_cursor=found.next,
                    previous_cursor=found.previous,
                )
            )
        rows, total = rest_runs.list_runs(tx, conditions, page)
    return answer(DAGRunCollectionResponse(dag_runs=[present.run(row) for row in rows], total_entries=total))


@router.post("/dags/{dag_id}/dagRuns/list", response_model=None)
@gives(DAGRunCollectionResponse)
@needs("read", Resource.DAG_RUNS, each=True)
def get_list_dag_runs_batch(dag_id: str, body: DAGRunsBatchBody, deps: Given, person: Someone) -> Response:
    """Runs of all DAGs ("~"), filters in the body."""
    if dag_id != "~":
        raise BadParameter("dag_id", dag_id, "Input should be '~'", kind="literal_error", place="path")
    conditions = batch_conditions(
        body,
        lists={"dag_ids": "dag_id", "states": "state"},
        ranges=("run_after", "logical_date", "start_date", "end_date", "duration"),
    )
    if body.conf_contains:
        conditions.append(Matches("conf", body.conf_contains))
    conditions += person.conditions(Resource.DAG_RUNS)
    with deps.store.read() as tx:
        rows, total = rest_runs.list_runs(tx, conditions, batch_page(body, deps.config))
    return answer(DAGRunCollectionResponse(dag_runs=[present.run(row) for row in rows], total_entries=total))


@router.get("/dags/{dag_id}/dagRuns/{dag_run_id}", response_model=None)
@gives(DAGRunResponse)
@needs("read", Resource.DAG_RUNS)
def get_dag_run(dag_id: str, dag_run_id: str, deps: Given) -> Response:
    """One run."""
    with deps.store.read() as tx:
        row = run_row(tx, dag_id, dag_run_id)
    return answer(present.run(row))


@router.post("/dags/{dag_id}/dagRuns", response_model=None)
@gives(DAGRunResponse)
@needs("create", Resource.DAG_RUNS)
def trigger_dag_run(
    dag_id: str, body: TriggerDAGRunPostBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Make a run by hand."""
    if (body.data_interval_start is None) != (body.data_interval_end is None):
        raise Unprocessable(
            "Either both data_interval_start and data_interval_end must be provided or both must be None"
        )
    interval = None
    if body.data_interval_start is not None and body.data_interval_end is not None:
        interval = (body.data_interval_start, body.data_interval_end)
    said = commands.ask_manual(
        deps.store,
        deps.clock,
        deps.ask_timetable,
        dag_id=dag_id,
        logical_date=body.logical_date,
        run_after=body.run_after,
    )
    with acting(request, person) as act:
        made = commands.trigger_run_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=body.dag_run_id,
            own_run_id=None if said is None else said.run_id,
            logical_date=body.logical_date if said is None else said.logical_date,
            data_interval=interval if interval is not None or said is None else said.data_interval,
            run_after=body.run_after,
            conf=body.conf,
            note=body.note,
            # The page acts through the same paths; its login came by cookie.
            triggered_by="ui" if person.via == "cookie" else "rest_api",
            triggering_user=person.name,
            partition_key=body.partition_key,
            run_id_pattern=deps.config.run_id_pattern,
        )
        act.runs.append(made.id)
        act.dags.append(dag_id)
        act.note(
            "trigger_dag_run",
            dag_id=dag_id,
            run_id=made.run_id,
            logical_date=made.logical_date,
            extra={"conf": mask(body.conf or {}, deps.config.sensitive_names)},
        )
    with deps.store.read() as tx:
        row = run_row(tx, dag_id, made.run_id)
    return answer(present.run(row))


@router.patch("/dags/{dag_id}/dagRuns/{dag_run_id}", response_model=None)
@gives(DAGRunResponse)
@needs("edit", Resource.DAG_RUNS)
def patch_dag_run(
    dag_id: str, dag_run_id: str, body: DAGRunPatchBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Mark a run as success or failed, queue it again, or write its note."""
    fields = Query(request, deps.config).texts("update_mask")
    check_mask(fields, {"state", "note"})
    given = set(fields) & body.model_fields_set if fields else body.model_fields_set
    with acting(request, person) as act:
        run_row(act.tx, dag_id, dag_run_id)
        if "state" in given and body.state is not None:
            mark_run(act, person, dag_id, dag_run_id, RunState(body.state))
        if "note" in given:
            commands.set_run_note_in(
                act.tx, act.clock, dag_id=dag_id, run_id=dag_run_id, note=body.note, user=person.name
            )
        act.note("patch_dag_run", dag_id=dag_id, run_id=dag_run_id, extra=body.model_dump(include=given))
    with deps.store.read() as tx:
        row = run_row(tx, dag_id, dag_run_id)
    return answer(present.run(row))


@router.delete("/dags/{dag_id}/dagRuns/{dag_run_id}", status_code=204, response_model=None)
@needs("delete", Resource.DAG_RUNS)
def delete_dag_run(dag_id: str, dag_run_id: str, request: Request, person: Someone) -> Response:
    """Delete a run that is over, with its task instances and XComs."""
    with acting(request, person) as act:
        try:
            act.runs.append(commands.delete_run_in(act.tx, dag_id=dag_id, run_id=dag_run_id).id)
        except NotAllowed as error:
            raise Conflict(str(error)) from error
        act.dags.append(dag_id)
        act.note("delete_dag_run", dag_id=dag_id, run_id=dag_run_id)
    return nothing()


@router.post("/dags/{dag_id}/dagRuns/{dag_run_id}/clear", response_model=None)
@gives(ClearTaskInstanceCollectionResponse | DAGRunResponse)
@needs("edit", Resource.DAG_RUNS)
def clear_dag_run(
    dag_id: str, dag_run_id: str, body: DAGRunClearBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Clear the task instances of a run so that they run again; with dry_run (the default) only list them."""
    if body.dry_run:
        specs: Specs = request.app.state.specs
        with deps.store.read() as tx:
            touched = clear_run(tx, deps.clock, person, dag_id, dag_run_id, body)
            instances = present_records(tx, specs, touched.instances)
            new = new_tasks(tx, specs, dag_id, dag_run_id) if body.only_new else []
        found: list[TaskInstanceResponse | NewTaskResponse] = [*new] if body.only_new else [*instances]
        return answer(ClearTaskInstanceCollectionResponse(task_instances=found, total_entries=len(found)))
    with acting(request, person) as act:
        done = clear_run(act.tx, act.clock, person, dag_id, dag_run_id, body)
        note_reach(act, done.runs, of=dag_id)
        act.dags.append(dag_id)
        if body.note is not None:
            commands.set_run_note_in(
                act.tx, act.clock, dag_id=dag_id, run_id=dag_run_id, note=body.note, user=person.name
            )
        act.note("clear_dag_run", dag_id=dag_id, run_id=dag_run_id, extra=body.model_dump(exclude={"note"}))
    with deps.store.read() as tx:
        row = run_row(tx, dag_id, dag_run_id)
    return answer(present.run(row))


def clear_run(
    tx: Any,
    clock: Clock,
    person: Person,
    dag_id: str,
    run_id: str,
    body: DAGRunClearBody | BulkDAGRunClearBody,
) -> commands.Cleared:
    """Clear a run as the body says. Raises NotAllowed when that reaches a DAG that the person may not change."""
    done = commands.clear_tasks_in(
        tx,
        clock,
        dag_id=dag_id,
        run_id=run_id,
        # Only new tasks: nothing there is cleared, the run goes on with the latest version's.
        tasks=[] if body.only_new else None,
        only_failed=body.only_failed,
        run_on_latest_version=True if body.only_new else body.run_on_latest_version,
        dry_run=body.dry_run,
        even_if_empty=True,
    )
    must_reach(person, done.runs, but=dag_id)
    return done


def new_tasks(tx: Any, specs: Specs, dag_id: str, run_id: str) -> list[NewTaskResponse]:
    """Tasks of the latest version that the run does not have."""
    dag = dag_row(tx, dag_id)
    run = run_row(tx, dag_id, run_id)
    latest = None if dag.version_id is None else specs.topology(tx, dag.version_id)
    known = {row.task_id for row in stored_instances.load_instances(tx, [run.id])}
    return [
        NewTaskResponse(task_id=task.task_id, task_display_name=task.display_name or task.task_id)
        for task in (latest.tasks if latest is not None else ())
        if task.task_id not in known
    ]


def mark_run(act: Act, person: Person, dag_id: str, run_id: str, state: RunState) -> None:
    """Give a run a state by hand. Raises NotAllowed as `clear_run` does."""
    if state is RunState.QUEUED:
        # Airflow: queuing a run by hand means to run all of it again.
        done = commands.clear_tasks_in(act.tx, act.clock, dag_id=dag_id, run_id=run_id, even_if_empty=True)
        must_reach(person, done.runs, but=dag_id)
        note_reach(act, done.runs, of=dag_id)
    else:
        act.runs.append(
            commands.mark_run_in(act.tx, act.clock, dag_id=dag_id, run_id=run_id, state=state).run.id
        )
    act.dags.append(dag_id)


@router.get("/dags/{dag_id}/dagRuns/{dag_run_id}/wait", response_model=None)
@needs("read", Resource.DAG_RUNS)
async def wait_dag_run_until_finished(
    dag_id: str, dag_run_id: str, request: Request, deps: Given
) -> Response:
    """A line of JSON with the run's state every `interval` seconds until it is over; then also the `result` tasks' XComs.

    Counts as a live view. Raises SlowDown when too many are open.
    """
    query = Query(request, deps.config)
    interval = query.number("interval")
    # Not "<= 0": NaN is no time either.
    if interval is None or not interval > 0:
        raise BadParameter(
            "interval", query.text("interval"), "Input should be greater than 0", kind="greater_than"
        )
    row = await asyncio.to_thread(_read_run, deps, dag_id, dag_run_id)
    pause = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
    lines = _states(deps, row, pause, query.texts("result"))
    # Without a media type, as Airflow: its client refuses one that it cannot read into a model.
    return StreamingResponse(sse.counted(request, lines))


async def _states(
    deps: Deps, row: rest_runs.RunRow, interval: float, result: tuple[str, ...]
) -> AsyncIterator[bytes]:
    while True:
        line: dict[str, Any] = {"state": row.state}
        over = row.state in RUN_FINISHED
        if over and result:
            line["results"] = await asyncio.to_thread(_results, deps, row, result)
        yield msgspec.json.encode(line) + b"\n"
        if over:
            return
        await asyncio.sleep(interval)
        row = await asyncio.to_thread(_read_run, deps, row.dag_id, row.run_id)


def _read_run(deps: Deps, dag_id: str, run_id: str) -> rest_runs.RunRow:
    with deps.store.read() as tx:
        return run_row(tx, dag_id, run_id)


def _results(deps: Deps, row: rest_runs.RunRow, task_ids: tuple[str, ...]) -> dict[str, Any]:
    """Return values by task; of a mapped task a list."""
    found: dict[str, Any] = {}
    with deps.store.read() as tx:
        for task_id in task_ids:
            values = [
                msgspec.json.decode(value)
                for _, value in xcoms.get_many(tx, row.dag_id, row.run_id, task_id, "return_value")
            ]
            mapped = stored_instances.find_instance(tx, row.id, task_id, -1) is None
            found[task_id] = values if mapped else (values[0] if values else None)
    return found
