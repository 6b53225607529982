"""Thousands of DAGs and runs in a moment: one DAG is saved as its file would be, the others are copies of its rows.

For lists and charts; `support.million` makes the database in which every DAG has a spec of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from ostro import store
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec, TaskSpec, encode
from ostro.store.types import to_micros
from ostro.timetable import CronTriggerTimetable
from ostro.timetable import encode as encode_timetable
from support.million import attempt_ids

#: The DAG that the others are copied from: half of all runs are its own.
FIRST = "crowd_0000"
#: The moment before which all runs ended, and that of its next run: tests do not last until then, also when an hour begins.
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
NEXT = NOW + timedelta(hours=2)
#: Note of the newest failed run: what a spreadsheet would take for a formula.
NOTE = '=HYPERLINK("http://example.com")'
#: What its newest failure died of.
CAUSE = "ValueError: the planted cause"


def fill(db: store.Store, *, dags: int = 5_000, runs: int = 10_000, tries: int = 0) -> None:
    """Fill a new, migrated SQLite database. Each run has one task; every tenth run failed, in the second of two tries; a run
    every eight seconds. `tries` more are before those of each run, a second long each."""
    timetable = encode_timetable(CronTriggerTimetable("0 * * * *", timezone="UTC"))
    spec = DagSpec(
        dag_id=FIRST, tasks=(TaskSpec(task_id="work", operator="PythonOperator", owner="ann"),), tags=("crowd", "red"),
        timetable=timetable, start_date="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    with db.begin() as tx:
        parsed = Parsed(job=1, dags=[ParsedDag(FIRST, encode(spec))])
        store.specs.save_parsed(
            tx, FileRef(folder="/dags", path="crowd.py"), parsed, now=NOW - timedelta(days=90), paused=False
        )
        _copy(tx, dags)
        _runs(tx, dags, runs)
        _tries(tx, tries)


def change(db: store.Store, *, last: int) -> None:
    """A second version of `FIRST`, which its last runs have."""
    version = f"(SELECT max(id) FROM dag_version WHERE dag_id = '{FIRST}')"
    with db.begin() as tx:
        columns = [row[1] for row in tx.exec_driver_sql("PRAGMA table_info(dag_version)")]
        others = ", ".join(name for name in columns if name not in ("id", "number"))
        tx.exec_driver_sql(
            f"INSERT INTO dag_version (number, {others}) SELECT 2, {others} FROM dag_version WHERE dag_id = '{FIRST}'"
        )
        tx.exec_driver_sql(f"UPDATE dag SET version_id = {version} WHERE dag_id = '{FIRST}'")
        tx.exec_driver_sql(
            f"UPDATE dag_run SET version_id = {version} WHERE id IN (SELECT id FROM dag_run WHERE dag_id = '{FIRST}'"
            f" ORDER BY run_after DESC LIMIT {last})"
        )


def _copy(tx: Connection, dags: int) -> None:
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {dags - 1})"
    name = "'crowd_' || substr('0000' || n.i, -4)"
    for table, changed in (
        (
            "dag",
            {
                "dag_id": name,
                "display_name": name,
                "is_paused": "n.i % 20 = 19",
                "path": f"{name} || '.py'",
                "tags": "'[\"crowd\",\"team_' || (n.i % 9) || '\"]'",
            },
        ),
        ("dag_version", {"dag_id": name, "id": "n.i + 1"}),
        ("dag_tag", {"dag_id": name, "name": "CASE name WHEN 'red' THEN 'team_' || (n.i % 9) ELSE name END"}),
    ):
        columns = [row[1] for row in tx.exec_driver_sql(f"PRAGMA table_info({table})")]
        values = ", ".join(changed.get(c, f"t.{c}") for c in columns)
        tx.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(columns)}) {numbers} SELECT {values} FROM {table} t, n"
        )
    next_run = to_micros(NEXT)
    tx.exec_driver_sql(
        "UPDATE dag SET version_id = (SELECT v.id FROM dag_version v WHERE v.dag_id = dag.dag_id)"
    )
    tx.exec_driver_sql(
        f"UPDATE dag SET next_run_after = {next_run}, next_logical_date = {next_run}, next_interval_start = {next_run},"
        f" next_interval_end = {next_run}"
    )


def _runs(tx: Connection, dags: int, runs: int) -> None:
    begin = to_micros(NOW - timedelta(seconds=8 * runs + 600))
    due = f"{begin} + n.i * 8000000"
    bad = "n.i % 10 = 9"
    tx.exec_driver_sql(
        "INSERT INTO dag_run (dag_id, run_id, run_type, state, run_after, logical_date, queued_at, start_date, end_date,"
        " version_id, updated_at, conf, note)"
        f" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {runs - 1})"
        f" SELECT v.dag_id, 'run_' || n.i, 'scheduled', CASE WHEN {bad} THEN 'failed' ELSE 'success' END, {due}, {due}, {due},"
        f" {due} + 1000000, {due} + 1000000 + (1 + n.i * 7 % 23) * 10000000, v.id, {due}, '{{}}', CASE WHEN n.i = {runs - 1}"
        f" THEN '{NOTE}' END FROM n JOIN dag_version v ON v.id = CASE WHEN n.i % 2 = 1 THEN 1 ELSE 1 + n.i / 2 % {dags} END"
    )
    tx.exec_driver_sql(
        "INSERT INTO task_instance (run, task_id, state, try_number, attempt_id, start_date, end_date, duration, operator,"
        f" queued_at) SELECT id, 'work', state, CASE state WHEN 'failed' THEN 2 ELSE 1 END, {attempt_ids(tx, 'start_date', 'id')},"
        " start_date, end_date, (end_date - start_date) / 1e6, 'PythonOperator', queued_at FROM dag_run"
    )


def _tries(tx: Connection, more: int) -> None:
    """The last try of each instance, the first of those that failed, and so many before."""
    columns = "attempt_id, ti, try_number, state, queued_at, start_date, end_date, closed_at, hostname, cause"
    cause = f'{{"kind":"exception","text":"{CAUSE}"}}'
    tx.exec_driver_sql(
        f"INSERT INTO attempt ({columns}) SELECT attempt_id, id, try_number, state, queued_at, start_date, end_date, end_date,"
        f" 'host_' || (id % 3), CASE state WHEN 'failed' THEN '{cause}' END FROM task_instance"
    )
    # One after the other, in the second before the last one started.
    first = "start_date - 1000000"
    tx.exec_driver_sql(
        f"INSERT INTO attempt ({columns}) SELECT {attempt_ids(tx, first, 'id')}, id, 1, 'up_for_retry', {first}, {first},"
        f" {first} + 500000, {first} + 500000, 'host_' || (id % 3), '{cause}' FROM task_instance WHERE state = 'failed'"
    )
    if more:
        begin = "start_date - 1000000 * (n.i + 2)"
        tx.exec_driver_sql(
            f"INSERT INTO attempt ({columns})"
            f" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {more - 1})"
            f" SELECT {attempt_ids(tx, begin, 'id * 1000 + n.i')}, id, 1, 'deferred', {begin}, {begin}, {begin} + 900000,"
            f" {begin} + 900000, 'host_' || (id % 3), NULL FROM task_instance, n"
        )
