"""Hot queries use indexes: what each database says it does, on a generated history, for every statement that is sent."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from ostro import store
from ostro.records import Move, NewInstance, XComRow
from ostro.states import RunState, RunType, TaskState
from ostro.store.views import changes, rest_instances, rest_runs, ui_grid, ui_runs, ui_tries
from ostro.store.views.filters import OneOf, Page
from support import history
from support.services import database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY_LATER = history.START + timedelta(days=1)
#: Tables that grow with history.
GROWING = (
    "dag_run",
    "task_instance",
    "attempt",
    "ti_event",
    "run_event",
    "xcom",
    "callback_outbox",
    "rendered_fields",
)

Query = Callable[[Connection], Any]


def run_of(tx: Connection) -> Any:
    (found,) = store.runs.load_runs(tx, [history.live_run(tx)])
    return found


def engine_and_screens() -> dict[str, Query]:
    move = store.transitions.apply_moves
    big, failed, newest = (
        OneOf("dag_id", (history.BIG,)),
        OneOf("state", ("failed",)),
        Page(limit=20, order_by=("-run_after",)),
    )

    def moves(tx: Connection) -> None:
        ids = [i.id for i in store.instances.load_instances(tx, [history.live_run(tx)])]
        end = Move(ti=ids[6], before=TaskState.RUNNING, after=TaskState.SUCCESS, end_date=NOW)
        again = Move(ti=ids[6], before=TaskState.SUCCESS, after=TaskState.NONE, attempt_id=None)
        begin = [
            Move(ti=i, before=TaskState.NONE, after=TaskState.RUNNING, attempt_id=f"new-{i}", try_number=1)
            for i in ids[6:9]
        ]
        restart = Move(ti=ids[6], before=TaskState.RUNNING, after=TaskState.RESTARTING)
        other = Move(ti=ids[6], before=TaskState.RESTARTING, after=TaskState.RUNNING, attempt_id="other")
        for several in ([end], [again], begin, [restart], [other]):
            assert all(move(tx, several, NOW))
        store.instances.heartbeat(tx, ["other"])

    def create(tx: Connection) -> None:
        run = run_of(tx)
        new = store.NewRun(
            dag_id=run.dag_id, run_id="new", run_type=RunType.MANUAL, run_after=NOW, version_id=run.version_id
        )
        (made,) = store.runs.create_runs(tx, [new])
        assert made is not None
        store.instances.insert_instances(tx, [NewInstance(run=made.id, task_id=f"t{i}") for i in range(3)])
        store.xcoms.put(tx, made.id, [XComRow(task_id="t1", key="k", value=b"1")], NOW)
        store.xcoms.clear_for(tx, [(made.id, "t1", -1)])
        ended = store.RunMove(id=made.id, before=RunState.QUEUED, after=RunState.RUNNING, start_date=NOW)
        assert store.runs.move_runs(tx, [ended], NOW) == [True]
        store.runs.delete_runs(tx, [made.id])

    def callbacks(tx: Connection) -> None:
        row = store.OutboxRow(
            dag_id=history.BIG, run=history.live_run(tx), kind="task_failure", task_id="task_6", claimed=True
        )
        ids = store.outbox.put(tx, [row])
        store.outbox.unclaim(tx, "x", max_tries=3)
        store.outbox.waiting(tx)
        store.outbox.finish(tx, ids, now=NOW)

    return {
        "cleaned_runs": lambda tx: store.clean.going(tx, "dag_run", NOW, range(1, 9)),
        "cleaned_events": lambda tx: store.clean.going(tx, "ti_event", NOW, range(1, 9)),
        "moves": moves,
        "create": create,
        "callbacks": callbacks,
        "live_runs": store.runs.live_runs,
        "live_runs_of": lambda tx: store.runs.live_runs(tx, dag_ids=[history.BIG]),
        "count_active": store.runs.count_active,
        "previous_run": lambda tx: store.runs.previous_run(tx, run_of(tx), automated_only=True),
        "search": lambda tx: store.runs.search(tx, history.BIG, before=NOW, limit=10),
        "find": lambda tx: store.runs.find_run_at(tx, history.BIG, history.START),
        "running_on": lambda tx: store.instances.running_on(tx, engine="worker-1"),
        "find_attempt": lambda tx: store.instances.find_attempt(tx, "attempt-100-3"),
        "search_instances": lambda tx: store.instances.search(tx, history.BIG, run_ids=["scheduled__5"]),
        "schedules": lambda tx: store.specs.load_schedules(tx, [history.BIG]),
        "leases": lambda tx: store.leases.take(tx, "me", seconds=9, limit=9),
        "renew": lambda tx: store.leases.renew(tx, "me", seconds=9),
        "pools": store.pools.list_used,
        "lengths": lambda tx: store.xcoms.lengths(tx, [history.live_run(tx)]),
        "skips": lambda tx: store.xcoms.skips(tx, [history.live_run(tx)]),
        "xcom": lambda tx: store.xcoms.get_one(tx, history.BIG, "scheduled__5", "task_1", "return_value"),
        "xcoms": lambda tx: store.xcoms.get_many(tx, history.BIG, "scheduled__5", "task_1", "return_value"),
        "changes": lambda tx: changes.changes_since(tx, changes.position(tx)),
        "grid_runs": lambda tx: ui_grid.runs_of(tx, history.BIG, limit=9),
        "grid_states": lambda tx: ui_grid.packed(tx, history.live_run(tx)),
        "compared_tasks": lambda tx: ui_runs.briefs(tx, history.live_run(tx)),
        "parent_runs": lambda tx: ui_runs.parents(tx, history.live_run(tx), None, 9),
        "child_runs": lambda tx: ui_runs.children(tx, history.live_run(tx), None, 9),
        "bars": lambda tx: ui_grid.latest_bars(tx, [history.BIG, "dag_0003"], 9),
        "tries_of_a_day": lambda tx: list(
            ui_tries.tries(tx, history.START, DAY_LATER, NOW, None, most=10_000)
        ),
        "runs": lambda tx: rest_runs.list_runs(tx, [big], newest, total=False),
        "all_runs": lambda tx: rest_runs.list_runs(tx, [], newest, total=False),
        "failed_instances": lambda tx: rest_instances.list_instances(
            tx, [failed], Page(limit=9, order_by=("-id",)), total=False
        ),
        "latest_instances": lambda tx: rest_instances.list_instances(
            tx, [], Page(limit=9, order_by=("-start_date",)), total=False
        ),
    }


QUERIES = engine_and_screens()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Store]:
    """A database with enough rows that reading all of them is the wrong plan."""
    with database(request.param, tmp_path_factory.mktemp("history")) as url:
        db = store.Store.open(url)
        db.migrate()
        history.fill(db, dags=40, runs=4000)
        yield db
        db.dispose()


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_no_growing_table_is_read_as_a_whole(full: store.Store, name: str) -> None:
    transaction = full.begin()
    tx = transaction.__enter__()
    try:
        with (plans_of_sqlite if full.dialect == "sqlite" else plans_of_postgresql)(tx) as plans:
            QUERIES[name](tx)
        found = [(table, plan) for plan in plans() for table in read_as_a_whole(plan)]
    finally:
        transaction.__exit__(RuntimeError, RuntimeError(), None)
    assert not found


def read_as_a_whole(plan: str) -> list[str]:
    """Growing tables that a plan scans. An index read in its order, for the first rows of it, is no scan."""
    scans = re.findall(r"Seq Scan on (\w+)|\bSCAN (\w+)(?! USING (?:COVERING )?INDEX)", plan)
    return [table for pair in scans for table in pair if table in GROWING]


@contextmanager
def plans_of_sqlite(tx: Connection) -> Iterator[Callable[[], list[str]]]:
    driver: Any = tx.connection.driver_connection
    sent: list[str] = []
    driver.set_trace_callback(sent.append)
    path = Path(tx.engine.url.database or "")

    def plans() -> list[str]:
        with sqlite3.connect(path) as other:
            return [
                "\n".join([sql, *(row[3] for row in other.execute(f"EXPLAIN QUERY PLAN {sql}"))])
                for sql in sent
                if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
            ]

    try:
        yield plans
    finally:
        driver.set_trace_callback(None)
    assert sent


@contextmanager
def plans_of_postgresql(tx: Connection) -> Iterator[Callable[[], list[str]]]:
    driver: Any = tx.connection.driver_connection
    told: list[str] = []

    def hear(message: Any) -> None:
        told.append(message.message_primary or "")

    for sql in (
        "LOAD 'auto_explain'",
        "SET auto_explain.log_min_duration = 0",
        "SET client_min_messages = log",
    ):
        driver.execute(sql)
    # As in a session that reads: sessions that write never scan as long as there is an index.
    driver.execute("SET LOCAL enable_seqscan = on")
    driver.add_notice_handler(hear)
    try:
        yield lambda: told
        # A plan is told when its statement is put away: at the next one.
        driver.execute("SELECT 1")
    finally:
        driver.remove_notice_handler(hear)
    assert told
