"""Timetables one by one: what the properties and the conformance suite leave open."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from dateutil import tz as dateutil_tz
from dateutil.relativedelta import MO, relativedelta

from ostro import timetable as tt
from ostro.errors import UserError
from ostro.timetable import moment
from ostro.timetable.zones import from_wall, utc, zone_json, zone_of

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Flower:
    """A condition on an asset."""

    def __init__(self, name: str) -> None:
        self.name = name

    def as_expression(self) -> Any:
        return {"asset": {"name": self.name}}


class Weekly(tt.Timetable):
    """A user's timetable."""

    description = "Each week"

    def __init__(self, days: int = 7) -> None:
        self.days = days

    def serialize(self) -> dict[str, Any]:
        return {"days": self.days}

    @property
    def summary(self) -> str:
        return "weekly"

    def next_dagrun_info(
        self, *, last_automated_data_interval: tt.DataInterval | None, restriction: tt.TimeRestriction
    ) -> tt.DagRunInfo | None:
        after = last_automated_data_interval.end if last_automated_data_interval else restriction.earliest
        assert after is not None
        return tt.DagRunInfo.exact(pendulum.instance(after).add(days=self.days))


class Nightly(tt.CronTriggerTimetable):
    """A user's class on top of a built-in one: never on a Sunday."""

    def next_dagrun_info(
        self, *, last_automated_data_interval: tt.DataInterval | None, restriction: tt.TimeRestriction
    ) -> tt.DagRunInfo | None:
        info = super().next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )
        while info is not None and info.run_after.weekday() == 6:
            info = super().next_dagrun_info(
                last_automated_data_interval=info.data_interval, restriction=restriction
            )
        return info


ALL: list[tt.Timetable] = [
    tt.NullTimetable(),
    tt.OnceTimetable(),
    tt.ContinuousTimetable(),
    tt.CronTriggerTimetable("@daily", "Europe/Vienna", interval=DAY, run_immediately=True),
    tt.CronTriggerTimetable("5 4 * * *", timezone(timedelta(hours=5, minutes=30)), run_immediately=None),
    tt.MultipleCronTriggerTimetable(
        "0 1 * * *", "0 2 * * *", timezone="UTC", interval=relativedelta(months=1)
    ),
    tt.CronDataIntervalTimetable("@weekly", "Asia/Tokyo"),
    tt.CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y"),
    tt.DeltaTriggerTimetable(
        timedelta(hours=1, microseconds=1), interval=relativedelta(weekday=MO(-1), hours=3)
    ),
    tt.DeltaDataIntervalTimetable(relativedelta(months=1, day=31)),
    tt.EventsTimetable([NOON + DAY, NOON], restrict_to_events=True, description="Two days"),
    tt.AssetTriggeredTimetable(Flower("rose")),
    tt.AssetTriggeredTimetable([Flower("rose"), Flower("lily")]),
    tt.AssetOrTimeSchedule(
        assets=Flower("rose"), timetable=tt.CronTriggerTimetable("0 0 * * *", timezone="UTC")
    ),
]


@pytest.mark.parametrize("timetable", ALL, ids=repr)
def test_json_and_back(timetable: tt.Timetable) -> None:
    stored = json.loads(json.dumps(tt.encode(timetable)))

    again = tt.decode(stored)

    assert type(again) is type(timetable)
    assert again == timetable
    assert hash(again) == hash(timetable)
    assert tt.encode(again) == stored
    assert stored["summary"] == timetable.summary == tt.facts(stored).summary
    assert tt.facts(stored).description == timetable.description
    assert tt.facts(stored).periodic == timetable.periodic


def test_timetables_that_differ_are_not_equal() -> None:
    cron = tt.CronTriggerTimetable("0 0 * * *", "UTC")

    assert cron == tt.CronTriggerTimetable("@daily", "UTC")
    assert cron != tt.CronTriggerTimetable("0 0 * * *", "UTC", interval=DAY)
    assert cron != tt.CronTriggerTimetable("0 0 * * *", "Europe/Paris")
    assert cron != tt.CronDataIntervalTimetable("0 0 * * *", "UTC")
    either = [
        tt.AssetOrTimeSchedule(assets=Flower("a"), timetable=each) for each in (cron, tt.OnceTimetable())
    ]
    assert either[0] != either[1]


@pytest.mark.parametrize("timetable", [Weekly(3), Nightly("0 0 * * *", "UTC")])
def test_a_class_of_a_user_is_stored_but_not_made_by_the_engine(timetable: tt.Timetable) -> None:
    stored = json.loads(json.dumps(tt.encode(timetable)))

    assert stored["type"] == "custom"
    assert stored["classpath"] == f"{__name__}.{type(timetable).__name__}"
    assert stored["data"] == timetable.serialize()
    assert tt.facts(stored).summary == timetable.summary
    with pytest.raises(UserError, match=type(timetable).__name__):
        tt.decode(stored)


