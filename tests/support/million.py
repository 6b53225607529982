"""A database as a large installation has it after some months: thousands of DAGs, a million task instances.

Filled by SQL, set by set. What stands out in it is named below; everything else is alike, so that a list without a
filter has many small DAGs in it, and a filter finds few rows or many.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection

from ostro import store
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec, GroupSpec, TaskSpec, encode
from ostro.store.types import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
#: A DAG whose grid is large: `wide_tasks` tasks in groups of a hundred, 50 runs.
WIDE = "wide_grid"
#: A DAG with a long history: a quarter of the other runs.
LONG = "long_history"
#: Tasks of all other DAGs.
TASKS = 25
#: Runs of `WIDE`, the newest of them live.
WIDE_RUNS = 50


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much to make. The defaults give 5,000 DAGs, 20,050 runs, a million task instances, 100,000 deeds."""

    dags: int = 5_000
    #: Without those of `WIDE`.
    runs: int = 20_000
    wide_tasks: int = 10_000
    wide_runs: int = WIDE_RUNS
    deeds: int = 100_000


def fill(db: store.Store, size: Size) -> None:
    """Fill a new, migrated database."""
    with db.begin() as tx:
        _dags(tx, size)
    with db.begin() as tx:
        _runs(tx, size)
    with db.begin() as tx:
        _instances(tx)
    with db.begin() as tx:
        _around(tx, size)
    settle(db)


