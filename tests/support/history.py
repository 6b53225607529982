"""A database with much history, filled by SQL: for query plans and for benches of lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro import store
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec, TaskSpec, encode
from ostro.store import tables
from ostro.store.types import to_micros

START = datetime(2024, 1, 1, tzinfo=UTC)
TASKS = 10
#: The DAG that has a fifth of all runs.
BIG = "dag_0000"


def fill(db: store.Store, *, dags: int, runs: int) -> None:
    """So many DAGs and runs, `TASKS` instances, attempts and events each; the newest runs are live, every 50th failed.

    PostgreSQL gathers statistics by itself, SQLite does not: so it is here.
    """
    with db.begin() as tx:
        for i in range(dags):
            _save(tx, f"dag_{i:04d}")
    with db.begin() as tx:
        _rows(tx, dags, runs)
    if db.dialect == "postgresql":
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    else:
        # All was written at once: in daily life the log of changes is never this long.
        raw = db.engine.raw_connection()
        cast(Any, raw.driver_connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()


def _save(tx: Connection, dag_id: str) -> None:
    tasks = tuple(
        TaskSpec(task_id=f"task_{n}", operator="PythonOperator", upstream=(f"task_{n - 1}",) if n else ())
        for n in range(TASKS)
    )
    spec = DagSpec(dag_id=dag_id, tasks=tasks, tags=(f"tag_{hash(dag_id) % 7}",))
    file = FileRef(folder="/dags", path=f"{dag_id}.py")
    store.specs.save_parsed(
        tx, file, Parsed(job=1, dags=[ParsedDag(dag_id, encode(spec))]), now=START, paused=False
    )


def _rows(tx: Connection, dags: int, runs: int) -> None:
    live = max(1, runs // 2000)
    minute = (
        f"{to_micros(START)} + n.i * 60000000"
        if tx.dialect.name == "sqlite"
        else "timestamptz '2024-01-01 00:00:00+00' + n.i * interval '1 minute'"
    )
    number = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {runs - 1})"
    dag = f"CASE WHEN n.i % 5 = 0 THEN 0 ELSE n.i % {dags} END"
    state = (
        f"CASE WHEN n.i >= {runs - live} THEN 'running' WHEN n.i % 50 = 0 THEN 'failed' ELSE 'success' END"
    )
    _do(
        tx,
        f"INSERT INTO dag_run (dag_id, run_id, run_type, state, run_after, logical_date, data_interval_start,"
        f" data_interval_end, queued_at, start_date, end_date, conf, version_id, updated_at) {number}"
        f" SELECT v.dag_id, 'scheduled__' || n.i, 'scheduled', {state}, {minute}, {minute}, {minute}, {minute}, {minute},"
        f" {minute}, CASE WHEN n.i >= {runs - live} THEN NULL ELSE {minute} END, '{{}}', v.id, {minute}"
        f" FROM n JOIN dag_version v ON v.id = (SELECT min(id) FROM dag_version) + {dag} ORDER BY n.i",
    )
    task_state = (
        "CASE WHEN r.state = 'running' AND n.i > 6 THEN 'none' WHEN r.state = 'running' AND n.i = 6 THEN 'running'"
        " WHEN r.state = 'failed' AND n.i > 6 THEN 'upstream_failed' WHEN r.state = 'failed' AND n.i = 6 THEN 'failed'"
        " ELSE 'success' END"
    )
    number = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {TASKS - 1})"
    attempt = "'attempt-' || r.id || '-' || n.i"
    _do(
        tx,
        "INSERT INTO task_instance (run, task_id, state, try_number, attempt_id, queued_at, start_date, end_date, duration,"
        f" hostname, version_id, operator, updated_at) {number} SELECT r.id, 'task_' || n.i, {task_state}, 1, {attempt},"
        " r.queued_at, r.start_date, r.end_date, 1.5, 'worker-1', r.version_id, 'PythonOperator', r.updated_at"
        " FROM dag_run r CROSS JOIN n ORDER BY r.id, n.i",
    )
    _do(
        tx,
        "INSERT INTO attempt (attempt_id, ti, try_number, state, start_date, end_date, closed_at, hostname, version_id)"
        " SELECT attempt_id, id, 1, state, start_date, end_date, CASE WHEN state = 'running' THEN NULL ELSE updated_at END,"
        " hostname, version_id FROM task_instance WHERE state IN ('success', 'failed', 'running')",
    )
    _do(
        tx,
        "INSERT INTO ti_event (ti, run, before, after, attempt_id, at, reason)"
        " SELECT id, run, 'none', 'running', attempt_id, updated_at, '' FROM task_instance WHERE state <> 'none' ORDER BY id",
    )
    _do(
        tx,
        "INSERT INTO run_event (run, before, after, at, reason) SELECT id, 'queued', state, updated_at, '' FROM dag_run",
    )
    _do(
        tx,
        "INSERT INTO callback_outbox (dag_id, run, kind, task_id, state, created_at, tries, finished_at)"
        " SELECT dag_id, id, 'task_failure', 'task_6', 'done', updated_at, 1, updated_at FROM dag_run WHERE id % 4 = 0",
    )
    value = "CAST('[1, 2]' AS BLOB)" if tx.dialect.name == "sqlite" else "'[1, 2]'::bytea"
    _do(
        tx,
        "INSERT INTO xcom (run, task_id, map_index, key, length, at, value)"
        f" SELECT run, task_id, -1, 'return_value', 2, updated_at, {value} FROM task_instance WHERE state = 'success'",
    )


def _do(tx: Connection, sql: str) -> None:
    tx.exec_driver_sql(sql if tx.dialect.name == "sqlite" else sql.replace("%", "%%"))


def live_run(tx: Connection) -> int:
    """Id of a live run of the big DAG or, when it has none, of another."""
    r = tables.dag_run.c
    query = sa.select(r.id).where(sa.text(tables.LIVE_RUNS)).order_by((r.dag_id == BIG).desc(), r.id.desc())
    return int(tx.execute(query.limit(1)).scalar_one())
