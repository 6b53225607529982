"""Slots of pools over the last day, and what is in which queue."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from msgspec import Struct
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.rules.permissions import Resource
from ostro.rules.slots_over_time import Span, mean_slots
from ostro.states import TaskState
from ostro.store.views import ui_pools

router = guarded("/ui", described=False)

#: A day in quarters of an hour.
STEP, STEPS = timedelta(minutes=15), 96
#: Attempts that are looked at.
MOST = 50_000


class PoolPast(Struct, frozen=True, kw_only=True):
    """Mean number of slots in each stretch, the oldest first."""

    taken: list[float]
    #: Of instances that could run and waited for slots, or for the engine.
    waiting: list[float]


class Past(Struct, frozen=True, kw_only=True):
    since: datetime
    #: Length of a stretch in seconds.
    seconds: int
    #: Pools that had any use.
    pools: dict[str, PoolPast]
    #: There were more attempts than are looked at: some are left out, of ended runs first.
    more: bool


class Queue(Struct, frozen=True, kw_only=True):
    name: str
    running: int
    waiting: int
    deferred: int


@router.get("/pools/past", response_model=None)
@needs("read", Resource.POOLS)
def get_past(deps: Given) -> Response:
    """How many slots of each pool were taken over the last day, and how many were waited for."""
    now = deps.clock.now()
    # Whole quarters of an hour, so that a stretch keeps its place from one look to the next.
    begun = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    since = begun - STEP * (STEPS - 1)
    with deps.store.read() as tx:
        taken = ui_pools.taken_since(tx, since, MOST + 1)
        waiters = ui_pools.waiters(tx, MOST)
    spans: dict[str, tuple[list[Span], list[Span]]] = defaultdict(lambda: ([], []))
    for one in taken[:MOST]:
        had, waited = spans[one.pool]
        had.append(Span(one.slots, one.since, one.until))
        if one.waited_since is not None:
            waited.append(Span(one.slots, one.waited_since, one.since))
    for waiter in waiters:
        spans[waiter.pool][1].append(Span(waiter.slots, waiter.since, None))

    def means(of: list[Span]) -> list[float]:
        found = mean_slots(of, since=since, step=STEP, count=STEPS, now=now)
        return [round(mean, 2) for mean in found]

    pools = {name: PoolPast(taken=means(had), waiting=means(waited)) for name, (had, waited) in spans.items()}
    return data(Past(since=since, seconds=int(STEP.total_seconds()), pools=pools, more=len(taken) > MOST))


@router.get("/queues", response_model=None)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_queues(deps: Given, person: Someone) -> Response:
    """What runs and waits in each queue now."""
    with deps.store.read() as tx:
        rows = ui_pools.queues(tx, person.readable(Resource.TASK_INSTANCES))
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row.queue][row.state] = row.instances
    return data({"queues": [_queue(name, by_state) for name, by_state in counts.items()]})


def _queue(name: str, by_state: dict[str, int]) -> Queue:
    deferred = by_state.get(TaskState.DEFERRED, 0)
    waiting = by_state.get(TaskState.SCHEDULED, 0) + by_state.get(TaskState.QUEUED, 0)
    return Queue(
        name=name, running=sum(by_state.values()) - deferred - waiting, waiting=waiting, deferred=deferred
    )
