"""Callbacks, engines, notifications, heartbeats."""

from __future__ import annotations

import selectors
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ostro.errors import StoreError, StoreUnavailable
from ostro.records import NewInstance
from ostro.states import TaskState as S
from ostro.store import (
    EngineRecord,
    OutboxRow,
    Store,
    engines,
    instances,
    notify,
    others,
    outbox,
    transitions,
)
from ostro.store.clock import db_now
from support.services import ADMIN_URL, database

from . import made
from .made import DAY, NOW, SECOND, move, run, start


def test_a_callback_is_delivered_by_an_engine(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        made.instances(tx, of, "a", max_tries=4)
        task, dag = outbox.put(
            tx,
            [
                OutboxRow(
                    dag_id="d",
                    run=of.id,
                    kind="task_failure",
                    task_id="a",
                    try_number=2,
                    error="e",
                    reason="r",
                ),
                OutboxRow(dag_id="d", run=of.id, kind="dag_failure"),
            ],
        )
        (first,) = outbox.waiting(tx)
        assert (first.id, first.max_tries, first.state, first.error, first.try_number) == (
            task,
            4,
            "none",
            "e",
            2,
        )
        assert outbox.claim(tx, task, outbox.Claim("p1")) is True
        assert outbox.claim(tx, task, outbox.Claim("p2")) is False
        # That of the run's end comes after those of its tasks.
        assert outbox.waiting(tx) == []
        assert outbox.finish(tx, [task], now=NOW) == 1
        (second,) = outbox.waiting(tx)
        assert (second.id, second.state, second.max_tries, second.task_id) == (dag, None, 0, None)
        assert outbox.finish(tx, [dag], now=NOW) == 1
        assert outbox.finish(tx, [task], error="again", now=NOW) == 0
        assert outbox.finish(tx, [], now=NOW) == 0
        assert outbox.waiting(tx) == []


def test_a_callback_of_a_process_that_died_waits_again_but_not_for_ever(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        (ti,) = made.instances(tx, of, "a")
        transitions.apply_moves(tx, [start(ti.id, "attempt-9")], NOW)
        (row,) = outbox.put(
            tx, [OutboxRow(dag_id="d", run=of.id, kind="task_success", task_id="a", claimed=True)]
        )
        assert outbox.waiting(tx) == []
        assert outbox.unclaim(tx, "another", max_tries=3) == 0
        assert outbox.unclaim(tx, "attempt-9", max_tries=3) == 1
        for expected in (1, 0):
            assert outbox.claim(tx, row, outbox.Claim("p"))
            assert outbox.unclaim(tx, "p", max_tries=3) == expected
        assert outbox.waiting(tx) == []


def test_claims_name_their_processes(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        rows = outbox.put(tx, [OutboxRow(dag_id="d", run=of.id, kind="dag_success") for _ in range(3)])
        for row, by in zip(rows, ("one", "one", "two"), strict=True):
            outbox.claim(tx, row, outbox.Claim(by, "engine", 7, 8))
        found = outbox.claims(tx)
        assert [(c.by, c.engine, c.pid, c.pid_birth) for c in found] == [
            ("one", "engine", 7, 8),
            ("two", "engine", 7, 8),
        ]
        assert outbox.unclaim(tx, "one", max_tries=3) == 2
        assert [w.id for w in outbox.waiting(tx)] == rows[:2]


def test_heartbeats_reach_open_attempts_only(db: Store) -> None:
    with db.begin() as tx:
        a, b = made.instances(tx, run(tx), "a", "b")
        transitions.apply_moves(tx, [start(a.id, "a1"), start(b.id, "b1", hostname="there")], NOW)
        transitions.apply_moves(tx, [move(b.id, S.RUNNING, S.FAILED)], NOW)
        before = db_now(tx)
        assert instances.heartbeat(tx, ["a1", "b1", "none"]) == ["a1"]
        assert instances.heartbeat(tx, []) == []
        (found,) = instances.running_on(tx)
        assert (found.attempt_id, found.pid, found.pid_birth) == ("a1", 42, 77)
        assert found.heartbeat_at is not None and before <= found.heartbeat_at <= db_now(tx)
        assert instances.running_on(tx, engine="there") == []
        assert instances.find_attempt(tx, "a1") == made.one(tx, a.id)
        assert instances.find_attempt(tx, "none") is None


def test_instances_that_exist_are_returned_as_they_are(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        (a,) = made.instances(tx, of, "a")
        transitions.apply_moves(tx, [move(a.id, S.NONE, S.SUCCESS)], NOW)
        new = [
            NewInstance(run=of.id, task_id="b"),
            NewInstance(run=of.id, task_id="a"),
            NewInstance(run=of.id, task_id="c"),
        ]
        b, again, c = instances.insert_instances(tx, new)
        assert (again.id, again.state) == (a.id, S.SUCCESS)
        assert instances.load_instances(tx, [of.id]) == sorted([made.one(tx, a.id), b, c], key=lambda i: i.id)
        assert instances.insert_instances(tx, []) == []


def test_searching_instances(db: Store) -> None:
    with db.begin() as tx:
        for i in range(2):
            of = run(tx, f"r{i}", logical_date=NOW + i * DAY, run_after=NOW + i * DAY)
            made.instances(tx, of, "g.a", "g.b", "gx", "h%")
            instances.insert_instances(
                tx, [NewInstance(run=of.id, task_id="m", map_index=n) for n in range(3)]
            )

        def found(**more: object) -> list[tuple[str, str, int]]:
            rows = instances.search(tx, "d", **more)  # type: ignore[arg-type]
            return [(r["run_id"], r["task_id"], r["map_index"]) for r in rows]

        assert len(found()) == 14 and len(found(limit=3)) == 3
        assert found(group_id="g", run_ids=["r0"]) == [("r0", "g.a", -1), ("r0", "g.b", -1)]
        assert found(task_ids=["m"], map_index=1) == [("r0", "m", 1), ("r1", "m", 1)]
        assert found(task_ids=["gx"], logical_dates=[NOW + DAY]) == [("r1", "gx", -1)]
        assert found(states=["running"]) == [] and len(found(states=["none"])) == 14


def test_engines(db: Store) -> None:
    record = EngineRecord(
        id="e1", kind="scheduler", hostname="h", pid=1, started_at=NOW, heartbeat_at=NOW, info={"a": 1}
    )
    with db.begin() as tx:
        engines.register(tx, record)
        before = db_now(tx)
        engines.beat(tx, "e2", NOW + SECOND, kind="triggerer")
        found = engines.list_all(tx)
        assert [e.id for e in found] == ["e2", "e1"]
        assert before <= found[0].heartbeat_at <= db_now(tx)
        engines.beat(tx, "e1", NOW + 2 * SECOND)
        (first,) = engines.list_all(tx, kind="scheduler")
        assert (first.id, first.progress_at, first.info) == ("e1", NOW + 2 * SECOND, {"a": 1})
        assert before <= first.heartbeat_at <= db_now(tx)
        assert [e.id for e in engines.list_all(tx, kind="triggerer")] == ["e2"]
        assert engines.last_life(tx, "e1") == NOW + 2 * SECOND
        engines.stop(tx, "e1", NOW + 3 * SECOND)
        assert {e.id: e.stopped_at for e in engines.list_all(tx)} == {"e1": NOW + 3 * SECOND, "e2": None}
        assert engines.last_life(tx, "e1") == NOW + 3 * SECOND


def test_who_lives_is_judged_in_the_time_of_the_database(db: Store) -> None:
    """A machine's clock may be wrong by any amount; what it writes of its life is not in its time."""
    with db.begin() as tx:
        engines.beat(tx, "slow", NOW - 1000 * DAY)
        engines.beat(tx, "fast", NOW + 1000 * DAY)
        assert engines.alive(tx, ["slow", "fast", "none"], seconds=60) == {"slow", "fast"}
        assert others.alive(tx, "slow", seconds=60).any
        engines.stop(tx, "fast", NOW)
        assert engines.alive(tx, ["slow", "fast"], seconds=60) == {"slow"}
        assert not others.alive(tx, "slow", seconds=60).any
        assert others.alive(tx, "fast", seconds=60).any
        # One that said nothing for long, whatever its clock says.
        long_ago = db_now(tx) - timedelta(seconds=61)
        engines.register(
            tx,
            EngineRecord(
                id="slow", kind="scheduler", hostname="h", pid=1, started_at=NOW, heartbeat_at=long_ago
            ),
        )
        assert engines.alive(tx, ["slow"], seconds=60) == set()
        assert not others.alive(tx, "fast", seconds=60).any


def test_a_process_that_takes_the_place_of_another_says_which_it_is(db: Store) -> None:
    with db.begin() as tx:
        engines.beat(tx, "one", NOW, hostname="a", pid=7)
        engines.beat(tx, "one", NOW + SECOND, hostname="a", pid=7)
        engines.beat(tx, "two", NOW, pid=7)
        engines.stop(tx, "two", NOW + SECOND)
        engines.beat(tx, "two", NOW + 2 * SECOND, pid=7)
        found = {one.id: (one.hostname, one.pid, one.started_at) for one in engines.list_all(tx)}
        assert found == {"one": ("a", 7, NOW), "two": ("two", 7, NOW + 2 * SECOND)}
        engines.beat(tx, "one", NOW + 3 * SECOND, hostname="b", pid=8)
        (one,) = [one for one in engines.list_all(tx) if one.id == "one"]
        assert (one.hostname, one.pid, one.started_at) == ("b", 8, NOW + 3 * SECOND)


def test_an_engine_hears_that_it_shall_start_nothing_and_says_that_it_did(db: Store) -> None:
    with db.begin() as tx:
        assert engines.beat(tx, "one", NOW) is False
        engines.beat(tx, "two", NOW)
        assert others.alive(tx, "two", seconds=60) == others.Others(any=True, any_starts=True)
        asked = engines.ask_drain(tx, "one", drain=True)
        assert asked is not None
        assert asked.drain_asked_at is not None
        assert asked.drains_since is None
        assert engines.ask_drain(tx, "nobody", drain=True) is None
        # Who comes later starts at the latest when it heard of it: the others count on it no more.
        assert others.alive(tx, "two", seconds=60) == others.Others(any=True, any_starts=False)
    with db.begin() as tx:
        assert engines.ask_drain(tx, "one", drain=True) == asked
        assert engines.beat(tx, "one", NOW + SECOND) is True
        assert engines.beat(tx, "two", NOW + SECOND) is False
        heard = {one.id: one.drains_since for one in engines.list_all(tx)}
        assert heard["two"] is None
        assert heard["one"] is not None
    with db.begin() as tx:
        assert engines.beat(tx, "one", NOW + 2 * SECOND) is True
        assert {one.id: one.drains_since for one in engines.list_all(tx)} == heard
        engines.ask_drain(tx, "one", drain=False)
        assert engines.beat(tx, "one", NOW + 3 * SECOND) is False
        assert all(one.drain_asked_at is one.drains_since is None for one in engines.list_all(tx))


def test_an_engine_that_was_ended_in_good_order_works_when_it_is_started_again(db: Store) -> None:
    with db.begin() as tx:
        engines.beat(tx, "one", NOW)
        engines.ask_drain(tx, "one", drain=True)
        assert engines.beat(tx, "one", NOW) is True
        engines.stop(tx, "one", NOW + SECOND)
        assert engines.beat(tx, "one", NOW + 2 * SECOND) is False


# ---- LISTEN and NOTIFY ----------------------------------------------------------------------------------------------


def heard(listener: notify.Listener) -> list[dict[str, object]]:
    with selectors.DefaultSelector() as selector:
        selector.register(listener.fileno(), selectors.EVENT_READ)
        assert selector.select(timeout=10), "nothing came"
    return listener.pump()


def test_a_commit_wakes_a_listener(postgresql_template: str) -> None:
    store = Store.open(postgresql_template)
    listener = notify.Listener(store)
    with store.begin() as tx:
        notify.send(tx, runs=[1, 2], dags=["d"])
        assert listener.pump() == []
    assert heard(listener) == [{"runs": [1, 2], "dags": ["d"]}]
    given_up = store.begin()
    notify.send(given_up.__enter__(), runs=[3])
    given_up.__exit__(RuntimeError, RuntimeError(), None)
    with store.begin() as tx:
        notify.send(tx, runs=list(range(5000)))
    assert heard(listener) == [{"all": True}]
    listener.close()
    store.dispose()


def test_a_listener_whose_connection_is_lost(tmp_path_factory: pytest.TempPathFactory) -> None:
    with database("postgresql", tmp_path_factory.mktemp("x")) as url:
        store = Store.open(url)
        listener = notify.Listener(store)
        with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (url.rsplit("/", 1)[1],),
            )
        # The server's goodbye may be read first.
        with pytest.raises(StoreUnavailable):
            [heard(listener) for _ in range(3)]
        assert listener.fileno() == -1
        with pytest.raises(StoreUnavailable):
            listener.pump()
        listener.connect()
        store.dispose()
        with store.begin() as tx:
            notify.send(tx, dags=["d"])
        assert heard(listener) == [{"runs": [], "dags": ["d"]}]
        listener.close()
        store.dispose()


def test_a_listener_while_the_server_is_away() -> None:
    store = Store.open("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnavailable):
        notify.Listener(store)
    store.dispose()


def test_sqlite_tells_nobody(sqlite_template: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_template}")
    with store.begin() as tx:
        notify.send(tx, runs=[1])
    with pytest.raises(StoreError):
        notify.Listener(store)
    store.dispose()
