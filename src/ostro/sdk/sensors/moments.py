"""Sensors that wait for a moment, a time of the day, a duration or a day of the week."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from ostro.sdk import timezone
from ostro.sdk.around.weekday import WeekDay
from ostro.sdk.deferring import default_deferrable, longest_wait
from ostro.sdk.sensors.base import BaseSensorOperator
from ostro.sdk.trigger import StartTriggerArgs

_DATE_TIME_TRIGGER = "airflow.providers.standard.triggers.temporal.DateTimeTrigger"
_TIME_OF_DAY_TRIGGER = "ostro.sdk.around.temporal.TimeOfDayTrigger"


class _Moment(BaseSensorOperator):
    """Base: done when a moment has passed; it may wait for it in a trigger."""

    def _defer_until(self, moment: dt.datetime, *, end_from_trigger: bool = False) -> None:
        from ostro.sdk.around.temporal import DateTimeTrigger

        self.defer(
            trigger=DateTimeTrigger(moment, end_from_trigger=end_from_trigger),
            method_name="execute_complete",
            timeout=longest_wait(self),
        )

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """The moment has come."""


class DateTimeSensor(_Moment):
    """Done after `target_time`: an ISO 8601 text, which may be a template, or a datetime."""

    template_fields: ClassVar[Sequence[str]] = ("target_time",)

    def __init__(self, *, target_time: str | dt.datetime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Text, because it is a template.
        if isinstance(target_time, dt.datetime):
            self.target_time = target_time.isoformat()
        elif isinstance(target_time, str):
            self.target_time = target_time
        else:
            raise TypeError(
                f"Expected str or datetime.datetime type for target_time. Got {type(target_time)}"
            )

    @property
    def _moment(self) -> dt.datetime:
        return timezone.parse(self.target_time)

    def poke(self, context: Any) -> bool:
        """Look at the clock."""
        self.log.info("Checking if the time (%s) has come", self.target_time)
        return timezone.utcnow() > self._moment


class DateTimeSensorAsync(DateTimeSensor):
    """DateTimeSensor that waits in a trigger. `start_from_trigger`, `end_from_trigger`: without any process of its own."""

    start_from_trigger = False

    def __init__(
        self,
        *,
        start_from_trigger: bool = False,
        end_from_trigger: bool = False,
        trigger_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.end_from_trigger = end_from_trigger
        if start_from_trigger:
            # As text: a template is rendered where the trigger runs.
            self.start_from_trigger = True
            self.start_trigger_args = StartTriggerArgs(
                trigger_cls=_DATE_TIME_TRIGGER,
                trigger_kwargs={"target_time": self.target_time, "end_from_trigger": end_from_trigger},
                next_method="execute_complete",
                timeout=longest_wait(self),
            )

    def execute(self, context: Any) -> None:
        """Wait in a trigger."""
        self._defer_until(self._moment, end_from_trigger=self.end_from_trigger)


class TimeSensor(_Moment):
    """Done after a time of the day, in the time zone of the DAG, on the day on which the sensor started.

    `start_from_trigger`: it waits without any process of its own, whatever `deferrable` says.
    """

    start_from_trigger = False

    def __init__(
        self,
        *,
        target_time: dt.time,
        deferrable: bool | None = None,
        start_from_trigger: bool = False,
        end_from_trigger: bool = False,
        trigger_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.target_time = target_time
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.end_from_trigger = end_from_trigger
        if start_from_trigger:
            self.start_from_trigger = True
            self.start_trigger_args = StartTriggerArgs(
                trigger_cls=_TIME_OF_DAY_TRIGGER,
                trigger_kwargs={
                    "target_time": target_time.isoformat(),
                    "zone": str(self._zone),
                    "end_from_trigger": end_from_trigger,
                },
                next_method="execute_complete",
                timeout=longest_wait(self),
            )

    @property
    def _zone(self) -> Any:
        return self.dag.timezone if self.dag is not None else dt.UTC

    @property
    def target_datetime(self) -> dt.datetime:
        """The moment, for a sensor that starts now. (Not kept from the import of the file, which may be days ago.)"""
        return self._target(timezone.utcnow())

    def _target(self, start: dt.datetime) -> dt.datetime:
        from ostro.sdk.around.temporal import at_time_of_day

        return at_time_of_day(start, self.target_time, self._zone)

    def _moment_of(self, context: Any) -> dt.datetime:
        ti = context["ti"]
        # A sensor that is checked again after midnight waits for the time of the day before.
        return self._target(ti.first_start_date or ti.start_date or timezone.utcnow())

    def execute(self, context: Any) -> Any:
        """Wait here, or in a trigger."""
        if not self.deferrable:
            return super().execute(context)
        self._defer_until(self._moment_of(context), end_from_trigger=self.end_from_trigger)

    def poke(self, context: Any) -> bool:
        """Look at the clock."""
        target = self._moment_of(context)
        self.log.info("Checking if the time (%s) has come", target)
        return timezone.utcnow() > target


class TimeSensorAsync(TimeSensor):
    """TimeSensor that waits in a trigger."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["deferrable"] = True
        super().__init__(**kwargs)


