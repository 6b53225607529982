"""Ticks of a cron expression in the wall time of a zone.

Where the clocks change, Airflow's rules hold: an expression that names every hour ("*") ticks whenever the wall shows
such a time, also the second time; any other ticks once for each time it names: a time shown twice counts when it is
shown the second time, a time never shown moves forward by the length of the gap.

Three things differ from Airflow 3.3.2, each at the hour of a change only. After a change of half an hour (Lord Howe)
Airflow leaves the grid of an every-hour expression, and repeats intervals for ever. At the edge of a named day it loses
an hour of such an expression, or runs on the wrong day. And intervals between ticks of any other expression may leave
some of these out in the hour after a gap.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from ostro.timetable.errors import AirflowTimetableInvalid
from ostro.timetable.zones import from_wall, utc, wall

if TYPE_CHECKING:
    from croniter import croniter

#: Names that stand for an expression; `@once` and `@continuous` are timetables of their own.
PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}

_ANY_MOMENT = datetime(2000, 1, 1)
_INSTANT = timedelta(microseconds=1)


class CronRule:
    """The ticks of one expression. Moments in and out are UTC. Built without a check; see `validate`."""

    def __init__(self, expression: str, zone: tzinfo) -> None:
        self.expression = PRESETS.get(expression, expression)
        self.zone = zone

    def validate(self) -> None:
        """Raise AirflowTimetableInvalid when croniter does not understand the expression."""
        self._every_hour  # noqa: B018  the value is made by parsing the expression

    def next(self, current: datetime) -> datetime:
        """First tick after `current`. Raises croniter.CroniterBadDateError when there is none in 50 years."""
        if self._every_hour:
            return self._next_shown(utc(current))
        tick = self._after(wall(current, self.zone))
        moment = from_wall(tick, self.zone)
        if wall(moment, self.zone) == tick:
            return moment
        # A tick moved out of a gap of half an hour may land behind one that stands there by itself.
        while (following := self._after(tick)) < wall(moment, self.zone):
            tick = following
            moment = min(moment, from_wall(tick, self.zone))
        return moment

    def previous(self, current: datetime) -> datetime:
        """The tick before `current`. Raises as `next` does.

        By name, as in Airflow: in the hours around a change the tick with the next smaller name may lie at `current`
        or behind it. `resume` is for those who need it to lie before.
        """
        if self._every_hour:
            return self._previous_shown(utc(current))
        return from_wall(self._before(wall(current, self.zone)), self.zone)

    def resume(self, end: datetime) -> datetime:
        """Where to go on after an interval that ended at `end`: there when it is a tick, else at the tick before."""
        if self._every_hour:
            return self.at_or_before(end)
        tick = self._before(wall(end, self.zone))
        while (moment := from_wall(tick, self.zone)) >= end:
            tick = self._before(tick)
        return moment if self.next(moment) != end else end

    def at_or_after(self, current: datetime) -> datetime:
        """`current` when it is a tick, else the next one."""
        following = self.next(current)
        return following if self.previous(following) != current else current

    def at_or_before(self, current: datetime) -> datetime:
        """`current` when it is a tick, else the one before."""
        preceding = self.previous(current)
        return preceding if self.next(preceding) != current else current

    def latest_start(self, now: datetime) -> datetime:
        """Start of the last interval between two ticks that is over at `now`."""
        start = self.previous(now)
        end = self.next(start)
        return start if end == now else self.previous(start)

    def _next_shown(self, current: datetime) -> datetime:
        """First moment after `current` at which the wall shows a tick."""
        while True:
            naive = wall(current, self.zone)
            tick = self._after(naive)
            moment = current + (tick - naive)
            if wall(moment, self.zone) == tick:
                return moment
            # The clocks change on the way: go on from there.
            current = self._change(current, moment, naive)
            naive = wall(current, self.zone)
            if self._after(naive - _INSTANT) == naive:
                return current

    def _previous_shown(self, current: datetime) -> datetime:
        """Last moment before `current` at which the wall shows a tick."""
        naive = wall(current, self.zone)
        while True:
            tick = self._before(naive)
            moment = current - (naive - tick)
            if wall(moment, self.zone) == tick:
                return moment
            current = self._change(current, moment, naive)
            naive = wall(current - _INSTANT, self.zone) + _INSTANT

    def _change(self, known: datetime, other: datetime, naive: datetime) -> datetime:
        """First moment with the later offset, between `known`, where the wall shows `naive`, and `other`."""
        offset = naive - known.replace(tzinfo=None)
        while abs(other - known) > _INSTANT:
            middle = known + (other - known) / 2
            if wall(middle, self.zone) - middle.replace(tzinfo=None) == offset:
                known = middle
            else:
                other = middle
        return max(known, other)

    def _after(self, naive: datetime) -> datetime:
        tick: datetime = self._iterator.get_next(datetime, start_time=naive)
        return tick

    def _before(self, naive: datetime) -> datetime:
        tick: datetime = self._iterator.get_prev(datetime, start_time=naive)
        return tick

    @cached_property
    def description(self) -> str:
        """The expression in words, "" when it cannot be said."""
        if len(self.expression.split()) != 5:
            return ""
        from cron_descriptor import (
            CasingTypeEnum,
            ExpressionDescriptor,
            FormatException,
            MissingFieldException,
        )

        words = ExpressionDescriptor(
            self.expression, casing_type=CasingTypeEnum.Sentence, use_24hour_time_format=True
        )
        try:
            return str(words.get_description())
        except (FormatException, MissingFieldException, ValueError):
            return ""

    @cached_property
    def _every_hour(self) -> bool:
        return bool(self._iterator.expanded[1] == ["*"])

    @cached_property
    def _iterator(self) -> croniter:
        # Imported at first use: a DAG file without cron never pays for it. One object serves all calls, which each
        # give their own start: reading the expression costs more than finding a tick.
        from croniter import croniter

        try:
            return croniter(self.expression, _ANY_MOMENT)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise AirflowTimetableInvalid(
                f"The cron expression {self.expression!r} is wrong: {error}"
            ) from error


def lateness_allowed(gap: timedelta) -> timedelta:
    """How late a first run may still start for the tick before now: a tenth of the distance, at least 5 minutes."""
    return max(gap / 10, timedelta(minutes=5))
