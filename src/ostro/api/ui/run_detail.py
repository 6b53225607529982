"""Paths of the web page about one run: its head, its tasks a page at a time, where it came from, two runs compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.render import data, large
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.grid import CODES, summary, with_others
from ostro.api.ui.instances import fields, summary_fields
from ostro.api.ui.models import InstanceRow, Struct
from ostro.rules.differences import Difference, Side, differences
from ostro.rules.params import RunParam, run_params
from ostro.rules.permissions import Resource
from ostro.spec import Topology
from ostro.store.views import ui_grid, ui_runs, ui_versions
from ostro.store.views.rest_runs import RunRow

router = guarded("/ui", described=False)

#: Tasks of a page when none and at most; links that are told; rows of a comparison.
TASKS, MAX_TASKS = 100, 1_000
MAX_LINKS = 100
MAX_COMPARED = 500
#: States that somebody has to look at, the worst first.
URGENT = ("failed", "upstream_failed", "up_for_retry", "awaiting_input", "running", "restarting")


class RunTasks(Struct, frozen=True, kw_only=True):
    tasks: list[InstanceRow]
    total_entries: int
    #: Place of the first task of this page.
    offset: int


class RunLinks(Struct, frozen=True, kw_only=True):
    #: The runs whose tasks asked for this one, and those that its tasks asked for; the latest first.
    parents: list[ui_runs.Linked]
    children: list[ui_runs.Linked]
    backfill: ui_runs.OfBackfill | None


class RunParams(Struct, frozen=True, kw_only=True):
    params: list[RunParam]


class Compared(Struct, frozen=True, kw_only=True):
    a: models.RunHead
    b: models.RunHead
    changed: int
    total_entries: int
    rows: list[Difference]


@router.get("/dags/{dag_id}/runs/{run_id}", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_run(dag_id: str, run_id: str, deps: Given) -> Response:
    """One run, and its task instances counted by state."""
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        packed = ui_grid.packed(tx, run.id)
        versions = ui_versions.versions_of_runs(tx, with_others([run], [packed])).get(run.id, [])
    counts = Counter({CODES[letter]: n for letter, n in Counter(packed.letters).items()})
    for _, state, _, count, _, _ in packed.mapped:
        counts[state] += count
    return data(models.RunDetail(run=_head(run), counts=counts, versions=versions))


@router.get("/dags/{dag_id}/runs/{run_id}/tasks", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_tasks(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """A page of the run's tasks in the order of the graph, mapped ones as one row.

    `urgent`: what failed or runs comes first. `around` names a task that must be on the page.
    """
    query = Query(request, deps.config)
    limit = min(query.integer("limit", minimum=1) or TASKS, MAX_TASKS)
    offset = query.integer("offset", minimum=0) or 0
    around, urgent = query.text("around"), query.boolean("urgent")
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        topology = _topology(request, tx, run)
        packed = ui_grid.packed(tx, run.id)
        order = _tasks(packed, topology)
        if urgent:
            rank = {state: place for place, state in enumerate(URGENT)}
            order.sort(key=lambda task: rank.get(task.state, len(rank)))
        if around is not None:
            place = next((n for n, task in enumerate(order) if task.task_id == around), 0)
            offset = max(0, min(place - limit // 2, len(order) - limit))
        shown = order[offset : offset + limit]
        plain = [task.task_id for task in shown if task.mapped is None]
        many = [task.task_id for task in shown if task.mapped is not None]
        times = ui_grid.mapped_times(tx, run.id, many)
        rows = (
            {row.task_id: row for row in ui_runs.plain_instances(tx, dag_id, run_id, plain)} if plain else {}
        )
    tasks = [
        InstanceRow(**fields(rows[task.task_id]))
        if task.mapped is None
        else InstanceRow(**summary_fields(task.task_id, task.mapped, topology, times.get(task.task_id)))
        for task in shown
        # PostgreSQL shows the second statement what the engine has mapped, or removed, since the first.
        if task.mapped is not None or task.task_id in rows
    ]
    return large(request, RunTasks(tasks=tasks, total_entries=len(order), offset=offset))


@router.get("/dags/{dag_id}/runs/{run_id}/links", response_model=None)
@needs("read", Resource.DAG_RUNS)
def get_links(dag_id: str, run_id: str, deps: Given, person: Someone) -> Response:
    """Which tasks of other runs started this one, and which runs its tasks started; only what the person may read."""
    readable = person.readable(Resource.DAG_RUNS)
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        backfill = ui_runs.backfill_of(tx, run.id) if person.may("read", Resource.BACKFILLS, dag_id) else None
        found = RunLinks(
            parents=ui_runs.parents(tx, run.id, readable, MAX_LINKS),
            children=ui_runs.children(tx, run.id, readable, MAX_LINKS),
            backfill=backfill,
        )
    return data(found)


@router.get("/dags/{dag_id}/runs/{run_id}/params", response_model=None)
@needs("read", Resource.DAG_RUNS)
def get_params(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """The params of the run's version, with the values that its tasks see."""
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        topology = _topology(request, tx, run)
    params = () if topology is None else topology.spec.params
    overrides = deps.config.conf_overrides_params
    return data(RunParams(params=run_params(params, run.conf or {}, overrides=overrides)))


