"""The floor of the factory: all runs in a stretch of time, and those that will be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.dag_facts import KnownFacts
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.render import large
from ostro.api.routing import guarded
from ostro.api.ui import planned
from ostro.rules.permissions import Resource
from ostro.store.views import rest_dags, ui_timeline
from ostro.store.views.filters import OneOf, Page

router = guarded("/ui", described=False)

#: Runs of one answer, DAGs whose future is planned, planned runs of each and of all.
MAX_RUNS, MAX_DUE, MAX_EACH, MAX_PLANNED = 20_000, 500, 50, 2_000
MAX_SPAN = timedelta(days=32)
_MILLISECOND = timedelta(milliseconds=1)

#: (DAG by its place, run id, state, type, due, start, end): milliseconds after `since`. A plain tuple: there are thousands.
Line = tuple[int, str, str, str, int, int | None, int | None]


class TimelineDag(Struct, frozen=True, kw_only=True):
    """What runs of a DAG are grouped by. `pools`: those that its tasks take slots of."""

    dag_id: str
    name: str
    tags: list[str]
    owners: list[str]
    pools: list[str]


class Timeline(Struct, frozen=True, kw_only=True):
    since: datetime
    until: datetime
    now: datetime
    dags: list[TimelineDag]
    runs: list[Line]
    #: (DAG by its place, due).
    planned: list[tuple[int, int]]
    #: There are more runs than the answer holds: the oldest are left out.
    more: bool


@router.get("/timeline", response_model=None)
@needs("read", Resource.DAG_RUNS, each=True)
def get_timeline(request: Request, deps: Given, person: Someone) -> Response:
    """Runs between `since` and `until`."""
    query = Query(request, deps.config)
    since, until = stretch(query)
    readable = person.readable(Resource.DAG_RUNS)
    now = deps.clock.now()
    with deps.store.read() as tx:
        spans = ui_timeline.spans(tx, since, until, now, MAX_RUNS + 1, readable)
        due = due_runs(tx, since, until, now, readable)
        known = dags_of(request, tx, {span.dag_id for span in spans} | {dag_id for dag_id, _ in due})
    place = {dag.dag_id: number for number, dag in enumerate(known)}
    lines = [
        (
            place[s.dag_id], s.run_id, s.state, s.run_type, after(since, s.run_after),
            None if s.start_date is None else after(since, s.start_date),
            None if s.end_date is None else after(since, s.end_date),
        )
        for s in spans[:MAX_RUNS]
        if s.dag_id in place
    ]  # fmt: skip
    return large(
        request,
        Timeline(
            since=since,
            until=until,
            now=now,
            dags=known,
            runs=lines,
            planned=[(place[dag_id], at) for dag_id, at in due if dag_id in place],
            more=len(spans) > MAX_RUNS,
        ),
    )


def stretch(query: Query) -> tuple[datetime, datetime]:
    """The stretch of time that is asked for, in whole milliseconds. Raises BadParameter unless it is one, and not too long."""
    since, until = (
        None if at is None else _whole(at) for at in (query.moment("since"), query.moment("until"))
    )
    if since is None or until is None or not timedelta(0) < until - since <= MAX_SPAN:
        raise BadParameter("since", query.text("since"), "Input should be two moments, 32 days apart at most")
    return since, until


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def due_runs(
    tx: Any, since: datetime, until: datetime, now: datetime, readable: frozenset[str] | None
) -> list[tuple[str, int]]:
    """Runs to come of all DAGs before `until`: DAG id and when, in milliseconds after `since`."""
    due = ui_timeline.due_dags(tx, until, MAX_DUE, readable) if until > now else []
    if not due:
        return []
    rows, _ = rest_dags.list_dags(
        tx, [OneOf("dag_id", tuple(due))], rest_dags.DagFilter(), Page(limit=MAX_DUE)
    )
    found = []
    for row in rows:
        runs = planned.known_runs(row, until, MAX_EACH)
        found += [(row.dag_id, after(since, run.run_after)) for run in runs if run.run_after >= now]
    return found[:MAX_PLANNED]


def dags_of(request: Request, tx: Any, dag_ids: set[str]) -> list[TimelineDag]:
    """What these DAGs are grouped by, in the order of their ids."""
    known = ui_timeline.words_of(tx, dag_ids)
    facts: KnownFacts = request.app.state.dag_facts
    pools = {dag_id: list(one.pools) for dag_id, one in facts.of(tx, known.keys()).items()}
    return [
        TimelineDag(
            dag_id=dag_id, name=one.name, tags=one.tags, owners=one.owners, pools=pools.get(dag_id, [])
        )
        for dag_id, one in sorted(known.items())
    ]


def after(since: datetime, at: datetime) -> int:
    """Milliseconds from one moment to another."""
    return (at - since) // _MILLISECOND
