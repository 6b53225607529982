"""Runs of one DAG over time: how long they took, how its tasks did, a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui import planned
from ostro.rules.percentile import percentile
from ostro.rules.permissions import Resource
from ostro.states import RunState, TaskState
from ostro.store.views import ui_history

router = guarded("/ui", described=False)

#: Runs of a chart when none and at most.
RUNS, MAX_RUNS = 100, 500
#: Instances that statistics of tasks read at most, and runs that they look at.
MAX_INSTANCES, STAT_RUNS = 50_000, 50
#: Planned runs of a calendar at most, and its longest span.
MAX_PLANNED, MAX_SPAN = 5_000, timedelta(days=400)
_ENDED = frozenset({RunState.SUCCESS.value, RunState.FAILED.value, TaskState.UPSTREAM_FAILED.value})


class Times(Struct, frozen=True, kw_only=True):
    """Of the finished ones that are shown; seconds."""

    count: int
    median: float | None
    p95: float | None


class Bar(Struct, frozen=True, kw_only=True):
    run_id: str
    run_type: str
    state: str
    run_after: datetime
    start_date: datetime | None
    end_date: datetime | None
    version_number: int
    #: Seconds: waiting for a place, running, from the end of its data (else from its due moment) to its end.
    queued: float | None
    took: float | None
    landing: float | None


class Durations(Struct, frozen=True, kw_only=True):
    bars: list[Bar]
    queued: Times
    took: Times
    landing: Times
    tasks: list[str]


class TaskStatistics(Struct, frozen=True, kw_only=True):
    task_id: str
    operator: str
    #: In the latest run that has it.
    last_state: str
    last_start: datetime | None
    #: Instances that ended well or failed, how many of them failed, tries on average.
    finished: int
    failed: int
    tries: float | None
    took: Times


class Tasks(Struct, frozen=True, kw_only=True):
    tasks: list[TaskStatistics]
    #: Over how many runs.
    runs: int


class Cell(Struct, frozen=True, kw_only=True):
    #: "2026-03-29", or "2026-03-29T02" with `at` telling equal hours apart.
    key: str
    at: datetime
    until: datetime
    counts: dict[str, int]
    planned: int


class Calendar(Struct, frozen=True, kw_only=True):
    cells: list[Cell]
    zone: str
    #: Why planned runs may be missing.
    problem: str | None


@router.get("/dags/{dag_id}/durations", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_durations(dag_id: str, request: Request, deps: Given) -> Response:
    """How long the last runs took, or one task in them (`task_id`)."""
    query = Query(request, deps.config)
    limit = min(query.integer("limit", minimum=1) or RUNS, MAX_RUNS)
    task_id = query.text("task_id") or None
    with deps.store.read() as tx:
        dag_row(tx, dag_id)
        if task_id is None:
            rows = ui_history.runs_took(tx, dag_id, limit)
        else:
            rows = ui_history.task_took(tx, dag_id, task_id, limit)
        done = ui_history.tasks_done(tx, ui_history.latest_runs(tx, dag_id, 1))
    bars = [_bar(row) for row in rows]
    ended = [bar for bar in bars if bar.state in _ENDED]
    return data(
        Durations(
            bars=bars,
            queued=_times([bar.queued for bar in ended]),
            took=_times([bar.took for bar in ended]),
            landing=_times([bar.landing for bar in ended]),
            tasks=sorted({one.task_id for one in done}),
        )
    )


def _bar(row: ui_history.Took) -> Bar:
    return Bar(
        run_id=row.run_id,
        run_type=row.run_type,
        state=row.state,
        run_after=row.run_after,
        start_date=row.start_date,
        end_date=row.end_date,
        version_number=row.version_number,
        queued=_seconds(row.queued_at, row.start_date),
        took=_seconds(row.start_date, row.end_date),
        landing=_seconds(row.data_interval_end or row.run_after, row.end_date),
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def _times(values: list[float | None]) -> Times:
    known = [v for v in values if v is not None]
    return Times(count=len(known), median=percentile(known, 0.5), p95=percentile(known, 0.95))


@router.get("/dags/{dag_id}/tasks", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_tasks(dag_id: str, deps: Given) -> Response:
    """How each task did in the last runs."""
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        runs = ui_history.latest_runs(
            tx, dag_id, max(1, min(STAT_RUNS, MAX_INSTANCES // max(1, row.task_count)))
        )
        done = ui_history.tasks_done(tx, runs)
    place = {run: number for number, run in enumerate(runs)}
    by_task: dict[str, list[ui_history.TaskDone]] = {}
    for one in done:
        by_task.setdefault(one.task_id, []).append(one)
    found = [_statistics(task_id, rows, place) for task_id, rows in sorted(by_task.items())]
    return data(Tasks(tasks=found, runs=len(runs)))


def _statistics(task_id: str, rows: list[ui_history.TaskDone], place: dict[int, int]) -> TaskStatistics:
    last = min(rows, key=lambda one: place[one.run])
    # Of mapped instances of the last run a failed one speaks for all.
    here = [one for one in rows if one.run == last.run]
    last = next((one for one in here if one.state == TaskState.FAILED), last)
    finished = [one for one in rows if one.state in (TaskState.SUCCESS, TaskState.FAILED)]
    tries = [one.try_number for one in finished]
    return TaskStatistics(
        task_id=task_id,
        operator=last.operator,
        last_state=last.state,
        last_start=last.start_date,
        finished=len(finished),
        failed=sum(1 for one in finished if one.state == TaskState.FAILED),
        tries=sum(tries) / len(tries) if tries else None,
        took=_times([one.duration for one in finished]),
    )


# ---- calendar --------------------------------------------------------------------------------------------------------


@router.get("/dags/{dag_id}/calendar", response_model=None)
@needs("read", Resource.DAG_RUNS)
def get_calendar(dag_id: str, request: Request, deps: Given) -> Response:
    """Runs by day, or by hour, of a time zone, with those that are planned. `by`: due, or logical date."""
    query = Query(request, deps.config)
    zone = _zone(query.text("zone") or "UTC")
    since, until = query.moment("since"), query.moment("until")
    if since is None or until is None or not timedelta(0) < until - since <= MAX_SPAN:
        raise BadParameter(
            "since", query.text("since"), "Input should be two moments, 400 days apart at most"
        )
    by: Literal["due", "logical"] = "logical" if query.text("by") == "logical" else "due"
    hourly = query.text("cells") == "hour"
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        counted = ui_history.runs_by_quarter(tx, dag_id, by, since, until)
    cells = _Cells(zone, hourly)
    for quarter, state, count in counted:
        cells.count(since + timedelta(minutes=15) * quarter, state, count)
    runs, problem = _planned(deps, row, until)
    for run in runs:
        at = run.run_after if by == "due" else run.logical_date
        if at is not None and since <= at < until:
            cells.plan(at)
    return data(Calendar(cells=cells.all(), zone=str(zone), problem=problem))


def _planned(deps: Deps, row: Any, until: datetime) -> tuple[list[Any], str | None]:
    if until <= deps.clock.now():
        return [], None
    # By logical date a run stands before it is due, so the runs that are due a little later belong to it, too.
    return planned.runs_of(deps, row, until + timedelta(days=31), MAX_PLANNED)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadParameter("zone", name, "Input should be a time zone, as in Europe/Berlin") from None


class _Cells:
    """Days, or hours, of a zone: a day has as many hours as its clock says."""

    def __init__(self, zone: ZoneInfo, hourly: bool) -> None:
        self._zone = zone
        self._hourly = hourly
        self._found: dict[datetime, tuple[str, datetime, dict[str, int]]] = {}
        self._planned: dict[datetime, int] = {}

    def count(self, at: datetime, state: str, count: int) -> None:
        start = self._cell(at)
        counts = self._found[start][2]
        counts[state] = counts.get(state, 0) + count

    def plan(self, at: datetime) -> None:
        start = self._cell(at)
        self._planned[start] = self._planned.get(start, 0) + 1

    def all(self) -> list[Cell]:
        return [
            Cell(key=key, at=start, until=end, counts=counts, planned=self._planned.get(start, 0))
            for start, (key, end, counts) in sorted(self._found.items())
        ]

    def _cell(self, at: datetime) -> datetime:
        wall = at.astimezone(self._zone)
        if self._hourly:
            # Minutes are counted back in real time, so that an hour that comes twice has two cells.
            start = at - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
            end, key = start + timedelta(hours=1), wall.strftime("%Y-%m-%dT%H")
        else:
            day = wall.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            start, end = _utc(day), _utc(day + timedelta(days=1))
            key = wall.strftime("%Y-%m-%d")
        self._found.setdefault(start, (key, end, {}))
        return start


def _utc(wall: datetime) -> datetime:
    return wall.astimezone(ZoneInfo("UTC"))
