"""A loader with real processes and real notices of change, driven as the engine drives it."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from pathlib import Path

from ostro.loader import Bundle, ForkSpawner, Loader, LoaderConfig
from ostro.protocol.parse import FileError, KnownFile, Parsed, ParseOrder
from ostro.protocol.task import FileRef, GetConnection, GetVariable, ListVariables, Value
from ostro.spec import DagSpec, decode

#: A DAG file with one DAG, named by its first argument.
SIMPLE = """
from airflow import DAG
from airflow.operators.empty import EmptyOperator

{before}
with DAG("{dag_id}", schedule=None):
    EmptyOperator(task_id="one")
{after}
"""


class CountingSpawner(ForkSpawner):
    """Counts the processes."""

    spawned = 0

    def spawn(self, order: ParseOrder, sock: socket.socket) -> None:
        self.spawned += 1
        super().spawn(order, sock)


class LoaderBench:
    """Keeps the newest result of each file."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings.setdefault("time_limit", 20.0)
        self.config = LoaderConfig(bundles=(Bundle(folder=str(folder)),), **settings)  # type: ignore[arg-type]
        self.spawner = CountingSpawner()
        self.loader = Loader(self.config, self.spawner)
        self.results: dict[str, Parsed] = {}
        self.refs: dict[str, FileRef] = {}
        self.counts: dict[str, int] = {}
        self.retired: list[str] = []
        self.variables: dict[str, str] = {}

    def write(self, path: str, dag_id: str | None = None, *, before: str = "", after: str = "") -> Path:
        """A DAG file with one DAG and lines around it."""
        text = SIMPLE.format(dag_id=dag_id or Path(path).stem, before=before, after=after)
        return self.put(path, text)

    def put(self, path: str, text: str) -> Path:
        """Any file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Drive the loader until a condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"not within {seconds} s; results of {sorted(self.results)}, {self.errors()}"
            self.turn(min(left, 0.1))

    def turn(self, most: float) -> None:
        """Wait for something to do, for at most so many seconds, and do it."""
        wakeup = self.loader.next_wakeup()
        wait = most if wakeup is None else max(0.0, min(most, wakeup - time.monotonic()))
        select.select(list(self.loader.filenos()), [], [], wait)
        found = self.loader.run_once()
        for file, parsed in found.parsed:
            self.results[file.path] = parsed
            self.refs[file.path] = file
            self.counts[file.path] = self.counts.get(file.path, 0) + 1
        self.retired += [f.path for f in found.retired]
        for asked in found.asked:
            question = asked.question
            assert isinstance(question, (GetVariable, GetConnection, ListVariables))
            value = self.variables.get(question.key) if isinstance(question, GetVariable) else None
            self.loader.answer(asked.job, Value(seq=question.seq, found=value is not None, data=value))

    def settle(self, seconds: float = 60.0) -> None:
        """Drive the loader until it has nothing left to do; fresh files get their second look."""
        self.until(lambda: self.loader.idle, seconds)

    def next_result(self, path: str, seconds: float = 30.0) -> Parsed:
        """The next result of a file."""
        before = self.counts.get(path, 0)
        self.until(lambda: self.counts.get(path, 0) > before, seconds)
        return self.results[path]

    def dags(self, path: str) -> list[str]:
        """Ids of the DAGs of a file."""
        return [d.dag_id for d in self.results[path].dags]

    def spec(self, path: str) -> DagSpec:
        """The first DAG of a file."""
        return decode(self.results[path].dags[0].spec)

    def error(self, path: str) -> FileError:
        """The one error of a file."""
        (error,) = self.results[path].errors
        return error

    def errors(self) -> dict[str, list[str]]:
        """All errors by path."""
        return {p: [e.text for e in r.errors] for p, r in self.results.items() if r.errors}

    def known(self) -> list[KnownFile]:
        """What a database would give back at the next start."""
        return [
            KnownFile(
                bundle=file.bundle,
                path=path,
                fingerprint=file.fingerprint,
                dependencies=list(self.results[path].dependencies),
                dag_ids=self.dags(path),
            )
            for path, file in self.refs.items()
        ]

    def close(self) -> None:
        """End."""
        self.loader.close()