def test_a_type_of_a_later_version() -> None:
    with pytest.raises(UserError, match="lunar"):
        tt.decode({"type": "lunar"})


# ---- the choice by dialect ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "dialect", "intervals", "cls"),
    [
        (None, 3, False, tt.NullTimetable),
        (None, 2, False, tt.NullTimetable),
        ("@once", 2, False, tt.OnceTimetable),
        ("@continuous", 3, True, tt.ContinuousTimetable),
        ("@daily", 2, False, tt.CronDataIntervalTimetable),
        ("@daily", 3, False, tt.CronTriggerTimetable),
        ("0 0 * * *", 3, True, tt.CronDataIntervalTimetable),
        (DAY, 2, False, tt.DeltaDataIntervalTimetable),
        (DAY, 3, False, tt.DeltaTriggerTimetable),
        (relativedelta(months=1), 3, False, tt.DeltaTriggerTimetable),
        (relativedelta(months=1), 3, True, tt.DeltaDataIntervalTimetable),
        (pendulum.duration(days=1), 3, False, tt.DeltaTriggerTimetable),
        (Flower("rose"), 3, False, tt.AssetTriggeredTimetable),
        ([Flower("rose"), Flower("lily")], 2, False, tt.AssetTriggeredTimetable),
        (Weekly(), 3, False, Weekly),
    ],
)
def test_which_timetable_a_schedule_means(schedule: Any, dialect: int, intervals: bool, cls: type) -> None:
    made = tt.timetable_of(schedule, "Europe/Paris", dialect=dialect, create_cron_data_intervals=intervals)

    assert type(made) is cls
    if hasattr(made, "_timezone"):
        assert made._timezone == ZoneInfo("Europe/Paris")


@pytest.mark.parametrize("schedule", [7, object(), [7]])
def test_what_is_no_schedule(schedule: object) -> None:
    with pytest.raises(ValueError, match="is no"):
        tt.timetable_of(schedule, "UTC", dialect=3)


def test_check_schedule() -> None:
    daily = tt.CronTriggerTimetable("@daily", "UTC")
    tt.check_schedule(daily, start=NOON, catchup=True, max_active_runs=16)
    tt.check_schedule(daily, start=None, catchup=False, max_active_runs=16)
    tt.check_schedule(tt.NullTimetable(), start=None, catchup=True, max_active_runs=16)
    tt.check_schedule(tt.ContinuousTimetable(), start=NOON, catchup=False, max_active_runs=1)

    with pytest.raises(ValueError, match="start_date"):
        tt.check_schedule(daily, start=None, catchup=True, max_active_runs=16)
    with pytest.raises(ValueError, match="allows 1"):
        tt.check_schedule(tt.ContinuousTimetable(), start=NOON, catchup=False, max_active_runs=16)


@pytest.mark.parametrize(
    "cron", ["bad", "60 * * * *", "* * * *", "@reboot", "@none", "H * * * *", "0 0 * * 9", "0-a * * * *"]
)
def test_expressions_that_are_wrong(cron: str) -> None:
    with pytest.raises(tt.AirflowTimetableInvalid, match="cron expression"):
        tt.CronTriggerTimetable(cron, "UTC").validate()


@pytest.mark.parametrize(
    "delta",
    [timedelta(0), timedelta(days=-1), relativedelta(), relativedelta(months=-1), relativedelta(day=1)],
)
def test_steps_that_do_not_lead_forward(delta: Any) -> None:
    for timetable in (tt.DeltaTriggerTimetable(delta), tt.DeltaDataIntervalTimetable(delta)):
        with pytest.raises(tt.AirflowTimetableInvalid, match="forward"):
            timetable.validate()


def test_names_of_arguments_in_2x_and_3x() -> None:
    assert tt.CronTriggerTimetable(cron="0 0 * * *", timezone="UTC") == tt.CronTriggerTimetable(
        expression="0 0 * * *", timezone="UTC"
    )
    assert tt.CronDataIntervalTimetable(cron="@daily", timezone="UTC").summary == "0 0 * * *"
    with pytest.raises(TypeError, match="timezone"):
        tt.CronTriggerTimetable("0 0 * * *")
    with pytest.raises(ValueError, match="at least one"):
        tt.MultipleCronTriggerTimetable(timezone="UTC")


def test_cron_in_words() -> None:
    assert tt.CronTriggerTimetable("30 2 * * 1-5", "UTC").description == "At 02:30, Monday through Friday"
    assert tt.CronTriggerTimetable("30 2 * * * 0", "UTC").description == ""


# ---- next runs ------------------------------------------------------------------------------------------------------


