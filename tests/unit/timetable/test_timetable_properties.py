"""What holds for every cron expression in every zone, also where the clocks change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ostro.timetable import (
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    DagRunInfo,
    DeltaDataIntervalTimetable,
    DeltaTriggerTimetable,
    MultipleCronTriggerTimetable,
    Timetable,
    decode,
    encode,
    next_due,
)

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)
LENGTH = 30


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Moments of 2023 to 2026 at which the clocks of a zone change, to the hour."""
    info = ZoneInfo(zone)
    hours = (datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(0, 4 * 365 * 24, 24))
    days = [
        day
        for day in hours
        if day.astimezone(info).utcoffset() != (day + timedelta(days=1)).astimezone(info).utcoffset()
    ]
    return tuple(
        day + timedelta(hours=hour)
        for day in days
        for hour in range(24)
        if _changes(day + timedelta(hours=hour), info)
    )


def _changes(hour: datetime, info: ZoneInfo) -> bool:
    return hour.astimezone(info).utcoffset() != (hour + timedelta(hours=1)).astimezone(info).utcoffset()


minutes = st.one_of(
    st.sampled_from(["0", "30", "*/15", "*/20", "5,35", "*", "59", "10-50/20", "*/7"]),
    st.integers(0, 59).map(str),
)
hours = st.one_of(
    st.sampled_from(["*", "*/2", "1-3", "0", "2", "*/5", "0,1,2,3", "22-23", "0-23"]),
    st.integers(0, 23).map(str),
)
days = st.sampled_from(
    ["* * *", "* * *", "* * *", "* * 0", "* * 1-5", "1 * *", "L * *", "1,15 * 3", "* * 0#2"]
)
crons = st.builds(lambda *parts: " ".join(parts), minutes, hours, days)


