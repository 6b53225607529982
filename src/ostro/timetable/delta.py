"""Steps of a fixed or calendar length, counted in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ostro.timetable.errors import AirflowTimetableInvalid

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

    Step = timedelta | relativedelta

#: A step in JSON: seconds, or the fields of a relativedelta.
StepJson = float | dict[str, Any]

_FIELDS = ("years", "months", "days", "leapdays", "hours", "minutes", "seconds", "microseconds")
_ABSOLUTE = ("year", "month", "day", "hour", "minute", "second", "microsecond")

#: Moments at which a step must lead forward: starts, middles and ends of months.
_PROBES = [datetime(2024, month, day, 12, 30, tzinfo=UTC) for month in range(1, 13) for day in (1, 15)]
_PROBES += [datetime(2024, month, 1, tzinfo=UTC) - timedelta(minutes=1) for month in range(1, 13)]


def check_step(step: Step) -> None:
    """Raise AirflowTimetableInvalid when a step does not always lead forward."""
    for probe in _PROBES:
        if not probe + step > probe:
            raise AirflowTimetableInvalid(f"A schedule must lead forward in time, {step!r} does not.")


def floor_to_step(moment: datetime, step: Step) -> datetime:
    """`moment` cut to a multiple of the step since 1970, so that restarts agree; itself for months and years."""
    if isinstance(step, timedelta):
        seconds = step.total_seconds()
    elif step.years or step.months or any(getattr(step, name) is not None for name in _ABSOLUTE):
        return moment
    else:
        seconds = timedelta(
            days=step.days, hours=step.hours, minutes=step.minutes, seconds=step.seconds
        ).total_seconds()
    if seconds <= 0:
        return moment
    since = moment.timestamp()
    return datetime.fromtimestamp(since - since % seconds, UTC)


def step_json(step: Step) -> StepJson:
    """JSON of a step. Raises TypeError for anything but a timedelta or relativedelta."""
    if isinstance(step, timedelta):
        return step.total_seconds()
    if type(step).__name__ != "relativedelta":
        raise TypeError(f"{step!r} is neither a timedelta nor a relativedelta")
    fields: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(step, name))}
    fields |= {name: value for name in _ABSOLUTE if (value := getattr(step, name)) is not None}
    if step.weekday is not None:
        fields["weekday"] = [step.weekday.weekday, step.weekday.n]
    return fields


def step_of(data: StepJson) -> Step:
    """The step of its JSON."""
    if not isinstance(data, dict):
        return timedelta(seconds=data)
    from dateutil.relativedelta import relativedelta, weekday

    fields = dict(data)
    if "weekday" in fields:
        fields["weekday"] = weekday(*fields["weekday"])
    return relativedelta(**fields)


def is_step(value: object) -> bool:
    """True for a timedelta or a relativedelta."""
    return isinstance(value, timedelta) or type(value).__name__ == "relativedelta"
