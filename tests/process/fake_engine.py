"""The engine's end of a socket pair, speaking the real protocol, and attempts in forked processes against it."""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ostro.protocol import task as p
from ostro.protocol.frames import Unpacker, pack
from ostro.runtime.channel import Channel
from ostro.runtime.logs import TaskLog
from ostro.runtime.run_task import run_callback, run_task

DATE = datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC)


def run_info(dag_id: str = "d", **fields: Any) -> p.RunInfo:
    """A manual run at DATE."""
    known: dict[str, Any] = {
        "run_id": "conf_1",
        "run_type": "manual",
        "state": "running",
        "run_after": DATE,
        "logical_date": DATE,
        "data_interval_start": DATE,
        "data_interval_end": DATE,
        "start_date": DATE,
    }
    return p.RunInfo(dag_id=dag_id, **(known | fields))


def task_order(log_path: str, run: p.RunInfo, task_id: str = "t", **fields: Any) -> p.TaskOrder:
    """The first try of a task."""
    known: dict[str, Any] = {"try_number": 1, "max_tries": 0, "start_date": DATE, "hostname": "here"}
    file = p.FileRef(folder="/dags", path="f.py")
    return p.TaskOrder(
        attempt_id="a-1", file=file, run=run, task_id=task_id, log_path=log_path, **(known | fields)
    )


class Engine:
    """Answers questions from plain dicts."""

    def __init__(self) -> None:
        self.xcoms: dict[tuple[str, str, str, int], bytes] = {}  # run id, task id, key, map index
        self.variables: dict[str, str] = {}
        self.connections: dict[str, dict[str, Any]] = {}
        self.runs: list[dict[str, Any]] = []
        self.instances: list[dict[str, Any]] = []
        self.state: dict[Any, bytes] = {}
        self.asked: list[Any] = []
        self.results: list[Any] = []
        self.callbacks_ran: list[p.CallbacksRan] = []
        #: What Done says of a result.
        self.state_after: Callable[[Any], str | None] = state_after
        self.callback_ids: list[int] = []
        #: Run id that results belong to.
        self.current_run = "conf_1"
        self.refuse: int | None = None

    def serve(self, sock: socket.socket) -> None:
        """Answer until the process closes its end."""
        unpacker = Unpacker(p.FromProcess)
        while data := sock.recv(1 << 16):
            for message in unpacker.feed(data):
                answer = self.answer(message)
                if answer is not None:
                    try:
                        sock.sendall(pack(answer))
                    except BrokenPipeError:
                        return

    def answer(self, m: Any) -> Any:
        if isinstance(m, (p.Ready, p.Resume)):
            return None
        self.asked.append(m)
        if self.refuse is not None:
            return p.Refused(seq=m.seq, code=self.refuse, text="this attempt is not the current one")
        if isinstance(m, p.Result):
            self.results.append(m)
            for row in m.xcoms:
                self._put(m, row)
            return p.Done(seq=m.seq, state=self.state_after(m), callback_ids=self.callback_ids)
        if isinstance(m, p.CallbacksRan):
            self.callbacks_ran.append(m)
            return p.Done(seq=m.seq)
        return getattr(self, f"_{type(m).__name__}")(m)

    def _put(self, m: Any, row: Any) -> None:
        self.xcoms[getattr(m, "run_id", self.current_run), row.task_id, row.key, row.map_index] = row.value

    def _SetXCom(self, m: p.SetXCom) -> Any:
        self._put(m, m.row)
        return p.Done(seq=m.seq)

    def _GetXCom(self, m: p.GetXCom) -> Any:
        data = self.xcoms.get((m.run_id, m.task_id, m.key, m.map_index))
        return p.Value(seq=m.seq, found=data is not None, data=data)

    def _rows(self, m: Any) -> list[Any]:
        found = [(k[3], v) for k, v in self.xcoms.items() if k[:3] == (m.run_id, m.task_id, m.key)]
        return sorted(found)

    def _GetXComs(self, m: p.GetXComs) -> Any:
        return p.Value(seq=m.seq, data=self._rows(m)[m.start : m.stop])

    def _CountXComs(self, m: p.CountXComs) -> Any:
        return p.Value(seq=m.seq, data=len(self._rows(m)))

    def _GetVariable(self, m: p.GetVariable) -> Any:
        return p.Value(seq=m.seq, found=m.key in self.variables, data=self.variables.get(m.key))

    def _SetVariable(self, m: p.SetVariable) -> Any:
        self.variables[m.key] = m.value
        return p.Done(seq=m.seq)

    def _DeleteVariable(self, m: p.DeleteVariable) -> Any:
        return p.Value(seq=m.seq, data=self.variables.pop(m.key, None) is not None)

    def _GetConnection(self, m: p.GetConnection) -> Any:
        data = self.connections.get(m.conn_id)
        return p.Value(seq=m.seq, found=data is not None, data=data)

    def _GetState(self, m: p.GetState) -> Any:
        data = self.state.get((m.asset, m.key))
        return p.Value(seq=m.seq, found=data is not None, data=data)

    def _SetState(self, m: p.SetState) -> Any:
        self.state[m.asset, m.key] = m.value
        return p.Done(seq=m.seq)

    def _DeleteState(self, m: p.DeleteState) -> Any:
        self.state = {k: v for k, v in self.state.items() if k[0] != m.asset or m.key not in (None, k[1])}
        return p.Done(seq=m.seq)

    def _PutDeadline(self, m: p.PutDeadline) -> Any:
        return p.Done(seq=m.seq)

    def _GetAssets(self, m: p.GetAssets) -> Any:
        """All are there and active."""
        return p.Value(seq=m.seq, data=[[name or uri, uri or name, "asset", {}] for name, uri in m.keys])

    def _FindRuns(self, m: p.FindRuns) -> Any:
        return p.Value(seq=m.seq, data=self.runs[: m.limit])

    def _FindTaskInstances(self, m: p.FindTaskInstances) -> Any:
        return p.Value(seq=m.seq, data=self.instances)


