"""Deadlines, and the state that tasks and assets keep; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ostro.states import RunState
from ostro.store import OutboxRow, RunMove, Store, deadlines, outbox, runs, state_stores, transitions
from ostro.store.deadlines import NewDeadline
from ostro.store.state_stores import AssetState
from ostro.store.views.filters import OneOf, Page

from . import made
from .made import NOW, SECOND, run, start


def new(of: int, due: datetime = NOW, **more: object) -> NewDeadline:
    return NewDeadline(**{"run": of, "base_at": NOW, "due_at": due, **more})  # type: ignore[arg-type]


def test_a_deadline_is_due_once(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        deadlines.put(tx, [new(of.id), new(of.id, NOW + 5 * SECOND, number=1)], NOW)
        deadlines.put(tx, [new(of.id, NOW + SECOND)], NOW)  # there already
        assert deadlines.next_due(tx) == NOW
        (found,) = deadlines.due(tx, NOW)
        assert (found.dag_id, found.run_id, found.number, found.run_state) == ("d", "r", 0, "queued")
        assert deadlines.miss(tx, [found.id], NOW) == [found.id]
        assert deadlines.miss(tx, [found.id], NOW) == []
        assert deadlines.next_due(tx) == NOW + 5 * SECOND
        assert deadlines.runs_with(tx, [of.id, 99]) == {of.id}


def test_a_run_that_succeeds_in_time_has_met_what_lay_ahead(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        deadlines.put(tx, [new(of.id, NOW - SECOND), new(of.id, NOW + SECOND, number=1)], NOW)
        deadlines.delete_met(tx, of.id, NOW)
        assert deadlines.next_due(tx) == NOW - SECOND
        rows, total = deadlines.list_deadlines(
            tx, [OneOf("dag_id", ("d",))], Page(limit=9, order_by=("-deadline_time",)), missed=False
        )
        assert (total, [r.number for r in rows]) == (1, [0])
        deadlines.delete(tx, [rows[0].id])
        assert deadlines.next_due(tx) is None


def test_a_cleared_run_opens_a_deadline_that_counts_from_another_moment(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        deadlines.put(tx, [new(of.id)], NOW)
        (row,) = deadlines.due(tx, NOW)
        deadlines.miss(tx, [row.id], NOW)
        deadlines.put_again(tx, [new(of.id)], NOW)
        assert deadlines.next_due(tx) is None
        later = NOW + 60 * SECOND
        deadlines.put_again(tx, [new(of.id, later + SECOND, base_at=later)], later)
        assert deadlines.next_due(tx) == later + SECOND


def test_the_average_of_earlier_runs(db: Store) -> None:
    with db.begin() as tx:
        for i, seconds in enumerate((10, 20, 60)):
            of = run(tx, f"r{i}")
            begun = RunMove(id=of.id, before=RunState.QUEUED, after=RunState.RUNNING, start_date=NOW)
            end = NOW + timedelta(seconds=seconds)
            ended = RunMove(id=of.id, before=RunState.RUNNING, after=RunState.SUCCESS, end_date=end)
            assert runs.move_runs(tx, [begun], NOW) == [True]
            assert runs.move_runs(tx, [ended], NOW) == [True]
        assert deadlines.average_runtime(tx, "d", most=2, least=1, before=0) == (40.0, 2)
        assert deadlines.average_runtime(tx, "d", most=9, least=4, before=0) is None
        assert deadlines.average_runtime(tx, "d", most=9, least=1, before=of.id) == (15.0, 2)


def test_the_average_is_read_by_an_index(db: Store) -> None:
    """However many runs have succeeded, it reads the last ones only."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by its statistics, of which an empty table has none")
    said: list[str] = []
    with db.begin() as tx:
        tx.connection.driver_connection.set_trace_callback(said.append)
        deadlines.average_runtime(tx, "d", most=10, least=1, before=0)
        tx.connection.driver_connection.set_trace_callback(None)
        (query,) = [statement for statement in said if statement.startswith("SELECT")]
        plan = [row[-1] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert plan == [
        "SEARCH dag_run USING INDEX ix_dag_run_dag_id_state (dag_id=? AND state=? AND start_date>?)"
    ]


def test_what_a_task_keeps_expires_and_goes_with_its_run(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        state_stores.task_put(tx, of.id, "a", -1, "k", b"1", expires_at=None, now=NOW)
        state_stores.task_put(tx, of.id, "a", -1, "k", b"2", expires_at=NOW + SECOND, now=NOW)
        state_stores.task_put(tx, of.id, "a", 0, "j", b"3", expires_at=None, now=NOW)
        found = state_stores.task_get(tx, of.id, "a", -1, "k", NOW)
        assert found is not None
        assert (found.value, found.expires_at) == (b"2", NOW + SECOND)
        assert state_stores.task_get(tx, of.id, "a", -1, "k", NOW + SECOND) is None
        assert state_stores.task_list(tx, of.id, "a", -1, NOW)[1] == 1
        assert state_stores.task_has_any(tx, of.id, "a", 0)
        assert state_stores.count_expired(tx, NOW + SECOND) == 1
        assert state_stores.expire(tx, NOW + SECOND) == 1
        assert state_stores.task_delete(tx, of.id, "a", None) == 1
        assert not state_stores.task_has_any(tx, of.id, "a", 0)


def test_what_an_asset_keeps(db: Store) -> None:
    with db.begin() as tx:
        state_stores.asset_put(tx, "n", "u", AssetState(key="b", value=b"1", updated_at=NOW, writer="api"))
        kept = AssetState(key="a", value=b"2", updated_at=NOW, writer="task", dag_id="d", map_index=-1)
        state_stores.asset_put(tx, "n", "u", kept)
        state_stores.asset_put(tx, "n", "u", kept)
        assert state_stores.asset_get(tx, "n", "u", "a") == kept
        assert state_stores.asset_get(tx, "n", "other", "a") is None
        rows, total = state_stores.asset_list(tx, "n", "u", limit=1, offset=1)
        assert (total, [r.key for r in rows]) == (2, ["b"])
        assert state_stores.asset_delete(tx, "n", "u", key="a") == 1
        assert state_stores.asset_delete(tx, "n", "u") == 1


def test_a_callback_of_the_run_is_not_one_of_the_attempt_that_it_shows(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        (ti,) = made.instances(tx, of, "a")
        transitions.apply_moves(tx, [start(ti.id, "attempt-9")], NOW)
        row = OutboxRow(
            dag_id="d", run=of.id, kind="dag_failure", task_id="a", try_number=1, details={"x": 1}
        )
        outbox.put(tx, [row])
        assert outbox.of_attempt(tx, "attempt-9") == []
        assert [w.details for w in outbox.waiting(tx)] == [{"x": 1}]


def test_a_callback_that_nobody_confirms_is_found(db: Store) -> None:
    with db.begin() as tx:
        of = run(tx)
        (row,) = outbox.put(tx, [OutboxRow(dag_id="d", run=of.id, kind="dag_failure")])
        assert outbox.too_long(tx, -60) == []
        outbox.claim(tx, row, outbox.Claim("p1"))
        assert outbox.too_long(tx, 60) == []
        assert outbox.too_long(tx, -60) == [(row, "p1")]
