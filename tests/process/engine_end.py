"""The engine's end of real processes, for tests: a local executor driven by hand."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ostro.executors.base import Asked, Available, Died, Event, FileBroken, Place, Reported
from ostro.executors.local import LocalExecutor
from ostro.protocol.task import CallbackOrder, Done, FileRef, RunInfo, TaskOrder, Value
from ostro.worker.processes import LocalProcesses, WorkerConfig
from support.logs import Followed

#: Longest wait for anything, in seconds. Machines of CI are slow.
PATIENCE = 60.0

HEADER = """
import os, signal, sys, time, subprocess
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

dag = DAG("d", schedule=None, start_date=datetime(2024, 1, 1))

def task(function):
    PythonOperator(task_id=function.__name__, python_callable=function, dag=dag)
    return function
"""


class EngineEnd:
    """What the scheduler would be, as far as processes are concerned."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder
        self.dags = folder / "dags"
        self.dags.mkdir(exist_ok=True)
        self.warnings: list[str] = []
        self.processes = LocalProcesses(
            WorkerConfig(run_folder=str(folder / "run"), **config), warn=self.warnings.append
        )
        self.executor = LocalExecutor(self.processes, slots=8, hostname="here")
        self.executor.start()
        self.seen: list[Event] = []
        #: Questions are answered with this.
        self.value: Any = None
        self._count = 0
        self._logs: dict[str, Followed] = {}

    # ---- files and orders

    def file(self, source: str, name: str = "f.py", fingerprint: str = "") -> FileRef:
        """Write a DAG file: HEADER and `source`."""
        (self.dags / name).write_text(HEADER + source)
        return FileRef(folder=str(self.dags), path=name, fingerprint=fingerprint)

    def log_path(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def log(self, name: str) -> list[dict[str, Any]]:
        """Lines of an attempt's log so far."""
        if name not in self._logs:
            self._logs[name] = Followed(self.log_path(name))
        return self._logs[name].entries()

    def texts(self, name: str) -> list[str]:
        return [line["event"] for line in self.log(name)]

    # ---- driving

    def step(self, longest: float = 0.2) -> list[Event]:
        """Wait for something, or `longest` seconds, and handle it; questions are answered."""
        wakeup = self.executor.next_wakeup()
        timeout = longest if wakeup is None else max(0.0, min(longest, wakeup - time.monotonic()))
        select.select(list(self.executor.filenos()), [], [], timeout)
        events = self.executor.pump()
        for event in events:
            if isinstance(event, Asked):
                answer = Value(seq=event.question.seq, data=self.value)
                if type(event.question).__name__ in ("CallbacksRan", "SetXCom", "Rendered"):
                    self.executor.answer(event.place_id, Done(seq=event.question.seq))
                else:
                    self.executor.answer(event.place_id, answer)
        self.seen += events
        return events

    def until(self, fact: Callable[[], Any], what: str = "") -> Any:
        """Drive until `fact` gives something truthy."""
        end = time.monotonic() + PATIENCE
        while True:
            value = fact()
            if value:
                return value
            assert time.monotonic() < end, (
                f"not within {PATIENCE:g} s: {what or fact}; seen {self.seen[-10:]}"
            )
            self.step()

    def rest(self, seconds: float) -> None:
        """Drive for a while in which nothing is expected."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.step(left)

    def place(self, file: FileRef) -> Place:
        """A warm process of the file."""
        return self.until(lambda: self.executor.reserve(file), "a place")  # type: ignore[no-any-return]

    def start(self, file: FileRef, task_id: str, name: str | None = None) -> Place:
        """Launch an attempt of a task; its id and log are named `name` (default: the task's id)."""
        place = self.place(file)
        self.executor.launch(place, self.order(file, task_id, name or task_id))
        return place

    def order(self, file: FileRef, task_id: str, name: str) -> TaskOrder:
        return TaskOrder(
            attempt_id=name,
            file=file,
            run=self.run_info(),
            task_id=task_id,
            try_number=1,
            max_tries=0,
            log_path=str(self.log_path(name)),
            start_date=datetime.now(UTC),
        )

    def callback_order(self, file: FileRef, number: int, kind: str = "dag_success") -> CallbackOrder:
        return CallbackOrder(
            callback_id=number,
            file=file,
            run=self.run_info(),
            kind=kind,
            log_path=str(self.log_path(f"callback-{number}")),
        )

    def run_info(self) -> RunInfo:
        now = datetime.now(UTC)
        return RunInfo(
            dag_id="d", run_id="r", run_type="manual", state="running", run_after=now, logical_date=now
        )

    # ---- what comes of it

    def result(self, name: str) -> Reported:
        """The reported result of an attempt."""
        return self.until(  # type: ignore[no-any-return]
            lambda: next(
                (e for e in self.seen if isinstance(e, Reported) and e.result.attempt_id == name), None
            ),
            f"a result of {name}",
        )

    def finish(self, name: str, **done: Any) -> Reported:
        """Wait for the result and answer it."""
        reported = self.result(name)
        self.executor.answer(reported.place_id, Done(seq=reported.result.seq, state="success", **done))
        return reported

    def death(self, name: str) -> dict[str, Any]:
        """The cause of an attempt's death."""
        found = self.until(
            lambda: next((e for e in self.seen if isinstance(e, Died) and e.attempt_id == name), None),
            f"the death of {name}",
        )
        cause: dict[str, Any] = found.cause
        return cause

    def broken(self) -> FileBroken:
        return self.until(  # type: ignore[no-any-return]
            lambda: next((e for e in self.seen if isinstance(e, FileBroken)), None), "a broken file"
        )

    def deaths(self) -> list[str]:
        return [e.attempt_id for e in self.seen if isinstance(e, Died)]

    def available(self) -> int:
        return sum(isinstance(e, Available) for e in self.seen)

    def wait_text(self, name: str, text: str) -> None:
        """Wait until a line with this text is in an attempt's log."""
        self.until(lambda: any(text in line for line in self.texts(name)), f"{text!r} in the log of {name}")

    def host_pid(self) -> int:
        """The process of the one host."""
        return self.until(lambda: next(iter(self.processes.hosts.pids()), 0), "a host")  # type: ignore[no-any-return]

    def nursery_pid(self) -> int:
        return self.until(lambda: self.processes.nursery.pid, "a nursery")  # type: ignore[no-any-return]

    def close(self, *, leave_running: bool = False) -> None:
        self.executor.close(leave_running=leave_running)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descriptors(pid: int | str) -> set[str]:
    """Open descriptors of a process and what they are."""
    folder = f"/proc/{pid}/fd"
    found = set()
    for name in os.listdir(folder):
        try:
            found.add(f"{name} {os.readlink(f'{folder}/{name}')}")
        except OSError:
            continue
    return found


def children(pid: int) -> list[int]:
    """Child processes."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def ended(folder: Path) -> Iterator[EngineEnd]:
    """A fixture's body: an engine end that leaves nothing behind."""
    end = EngineEnd(folder)
    try:
        yield end
    finally:
        end.close()
