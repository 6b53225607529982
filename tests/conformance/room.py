"""Cases under one real engine: its loader reads the DAG files, its warm processes run the tasks, a database keeps it.

The test process does what a user does, it triggers runs and looks at them. A case's step is over when nothing of it
can move any more: all its runs ended, or every instance that did not waits for a past run; and then, because an end
may make runs of other DAGs, a run triggered later (of the DAG `PROBE`) has gone through the engine without one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.suite import Case, Suite, Trigger
from ostro import store
from ostro.assembly import parts
from ostro.assembly.waking import Waker
from ostro.clock import SystemClock
from ostro.commands import trigger_run
from ostro.commands.board import board_of
from ostro.commands.pools import set_pool
from ostro.errors import BadRequest
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.settings import load_settings
from ostro.spec import Topology, decode
from ostro.states import RUN_FINISHED, TaskState
from ostro.store import Pool
from support.deadline import wait_for
from support.parts import Scheduler

#: Seconds that a room may take from its first trigger to the end.
ROOM_LIMIT = 150.0
#: Cases in progress at once: a few, so that no task waits long for a place and what races in a DAG races as on a machine
#: that is not overloaded.
AT_ONCE = 10
#: Seconds between two looks at the database.
LOOK_EVERY = 0.05
PROBE = "conformance_probe"
PROBE_FILE = """
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

with DAG("conformance_probe", schedule=None):
    PythonOperator(task_id="t", python_callable=lambda: None)
"""


class Playing:
    """A case in progress."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.step = -1
        self.runs: list[RunRecord] = []
        self.errors: dict[str, str] = {}
        #: Run of the probe that must end without new runs of the case.
        self.probe: RunRecord | None = None
        self.over = False