class TimeDeltaSensor(_Moment):
    """Done `delta` (timedelta, or minutes) after the end of the run's data interval; without one after the run was due."""

    template_fields: ClassVar[Sequence[str]] = ("delta",)

    def __init__(
        self,
        *,
        delta: dt.timedelta | int,
        deferrable: bool | None = None,
        end_from_trigger: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.delta = _duration(delta)
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.end_from_trigger = end_from_trigger

    def _moment_of(self, context: Any) -> dt.datetime:
        base: dt.datetime = context.get("data_interval_end") or context["dag_run"].run_after
        self.log.info("Checking if the delta has elapsed base_time=%s, delta=%s", base, self.delta)
        return base + self.delta

    def poke(self, context: Any) -> bool:
        """Look at the clock."""
        return timezone.utcnow() > self._moment_of(context)

    def execute(self, context: Any) -> Any:
        """Wait here, or in a trigger."""
        if not self.deferrable:
            return super().execute(context)
        moment = self._moment_of(context)
        if timezone.utcnow() > moment:
            return True
        self._defer_until(moment, end_from_trigger=self.end_from_trigger)


class TimeDeltaSensorAsync(TimeDeltaSensor):
    """TimeDeltaSensor that waits in a trigger."""

    def __init__(self, *, end_from_trigger: bool = False, delta: dt.timedelta | int, **kwargs: Any) -> None:
        kwargs["deferrable"] = True
        super().__init__(delta=delta, end_from_trigger=end_from_trigger, **kwargs)


class WaitSensor(_Moment):
    """Waits a duration from its start: timedelta, or minutes."""

    template_fields: ClassVar[Sequence[str]] = ("time_to_wait",)

    def __init__(
        self, time_to_wait: dt.timedelta | int, deferrable: bool | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.time_to_wait = _duration(time_to_wait)

    def execute(self, context: Any) -> None:
        """Sleep, or wait in a trigger."""
        if self.deferrable:
            self._defer_until(timezone.utcnow() + self.time_to_wait)
        time.sleep(self.time_to_wait.total_seconds())


class DayOfWeekSensor(BaseSensorOperator):
    """Done when today (or the day of the logical date) is one of `week_day`."""

    old_arguments: ClassVar[dict[str, str | None]] = {
        "use_task_execution_day": "use_task_logical_date",
    }

    def __init__(
        self,
        *,
        week_day: str | WeekDay | Iterable[str] | Iterable[WeekDay],
        use_task_logical_date: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def poke(self, context: Any) -> bool:
        """Look at the calendar."""
        if self.use_task_logical_date:
            day = context.get("logical_date") or context["dag_run"].run_after
        else:
            zone = self.dag.timezone if self.dag is not None else dt.UTC
            day = timezone.make_naive(timezone.utcnow(), zone)
        self.log.info("Poking until weekday is in %s, Today is %s", self.week_day, day.isoweekday())
        return day.isoweekday() in self._week_day_num


def _duration(value: dt.timedelta | int) -> dt.timedelta:
    return dt.timedelta(minutes=value) if isinstance(value, int) else value
