"""CPU of the store per finished task: each round one result, its XCom, the start of the next task, and the commit.

Prints microseconds of this process's CPU (user + system) per move, wall time per round, and the same for bulk rounds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benches.harness import arguments, report
from ostro import store
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.records import Move, NewInstance, TaskInstanceRecord, XComRow
from ostro.spec import DagSpec, TaskSpec, encode
from ostro.states import RunType, TaskState
from support.services import database

TASKS = 400
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def prepare(db: store.Store, run_id: str) -> tuple[int, list[TaskInstanceRecord]]:
    """A run with task instances."""
    spec = DagSpec(dag_id="bench", tasks=tuple(TaskSpec(task_id=f"t{i}", operator="X") for i in range(3)))
    with db.begin() as tx:
        parsed = Parsed(job=1, dags=[ParsedDag("bench", encode(spec))])
        store.specs.save_parsed(tx, FileRef(folder="/f", path="b.py"), parsed, now=NOW)
        version = store.specs.current_version(tx, "bench")
        assert version is not None
        new = store.NewRun(
            dag_id="bench", run_id=run_id, run_type=RunType.MANUAL, run_after=NOW, version_id=version
        )
        (run,) = store.runs.create_runs(tx, [new])
        assert run is not None
        rows = [NewInstance(run=run.id, task_id=f"t{i}", operator="X") for i in range(TASKS)]
        return run.id, store.instances.insert_instances(tx, rows)


def start(ti: int, attempt: str) -> Move:
    return Move(
        ti=ti,
        before=TaskState.NONE,
        after=TaskState.RUNNING,
        reason="",
        try_number=1,
        attempt_id=attempt,
        queued_at=NOW,
        start_date=NOW,
        end_date=None,
        first_start_date=NOW,
        pid=1234,
        pid_birth=5678,
        hostname="host",
        version_id=1,
        due_at=None,
        cause=None,
    )


def end(ti: int, attempt: str) -> Move:
    return Move(
        ti=ti,
        before=TaskState.RUNNING,
        after=TaskState.SUCCESS,
        if_attempt=attempt,
        end_date=NOW + timedelta(seconds=1),
    )


def chain(db: store.Store) -> tuple[float, float]:
    """(CPU seconds per move, wall seconds per round) of one task after the other."""
    run, rows = prepare(db, uuid.uuid4().hex)
    attempts = [str(uuid.uuid4()) for _ in rows]
    value = b'{"some": ["value", 1, 2, 3]}'
    with db.begin() as tx:
        store.transitions.apply_moves(tx, [start(rows[0].id, attempts[0])], NOW)
    cpu, wall = time.process_time(), time.perf_counter()
    for i in range(TASKS - 1):
        with db.begin() as tx:
            moves = [end(rows[i].id, attempts[i]), start(rows[i + 1].id, attempts[i + 1])]
            assert all(store.transitions.apply_moves(tx, moves, NOW))
            store.xcoms.put(tx, run, [XComRow(task_id=f"t{i}", key="return_value", value=value)], NOW)
    rounds = TASKS - 1
    return (time.process_time() - cpu) / (2 * rounds), (time.perf_counter() - wall) / rounds


def wide(db: store.Store) -> tuple[float, float]:
    """The same for rounds of many tasks: all start, all end."""
    _, rows = prepare(db, uuid.uuid4().hex)
    attempts = [str(uuid.uuid4()) for _ in rows]
    cpu, wall = time.process_time(), time.perf_counter()
    for make in (start, end):
        with db.begin() as tx:
            assert all(
                store.transitions.apply_moves(
                    tx, [make(r.id, a) for r, a in zip(rows, attempts, strict=True)], NOW
                )
            )
    return (time.process_time() - cpu) / (2 * TASKS), (time.perf_counter() - wall) / 2


def measure(db: store.Store, what: Any, runs: int) -> dict[str, Any]:
    values = [what(db) for _ in range(runs)]
    return {
        "median": round(statistics.median(v[0] for v in values) * 1e6, 1),
        "values": [round(v[0] * 1e6, 1) for v in values],
        "round_ms": round(statistics.median(v[1] for v in values) * 1e3, 3),
    }


def main() -> None:
    args = arguments(__doc__ or "")
    with (
        tempfile.TemporaryDirectory(prefix="ostro-bench-") as name,
        database(args.database, Path(name)) as url,
    ):
        db = store.Store.open(url)
        db.migrate()
        chain(db)
        for shape, what in (("chain", chain), ("wide", wide)):
            report(
                f"store_moves_{shape}",
                150,
                measure(db, what, args.runs),
                unit="µs CPU",
                database=args.database,
            )
        db.dispose()


if __name__ == "__main__":
    main()
