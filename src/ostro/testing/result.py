"""What became of a run: states, XComs, logs, rendered fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostro.logfiles import log_path

if TYPE_CHECKING:
    from ostro.records import RunRecord, TaskInstanceRecord
    from ostro.store import Store

#: The key of what a task returned.
RETURN_VALUE = "return_value"
#: Lines of a failed task's log that a report of a failed test shows.
SHOWN_LINES = 30

_MISSING: Any = object()


class TaskResult:
    """One task instance after the run."""

    def __init__(self, run: RunRecord, row: TaskInstanceRecord, store: Store, logs: Path) -> None:
        self._run = run
        self._row = row
        self._store = store
        self._logs = logs
        self.task_id: str = row.task_id
        #: -1 for a task that is not mapped.
        self.map_index: int = row.map_index
        #: success, failed, skipped, upstream_failed, removed …; None when nothing was decided.
        self.state: str | None = row.state.value or None
        self.try_number: int = row.try_number
        self.start_date: datetime | None = row.start_date
        self.end_date: datetime | None = row.end_date
        #: What `map_index_template` gave.
        self.map_name: str | None = row.rendered_map_index

    @property
    def name(self) -> str:
        """`task_id`, or `task_id[3]`."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"

    @cached_property
    def xcoms(self) -> dict[str, Any]:
        """Everything that the task pushed, by key."""
        from ostro.sdk import serde
        from ostro.store import xcoms
        from ostro.store.views import rest_xcoms
        from ostro.store.views.filters import OneOf, Page

        run = self._run
        with self._store.read() as tx:
            mine = [
                OneOf("dag_id", (run.dag_id,)),
                OneOf("run_id", (run.run_id,)),
                OneOf("task_id", (self.task_id,)),
                OneOf("map_index", (self.map_index,)),
            ]
            rows, _ = rest_xcoms.list_xcoms(tx, mine, Page(limit=10_000), total=False)
            found = {
                row.key: xcoms.get_one(tx, run.dag_id, run.run_id, self.task_id, row.key, self.map_index)
                for row in rows
            }
        return {key: serde.loads(value) for key, value in found.items() if value is not None}

    @property
    def value(self) -> Any:
        """What the task returned; None when it returned nothing."""
        return self.xcoms.get(RETURN_VALUE)

    @cached_property
    def rendered(self) -> dict[str, Any]:
        """The template fields as the task saw them, as JSON values; secrets are masked."""
        from ostro.store import rendered

        with self._store.read() as tx:
            fields = rendered.get(tx, self._row.id)
        found: dict[str, Any] = json.loads(fields) if fields else {}
        return found

    @cached_property
    def reason(self) -> str:
        """Why it is in its state, in a sentence: also of a task whose process never began, and which has no log."""
        from ostro.store import instances

        with self._store.read() as tx:
            return instances.last_reason(tx, self._row.id)

    @property
    def log(self) -> str:
        """The log of the last try, as text."""
        return self.log_of(self.try_number)

    def log_of(self, try_number: int) -> str:
        """The log of one try, as text; empty when there is none."""
        path = log_path(
            self._logs, self._run.dag_id, self._run.run_id, self.task_id, self.map_index, try_number
        )
        if not path.exists():
            return ""
        lines = []
        for line in path.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if not isinstance(entry, dict):
                lines.append(line)
                continue
            lines.append(f"{str(entry.get('level', 'info')).upper():<7} {entry.get('event', '')}")
            if entry.get("exception"):
                lines.append(str(entry["exception"]).rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.state}>"


class RunResult:
    """A run after its end."""

    def __init__(self, run: RunRecord, rows: list[TaskInstanceRecord], store: Store, logs: Path) -> None:
        self.dag_id: str = run.dag_id
        self.run_id: str = run.run_id
        #: success or failed.
        self.state: str = run.state.value
        self.conf: dict[str, Any] = run.conf
        self.logical_date: datetime | None = run.logical_date
        self.data_interval: tuple[datetime | None, datetime | None] = (
            run.data_interval_start,
            run.data_interval_end,
        )
        self.start_date: datetime | None = run.start_date
        self.end_date: datetime | None = run.end_date
        self._callback_log = log_path(logs, run.dag_id, run.run_id, "x", -1, 1).parents[1] / "callbacks.log"
        #: By name: `task_id`, and `task_id[0]`, `task_id[1]` … for a mapped task.
        self.tasks: Mapping[str, TaskResult] = {
            result.name: result
            for result in (TaskResult(run, row, store, logs) for row in sorted(rows, key=lambda row: row.id))
        }

    @property
    def succeeded(self) -> bool:
        """Whether the run ended well."""
        return self.state == "success"

    @property
    def states(self) -> dict[str, str | None]:
        """State of each task instance by name."""
        return {name: task.state for name, task in self.tasks.items()}

    def __getitem__(self, name: str) -> TaskResult:
        """The task instance of a name. Raises KeyError that lists the names there are."""
        found = self.tasks.get(name)
        if found is None:
            raise KeyError(f"{name}; the run has {', '.join(self.tasks) or 'no task'}")
        return found

    def instances(self, task_id: str) -> list[TaskResult]:
        """All instances of a task, by map index. Raises KeyError when there is no such task."""
        found = [task for task in self.tasks.values() if task.task_id == task_id]
        return found or [self[task_id]]

    def xcom(self, task_id: str, key: str = RETURN_VALUE, default: Any = _MISSING) -> Any:
        """One XCom; of a mapped task the list of its instances' values, as `xcom_pull` gives them.

        Raises KeyError when there is none and no default is given.
        """
        found = self.instances(task_id)
        if found[0].map_index >= 0:
            return [task.xcoms[key] for task in found if key in task.xcoms]
        if key in found[0].xcoms:
            return found[0].xcoms[key]
        if default is not _MISSING:
            return default
        raise KeyError(f"{task_id} ({found[0].state}) pushed no {key!r}, but {sorted(found[0].xcoms)}")

    def log(self, name: str) -> str:
        """The log of a task's last try, as text."""
        return self[name].log

    def rendered(self, name: str) -> dict[str, Any]:
        """The template fields of a task as it saw them."""
        return self[name].rendered

    @property
    def callback_log(self) -> str:
        """What the run's callbacks wrote, one JSON object a line."""
        return self._callback_log.read_text(errors="replace") if self._callback_log.exists() else ""

    def report(self) -> str:
        """States, and of each task that failed why, and the end of its log: what a failed test should show."""
        lines = [f"{self.dag_id} {self.run_id}: {self.state}"]
        lines += [f"  {name:<40} {state}" for name, state in self.states.items()]
        for task in self._failed():
            lines += ["", f"{task.name} failed: {task.reason or 'nobody said why'}"]
            shown = task.log.splitlines()[-SHOWN_LINES:]
            lines.append(f"log of {task.name} (try {task.try_number}):" if shown else "it has no log")
            lines += [f"  {line}" for line in shown]
        return "\n".join(lines)

    def _failed(self) -> Iterator[TaskResult]:
        return (task for task in self.tasks.values() if task.state == "failed")

    def __repr__(self) -> str:
        return f"<{self.dag_id} {self.run_id}: {self.state}; {self.states}>"


__all__ = ["RunResult", "TaskResult"]
