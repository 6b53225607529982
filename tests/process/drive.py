"""Runs a DAG file to its end: the real rules decide, the real task process runs each attempt, a dict is the database.

For tests of what tasks see and leave; nothing here is timed, retried or limited.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ostro.protocol import task as p
from ostro.records import Move, NewInstance, RunRecord, TaskInstanceRecord
from ostro.rules import results, runs
from ostro.rules.board import Board, Facts
from ostro.runtime import dagfile
from ostro.runtime.run_task import run_task
from ostro.sdk import serde
from ostro.sdk.freeze import freeze
from ostro.spec import Topology
from ostro.states import RunState, RunType, TaskState

from .fake_engine import Attempts

#: Attempts in one run before it is called endless.
MOST_ATTEMPTS = 500


class Driver:
    """All runs of the DAGs of one file, one after the other."""

    def __init__(self, folder: Path, file: str, scratch: Path) -> None:
        self.ref = p.FileRef(folder=str(folder), path=file)
        self.loaded = dagfile.load(self.ref)
        self.attempts = Attempts(scratch)
        self.number = 0
        self.logs: list[dict[str, Any]] = []

    def run(self, dag_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """One run, described as the conformance suites do."""
        dag = self.loaded.dags[dag_id]
        spec = freeze(dag, self.ref.path, dialect=self.loaded.dialect)
        run = _OneRun(self, dag, Topology(spec), wanted)
        return run.to_end()


class _OneRun:
    def __init__(self, driver: Driver, dag: Any, topology: Topology, wanted: Mapping[str, Any]) -> None:
        driver.number += 1
        self.driver = driver
        self.dag = dag
        self.engine = driver.attempts.engine
        date = _moment(wanted.get("logical_date"))
        interval = wanted.get("data_interval") or (wanted.get("logical_date"), wanted.get("logical_date"))
        self.run = RunRecord(
            id=driver.number,
            dag_id=dag.dag_id,
            run_id=wanted["run_id"],
            run_type=RunType(wanted.get("run_type", "manual")),
            state=RunState.RUNNING,
            run_after=_moment(wanted.get("run_after")) or date or datetime.now(UTC),
            logical_date=date,
            data_interval_start=_moment(interval[0]),
            data_interval_end=_moment(interval[1]),
            start_date=datetime.now(UTC),
            conf=wanted.get("conf") or {},
            version_id=1,
        )
        self.last_id = 0
        self.board = Board(
            topology, self.run, self._inserted(runs.initial_instances(topology, self.run, 1)), Facts()
        )
        self.removed: set[int] = set()

    def _inserted(self, new: list[NewInstance]) -> list[TaskInstanceRecord]:
        found = []
        for one in new:
            self.last_id += 1
            found.append(
                TaskInstanceRecord(
                    id=self.last_id, run=self.run.id, task_id=one.task_id, map_index=one.map_index,
                    state=one.state, max_tries=one.max_tries,
                )
            )  # fmt: skip
        return found

    def to_end(self) -> dict[str, Any]:
        count = 0
        while True:
            self._settle()
            ready = [i for i in self.board.instances.values() if i.state is TaskState.SCHEDULED]
            if not ready:
                break
            for instance in ready:
                count += 1
                assert count < MOST_ATTEMPTS, "the run does not end"
                self._attempt(instance)
        outcome = self.board.outcome(self._now())
        return self._described(str(outcome.state.value) if outcome is not None else "running")

    def _now(self) -> datetime:
        # Far ahead, so that every retry and reschedule is due.
        return datetime.now(UTC) + timedelta(days=3)

    def _settle(self) -> None:
        while True:
            settled = self.board.settle(self._now())
            for gone in settled.gone:
                self.removed.add(gone)
            if not settled.new:
                return
            self.board.insert(self._inserted(settled.new))

    def _attempt(self, instance: Any) -> None:
        board, task = self.board, self.board.topology.tasks[instance.index]
        if instance.state is not TaskState.SCHEDULED:
            return
        again = instance.next_method is not None or instance.first_start_date is not None
        number = instance.try_number if again and instance.try_number else instance.try_number + 1
        board.apply(Move(ti=instance.id, before=TaskState.SCHEDULED, after=TaskState.QUEUED))
        board.apply(Move(ti=instance.id, before=TaskState.QUEUED, after=TaskState.RUNNING, try_number=number))
        result = self._executed(instance, number)
        for row in result.xcoms:
            if row.length is not None or row.key == "return_value":
                board.note_length(row.task_id, row.key, row.map_index, row.length)
        if isinstance(result, p.Succeeded) and result.skips:
            board.note_skips(task.task_id, instance.map_index, result.skips)
        board.apply(
            results.on_result(task, instance, msgspec.structs.replace(result, attempt_id=""), self._now())
        )

    def _executed(self, instance: Any, number: int) -> Any:
        run = self.run
        info = p.RunInfo(
            dag_id=run.dag_id, run_id=run.run_id, run_type=run.run_type.value, state="running", run_after=run.run_after,
            logical_date=run.logical_date, data_interval_start=run.data_interval_start,
            data_interval_end=run.data_interval_end, start_date=run.start_date, conf=run.conf,
        )  # fmt: skip
        self.engine.current_run = run.run_id
        self.engine.results.clear()

        def work(channel: Any, log: Any) -> None:
            order = p.TaskOrder(
                attempt_id="a", file=self.driver.ref, run=info, task_id=instance.task_id,
                map_index=instance.map_index, try_number=number, max_tries=instance.max_tries, log_path=log.path,
                start_date=datetime.now(UTC), next_method=instance.next_method, next_kwargs=instance.next_kwargs,
                first_start_date=instance.first_start_date,
                reschedule_count=0 if instance.first_start_date is None else 1,
            )  # fmt: skip
            run_task(order, self.driver.loaded, channel, log)

        ended = self.driver.attempts.finish(*self.driver.attempts.start(work))
        self.driver.logs += ended.lines
        return ended.result

    def _described(self, state: str) -> dict[str, Any]:
        describe = _describer()
        tasks, names, xcoms = {}, {}, {}
        for instance in self.board.instances.values():
            if instance.id in self.removed:
                continue
            key = instance.task_id if instance.map_index < 0 else f"{instance.task_id}[{instance.map_index}]"
            tasks[key] = instance.state.value
            if instance.rendered_map_index:
                names[key] = instance.rendered_map_index
        for (run_id, task_id, key, index), data in self.engine.xcoms.items():
            if run_id == self.run.run_id and key != "skipmixin_key" and not key.startswith("_link"):
                name = task_id if index < 0 else f"{task_id}[{index}]"
                try:
                    value = describe(serde.loads(data))
                except Exception as error:
                    value = {"$type": "undeserializable", "error": type(error).__name__}
                xcoms.setdefault(name, {})[key] = value
        found: dict[str, Any] = {"state": state, "tasks": tasks}
        if xcoms:
            found["xcoms"] = xcoms
        if names:
            found["map_index_names"] = names
        return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _describer() -> Any:
    return sys.modules["conformance_describe"].describe


def load_describer(folder: Path) -> None:
    """The suites' own way of writing values."""
    spec = importlib.util.spec_from_file_location("conformance_describe", folder / "conformance_describe.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance_describe"] = module
    spec.loader.exec_module(module)