def due(
    timetable: tt.Timetable, last: Any = None, *, now: datetime = NOON, **bounds: Any
) -> tt.DagRunInfo | None:
    """The next run of a DAG that started in 2024 and does not catch up."""
    given = {"start": at("2024-01-01"), "end": None, "catchup": False} | bounds
    return tt.next_due(timetable, last=last, now=now, **given)


def test_once_runs_once_at_the_start() -> None:
    once = tt.OnceTimetable()
    first = due(once)

    assert first == tt.DagRunInfo.exact(at("2024-01-01"))
    assert due(once, first) is None
    assert due(once, start=None) == tt.DagRunInfo.exact(NOON)
    assert due(once, end=at("2023-12-31")) is None


def test_continuous_goes_on_where_the_last_run_ended() -> None:
    again = tt.ContinuousTimetable()
    first = due(again)

    assert first == tt.DagRunInfo.interval(at("2024-01-01"), NOON)
    assert due(again, first, now=NOON + DAY) == tt.DagRunInfo.interval(NOON, NOON + DAY)
    assert due(again, start=None) is None
    # The clock was set back: the next interval is as long as the last one.
    ahead = tt.DataInterval(NOON + DAY, NOON + 2 * DAY)
    assert due(again, ahead) == tt.DagRunInfo.interval(NOON + 2 * DAY, NOON + 3 * DAY)


def test_a_cron_that_never_comes_is_never_due() -> None:
    assert due(tt.CronTriggerTimetable("0 0 30 2 *", "UTC")) is None


def test_the_end_date_counts() -> None:
    daily = tt.CronTriggerTimetable("@daily", "UTC")

    assert due(daily, end=at("2024-06-01")) == tt.DagRunInfo.exact(at("2024-06-01"))
    assert due(daily, end=at("2024-05-31")) is None


def test_nothing_is_due_by_itself_without_a_schedule_or_with_assets() -> None:
    assert due(tt.NullTimetable()) is None
    assert due(tt.AssetTriggeredTimetable(Flower("rose"))) is None


def test_asset_or_time_follows_its_timetable() -> None:
    daily = tt.CronTriggerTimetable("@daily", "UTC", interval=DAY)
    either = tt.AssetOrTimeSchedule(assets=[Flower("rose")], timetable=daily)

    assert due(either) == due(daily)
    assert either.asset_condition.as_expression() == {"all": [{"asset": {"name": "rose"}}]}
    assert either.infer_manual_data_interval(run_after=NOON) == tt.DataInterval(NOON - DAY, NOON)


def test_a_changed_schedule_goes_on_from_the_last_run() -> None:
    """2.x: from daily to every six hours; the next interval begins where the last one ended."""
    last = tt.DagRunInfo.interval(at("2024-05-31"), at("2024-06-01"))

    info = due(tt.CronDataIntervalTimetable("0 */6 * * *", "UTC"), last, catchup=True)

    assert info == tt.DagRunInfo.interval(at("2024-06-01"), at("2024-06-01T06:00"))


def test_events() -> None:
    events = tt.EventsTimetable([at("2024-07-01"), at("2024-05-01"), at("2024-05-01"), at("2024-08-01")])

    assert [str(moment.date()) for moment in events.event_dates] == [
        "2024-05-01",
        "2024-05-01",
        "2024-07-01",
        "2024-08-01",
    ]
    first = due(events)
    assert first == tt.DagRunInfo.exact(at("2024-07-01"))
    assert due(events, first, end=at("2024-07-31")) is None
    caught = due(events, catchup=True)
    assert caught == tt.DagRunInfo.exact(at("2024-05-01"))
    assert due(events, caught, catchup=True) == first
    assert events.infer_manual_data_interval(run_after=NOON) == tt.DataInterval.exact(NOON)
    only = tt.EventsTimetable(events.event_dates, restrict_to_events=True)
    assert only.infer_manual_data_interval(run_after=NOON).start == at("2024-05-01")
    assert only.infer_manual_data_interval(run_after=at("2020-01-01")).start == at("2024-05-01")


def test_a_partition_is_named_by_local_time() -> None:
    timetable = tt.CronPartitionTimetable(
        "0 0 * * *", timezone="Asia/Tokyo", run_offset=-1, key_format="%Y%m%d"
    )
    first = due(timetable)
    assert first is not None

    assert first.run_after == at("2024-05-31T15:00")
    assert (first.partition_key, first.partition_date) == ("20240531", at("2024-05-30T15:00"))
    assert first.data_interval is None
    assert first.logical_date is None
    second = due(timetable, first)
    assert second is not None
    assert second.partition_key == "20240601"


def test_moments_of_a_users_timetable_leave_as_plain_datetimes() -> None:
    info = due(Weekly())
    assert info is not None

    assert info.run_after == at("2024-01-08")
    assert type(info.run_after) is datetime
    assert info.data_interval is not None
    assert type(info.data_interval.start) is datetime


