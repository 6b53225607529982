"""One run in time: what each try of a task waited for and when it worked, as bars. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ostro.api.ui.models import Struct
from ostro.rules.critical_path import Span, Step
from ostro.rules.expected_end import Expected
from ostro.states import FINISHED, TaskState
from ostro.store.views.ui_expected import LeftTask
from ostro.store.views.ui_gantt import Attempt, Instance, TaskSpan

#: What an instance does between two attempts, by the state that the first one ended in.
GAPS = {
    TaskState.DEFERRED.value: "deferred",
    TaskState.UP_FOR_RESCHEDULE.value: "reschedule",
    TaskState.UP_FOR_RETRY.value: "retry",
    TaskState.AWAITING_INPUT.value: "input",
}
_FINISHED = frozenset(state.value for state in FINISHED)


class Bar(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of time. Sent as a list of its fields."""

    #: "scheduled", "queued", "running", or one of `GAPS`.
    kind: str
    try_number: int
    start: datetime
    #: None = it goes on.
    end: datetime | None
    #: Of a running bar: the state that the attempt ended in, "running" while it has not.
    state: str


class GanttRow(Struct, frozen=True, kw_only=True):
    """A task, or one of its mapped instances."""

    task_id: str
    #: -1: not mapped, or all instances together.
    map_index: int
    state: str
    #: More than one: all instances of a mapped task as one bar.
    instances: int
    label: str | None
    bars: list[Bar]


class CriticalStep(Struct, frozen=True, kw_only=True):
    """`ostro.rules.critical_path.Step` by names, durations in seconds."""

    task_id: str
    start: datetime
    end: datetime
    after: str | None
    waited: float
    in_queue: float


class ExpectedTask(Struct, frozen=True, kw_only=True):
    """`ostro.rules.expected_end.Expected` by name."""

    task_id: str
    start: datetime
    end: datetime
    #: False = no earlier run tells how long it takes.
    is_known: bool


class Gantt(Struct, frozen=True, kw_only=True):
    """Described in docs/reference/ui-api.md."""

    run_state: str
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    server_time: datetime
    rows: list[GanttRow]


def rows_of(instances: Sequence[Instance], attempts: Iterable[Attempt]) -> list[GanttRow]:
    """A row for each instance, in their order."""
    tries: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        tries[attempt.ti].append(attempt)
    return [
        GanttRow(
            task_id=one.task_id,
            map_index=one.map_index,
            state=one.state,
            instances=1,
            label=one.label,
            bars=bars_of(one, tries.get(one.id, [])),
        )
        for one in instances
    ]


def mapped_row(span: TaskSpan, state: str) -> GanttRow:
    """All instances of a mapped task as one row."""
    bars = []
    if span.start is not None:
        if span.queued is not None and span.queued < span.start:
            bars.append(Bar("queued", 0, span.queued, span.start, ""))
        bars.append(Bar("running", 0, span.start, span.end if not span.unfinished else None, state))
    return GanttRow(
        task_id=span.task_id, map_index=-1, state=state, instances=span.instances, label=None, bars=bars
    )


def bars_of(instance: Instance, attempts: Sequence[Attempt]) -> list[Bar]:
    """The bars of one instance, in the order of time; `attempts` oldest first."""
    bars: list[Bar] = []
    for number, attempt in enumerate(attempts):
        following = attempts[number + 1] if number + 1 < len(attempts) else None
        _add_waits(bars, attempt.try_number, attempt.scheduled_at, attempt.queued_at, attempt.start)
        end = attempt.end or attempt.closed_at
        if attempt.start is not None:
            bars.append(Bar("running", attempt.try_number, attempt.start, end, attempt.state))
        gap = GAPS.get(attempt.state)
        if gap is not None and end is not None:
            until = _begins(following) if following is not None else _begins_again(instance, end)
            if following is not None or instance.state == attempt.state or until is not None:
                bars.append(Bar(gap, attempt.try_number, end, until, attempt.state))
    is_waiting = instance.state in (TaskState.SCHEDULED.value, TaskState.QUEUED.value)
    if is_waiting:
        since = attempts[-1].closed_at or attempts[-1].end if attempts else None
        begun = [
            at for at in (instance.scheduled_at, instance.queued_at) if at and (since is None or at >= since)
        ]
        if begun:
            _add_waits(bars, len(attempts) + 1, *_waiting_since(instance, since), None)
    elif not attempts and instance.start is not None:
        # Finished by the engine itself: nothing was executed.
        end = instance.end if instance.state in _FINISHED else None
        bars.append(Bar("running", 1, instance.start, end, instance.state))
    return bars


def _waiting_since(instance: Instance, since: datetime | None) -> tuple[datetime | None, datetime | None]:
    scheduled, queued = instance.scheduled_at, instance.queued_at
    if instance.state == TaskState.SCHEDULED.value or (queued and since and queued < since):
        queued = None
    if scheduled and since and scheduled < since:
        scheduled = None
    return scheduled, queued


def _add_waits(
    bars: list[Bar],
    try_number: int,
    scheduled: datetime | None,
    queued: datetime | None,
    start: datetime | None,
) -> None:
    """Bars for the time before an attempt; without `start` the last one goes on."""
    if scheduled is not None:
        until = queued or start
        if until is None or until > scheduled:
            bars.append(Bar("scheduled", try_number, scheduled, until, ""))
    if queued is not None and (start is None or start > queued):
        bars.append(Bar("queued", try_number, queued, start, ""))


def _begins(attempt: Attempt) -> datetime | None:
    return attempt.scheduled_at or attempt.queued_at or attempt.start


def _begins_again(instance: Instance, end: datetime) -> datetime | None:
    """When an instance that waits for its next attempt was scheduled for it."""
    begun = [at for at in (instance.scheduled_at, instance.queued_at) if at is not None and at > end]
    return min(begun, default=None)


def spans_by_task(spans: Iterable[TaskSpan], index: dict[str, int]) -> dict[int, Span]:
    """For `critical_path`: tasks that are not in the version of the run are left out."""
    return {
        index[span.task_id]: Span(span.start, None if span.unfinished else span.end, span.queued)
        for span in spans
        if span.start is not None and span.task_id in index
    }


def critical_steps(steps: Iterable[Step], names: Sequence[str]) -> list[CriticalStep]:
    """Steps by the names of their tasks."""
    return [
        CriticalStep(
            task_id=names[step.task],
            start=step.start,
            end=step.end,
            after=None if step.after is None else names[step.after],
            waited=step.waited.total_seconds(),
            in_queue=step.in_queue.total_seconds(),
        )
        for step in steps
    ]


def begun(left: Iterable[LeftTask], spans: dict[int, Span], index: dict[str, int]) -> dict[int, datetime]:
    """When the tasks that have not ended began, of those that have."""
    found = ((index.get(one.task_id), one.has_begun) for one in left)
    return {task: spans[task].start for task, has_begun in found if has_begun and task in spans}


def expected_tasks(chain: Iterable[Expected], names: Sequence[str]) -> list[ExpectedTask]:
    """The forecast by the names of its tasks."""
    return [
        ExpectedTask(task_id=names[one.task], start=one.start, end=one.end, is_known=one.is_known)
        for one in chain
    ]
