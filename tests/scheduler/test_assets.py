"""Runs that asset events make, in the round that writes the events; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from ostro import commands, events
from ostro.executors.base import Reported
from ostro.protocol.task import Skipped, TaskOrder
from ostro.records import RunRecord
from ostro.spec import DagSpec, TaskSpec
from ostro.store import asset_queue, assets, runs
from ostro.timetable import (
    AssetOrTimeSchedule,
    AssetTriggeredTimetable,
    CronTriggerTimetable,
    encode,
)
from ostro.timetable.assets import StoredCondition
from ostro.timetable.mappers import (
    AllowedKeyMapper,
    FanOutMapper,
    FixedKeyMapper,
    PartitionMapper,
    RollupMapper,
    StartOfDayMapper,
    StartOfWeekMapper,
)
from ostro.timetable.partitioned import PartitionedAssetTimetable
from ostro.timetable.windows import MinimumCount, SegmentWindow, WeekWindow

from .conftest import START, Bench

ALIAS = {"alias": {"name": "x", "group": "asset"}}


def named(name: str) -> dict[str, Any]:
    return {"asset": {"name": name, "uri": f"s3://{name}", "group": "asset"}}


def producer(dag_id: str = "p", *names: str, **more: Any) -> DagSpec:
    outlets = tuple({"type": "asset", "name": n, "uri": f"s3://{n}", "group": "asset"} for n in names)
    return DagSpec(
        dag_id=dag_id, tasks=(TaskSpec(task_id=f"make_{dag_id}", operator="X", outlets=outlets, **more),)
    )


def consumer(dag_id: str, condition: dict[str, Any], **more: Any) -> DagSpec:
    timetable = encode(AssetTriggeredTimetable(StoredCondition(condition)))
    values = {"timetable": timetable, "asset_condition": condition, **more}
    return DagSpec(dag_id=dag_id, tasks=(TaskSpec(task_id=f"use_{dag_id}", operator="X"),), **values)


def said(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "uri": f"s3://{name}", "group": "asset", "extra": {}, **more}


def made(bench: Bench, dag_id: str) -> list[RunRecord]:
    with bench.store.read() as tx:
        return sorted(runs.search(tx, dag_id), key=lambda r: r.id)


def order(bench: Bench, task: str) -> TaskOrder:
    return bench.executor.orders[bench.executor.running()[task]][1]


def produce(bench: Bench, dag_id: str, run_id: str, *events: dict[str, Any]) -> None:
    bench.trigger(dag_id, run_id)
    bench.executor.succeed(f"make_{dag_id}", asset_events=list(events))
    bench.engine.turn()


def test_the_consumer_starts_in_the_turn_that_writes_the_success(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    bench.trigger("p", "r1")
    bench.executor.succeed("make_p", asset_events=[said("a", extra={"rows": 5})])
    bench.engine.turn()
    given = order(bench, "use_c")
    (run,) = made(bench, "c")
    assert run.run_type.value == "asset_triggered"
    assert (run.logical_date, run.data_interval_start, run.data_interval_end) == (None, None, None)
    assert (run.run_after, run.triggered_by) == (bench.clock.now(), "asset")
    assert run.run_id.startswith(f"asset_triggered__{bench.clock.now().isoformat()}_")
    (event,) = given.run.consumed_asset_events
    assert (event["name"], event["extra"], event["timestamp"]) == ("a", {"rows": 5}, bench.clock.now())
    assert (event["source_dag_id"], event["source_task_id"], event["source_run_id"]) == ("p", "make_p", "r1")


def test_all_of_a_condition_must_be_updated_and_one_run_consumes_everything(bench: Bench) -> None:
    bench.add(producer("p", "a"), producer("q", "b"), consumer("c", {"all": [named("a"), named("b")]}))
    for i in range(3):
        bench.clock.advance(1)
        produce(bench, "p", f"r{i}", said("a", extra={"i": i}))
    assert made(bench, "c") == []
    bench.clock.advance(1)
    produce(bench, "q", "r", said("b"))
    (run,) = made(bench, "c")
    assert run.run_after == bench.clock.now()
    consumed = order(bench, "use_c").run.consumed_asset_events
    assert [(e["name"], e["extra"]) for e in consumed] == [
        ("a", {"i": 0}), ("a", {"i": 1}), ("a", {"i": 2}), ("b", {}),
    ]  # fmt: skip
    # What was consumed is not consumed again.
    produce(bench, "q", "r2", said("b"))
    assert len(made(bench, "c")) == 1


def test_any_of_a_condition_and_references_and_aliases(bench: Bench) -> None:
    bench.add(
        producer("p", "a"),
        consumer("either", {"any": [named("a"), named("zz")]}),
        consumer("by_name", {"asset_ref": {"name": "a"}}),
        consumer("by_uri", {"asset_ref": {"uri": "s3://a"}}),
        consumer("on_alias", ALIAS),
        consumer("both", {"all": [ALIAS, named("a")]}),
    )
    produce(bench, "p", "r1", said("a"))
    assert [len(made(bench, d)) for d in ("either", "by_name", "by_uri", "on_alias", "both")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    produce(bench, "p", "r2", said("new", aliases=["x"]))
    assert len(made(bench, "on_alias")) == 1 and len(made(bench, "both")) == 1
    (event,) = order(bench, "use_on_alias").run.consumed_asset_events
    assert (event["name"], event["source_aliases"]) == ("new", ["x"])


def test_a_task_that_fails_or_skips_makes_no_event(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    bench.trigger("p", "r1")
    bench.executor.fail("make_p", asset_events=[said("a")])
    bench.turn()
    bench.trigger("p", "r2")
    attempt = bench.executor.running()["make_p"]
    place, told = bench.executor.orders.pop(attempt)
    skipped = Skipped(seq=1, attempt_id=attempt, end_date=told.start_date, asset_events=[said("a")])
    bench.executor.events.append(Reported(place, skipped))
    bench.turn()
    assert made(bench, "c") == []


def test_a_superseded_attempt_makes_no_event(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    bench.trigger("p", "r1")
    with bench.store.begin() as tx:
        ids = commands.clear_run_in(tx, bench.clock, dag_id="p", run_id="r1")
    bench.executor.succeed("make_p", asset_events=[said("a")])
    bench.engine.wake(ids, ["p"])
    bench.turn()
    assert made(bench, "c") == []


def test_an_event_of_an_asset_that_nobody_defines_is_left_out(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    produce(bench, "p", "r1", said("a"), said("unknown"))
    assert len(made(bench, "c")) == 1


def test_a_paused_dag_makes_no_run_and_its_next_one_consumes_what_came_meanwhile(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))

    def pause(paused: bool) -> None:
        with bench.store.begin() as tx:
            commands.pause_dag_in(tx, dag_id="c", paused=paused)
        bench.engine.wake([], ["c"])
        bench.turn()

    pause(True)
    produce(bench, "p", "r1", said("a"))
    pause(False)
    assert made(bench, "c") == []
    produce(bench, "p", "r2", said("a"))
    assert len(made(bench, "c")) == 1
    assert len(order(bench, "use_c").run.consumed_asset_events) == 2


def test_what_was_queued_before_a_pause_waits_for_its_end(bench: Bench) -> None:
    both = {"all": [named("a"), named("b")]}
    bench.add(producer("p", "a"), producer("q", "b"), consumer("c", both))
    produce(bench, "p", "r1", said("a"))
    with bench.store.begin() as tx:
        commands.pause_dag_in(tx, dag_id="c", paused=True)
    bench.engine.wake([], ["c"])
    bench.turn()
    with bench.store.begin() as tx:
        commands.pause_dag_in(tx, dag_id="c", paused=False)
    bench.engine.wake([], ["c"])
    bench.turn()
    produce(bench, "q", "r1", said("b"))
    assert len(made(bench, "c")) == 1


def test_runs_wait_for_their_place_in_order(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a"), max_active_runs=1))
    for i in range(3):
        bench.clock.advance(1)
        produce(bench, "p", f"r{i}", said("a", extra={"i": i}))
    assert [r.state.value for r in made(bench, "c")] == ["running", "queued", "queued"]
    seen = []
    for _ in range(3):
        (event,) = order(bench, "use_c").run.consumed_asset_events
        seen.append(event["extra"]["i"])
        bench.executor.succeed("use_c")
        bench.turn()
    assert seen == [0, 1, 2]
    assert [r.state.value for r in made(bench, "c")] == ["success"] * 3


def test_asset_or_time(bench: Bench) -> None:
    timetable = AssetOrTimeSchedule(
        assets=StoredCondition(named("a")), timetable=CronTriggerTimetable("0 * * * *", timezone="UTC")
    )
    start = START.isoformat()
    bench.add(producer("p", "a"), consumer("c", named("a"), timetable=encode(timetable), start_date=start))
    produce(bench, "p", "r1", said("a"))
    bench.clock.advance(3600)
    bench.turn()
    kinds = [(r.run_type.value, r.logical_date) for r in made(bench, "c")]
    assert ("asset_triggered", None) in kinds
    assert ("scheduled", START + timedelta(hours=1)) in kinds


def test_a_file_of_2x_has_a_logical_date_and_the_interval_of_its_producers(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a"), dialect=2))
    first, last = START - timedelta(days=2), START - timedelta(days=1)
    bench.trigger("p", "r1", logical_date=first, data_interval_start=first, data_interval_end=last)
    bench.executor.succeed("make_p", asset_events=[said("a")])
    bench.turn()
    produce(bench, "p", "r2", said("a"))
    one, other = made(bench, "c")
    assert (one.logical_date, one.data_interval_start, one.data_interval_end) == (START, first, last)
    assert one.run_id == f"asset_triggered__{START.isoformat()}"
    # Two of one moment have each a date of its own.
    assert other.logical_date == START + timedelta(microseconds=1)
    assert (other.data_interval_start, other.data_interval_end) == (START, START)


def test_a_new_engine_finds_what_was_queued_and_the_events_of_its_runs(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")), consumer("d", named("a")))
    produce(bench, "p", "r1", said("a"))
    with bench.store.begin() as tx:
        # As from another process, of which no message came.
        assets.record_event(tx, name="a", uri="s3://a", at=bench.clock.now())
    bench.engine = bench.new_engine()
    bench.executor.alive = set(bench.executor.orders)
    bench.turn()
    assert len(made(bench, "c")) == 2 and len(made(bench, "d")) == 2
    live = [r for r in bench.engine.live.runs.values() if r.run.dag_id == "c"]
    assert [len(r.info.consumed_asset_events) for r in live] == [1, 1]


def test_an_event_from_outside_wakes_its_listeners(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    with bench.store.begin() as tx:
        recorded = assets.record_event(tx, name="a", uri="s3://a", at=bench.clock.now())
    assert recorded is not None
    bench.engine.wake([], recorded.dag_ids)
    bench.turn()
    assert len(made(bench, "c")) == 1


def test_an_event_of_a_partition_makes_no_run_of_a_dag_without_partitions(bench: Bench) -> None:
    bench.add(producer("p", "a"), consumer("c", named("a")))
    produce(bench, "p", "r1", said("a", partition_keys=["2026-01-01", "2026-01-02"]))
    assert made(bench, "c") == []
    with bench.store.read() as tx:
        found = assets.events_of(tx, assets.Choice(name="a"))
        assert [e.partition_key for e in found] == ["2026-01-01", "2026-01-02"]
        assert asset_queue.load(tx, "c") == []
    produce(bench, "p", "r2", said("a"))
    assert len(made(bench, "c")) == 1
    assert len(order(bench, "use_c").run.consumed_asset_events) == 3


def test_a_changed_condition_is_looked_at_at_once(bench: Bench) -> None:
    both = {"all": [named("a"), named("b")]}
    bench.add(producer("p", "a"), consumer("c", both))
    produce(bench, "p", "r1", said("a"))
    assert made(bench, "c") == []
    bench.add(producer("p", "a"), consumer("c", named("a")))
    assert len(made(bench, "c")) == 1


def test_a_lost_round_loses_no_event(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.errors import StoreUnavailable
    from ostro.scheduler.round import Round

    bench.add(producer("p", "a"), consumer("c", named("a")))
    bench.trigger("p", "r1")
    write = Round.write
    fails = iter([True])

    def once(round_: Round) -> None:
        write(round_)
        if next(fails, False):
            raise StoreUnavailable("gone")

    monkeypatch.setattr(Round, "write", once)
    bench.executor.succeed("make_p", asset_events=[said("a")])
    bench.engine.turn()
    bench.clock.advance(10)
    bench.turn()
    assert len(made(bench, "c")) == 1
    with bench.store.read() as tx:
        assert len(assets.events_of(tx, assets.Choice(name="a"))) == 1


def test_an_order_carries_the_first_events_and_the_task_asks_for_the_others(bench: Bench) -> None:
    from ostro.executors.base import Asked
    from ostro.protocol.task import GetAssetEvents, GetConsumedEvents, Value

    bench.add(producer("p", "a"), producer("q", "b"), consumer("c", {"all": [named("a"), named("b")]}))
    with bench.store.begin() as tx:
        for i in range(600):
            assets.record_event(
                tx, name="a", uri="s3://a", at=bench.clock.now() + timedelta(seconds=i), extra={"i": i}
            )
    produce(bench, "q", "r", said("b"))
    given = order(bench, "use_c").run
    assert [e["extra"]["i"] for e in given.consumed_asset_events] == list(range(10))
    assert given.more_asset_events

    def ask(question: Any) -> Any:
        attempt = order(bench, "use_c").attempt_id
        bench.executor.events.append(Asked(1, msgspec.structs.replace(question, attempt_id=attempt)))
        bench.turn()
        answer = bench.executor.answers[1][-1]
        assert isinstance(answer, Value), answer
        return answer.data

    assert ask(GetAssetEvents(seq=0, name="a", count=True)) == 600
    assert len(ask(GetAssetEvents(seq=0, name="a"))) == 500
    run = made(bench, "c")[0]
    first = ask(
        GetConsumedEvents(seq=0, dag_id="c", run_id=run.run_id, beyond=given.consumed_asset_events[-1]["id"])
    )
    rest = ask(GetConsumedEvents(seq=0, dag_id="c", run_id=run.run_id, beyond=first[-1]["id"]))
    assert [e["name"] for e in (*first, *rest)] == ["a"] * 590 + ["b"]
    assert ask(GetConsumedEvents(seq=0, dag_id="c", run_id="nobody")) == []


def test_listeners_hear_of_assets_and_aliases_that_are_new(bench: Bench) -> None:
    heard: list[events.Event] = []
    bench.engine.emit = heard.append  # type: ignore[method-assign]

    def new() -> list[Any]:
        found: list[Any] = []
        for event in heard:
            if isinstance(event, events.AssetCreated):
                found.append(event.asset)
            elif isinstance(event, events.AssetAliasCreated):
                found.append(event.alias)
        heard.clear()
        return found

    a = {"name": "a", "uri": "s3://a", "group": "asset", "extra": {}}
    bench.add(producer("p", "a"), consumer("c", {"any": [named("a"), ALIAS]}))
    assert new() == [a, {"name": "x", "group": "asset"}]
    bench.add(producer("p", "a"), consumer("c", ALIAS), producer("q", "b"))
    assert [found["name"] for found in new()] == ["b"]
    produce(bench, "p", "r1", said("a"), said("behind", aliases=["x", "y"]))
    assert [found["name"] for found in new()] == ["behind", "y"]
    # An engine that starts tells of nothing that was there.
    bench.engine = bench.new_engine()
    bench.engine.emit = heard.append  # type: ignore[method-assign]
    bench.add(producer("p", "a", "late"))
    assert [found["name"] for found in new()] == ["late"]


# ---- partitions --------------------------------------------------------------------------------------------------------


def partitioned(dag_id: str, condition: dict[str, Any], **mappers: PartitionMapper) -> DagSpec:
    """A DAG on partitions; mappers by name of the asset, `default` for the others."""
    default = mappers.pop("default", None)
    config = {StoredCondition(named(name)): mapper for name, mapper in mappers.items()}
    timetable = PartitionedAssetTimetable(StoredCondition(condition), config, default)
    return consumer(dag_id, condition, timetable=encode(timetable))


def keys(bench: Bench, dag_id: str) -> list[str | None]:
    return [r.partition_key for r in made(bench, dag_id)]


def test_each_partition_gets_its_run_when_all_its_assets_are_there(bench: Bench) -> None:
    both = {"all": [named("a"), named("b")]}
    bench.add(producer("p", "a"), producer("q", "b"), partitioned("c", both))
    produce(bench, "p", "r1", said("a", partition_keys=["us", "eu"]))
    produce(bench, "p", "r2", said("a"))  # without a key it is for none
    assert keys(bench, "c") == []
    produce(bench, "q", "r1", said("b", partition_keys=["eu", "asia"]))
    assert keys(bench, "c") == ["eu"]
    (run,) = made(bench, "c")
    assert (run.run_type.value, run.logical_date, run.partition_date) == ("asset_triggered", None, None)
    given = order(bench, "use_c").run
    assert given.partition_key == "eu"
    assert sorted((e["name"], e["partition_key"]) for e in given.consumed_asset_events) == [
        ("a", "eu"), ("b", "eu"),
    ]  # fmt: skip
    produce(bench, "q", "r2", said("b", partition_keys=["us"]))
    assert keys(bench, "c") == ["eu", "us"]
    # Both anew make another run of the key.
    produce(bench, "p", "r3", said("a", partition_keys=["eu"]))
    produce(bench, "q", "r3", said("b", partition_keys=["eu"]))
    assert keys(bench, "c") == ["eu", "us", "eu"]


def test_the_key_and_date_of_a_run_are_those_of_its_events(bench: Bench) -> None:
    bench.add(
        producer("p", "a"),
        partitioned("same", named("a")),
        partitioned("daily", named("a"), a=StartOfDayMapper()),
    )
    date = START + timedelta(hours=7)
    bench.trigger("p", "r1", partition_key="2026-01-01T07:00:00", partition_date=date)
    bench.executor.succeed("make_p", asset_events=[said("a")])
    bench.turn()
    assert [(r.partition_key, r.partition_date) for r in made(bench, "same")] == [
        ("2026-01-01T07:00:00", date)
    ]
    assert [(r.partition_key, r.partition_date) for r in made(bench, "daily")] == [("2026-01-01", START)]
    assert order(bench, "use_daily").run.partition_date == START


def test_a_rollup_waits_for_its_window(bench: Bench) -> None:
    rollup = RollupMapper(upstream_mapper=FixedKeyMapper("all"), window=SegmentWindow(["us", "eu", "asia"]))
    most = RollupMapper(
        upstream_mapper=FixedKeyMapper("all"),
        window=SegmentWindow(["us", "eu", "asia"]),
        wait_policy=MinimumCount(-1),
    )
    bench.add(
        producer("p", "a"),
        partitioned("every", named("a"), default=rollup),
        partitioned("most", named("a"), default=most),
    )
    for i, key in enumerate(("us", "us", "elsewhere", "eu", "asia")):
        produce(bench, "p", f"r{i}", said("a", partition_keys=[key]))
    assert keys(bench, "every") == ["all"]
    assert len(order(bench, "use_every").run.consumed_asset_events) == 5
    # The first two of three were enough; what comes later is collected for the next.
    assert keys(bench, "most") == ["all"]


def test_one_key_to_many_runs(bench: Bench) -> None:
    days = FanOutMapper(upstream_mapper=StartOfWeekMapper(), window=WeekWindow())
    bench.add(producer("p", "a"), partitioned("c", named("a"), default=days))
    produce(bench, "p", "r1", said("a", partition_keys=["2026-01-07T00:00:00"]))
    assert keys(bench, "c") == [f"2026-01-{day:02}" for day in range(5, 12)]


def test_a_changed_rollup_starts_anew(bench: Bench) -> None:
    def dag(*segments: str) -> DagSpec:
        mapper = RollupMapper(upstream_mapper=FixedKeyMapper("all"), window=SegmentWindow(segments))
        return partitioned("c", named("a"), default=mapper)

    bench.add(producer("p", "a"), dag("us", "eu"))
    produce(bench, "p", "r1", said("a", partition_keys=["us"]))
    bench.add(producer("p", "a"), dag("us", "asia"))
    produce(bench, "p", "r2", said("a", partition_keys=["asia"]))
    assert keys(bench, "c") == []
    produce(bench, "p", "r3", said("a", partition_keys=["us"]))
    assert keys(bench, "c") == ["all"]


def test_a_key_that_cannot_be_mapped_is_told_and_the_others_go_on(bench: Bench) -> None:
    told: list[str] = []
    bench.engine.assets.partitions.emit = lambda event: told.append(str(getattr(event, "text", "")))
    bench.add(producer("p", "a"), partitioned("c", named("a"), default=AllowedKeyMapper(["us"])))
    produce(bench, "p", "r1", said("a", partition_keys=["mars", "us"]))
    assert keys(bench, "c") == ["us"]
    (text,) = told
    assert "'mars'" in text and "allowed keys" in text


def test_an_asset_that_left_holds_up_what_waits_for_it(bench: Bench) -> None:
    bench.add(producer("p", "a"), partitioned("c", {"all": [named("a"), named("b")]}))
    with bench.store.begin() as tx:
        for name in ("a", "b"):
            found = assets.find(tx, name=name)
            assert found is not None
            assets.record_event(tx, name=name, uri=f"s3://{name}", at=bench.clock.now(), partition_key="k")
        tx.execute(sa.text("UPDATE asset SET is_active = :no WHERE name = 'b'"), {"no": False})
    bench.engine.wake([], ["c"])
    bench.turn()
    assert keys(bench, "c") == []
    with bench.store.begin() as tx:
        tx.execute(sa.text("UPDATE asset SET is_active = :yes WHERE name = 'b'"), {"yes": True})
    bench.engine.wake([], ["c"])
    bench.turn()
    assert keys(bench, "c") == ["k"]