def settle(db: store.Store) -> None:
    """What a database in daily use has done by itself: statistics on PostgreSQL, a short log of changes on SQLite."""
    if db.dialect == "postgresql":
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    else:
        raw = db.engine.raw_connection()
        cast(Any, raw.driver_connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()


# ---- DAGs ------------------------------------------------------------------------------------------------------------


def dag_id(number: int) -> str:
    """The small DAG of that number, from 2."""
    return f"{('sales', 'finance', 'ops', 'ml', 'web')[number % 5]}_{('load', 'report', 'train')[number % 3]}_{number:04d}"


def _dags(tx: Connection, size: Size) -> None:
    small = tuple(
        TaskSpec(
            task_id=f"task_{n:02d}",
            operator=("PythonOperator", "BashOperator", "HttpSensor")[n % 3],
            upstream=(f"task_{n - 1:02d}",) if n else (),
            owner=("ann", "bob", "cid")[n % 3],
        )
        for n in range(TASKS)
    )
    groups = tuple(GroupSpec(group_id=f"group_{g:03d}") for g in range((size.wide_tasks + 99) // 100))
    wide = tuple(
        TaskSpec(
            task_id=f"group_{n // 100:03d}.task_{n % 100:02d}",
            operator="PythonOperator",
            group_id=f"group_{n // 100:03d}",
            upstream=(f"group_{n // 100 - 1:03d}.task_{n % 100:02d}",) if n >= 100 else (),
        )
        for n in range(size.wide_tasks)
    )
    specs = [DagSpec(dag_id=WIDE, tasks=wide, groups=groups, tags=("wide",))]
    specs.append(DagSpec(dag_id=LONG, tasks=small, tags=("long",), display_name="Long history"))
    specs += [
        DagSpec(dag_id=dag_id(n), tasks=small, tags=(f"team_{n % 20:02d}", f"level_{n % 3}"))
        for n in range(2, size.dags)
    ]
    for number, spec in enumerate(specs):
        file = FileRef(folder="/dags", path=f"{spec.dag_id}.py")
        parsed = Parsed(job=1, dags=[ParsedDag(spec.dag_id, encode(spec))])
        store.specs.save_parsed(tx, file, parsed, now=START, paused=number % 20 == 19)


# ---- runs ------------------------------------------------------------------------------------------------------------


def _runs(tx: Connection, size: Size) -> None:
    """Runs in the order of time; one in fifty failed, one in a thousand of the newest tenth is live."""
    lite = tx.dialect.name == "sqlite"

    def moment(minutes: str) -> str:
        if lite:
            return f"({to_micros(START)} + ({minutes}) * 60000000)"
        return f"(timestamptz '2026-01-01 00:00:00+00' + ({minutes}) * interval '1 minute')"

    def insert(count: int, dag: str, every: int) -> None:
        live = f"(n.i >= {count} * 9 / 10 AND n.i % 100 = 99 OR n.i = {count - 1})"
        state = f"CASE WHEN {live} THEN 'running' WHEN n.i % 50 = 7 THEN 'failed' ELSE 'success' END"
        kind = "CASE WHEN n.i % 10 = 3 THEN 'manual' ELSE 'scheduled' END"
        at, end = moment(f"n.i * {every}"), moment(f"n.i * {every} + 1 + n.i % 90")
        _do(
            tx,
            "INSERT INTO dag_run (dag_id, run_id, run_type, state, run_after, logical_date, data_interval_start,"
            " data_interval_end, queued_at, start_date, end_date, conf, version_id, triggered_by, triggering_user, updated_at)"
            f" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"
            f" SELECT v.dag_id, {kind} || '__' || n.i, {kind}, {state}, {at}, {at}, {at}, {at}, {at}, {at},"
            f" CASE WHEN {live} THEN NULL ELSE {end} END, '{{\"number\":' || n.i || '}}', v.id,"
            " CASE WHEN n.i % 10 = 3 THEN 'rest_api' ELSE 'timetable' END, CASE WHEN n.i % 10 = 3 THEN 'ann' END,"
            f" {end} FROM n JOIN dag_version v ON v.id = (SELECT min(id) FROM dag_version) + {dag} ORDER BY n.i",
        )

    insert(size.wide_runs, "0", 400)
    insert(size.runs, f"CASE WHEN n.i % 4 = 0 THEN 1 ELSE 2 + n.i % {size.dags - 2} END", 1)


def _instances(tx: Connection) -> None:
    """Each task of each run once. The last task of a failed run failed; of a live run the last tasks wait or run."""
    lite = tx.dialect.name == "sqlite"
    second = "1000000" if lite else "interval '1 second'"
    task = "CASE WHEN v.dag_id = '{}' THEN 'group_' || {} || '.task_' || {} ELSE 'task_' || {} END".format(
        WIDE, _padded("n.i / 100", 3), _padded("n.i % 100", 2), _padded("n.i", 2)
    )
    left = "d.task_count - n.i"
    state = (
        f"CASE WHEN {left} > 5 THEN CASE WHEN n.i % 40 = 11 THEN 'skipped' ELSE 'success' END"
        f" WHEN r.state = 'running' AND {left} < 4 THEN 'none' WHEN r.state = 'running' AND {left} = 4 THEN 'running'"
        f" WHEN r.state = 'failed' AND {left} < 4 THEN 'upstream_failed'"
        f" WHEN r.state = 'failed' AND {left} = 4 THEN 'failed' ELSE 'success' END"
    )
    started = f"({state}) NOT IN ('none', 'skipped', 'upstream_failed')"
    ended = f"({state}) NOT IN ('none', 'running')"
    begin = f"r.start_date + (n.i % 50) * {second}"
    _do(
        tx,
        "INSERT INTO task_instance (run, task_id, state, try_number, attempt_id, queued_at, start_date, end_date, duration,"
        " hostname, version_id, operator, pool, queue, updated_at)"
        " WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < (SELECT max(task_count) FROM dag) - 1)"
        f" SELECT r.id, {task}, {state}, CASE WHEN {started} THEN 1 ELSE 0 END,"
        f" CASE WHEN {started} THEN {attempt_ids(tx, begin, 'r.id * 10000 + n.i')} END, r.queued_at,"
        f" CASE WHEN {started} THEN {begin} END, CASE WHEN {ended} THEN {begin} + (n.i % 30) * {second} END,"
        f" CASE WHEN {started} AND {ended} THEN n.i % 30 END, 'worker-' || (n.i % 8), r.version_id,"
        " CASE n.i % 3 WHEN 0 THEN 'PythonOperator' WHEN 1 THEN 'BashOperator' ELSE 'HttpSensor' END,"
        " CASE WHEN n.i % 10 = 4 THEN 'small' ELSE 'default_pool' END,"
        " CASE WHEN n.i % 20 = 5 THEN 'gpu' ELSE 'default' END, r.updated_at"
        " FROM dag_run r JOIN dag_version v ON v.id = r.version_id JOIN dag d ON d.dag_id = r.dag_id"
        " JOIN n ON n.i < d.task_count ORDER BY r.id, n.i",
    )


def attempt_ids(tx: Connection, moment: str, number: str) -> str:
    """SQL for ids as `ostro.ids` makes them at that moment; `number` tells those of one moment apart."""
    if tx.dialect.name == "sqlite":
        time, last = f"printf('%012x', ({moment}) / 1000)", f"printf('%012d', {number})"
    else:
        time = f"lpad(to_hex(CAST(extract(epoch FROM {moment}) * 1000 AS bigint)), 12, '0')"
        last = f"lpad(CAST({number} AS text), 12, '0')"
    return f"substr({time}, 1, 8) || '-' || substr({time}, 9, 4) || '-7000-8000-' || {last}"


def _padded(number: str, width: int) -> str:
    """SQL of both databases for a number with leading zeros."""
    return f"substr('000' || ({number}), length('000' || ({number})) - {width - 1}, {width})"


def _around(tx: Connection, size: Size) -> None:
    """What comes with runs and instances: tries, events, XComs; and the audit log."""
    lite = tx.dialect.name == "sqlite"
    _do(
        tx,
        "INSERT INTO attempt (attempt_id, ti, try_number, state, start_date, end_date, closed_at, hostname, version_id)"
        " SELECT attempt_id, id, 1, state, start_date, end_date, CASE WHEN state = 'running' THEN NULL ELSE updated_at END,"
        " hostname, version_id FROM task_instance WHERE attempt_id IS NOT NULL ORDER BY attempt_id",
    )
    _do(
        tx,
        "INSERT INTO ti_event (ti, run, before, after, attempt_id, at, reason) SELECT id, run, 'none', state, attempt_id,"
        " updated_at, '' FROM task_instance WHERE state <> 'none' AND id % 10 = 0 ORDER BY id",
    )
    _do(
        tx,
        "INSERT INTO run_event (run, before, after, at, reason) SELECT id, 'queued', state, updated_at, '' FROM dag_run",
    )
    value = "CAST('[1,2]' AS BLOB)" if lite else "'[1,2]'::bytea"
    _do(
        tx,
        "INSERT INTO xcom (run, task_id, map_index, key, length, at, value)"
        f" SELECT run, task_id, -1, 'return_value', 2, updated_at, {value} FROM task_instance"
        " WHERE state = 'success' AND id % 10 = 0",
    )
    _do(
        tx,
        "INSERT INTO event_log (at, event, owner, dag_id, run_id)"
        f" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {size.deeds - 1})"
        " SELECT r.updated_at, CASE n.i % 5 WHEN 0 THEN 'trigger_dag_run' WHEN 1 THEN 'patch_dag' WHEN 2 THEN 'login'"
        " WHEN 3 THEN 'clear_dag_run' ELSE 'patch_task_instance' END, CASE WHEN n.i % 7 = 0 THEN 'bob' ELSE 'ann' END,"
        " r.dag_id, r.run_id FROM n JOIN dag_run r ON r.id = (SELECT min(id) FROM dag_run) + n.i"
        " % (SELECT count(*) FROM dag_run) ORDER BY n.i",
    )


def _do(tx: Connection, sql: str) -> None:
    tx.exec_driver_sql(sql if tx.dialect.name == "sqlite" else sql.replace("%", "%%"))
