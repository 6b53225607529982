"""The board against Airflow: real DAG files, their tasks executed in this process, states as Airflow gave them."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol import task as p
from ostro.runtime.run_task import run_task
from ostro.sdk.collecting import collect
from ostro.sdk.freeze import freeze
from ostro.sdk.parsing import ParseContext, parsing
from ostro.spec import Topology
from ostro.states import TaskState
from support.simulation import T0, Done, Sim

_STATE = {"Succeeded": TaskState.SUCCESS, "Skipped": TaskState.SKIPPED, "Failed": TaskState.FAILED}


class Silent:
    """A task log that nobody reads."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class Values:
    """The engine as one attempt sees it: XComs of the run in a dict."""

    def __init__(self) -> None:
        self.xcoms: dict[tuple[str, str, int], p.XComRow] = {}
        self.attempt_id = ""
        self.result: Any = None
        self.pushed: dict[str, int | None] = {}

    def ask(self, question: Any) -> p.Value | p.Done | p.Refused:
        if isinstance(question, p.SetXCom):
            self._keep(question.row)
            return p.Done(seq=0)
        if isinstance(question, p.GetXCom):
            row = self.xcoms.get((question.task_id, question.key, question.map_index))
            return p.Value(seq=0, found=row is not None, data=None if row is None else row.value)
        if isinstance(question, p.GetXComs):
            rows = self._rows(question.task_id, question.key)[question.start : question.stop]
            return p.Value(seq=0, data=[[row.map_index, row.value] for row in rows])
        if isinstance(question, p.CountXComs):
            return p.Value(seq=0, data=len(self._rows(question.task_id, question.key)))
        if isinstance(question, p.Rendered | p.CallbacksRan | p.DeleteXCom):
            return p.Done(seq=0)
        return p.Refused(seq=0, code=404, text=f"{type(question).__name__} is not answered here")

    def report(self, result: Any) -> p.Done:
        self.result = result
        for row in result.xcoms:
            self._keep(row)
        return p.Done(seq=0, state=_STATE[type(result).__name__].value)

    def _keep(self, row: p.XComRow) -> None:
        self.xcoms[row.task_id, row.key, row.map_index] = row
        self.pushed[row.key] = row.length

    def _rows(self, task_id: str, key: str) -> list[p.XComRow]:
        return [row for (t, k, _), row in sorted(self.xcoms.items()) if (t, k) == (task_id, key)]


class Execution:
    """Executes the tasks of one run."""

    def __init__(self, dag: Any, topology: Topology) -> None:
        self.dag = dag
        self.values = Values()
        self.run = p.RunInfo(
            dag_id=dag.dag_id, run_id="conf_1", run_type="manual", state="running", run_after=T0, logical_date=T0,
            data_interval_start=T0, data_interval_end=T0, start_date=T0,
        )  # fmt: skip
        self.sim = Sim(topology)

    def end(self, choose: Callable[[list[int]], int]) -> str:
        """Run to the end; the state of the run."""
        return self.sim.play(self._attempt, choose=choose)

    def _attempt(self, task_id: str, map_index: int) -> Done:
        values = self.values
        values.pushed = {}
        board = self.sim.board
        lengths = {
            t.task_id: len(board.by_task[i])
            for i, t in enumerate(board.topology.tasks)
            if board.plan.expansion[i] is not None
        }
        order = p.TaskOrder(
            attempt_id=f"{task_id}[{map_index}]", file=p.FileRef(folder="", path="", dialect=3), run=self.run,
            task_id=task_id, map_index=map_index, try_number=1, max_tries=0, log_path="", start_date=T0, lengths=lengths,
        )  # fmt: skip
        run_task(order, {self.dag.dag_id: self.dag}, values, Silent())  # type: ignore[arg-type]
        result = values.result
        return Done(_STATE[type(result).__name__], dict(values.pushed), getattr(result, "skips", ()))


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """A task process may change its environment; this one lives on."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def dags_of(path: Path) -> dict[str, Any]:
    """The DAGs of a file, by id."""
    spec = importlib.util.spec_from_file_location(f"oracle_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with parsing(ParseContext()):
        spec.loader.exec_module(module)
        return {dag.dag_id: dag for dag in collect(module)}


ORDERS: dict[str, Callable[[list[int]], int]] = {
    "first": lambda ready: ready[0],
    "last": lambda ready: ready[-1],
    "middle": lambda ready: ready[len(ready) // 2],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("suite", "least"), [("trigger_rules", 300), ("mapping", 100)])
def test_states(shared: Path, suite: str, least: int, order: str) -> None:
    folder = shared / "conformance" / suite
    cases = json.loads((folder / "expected.json").read_text())["cases"]
    files: dict[str, dict[str, Any]] = {}
    wrong = {}
    for case_id, case in cases.items():
        if case["file"] not in files:
            files[case["file"]] = dags_of(folder / case["file"])
        dag = files[case["file"]][case_id]
        (expected,) = case["expect"]["runs"]
        run = Execution(dag, Topology(freeze(dag)))
        state, tasks = run.end(ORDERS[order]), run.sim.states()
        if (state, tasks) != (expected["state"], expected["tasks"]):
            names = sorted(expected["tasks"].keys() | tasks.keys())
            differing = {
                n: (expected["tasks"].get(n), tasks.get(n))
                for n in names
                if expected["tasks"].get(n) != tasks.get(n)
            }
            wrong[case_id] = (expected["state"], state, differing)

    assert len(cases) > least
    assert wrong == {}