class Room:
    """An engine with the DAG files of a suite, and the cases that run under it."""

    def __init__(
        self, suite: Suite, cases: list[Case], folder: Path, database_url: str | None = None
    ) -> None:
        self.suite = suite
        self.cases = cases
        self.dags = folder / "dags"
        self.out = folder / "events"
        home = folder / "home"
        state = folder / "state"
        state.mkdir(parents=True)
        home.mkdir()
        self.env = {
            **cases[0].env,
            "TZ": "UTC",
            "CONFORMANCE_OUT": str(self.out),
            "CONFORMANCE_STATE": str(state),
        }
        if database_url:
            self.env["OSTRO__DATABASE__URL"] = database_url
        self.scheduler = Scheduler(home, self.dags, env=self.env)
        wanted = {Path(case.file).name for case in cases}
        others = {Path(case.file).name for case in suite.cases} - wanted
        shutil.copytree(suite.folder / "dags", self.dags, ignore=lambda _, names: others.intersection(names))
        self.dags.chmod(0o755)
        (self.dags / "probe.py").write_text(PROBE_FILE)
        self.clock = SystemClock()
        self.settings = load_settings(
            {"OSTRO_HOME": str(home), **self.env}, overrides={"core.dags_folder": str(self.dags)}
        )
        self.wake = Waker(self.settings.home.engine_socket)
        self.topologies: dict[int, Topology] = {}
        self.store = parts.make_store(self.settings)

    def play(self) -> dict[str, dict[str, Any]]:
        """Run all cases; what became of each, in the form of the suites."""
        with self._open():
            playing = [Playing(case) for case in self.cases]
            left = list(playing)

            def through() -> bool:
                live = self._live()
                for one in left[:AT_ONCE]:
                    self._advance(one, live.get(one.case.id, []))
                left[:] = [one for one in left if not one.over]
                return not left

            wait_for(through, seconds=ROOM_LIMIT, what=lambda: self._unfinished(left), every=LOOK_EVERY)
            return self._results(playing)

    @contextmanager
    def _open(self) -> Iterator[None]:
        self.scheduler.start()
        try:
            for name, slots in self.suite.pools.items():
                set_pool(self.store, self.clock, self.wake, pool=Pool(name=name, slots=slots))
            wanted = {PROBE} | {dag_id for case in self.cases for dag_id in case.dag_ids}
            wait_for(
                lambda: self._are_there(wanted), seconds=60, what=lambda: f"{wanted}: {self.scheduler.tail()}"
            )
            yield
        finally:
            self.scheduler.kill()
            self.store.dispose()

    def _are_there(self, wanted: set[str]) -> bool:
        with self.store.read() as tx:
            for dag_id in sorted(wanted):
                if store.specs.dag_summary(tx, dag_id) is None:
                    return False
                wanted.discard(dag_id)
        return True

    # ---- one case ------------------------------------------------------------------------------------------

    def _live(self) -> dict[str, list[RunRecord]]:
        """Runs that did not end, by the case that has to do with their DAG."""
        owner = {dag_id: case.id for case in self.cases for dag_id in case.dag_ids}
        found: dict[str, list[RunRecord]] = {}
        with self.store.read() as tx:
            for run in store.runs.live_runs(tx):
                if run.dag_id in owner:
                    found.setdefault(owner[run.dag_id], []).append(run)
        return found

    def _advance(self, one: Playing, live: list[RunRecord]) -> None:
        if live and not self._are_at_rest(live):
            one.probe = None
            return
        if one.case.observe:
            if one.probe is None:
                one.probe = self._trigger(Trigger(PROBE, f"{one.case.id}_{time.monotonic_ns()}", None))
                return
            if not self._has_ended(one.probe) or self._callbacks_wait(one.case):
                return
        one.step += 1
        one.probe = None
        if one.step >= len(one.case.steps):
            one.over = True
            return
        for trigger in one.case.steps[one.step]:
            try:
                one.runs.append(self._trigger(trigger))
            except BadRequest as error:
                text = str(error)
                name = "ParamValidationError" if text.startswith("Invalid input for param") else text
                one.errors[f"{trigger.dag_id}:{trigger.run_id}"] = name

    def _trigger(self, run: Trigger) -> RunRecord:
        return trigger_run(self.store, self.clock, self.wake, **run._asdict())

    def _are_at_rest(self, live: list[RunRecord]) -> bool:
        """Whether these runs wait for a past run and nothing else, as the rules see the rows of the database."""
        with self.store.read() as tx:
            for run in live:
                rows = store.instances.load_instances(tx, [run.id])
                unfinished = [r for r in rows if r.state.value not in _ENDED]
                if not unfinished or any(r.state is not TaskState.NONE for r in unfinished):
                    return False
            for run in live:
                if run.version_id not in self.topologies:
                    spec = decode(store.specs.load_spec(tx, run.version_id))
                    self.topologies[run.version_id] = Topology(spec)
                board = board_of(tx, run, self.topologies[run.version_id])
                if board.settle(self.clock.now()) or not board.held_by_past:
                    return False
        return True

    def _has_ended(self, run: RunRecord) -> bool:
        with self.store.read() as tx:
            return store.runs.load_runs(tx, [run.id])[0].state in RUN_FINISHED

    def _callbacks_wait(self, case: Case) -> bool:
        with self.store.read() as tx:
            if any(row.dag_id in case.dag_ids for row in store.outbox.waiting(tx)):
                return True
            return bool(store.outbox.claims(tx))

    def _unfinished(self, left: Iterable[Playing]) -> str:
        told = []
        live = self._live()
        with self.store.read() as tx:
            for one in left:
                for run in live.get(one.case.id, []):
                    rows = store.instances.load_instances(tx, [run.id])
                    states = {_key(r): r.state.value for r in rows if r.state.value not in _ENDED}
                    told.append(f"{run.dag_id} {run.run_id} {run.state}: {states}")
                told.append(f"{one.case.id} is at step {one.step}")
        return "; ".join([*told[:40], self.scheduler.tail()])

    # ---- results -------------------------------------------------------------------------------------------

    def _results(self, playing: list[Playing]) -> dict[str, dict[str, Any]]:
        values = Values(self)
        found = {}
        with self.store.read() as tx:
            for one in playing:
                found[one.case.id] = self._result(tx, one, values)
        for put, value in values.described():
            put(value)
        return found

    def _result(self, tx: Any, one: Playing, values: Values) -> dict[str, Any]:
        case = one.case
        if not case.observe:
            runs = store.runs.load_runs(tx, [run.id for run in one.runs])
            return {"runs": [self._run(tx, case, run, values) for run in runs]}
        seen: list[RunRecord] = []
        for dag_id, run_id in case.observe:
            seen += store.runs.search(tx, dag_id, run_ids=None if run_id is None else [run_id])
        seen.sort(key=lambda r: (r.dag_id, r.logical_date or datetime.max.replace(tzinfo=UTC), r.id))
        result: dict[str, Any] = {"runs": [self._observed(tx, case, run, values) for run in seen]}
        if one.errors:
            result["trigger_errors"] = one.errors
        return result | self._events(case.dag_ids)

    def _run(self, tx: Any, case: Case, run: RunRecord, values: Values) -> dict[str, Any]:
        rows = store.instances.load_instances(tx, [run.id])
        found: dict[str, Any] = {
            "state": run.state.value,
            "tasks": {_key(row): None if row.state is TaskState.NONE else row.state.value for row in rows},
        }
        names = {_key(row): row.rendered_map_index for row in rows if row.rendered_map_index}
        if names:
            found["map_index_names"] = names
        if self.suite.needs_xcoms:
            for row in rows:
                for key, data in store.xcoms.of_instance(tx, run.id, row.task_id, row.map_index):
                    if not key.startswith(_LEFT_OUT):
                        of_task = found.setdefault("xcoms", {}).setdefault(_key(row), {})
                        values.add(case, data.decode(), _putter(of_task, key))
        return found

    def _observed(self, tx: Any, case: Case, run: RunRecord, values: Values) -> dict[str, Any]:
        found = self._run(tx, case, run, values)
        rows = store.instances.load_instances(tx, [run.id])
        date: str | None = None
        if run.logical_date is not None:
            recent = abs(datetime.now(UTC) - run.logical_date) < timedelta(hours=1)
            date = "<now>" if recent else run.logical_date.isoformat()
        of_assets = run.run_type.value == "asset_triggered"
        return {
            "dag_id": run.dag_id,
            "run_id": None if of_assets else run.run_id,
            "run_type": run.run_type.value,
            "logical_date": date,
            **found,
            "try_numbers": {_key(row): row.try_number for row in rows},
        }

    def _events(self, dag_ids: set[str]) -> dict[str, Any]:
        lines = self.out.read_text().splitlines() if self.out.exists() else []
        rows = [row for row in map(json.loads, lines) if row["dag_id"] in dag_ids]
        events, order, inside, most = [], [], 0, 0
        for row in rows:
            if row["event"] == "ran":
                order.append(row["task_id"])
            elif row["event"] in ("enter", "leave"):
                inside += 1 if row["event"] == "enter" else -1
                most = max(most, inside)
            else:
                events.append({k: v for k, v in row.items() if k != "dag_id" and v is not None})
        found = {"events": events, "run_order": order, "max_concurrent": most}
        return {name: value for name, value in found.items() if value}


