"""What time alone does: retries that are due, runs and attempts that last too long."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from ostro import deaths
from ostro.rules.instance import Instance
from ostro.scheduler.advance import Advance
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import RunState, TaskState


class Expire:
    """Wakes boards when a moment has come. Moments are kept in a heap; a stale one costs one look."""

    def __init__(self, live: Live, advance: Advance, config: SchedulerConfig) -> None:
        self.live = live
        self.advance = advance
        self.config = config
        self._moments: list[tuple[datetime, int]] = []
        self._known: dict[int, datetime] = {}

    def note_settled(self) -> None:
        """Runs were settled: their next moments may have changed."""
        for run_id in self.live.settled:
            run = self.live.runs.get(run_id)
            with blame("run", run_id):
                moment = None if run is None else run.board.next_due()
            if moment is not None and self._known.get(run_id) != moment:
                self._known[run_id] = moment
                heapq.heappush(self._moments, (moment, run_id))
        self.live.settled.clear()

    def next_due(self, now: datetime) -> datetime | None:
        """The earliest moment at which `run_once` has something to do."""
        while self._moments and self._moments[0][1] not in self.live.runs:
            self._known.pop(heapq.heappop(self._moments)[1], None)
        return self._moments[0][0] if self._moments else None

    def run_once(self, round_: Round) -> int:
        """Wake the boards whose moment has come; returns how many."""
        woken = 0
        while self._moments and self._moments[0][0] <= round_.now:
            _, run_id = heapq.heappop(self._moments)
            self._known.pop(run_id, None)
            run = self.live.runs.get(run_id)
            if run is None or run.run.state is not RunState.RUNNING:
                continue
            woken += 1
            with blame("run", run_id):
                if self._run_timed_out(run, round_.now):
                    self.advance.time_out(round_, run)
                else:
                    self.live.dirty.add(run_id)
        return woken

    def attempts_too_long(self, round_: Round, is_here: Callable[[str | None], bool]) -> None:
        """The task ends itself at its execution_timeout; one that does not is ended from outside."""
        for attempt, (run_id, ti) in self.live.attempts.items():
            run = self.live.runs[run_id]
            instance = run.board.instances[ti]
            if not is_here(instance.engine):
                continue  # its own engine ends it (`ostro.scheduler.abroad`), or its heartbeats stay away
            limit = limit_of(run, instance, self.config)
            if limit is not None and round_.now > limit.at:
                round_.stops.append((attempt, deaths.execution_timeout(limit.seconds)))

    @staticmethod
    def _run_timed_out(run: LiveRun, now: datetime) -> bool:
        limit = run.topology.spec.dagrun_timeout
        start = run.run.start_date
        return limit is not None and start is not None and now >= start + timedelta(seconds=limit)


class Limit(NamedTuple):
    """When an attempt that did not end itself is ended from outside, and its execution_timeout in seconds."""

    at: datetime
    seconds: float


def limit_of(run: LiveRun, instance: Instance, config: SchedulerConfig) -> Limit | None:
    """None: it may run for ever, or does not run."""
    seconds = run.task_of(instance).execution_timeout
    # A task that was deferred began its try long before; its execution_timeout counts from when it goes on.
    begin = instance.start_date if instance.next_method is None else instance.queued_at
    if seconds is None or instance.state is not TaskState.RUNNING or begin is None:
        return None
    return Limit(begin + timedelta(seconds=seconds + config.timeout_grace), seconds)