@st.composite
def starts(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and a moment up to two days before its clocks change (any moment where they never do)."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(zone) or (datetime(2024, 3, 1, tzinfo=UTC),)))
    return zone, change - timedelta(minutes=draw(st.integers(-120, 2 * 24 * 60)))


def chain(timetable: Timetable, start: datetime, *, length: int = LENGTH) -> list[DagRunInfo]:
    """The first runs of a DAG that catches up."""
    infos: list[DagRunInfo] = []
    last: DagRunInfo | None = None
    for _ in range(length):
        last = next_due(
            timetable, start=start, end=None, catchup=True, last=last, now=datetime(2040, 1, 1, tzinfo=UTC)
        )
        assert last is not None
        infos.append(last)
    return infos


LORD_HOWE = ("Australia/Lord_Howe", datetime(2024, 4, 6, 12, tzinfo=UTC))
NEW_YORK_BACK = ("America/New_York", datetime(2024, 11, 3, 0, tzinfo=UTC))
NEW_YORK_ON = ("America/New_York", datetime(2024, 3, 10, 0, tzinfo=UTC))


@given(starts(), crons)
@example(LORD_HOWE, "0 * * * *")
@example(NEW_YORK_BACK, "*/15 1-3 * * *")
@example(NEW_YORK_ON, "30 2 * * *")
@example(("Australia/Hobart", datetime(2023, 9, 30, 15, tzinfo=UTC)), "*/15 1-3 * * *")
@example(("America/Nuuk", datetime(2023, 3, 26, 0, tzinfo=UTC)), "*/15 * * * 0")
@settings(max_examples=150, deadline=None)
def test_cron_intervals_follow_each_other(start: tuple[str, datetime], cron: str) -> None:
    zone, first = start
    infos = chain(CronDataIntervalTimetable(cron, zone), first)

    for info in infos:
        assert info.data_interval is not None
        assert info.data_interval.start < info.data_interval.end == info.run_after
    for one, other in pairwise(infos):
        assert one.data_interval is not None
        assert other.data_interval is not None
        assert one.data_interval.end == other.data_interval.start
    assert infos[0].logical_date is not None
    assert infos[0].logical_date >= first


@given(starts(), crons)
@example(LORD_HOWE, "0 * * * *")
@example(NEW_YORK_BACK, "30 1 * * *")
@settings(max_examples=150, deadline=None)
def test_cron_ticks_rise_and_show_the_time_asked_for(start: tuple[str, datetime], cron: str) -> None:
    zone, first = start
    ticks = [info.run_after for info in chain(CronTriggerTimetable(cron, zone), first)]

    assert ticks[0] >= first
    assert all(one < other for one, other in pairwise(ticks))
    assert all(tick.second == 0 for tick in ticks)
    # Where the offset is the same on both sides nothing is moved, so the wall shows a minute of the expression.
    info = ZoneInfo(zone)
    minute = cron.split()[0]
    if minute.isdigit():
        quiet = [
            tick
            for tick in ticks
            if len({(tick + timedelta(days=day)).astimezone(info).utcoffset() for day in (-2, -1, 0, 1, 2)})
            == 1
        ]
        assert {tick.astimezone(info).minute for tick in quiet} <= {int(minute)}


@given(starts(), crons, st.lists(st.integers(1, 5000), min_size=5, max_size=25))
@settings(max_examples=80, deadline=None)
def test_without_catchup_no_run_comes_twice_or_goes_back(
    start: tuple[str, datetime], cron: str, steps: list[int]
) -> None:
    """The scheduler looks at irregular moments; each run is later than the one before."""
    zone, now = start
    for timetable in (CronTriggerTimetable(cron, zone), CronDataIntervalTimetable(cron, zone)):
        at, last = now, None
        seen: list[datetime] = []
        for step in steps:
            info = next_due(
                timetable, start=now - timedelta(days=400), end=None, catchup=False, last=last, now=at
            )
            assert info is not None
            if info.run_after <= at:
                seen.append(info.run_after)
                last = info
            at += timedelta(minutes=step)
        assert all(one < other for one, other in pairwise(seen))


@given(starts(), crons, crons)
@settings(max_examples=60, deadline=None)
def test_several_crons_are_their_union(start: tuple[str, datetime], one: str, other: str) -> None:
    zone, first = start
    both = chain(MultipleCronTriggerTimetable(one, other, timezone=zone), first)
    assert all(early.run_after < late.run_after for early, late in pairwise(both))

    # Where no clock changes nothing is moved, and the union is exact.
    ticks = [
        info.run_after for info in chain(MultipleCronTriggerTimetable(one, other, timezone="UTC"), first)
    ]
    apart = {
        info.run_after for cron in (one, other) for info in chain(CronTriggerTimetable(cron, "UTC"), first)
    }
    assert ticks == sorted(apart)[:LENGTH]


@given(starts(), st.integers(1, 10_000), st.booleans())
@settings(max_examples=50, deadline=None)
def test_steps_are_equal(start: tuple[str, datetime], minutes: int, interval: bool) -> None:
    delta = timedelta(minutes=minutes)
    timetable: Timetable = DeltaDataIntervalTimetable(delta) if interval else DeltaTriggerTimetable(delta)
    infos = chain(timetable, start[1], length=10)

    assert [info.logical_date for info in infos] == [start[1] + delta * number for number in range(10)]


@given(starts(), crons)
@settings(max_examples=50, deadline=None)
def test_a_stored_timetable_is_the_same(start: tuple[str, datetime], cron: str) -> None:
    zone, first = start
    for timetable in (
        CronTriggerTimetable(cron, zone, interval=timedelta(hours=1), run_immediately=timedelta(minutes=3)),
        CronDataIntervalTimetable(cron, zone),
        MultipleCronTriggerTimetable(cron, "0 0 * * *", timezone=zone),
    ):
        again = decode(json.loads(json.dumps(encode(timetable))))

        assert again == timetable
        assert chain(again, first, length=5) == chain(timetable, first, length=5)
