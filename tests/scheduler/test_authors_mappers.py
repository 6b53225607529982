"""DAGs on partitions whose mappers are classes of their author: asked elsewhere, answered later; on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from ostro import events
from ostro.errors import StoreUnavailable
from ostro.protocol.calendar import (
    AskKeys,
    AskRollups,
    KeyOf,
    KeysFound,
    Rollup,
    ToldKeys,
    ToldRollups,
)
from ostro.scheduler.mappers import MOST_ITEMS
from ostro.scheduler.round import Round
from ostro.spec import DagSpec
from ostro.store import asset_queue, partitions
from ostro.timetable import encode
from ostro.timetable.assets import StoredCondition
from ostro.timetable.foreign import ForeignMapper
from ostro.timetable.partitioned import PartitionedAssetTimetable

from .conftest import START, Bench
from .test_assets import consumer, keys, made, named, produce, producer, said
from .test_calendar import Children, children, errors

MINE = {"type": "custom", "classpath": "dagfile.Mine", "data": {}}
ROLLUP = {
    "type": "RollupMapper",
    "upstream_mapper": {"type": "FixedKeyMapper", "downstream_key": "all"},
    "window": {"type": "custom", "classpath": "dagfile.Halves", "data": {}},
    "wait_policy": {"type": "WaitForAll"},
}


def of_author(dag_id: str, condition: dict[str, Any], mapper: dict[str, Any]) -> DagSpec:
    default = ForeignMapper(mapper)
    timetable = PartitionedAssetTimetable(StoredCondition(condition), default_partition_mapper=default)
    return consumer(dag_id, condition, timetable=encode(timetable))


def map_keys(mine: Children, **found: Any) -> list[str]:
    """Answer a question of keys; what is not given stays as it is, an error is a text that begins with !."""

    def one(key: str) -> KeysFound:
        to = found.get(key, key)
        if to.startswith("!"):
            return KeysFound(error=to[1:])
        return KeysFound(keys=[(k, START) for k in to.split()])

    question = mine.answer(lambda q: ToldKeys(seq=q.seq, found=[one(i.key) for i in q.items]))
    assert isinstance(question, AskKeys)
    return [item.key for item in question.items]


def roll_up(mine: Children, *found: Rollup) -> list[tuple[str, list[str]]]:
    question = mine.answer(lambda q: ToldRollups(seq=q.seq, found=list(found)))
    assert isinstance(question, AskRollups)
    return [(item.key, item.arrived) for item in question.items]


def warnings_of(bench: Bench) -> list[str]:
    """What the engine says of partitions from now on."""
    found: list[str] = []

    def emit(event: events.Event) -> None:
        assert isinstance(event, events.Warned)
        found.append(event.text)

    bench.engine.assets.partitions.emit = emit
    return found


def queued(bench: Bench, dag_id: str) -> list[str | None]:
    with bench.store.read() as tx:
        return [q.partition_key for q in asset_queue.load(tx, dag_id)]


def test_events_wait_for_their_keys_and_other_dags_do_not(bench: Bench) -> None:
    mine, told = children(bench), warnings_of(bench)
    bench.add(
        producer("p", "a"),
        of_author("c", named("a"), MINE),
        consumer("plain", named("b")),
        producer("q", "b"),
    )
    bench.trigger("p", "r1", partition_date=START, partition_key="first")
    bench.executor.succeed("make_p", asset_events=[said("a")])
    bench.turn()
    assert (keys(bench, "c"), queued(bench, "c")) == ([], ["first"])
    produce(bench, "q", "r1", said("b"))
    assert len(made(bench, "plain")) == 1
    # What comes meanwhile is asked for with the next question.
    produce(bench, "p", "r2", said("a", partition_keys=["second", "third"]))
    assert len(mine.asked) == 1
    assert mine.asked[0][0].items == [KeyOf(key="first", date=START)]
    assert mine.asked[0][0].timetable == MINE
    map_keys(mine, first="eu us")
    bench.turn()
    assert keys(bench, "c") == ["eu", "us"]
    assert [r.partition_date for r in made(bench, "c")] == [START, START]
    assert map_keys(mine, second="!ValueError: no such key") == ["second", "third"]
    bench.turn()
    assert keys(bench, "c") == ["eu", "us", "third"]
    assert queued(bench, "c") == []
    assert not mine.asked
    text = "DAG 'c' makes no run of the partition 'second' of 'a': ValueError: no such key"
    assert told == [text]


def test_a_rollup_starts_when_the_author_says_so(bench: Bench) -> None:
    mine, told = children(bench), warnings_of(bench)
    bench.add(producer("p", "a"), of_author("c", named("a"), ROLLUP))
    produce(bench, "p", "r1", said("a", partition_keys=["x1"]))
    map_keys(mine, x1="all")
    bench.turn()
    assert roll_up(mine, Rollup()) == [("all", ["x1"])]
    bench.turn()
    # Nothing new: nothing is asked.
    assert (keys(bench, "c"), mine.asked) == ([], [])
    produce(bench, "p", "r2", said("a", partition_keys=["x2"]))
    map_keys(mine, x2="all")
    bench.turn()
    assert roll_up(mine, Rollup(satisfied=True)) == [("all", ["x1", "x2"])]
    bench.turn()
    assert keys(bench, "c") == ["all"]
    produce(bench, "p", "r3", said("a", partition_keys=["x9"]))
    map_keys(mine, x9="all")
    bench.turn()
    roll_up(mine, Rollup(error="LookupError: no such day"))
    bench.turn()
    assert told == ["DAG 'c' waits for ever for 'a' of the partition 'all': LookupError: no such day"]


def test_a_mapper_that_hangs_loses_no_event_and_is_tried_again_when_its_file_changes(bench: Bench) -> None:
    mine = children(bench)
    specs = (producer("p", "a"), of_author("c", named("a"), MINE))
    bench.add(*specs)
    produce(bench, "p", "r1", said("a", partition_keys=["k"]))
    mine.fail("the partition mapper gave no answer within 10 seconds")
    bench.turn()
    (error,) = errors(bench)
    assert error == (
        "one.py: a partition mapper of DAG 'c' failed, so the DAG makes no runs by itself: "
        "the partition mapper gave no answer within 10 seconds"
    )
    produce(bench, "p", "r2", said("a", partition_keys=["l"]))
    assert not mine.asked
    assert queued(bench, "c") == ["k", "l"]
    bench.add(*specs)
    map_keys(mine)
    bench.turn()
    assert keys(bench, "c") == ["k", "l"]
    assert errors(bench) == []


def test_an_answer_that_comes_after_a_change_is_asked_for_again(bench: Bench) -> None:
    mine = children(bench)
    bench.add(producer("p", "a"), of_author("c", named("a"), MINE))
    produce(bench, "p", "r1", said("a", partition_keys=["k"]))
    bench.add(producer("p", "a"), of_author("c", named("a"), {**MINE, "data": {"n": 2}}))
    assert [question.timetable["data"] for question, _ in mine.asked] == [{}, {"n": 2}]
    map_keys(mine, k="old")
    bench.turn()
    assert keys(bench, "c") == []
    map_keys(mine, k="new")
    bench.turn()
    assert keys(bench, "c") == ["new"]


def test_a_lost_round_loses_no_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = children(bench)
    bench.add(producer("p", "a"), of_author("c", named("a"), MINE))
    produce(bench, "p", "r1", said("a", partition_keys=["k"]))
    write, fails = Round.write, iter([True])

    def once(round_: Round) -> None:
        write(round_)
        if next(fails, False):
            raise StoreUnavailable("gone")

    map_keys(mine)
    monkeypatch.setattr(Round, "write", once)
    bench.engine.turn()
    bench.clock.advance(10)
    bench.turn()
    while mine.asked:
        map_keys(mine)
        bench.turn()
    assert keys(bench, "c") == ["k"]


def test_many_events_are_asked_for_in_portions(bench: Bench) -> None:
    mine = children(bench)
    bench.add(producer("p", "a"), of_author("c", {"all": [named("a"), named("b")]}, MINE))
    many = [f"k{i}" for i in range(MOST_ITEMS + 5)]
    produce(bench, "p", "r1", said("a", partition_keys=many))
    assert map_keys(mine) == many[:MOST_ITEMS]
    bench.turn()
    assert map_keys(mine) == many[MOST_ITEMS:]
    bench.turn()
    with bench.store.read() as tx:
        assert len(partitions.open_keys(tx, "c")) == len(many)
