"""What a run tells of itself, without the run."""

from __future__ import annotations

from pathlib import Path

from ostro.logfiles import log_path
from ostro.records import Move
from ostro.rules.runs import initial_instances
from ostro.spec import DagSpec, TaskSpec, Topology
from ostro.states import TaskState
from ostro.store import Store, instances, transitions
from ostro.testing.result import RunResult
from store import made
from store.conftest import db, postgresql_template, sqlite_template, store_url

__all__ = ["db", "postgresql_template", "sqlite_template", "store_url"]


def test_a_report_says_why_a_task_failed_that_never_began(db: Store, tmp_path: Path) -> None:
    spec = DagSpec(
        dag_id="d", tasks=(TaskSpec(task_id="a", operator="X"), TaskSpec(task_id="b", operator="X"))
    )
    with db.begin() as tx:
        made.save(tx, spec)
        run = made.run(tx, "r", "d")
        rows = instances.insert_instances(tx, initial_instances(Topology(spec), run, run.version_id))
        why = ["its process ended before user code began: no memory", "it raised ValueError"]
        transitions.apply_moves(
            tx,
            [
                Move(ti=r.id, before=r.state, after=TaskState.FAILED, try_number=1, reason=text)
                for r, text in zip(rows, why, strict=True)
            ],
            made.NOW,
        )
        rows = instances.load_instances(tx, [run.id])
    log = log_path(tmp_path, "d", "r", "b", -1, 1)
    log.parent.mkdir(parents=True)
    log.write_text("it began\n")

    said = RunResult(run, rows, db, tmp_path).report()

    assert "a failed: its process ended before user code began: no memory\nit has no log" in said
    assert "b failed: it raised ValueError\nlog of b (try 1):\n  it began" in said
