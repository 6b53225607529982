"""The home page: what is wrong first, whether the parts of the installation work, and what ran lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.errors import StoreError
from ostro.rules.health import Health, health_of
from ostro.rules.permissions import Resource
from ostro.store import deadlines, engines, pools
from ostro.store.clock import db_now
from ostro.store.views import rest_dags, rest_import_errors, ui_dags, ui_failures, ui_home
from ostro.store.views.filters import Condition, OneOf, Page, Within

router = guarded("/ui", described=False)

#: Entries of each kind at most; the number beside them tells how many there are.
SHOWN = 8
#: How long a run may be overdue, and a task wait for a place, before the page speaks of it.
LATE_AFTER = timedelta(minutes=1)
STUCK_AFTER = timedelta(minutes=5)
#: How far back missed deadlines are told.
MISSED_FOR = timedelta(days=7)
#: Hours of history to seconds of one bar.
HISTORY = {24: 3_600, 168: 6 * 3_600}


class Part(Struct, frozen=True, kw_only=True):
    #: scheduler, triggerer, dag_processor, database
    name: str
    health: Health
    #: Last sign of life, last moment at which it got something done.
    heartbeat_at: datetime | None = None
    progress_at: datetime | None = None
    #: Processes of this kind that live.
    count: int = 0
    #: Of the scheduler: engines of them that people drain; they start no task.
    draining: int = 0


class Healths(Struct, frozen=True, kw_only=True):
    parts: list[Part]
    now: datetime


class Some(Struct, frozen=True, kw_only=True):
    """The first entries and the number of all."""

    total: int
    rows: list[object]


class Bars(Struct, frozen=True, kw_only=True):
    since: datetime
    seconds: int
    bars: list[dict[str, int]]


class PoolRow(Struct, frozen=True, kw_only=True):
    name: str
    slots: int
    running: int
    queued: int
    scheduled: int
    deferred: int
    open: int | None


class ErrorRow(Struct, frozen=True, kw_only=True):
    filename: str
    sentence: str
    timestamp: datetime


class Late(Struct, frozen=True, kw_only=True):
    dag_id: str
    dag_display_name: str
    due_at: datetime
    #: As many runs are active as may be.
    is_full: bool


class Missed(Struct, frozen=True, kw_only=True):
    dag_id: str
    run_id: str
    task_id: str | None
    name: str | None
    deadline_time: datetime


class Home(Struct, frozen=True, kw_only=True):
    totals: ui_dags.DagTotals
    failing: Some
    late: Some
    stuck: Some
    import_errors: Some
    deadlines: Some
    questions: Some
    pools: list[PoolRow]
    live_tasks: dict[str, int]
    history: Bars
    now: datetime


@router.get("/health", response_model=None)
@needs("read", Resource.CLUSTER_ACTIVITY)
def get_health(deps: Given) -> Response:
    """Whether each part works."""
    try:
        with deps.store.read() as tx:
            now = db_now(tx)
            known = engines.list_all(tx)
            parsed = ui_home.parsing(tx)
    except StoreError:
        return data(Healths(parts=[Part(name="database", health="dead")], now=deps.clock.now()))
    parts = [_part(deps, "scheduler", known, now), _part(deps, "triggerer", known, now)]
    parser = _part(deps, "dag_processor", known, now)
    parts.append(
        Part(
            name="dag_processor",
            health=parser.health,
            heartbeat_at=parser.heartbeat_at,
            progress_at=parsed.last_parsed,
            count=parser.count,
        )
    )
    parts.append(Part(name="database", health="healthy", heartbeat_at=now, progress_at=now, count=1))
    return data(Healths(parts=parts, now=now))


def _part(deps: Deps, kind: str, known: list[engines.EngineRecord], now: datetime) -> Part:
    here = [e for e in known if e.stopped_at is None]
    # The engine runs triggers and parses files itself, unless processes of their own do.
    own = [e for e in here if e.kind == kind] or [e for e in here if e.kind == "scheduler"]
    heartbeat = max((e.heartbeat_at for e in own), default=None)
    progress = max((e.progress_at for e in own if e.progress_at is not None), default=None)
    limit = timedelta(seconds=deps.config.heartbeat_limit)
    alive = [e for e in own if now - e.heartbeat_at <= limit]
    return Part(
        name=kind,
        health=health_of(heartbeat, progress, now=now, limit=limit),
        heartbeat_at=heartbeat,
        progress_at=progress,
        count=len(alive),
        draining=sum(1 for e in alive if e.drain_asked_at is not None) if kind == "scheduler" else 0,
    )


@router.get("/home", response_model=None)
@needs("read", Resource.DAG_RUNS, each=True)
def get_home(request: Request, deps: Given, person: Someone) -> Response:
    """What needs somebody, and what ran in the last `hours` (24 or 168)."""
    hours = Query(request, deps.config).integer("hours") or 24
    if hours not in HISTORY:
        raise BadParameter("hours", str(hours), "Input should be 24 or 168")
    seconds = HISTORY[hours]
    readable = person.readable(Resource.DAG_RUNS)
    of_instances = person.readable(Resource.TASK_INSTANCES)
    now = deps.clock.now()
    # Bars end at full hours, so that they do not change their places with every look.
    until = datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, now.tzinfo)
    since = until - timedelta(hours=hours)
    with deps.store.read() as tx:
        late, late_total = ui_home.late_dags(tx, now - LATE_AFTER, person.readable(), SHOWN)
        active = rest_dags.active_runs(tx, [row.dag_id for row in late]) if late else {}
        failing, failing_total = ui_failures.failing_dags(tx, readable, SHOWN)
        stuck, stuck_total = ui_home.stuck_tasks(tx, now - STUCK_AFTER, of_instances, SHOWN)
        asked, asked_total = ui_home.open_questions(tx, person.readable(Resource.HITL), SHOWN)
        errors, errors_total = _import_errors(tx, person.readable(Resource.IMPORT_ERRORS))
        missed, missed_total = _missed(tx, now, readable)
        found = Home(
            totals=ui_dags.totals(tx, person.readable()),
            failing=Some(total=failing_total, rows=[*failing]),
            late=Some(
                total=late_total,
                rows=[
                    Late(
                        dag_id=row.dag_id,
                        dag_display_name=row.dag_display_name,
                        due_at=row.due_at,
                        is_full=active.get(row.dag_id, 0) >= row.max_active_runs,
                    )
                    for row in late
                ],
            ),
            stuck=Some(total=stuck_total, rows=[*stuck]),
            import_errors=Some(total=errors_total, rows=[*errors]),
            deadlines=Some(total=missed_total, rows=[*missed]),
            questions=Some(total=asked_total, rows=[*asked]),
            pools=_pools(tx) if person.may("read", Resource.POOLS) else [],
            live_tasks=ui_home.live_tasks(tx, of_instances),
            history=Bars(
                since=since,
                seconds=seconds,
                bars=ui_home.runs_over_time(tx, since, until, seconds, readable),
            ),
            now=now,
        )
    return data(found)


def _import_errors(tx: Any, readable: frozenset[str] | None) -> tuple[list[ErrorRow], int]:
    page = Page(limit=SHOWN, order_by=("-timestamp",))
    rows, total = rest_import_errors.list_import_errors(tx, [], page, readable=readable)
    return [ErrorRow(filename=r.filename, sentence=r.sentence, timestamp=r.at) for r in rows], total


def _missed(tx: Any, now: datetime, readable: frozenset[str] | None) -> tuple[list[Missed], int]:
    conditions: list[Condition] = [Within(column="deadline_time", gte=now - MISSED_FOR)]
    if readable is not None:
        conditions.append(OneOf("dag_id", tuple(sorted(readable))))
    page = Page(limit=SHOWN, order_by=("-deadline_time",))
    rows, total = deadlines.list_deadlines(tx, conditions, page, missed=True)
    found = [
        Missed(
            dag_id=r.dag_id,
            run_id=r.run_id,
            task_id=r.task_id or None,
            name=r.name,
            deadline_time=r.due_at,
        )
        for r in rows
    ]
    return found, total


def _pools(tx: Any) -> list[PoolRow]:
    return [
        PoolRow(
            name=use.pool.name,
            slots=use.pool.slots,
            running=use.running,
            queued=use.queued,
            scheduled=use.scheduled,
            deferred=use.deferred,
            open=None if use.pool.slots < 0 else int(use.open),
        )
        for use in pools.list_used(tx)
    ]
