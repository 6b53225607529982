"""Carries backfills out: lists their dates, makes the runs, starts them within the backfill's own limit, ends it.

Everything stands in the database (`backfill`, `backfill_dag_run`), a chunk of dates with its runs in one transaction:
an engine that dies goes on where the last one was. No run starts before the list is complete, so that a backfill that
runs backwards begins at its end. A command may pause or cancel meanwhile; each chunk reads the order again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from ostro import commands, events, store
from ostro.clock import Clock
from ostro.commands.backfill import existing_run
from ostro.errors import StoreFull, StoreUnavailable, UserError
from ostro.records import RunRecord
from ostro.rules import backfill as rules
from ostro.rules.backfill import Reprocess
from ostro.scheduler.blame import Blamed, blame, say
from ostro.scheduler.calendar import Broken, Calendars, Run
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.lead import Lead
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.plan import Plan, named_after
from ostro.scheduler.round import Conflict, Round
from ostro.states import RunState, RunType
from ostro.store.backfills import BackfillRecord, NewDate
from ostro.timetable import DagRunInfo, DataInterval, decode, is_custom, run_id_for, runs_between


class Backfills:
    """All backfills that are not complete. A `Service`."""

    def __init__(
        self,
        live: Live,
        plan: Plan,
        lead: Lead,
        calendars: Calendars,
        config: SchedulerConfig,
        clock: Clock,
        emit: Callable[[events.Event], None],
    ) -> None:
        self.live = live
        self.plan = plan
        self.lead = lead
        self.calendars = calendars
        self.config = config
        self.clock = clock
        self.emit = emit
        self._open: dict[int, BackfillRecord] = {}
        #: Backfills that are over, of which a run was cleared: its limit counts all the same.
        self._over: dict[int, BackfillRecord] = {}
        #: The database must be read: all of it, or what concerns these DAGs.
        self._everything = True
        self._dags: set[str] = set()
        #: Backfills whose timetable a child process was asked for, and what it said of the dates after which.
        self._asked: set[int] = set()
        self._told: dict[int, tuple[dict[str, str | None] | None, list[Run] | Broken]] = {}

    # -- service

    def after_start(self, round_: Round) -> None:
        """Read what was left to do."""
        self._everything = True

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """Backfills of these DAGs may have been ordered, paused or cancelled."""
        self._dags.update(dag_ids)

    def look_everywhere(self) -> None:
        """Read all of them again."""
        self._everything = True

    def next_due(self, now: datetime) -> datetime | None:
        """At once while a list is not complete."""
        if self._everything or self._dags or self._told or any(self._to_plan()):
            return now
        return None

    def run_once(self, round_: Round) -> None:
        """Take over what commands changed, and list further dates."""
        self._read(round_)
        # What is said of a backfill that was cancelled meanwhile is wanted by nobody.
        self._told = {i: told for i, told in self._told.items() if i in self._open}
        for record in self._to_plan()[:1]:
            # The others come in the next rounds.
            self._open[record.id] = self._open.pop(record.id)
            self._list(round_, record)

    # -- starting, called by the plan for each DAG that it looks at

    def start_queued(self, round_: Round, dag_id: str) -> None:
        """Start what the limits of the backfills of a DAG allow; end those that have no run left."""
        groups: dict[int, list[LiveRun]] = {}
        for live in self.live.of_dag(dag_id):
            if live.run.backfill_id is not None and live.run.id not in round_.ended:
                groups.setdefault(live.run.backfill_id, []).append(live)
        for backfill_id, group in groups.items():
            record = self._record(round_.tx, backfill_id)
            if record is not None:
                self._start(round_, record, group)
        for record in [r for r in self._open.values() if r.dag_id == dag_id and r.is_planned]:
            if record.id not in groups:
                self._end_if_over(round_, record)

    def _start(self, round_: Round, record: BackfillRecord, group: list[LiveRun]) -> None:
        is_open = record.completed_at is None
        if is_open and (record.is_paused or not record.is_planned):
            return
        running = sum(live.run.state is RunState.RUNNING for live in group)
        if not self.lead.alone:
            running += store.backfills.running_elsewhere(round_.tx, record.id, self.lead.owner)
        queued = [live.run for live in group if live.run.state is RunState.QUEUED]
        for run in rules.startable(queued, running, record.max_active_runs, backwards=record.run_backwards):
            with blame("run", run.id):
                self.plan.start(round_, self.live.runs[run.id])

    def _end_if_over(self, round_: Round, record: BackfillRecord) -> None:
        left = set(store.backfills.live_run_ids(round_.tx, record.id)) - round_.ended
        if left:
            return
        store.backfills.complete(round_.tx, record.id, round_.now)
        del self._open[record.id]
        # What the round ends with it is known again when the round cannot be written (`look_everywhere`).
        self.emit(events.BackfillEnded(dag_id=record.dag_id, backfill=record.id))

    def _record(self, tx: Any, backfill_id: int) -> BackfillRecord | None:
        found = self._open.get(backfill_id) or self._over.get(backfill_id)
        if found is None:
            found = store.backfills.get(tx, backfill_id)
            if found is not None:
                (self._open if found.completed_at is None else self._over)[found.id] = found
        return found

    # -- reading

    def _read(self, round_: Round) -> None:
        if not (self._everything or self._dags):
            return
        everything, dags = self._everything, self._dags
        self._everything, self._dags = False, set()
        self._over.clear()
        if not self._open and not store.backfills.any_open(round_.tx):
            return
        found = {r.id: r for r in store.backfills.find_open(round_.tx)}
        changed = {r.dag_id for r in found.values() if everything or r.dag_id in dags}
        changed.update(r.dag_id for r in self._open.values() if r.id not in found)
        self._open = found
        self.plan.look_at |= changed

    # -- the list of dates

    def _to_plan(self) -> list[BackfillRecord]:
        return [r for r in self._open.values() if not r.is_planned and r.id not in self._asked]

    def _list(self, round_: Round, record: BackfillRecord) -> None:
        """List dates; a backfill that cannot be handled stops short, and stops nothing else."""
        before = set(round_.touched)
        try:
            with round_.tx.begin_nested():
                self._list_dates(round_, record)
        except (Blamed, Conflict, StoreUnavailable, StoreFull, MemoryError):
            raise
        except Exception as error:  # of this backfill alone
            for run_id in round_.touched - before:
                self.live.drop(run_id)
            round_.touched &= before
            self._give_up(round_, record, say(error))
            backwards = record.run_backwards
            store.backfills.finish_list(round_.tx, record.id, backwards=backwards, now=round_.now)
            self._everything = True

    def _list_dates(self, round_: Round, known: BackfillRecord) -> None:
        """List the next dates of a backfill and make their runs."""
        record = store.backfills.get(round_.tx, known.id, lock=True)
        if record is None or record.completed_at is not None or record.is_planned:
            self._everything = True
            return
        schedules = store.specs.load_schedules(round_.tx, [record.dag_id])
        if not schedules:
            # Its file is gone: the backfill goes on when it is back.
            self._open.pop(record.id)
            return
        schedule = schedules[0]
        found = self._next_runs(round_, record, schedule)
        if found is None:
            return
        first = store.backfills.count_dates(round_.tx, record.id) + 1
        dates = [self._date(round_, record, schedule, one, number) for number, one in enumerate(found, first)]
        planned_to = _cursor(found[-1].info) if found else record.planned_to
        store.backfills.add_dates(round_.tx, record.id, dates, planned_to, round_.now)
        if len(found) < self.config.runs_per_turn:
            store.backfills.finish_list(round_.tx, record.id, backwards=record.run_backwards, now=round_.now)
        self._open[record.id] = store.backfills.get(round_.tx, record.id) or record
        self.plan.look_at.add(record.dag_id)

    def _next_runs(
        self, round_: Round, record: BackfillRecord, schedule: store.ScheduleRow
    ) -> Sequence[Run] | None:
        """The next dates by the DAG's timetable, fewer than asked for at the end; None: a child process was asked."""
        after = _from_cursor(record.planned_to)
        if is_custom(schedule.timetable):
            cursor, told = self._told.pop(record.id, (None, None))
            if told is None or cursor != record.planned_to:
                # Not asked yet, or another engine has listed these dates meanwhile.
                self._ask(record, schedule, after, round_.now)
                return None
            return self._give_up(round_, record, told.text) if isinstance(told, Broken) else told
        try:
            found = runs_between(
                decode(schedule.timetable), record.from_date, record.to_date, now=round_.now, after=after
            )
            return [Run(info) for info in islice(found, self.config.runs_per_turn)]
        except UserError as error:
            return self._give_up(round_, record, str(error))
        except Exception as error:  # a timetable is computed here, whatever it is
            return self._give_up(round_, record, say(error))

    def _ask(
        self, record: BackfillRecord, schedule: store.ScheduleRow, after: DagRunInfo | None, now: datetime
    ) -> None:
        self._asked.add(record.id)

        def told(found: list[Run] | Broken) -> None:
            self._asked.discard(record.id)
            self._told[record.id] = record.planned_to, found

        self.calendars.runs_between(
            schedule,
            record.from_date,
            record.to_date,
            now=now,
            after=after,
            limit=self.config.runs_per_turn,
            then=told,
        )

    def _give_up(self, round_: Round, record: BackfillRecord, text: str) -> Sequence[Run]:
        """The timetable failed: what was listed so far runs, and the list says that there is more nobody knows of."""
        self.emit(events.Warned(text=f"the backfill of DAG {record.dag_id!r} stops short: {text}"))
        number = store.backfills.count_dates(round_.tx, record.id) + 1
        unknown = NewDate(sort_ordinal=number, logical_date=None, exception_reason=rules.Left.UNKNOWN.value)
        store.backfills.add_dates(round_.tx, record.id, [unknown], None, round_.now)
        return []

    def _date(
        self,
        round_: Round,
        record: BackfillRecord,
        schedule: store.ScheduleRow,
        one: Run,
        number: int,
    ) -> NewDate:
        info = one.info
        existing = existing_run(round_.tx, record.dag_id, info)
        left = rules.reason_to_leave(existing, Reprocess(record.reprocess_behavior))
        run: RunRecord | None = None
        if left is None and existing is not None:
            run = self._run_again(round_, record, existing)
        elif left is None:
            run = self._make(round_, record, schedule, one)
            if run is None:
                left = rules.Left.ALREADY_EXISTS
        if run is not None:
            round_.touched.add(run.id)
            self.live.load(round_.tx, self.lead.own(round_.tx, [run]))
        return NewDate(
            sort_ordinal=number,
            logical_date=info.logical_date,
            run=None if run is None else run.id,
            partition_key=info.partition_key,
            exception_reason=None if left is None else left.value,
        )

    def _run_again(self, round_: Round, record: BackfillRecord, existing: RunRecord) -> RunRecord:
        newest = True if record.run_on_latest_version is None else record.run_on_latest_version
        commands.clear_run_in(
            round_.tx,
            self.clock,
            dag_id=existing.dag_id,
            run_id=existing.run_id,
            run_on_latest_version=newest,
        )
        store.backfills.adopt_run(round_.tx, existing.id, record, round_.now)
        (fresh,) = store.runs.load_runs(round_.tx, [existing.id])
        return fresh

    def _make(
        self, round_: Round, record: BackfillRecord, schedule: store.ScheduleRow, one: Run
    ) -> RunRecord | None:
        info = one.info
        interval = info.data_interval
        new = store.NewRun(
            dag_id=record.dag_id,
            run_id=one.run_id
            or run_id_for(
                RunType.BACKFILL,
                named_after(info, schedule.dialect),
                info.logical_date,
                token=f"{info.partition_key or ''}_{record.id}",
            ),
            run_type=RunType.BACKFILL,
            logical_date=info.logical_date,
            data_interval_start=None if interval is None else interval.start,
            data_interval_end=None if interval is None else interval.end,
            run_after=info.run_after,
            queued_at=round_.now,
            version_id=schedule.version_id,
            conf=record.conf,
            triggered_by="backfill",
            triggering_user=record.triggering_user,
            backfill_id=record.id,
            partition_key=info.partition_key,
            partition_date=info.partition_date,
        )
        (made,) = store.runs.create_runs(round_.tx, [new])
        return made


def _cursor(info: DagRunInfo) -> dict[str, str | None]:
    interval = info.data_interval
    return {
        "run_after": info.run_after.isoformat(),
        "start": None if interval is None else interval.start.isoformat(),
        "end": None if interval is None else interval.end.isoformat(),
    }


def _from_cursor(cursor: dict[str, str | None] | None) -> DagRunInfo | None:
    if cursor is None:
        return None
    found = msgspec.convert(cursor, dict[str, datetime | None])
    start, end, run_after = found["start"], found["end"], found["run_after"]
    assert run_after is not None
    interval = None if start is None or end is None else DataInterval(start, end)
    return DagRunInfo(run_after, interval)


__all__ = ["Backfills"]
