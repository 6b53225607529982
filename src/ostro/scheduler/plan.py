"""Makes runs: those that a timetable says are due, and starts queued ones within max_active_runs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from ostro import events, store
from ostro.errors import UserError
from ostro.ids import attempt_id
from ostro.records import RunRecord
from ostro.rules import runs as run_rules
from ostro.scheduler.blame import blame, say
from ostro.scheduler.calendar import Broken, Calendars, Run
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.lead import Lead
from ostro.scheduler.live import Live, LiveRun, run_info
from ostro.scheduler.round import Round
from ostro.states import RunState, RunType
from ostro.store.schedules import ScheduleRow
from ostro.timetable import (
    ContinuousTimetable,
    DagRunInfo,
    DataInterval,
    Schedule,
    decode,
    is_custom,
    last_run,
    run_id_for,
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Planned:
    """When one DAG is due next."""

    __slots__ = (
        "dag_id", "dialect", "last", "listens", "max_active_runs", "next", "paused", "row", "run_id", "schedule", "version_id",
    )  # fmt: skip

    def __init__(self, row: store.ScheduleRow) -> None:
        self.dag_id = row.dag_id
        self.version_id = row.version_id
        self.dialect = row.dialect
        #: Of a timetable that a child process must be asked for; then there is no `schedule`.
        self.row: store.ScheduleRow | None = row if is_custom(row.timetable) else None
        self.schedule: Schedule | None = None
        if self.row is None:
            self.schedule = Schedule(
                timetable=decode(row.timetable), start=row.start_date, end=row.end_date, catchup=row.catchup
            )
        self.paused = row.is_paused
        #: It is scheduled on assets, alone or beside its timetable.
        self.listens = row.asset_condition is not None
        self.max_active_runs = row.max_active_runs
        self.last: DagRunInfo | DataInterval | None = last_run(
            run_after=row.last_run_after,
            start=row.last_interval_start,
            end=row.last_interval_end,
            partition_date=row.last_partition_date,
            partition_key=row.last_partition_key,
        )
        self.next: DagRunInfo | None = None
        #: The id that the author's timetable gave to the next run.
        self.run_id = ""


class Plan:
    """Owns the calendar: a heap of the moments at which a DAG is due."""

    def __init__(
        self,
        live: Live,
        config: SchedulerConfig,
        emit: Callable[[events.Event], None],
        lead: Lead,
        calendars: Calendars,
    ) -> None:
        self.live = live
        self.emit = emit
        self.lead = lead
        self.config = config
        self.calendars = calendars
        #: Starts queued runs of backfills of a DAG; set by the loop.
        self.start_backfills: Callable[[Round, str], None] = lambda _round, _dag_id: None
        #: What child processes said of timetables.
        self._told: list[tuple[Planned, list[Run] | Broken]] = []
        self.schedules: dict[str, Planned] = {}
        self._due: list[tuple[datetime, int, Planned]] = []
        self._serial = 0
        #: Moments at which a queued run of a DAG may start: its run_after lies in the future.
        self._later: list[tuple[datetime, str]] = []
        self._later_known: set[tuple[datetime, str]] = set()
        #: DAGs whose queued runs may start, or whose due run waited for a free place.
        self.look_at: set[str] = set()
        #: DAGs that have a due run which max_active_runs holds back.
        self._held: set[str] = set()
        #: DAGs whose runs wait until the other engines know of this one.
        self._unstarted: set[str] = set()
        #: Runs made in this round: run -> DAG.
        self.fresh: dict[int, str] = {}
        #: DAGs whose timetable failed, with the version that it failed in.
        self._set_aside: dict[str, int] = {}

    def refresh(self, tx: Any, dag_ids: Iterable[str] | None, now: datetime) -> None:
        """Read the schedules of these DAGs (None = all) again: parsed, paused, unpaused or deleted."""
        wanted = None if dag_ids is None else list(dag_ids)
        before = dict(self.schedules)
        if wanted is None:
            self.schedules.clear()
        else:
            for dag_id in wanted:
                self.schedules.pop(dag_id, None)
        changed = []
        for row in store.specs.load_schedules(tx, wanted):
            # One DAG's schedule; the others go on. It can still be triggered.
            quiet = Planned(msgspec.structs.replace(row, timetable={"type": "null"}))
            try:
                schedule = quiet if self._is_quiet(row) else Planned(row)
                self._compute(schedule, now, before.get(row.dag_id))
            except UserError as error:
                self.emit(events.Warned(text=f"DAG {row.dag_id!r} makes no runs by itself: {error}"))
                schedule = quiet
            except Exception as error:  # a timetable is computed here, whatever it is
                self.emit(events.Warned(text=f"DAG {row.dag_id!r} makes no runs by itself: {say(error)}"))
                schedule = quiet
            self.schedules[row.dag_id] = schedule
            self.look_at.add(row.dag_id)
            if schedule.row is None or schedule.next is not None:
                # Else a child process was asked for it.
                changed.append(self._next_row(schedule))
        store.specs.save_next(tx, changed)

    def _is_quiet(self, row: ScheduleRow) -> bool:
        return not self.config.makes_scheduled_runs or self._set_aside.get(row.dag_id) == row.version_id

    def set_aside(self, dag_id: str, text: str) -> None:
        """The timetable of a DAG cannot be handled: it makes no runs by itself until the DAG changes."""
        schedule = self.schedules.get(dag_id)
        if schedule is not None:
            self._set_aside[dag_id] = schedule.version_id
        self.emit(events.Warned(text=f"DAG {dag_id!r} makes no runs by itself: {text}"))

    def forgive(self, dag_ids: Iterable[str]) -> list[str]:
        """The file of these DAGs was parsed: a timetable that failed is tried again, one of the author asked again.

        Returns the DAGs whose schedule must be read again for that.
        """
        found = []
        for dag_id in dag_ids:
            schedule = self.schedules.get(dag_id)
            if schedule is not None and schedule.row is not None:
                schedule.next = None
                found.append(dag_id)
            if self._set_aside.pop(dag_id, None) is not None:
                found.append(dag_id)
        return found

    def is_set_aside(self, dag_id: str) -> bool:
        """Whether the present version of the DAG cannot be handled."""
        schedule = self.schedules.get(dag_id)
        return schedule is not None and self._set_aside.get(dag_id) == schedule.version_id

    def is_paused(self, dag_id: str) -> bool:
        """Whether the DAG is paused; a DAG without a file counts as paused."""
        schedule = self.schedules.get(dag_id)
        return schedule is None or schedule.paused

    def next_due(self) -> datetime | None:
        """The earliest moment at which `run_once` has something to do."""
        while self._due and self.schedules.get(self._due[0][2].dag_id) is not self._due[0][2]:
            heapq.heappop(self._due)
        if self._told:
            return _LONG_AGO
        moments = [heap[0][0] for heap in (self._due, self._later) if heap]
        return min(moments) if moments else None

    def run_once(self, round_: Round) -> int:
        """Create what is due and start what may start; returns how many runs were created."""
        created = 0
        # Called again in the round when runs end in it: the share is that of the round.
        budget = max(0, self.config.runs_per_turn - len(self.fresh))
        self._learn(round_)
        if self.lead.may_start:
            self.look_at |= self._unstarted
            self._unstarted.clear()
        while self._later and self._later[0][0] <= round_.now:
            entry = heapq.heappop(self._later)
            self._later_known.discard(entry)
            self.look_at.add(entry[1])
        held, self._held = (
            self._held & (self.look_at | round_.freed_dags),
            self._held - self.look_at - round_.freed_dags,
        )
        # They wait in no queue until they are handled.
        round_.planned |= held
        for dag_id in held:
            with blame("dag", dag_id):
                self._go_on_from_now(dag_id, round_.now)
                created += self._create_due(round_, dag_id, budget - created)
        while created < budget:
            self.next_due()
            if not self._due or self._due[0][0] > round_.now:
                break
            due = heapq.heappop(self._due)[2]
            with blame("dag", due.dag_id):
                created += self._create_due(round_, due.dag_id, budget - created)
        round_.planned |= self.look_at
        for dag_id in self.look_at | round_.freed_dags:
            self._start_queued(round_, dag_id)
        self.look_at.clear()
        return created

    def _create_due(self, round_: Round, dag_id: str, budget: int) -> int:
        schedule = self.schedules.get(dag_id)
        round_.planned.add(dag_id)
        self._held.discard(dag_id)
        created = 0
        while schedule is not None and schedule.next is not None and not schedule.paused:
            info = schedule.next
            if info.run_after > round_.now:
                break
            if created >= budget:
                break
            # Runs of backfills have a limit of their own.
            active = sum(
                live.run.backfill_id is None and live.run.id not in round_.ended
                for live in self.live.of_dag(dag_id)
            )
            active += self.lead.others_runs(round_.tx, dag_id)[0]
            if 0 < schedule.max_active_runs <= active:
                self._held.add(dag_id)
                break
            self._create(round_, schedule, info)
            created += 1
            schedule.last, schedule.next = info, None
            self._find_next(schedule, round_.now)
        if schedule is not None:
            if created:
                store.specs.save_next(round_.tx, [self._next_row(schedule)])
                self.look_at.add(dag_id)
            if dag_id not in self._held:
                # Behind all that is due by now: a long catch-up makes no other DAG late.
                self._enqueue(schedule, not_before=round_.now)
        return created

    def _go_on_from_now(self, dag_id: str, now: datetime) -> None:
        """A run "again as soon as the last has ended" covers the time until then, not until the last one was made."""
        schedule = self.schedules.get(dag_id)
        planned = None if schedule is None else schedule.schedule
        if (
            schedule is not None
            and planned is not None
            and isinstance(planned.timetable, ContinuousTimetable)
        ):
            self._find_next(schedule, now)

    def look_for_room(self) -> None:
        """The net below the messages: whether room came for runs that are queued, or due and held back."""
        self.look_at |= self._held
        self.look_at.update(
            live.run.dag_id for live in self.live.runs.values() if live.run.state is RunState.QUEUED
        )

    def _create(self, round_: Round, schedule: Planned, info: DagRunInfo) -> None:
        interval = info.data_interval
        new = store.NewRun(
            dag_id=schedule.dag_id,
            run_id=schedule.run_id
            or run_id_for(
                RunType.SCHEDULED,
                named_after(info, schedule.dialect),
                info.logical_date,
                token=info.partition_key or attempt_id()[-8:],
            ),
            run_type=RunType.SCHEDULED,
            logical_date=info.logical_date,
            data_interval_start=None if interval is None else interval.start,
            data_interval_end=None if interval is None else interval.end,
            run_after=info.run_after,
            queued_at=round_.now,
            version_id=schedule.version_id,
            triggered_by="timetable",
            partition_key=info.partition_key,
            partition_date=info.partition_date,
        )
        (record,) = store.runs.create_runs(round_.tx, [new])
        if record is not None:
            round_.touched.add(record.id)
            self.fresh[record.id] = record.dag_id
            self.live.load(round_.tx, self.lead.own(round_.tx, [record]))

    def _start_queued(self, round_: Round, dag_id: str) -> None:
        schedule = self.schedules.get(dag_id)
        if schedule is None or schedule.paused:
            return
        if not self.lead.may_start:
            self._unstarted.add(dag_id)
            return
        self.start_backfills(round_, dag_id)
        mine = [
            live
            for live in self.live.of_dag(dag_id)
            if live.run.id not in round_.ended and live.run.backfill_id is None
        ]
        running = sum(live.run.state is RunState.RUNNING for live in mine)
        running += self.lead.others_runs(round_.tx, dag_id)[1]
        queued = [live.run for live in mine if live.run.state is RunState.QUEUED]
        for run in queued:
            if run.run_after > round_.now:
                entry = (run.run_after, dag_id)
                if entry not in self._later_known:
                    self._later_known.add(entry)
                    heapq.heappush(self._later, entry)
        for run in run_rules.startable(queued, running, schedule.max_active_runs, now=round_.now):
            with blame("run", run.id):
                self.start(round_, self.live.runs[run.id])

    def start(self, round_: Round, live: LiveRun) -> None:
        """A queued run becomes running; its instances are made when it has none yet."""
        run = live.run
        start = run.start_date or round_.now
        round_.run_moves.append(
            store.RunMove(id=run.id, before=run.state, after=RunState.RUNNING, start_date=start)
        )
        round_.touched.add(run.id)
        started = msgspec.structs.replace(run, state=RunState.RUNNING, start_date=start)
        self._with_record(live, started)
        if not live.board.instances:
            new = run_rules.initial_instances(live.topology, started, run.version_id)
            live.board.insert(store.instances.insert_instances(round_.tx, new))
        self.live.dirty.add(run.id)

    @staticmethod
    def _with_record(live: LiveRun, record: RunRecord) -> None:
        live.run = record
        live.board.run = record
        info = live.info
        live.info = msgspec.structs.replace(
            run_info(record, info.consumed_asset_events), more_asset_events=info.more_asset_events
        )

    def _compute(self, schedule: Planned, now: datetime, before: Planned | None) -> None:
        known = (
            schedule.row is not None
            and before is not None
            and before.row is not None
            and before.next is not None
            and (before.version_id, before.last) == (schedule.version_id, schedule.last)
            and before.row.timetable == schedule.row.timetable
        )
        if known and before is not None:
            # Nothing of it changed: a child process need not be asked again.
            schedule.next, schedule.run_id = before.next, before.run_id
        else:
            self._find_next(schedule, now)
        self._enqueue(schedule)

    def _find_next(self, schedule: Planned, now: datetime) -> None:
        """The run after the last one; that of an author's timetable comes later (`_learn`)."""
        if schedule.schedule is not None:
            schedule.next = schedule.schedule.next(schedule.last, now)
        elif schedule.row is not None and schedule.row.timetable.get("can_be_scheduled", True):
            self.calendars.next_run(
                schedule.row, schedule.last, now, lambda found: self._told.append((schedule, found))
            )

    def _learn(self, round_: Round) -> None:
        """Take over what child processes said of timetables."""
        told, self._told = self._told, []
        # A round that is not written asks for all of them again.
        round_.planned.update(schedule.dag_id for schedule, _ in told)
        for schedule, found in told:
            if self.schedules.get(schedule.dag_id) is not schedule:
                continue  # it was read again meanwhile, and asked for again
            with blame("dag", schedule.dag_id):
                self._learn_of(round_, schedule, found)

    def _learn_of(self, round_: Round, schedule: Planned, found: list[Run] | Broken) -> None:
        dag_id = schedule.dag_id
        if isinstance(found, Broken):
            store.problems.put_timetable_error(round_.tx, dag_id, found.text, found.traceback, round_.now)
            round_.afterwards.append(partial(self.set_aside, dag_id, found.text))
        else:
            if found:
                schedule.next, schedule.run_id = found[0].info, found[0].run_id
                self._enqueue(schedule)
            store.problems.forget_timetable_error(round_.tx, dag_id)
        store.specs.save_next(round_.tx, [self._next_row(schedule)])

    def _enqueue(self, schedule: Planned, *, not_before: datetime = _LONG_AGO) -> None:
        if schedule.next is not None and not schedule.paused:
            self._serial += 1
            at = max(schedule.next.run_after, not_before)
            heapq.heappush(self._due, (at, self._serial, schedule))

    @staticmethod
    def _next_row(schedule: Planned) -> store.NextRun:
        info = schedule.next
        interval = None if info is None else info.data_interval
        return store.NextRun(
            dag_id=schedule.dag_id,
            logical_date=None if info is None else info.logical_date,
            data_interval_start=None if interval is None else interval.start,
            data_interval_end=None if interval is None else interval.end,
            run_after=None if info is None else info.run_after,
        )


def named_after(info: DagRunInfo, dialect: int) -> datetime:
    """The moment in the id of a run that a timetable makes: 2.x names it after its logical date."""
    if dialect == 2 and info.logical_date is not None:
        return info.logical_date
    return info.run_after