#: XComs that the suites leave out: of the skip machinery, of links, of the operator that triggers runs.
_LEFT_OUT = ("skipmixin_key", "_link", "trigger_run_id")
_ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


class Values:
    """XComs of a room, described by one process that has the DAG files."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._wanted: dict[str, list[tuple[str, Callable[[Any], None]]]] = {}

    def add(self, case: Case, text: str, put: Callable[[Any], None]) -> None:
        """Have a value described; `put` takes the description."""
        self._wanted.setdefault(Path(case.file).name, []).append((text, put))

    def described(self) -> Iterator[tuple[Callable[[Any], None], Any]]:
        """Every value that was added, described."""
        if not self._wanted:
            return
        room = self._room
        question = {
            "describer": str(room.suite.folder.parent / "conformance_describe.py"),
            "folder": str(room.dags),
            "files": {file: [text for text, _ in values] for file, values in self._wanted.items()},
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSTRO_", "AIRFLOW_"))}
        env = kept | room.env | room.settings.for_children() | {"PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-m", "conformance.describe"]
        done = subprocess.run(
            command, input=json.dumps(question).encode(), capture_output=True, env=env, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        answer = json.loads(done.stdout)
        for file, values in self._wanted.items():
            for (_, put), value in zip(values, answer[file], strict=True):
                yield put, value


def _putter(target: dict[str, Any], key: str) -> Callable[[Any], None]:
    def put(value: Any) -> None:
        target[key] = value

    return put


def _key(row: TaskInstanceRecord) -> str:
    return row.task_id if row.map_index < 0 else f"{row.task_id}[{row.map_index}]"