def state_after(result: Any) -> str | None:
    """What the real engine says when no tries are left."""
    return {
        "Succeeded": "success",
        "Skipped": "skipped",
        "Failed": "failed",
        "Rescheduled": "up_for_reschedule",
        "Deferred": "deferred",
    }.get(type(result).__name__)


@dataclass
class Ended:
    """An attempt that is over."""

    engine: Engine
    status: int
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def result(self) -> Any:
        """The one result."""
        assert len(self.engine.results) == 1, (self.engine.results, self.lines)
        return self.engine.results[0]

    def value(self, key: str = "return_value") -> Any:
        """An XCom of the result, read as JSON."""
        rows = {row.key: row.value for row in self.result.xcoms}
        return json.loads(rows[key])

    @property
    def events(self) -> list[str]:
        """Texts of the log."""
        return [line["event"] for line in self.lines]

    def said(self, text: str) -> dict[str, Any]:
        """The line of the log that holds the text."""
        found = [line for line in self.lines if text in line["event"]]
        assert found, self.events
        return found[0]


class Attempts:
    """Forks attempts of the DAGs it is given, one after the other, against one engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine()
        self.count = 0

    def start(self, work: Callable[[Channel, TaskLog], None]) -> tuple[int, socket.socket, str]:
        """Fork a process that does the work; its pid, the engine's end of its connection, its log."""
        self.count += 1
        path = str(self.folder / f"log{self.count}" / "attempt.log")
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            return pid, ours, path
        status = 99
        try:
            ours.close()
            os.setsid()
            work(Channel("/nowhere", theirs, patience=0.1), TaskLog(path))
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)

    def finish(self, pid: int, sock: socket.socket, path: str) -> Ended:
        """Serve to the end and collect."""
        with sock:
            self.engine.serve(sock)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
        return Ended(self.engine, status, lines)

    def run(
        self, dag: Any, task_id: str = "t", *, run: Mapping[str, Any] | None = None, **fields: Any
    ) -> Ended:
        """One attempt of a task."""
        self.engine.results.clear()
        info = run_info(dag.dag_id, **(run or {}))

        def work(channel: Channel, log: TaskLog) -> None:
            run_task(task_order(log.path, info, task_id, **fields), {dag.dag_id: dag}, channel, log)

        return self.finish(*self.start(work))

    def call_back(self, dag: Any, kind: str, **fields: Any) -> Ended:
        """One callback order."""
        info = run_info(dag.dag_id)

        def work(channel: Channel, log: TaskLog) -> None:
            order = p.CallbackOrder(
                callback_id=7, file=p.FileRef(folder="/dags", path="f.py"), run=info, kind=kind, **fields
            )
            run_callback(order, {dag.dag_id: dag}, channel, log)

        return self.finish(*self.start(work))
