"""Partition mappers, windows, wait policies and the timetables over them. Expected values are those of Airflow 3.3.2."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.errors import UserError
from ostro.sdk import Asset
from ostro.sdk.partitions import (
    AllowedKeyMapper,
    ChainMapper,
    DayWindow,
    FanOutMapper,
    FixedKeyMapper,
    HourWindow,
    IdentityMapper,
    MinimumCount,
    MonthWindow,
    PartitionMapper,
    ProductMapper,
    QuarterWindow,
    RollupMapper,
    SegmentWindow,
    StartOfDayMapper,
    StartOfHourMapper,
    StartOfMonthMapper,
    StartOfQuarterMapper,
    StartOfWeekMapper,
    StartOfYearMapper,
    WaitForAll,
    WaitPolicy,
    WeekWindow,
    Window,
    YearWindow,
)
from ostro.timetable import decode, encode, facts
from ostro.timetable import partition_codec as codec
from ostro.timetable.foreign import ForeignMapper
from ostro.timetable.mappers import TimeMapper, downstream_keys, satisfaction
from ostro.timetable.partitioned import PartitionedAssetTimetable, PartitionedAtRuntime

KEY = "2024-03-13T10:42:15"
FORWARD, BACKWARD = Window.Direction.FORWARD, Window.Direction.BACKWARD
TIMES = [
    (StartOfHourMapper, "2024-03-13T10", datetime(2024, 3, 13, 10)),
    (StartOfDayMapper, "2024-03-13", datetime(2024, 3, 13)),
    (StartOfWeekMapper, "2024-03-11 (W11)", datetime(2024, 3, 11)),
    (StartOfMonthMapper, "2024-03", datetime(2024, 3, 1)),
    (StartOfQuarterMapper, "2024-Q1", datetime(2024, 1, 1)),
    (StartOfYearMapper, "2024", datetime(2024, 1, 1)),
]


@pytest.mark.parametrize(("mapper", "down", "start"), TIMES)
def test_periods_of_a_moment(mapper: type[TimeMapper], down: str, start: datetime) -> None:
    made = mapper()
    assert made.to_downstream(KEY) == down
    assert made.decode_downstream(down) == start
    assert made.encode_upstream(start) == start.isoformat()
    assert made.to_partition_date(down) == start.replace(tzinfo=UTC)
    # A key without offset is local time of the mapper's zone, whatever that is.
    there = mapper(timezone="America/New_York")
    assert there.to_downstream(KEY) == down
    noon = there.to_partition_date(down)
    assert noon is not None and noon.astimezone(UTC).replace(tzinfo=None) - start in (
        timedelta(hours=4), timedelta(hours=5),
    )  # fmt: skip
    with pytest.raises(ValueError, match="does not match format"):
        made.to_downstream("nope")


def test_formats() -> None:
    with_offset = StartOfHourMapper(input_format="%Y-%m-%dT%H:%M:%S%z", timezone="America/New_York")
    assert with_offset.to_downstream("2024-03-13T02:42:15+0000") == "2024-03-12T22"
    quarter = StartOfQuarterMapper(output_format="%Y/{quarter}")
    assert quarter.to_downstream(KEY) == "2024/1"
    assert quarter.to_partition_date("2024/2") == datetime(2024, 4, 1, tzinfo=UTC)
    week = StartOfWeekMapper(output_format="%G-W%V")
    assert week.to_downstream(KEY) == "2024-W11"
    with pytest.raises(ValueError, match="%Y, %m and %d"):
        week.decode_downstream("2024-W11")


def test_plain_mappers() -> None:
    date = datetime(2024, 1, 1, tzinfo=UTC)
    assert IdentityMapper().to_downstream("k") == "k"
    assert IdentityMapper().carry_partition_date(date) == date
    assert AllowedKeyMapper(["us", "eu"]).to_downstream("us") == "us"
    assert AllowedKeyMapper(["us"]).carry_partition_date(date) is None
    with pytest.raises(ValueError, match="none of the allowed keys"):
        AllowedKeyMapper(["us"]).to_downstream("x")
    assert FixedKeyMapper("all").to_downstream("us") == "all"
    with pytest.raises(ValueError, match="needs a text"):
        FixedKeyMapper("")


def test_product_and_chain() -> None:
    product = ProductMapper(IdentityMapper(), StartOfDayMapper())
    assert product.to_downstream(f"us|{KEY}") == "us|2024-03-13"
    assert product.to_partition_date("us|2024-03-13") == datetime(2024, 3, 13, tzinfo=UTC)
    assert (
        ProductMapper(StartOfDayMapper(), StartOfHourMapper()).to_partition_date("2024-03-13|2024-03-13T10")
        is None
    )
    with pytest.raises(ValueError, match="1 parts, not 2"):
        product.to_downstream("us")
    chain = ChainMapper(StartOfDayMapper(), StartOfMonthMapper(input_format="%Y-%m-%d"))
    assert chain.to_downstream(KEY) == "2024-03"
    assert chain.to_partition_date("2024-03") == datetime(2024, 3, 1, tzinfo=UTC)
    fan = FanOutMapper(upstream_mapper=StartOfDayMapper(input_format="%Y-%m-%d"), window=DayWindow())
    hours = ChainMapper(StartOfDayMapper(), fan).to_downstream(KEY)
    assert list(hours)[::23] == ["2024-03-13T00", "2024-03-13T23"]


@pytest.mark.parametrize(
    ("window", "mapper", "down", "forward", "backward"),
    [
        (HourWindow, StartOfHourMapper, "2024-03-13T10",
         (60, "2024-03-13T10:00:00", "2024-03-13T10:59:00"), (60, "2024-03-13T09:01:00", "2024-03-13T10:00:00")),
        (DayWindow, StartOfDayMapper, "2024-03-13",
         (24, "2024-03-13T00:00:00", "2024-03-13T23:00:00"), (24, "2024-03-12T01:00:00", "2024-03-13T00:00:00")),
        (WeekWindow, StartOfWeekMapper, "2024-03-11 (W11)",
         (7, "2024-03-11T00:00:00", "2024-03-17T00:00:00"), (7, "2024-03-05T00:00:00", "2024-03-11T00:00:00")),
        (MonthWindow, StartOfMonthMapper, "2024-02",
         (29, "2024-02-01T00:00:00", "2024-02-29T00:00:00"), (31, "2024-01-02T00:00:00", "2024-02-01T00:00:00")),
        (QuarterWindow, StartOfQuarterMapper, "2024-Q1",
         (3, "2024-01-01T00:00:00", "2024-03-01T00:00:00"), (3, "2023-11-01T00:00:00", "2024-01-01T00:00:00")),
        (YearWindow, StartOfYearMapper, "2024",
         (12, "2024-01-01T00:00:00", "2024-12-01T00:00:00"), (12, "2023-02-01T00:00:00", "2024-01-01T00:00:00")),
    ],
)  # fmt: skip
def test_keys_of_a_window(window: Any, mapper: Any, down: str, forward: Any, backward: Any) -> None:
    for direction, expected in ((FORWARD, forward), (BACKWARD, backward)):
        rollup = RollupMapper(upstream_mapper=mapper(), window=window(direction=direction))
        keys = rollup.to_upstream(down)
        assert (len(keys), min(keys), max(keys)) == expected
        assert rollup.to_downstream(KEY) == mapper().to_downstream(KEY)
        assert rollup.to_partition_date(down) == mapper().to_partition_date(down)


@pytest.mark.parametrize(
    ("window", "mapper", "forward", "backward"),
    [
        (DayWindow, StartOfDayMapper, (24, "2024-03-13T00", "2024-03-13T23"), (24, "2024-03-12T01", "2024-03-13T00")),
        (WeekWindow, StartOfWeekMapper, (7, "2024-03-11", "2024-03-17"), (7, "2024-03-05", "2024-03-11")),
        (MonthWindow, StartOfMonthMapper, (31, "2024-03-01", "2024-03-31"), (29, "2024-02-02", "2024-03-01")),
        (QuarterWindow, StartOfQuarterMapper, (3, "2024-01", "2024-03"), (3, "2023-11", "2024-01")),
        (YearWindow, StartOfYearMapper, (12, "2024-01", "2024-12"), (12, "2023-02", "2024-01")),
    ],
)  # fmt: skip
def test_one_key_to_a_window(window: Any, mapper: Any, forward: Any, backward: Any) -> None:
    for direction, expected in ((FORWARD, forward), (BACKWARD, backward)):
        keys = FanOutMapper(upstream_mapper=mapper(), window=window(direction=direction)).to_downstream(KEY)
        assert (len(keys), keys[0], keys[-1]) == expected


def test_windows_of_minutes_and_of_segments_need_their_own_words() -> None:
    for window, upstream in ((HourWindow(), StartOfHourMapper()), (SegmentWindow(["a"]), IdentityMapper())):
        with pytest.raises(ValueError, match="needs a downstream_mapper"):
            FanOutMapper(upstream_mapper=upstream, window=window)
    minutes = FanOutMapper(
        upstream_mapper=StartOfHourMapper(),
        window=HourWindow(),
        downstream_mapper=StartOfHourMapper(output_format="%H:%M"),
    )
    assert minutes.to_downstream(KEY)[:2] == ["10:00", "10:01"]
    fan = FanOutMapper(
        upstream_mapper=IdentityMapper(), window=SegmentWindow(["a", "b"]), downstream_mapper=IdentityMapper()
    )
    assert fan.to_downstream("x") == ["a", "b"]


def test_a_day_of_a_zone_where_an_hour_is_missing() -> None:
    mapper = RollupMapper(upstream_mapper=StartOfDayMapper(timezone="America/New_York"), window=DayWindow())
    keys = sorted(mapper.to_upstream("2024-03-10"))
    assert len(keys) == 23 and keys[1:3] == ["2024-03-10T01:00:00", "2024-03-10T03:00:00"]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: SegmentWindow([]), ValueError),
        (lambda: SegmentWindow([1]), ValueError),
        (lambda: SegmentWindow([""]), ValueError),
        (lambda: MinimumCount(0), ValueError),
        (lambda: IdentityMapper(max_downstream_keys=0), ValueError),
        (lambda: IdentityMapper(max_downstream_keys=True), ValueError),
        (lambda: RollupMapper(upstream_mapper=IdentityMapper(), window=DayWindow()), TypeError),
        (lambda: RollupMapper(upstream_mapper=StartOfDayMapper(), window=SegmentWindow(["a"])), TypeError),
        (lambda: PartitionedAssetTimetable(Asset("a"), {Asset("a"): "x"}), ValueError),
        (lambda: PartitionedAssetTimetable(Asset("a"), {"a": IdentityMapper()}), ValueError),
    ],
)
def test_what_cannot_be(make: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        make()


def test_months_are_counted_from_their_first_day() -> None:
    with pytest.raises(ValueError, match="first day of a month"):
        RollupMapper(upstream_mapper=StartOfDayMapper(), window=MonthWindow()).to_upstream("2024-03-13")


@pytest.mark.parametrize(
    ("policy", "matched", "satisfied"),
    [
        (WaitForAll(), "ab", False), (WaitForAll(), "abc", True), (WaitForAll(), "abz", False),
        (MinimumCount(2), "a", False), (MinimumCount(2), "ab", True), (MinimumCount(-1), "a", False),
        (MinimumCount(-1), "ab", True), (MinimumCount(-5), "", True),
    ],
)  # fmt: skip
def test_wait_policies(policy: Any, matched: str, satisfied: bool) -> None:
    found = policy.is_satisfied_by_keys(matched=set(matched), expected=set("abc"))
    assert found == (satisfied, False, None)


def test_a_policy_that_waits_for_ever_says_so() -> None:
    found = MinimumCount(9).is_satisfied_by_keys(matched=set("ab"), expected=set("abc"))
    assert (found.satisfied, found.unreachable) == (False, True)
    assert "waits for more keys than the window has (3)" in str(found.unreachable_reason)


# ---- limits ------------------------------------------------------------------------------------------------------------


def test_limits_of_keys() -> None:
    assert downstream_keys(IdentityMapper(), "k") == ["k"]
    with pytest.raises(ValueError, match="250"):
        downstream_keys(IdentityMapper(), "k" * 251)
    with pytest.raises(ValueError, match="no text"):
        downstream_keys(FixedKeyMapper(" "), "k")
    segments = SegmentWindow(str(i) for i in range(1001))
    fan = {"upstream_mapper": IdentityMapper(), "window": segments, "downstream_mapper": IdentityMapper()}
    with pytest.raises(ValueError, match="more than 1000"):
        downstream_keys(FanOutMapper(**fan), "k")
    assert len(downstream_keys(FanOutMapper(**fan, max_downstream_keys=2000), "k")) == 1001
    with pytest.raises(ValueError, match="more than 3"):
        downstream_keys(FanOutMapper(**fan, max_downstream_keys=3), "k")


# ---- JSON --------------------------------------------------------------------------------------------------------------

_zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
_times = st.builds(lambda cls, zone: cls(timezone=zone), st.sampled_from([t[0] for t in TIMES]), _zones)
_windows = st.builds(
    lambda cls, direction: cls(direction=direction),
    st.sampled_from([HourWindow, DayWindow, WeekWindow, MonthWindow, QuarterWindow, YearWindow]),
    st.sampled_from(list(Window.Direction)),
)
_policies = st.one_of(st.just(WaitForAll()), st.integers(1, 5).map(MinimumCount))
_mappers = st.recursive(
    st.one_of(
        st.builds(IdentityMapper, max_downstream_keys=st.none() | st.integers(1, 9)),
        st.lists(st.text(min_size=1), max_size=3).map(AllowedKeyMapper),
        st.text(min_size=1).map(FixedKeyMapper),
        _times,
        st.builds(lambda m, w, p: RollupMapper(upstream_mapper=m, window=w, wait_policy=p), _times, _windows, _policies),
        st.builds(lambda m, w, d: FanOutMapper(upstream_mapper=m, window=w, downstream_mapper=d), _times, _windows, _times),
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b: ProductMapper(a, b, delimiter="::"), inner, inner),
        st.builds(ChainMapper, inner, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip


@given(_mappers)
def test_a_mapper_comes_back_from_its_json(mapper: PartitionMapper) -> None:
    assert codec.decode(json.loads(json.dumps(codec.encode(mapper)))) == mapper


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
    st.sampled_from([
        (DayWindow, StartOfDayMapper, StartOfHourMapper), (WeekWindow, StartOfWeekMapper, StartOfDayMapper),
        (MonthWindow, StartOfMonthMapper, StartOfDayMapper), (QuarterWindow, StartOfQuarterMapper, StartOfMonthMapper),
        (YearWindow, StartOfYearMapper, StartOfMonthMapper),
    ]),
)  # fmt: skip
def test_a_period_waits_for_the_keys_that_lead_to_it_and_for_no_others(moment: datetime, shape: Any) -> None:
    window, period, member = shape
    rollup = RollupMapper(upstream_mapper=period(), window=window())
    key = moment.isoformat(timespec="seconds")
    down = rollup.to_downstream(key)
    assert all(rollup.to_downstream(up) == down for up in rollup.to_upstream(down))
    start = member().decode_downstream(member().to_downstream(key))
    assert start.isoformat() in rollup.to_upstream(down)
    # Fan-out is the way back.
    assert member().to_downstream(key) in FanOutMapper(
        upstream_mapper=period(), window=window()
    ).to_downstream(key)


class Prefix(PartitionMapper):
    """As Airflow's documentation has one of an author."""

    def __init__(self, prefix: str, *, max_downstream_keys: int | None = None) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        self.prefix = prefix

    def to_downstream(self, key: str) -> str:
        return key.removeprefix(self.prefix)

    def serialize(self) -> dict[str, Any]:
        return {**super().serialize(), "prefix": self.prefix}


