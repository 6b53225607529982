"""Paths of the web page: what clearing or marking a task, one mapped instance or a whole task group will change.

The answer is that of the command itself, asked to write nothing: what is listed is what happens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.reach import must_reach
from ostro.api.public.routes.instance_changes import Meant, tasks_of
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.records import NewInstance, RunRecord, TaskInstanceRecord
from ostro.rules.clear import state_after
from ostro.rules.mark import MARKABLE
from ostro.rules.permissions import Resource
from ostro.states import RUN_FINISHED, TaskState

router = guarded("/ui", described=False)

CLEAR = "clear"
#: Which of the meant instances are cleared.
EVERY, FAILED, RUNNING = "every", "failed", "running"
#: Instances that are named; all are counted.
NAMED = 200
#: What becomes of an instance that the run gets anew.
NEW = "new"


class Change(Struct, frozen=True, kw_only=True):
    """One instance: what it is, and what it will be."""

    dag_id: str
    dag_run_id: str
    task_id: str
    map_index: int
    rendered_map_index: str | None
    #: None: it is not there yet.
    state: str | None
    after: str


class Kind(Struct, frozen=True, kw_only=True):
    """How many instances go from one state to another."""

    state: str | None
    after: str
    count: int


class QueuedRun(Struct, frozen=True, kw_only=True):
    """A finished run that is queued again."""

    dag_id: str
    dag_run_id: str
    logical_date: datetime | None
    state: str


class Preview(Struct, frozen=True, kw_only=True):
    """What an act will do. `tasks`: the tasks that were asked for, those of a group by name."""

    task_instances: list[Change]
    total_entries: int
    kinds: list[Kind]
    queued_runs: list[QueuedRun]
    total_runs: int
    tasks: list[Meant]


@router.get("/dags/{dag_id}/runs/{run_id}/preview", response_model=None)
@needs("edit", Resource.TASK_INSTANCES)
def get_preview(dag_id: str, run_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """What clearing (`act=clear`) or marking (`act` = success, failed, skipped) will change; asking changes nothing.

    It is about `task_id`, with `map_index` one instance of it, or about all of the group `group_id`.
    """
    query = Query(request, deps.config)
    act = query.text("act") or ""
    states = {state.value: state for state in MARKABLE}
    if act != CLEAR and act not in states:
        raise BadParameter("act", act, f"Input should be one of {', '.join((CLEAR, *sorted(states)))}")
    tasks = _asked_for(query, request, deps, dag_id, run_id)
    reach = {name: query.boolean(name) or False for name in ("upstream", "downstream", "past", "future")}
    asked: dict[str, Any] = {"dag_id": dag_id, "run_id": run_id, "tasks": tasks, "dry_run": True, **reach}
    with deps.store.read() as tx:
        if act == CLEAR:
            done = commands.clear_tasks_in(tx, deps.clock, **asked, **_which(query))
            runs, reset, new = done.runs, done.runs, done.new
            changes = _cleared(done.instances)
        else:
            marked = commands.mark_tasks_in(tx, deps.clock, state=states[act], **asked)
            again = {row.run for row in marked.cleared}
            runs, reset, new = marked.runs, [run for run in marked.runs if run.id in again], []
            changes = [*((row, act) for row in marked.instances), *_cleared(marked.cleared)]
    must_reach(person, runs)
    return data(_preview(runs, changes, new, reset, tasks))


def _asked_for(query: Query, request: Request, deps: Deps, dag_id: str, run_id: str) -> list[Meant]:
    group, task_id, index = (
        query.text("group_id"),
        query.text("task_id"),
        query.integer("map_index", minimum=-1),
    )
    if group:
        return tasks_of(request, deps, dag_id, run_id, group)
    if not task_id:
        raise BadParameter("task_id", task_id, "Name a task (task_id) or a task group (group_id)")
    return [task_id if index is None or index < 0 else (task_id, index)]


def _which(query: Query) -> dict[str, Any]:
    """Which of the meant instances are cleared, and whether on the latest version."""
    which = query.text("which") or EVERY
    if which not in (EVERY, FAILED, RUNNING):
        raise BadParameter("which", which, f"Input should be one of {EVERY}, {FAILED}, {RUNNING}")
    return {
        "only_failed": which == FAILED,
        "only_running": which == RUNNING,
        "run_on_latest_version": query.boolean("latest"),
    }


def _cleared(rows: Iterable[TaskInstanceRecord]) -> list[tuple[TaskInstanceRecord, str]]:
    return [(row, state_after(TaskState(row.state)).value) for row in rows]


def _preview(
    runs: list[RunRecord],
    changes: list[tuple[TaskInstanceRecord, str]],
    new: list[NewInstance],
    reset: list[RunRecord],
    tasks: list[Meant],
) -> Preview:
    of_run = {run.id: run for run in runs}
    kinds: Counter[tuple[str | None, str]] = Counter((str(row.state), after) for row, after in changes)
    if new:
        kinds[None, NEW] = len(new)
    listed = [
        _change(of_run[row.run], row, state=str(row.state), after=after, text=row.rendered_map_index)
        for row, after in changes
    ]
    listed += [_change(of_run[one.run], one, state=None, after=NEW, text=None) for one in new]
    queued = [run for run in reset if run.state in RUN_FINISHED]
    return Preview(
        task_instances=listed[:NAMED],
        total_entries=len(listed),
        kinds=[Kind(state=state, after=after, count=count) for (state, after), count in kinds.most_common()],
        queued_runs=[
            QueuedRun(dag_id=r.dag_id, dag_run_id=r.run_id, logical_date=r.logical_date, state=str(r.state))
            for r in queued[:NAMED]
        ],
        total_runs=len(queued),
        tasks=tasks,
    )


def _change(
    run: RunRecord, one: TaskInstanceRecord | NewInstance, *, state: str | None, after: str, text: str | None
) -> Change:
    return Change(
        dag_id=run.dag_id,
        dag_run_id=run.run_id,
        task_id=one.task_id,
        map_index=one.map_index,
        rendered_map_index=text,
        state=state,
        after=after,
    )
