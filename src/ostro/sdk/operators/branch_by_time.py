"""Operators that branch by the clock: BranchDateTimeOperator and BranchDayOfWeekOperator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar

from ostro.sdk import timezone
from ostro.sdk.around.weekday import WeekDay
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.operators.branch import BaseBranchOperator

Bound = dt.datetime | dt.time | None


def _moment_of_run(context: Any) -> dt.datetime:
    """The logical date, or when the run was due if it has none."""
    date: dt.datetime = context.get("logical_date") or context["dag_run"].run_after
    return date


class BranchDateTimeOperator(BaseBranchOperator):
    """Follows `follow_task_ids_if_true` when now (or the logical date) lies between the bounds, both included.

    A bound is a datetime, a time of the day that is compared with, or None for an open end. Of two times the upper one
    may be the smaller: then it means the next day. Naive values are of the DAG's time zone.
    """

    old_arguments: ClassVar[dict[str, str | None]] = {
        "use_task_execution_date": "use_task_logical_date",
    }

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        target_lower: Bound,
        target_upper: Bound,
        use_task_logical_date: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if target_lower is None and target_upper is None:
            raise AirflowException(
                "Both target_upper and target_lower are None. At least one must be defined to be compared to the "
                "current datetime."
            )
        self.target_lower = target_lower
        self.target_upper = target_upper
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
        self.use_task_logical_date = use_task_logical_date

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        """Compare now with the bounds."""
        assert self.dag is not None
        now = _moment_of_run(context) if self.use_task_logical_date else timezone.utcnow()
        lower, upper = bounds_around(now, self.target_lower, self.target_upper, self.dag.timezone)
        if (upper is not None and upper < now) or (lower is not None and lower > now):
            return self.follow_task_ids_if_false
        return self.follow_task_ids_if_true


def bounds_around(
    now: dt.datetime, lower: Bound, upper: Bound, zone: dt.tzinfo
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The bounds as moments: times of the day are put on the day of `now`, an upper one below the lower on the next day."""
    # The day is that of UTC and the time that of the zone, as in Airflow.
    day = now.astimezone(dt.UTC).date()
    low = _on_day(lower, day)
    high = _on_day(upper, day)
    both_times = isinstance(lower, dt.time) and isinstance(upper, dt.time)
    if both_times and low is not None and high is not None and high < low:
        high += dt.timedelta(days=1)
    return timezone.coerce_datetime(low, zone), timezone.coerce_datetime(high, zone)


def _on_day(bound: Bound, day: dt.date) -> dt.datetime | None:
    if bound is None or isinstance(bound, dt.datetime):
        return bound
    if isinstance(bound, dt.time):
        return dt.datetime.combine(day, bound)
    raise AirflowException(
        f"a bound is a datetime.datetime, a datetime.time or None, not {type(bound).__name__}"
    )


class BranchDayOfWeekOperator(BaseBranchOperator):
    """Follows `follow_task_ids_if_true` when today (or the day of the logical date) is one of `week_day`."""

    old_arguments: ClassVar[dict[str, str | None]] = {
        "use_task_execution_day": "use_task_logical_date",
        "use_task_execution_date": "use_task_logical_date",
    }

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        week_day: str | WeekDay | Iterable[str] | Iterable[WeekDay],
        use_task_logical_date: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        """Compare the day."""
        assert self.dag is not None
        if self.use_task_logical_date:
            day = _moment_of_run(context)
        else:
            day = timezone.make_naive(timezone.utcnow(), self.dag.timezone)
        if day.isoweekday() in self._week_day_num:
            return self.follow_task_ids_if_true
        return self.follow_task_ids_if_false
