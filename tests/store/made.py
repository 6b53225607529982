"""Things to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ostro import store
from ostro.protocol.parse import FileError, Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.records import Move, NewInstance, RunRecord, TaskInstanceRecord
from ostro.spec import DagSpec, TaskSpec, encode
from ostro.states import RunType, TaskState

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def dag(dag_id: str = "d", tasks: tuple[str, ...] = ("a", "b"), **more: Any) -> DagSpec:
    return DagSpec(dag_id=dag_id, tasks=tuple(TaskSpec(task_id=t, operator="X") for t in tasks), **more)


def file(path: str = "d.py", fingerprint: str = "1") -> FileRef:
    return FileRef(folder="/dags", path=path, fingerprint=fingerprint)


def parsed(*specs: DagSpec, errors: tuple[FileError, ...] = (), source: str = "source") -> Parsed:
    dags = [ParsedDag(spec.dag_id, encode(spec)) for spec in specs]
    return Parsed(job=1, dags=dags, errors=list(errors), source=source, duration=0.5)


def save(tx: Connection, *specs: DagSpec, path: str = "d.py", **more: Any) -> store.SaveResult:
    return store.specs.save_parsed(tx, file(path), parsed(*specs, **more), now=NOW)


def run(tx: Connection, run_id: str = "r", dag_id: str = "d", **more: Any) -> RunRecord:
    """A run of the DAG, which is made when it is not there."""
    version = store.specs.current_version(tx, dag_id)
    if version is None:
        save(tx, dag(dag_id), path=f"{dag_id}.py")
        version = store.specs.current_version(tx, dag_id)
        assert version is not None
    values = {"run_type": RunType.MANUAL, "run_after": NOW, "version_id": version, **more}
    (record,) = store.runs.create_runs(tx, [store.NewRun(dag_id=dag_id, run_id=run_id, **values)])
    assert record is not None
    return record


def instances(tx: Connection, of: RunRecord, *task_ids: str, **more: Any) -> list[TaskInstanceRecord]:
    return store.instances.insert_instances(tx, [NewInstance(run=of.id, task_id=t, **more) for t in task_ids])


def move(ti: int, before: TaskState, after: TaskState, **more: Any) -> Move:
    return Move(ti=ti, before=before, after=after, **more)


def start(ti: int, attempt: str = "attempt-1", before: TaskState = TaskState.NONE, **more: Any) -> Move:
    values = {
        "try_number": 1, "attempt_id": attempt, "queued_at": NOW, "start_date": NOW, "end_date": None, "pid": 42,
        "pid_birth": 77, "hostname": "here", **more,
    }  # fmt: skip
    return Move(ti=ti, before=before, after=TaskState.RUNNING, **values)


def one(tx: Connection, ti: int) -> TaskInstanceRecord:
    (record,) = store.instances.load_instances_by_id(tx, [ti])
    return record
