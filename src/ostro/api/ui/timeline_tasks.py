"""The floor of the factory by tasks: every try that ran in a stretch of time, or sums of them when they are many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.render import large
from ostro.api.routing import guarded
from ostro.api.ui.timeline import TimelineDag, after, dags_of, due_runs, stretch
from ostro.rules import density
from ostro.rules.density import Density
from ostro.rules.permissions import Resource
from ostro.states import TaskState
from ostro.store.views import ui_timeline
from ostro.store.views.ui_tries import TooMany, Try, tries

router = guarded("/ui", described=False)

#: Tries that are told one by one; of more the sums are told. Of more than can be read in a while, nothing.
MAX_TRIES, MAX_COUNTED = 10_000, 1_000_000
#: Of the sums: stretches of time, groups that are told apart while counting, groups of the answer.
BINS, MAX_GROUPS, MAX_ROWS = 360, 5_000, 500
#: What a try ended in that failed: for good, or with another one to come.
BAD = frozenset({TaskState.FAILED.value, TaskState.UP_FOR_RETRY.value})

Key = TypeVar("Key")

#: What sums are grouped by.
ROWS = ("dag", "tag", "owner", "pool", "task", "operator", "host")

#: (task by its place, run by its place, map index, try number, state, pool and host by their places, since when it waited,
#: start, end): milliseconds after `since`. A plain tuple: there are thousands.
TryLine = tuple[int, int, int, int, str, int, int, int | None, int, int | None]


class SumRow(Struct, frozen=True, array_like=True):
    """Sums of a group: key, name, tries, how many failed, milliseconds of work within the stretch, those of the longest try,
    and [first bin, how many bins, tries in each, failed in each]…, one after another."""

    key: str
    name: str
    ran: int
    failed: int
    busy: int
    longest: int
    cells: list[int]


class Sums(Struct, frozen=True, kw_only=True):
    ran: int
    failed: int
    #: Milliseconds of a bin, and how many bins there are.
    bin: int
    bins: int
    #: By what the rows are grouped.
    by: str
    rows: list[SumRow]
    #: All groups that have no row of their own, and how many they are.
    rest: SumRow | None
    others: int
    #: Of each bin: the most tries at one moment, the mean number.
    most: list[int]
    mean: list[float]
    #: [bin in which they began, class of duration, tries, failed]…, one after another.
    took: list[int]
    #: The shortest duration of each class, in seconds.
    classes: list[float]


class TimelineTasks(Struct, frozen=True, kw_only=True):
    since: datetime
    until: datetime
    now: datetime
    dags: list[TimelineDag]
    #: (DAG by its place, task id, operator).
    tasks: list[tuple[int, str, str]]
    #: Run ids.
    runs: list[str]
    pools: list[str]
    hosts: list[str]
    tries: list[TryLine]
    #: In place of `tries`, when they are many.
    sums: Sums | None
    #: (DAG by its place, due).
    planned: list[tuple[int, int]]


@router.get("/timeline/tasks", response_model=None)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_timeline_tasks(request: Request, deps: Given, person: Someone) -> Response:
    """Tries of task instances that ran between `since` and `until`; `rows` tells by what the sums are grouped."""
    query = Query(request, deps.config)
    since, until = stretch(query)
    by = query.text("rows") or "dag"
    if by not in ROWS:
        raise BadParameter("rows", by, f"Input should be one of {', '.join(ROWS)}")
    now = deps.clock.now()
    span = after(since, until)
    with deps.store.read() as tx:
        readable = person.readable(Resource.TASK_INSTANCES)
        found = tries(tx, since, until, now, readable, most=MAX_COUNTED)
        sums = None
        try:
            few = list(islice(found, MAX_TRIES + 1))
            if len(few) > MAX_TRIES:
                words = ui_timeline.words_of(tx, None)
                sums = _sums(chain(few, found), span, after(since, now), by, words)
                few = []
        except TooMany:
            text = f"Input should be a shorter time: more than {MAX_COUNTED:,} tries of all DAGs ran in it"
            raise BadParameter("until", query.text("until"), text) from None
        due = due_runs(tx, since, until, now, person.readable(Resource.DAG_RUNS))
        known = dags_of(request, tx, {one.dag_id for one in few} | {dag_id for dag_id, _ in due})
    place = {dag.dag_id: number for number, dag in enumerate(known)}
    tasks: _Places[tuple[int, str, str]] = _Places()
    runs, pools, hosts = _Places[str](), _Places[str](), _Places[str]()
    lines = [
        (
            tasks[place[one.dag_id], one.task_id, one.operator], runs[one.run_id], one.map_index, one.try_number,
            one.state, pools[one.pool], hosts[one.host], one.waited, one.start, one.end,
        )
        for one in few
        if one.dag_id in place
    ]  # fmt: skip
    return large(
        request,
        TimelineTasks(
            since=since,
            until=until,
            now=now,
            dags=known,
            tasks=list(tasks),
            runs=list(runs),
            pools=list(pools),
            hosts=list(hosts),
            tries=lines,
            sums=sums,
            planned=[(place[dag_id], at) for dag_id, at in due if dag_id in place],
        ),
    )


class _Places(dict[Key, int]):
    """Values by their places: each is told once."""

    def __missing__(self, key: Key) -> int:
        self[key] = place = len(self)
        return place


def _sums(
    found: Iterable[Try], span: int, now: int, by: str, words: Mapping[str, ui_timeline.DagWords]
) -> Sums:
    sums = Density(span, bins=BINS, groups=MAX_GROUPS)
    keys = _keys(by, words)
    for one in found:
        end = max(one.start, now) if one.end is None else one.end
        sums.add(keys(one), one.start, end, one.state in BAD)
    rows, rest, others = sums.rows(MAX_ROWS)
    took = sums.took()
    classes = range(max((cell.length for cell in took), default=0) + 2)
    at_once = sums.at_once()

    def told(row: density.Row) -> SumRow:
        dag_id, _, task_id = row.key.partition("/")
        name = row.key
        if by in ("dag", "task") and dag_id in words:
            name = f"{words[dag_id].name}.{task_id}" if task_id else words[dag_id].name
        cells = [number for cell in row.cells for number in cell]
        return SumRow(row.key, name, row.ran, row.failed, row.busy, row.longest, cells)

    return Sums(
        ran=sums.ran,
        failed=sums.failed,
        bin=sums.length,
        bins=sums.bins,
        by=by,
        rows=[told(row) for row in rows],
        rest=None if rest is None else told(rest),
        others=others,
        most=[most for most, _ in at_once],
        mean=[
            round(together / min(sums.length, span - number * sums.length), 2)
            for number, (_, together) in enumerate(at_once)
        ],
        took=[number for cell in took for number in cell],
        classes=[round(density.class_from(number) / 1000, 3) for number in classes],
    )


def _keys(by: str, words: Mapping[str, ui_timeline.DagWords]) -> Callable[[Try], Sequence[str]]:
    """What groups a try belongs to; "" is the group of those without any."""
    none = ("",)
    if by == "tag":
        tags = {dag_id: tuple(one.tags) or none for dag_id, one in words.items()}
        return lambda one: tags.get(one.dag_id, none)
    if by == "owner":
        owners = {dag_id: tuple(dict.fromkeys(one.owners)) or none for dag_id, one in words.items()}
        return lambda one: owners.get(one.dag_id, none)
    found: dict[str, Callable[[Try], Sequence[str]]] = {
        "dag": lambda one: (one.dag_id,),
        "pool": lambda one: (one.pool,),
        "task": lambda one: (f"{one.dag_id}/{one.task_id}",),
        "operator": lambda one: (one.operator,),
        "host": lambda one: (one.host,),
    }
    return found[by]