class Halves(Window):
    def to_upstream(self, decoded_downstream: str) -> list[str]:
        return [f"{decoded_downstream}1", f"{decoded_downstream}2"]


class Most(WaitPolicy):
    def is_satisfied(self, matched: int, expected: int) -> bool:
        return matched * 2 > expected


def in_a_child(data: dict[str, Any]) -> Any:
    """As a process that runs user code makes it."""
    classes = {cls.__name__: cls for cls in (Prefix, Halves, Most)}
    return codec.decode(
        data, custom=lambda d: classes[d["classpath"].rpartition(".")[2]].deserialize(d["data"])
    )


def test_an_authors_mapper_is_its_class_and_what_it_serializes() -> None:
    mapper = Prefix("eu::", max_downstream_keys=3)
    data = json.loads(json.dumps(codec.encode(mapper)))
    assert data == {
        "type": "custom",
        "classpath": f"{__name__}.Prefix",
        "data": {"max_downstream_keys": 3, "prefix": "eu::"},
    }
    made = in_a_child(data)
    assert made == mapper and made.to_downstream("eu::sales") == "sales"


def test_the_engine_has_a_stand_in_for_what_holds_an_authors_class() -> None:
    rollup = RollupMapper(upstream_mapper=Prefix("x"), window=Halves(direction=BACKWARD), wait_policy=Most())
    for mapper, waits in (
        (rollup, True),
        (ChainMapper(IdentityMapper(), Prefix("x")), False),
        (Prefix("x"), False),
    ):
        data = json.loads(json.dumps(codec.encode(mapper)))
        read = codec.decode(data)
        assert isinstance(read, ForeignMapper) and read.is_rollup is waits
        assert codec.encode(read) == data
        with pytest.raises(UserError, match="only a child process may run"):
            read.to_downstream("k")
        assert in_a_child(data) == mapper
    made = in_a_child(codec.encode(rollup))
    assert made.to_upstream("d") == {"d1", "d2"}
    assert made.window.direction is BACKWARD
    assert satisfaction(made, "d", ["d1"]).satisfied is False
    assert satisfaction(made, "d", ["d1", "d2"]).satisfied is True


