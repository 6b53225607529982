"""Asset events with a partition key, and the runs of DAGs that are scheduled on partitions.

Each event is collected under the keys that the DAG's mappers make of its own. A key gets its run when the condition
holds for it: an asset counts when an event of it arrived, or for a rollup when its wait policy has enough of the
window. Keys are looked at in the order in which they were opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from ostro import events, store
from ostro.rules import assets as rule
from ostro.scheduler.round import Round
from ostro.spec import DagSpec
from ostro.store import partitions as rows
from ostro.store.assets import Queued
from ostro.store.partitions import Arrived, Partition
from ostro.timetable.mappers import PartitionMapper, RollupMapper, downstream_keys
from ostro.timetable.partitioned import PartitionedAssetTimetable


class Partitions:
    """Collects events by key and says which keys are complete."""

    def __init__(self, emit: Callable[[events.Event], None]) -> None:
        self.emit = emit
        #: Wait policies that were said to wait for ever.
        self._told: set[str] = set()

    def collect(
        self, round_: Round, dag_id: str, timetable: PartitionedAssetTimetable, queue: Sequence[Queued]
    ) -> set[int]:
        """Take the events out of the queue, into the keys that they take part in. Returns the rows of these keys.

        An event without a key is not for this DAG, nor is one that came while the DAG was paused.
        """
        rows.drop_others(round_.tx, dag_id, timetable.rollup_fingerprint)
        touched: set[int] = set()
        for event in queue:
            if event.counts and event.partition_key is not None:
                name, uri = event.key
                mapper = timetable.get_partition_mapper(name=name, uri=uri)
                try:
                    touched |= self._collect(round_, dag_id, timetable, mapper, event, event.partition_key)
                except ValueError as error:
                    text = f"DAG {dag_id!r} makes no run of the partition {event.partition_key!r} of {name!r}: {error}"
                    self.emit(events.Warned(text=text))
        store.assets.drop(round_.tx, dag_id, [q.event_id for q in queue])
        return touched

    @staticmethod
    def _collect(
        round_: Round,
        dag_id: str,
        timetable: PartitionedAssetTimetable,
        mapper: PartitionMapper,
        event: Queued,
        source_key: str,
    ) -> set[int]:
        source_date: datetime | None = None
        if mapper.carry_partition_date(round_.now) is not None:
            source_date = mapper.carry_partition_date(rows.source_date(round_.tx, event.event_id))
        dated = [
            (key, mapper.to_partition_date(key) or source_date) for key in downstream_keys(mapper, source_key)
        ]
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
                source_key=source_key,
            )
            touched.add(partition)
        return touched

    def complete(
        self,
        round_: Round,
        spec: DagSpec,
        timetable: PartitionedAssetTimetable,
        only: Collection[int] | None = None,
    ) -> list[tuple[Partition, list[int]]]:
        """The open keys (`only`: of these rows) that may have their run, with the events that each consumes."""
        condition: dict[str, Any] = spec.asset_condition or {}
        aliases = rule.aliases_of(condition)
        behind = store.assets.members(round_.tx, aliases) if aliases else {}
        found = []
        for one in rows.open_keys(round_.tx, spec.dag_id, only=only):
            arrived = rows.arrived(round_.tx, one.id)
            met = self._met(spec.dag_id, timetable, one, arrived)
            if rule.holds(condition, rule.Updated(met, behind)) and self._all_active(round_, condition):
                found.append((one, [a.event_id for a in arrived]))
        return found

    def _met(
        self, dag_id: str, timetable: PartitionedAssetTimetable, one: Partition, arrived: Sequence[Arrived]
    ) -> list[tuple[str, str]]:
        """The assets that are complete for a key."""
        by_asset: dict[tuple[str, str], set[str]] = {}
        for event in arrived:
            by_asset.setdefault(event.asset, set()).add(event.source_key)
        met = []
        for (name, uri), source_keys in by_asset.items():
            mapper = timetable.get_partition_mapper(name=name, uri=uri)
            if not isinstance(mapper, RollupMapper):
                met.append((name, uri))
                continue
            expected = mapper.to_upstream(one.key)
            answer = mapper.wait_policy.is_satisfied_by_keys(matched=source_keys, expected=expected)
            if answer.satisfied:
                met.append((name, uri))
            elif answer.unreachable:
                self._warn(f"DAG {dag_id!r} waits for ever for {name!r}: {answer.unreachable_reason}")
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
