"""What a task says of its outlets, and what it reads of its inlets and of the events that made its run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ostro.errors import UserError
from ostro.protocol.task import (
    GetAssetEvents,
    GetAssets,
    GetConsumedEvents,
    GetRun,
    Question,
    RunInfo,
    Value,
)
from ostro.runtime.asset_events import (
    InletEvents,
    OutletEvents,
    TriggeringEvents,
    by_uri,
    check_active,
)
from ostro.sdk import Asset, AssetAlias, asking
from ostro.sdk.asset_event import AssetEvent, SourceTaskInstance
from ostro.sdk.dagrun import DagRun
from ostro.sdk.exceptions import AirflowInactiveAssetInInletOrOutletException

AT = datetime(2026, 1, 1, tzinfo=UTC)
A, B, ALIAS = Asset("a", "s3://h/a"), Asset("b", "s3://h/b"), AssetAlias("x")


def data(asset: Asset = A, i: int = 0, **more: Any) -> dict[str, Any]:
    at = AT + timedelta(days=i)
    return {
        "id": i,
        "name": asset.name,
        "uri": asset.uri,
        "group": "asset",
        "extra": {"i": i},
        "timestamp": at,
        **more,
    }


class Engine:
    """Knows assets a and b, and five events of a."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.events = 5

    def ask(self, question: Question) -> Value:
        self.asked.append(question)
        if isinstance(question, GetAssets):
            return Value(seq=0, data=[self._asset(name, uri) for name, uri in question.keys])
        if isinstance(question, GetAssetEvents):
            found = [data(A, i) for i in range(self.events)]
            if question.after:
                found = [e for e in found if e["timestamp"] >= question.after]
            if question.before:
                found = [e for e in found if e["timestamp"] <= question.before]
            if question.count:
                return Value(seq=0, data=len(found))
            if not question.ascending:
                found.reverse()
            if question.beyond is not None:
                (place,) = [i for i, e in enumerate(found) if (e["timestamp"], e["id"]) == question.beyond]
                found = found[place + 1 :]
            # As the engine, of which no answer is longer.
            assert question.limit is not None and question.limit <= 500
            return Value(seq=0, data=found[: question.limit])
        if isinstance(question, GetConsumedEvents):
            rest = [data(A, i) for i in range(question.beyond + 1, 25)]
            return Value(seq=0, data=rest[:7])
        assert isinstance(question, GetRun)
        run = {"dag_id": question.dag_id, "run_id": question.run_id, "run_type": "manual", "state": "success"}
        return Value(seq=0, data={**run, "run_after": AT})

    @staticmethod
    def _asset(name: str, uri: str) -> list[Any] | None:
        for asset in (A, B):
            if name in ("", asset.name) and uri in ("", asset.uri):
                return [asset.name, asset.uri, "asset", {}]
        return None


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    before = asking.use(made)  # type: ignore[arg-type]
    yield made
    asking.use(before)


# ---- outlets -------------------------------------------------------------------------------------------------------------


def test_each_outlet_has_an_event_with_what_was_said_of_it() -> None:
    events = OutletEvents([A, B])
    events[A].extra = {"rows": 5, "when": AT, "parts": (1, 2)}
    events[Asset("other")].extra["ignored"] = True
    events[A].add(B)  # only an alias takes assets
    one, other = events.collect([A, B, "a file"])
    assert one == {
        "name": "a", "uri": "s3://h/a", "group": "asset",
        "extra": {"rows": 5, "when": "2026-01-01T00:00:00Z", "parts": [1, 2]},
    }  # fmt: skip
    assert (other["name"], other["extra"]) == ("b", {})
    assert "partition_keys" not in one


def test_assets_behind_aliases_are_one_event_for_each_extra() -> None:
    other = AssetAlias("y")
    events = OutletEvents([ALIAS, other])
    events[ALIAS].add(Asset("new", "s3://h/new", group="g", extra={"team": 1}), extra={"k": 1})
    events[ALIAS].add(Asset("new", "s3://h/new", group="g", extra={"team": 1}), extra={"k": 1})
    events[other].add(Asset("new", "s3://h/new", group="g", extra={"team": 1}), extra={"k": 1})
    events[ALIAS].add("s3://h/text", extra={"k": 2})
    one, two = events.collect([ALIAS, other])
    assert (one["name"], one["group"], one["aliases"], one["asset_extra"]) == (
        "new",
        "g",
        ["x", "y"],
        {"team": 1},
    )
    assert (two["uri"], two["extra"], two["aliases"]) == ("s3://h/text", {"k": 2}, ["x"])
    assert OutletEvents([ALIAS]).collect([ALIAS]) == []


