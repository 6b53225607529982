"""Cron ticks that make runs for partitions instead of data intervals."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from ostro.timetable.base import DagRunInfo, DataInterval, TimeRestriction
from ostro.timetable.moment import present
from ostro.timetable.trigger import CronTriggerTimetable, immediately_json, immediately_of
from ostro.timetable.zones import utc, wall, zone_json, zone_of


class CronPartitionTimetable(CronTriggerTimetable):
    """At each tick a run for the partition of the tick `run_offset` ticks away; its key is that tick's local time."""

    partitioned = True

    def __init__(
        self,
        cron: str,
        *,
        timezone: str | tzinfo,
        run_offset: int | None = None,
        run_immediately: bool | timedelta | None = False,
        key_format: str = "%Y-%m-%dT%H:%M:%S",
    ) -> None:
        super().__init__(cron, timezone=timezone, run_immediately=run_immediately)
        self._run_offset = run_offset or 0
        self._key_format = key_format

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CronPartitionTimetable:
        return cls(
            data["expression"],
            timezone=zone_of(data["timezone"]),
            run_offset=data["run_offset"],
            run_immediately=immediately_of(data["run_immediately"]),
            key_format=data["key_format"],
        )

    def serialize(self) -> dict[str, Any]:
        return {
            "expression": self._expression,
            "timezone": zone_json(self._timezone),
            "run_offset": self._run_offset,
            "run_immediately": immediately_json(self._run_immediately),
            "key_format": self._key_format,
        }

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        return self._partition(self._next_tick(None if last is None else utc(last.end), restriction, now))

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        last = None if last_dagrun_info is None else utc(last_dagrun_info.run_after)
        return self._partition(self._next_tick(last, restriction, present()))

    def resolve_partition_date(self, run_after: datetime) -> datetime:
        """The moment that names the partition of the run at `run_after`."""
        moment = utc(run_after)
        step = self._next if self._run_offset > 0 else self._rule.previous
        for _ in range(abs(self._run_offset)):
            moment = step(moment)
        return moment

    def _partition(self, tick: datetime | None) -> DagRunInfo | None:
        if tick is None:
            return None
        date = self.resolve_partition_date(tick)
        return DagRunInfo(tick, None, date, wall(date, self._timezone).strftime(self._key_format))
