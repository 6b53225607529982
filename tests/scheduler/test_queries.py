"""What 2.x task code asks of the database, at the engine's end; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ostro import store
from ostro.executors.base import Asked
from ostro.protocol.task import (
    DeleteConnection,
    FindAssets,
    FindDags,
    FindLog,
    FindRuns,
    FindTaskInstances,
    FindTries,
    FindXComs,
    GetConnection,
    ListConnections,
    ListPools,
    Refused,
    SetConnection,
)
from ostro.records import XComRow
from scheduler.conftest import Bench
from scheduler.test_engine import chain


def ask(bench: Bench, question: Any) -> Any:
    (place, _), *_ = bench.executor.orders.values()
    bench.executor.events.append(Asked(place, question))
    bench.turn()
    return bench.executor.answers[place][-1]


def two_dags(bench: Bench) -> None:
    bench.add(chain("d", n=1), chain("e", n=1))
    bench.trigger("d")
    bench.trigger("e", "r2")


def test_an_empty_id_means_all_dags(bench: Bench) -> None:
    two_dags(bench)

    runs = ask(bench, FindRuns(seq=1, dag_id="", states=["running"])).data
    instances = ask(bench, FindTaskInstances(seq=1, dag_id="", map_index=-1)).data
    dags = ask(bench, FindDags(seq=1)).data

    assert sorted((r["dag_id"], r["run_id"]) for r in runs) == [("d", "r1"), ("e", "r2")]
    assert sorted((i["dag_id"], i["task_id"], i["pool_slots"]) for i in instances) == [
        ("d", "t0", 1),
        ("e", "t0", 1),
    ]
    assert [(d["dag_id"], d["is_paused"], d["is_active"]) for d in dags] == [
        ("d", False, True),
        ("e", False, True),
    ]
    assert [d["dag_id"] for d in ask(bench, FindDags(seq=1, dag_ids=["e", "none"])).data] == ["e"]


def test_xcoms_are_found_by_what_is_known_of_them(bench: Bench) -> None:
    bench.add(chain("d", n=2))
    bench.trigger("d")
    row = XComRow(task_id="t0", key="k", value=b"[1]", map_index=-1, length=1)
    bench.executor.succeed("t0", xcoms=[row])
    bench.turn()

    (found,) = ask(bench, FindXComs(seq=1, dag_id="d", task_ids=["t0"], keys=["k"])).data
    (named,) = ask(bench, FindXComs(seq=1, run_ids=["r1"], values=False)).data

    assert (found["dag_id"], found["run_id"], found["task_id"], found["value"]) == ("d", "r1", "t0", b"[1]")
    assert (named["key"], named["value"]) == ("k", None)
    assert found["timestamp"] == bench.clock.now()
    assert ask(bench, FindXComs(seq=1, dag_id="e")).data == []


def test_connections_are_made_and_deleted(bench: Bench) -> None:
    two_dags(bench)
    fields = {"conn_id": "c", "conn_type": "http", "host": "h", "port": 80, "password": "secret-word"}

    ask(bench, SetConnection(seq=1, fields=fields))

    assert ask(bench, ListConnections(seq=1)).data == ["c"]
    assert ask(bench, GetConnection(seq=1, conn_id="c")).data["password"] == "secret-word"
    for wrong in ({**fields, "conn_id": "no spaces"}, {**fields, "port": "x"}):
        refused = ask(bench, SetConnection(seq=1, fields=wrong))
        assert isinstance(refused, Refused) and refused.code == 422
    assert ask(bench, DeleteConnection(seq=1, conn_id="c")).data is True
    assert ask(bench, DeleteConnection(seq=1, conn_id="c")).data is False


def test_pools_tell_who_occupies_them(bench: Bench) -> None:
    two_dags(bench)

    (pool,) = ask(bench, ListPools(seq=1)).data

    assert (pool["name"], pool["slots"], pool["running"], pool["queued"]) == ("default_pool", 128, 2, 0)


def test_a_new_try_is_told_what_the_last_one_left(bench: Bench) -> None:
    bench.engine = bench.new_engine(purge_xcoms=True)
    bench.add(chain("d", n=1, retries=1, retry_delay=0.0))
    bench.trigger("d")
    ((_, first),) = bench.executor.orders.values()
    row = XComRow(task_id="t0", key="k", value=b'"elsewhere"', map_index=-1)
    bench.executor.fail("t0", xcoms=[row])
    bench.turn()
    bench.clock.advance(1)
    bench.turn(2)

    second = next(order for _, order in bench.executor.orders.values() if order.try_number == 2)

    assert (first.purge, second.purge) == ([], [("k", b'"elsewhere"')])
    assert ask(bench, FindXComs(seq=1)).data == []


def test_tries_are_found_with_those_that_failed(bench: Bench) -> None:
    bench.add(chain("d", n=2, retries=1, retry_delay=0.0))
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.turn()
    bench.clock.advance(1)
    bench.turn(2)
    failed_at = bench.clock.now()

    (failed,) = ask(bench, FindTries(seq=1, dag_id="d", failed=True)).data
    (same,) = ask(bench, FindTries(seq=1, failed=True, task_ids=["t0"])).data
    every = ask(bench, FindTries(seq=1, dag_id="d", run_ids=["r1"])).data

    assert failed == same
    assert (failed["task_id"], failed["run_id"], failed["try_number"], failed["state"]) == (
        "t0",
        "r1",
        1,
        "up_for_retry",
    )
    assert [t["try_number"] for t in every] == [2, 1]
    assert ask(bench, FindTries(seq=1, dag_id="d", failed=True, since=failed_at)).data == []
    assert len(ask(bench, FindTries(seq=1, dag_id="d", failed=True, until=failed_at)).data) == 1


def test_the_log_and_assets_are_found(bench: Bench) -> None:
    bench.add(chain("d", n=1))
    bench.trigger("d")
    for event in ("pause", "clear"):
        entry = store.event_log.LogEntry(
            event=event, at=bench.clock.now(), dag_id="d", owner="ann", extra={"x": 1}
        )
        with bench.store.begin() as tx:
            store.event_log.put(tx, entry)

    found = ask(bench, FindLog(seq=1, dag_ids=["d"], events=["clear"])).data

    assert [(e["event"], e["owner"], e["extra"]) for e in found] == [("clear", "ann", {"x": 1})]
    assert ask(bench, FindLog(seq=1, until=bench.clock.now() - timedelta(days=1))).data == []
    assert ask(bench, FindAssets(seq=1, uris=["s3://none"])).data == []