def test_partitions_of_an_outlet() -> None:
    events = OutletEvents([A])
    events[A].add_partitions("us")
    events[A].add_partitions(["eu", "us"])
    assert events.collect([A])[0]["partition_keys"] == ["us", "eu"]
    with pytest.raises(TypeError, match="alias has no partitions"):
        events[ALIAS].add_partitions("k")
    for wrong, error in ((" ", ValueError), ("k" * 251, ValueError), ([5], TypeError)):
        with pytest.raises(error):
            events[A].add_partitions(wrong)


@pytest.mark.parametrize("extra", [{"x": object()}, {"x": 2**70}, {"x": "\ud800"}])
def test_an_extra_that_is_no_json_is_refused(extra: dict[str, Any]) -> None:
    events = OutletEvents([A])
    events[A].extra = extra
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        events.collect([A])


def test_names_of_2x_and_references(engine: Engine) -> None:
    events = OutletEvents([A, ALIAS, Asset.ref(name="b")])
    assert events["s3://h/a"] is events[A] and events["x"] is events[ALIAS]
    assert events[Asset.ref(name="a")] is events[A]
    assert events.for_asset(uri="s3://h/a") is events[A] and events.for_asset_alias(name="x") is events[ALIAS]
    events[B].extra["said"] = True
    assert events.collect([Asset.ref(name="b")])[0]["extra"] == {"said": True}
    with pytest.raises(KeyError):
        events["nothing"]
    with pytest.raises(TypeError):
        events[5]
    with pytest.raises(UserError, match="means no asset"):
        events[Asset.ref(name="unknown")]


def test_what_is_not_active_is_refused(engine: Engine) -> None:
    check_active([A, ALIAS, "a file"], [Asset.ref(uri="s3://h/b")])
    check_active([ALIAS], ["a file"])
    assert len(engine.asked) == 1
    with pytest.raises(AirflowInactiveAssetInInletOrOutletException, match="s3://h/gone") as caught:
        check_active([A], [Asset("gone", "s3://h/gone")])
    assert [a.name for a in caught.value.inactive_asset_keys] == ["gone"]


# ---- what made the run -----------------------------------------------------------------------------------------------------


def test_triggering_events_by_asset_and_by_alias() -> None:
    made = [AssetEvent(d) for d in (data(A, 1, source_aliases=["x"]), data(B, 2), data(A, 3))]
    events = TriggeringEvents(made)
    assert list(events) == [A, ALIAS, B] and len(events) == 3
    assert [e.extra["i"] for e in events[A]] == [1, 3] and [e.extra["i"] for e in events[ALIAS]] == [1]
    assert events["s3://h/b"] == events.for_asset(name="b") == [made[1]]
    assert events.for_asset_alias(name="x") == [made[0]]
    assert {uri: len(found) for uri, found in by_uri(made).items()} == {"s3://h/a": 2, "s3://h/b": 1}
    for missing in (Asset("c"), "c"):
        with pytest.raises(KeyError):
            events[missing]


def test_an_event_knows_its_source(engine: Engine) -> None:
    by = {"source_dag_id": "d", "source_task_id": "t", "source_run_id": "r", "source_map_index": 2}
    event = AssetEvent(data(A, 1, **by, partition_key="k"))
    assert (event.asset, event.dataset, event.uri, event.name) == (A, A, "s3://h/a", "a")
    assert event.source_dag_run is not None and event.source_dag_run.run_id == "r"
    assert event.source_task_instance == SourceTaskInstance("d", "t", "r", 2)
    assert (event.timestamp, event.partition_key) == (AT + timedelta(days=1), "k")
    outside = AssetEvent(data())
    assert outside.source_dag_run is None and outside.source_task_instance is None


# ---- inlets ----------------------------------------------------------------------------------------------------------------


