"""What the fault journeys share: DAG files whose tasks misbehave on purpose, and looks at what became of them."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from support import ledger
from support.deadline import wait_for
from support.invariants import violations
from support.standalone import Standalone

#: Begins a DAG file: `note` of the ledger, `mark(word)` for callbacks, `wait_for_gate(name)` for bodies that last.
SOURCE = (
    ledger.SOURCE
    + """
from datetime import datetime, timedelta
from pathlib import Path
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.python import PythonOperator

FOLDER = Path(os.environ["LEDGER"]).parent

def mark(word):
    fd = os.open(FOLDER / "marks", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{word}\\n".encode())
    os.close(fd)

def called(word):
    def callback(context):
        if "ti" in context and context["ti"] is not None:
            mark(f"{word} {context['ti'].dag_id} {context['ti'].task_id} {context['ti'].try_number}")
        else:
            mark(f"{word} {context['dag_run'].dag_id}")
    return callback

CALLBACKS = dict(
    on_failure_callback=called("failure"), on_success_callback=called("success"), on_retry_callback=called("retry"),
)

def wait_for_gate(name):
    while not (FOLDER / name).exists():
        time.sleep(0.02)

def one(dag_id, body, *, retries=0, dag_args=None, **args):
    with DAG(dag_id, schedule=None, start_date=datetime(2024, 1, 1), **(dag_args or {})):
        PythonOperator(
            task_id="one", python_callable=body, retries=retries, retry_delay=timedelta(0), **CALLBACKS, **args
        )

def gated():
    from airflow.sdk import get_current_context
    ti = get_current_context()["ti"]
    note("start")
    wait_for_gate(f"gate-{ti.dag_id}-{ti.try_number}")
    note("end")
"""
)

#: A chain of five short tasks, of which several runs are load.
LOAD = (
    SOURCE
    + """
with DAG("load", schedule=None, start_date=datetime(2024, 1, 1)):
    before = None
    for n in range(5):
        @task(task_id=f"t{n}", retries=2, retry_delay=timedelta(0))
        def step():
            note("start")
            time.sleep(0.05)
            note("end")
        now = step()
        if before is not None:
            before >> now
        before = now
"""
)


class Faulty:
    """A standalone with tasks that misbehave, and their ledger."""

    def __init__(self, ostro: Standalone, folder: Path, url: str) -> None:
        self.ostro = ostro
        self.folder = folder
        self.url = url

    @property
    def spans(self) -> dict[ledger.Key, list[ledger.Span]]:
        return ledger.read(self.folder / "ledger")

    def bodies(self, dag_id: str, run_id: str, task_id: str = "one") -> list[ledger.Span]:
        """Starts of a task's body, as the ledger has them."""
        return self.spans.get((dag_id, run_id, task_id, -1), [])

    def open_gate(self, name: str, try_number: int | None = 1) -> None:
        """Let a gated body go on, or whatever waits for the gate of this name."""
        (self.folder / (f"gate-{name}" if try_number is None else f"gate-{name}-{try_number}")).touch()

    def close_gates(self) -> None:
        """Gated bodies wait again."""
        for gate in self.folder.glob("gate-*"):
            gate.unlink()

    def start(self, dag_id: str, tries: int = 1) -> tuple[str, int]:
        """Trigger a DAG; its run and the pid of its task once the body runs."""
        self.ostro.wait_dag(dag_id)
        run_id = self.ostro.trigger(dag_id)
        return run_id, self.pid(dag_id, run_id, tries)

    def pid(self, dag_id: str, run_id: str, tries: int = 1) -> int:
        """The process of the body that was started as the `tries`-th."""
        bodies = wait_for(
            lambda: b if len(b := self.bodies(dag_id, run_id)) >= tries else None,
            what=f"start {tries} of {dag_id}",
        )
        return bodies[tries - 1].pid

    def run(self, dag_id: str, seconds: float = 60) -> str:
        """Trigger a DAG and wait for its success."""
        self.ostro.wait_dag(dag_id)
        run_id = self.ostro.trigger(dag_id)
        self.succeeds(dag_id, run_id, seconds)
        return run_id

    def succeeds(self, dag_id: str, run_id: str, seconds: float = 60) -> None:
        """Wait for the end of a run, which must be a success."""
        run = self.ostro.wait_run(dag_id, run_id, seconds)
        assert run["state"] == "success", (run, self.tries(dag_id, run_id), self.log(dag_id, run_id))

    def fails(self, dag_id: str, run_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for the end of a run, which must be a failure; the cause of its task's last try."""
        run = self.ostro.wait_run(dag_id, run_id, seconds)
        assert run["state"] == "failed", run
        cause = self.tries(dag_id, run_id)[-1]["cause"]
        assert isinstance(cause, dict), cause
        return cause

    def tries(self, dag_id: str, run_id: str, task_id: str = "one") -> list[dict[str, Any]]:
        """All tries of a task, the first one first, each with its cause of death."""
        client = self.ostro.client
        assert client is not None
        answer = client.get(f"/ui/dags/{dag_id}/runs/{run_id}/tasks/{task_id}")
        answer.raise_for_status()
        return sorted(answer.json()["tries"], key=lambda t: int(t["try_number"]))

    def log(
        self, dag_id: str, run_id: str, try_number: int = 1, task_id: str = "one"
    ) -> list[dict[str, Any]]:
        """The whole log of one try."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        lines: list[dict[str, Any]] = self.ostro.get(path, full_content=True)["content"]
        return lines

    def last_words(self, dag_id: str, run_id: str, try_number: int = 1) -> str:
        """Text of the last line of an attempt; callbacks, which run after it, write behind it."""
        lines = [str(line["event"]) for line in self.log(dag_id, run_id, try_number)]
        ends = [n for n, text in enumerate(lines) if text.startswith("Callbacks of the ")]
        return lines[ends[0] - 1] if ends else lines[-1]

    def marks(self) -> list[str]:
        """What callbacks left."""
        path = self.folder / "marks"
        return path.read_text().splitlines() if path.exists() else []

    def marked(self, word: str) -> None:
        """Wait until a callback has left this word."""
        wait_for(lambda: word in self.marks(), what=f"callback {word!r}; there are {self.marks()}")

    def nursery(self) -> int:
        """The nursery itself, without what was forked from it."""
        found = self.ostro.processes("ostro.runtime.nursery")
        (pid,) = [p for p in found if name(p) == "ostro-nursery" and os.getsid(p) == p]
        return pid

    def lasting(self) -> list[int]:
        """Engine, web server and nursery: processes that outlive most faults."""
        return [*self.ostro.processes("ostro.assembly"), self.nursery()]

    def check(self) -> None:
        """What must hold after every fault."""
        assert violations(self.url) == []
        spans = self.spans
        assert ledger.overlaps(spans) == []
        assert ledger.twice(spans) == []


def kill(pid: int, signum: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process that must be there."""
    os.kill(pid, signum)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def gone(pid: int, seconds: float = 30) -> None:
    """Wait until a process has ended."""
    wait_for(lambda: not is_alive(pid), seconds=seconds, what=f"end of process {pid}")


def parent(pid: int) -> int:
    """Its parent's pid."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def name(pid: int) -> str:
    """The short name of a process; empty when it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def rows(url: str, query: str, **values: Any) -> list[Any]:
    """Rows of the database itself."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as tx:
            return list(tx.execute(text(query), values))
    finally:
        engine.dispose()
