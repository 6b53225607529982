"""Asset events with a partition key, and the runs of DAGs that are scheduled on partitions.

Each event is collected under the keys that the DAG's mappers make of its own. A key gets its run when the condition
holds for it: an asset counts when an event of it arrived, or for a rollup when its wait policy has enough of the
window. Keys are looked at in the order in which they were opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ostro import events, store
from ostro.rules import assets as rule
from ostro.scheduler.calendar import Calendars
from ostro.scheduler.mappers import AuthorsMappers, Waiting
from ostro.scheduler.round import Round
from ostro.spec import DagSpec
from ostro.store import partitions as rows
from ostro.store.asset_queue import Queued
from ostro.store.partitions import Arrived, Partition
from ostro.timetable.foreign import ForeignMapper
from ostro.timetable.mappers import PartitionMapper, dated_keys, satisfaction
from ostro.timetable.partitioned import PartitionedAssetTimetable

Asset = tuple[str, str]


class Partitions:
    """Collects events by key and says which keys are complete. `tell`: a DAG is to be looked at."""

    def __init__(
        self, emit: Callable[[events.Event], None], calendars: Calendars, tell: Callable[[str], None]
    ) -> None:
        self.emit = emit
        self.authors = AuthorsMappers(calendars, tell)
        #: Wait policies that were said to wait for ever.
        self._told: set[str] = set()

    # -- collecting

    def collect(
        self, round_: Round, dag_id: str, timetable: PartitionedAssetTimetable, queue: Sequence[Queued]
    ) -> tuple[set[int], int]:
        """Take the events out of the queue, into the keys that they take part in. Returns the rows of these keys, and
        how many events were taken.

        An event without a key is not for this DAG. One whose keys a child process must say stays in the queue until it
        has.
        """
        rows.drop_others(round_.tx, dag_id, timetable.rollup_fingerprint)
        touched: set[int] = set()
        done: list[int] = []
        foreign: dict[int, tuple[ForeignMapper, list[Queued]]] = {}
        for event in queue:
            if event.partition_key is None:
                done.append(event.event_id)
                continue
            name, uri = event.key
            mapper = timetable.get_partition_mapper(name=name, uri=uri)
            if isinstance(mapper, ForeignMapper):
                foreign.setdefault(id(mapper), (mapper, []))[1].append(event)
                continue
            done.append(event.event_id)
            try:
                dated = dated_keys(mapper, event.partition_key, self._source_date(round_, mapper, event))
            except ValueError as error:
                self._refused(dag_id, event, str(error))
            else:
                touched |= self._put(round_, dag_id, timetable, event, dated)
        for mapper, waiting in foreign.values():
            for event, dated in self._of_author(round_, dag_id, mapper, waiting):
                done.append(event.event_id)
                touched |= self._put(round_, dag_id, timetable, event, dated)
        store.asset_queue.drop(round_.tx, dag_id, done)
        if foreign:
            round_.afterwards.append(partial(self.authors.used, dag_id, done))
        return touched, len(done)

    def _of_author(
        self, round_: Round, dag_id: str, mapper: ForeignMapper, waiting: Sequence[Queued]
    ) -> list[tuple[Queued, list[tuple[str, datetime | None]]]]:
        """The events of which the author's mapper has said something, with their keys."""
        asked = {
            e.event_id: (e.partition_key or "", rows.source_date(round_.tx, e.event_id)) for e in waiting
        }
        known = self.authors.keys_of(dag_id, mapper.data, asked, round_.now)
        found = []
        for event in waiting:
            said = known.get(event.event_id)
            if said is not None:
                if said.error:
                    self._refused(dag_id, event, said.error)
                found.append((event, said.keys))
        return found

    @staticmethod
    def _source_date(round_: Round, mapper: PartitionMapper, event: Queued) -> datetime | None:
        if mapper.carry_partition_date(round_.now) is None:
            return None
        return rows.source_date(round_.tx, event.event_id)

    @staticmethod
    def _put(
        round_: Round,
        dag_id: str,
        timetable: PartitionedAssetTimetable,
        event: Queued,
        dated: Sequence[tuple[str, datetime | None]],
    ) -> set[int]:
        touched = set()
        for key, date in dated:
            fingerprint = timetable.rollup_fingerprint
            partition = rows.open_key(
                round_.tx, dag_id, key, date=date, fingerprint=fingerprint, now=round_.now
            )
            rows.collect(
                round_.tx,
                partition,
                event_id=event.event_id,
                asset_id=event.asset_id,
                source_key=event.partition_key or "",
            )
            touched.add(partition)
        return touched

    def _refused(self, dag_id: str, event: Queued, why: str) -> None:
        text = (
            f"DAG {dag_id!r} makes no run of the partition {event.partition_key!r} of {event.key[0]!r}: {why}"
        )
        self.emit(events.Warned(text=text))

    # -- complete keys

    def complete(
        self,
        round_: Round,
        spec: DagSpec,
        timetable: PartitionedAssetTimetable,
        only: Collection[int] | None = None,
    ) -> list[tuple[Partition, list[int]]]:
        """The open keys (`only`: of these rows) that may have their run, with the events that each consumes."""
        condition: dict[str, Any] = spec.asset_condition or {}
        if only is not None:
            only = {*only, *self.authors.ready(spec.dag_id)}
        open_ = rows.open_with_arrived(round_.tx, spec.dag_id, only=only)
        if not open_ or not self._all_active(round_, condition):
            return []
        aliases = rule.aliases_of(condition)
        behind = store.assets.members(round_.tx, aliases) if aliases else {}
        met = self._met(round_, spec.dag_id, timetable, open_)
        found = []
        for one, arrived in open_:
            if rule.holds(condition, rule.Updated(met[one.id], behind)):
                found.append((one, [a.event_id for a in arrived]))
        if found:
            closed = [one.id for one, _ in found]
            round_.afterwards.append(partial(self.authors.closed, spec.dag_id, closed))
        return found

    def _met(
        self,
        round_: Round,
        dag_id: str,
        timetable: PartitionedAssetTimetable,
        open_: Sequence[tuple[Partition, Sequence[Arrived]]],
    ) -> dict[int, set[Asset]]:
        """Per open key: the assets that are complete for it."""
        met: dict[int, set[Asset]] = {one.id: set() for one, _ in open_}
        foreign: dict[int, tuple[ForeignMapper, list[Waiting]]] = {}
        for one, arrived in open_:
            by_asset: dict[Asset, set[str]] = {}
            for event in arrived:
                by_asset.setdefault(event.asset, set()).add(event.source_key)
            for asset, source_keys in by_asset.items():
                mapper = timetable.get_partition_mapper(name=asset[0], uri=asset[1])
                if not mapper.is_rollup:
                    met[one.id].add(asset)
                elif isinstance(mapper, ForeignMapper):
                    waiting = Waiting(one.id, asset, one.key, frozenset(source_keys))
                    foreign.setdefault(id(mapper), (mapper, []))[1].append(waiting)
                else:
                    answer = satisfaction(mapper, one.key, source_keys)
                    if answer.satisfied:
                        met[one.id].add(asset)
                    elif answer.unreachable:
                        self._warn(
                            f"DAG {dag_id!r} waits for ever for {asset[0]!r}: {answer.unreachable_reason}"
                        )
        for mapper, several in foreign.values():
            answers = self.authors.rollups_of(dag_id, mapper.data, several, round_.now)
            for rollup, said in zip(several, answers, strict=True):
                if said is not None and said.satisfied:
                    met[rollup.partition].add(rollup.asset)
                elif said is not None and (said.error or said.reason):
                    why = said.error or said.reason
                    self._warn(
                        f"DAG {dag_id!r} waits for ever for {rollup.asset[0]!r} of the partition {rollup.key!r}: {why}"
                    )
        return met

    @staticmethod
    def _all_active(round_: Round, condition: dict[str, Any]) -> bool:
        """An asset that no file names any more holds everything up that waits for it (as Airflow)."""
        keys = rule.assets_of(condition)
        return None not in store.assets.load_assets(round_.tx, sorted(keys))

    def _warn(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.emit(events.Warned(text=text))