def test_inlets_are_found_by_asset_reference_alias_position_and_text(engine: Engine) -> None:
    inlets = InletEvents([A, ALIAS, Asset.ref(name="b"), "a file"])
    assert list(inlets) == [A, ALIAS, Asset.ref(name="b")] and len(inlets) == 3
    for key in (A, 0, "s3://h/a", "a", Asset.ref(uri="s3://h/a")):
        assert repr(inlets[key]) == f"PastEvents({A!r})"
    assert repr(inlets[B]) == repr(inlets[2]) == repr(inlets[-1])
    assert repr(inlets.for_asset_alias(name="x")) == repr(inlets[1]) == repr(inlets["x"])
    for missing in (Asset("c"), "c"):
        with pytest.raises(KeyError):
            inlets[missing]
    with pytest.raises(IndexError):
        inlets[7]
    with pytest.raises(TypeError):
        inlets[1.5]


def test_earlier_events_are_read_when_they_are_looked_at(engine: Engine) -> None:
    def numbers(events: Any) -> list[int]:
        return [e.extra["i"] for e in events]

    inlets = InletEvents([A])
    past = inlets[A]
    assert engine.asked == []
    assert past[-1].extra["i"] == 4 and past[0].extra["i"] == 0 and past[-2].extra["i"] == 3
    # One event near an end was asked for alone.
    assert [(q.limit, q.ascending) for q in engine.asked if isinstance(q, GetAssetEvents)] == [
        (1, False), (1, True), (2, False),
    ]  # fmt: skip
    assert numbers(past) == [0, 1, 2, 3, 4] and len(past) == 5 and numbers(past[-2:]) == [3, 4]
    assert numbers(inlets[A].limit(2)) == [0, 1] and len(inlets[A].limit(2)) == 2
    assert numbers(inlets[A].ascending(False).limit(2)) == [4, 3]
    assert inlets[A].ascending(False)[0].extra["i"] == 4 and inlets[A].limit(2)[-1].extra["i"] == 1
    day = "2026-01-03"
    assert numbers(inlets[A].after(day)) == [2, 3, 4] and numbers(inlets[A].before(AT)) == [0]
    assert numbers(inlets[A].after("2026-01-02T00:00:00+00:00").before("2026-01-03")) == [1, 2]
    with pytest.raises(IndexError):
        past[9]
    with pytest.raises(ValueError, match="number of events"):
        past.limit(-1)


def test_many_earlier_events_are_read_a_portion_at_a_time(engine: Engine) -> None:
    def asked() -> list[int | None]:
        found = [q.limit for q in engine.asked if isinstance(q, GetAssetEvents)]
        engine.asked.clear()
        return found

    engine.events = 1205
    everything = list(range(1205))
    past = InletEvents([A])[A]
    assert (len(past), bool(past), asked()) == (1205, True, [None])
    first = next(iter(past))
    assert (first.extra["i"], asked()) == (0, [500])
    assert [e.extra["i"] for e in past] == everything
    assert (asked(), len(past)) == ([500, 500], 1205)

    def numbers(how: Any, **chosen: Any) -> list[int]:
        past = InletEvents([A])[A]
        if "limit" in chosen:
            past.limit(chosen["limit"])
        return [e.extra["i"] for e in past[how]]

    for how in (
        slice(3), slice(2, 700), slice(-3, None), slice(-1100, -1050, 7), slice(-5, -9), slice(None), slice(None, -1200),
        slice(1200, None), slice(5, 2, -1), slice(-2000, -1203), slice(None, None, 400),
    ):  # fmt: skip
        assert numbers(how) == everything[how], how
        assert numbers(how, limit=600) == everything[:600][how], how
    asked()
    assert InletEvents([A])[A][-700].extra["i"] == 505
    assert asked() == [500, 200]
    assert InletEvents([A])[A].limit(600)[-1].extra["i"] == 599
    assert asked() == [500, 100]
    assert InletEvents([A])[A][:2][1].extra["i"] == 1
    assert asked() == [2]
    assert len(InletEvents([A])[A].limit(7)) == 7 and len(InletEvents([A])[A].limit(0)) == 0
    with pytest.raises(IndexError):
        InletEvents([A])[A][-1206]


def test_what_an_order_does_not_carry_of_what_made_the_run_is_asked_for(engine: Engine) -> None:
    run = RunInfo(
        dag_id="d", run_id="r", run_type="asset_triggered", state="running", run_after=AT,
        consumed_asset_events=[data(A, i) for i in range(10)], more_asset_events=True,
    )  # fmt: skip
    assert [e.extra["i"] for e in DagRun(run).consumed_asset_events] == list(range(25))
    assert [q.beyond for q in engine.asked if isinstance(q, GetConsumedEvents)] == [9, 16, 23, 24]
