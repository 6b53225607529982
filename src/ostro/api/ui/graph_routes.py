"""Paths of the web page for drawings: the graph of a version, states of a run on it, the run in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import compressed, large
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import gantt
from ostro.api.ui.graph import Graphs
from ostro.api.ui.grid import CODES, Packer, summary, with_others
from ostro.api.ui.models import Struct
from ostro.errors import NotFound
from ostro.rules.critical_path import critical_path
from ostro.rules.expected_end import expected_chain, usual_times
from ostro.rules.permissions import Resource
from ostro.spec import Topology
from ostro.states import RunState
from ostro.store.views import rest_versions, ui_expected, ui_gantt, ui_grid, ui_versions
from ostro.store.views.rest_runs import RunRow

router = guarded("/ui", described=False)

OVER = frozenset({RunState.SUCCESS.value, RunState.FAILED.value})

#: Most mapped instances of one task that are shown in time, each in a row of its own.
MAX_MAPPED = 1_000
#: From how many successful runs the end of a running one is forecast.
LEARN_FROM = 10
#: Of a run with more tasks left than this, from fewer: it is read again whenever one of them moves on.
MANY_LEFT = 2_000
LEARN_FROM_FEW = 3
#: Most rows otherwise.
MAX_ROWS = 100_000


class RunStates(Struct, frozen=True, kw_only=True):
    """A letter per task of the version, in the order of its graph."""

    run_id: str
    run_state: str
    version_number: int
    codes: dict[str, str]
    states: str
    mapped: dict[str, dict[str, int]]
    tries: dict[str, int]
    #: Versions that the instances have, the newest first; empty when they all have that of the run.
    versions: list[int]
    start_date: datetime | None
    end_date: datetime | None


class Expected(Struct, frozen=True, kw_only=True):
    """The forecast of a run's end."""

    #: None = no earlier run succeeded, so nobody knows.
    end: datetime | None
    tasks: list[gantt.ExpectedTask]
    #: How many runs it was learnt from.
    runs: int


class Critical(Struct, frozen=True, kw_only=True):
    """Described in docs/reference/ui-api.md."""

    server_time: datetime
    steps: list[gantt.CriticalStep]
    #: What is still to come; None for a run that is over.
    expected: Expected | None


@router.get("/dags/{dag_id}/graph", response_model=None)
@needs("read", Resource.DAGS)
def get_graph(dag_id: str, request: Request, deps: Given) -> Response:
    """The drawing of a version: the one of a number, that of a run, or the latest."""
    query = Query(request, deps.config)
    number, run_id = query.integer("version_number"), query.text("run_id")
    specs: Specs = request.app.state.specs
    graphs: Graphs = request.app.state.graphs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        if number is not None:
            version = rest_versions.get_version(tx, dag_id, number)
        else:
            wanted = run_row(tx, dag_id, run_id).version.id if run_id else row.version_id
            version = None if wanted is None else rest_versions.get_version_by_id(tx, wanted)
        content = None if version is None else rest_versions.version_hash(tx, version.id)
        if version is None or content is None:
            raise NotFound(
                f"The DAG with ID: `{dag_id}` has no version {number if number is not None else 'yet'}"
            )
        found = graphs.find(content, version.number)
        topology = specs.topology(tx, version.id) if found is None else None
    if topology is not None:
        found = graphs.make(content, version.number, topology)
    assert found is not None  # a version that has a hash has a spec
    return compressed(request, found)


