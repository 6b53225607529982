"""The local executor alone, without scheduler and database: a chain of 40 and 200 beside each other."""

from __future__ import annotations

import argparse
import json
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ostro.executors.base import Asked, Available, Died, Event, FileBroken, Reported
from ostro.executors.local import LocalExecutor
from ostro.protocol.task import Done, FileRef, RunInfo, TaskOrder
from ostro.worker.processes import LocalProcesses, WorkerConfig

DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

with DAG("bench", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="task", python_callable=fib, op_args=[10])
"""


class Bench:
    """An executor with one file, driven as the scheduler does."""

    def __init__(self, folder: Path, *, slots: int) -> None:
        (folder / "dags").mkdir()
        (folder / "dags" / "bench.py").write_text(DAG)
        self.folder = folder
        self.file = FileRef(folder=str(folder / "dags"), path="bench.py")
        config = WorkerConfig(run_folder=str(folder / "run"))
        self.executor = LocalExecutor(
            LocalProcesses(config, warn=lambda text: print(text, file=sys.stderr)),
            slots=slots,
            hostname="bench",
        )
        self.executor.start()
        now = datetime.now(UTC)
        self.run = RunInfo(dag_id="bench", run_id="run", run_type="manual", state="running", run_after=now)
        self.count = 0

    def wait(self, longest: float = 60.0) -> list[Event]:
        wakeup = self.executor.next_wakeup()
        timeout = longest if wakeup is None else max(0.0, min(longest, wakeup - time.monotonic()))
        select.select(list(self.executor.filenos()), [], [], timeout)
        return self.executor.pump()

    def rest(self, seconds: float) -> None:
        """Let things settle."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.wait(left)

    def launch(self) -> bool:
        place = self.executor.reserve(self.file)
        if place is None:
            return False
        self.count += 1
        name = f"attempt-{self.count}"
        self.executor.launch(
            place,
            TaskOrder(
                attempt_id=name,
                file=self.file,
                run=self.run,
                task_id="task",
                try_number=1,
                max_tries=0,
                log_path=str(self.folder / "logs" / f"{name}.log"),
                start_date=datetime.now(UTC),
            ),
        )
        return True

    def work(self, total: int, width: int) -> float:
        """Seconds for `total` attempts, at most `width` at once."""
        begin = time.perf_counter()
        finished = running = started = 0
        told = 0
        while finished < total:
            # As the scheduler: start what can be, tell how many more could be.
            while started < total and running < width and self.launch():
                started += 1
                running += 1
            room = min(total - started, width - running)
            if room and room != told:
                self.executor.expect(self.file, room)
            told = room
            for event in self.wait():
                if isinstance(event, Reported):
                    self.executor.answer(event.place_id, Done(seq=event.result.seq, state="success"))
                    finished += 1
                    running -= 1
                elif isinstance(event, Asked):
                    self.executor.answer(event.place_id, Done(seq=event.question.seq))
                elif isinstance(event, (Died, FileBroken)):
                    raise SystemExit(f"a task died: {event}")
                else:
                    assert isinstance(event, Available)
        return time.perf_counter() - begin


@contextmanager
def bench(*, slots: int) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        made = Bench(Path(name), slots=slots)
        try:
            yield made
        finally:
            made.executor.close(leave_running=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--slots", type=int, default=32)
    parser.add_argument(
        "--stand-in", action="store_true", help="a runner of three lines instead of the real one"
    )
    args = parser.parse_args()
    out = {}
    with bench(slots=args.slots) as b:
        b.work(10, 2)
        for name, total, width in (("chain40", 40, 1), ("wide200", 200, args.slots)):
            values = []
            for _ in range(args.runs):
                values.append(b.work(total, width))
                b.rest(0.3)
            out[name] = {"median": round(statistics.median(values), 4), "min": round(min(values), 4)}
    print(json.dumps({"bench": "executor", **out}))


if __name__ == "__main__":
    main()