@router.get("/dags/{dag_id}/compare", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_compared(dag_id: str, request: Request, deps: Given) -> Response:
    """What differs between the tasks of runs `a` and `b`; with `all` also what does not."""
    query = Query(request, deps.config)
    with deps.store.read() as tx:
        a = run_row(tx, dag_id, query.text("a") or "")
        b = run_row(tx, dag_id, query.text("b") or "")
        topology = _topology(request, tx, b)
        here, there = _sides(tx, a), _sides(tx, b)
    names = [task.task_id for task in topology.tasks] if topology is not None else []
    known = dict.fromkeys([*(name for name in names if name in here or name in there), *here, *there])
    rows = differences(here, there, known)
    changed = sum(row.change is not None for row in rows)
    shown = rows if query.boolean("all") else rows[:changed]
    return large(
        request,
        Compared(
            a=_head(a), b=_head(b), changed=changed, total_entries=len(shown), rows=shown[:MAX_COMPARED]
        ),
    )


class _Task(NamedTuple):
    task_id: str
    state: str
    #: Of a mapped task: its instances by state.
    mapped: Mapping[str, int] | None


def _tasks(packed: ui_grid.Packed, topology: Topology | None) -> list[_Task]:
    """All tasks of a run in the order of its graph; those that the version does not know come last."""
    names = packed.task_ids.split("\n") if packed.task_ids else []
    found = {
        name: _Task(name, CODES[letter], None) for name, letter in zip(names, packed.letters, strict=True)
    }
    for name, counts in _mapped(packed.mapped).items():
        found[name] = _Task(name, summary(counts), counts)
    index = {} if topology is None else topology.index
    return sorted(found.values(), key=lambda task: (index.get(task.task_id, len(index)), task.task_id))


def _mapped(cells: list[ui_grid.Cell]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for task_id, state, _, count, _, _ in cells:
        found.setdefault(task_id, {})[state] = count
    return found


def _sides(tx: Any, run: RunRow) -> dict[str, Side]:
    found = {one.task_id: Side(one.state, one.duration, one.tries) for one in ui_runs.briefs(tx, run.id)}
    cells = ui_grid.packed_mapped(tx, run.id)
    tries: dict[str, int] = {}
    for task_id, _, tried, _, _, _ in cells:
        tries[task_id] = max(tried, tries.get(task_id, 0))
    for task_id, counts in _mapped(cells).items():
        found[task_id] = Side(summary(counts), None, tries[task_id])
    return found


def _topology(request: Request, tx: Any, run: RunRow) -> Topology | None:
    specs: Specs = request.app.state.specs
    return specs.topology(tx, run.version.id)


def _head(run: RunRow) -> models.RunHead:
    number, bundle = run.version.number, run.version.bundle
    return models.taken(models.RunHead, run, version_number=number, bundle=bundle, conf=run.conf or {})