@router.get("/dags/{dag_id}/runs/{run_id}/states", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_states(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """The states of a run, a letter each, in the order of its version, or of another one (`version_number`)."""
    number = Query(request, deps.config).integer("version_number", minimum=1)
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        if number is None or number == run.version.number:
            number, topology = run.version.number, _topology(request, tx, run)
        else:
            version = rest_versions.get_version(tx, dag_id, number)
            drawn = None if version is None else specs.topology(tx, version.id)
            if drawn is None:
                raise NotFound(f"The DAG with ID: `{dag_id}` has no version {number}")
            topology = drawn
        found = ui_grid.packed(tx, run.id)
        versions = ui_versions.versions_of_runs(tx, with_others([run], [found])).get(run.id, [])
    rows = dict(topology.index)
    # Tasks that have left the version come after its own, and are not drawn.
    for name in [*found.task_ids.split("\n"), *(cell[0] for cell in found.mapped)]:
        rows.setdefault(name, len(rows))
    packed = Packer(rows).pack(found)
    return large(
        request,
        RunStates(
            run_id=run.run_id,
            run_state=run.state,
            version_number=number,
            codes=CODES,
            start_date=run.start_date,
            end_date=run.end_date,
            states=packed["states"][: len(topology.tasks)],
            mapped=packed["mapped"],
            tries=packed["tries"],
            versions=[version.version_number for version in versions],
        ),
    )


@router.get("/dags/{dag_id}/runs/{run_id}/critical", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_critical(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """The tasks that the run waited for and, while it goes on, those that it is going to wait for."""
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        topology = _topology(request, tx, run)
        spans = ui_gantt.task_spans(tx, run.id)
        left = [] if run.state in OVER else ui_expected.tasks_left(tx, run.id)
        runs = _learn_from(tx, dag_id, len(left))
        past = ui_expected.times_in_runs(tx, runs, {one.task_id for one in left})
    now = deps.clock.now()
    by_task = gantt.spans_by_task(spans, topology.index)
    chain = expected_chain(
        topology.upstream,
        [topology.index[one.task_id] for one in left if one.task_id in topology.index],
        gantt.begun(left, by_task, topology.index),
        {topology.index[name]: took for name, took in usual_times(past).items() if name in topology.index},
        now,
    )
    began = run.start_date or run.queued_at or run.run_after
    to = chain[0].task if chain else None
    steps = critical_path(topology.upstream, by_task, began, now, to=to)
    names = [task.task_id for task in topology.tasks]
    expected = None
    if run.state not in OVER:
        end = chain[-1].end if chain and runs else None
        expected = Expected(end=end, tasks=gantt.expected_tasks(chain, names), runs=len(runs))
    return large(
        request, Critical(server_time=now, steps=gantt.critical_steps(steps, names), expected=expected)
    )


@router.get("/dags/{dag_id}/runs/{run_id}/gantt", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_gantt(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """The run in time. Mapped tasks are one row each; with `task_id` the instances of that one are the rows."""
    task_id = Query(request, deps.config).text("task_id")
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        topology = _topology(request, tx, run)
        limit = MAX_ROWS if task_id is None else MAX_MAPPED
        instances = ui_gantt.instances_in_time(tx, run.id, task_id=task_id, limit=limit)
        attempts = ui_gantt.attempts_of(tx, run.id, task_id=task_id, limit=limit)
        spans = ui_gantt.task_spans(tx, run.id)
        mapped = [] if task_id is not None else ui_grid.packed_mapped(tx, run.id)
    rows = gantt.rows_of(instances, attempts)
    rows += _mapped_rows(mapped, spans)
    order = topology.index
    rows.sort(key=lambda row: (order.get(row.task_id, len(order)), row.map_index))
    return large(
        request,
        gantt.Gantt(
            run_state=run.state,
            queued_at=run.queued_at,
            start_date=run.start_date,
            end_date=run.end_date,
            server_time=deps.clock.now(),
            rows=rows,
        ),
    )


def _mapped_rows(cells: list[ui_grid.Cell], spans: list[ui_gantt.TaskSpan]) -> list[gantt.GanttRow]:
    counts: dict[str, dict[str, int]] = {}
    for task_id, state, _, count, _, _ in cells:
        counts.setdefault(task_id, {})[state] = count
    began = {span.task_id: span for span in spans}
    rows = []
    for task_id, states in counts.items():
        span = began.get(task_id, ui_gantt.TaskSpan(task_id, 0, 0, None, None, None))
        span = span._replace(instances=sum(states.values()))
        rows.append(gantt.mapped_row(span, summary(states)))
    return rows


def _learn_from(tx: Any, dag_id: str, left: int) -> list[int]:
    if left == 0:
        return []
    return ui_expected.successful_runs(tx, dag_id, LEARN_FROM if left <= MANY_LEFT else LEARN_FROM_FEW)


def _topology(request: Request, tx: Any, run: RunRow) -> Topology:
    specs: Specs = request.app.state.specs
    found = specs.topology(tx, run.version.id)
    if found is None:
        raise NotFound(f"The version of run {run.run_id} is gone")
    return found
