"""Queries over a long history: 1,000 DAGs, 100,000 runs, a million task instances. Milliseconds of each, worst of 5."""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import benches.harness  # noqa: F401 - finds the support of the tests
from ostro import store
from ostro.records import Move
from ostro.states import RunType, TaskState
from ostro.store.views import changes, rest_dags, rest_instances, rest_runs, ui_grid
from ostro.store.views.filters import OneOf, Page
from support import history
from support.services import database

NOW = datetime(2026, 1, 1, tzinfo=UTC)

#: Milliseconds that a query of the engine, and one of a screen, may take.
ENGINE, SCREEN = 10, 150


def engine_queries(tx: Any) -> dict[str, Callable[[], Any]]:
    run = history.live_run(tx)
    (record,) = store.runs.load_runs(tx, [run])
    ids = [i.id for i in store.instances.load_instances(tx, [run])]
    new = store.NewRun(
        dag_id=history.BIG, run_id="scheduled__1", run_type=RunType.SCHEDULED, run_after=NOW, version_id=1
    )
    move = Move(ti=ids[-1], before=TaskState.RUNNING, after=TaskState.SUCCESS)
    return {
        "live_runs": lambda: store.runs.live_runs(tx),
        "load_instances": lambda: store.instances.load_instances(tx, [run]),
        "lengths": lambda: store.xcoms.lengths(tx, [run]),
        "running_on": lambda: store.instances.running_on(tx),
        "count_active": lambda: store.runs.count_active(tx),
        "previous_run": lambda: store.runs.previous_run(tx, record, automated_only=True),
        "create_existing_run": lambda: store.runs.create_runs(tx, [new]),
        "refused_move": lambda: store.transitions.apply_moves(tx, [move], NOW),
        "schedule_of_one": lambda: store.specs.load_schedules(tx, [history.BIG]),
        "lease": lambda: store.leases.take(tx, "me", seconds=10, limit=50),
        "pools": lambda: store.pools.list_used(tx),
        "outbox": lambda: store.outbox.waiting(tx),
        "xcom": lambda: store.xcoms.get_one(tx, record.dag_id, record.run_id, "task_1", "return_value"),
    }


def screen_queries(tx: Any) -> dict[str, Callable[[], Any]]:
    dags = [f"dag_{i:04d}" for i in range(50)]
    extra = rest_dags.DagFilter()
    newest = Page(limit=50, order_by=("-run_after",))
    big = OneOf("dag_id", (history.BIG,))
    failed = OneOf("state", ("failed",))
    grid = [r.id for r in ui_grid.runs_of(tx, history.BIG, limit=25)]
    last = changes.position(tx)
    return {
        "dags": lambda: rest_dags.list_dags(tx, [], extra, Page(limit=50, order_by=("dag_id",))),
        "dags_by_last_run": lambda: rest_dags.list_dags(
            tx, [], extra, Page(limit=50, order_by=("-last_run",))
        ),
        "dag_bars": lambda: ui_grid.latest_bars(tx, dags, 14),
        "dag_totals": lambda: rest_dags.totals(tx),
        "dag_state_counts": lambda: rest_dags.state_counts(tx, dags),
        "grid_runs": lambda: ui_grid.runs_of(tx, history.BIG, limit=25),
        "grid_cells": lambda: list(ui_grid.cells(tx, grid)),
        "runs": lambda: rest_runs.list_runs(tx, [], newest),
        "runs_of_dag": lambda: rest_runs.list_runs(tx, [big], newest),
        "runs_failed": lambda: rest_runs.list_runs(tx, [failed], newest),
        "instances": lambda: rest_instances.list_instances(tx, [], Page(limit=50, order_by=("-id",))),
        "instances_of_dag": lambda: rest_instances.list_instances(
            tx, [big], Page(limit=50, order_by=("-id",))
        ),
        "instances_failed": lambda: rest_instances.list_instances(
            tx, [failed], Page(limit=50, order_by=("-id",))
        ),
        "instances_by_start": lambda: rest_instances.list_instances(
            tx, [], Page(limit=50, order_by=("-start_date",))
        ),
        "all_schedules": lambda: store.specs.load_schedules(tx),
        "changes_none": lambda: changes.changes_since(tx, last),
        "changes_position": lambda: changes.position(tx),
    }


def worst(query: Callable[[], Any], runs: int) -> float:
    """Milliseconds of the slowest run but the first, which reads the file."""
    times = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        query()
        times.append((time.perf_counter() - begin) * 1000)
    return round(max(times[1:]), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=100_000, help="number of DAG runs")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ostro-bench-") as name,
        database(args.database, Path(name)) as url,
    ):
        db = store.Store.open(url)
        db.migrate()
        begin = time.perf_counter()
        history.fill(db, dags=min(1000, args.size // 10), runs=args.size)
        # A pass of Python's collector takes longer than most of these queries, and hits any of them.
        gc.disable()
        filled = round(time.perf_counter() - begin, 1)
        for which, limit, queries in (("engine", ENGINE, engine_queries), ("screen", SCREEN, screen_queries)):
            with db.begin() if which == "engine" else db.read() as tx:
                found = {key: worst(query, args.runs) for key, query in queries(tx).items()}
            late = sorted(key for key, value in found.items() if value > limit)
            result = {"target": limit, "met": not late, "unit": "ms", "over": late, "values": found}
            print(
                json.dumps(
                    {"bench": f"store_history_{which}", "database": args.database, **result, "fill_s": filled}
                )
            )
        db.dispose()


if __name__ == "__main__":
    main()
