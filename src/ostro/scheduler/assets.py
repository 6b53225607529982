"""Events of assets become runs: written with the success of the task that made them, and in the same round a run of
every DAG whose condition they meet.

Who is authoritative: the queue in the database (`store.asset_queue`). In memory is only which DAGs to look at; when a round is
lost all of them are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ostro import events, store
from ostro.ids import attempt_id
from ostro.records import RunRecord
from ostro.rules import assets as rule
from ostro.rules.instance import Instance
from ostro.scheduler.blame import blame
from ostro.scheduler.calendar import Calendars
from ostro.scheduler.lead import Lead
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.partitions import Partitions
from ostro.scheduler.plan import Plan, Planned
from ostro.scheduler.round import Round
from ostro.spec import DagSpec
from ostro.states import RunType
from ostro.store.asset_queue import Pending, Queued
from ostro.store.assets import EventSource
from ostro.timetable import DataInterval, run_id_for
from ostro.timetable.partitioned import PartitionedAssetTimetable

#: So many DAGs are looked at one by one; more are first asked for together.
FEW = 5
#: Rows of a queue that one round takes: a DAG on partitions has one for each event.
MOST_QUEUED = 5_000
_MICROSECOND = timedelta(microseconds=1)


class Assets:
    """One part of the engine's round (`Service`)."""

    def __init__(
        self,
        live: Live,
        plan: Plan,
        lead: Lead,
        calendars: Calendars,
        emit: Callable[[events.Event], None],
    ) -> None:
        self.live = live
        self.plan = plan
        self.lead = lead
        self.emit = emit
        #: DAGs whose queue changed.
        self._look: set[str] = set()
        self._everywhere = False
        #: DAGs with events in their queue whose condition did not hold.
        self._waiting: set[str] = set()
        #: DAGs whose open partitions are all looked at: not only an event came.
        self._anew: set[str] = set()
        #: DAGs on partitions, as they were planned when they were looked at: a parse or a command plans them anew.
        self._seen: dict[str, Planned] = {}
        #: DAGs whose mappers were found to answer again.
        self._well: set[str] = set()
        #: The last asset and alias that listeners know; None until the engine has looked.
        self._known: tuple[int, int] | None = None
        self.partitions = Partitions(emit, calendars, self._look.add)

    # -- the service

    def after_start(self, round_: Round) -> None:
        """What was queued while no engine ran."""
        self._everywhere = True
        self._known = store.assets.last_ids(round_.tx)

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """Unpaused, changed, or an event came from outside."""
        schedules = self.plan.schedules
        changed = {d for d in dag_ids if d in schedules and schedules[d].listens}
        self._look |= changed
        self._anew |= changed

    def look_everywhere(self) -> None:
        """Messages were lost, or a round."""
        self._everywhere = True
        self.partitions.authors.forget_all()

    def next_due(self, now: datetime) -> datetime | None:
        """At once when there is something to look at."""
        return now if self._look or self._everywhere else None

    def run_once(self, round_: Round) -> None:
        """Make the runs whose conditions hold."""
        if round_.may_have_assets:
            self._tell_new(round_)
        planned = self._waiting & self.plan.look_at
        look = self._look | planned
        anew = self._anew | planned
        if self._everywhere or len(look) > FEW:
            waiting = set(store.asset_queue.waiting_dags(round_.tx))
            waiting.update(store.partitions.dags_with_open_keys(round_.tx))
            look = waiting if self._everywhere else look & waiting
            anew = look if self._everywhere else anew
        self._look.clear()
        self._anew, self._everywhere = set(), False
        for dag_id in sorted(look):
            with blame("dag", dag_id):
                self._look_at(round_, dag_id, anew=dag_id in anew)

    # -- events

    def record(self, round_: Round, run: LiveRun, instance: Instance, made: Sequence[dict[str, Any]]) -> None:
        """Write the events of a task that succeeded; entries are those of `runtime.asset_events`."""
        source = EventSource(
            dag_id=run.run.dag_id,
            task_id=instance.task_id,
            run_id=run.run.run_id,
            map_index=instance.map_index,
        )
        for entry in made:
            if entry.get("aliases"):
                round_.may_have_assets = True
            for key in entry.get("partition_keys") or [run.run.partition_key]:
                found = store.assets.record_event(
                    round_.tx,
                    name=entry.get("name") or "",
                    uri=entry.get("uri") or "",
                    at=round_.now,
                    extra=entry.get("extra"),
                    source=source,
                    partition_key=key,
                    aliases=entry.get("aliases") or (),
                    group=entry.get("group") or "asset",
                    asset_extra=entry.get("asset_extra"),
                )
                if found is None:
                    what = entry.get("name") or entry.get("uri")
                    text = f"task {instance.task_id!r} of DAG {run.run.dag_id!r} names the asset {what!r}, which no DAG defines: no event was made"
                    self.emit(events.Warned(text=text))
                else:
                    self.note_event(round_, found, entry, source, key)

    def note_event(
        self,
        round_: Round,
        event: store.assets.Recorded,
        entry: dict[str, Any],
        source: EventSource = store.assets.FROM_OUTSIDE,
        partition_key: str | None = None,
    ) -> None:
        """An event was written in this round: look at the DAGs that listen, and tell listeners."""
        self._look.update(event.dag_ids)
        told = {
            "id": event.id,
            "name": entry.get("name") or entry.get("uri"),
            "uri": entry.get("uri") or entry.get("name"),
            "group": entry.get("group") or "asset",
            "extra": entry.get("extra"),
            "timestamp": round_.now,
            "source_dag_id": source.dag_id,
            "source_task_id": source.task_id,
            "source_run_id": source.run_id,
            "source_map_index": source.map_index,
            "source_aliases": list(entry.get("aliases") or ()),
            "partition_key": partition_key,
        }
        round_.news.append(events.AssetChanged(event=told))

    def _tell_new(self, round_: Round) -> None:
        """Assets and aliases that this round made, to listeners."""
        if self._known is None:
            return
        assets, aliases = store.assets.made_since(round_.tx, self._known, round_.now)
        round_.news += [events.AssetCreated(asset=one) for one in assets]
        round_.news += [events.AssetAliasCreated(alias=one) for one in aliases]
        known = store.assets.last_ids(round_.tx)

        def told() -> None:
            self._known = known

        round_.afterwards.append(told)

    # -- runs

    def _look_at(self, round_: Round, dag_id: str, *, anew: bool) -> None:
        schedule = self.plan.schedules.get(dag_id)
        if schedule is None or schedule.paused or self.plan.is_set_aside(dag_id):
            return
        spec = self.live.topology(round_.tx, schedule.version_id).spec
        if spec.asset_condition is None:
            return
        timetable = None if schedule.schedule is None else schedule.schedule.timetable
        if isinstance(timetable, PartitionedAssetTimetable):
            queue = store.asset_queue.load(round_.tx, dag_id, limit=MOST_QUEUED)
            self._look_at_partitions(round_, schedule, spec, timetable, queue, anew=anew)
            return
        queue = self._counting(round_, dag_id, store.asset_queue.load(round_.tx, dag_id))
        if self._holds(round_, spec.asset_condition, queue):
            self._waiting.discard(dag_id)
            self._run(round_, schedule, spec, queue)
        elif queue:
            self._waiting.add(dag_id)

    def _look_at_partitions(
        self,
        round_: Round,
        schedule: Planned,
        spec: DagSpec,
        timetable: PartitionedAssetTimetable,
        queue: Sequence[Queued],
        *,
        anew: bool,
    ) -> None:
        self._waiting.add(spec.dag_id)
        if self._seen.get(spec.dag_id) is not schedule:
            self._seen[spec.dag_id], anew = schedule, True
            self._well.discard(spec.dag_id)
            self.partitions.authors.forget(spec.dag_id)
        if self._is_broken(round_, spec.dag_id):
            return
        touched, taken = self.partitions.collect(round_, spec.dag_id, timetable, queue)
        if taken and len(queue) == MOST_QUEUED:
            self._look.add(spec.dag_id)
        # The definition may have changed: then all of them.
        for key, ids in self.partitions.complete(round_, spec, timetable, None if anew else touched):
            new = store.NewRun(
                dag_id=spec.dag_id,
                run_id=run_id_for(RunType.ASSET_TRIGGERED, round_.now, None, token=attempt_id()[-8:]),
                run_type=RunType.ASSET_TRIGGERED,
                run_after=round_.now,
                queued_at=round_.now,
                version_id=schedule.version_id,
                triggered_by="asset",
                partition_key=key.key,
                partition_date=key.date,
            )
            record = self._create(round_, new)
            store.asset_queue.consume(round_.tx, spec.dag_id, record.id, ids)
            store.partitions.close(round_.tx, key.id, record.id, round_.now)
            self.take(round_, record)

    def _is_broken(self, round_: Round, dag_id: str) -> bool:
        """Whether the author's mappers do not answer: said among the import errors, until the file changes."""
        broken = self.partitions.authors.broken(dag_id)
        if broken is not None:
            store.problems.put_timetable_error(
                round_.tx, dag_id, broken.text, broken.traceback, round_.now, what="a partition mapper"
            )
            round_.afterwards.append(partial(self.plan.set_aside, dag_id, broken.text))
        elif dag_id not in self._well and self.partitions.authors.is_well(dag_id):
            store.problems.forget_timetable_error(round_.tx, dag_id)
            round_.afterwards.append(partial(self._well.add, dag_id))
        return broken is not None

    @staticmethod
    def _counting(round_: Round, dag_id: str, queue: Sequence[Queued]) -> list[Queued]:
        """What makes a run of a DAG without partitions; the rest leaves the queue.

        The rest: events with a partition key, of before the DAG changed, and those that a run has consumed which was made
        while they were written.
        """
        fresh = store.asset_queue.unconsumed(round_.tx, dag_id, [q.event_id for q in queue])
        counting = [q for q in queue if q.partition_key is None and q.event_id in fresh]
        if len(counting) < len(queue):
            kept = {q.event_id for q in counting}
            store.asset_queue.drop(round_.tx, dag_id, [q.event_id for q in queue if q.event_id not in kept])
        return counting

    @staticmethod
    def _holds(round_: Round, condition: dict[str, Any], queue: Sequence[Queued]) -> bool:
        keys = {q.key for q in queue}
        if not keys:
            return False
        aliases = rule.aliases_of(condition)
        behind = store.assets.members(round_.tx, aliases) if aliases else {}
        return rule.holds(condition, rule.Updated(keys, behind))

    def _run(self, round_: Round, schedule: Planned, spec: DagSpec, queue: Sequence[Queued]) -> None:
        """One run that consumes everything since the last one."""
        what = store.asset_queue.pending(round_.tx, spec.dag_id, queue, catchup=spec.catchup)
        last = what.last or max(q.created_at for q in queue)
        # Another clock may be ahead of this one; the run need not wait for that.
        run_after = min(last, round_.now)
        new = store.NewRun(
            dag_id=spec.dag_id,
            run_id=run_id_for(RunType.ASSET_TRIGGERED, run_after, None, token=attempt_id()[-8:]),
            run_type=RunType.ASSET_TRIGGERED,
            run_after=run_after,
            queued_at=round_.now,
            version_id=schedule.version_id,
            triggered_by="asset",
        )
        record = self._create_dated(round_, new, what) if spec.dialect == 2 else self._create(round_, new)
        store.asset_queue.consume_pending(round_.tx, what, record.id, queue)
        self.take(round_, record)

    @staticmethod
    def _create(round_: Round, new: store.NewRun) -> RunRecord:
        (record,) = store.runs.create_runs(round_.tx, [new])
        assert record is not None  # its id ends with a random text
        return record

    def _create_dated(self, round_: Round, new: store.NewRun, what: Pending) -> RunRecord:
        """2.x: the moment of the trigger is the logical date, the data interval spans those of the runs that made the events."""
        interval = self._interval(round_, new.run_after, what)
        date = new.run_after
        while True:
            dated = store.NewRun(
                **{
                    **{name: getattr(new, name) for name in new.__struct_fields__},
                    "run_id": run_id_for(RunType.ASSET_TRIGGERED, date, date),
                    "logical_date": date,
                    "data_interval_start": interval.start,
                    "data_interval_end": interval.end,
                }
            )
            (record,) = store.runs.create_runs(round_.tx, [dated])
            if record is not None:
                return record
            date += _MICROSECOND  # another run of that date

    @staticmethod
    def _interval(round_: Round, at: datetime, what: Pending) -> DataInterval:
        found = store.asset_queue.source_interval(round_.tx, what)
        return DataInterval(*found) if found is not None else DataInterval.exact(at)

    def take(self, round_: Round, record: RunRecord) -> None:
        """A run was made: it is this engine's, and may start in this round."""
        round_.touched.add(record.id)
        round_.planned.add(record.dag_id)
        self.plan.fresh[record.id] = record.dag_id
        self.plan.look_at.add(record.dag_id)
        self.live.load(round_.tx, self.lead.own(round_.tx, [record]))