def test_a_user_class_on_a_builtin_one_is_told_the_time() -> None:
    nightly = Nightly("0 0 * * *", "UTC")
    sunday = at("2024-06-02T00:00:01")

    assert due(nightly, now=sunday) == tt.DagRunInfo.exact(at("2024-06-03"))


def test_pendulum_moments_are_taken() -> None:
    start = pendulum.datetime(2024, 1, 1, tz="Europe/Paris")
    last = tt.DataInterval(start, start.add(days=1))

    info = due(tt.CronDataIntervalTimetable("@daily", start.timezone), last, start=start, catchup=True)

    assert info == tt.DagRunInfo.interval(at("2024-01-01T23:00"), at("2024-01-02T23:00"))


def test_a_schedule_of_a_spec() -> None:
    schedule = tt.Schedule.of(
        tt.encode(tt.CronTriggerTimetable("@daily", "UTC")),
        start_date="2024-05-01T00:00:00+02:00",
        end_date=None,
        catchup=True,
    )

    assert schedule.next(None, NOON) == tt.DagRunInfo.exact(at("2024-05-01"))


# ---- clock, run ids, zones ------------------------------------------------------------------------------------------


def test_who_asks_without_a_clock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment, "_clock", None)
    monkeypatch.setattr(moment, "_token", None)
    everything = tt.TimeRestriction(None, None, False)
    daily = tt.CronTriggerTimetable("@daily", "UTC")

    with pytest.raises(RuntimeError, match="what time it is"):
        daily.next_dagrun_info(last_automated_data_interval=None, restriction=everything)
    with pytest.raises(RuntimeError, match="random text"):
        daily.generate_run_id(run_type="manual", run_after=NOON, data_interval=None)

    tt.use_sources(clock=lambda: pendulum.instance(NOON), token=lambda: "x7")

    info = daily.next_dagrun_info(last_automated_data_interval=None, restriction=everything)
    assert info == tt.DagRunInfo.exact(at("2024-06-02"))
    assert (
        daily.generate_run_id(run_type="manual", run_after=NOON, data_interval=None)
        == "manual__2024-06-01T12:00:00+00:00_x7"
    )
    with tt.at(NOON + DAY):
        later = daily.next_dagrun_info(last_automated_data_interval=None, restriction=everything)
    assert later == tt.DagRunInfo.exact(at("2024-06-03"))


def test_run_ids() -> None:
    tokyo = NOON.astimezone(ZoneInfo("Asia/Tokyo"))

    assert tt.run_id_for("scheduled", tokyo, tokyo) == "scheduled__2024-06-01T12:00:00+00:00"
    assert tt.run_id_for("manual", NOON, None, token="ab") == "manual__2024-06-01T12:00:00+00:00_ab"
    with pytest.raises(ValueError, match="token"):
        tt.run_id_for("manual", NOON, None)


@pytest.mark.parametrize(
    ("zone", "stored"),
    [
        ("UTC", "UTC"),
        ("utc", "UTC"),
        (UTC, "UTC"),
        (timezone(timedelta(0)), "UTC"),
        (timezone(timedelta(hours=-3)), -10800.0),
        (ZoneInfo("Europe/Vienna"), "Europe/Vienna"),
        (pendulum.timezone("Europe/Vienna"), "Europe/Vienna"),
        (pendulum.UTC, "UTC"),
        (pendulum.FixedTimezone(5400), 5400.0),
        (dateutil_tz.gettz("Europe/Vienna"), "Europe/Vienna"),
        (dateutil_tz.tzoffset("x", 3600), 3600.0),
    ],
)
def test_zones_of_every_library(zone: Any, stored: Any) -> None:
    assert zone_json(zone_of(zone)) == stored
    assert zone_of(stored).utcoffset(NOON.replace(tzinfo=None)) == zone_of(zone).utcoffset(
        NOON.replace(tzinfo=None)
    )


def test_a_zone_that_nobody_knows() -> None:
    with pytest.raises(tt.AirflowTimetableInvalid, match="Mars/Olympus"):
        tt.CronTriggerTimetable("@daily", "Mars/Olympus")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        utc(datetime(2024, 1, 1))


@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2024-03-10T02:30", "2024-03-10T07:30"),  # never shown: moves to 03:30
        ("2024-11-03T01:30", "2024-11-03T06:30"),  # shown twice: the second
        ("2024-07-01T12:00", "2024-07-01T16:00"),
    ],
)
def test_wall_time_of_new_york(local: str, moment: str) -> None:
    assert from_wall(datetime.fromisoformat(local), ZoneInfo("America/New_York")) == at(moment)


def test_the_package_loads_no_cron_library_before_it_is_needed() -> None:
    code = "import sys, ostro.timetable; print([m for m in ('croniter', 'dateutil', 'pendulum', 'cron_descriptor') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
