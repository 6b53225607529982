"""The floor of the factory: all runs in a stretch of time, and those that will be."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.dag_facts import KnownFacts
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui import planned
from ostro.rules.permissions import Resource
from ostro.store.views import rest_dags, ui_timeline
from ostro.store.views.filters import OneOf, Page

router = guarded("/ui", described=False)

#: Runs of one answer, DAGs whose future is planned, planned runs of each and of all.
MAX_RUNS, MAX_DUE, MAX_EACH, MAX_PLANNED = 20_000, 500, 50, 2_000
MAX_SPAN = timedelta(days=32)

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
    since, until = query.moment("since"), query.moment("until")
    if since is None or until is None or not timedelta(0) < until - since <= MAX_SPAN:
        raise BadParameter("since", query.text("since"), "Input should be two moments, 32 days apart at most")
    readable = person.readable(Resource.DAG_RUNS)
    now = deps.clock.now()
    with deps.store.read() as tx:
        spans = ui_timeline.spans(tx, since, until, MAX_RUNS + 1, readable)
        due = ui_timeline.due_dags(tx, until, MAX_DUE, readable) if until > now else []
        rows: list[rest_dags.DagRow] = []
        if due:
            conditions = [OneOf("dag_id", tuple(due))]
            rows, _ = rest_dags.list_dags(tx, conditions, rest_dags.DagFilter(), Page(limit=MAX_DUE))
        known = ui_timeline.words_of(tx, {span.dag_id for span in spans} | set(due))
        facts: KnownFacts = request.app.state.dag_facts
        pools = {dag_id: list(one.pools) for dag_id, one in facts.of(tx, known.keys()).items()}
    place = {dag_id: number for number, dag_id in enumerate(sorted(known))}
    to_come: list[tuple[int, int]] = []
    for row in rows:
        runs = planned.known_runs(row, until, MAX_EACH)
        to_come += [(place[row.dag_id], _after(since, run.run_after)) for run in runs if run.run_after >= now]
    lines = [
        (
            place[s.dag_id], s.run_id, s.state, s.run_type, _after(since, s.run_after),
            None if s.start_date is None else _after(since, s.start_date),
            None if s.end_date is None else _after(since, s.end_date),
        )
        for s in spans[:MAX_RUNS]
        if s.dag_id in place
    ]  # fmt: skip
    return data(
        Timeline(
            since=since,
            until=until,
            now=now,
            dags=[_dag(known[dag_id], pools.get(dag_id, [])) for dag_id in sorted(known)],
            runs=lines,
            planned=to_come[:MAX_PLANNED],
            more=len(spans) > MAX_RUNS,
        )
    )


def _dag(words: ui_timeline.DagWords, pools: list[str]) -> TimelineDag:
    return TimelineDag(
        dag_id=words.dag_id, name=words.name, tags=words.tags, owners=words.owners, pools=pools
    )


def _after(since: datetime, at: datetime) -> int:
    return int((at - since).total_seconds() * 1000)