def test_an_authors_class_that_lacks_something_is_refused_with_a_remedy() -> None:
    class Nothing(PartitionMapper):
        pass

    class Secret(Prefix):
        def serialize(self) -> dict[str, Any]:
            return {"when": datetime(2026, 1, 1)}

    with pytest.raises(UserError, match="Nothing is no PartitionMapper: it does not define to_downstream"):
        codec.encode(Nothing())
    with pytest.raises(UserError, match="Secret gives what is no JSON: Object of type datetime"):
        encode(PartitionedAssetTimetable(Asset("a"), default_partition_mapper=Secret("x")))
    with pytest.raises(TypeError, match="Half defines decode_downstream without encode_upstream"):

        class Half(PartitionMapper):
            def decode_downstream(self, downstream_key: str) -> Any:
                return 1


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (IdentityMapper(), {}),
        (AllowedKeyMapper(["a"], max_downstream_keys=2), {"allowed_keys": ["a"], "max_downstream_keys": 2}),
        (StartOfDayMapper(), {"timezone": "UTC", "input_format": "%Y-%m-%dT%H:%M:%S", "output_format": "%Y-%m-%d"}),
        (WeekWindow(), {"direction": "forward"}),
        (SegmentWindow(["a"]), {"segments": ["a"]}),
        (WaitForAll(), {}),
        (MinimumCount(2), {"n": 2}),
    ],
)  # fmt: skip
def test_what_known_classes_serialize(thing: Any, expected: dict[str, Any]) -> None:
    assert thing.serialize() == expected
    assert type(thing).deserialize(expected) == thing


