"""Hands scheduled instances to places: by weight, within every limit, only as many as there are places.

Instances of one task of one run form a queue; a refusal that concerns the whole run, pool or file is remembered
for the turn, so that ten thousand waiting instances cost one question, not ten thousand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from ostro import deaths, logfiles, store
from ostro.executors.base import Executor, FileBroken, Place
from ostro.ids import attempt_id
from ostro.protocol.task import FileRef, TaskOrder
from ostro.records import Move
from ostro.rules.instance import Instance
from ostro.rules.limits import Limits, seat_of
from ostro.rules.plan import Needs
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import RunState, TaskState


class Bucket:
    """The scheduled instances of one task of one run (with the same needs), in the order of their map index."""

    __slots__ = ("in_trigger", "index", "key", "needs", "queue", "run", "seat")

    def __init__(self, run: LiveRun, index: int, needs: Needs, try_number: int) -> None:
        self.run = run
        self.index = index
        self.needs = needs
        #: Stands for any instance of the queue: they all ask the limits for the same.
        self.seat = seat_of(run.board.plan, run.run, index, 0, 0, try_number)
        self.key = (-self.seat.priority_weight, self.seat.date, run.run.id, index)
        #: Its instances wait for a trigger before they need a process, and no limit holds them.
        self.in_trigger = run.topology.tasks[index].start_from_trigger
        self.queue: deque[int] = deque()


class Dispatch:
    """Starts what may start."""

    def __init__(
        self,
        live: Live,
        limits: Limits,
        files: Files,
        executor: Executor,
        config: SchedulerConfig,
        is_paused: Callable[[str], bool],
    ) -> None:
        self.live = live
        self.limits = limits
        self.files = files
        self.executor = executor
        self.config = config
        self.is_paused = is_paused
        #: Has a task wait for its trigger without a process before it; set by the loop.
        self.start_in_trigger: Callable[[Round, LiveRun, Instance], None]
        self._buckets: dict[tuple[int, int, Needs], Bucket] = {}
        #: The same in the order in which they are served, and whether it must be sorted again.
        self._served: list[Bucket] = []
        self._is_sorted = True
        #: Files for which processes were asked for and how many, so that asking again says only what changed.
        self._expected: dict[FileRef, int] = {}

    def _take_over(self) -> None:
        """Put what became SCHEDULED into its queue."""
        for run, instance in self.live.scheduled:
            if instance.index < 0 or instance.state is not TaskState.SCHEDULED:
                continue  # it went on in the same round, or its task left the DAG
            needs = run.board.plan.needs_of(instance.index, run.run.run_type, instance.try_number)
            key = (run.run.id, instance.index, needs)
            bucket = self._buckets.get(key)
            if bucket is None or bucket.run is not run:
                bucket = self._buckets[key] = Bucket(run, instance.index, needs, instance.try_number)
                self._is_sorted = False
            bucket.queue.append(instance.id)
        self.live.scheduled.clear()

    def run_once(self, round_: Round) -> int:
        """Start what limits and places allow; returns how many were started."""
        self._take_over()
        started = 0
        blocked_runs: set[int] = set()
        blocked_pools: set[str] = set()
        wanted: dict[FileRef, int] = {}
        free = self.limits.free()
        emptied: list[Bucket] = []
        for bucket in self._in_order():
            if free is not None and not bucket.in_trigger:
                if started >= free:
                    continue
                file = self._file_of(bucket.run)
                if file is not None and wanted.get(file, -1) >= free - started:
                    continue  # more processes of the file than may start are asked for already
            with blame("run", bucket.run.run.id):
                started += self._drain(round_, bucket, blocked_runs, blocked_pools, wanted)
            if not bucket.queue:
                emptied.append(bucket)
        self._forget(emptied)
        self._tell_demand(wanted)
        return started

    def hold(self) -> None:
        """Start nothing: what is scheduled waits in its queue."""
        self._take_over()
        self._forget([b for b in self._buckets.values() if self.live.runs.get(b.run.run.id) is not b.run])
        self._tell_demand({})

    def _file_of(self, run: LiveRun) -> FileRef | None:
        return self.files.of_run(run.run, run.topology.spec.relative_fileloc)

    def _in_order(self) -> list[Bucket]:
        """By weight and age."""
        if not self._is_sorted:
            self._served = sorted(self._buckets.values(), key=lambda b: b.key)
            self._is_sorted = True
        return self._served

    def _forget(self, emptied: list[Bucket]) -> None:
        for bucket in emptied:
            key = (bucket.run.run.id, bucket.index, bucket.needs)
            if self._buckets.get(key) is bucket:  # else its run was read again, and another has its place
                del self._buckets[key]
        if emptied:
            gone = {id(bucket) for bucket in emptied}
            self._served = [bucket for bucket in self._served if id(bucket) not in gone]

    def _drain(
        self,
        round_: Round,
        bucket: Bucket,
        blocked_runs: set[int],
        blocked_pools: set[str],
        wanted: dict[FileRef, int],
    ) -> int:
        run, started = bucket.run, 0
        if self.live.runs.get(run.run.id) is not run:
            bucket.queue.clear()
            return 0
        if run.run.state is not RunState.RUNNING:
            return 0  # queued again by a user: what is scheduled waits for its start
        task = run.topology.tasks[bucket.index]
        if self.is_paused(run.run.dag_id):
            return 0
        if task.start_from_trigger:
            self._start_in_triggers(round_, bucket)
        if run.run.id in blocked_runs or bucket.needs.pool in blocked_pools or self.limits.free() == 0:
            return 0
        file = self._file_of(run)
        queue = bucket.queue
        while queue:
            instance = run.board.instances.get(queue[0])
            if instance is None or instance.state is not TaskState.SCHEDULED:
                queue.popleft()
                continue
            refusal = self.limits.refusal(bucket.seat)
            if refusal is not None:
                if refusal.code == "max_active_tasks":
                    blocked_runs.add(run.run.id)
                elif refusal.code in {"pool_full", "pool_missing"}:
                    blocked_pools.add(bucket.needs.pool)
                break
            if file is None:
                break  # `ostro.api.waiting` says so
            place = self.executor.reserve(file)
            if place is None:
                free = self.limits.free()
                room = len(queue) if free is None else min(len(queue), free)
                wanted[file] = wanted.get(file, 0) + room
                break
            round_.places.append(place)
            queue.popleft()
            self._start(round_, run, instance, file, place)
            started += 1
        return started

    def _start_in_triggers(self, round_: Round, bucket: Bucket) -> None:
        """Those that have not been in their trigger yet; what comes back from it starts as any other."""
        board, queue = bucket.run.board, bucket.queue
        for _ in range(len(queue)):
            ti = queue.popleft()
            instance = board.instances.get(ti)
            if instance is None or instance.state is not TaskState.SCHEDULED:
                continue
            if instance.next_method is None:
                self.start_in_trigger(round_, bucket.run, instance)
            else:
                queue.append(ti)

    def _start(self, round_: Round, run: LiveRun, instance: Instance, file: FileRef, place: Place) -> None:
        now = round_.now
        task = run.topology.tasks[instance.index]
        # Each process has an attempt of its own, also one that goes on with the try of another.
        attempt = attempt_id()
        first = instance.first_start_date or now
        # A task that was deferred goes on with its try: it began when it began, and keeps its XComs.
        goes_on = instance.next_method is not None and instance.start_date is not None
        start = instance.start_date if goes_on else now
        purge: list[tuple[str, bytes]] = []
        if instance.start_date is not None and not goes_on:
            which = (run.run.id, task.task_id, instance.map_index)
            if self.config.purge_xcoms:
                purge = store.xcoms.of_instance(round_.tx, *which)
            store.xcoms.clear_for(round_.tx, [which])
        move = Move(
            ti=instance.id,
            before=TaskState.SCHEDULED,
            after=TaskState.RUNNING,
            attempt_id=attempt,
            queued_at=now,
            start_date=start,
            end_date=None,
            first_start_date=first,
            pid=place.pid,
            pid_birth=place.pid_birth,
            hostname=place.hostname or self.config.hostname,
            engine=self.config.name,
            version_id=run.run.version_id,
            due_at=None,
            cause=None,
        )
        run.board.apply(move)
        order = self._order(round_, run, instance, file, attempt, first)
        if purge:
            order = msgspec.structs.replace(order, purge=purge)
        self.live.follow(run, instance)
        round_.add(run.run.id, [move])
        round_.launches.append((place, order))

    def _order(
        self, round_: Round, run: LiveRun, instance: Instance, file: FileRef, attempt: str, first: datetime
    ) -> TaskOrder:
        now = round_.now
        task = run.topology.tasks[instance.index]
        asked = run.board.plan.needs_of(instance.index, run.run.run_type, instance.try_number)
        if instance.try_number > 1 and run.board.plan.moves(instance.index):
            store.places.move(
                round_.tx,
                instance.id,
                pool=asked.pool,
                pool_slots=asked.pool_slots,
                queue=asked.queue,
                priority_weight=asked.weight,
                executor=asked.executor,
            )
        return TaskOrder(
            attempt_id=attempt,
            file=file,
            run=run.info,
            task_id=task.task_id,
            map_index=instance.map_index,
            try_number=instance.try_number,
            max_tries=instance.max_tries,
            log_path=str(log_path(self.config, run, task.task_id, instance.map_index, instance.try_number)),
            queued_at=now,
            start_date=instance.start_date or now,
            first_start_date=first,
            pool=asked.pool,
            queue=asked.queue,
            priority_weight=asked.weight,
            hostname=self.config.hostname,
            next_method=instance.next_method,
            next_kwargs=store.sealed.unseal(round_.tx, instance.next_kwargs),
            lengths=self._lengths(run, instance.index),
            base_url=self.config.base_url,
        )

    @staticmethod
    def _lengths(run: LiveRun, index: int) -> dict[str, int]:
        """How many instances the mapped tasks around this one have."""
        board, tasks = run.board, run.topology.tasks
        around = (*run.topology.upstream[index], index)
        return {
            # All but the one of a task that is not expanded yet.
            tasks[i].task_id: len(board.by_task[i]) - (-1 in board.by_task[i])
            for i in around
            if board.plan.expansion[i] is not None
        }

    def file_broken(
        self, round_: Round, event: FileBroken, fail: Callable[[Round, LiveRun, int, deaths.Cause], None]
    ) -> None:
        """The file cannot be imported for execution: every instance that waits for it fails and says why."""
        for bucket in list(self._buckets.values()):
            run = bucket.run
            if self._file_of(run) != event.file or self.live.runs.get(run.run.id) is not run:
                continue
            for ti in bucket.queue:
                instance = run.board.instances.get(ti)
                if instance is not None and instance.state is TaskState.SCHEDULED:
                    fail(round_, run, ti, deaths.file_unimportable(event.text))
            bucket.queue.clear()

    def _tell_demand(self, wanted: dict[FileRef, int]) -> None:
        for file, count in wanted.items():
            if self._expected.get(file) != count:
                self.executor.expect(file, count)
        self._expected = wanted


def log_path(config: SchedulerConfig, run: LiveRun, task_id: str, map_index: int, try_number: int) -> Path:
    """Where the log of one try lies."""
    record = run.run
    return logfiles.log_path(config.log_folder, record.dag_id, record.run_id, task_id, map_index, try_number)
