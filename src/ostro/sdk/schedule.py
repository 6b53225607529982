"""The schedule side of a DAG: kept as written until the dialect of the file is known, then settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ostro.sdk import dialect, parsing, timezone
from ostro.sdk.exceptions import DagInvalid
from ostro.sdk.log import get_logger
from ostro.sdk.types import ArgNotSet

if TYPE_CHECKING:
    from ostro.sdk.timetables import DagRunInfo, DataInterval, Timetable

#: Schedule of a 2.x DAG whose author gave none.
SCHEDULE_OF_2X = dt.timedelta(days=1)
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class ScheduleMixin:
    """When a DAG runs. `schedule` is what the author wrote; `timetable`, `catchup` and `dialect` follow from it."""

    dag_id: str
    start_date: dt.datetime | None
    end_date: dt.datetime | None
    timezone: dt.tzinfo
    _schedule: Any
    _catchup: bool | None
    _dialect: int | None = None
    _timetable: Timetable | None = None

    def invalid(self, text: str) -> DagInvalid:
        """An error of this DAG, to be raised."""
        return DagInvalid(f"DAG {self.dag_id!r}: {text}")

    def log_warning(self, text: str, *args: Any) -> None:
        """Warn in the log of the DAG."""
        get_logger("airflow.models.dag").warning(f"DAG {self.dag_id}: {text}", *args)

    def _choose_timezone(self, first: dt.datetime | None) -> None:
        """The zone of the start date, else the default one."""
        if first is not None and first.tzinfo is not None:
            self.timezone = first.tzinfo
        else:
            self.timezone = timezone.TIMEZONE

    def _take_schedule(self, schedule: Any, catchup: Any) -> None:
        self._schedule = schedule
        self._catchup = None if catchup is None or isinstance(catchup, ArgNotSet) else bool(catchup)

    # ---- settling -----------------------------------------------------------------------------------------

    def settle(self, dialect: int) -> None:
        """The dialect of the file is known: timetable and catchup are fixed by it from now on."""
        self._dialect = dialect
        self._timetable = None

    @property
    def dialect(self) -> int:
        """2 or 3: which Airflow the file speaks; a guess from what was seen so far until it is settled."""
        return self._dialect if self._dialect is not None else dialect.current()

    @property
    def schedule(self) -> Any:
        """The schedule as written. Not given: None, in a file that speaks 2.x one day."""
        if isinstance(self._schedule, ArgNotSet):
            return SCHEDULE_OF_2X if self.dialect == dialect.OLD else None
        return self._schedule

    @schedule.setter
    def schedule(self, value: Any) -> None:
        self._schedule = value
        self._timetable = None

    @property
    def schedule_interval(self) -> Any:
        """`schedule` by its 1.10 name."""
        return self.schedule

    @schedule_interval.setter
    def schedule_interval(self, value: Any) -> None:
        self.schedule = value

    @property
    def normalized_schedule_interval(self) -> Any:
        """The schedule with presets written as cron."""
        from ostro.sdk.timetables import PRESETS

        schedule = self.schedule
        return PRESETS.get(schedule, schedule) if isinstance(schedule, str) else schedule

    @property
    def catchup(self) -> bool:
        """Whether runs of the past are made up for. Not given: [scheduler] catchup_by_default, else True in 2.x only."""
        if self._catchup is not None:
            return self._catchup
        chosen = parsing.default("catchup_by_default")
        return self.dialect == dialect.OLD if chosen is None else bool(chosen)

    @catchup.setter
    def catchup(self, value: bool) -> None:
        self._catchup = value

    @property
    def timetable(self) -> Timetable:
        """When the DAG is due. Raises DagInvalid when the schedule cannot be understood."""
        if self._timetable is None or self._dialect is None:
            self._timetable = self._make_timetable()
        return self._timetable

    def _make_timetable(self) -> Timetable:
        from ostro.sdk.timetables import timetable_of

        try:
            return timetable_of(
                self.schedule,
                self.timezone,
                dialect=self.dialect,
                create_cron_data_intervals=bool(parsing.default("create_cron_data_intervals")),
            )
        except ValueError as error:
            raise self.invalid(f"the schedule {self.schedule!r} cannot be understood: {error}") from None

    @property
    def timetable_summary(self) -> str:
        """A few words for lists."""
        return self.timetable.summary

    # ---- questions of 1.10 and 2.x ------------------------------------------------------------------------

    def following_schedule(self, dttm: dt.datetime) -> dt.datetime | None:
        """The logical date after `dttm`, in UTC; None without one."""
        from ostro.sdk.timetables import DataInterval

        current = timezone.coerce_datetime(dttm)
        interval = self._interval_from(current)
        info = self._after(DataInterval(*interval))
        return None if info is None or info.logical_date is None else _utc(info.logical_date)

    def previous_schedule(self, dttm: dt.datetime) -> dt.datetime | None:
        """The logical date before `dttm`, in UTC; None without one."""
        from ostro.sdk.timetables import TICKING, DeltaTriggerTimetable, TimeRestriction, at

        timetable, current = self.timetable, timezone.coerce_datetime(dttm)
        if not timetable.periodic:
            return None
        if isinstance(timetable, DeltaTriggerTimetable):
            from ostro.timetable.delta import step_of

            return _utc(current - step_of(timetable.serialize()["delta"]))
        inferred = timetable.infer_manual_data_interval(run_after=current)
        if not isinstance(timetable, TICKING):
            return _utc(inferred.start if inferred.end == current else inferred.end)
        # The last tick before the moment is what a DAG without catchup would run first just then.
        just_before = current + (inferred.end - inferred.start) - dt.timedelta(microseconds=1)
        with at(just_before):
            info = timetable.next_dagrun_info(
                last_automated_data_interval=None, restriction=TimeRestriction(_LONG_AGO, None, False)
            )
        return None if info is None or info.logical_date is None else _utc(info.logical_date)

    def next_dagrun_info(
        self, last_automated_dagrun: DataInterval | dt.datetime | None = None, *, restricted: bool = True
    ) -> DagRunInfo | None:
        """The run after the one of this interval (2.x)."""
        from ostro.sdk.timetables import TimeRestriction

        last = last_automated_dagrun
        if isinstance(last, dt.datetime):
            last = self._interval_from(timezone.coerce_datetime(last))
        bounds = TimeRestriction(
            self.start_date if restricted else None, self.end_date if restricted else None, self.catchup
        )
        return self.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=bounds)

    def next_dagrun_after_date(self, date_last_automated_dagrun: dt.datetime | None) -> dt.datetime | None:
        """The logical date of the run after that of a date (2.x)."""
        info = self.next_dagrun_info(date_last_automated_dagrun)
        return None if info is None else info.run_after

    def iter_dagrun_infos_between(
        self, earliest: dt.datetime | None, latest: dt.datetime, *, align: bool = True
    ) -> Iterator[DagRunInfo]:
        """The runs of the schedule between two moments (2.x)."""
        from ostro.sdk.timetables import DagRunInfo, DataInterval, TimeRestriction

        first = timezone.coerce_datetime(earliest) if earliest is not None else self.start_date
        if first is None:
            raise self.invalid("runs cannot be listed without a start date; give `earliest` or a start_date")
        last = timezone.coerce_datetime(latest)
        bounds = TimeRestriction(first, last, True)
        try:
            info = self.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=bounds)
        except NotImplementedError:
            info = None
        if not align and (info is None or info.logical_date != first):
            end = info.data_interval.start if info is not None and info.data_interval is not None else last
            yield DagRunInfo(run_after=end, data_interval=DataInterval(first, end))
        while info is not None and info.data_interval is not None:
            yield info
            info = self.timetable.next_dagrun_info(
                last_automated_data_interval=info.data_interval, restriction=bounds
            )

    def date_range(
        self, start_date: dt.datetime, num: int | None = None, end_date: dt.datetime | None = None
    ) -> list[dt.datetime]:
        """Logical dates from a moment on (1.10)."""
        until = end_date if end_date is not None else timezone.utcnow()
        found: list[dt.datetime] = []
        for info in self.iter_dagrun_infos_between(start_date, until):
            if info.logical_date is None or (num is not None and len(found) >= num):
                break
            found.append(info.logical_date)
        return found

    def get_run_dates(
        self, start_date: dt.datetime, end_date: dt.datetime | None = None
    ) -> list[dt.datetime]:
        """Logical dates between two moments (1.10)."""
        return self.date_range(start_date, end_date=end_date)

    def is_fixed_time_schedule(self) -> bool:
        """Whether the schedule names hours and minutes (2.x)."""
        cron = self.normalized_schedule_interval
        return isinstance(cron, str) and not any(c in part for part in cron.split()[:2] for c in "*/,-")

    def infer_automated_data_interval(self, logical_date: dt.datetime) -> DataInterval:
        """The data interval of a scheduled run of this date (2.x)."""
        return self._interval_from(timezone.coerce_datetime(logical_date))

    def get_run_data_interval(self, run: Any) -> DataInterval:
        """The data interval of a run (2.x)."""
        from ostro.sdk.timetables import DataInterval

        if run.data_interval_start is not None and run.data_interval_end is not None:
            return DataInterval(run.data_interval_start, run.data_interval_end)
        return self.infer_automated_data_interval(run.logical_date)

    def _interval_from(self, current: dt.datetime) -> DataInterval:
        """The data interval of a run whose logical date is this moment."""
        from ostro.sdk.timetables import TICKING, DataInterval, TimeRestriction

        timetable = self.timetable
        if not timetable.periodic:
            return DataInterval.exact(current)
        if isinstance(timetable, TICKING):
            before = timetable.infer_manual_data_interval(run_after=current)
            return DataInterval(current, current + (before.end - before.start))
        first = timetable.next_dagrun_info(
            last_automated_data_interval=None, restriction=TimeRestriction(current, None, True)
        )
        if first is None or first.data_interval is None:
            return DataInterval.exact(current)
        start, end = first.data_interval
        return DataInterval(start, end) if start <= current else DataInterval(current, start)

    def _after(self, interval: DataInterval) -> DagRunInfo | None:
        from ostro.sdk.timetables import TimeRestriction

        if not self.timetable.periodic:
            return None
        return self.timetable.next_dagrun_info(
            last_automated_data_interval=interval, restriction=TimeRestriction(None, None, True)
        )


def _utc(value: dt.datetime) -> dt.datetime:
    return timezone.convert_to_utc(value)