# ---- timetables ----------------------------------------------------------------------------------------------------------


def test_the_timetable_comes_back_and_knows_its_mappers() -> None:
    config = {Asset("a"): StartOfDayMapper(), Asset.ref(uri="u"): FixedKeyMapper("x")}
    made = PartitionedAssetTimetable([Asset("a"), Asset("b")], config)
    read = decode(json.loads(json.dumps(encode(made))))
    assert read == made and isinstance(read, PartitionedAssetTimetable)
    assert read.asset_condition.as_expression()["all"][0]["asset"]["name"] == "a"
    for timetable in (made, read):
        assert timetable.get_partition_mapper(name="a", uri="a") == StartOfDayMapper()
        assert timetable.get_partition_mapper(name="n", uri="u") == FixedKeyMapper("x")
        assert timetable.get_partition_mapper(name="b", uri="b") == IdentityMapper()
    assert facts(encode(made)) == ("Partitioned Asset", "Triggered by assets", False, True, True, None)


def test_at_runtime() -> None:
    made = decode(encode(PartitionedAtRuntime()))
    assert isinstance(made, PartitionedAtRuntime)
    assert (made.can_be_scheduled, made.partitioned, made.partitioned_at_runtime) == (False, False, True)


def test_a_fingerprint_follows_what_rollups_wait_for() -> None:
    def rollup(policy: Any = None) -> PartitionedAssetTimetable:
        mapper = RollupMapper(upstream_mapper=StartOfDayMapper(), window=DayWindow(), wait_policy=policy)
        return PartitionedAssetTimetable(Asset("a"), default_partition_mapper=mapper)

    assert PartitionedAssetTimetable(Asset("a")).rollup_fingerprint == ""
    assert rollup().rollup_fingerprint == rollup().rollup_fingerprint != ""
    assert rollup().rollup_fingerprint != rollup(MinimumCount(3)).rollup_fingerprint
