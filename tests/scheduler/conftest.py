"""An engine with a real store, and in place of processes and files what a test says happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ostro.executors.base import Available, Died, Event, Place, Reported
from ostro.loader import LoaderRound
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import Answer, CallbackOrder, Failed, FileRef, Result, Succeeded, TaskOrder
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.loop import Engine
from ostro.spec import DagSpec, encode
from ostro.states import RunType
from ostro.store import Cipher, NewRun, Store, instances, runs, sealed, specs
from store.conftest import postgresql_template, sqlite_template, store_url

__all__ = ["postgresql_template", "sqlite_template", "store_url"]

FILE = FileRef(folder="/dags", path="one.py", fingerprint="1")
START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = START
        self.mono = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.mono

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.mono += seconds


class RecordingExecutor:
    """Has room for `room` processes; keeps what it was told, says what the test tells it."""

    name = "recording"

    def __init__(self, slots: int = 32) -> None:
        self.slots = slots
        self.room = slots
        self.orders: dict[str, tuple[int, TaskOrder]] = {}
        self.callbacks: list[CallbackOrder] = []
        self.answers: dict[int, list[Answer]] = {}
        self.stopped: list[tuple[str, dict[str, Any]]] = []
        self.events: list[Event] = []
        self.alive: set[str] = set()
        self.discarded: list[Place] = []
        self._places = 0
        #: Whether launched processes write the first line of their log.
        self.begins = True

    def start(self) -> None: ...

    def expect(self, file: FileRef, count: int) -> None: ...

    def reserve(self, file: FileRef) -> Place | None:
        if self.room <= 0:
            return None
        self.room -= 1
        self._places += 1
        return Place(id=self._places, pid=1000 + self._places, pid_birth=self._places, hostname="here")

    def launch(self, place: Place, order: TaskOrder | CallbackOrder) -> None:
        if isinstance(order, CallbackOrder):
            self.callbacks.append(order)
        else:
            # As a process does first of all.
            if self.begins:
                Path(order.log_path).parent.mkdir(parents=True, exist_ok=True)
                Path(order.log_path).write_text(f'{{"event":"Attempt started","pid":{place.pid},"x":1}}\n')
            self.orders[order.attempt_id] = (place.id, order)

    def release(self, place: Place) -> None:
        self.room += 1

    def discard(self, place: Place) -> None:
        self.room += 1
        self.discarded.append(place)

    def answer(self, place_id: int, answer: Answer) -> None:
        self.answers.setdefault(place_id, []).append(answer)

    def adopt(self, attempts: Sequence[tuple[str, int, int]]) -> list[str]:
        return [a for a, _, _ in attempts if a not in self.alive]

    def lives(self, pid: int, pid_birth: int) -> bool:
        return True

    def stop_attempt(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        self.stopped.append((attempt_id, cause))

    def retire(self, files: Iterable[FileRef]) -> None: ...

    def pump(self) -> list[Event]:
        found, self.events = self.events, []
        return found

    def filenos(self) -> Iterable[int]:
        return ()

    def next_wakeup(self) -> float | None:
        return None

    def close(self, *, leave_running: bool) -> None: ...

    # -- for tests

    def running(self) -> dict[str, str]:
        """task id (with map index) -> attempt id of what was launched and has not ended."""
        return {_name(order): attempt for attempt, (_, order) in self.orders.items()}

    def succeed(self, task: str, **more: Any) -> None:
        self._report(task, Succeeded, **more)

    def fail(self, task: str, **more: Any) -> None:
        self._report(task, Failed, **more)

    def die(self, task: str) -> None:
        attempt = self.running()[task]
        place, _ = self.orders.pop(attempt)
        self.room += 1
        self.events.append(
            Died(place, attempt, {"kind": "signal", "text": "killed by signal 9", "signal": 9})
        )

    def _report(self, task: str, kind: type[Result], **more: Any) -> None:
        attempt = self.running()[task]
        place, order = self.orders.pop(attempt)
        self.room += 1
        end = more.pop("end_date", order.start_date)
        self.events.append(Reported(place, kind(seq=1, attempt_id=attempt, end_date=end, **more)))
        self.events.append(Available(order.file))


class ToldLoader:
    """Says that files were parsed when the test says so."""

    def __init__(self) -> None:
        self.round = LoaderRound()
        #: The version that the bundle's folder is at, and folders of versions that are there.
        self.version: str | None = None
        self.folders: dict[str, str] = {}

    def parsed(self, *dags: DagSpec, file: FileRef = FILE) -> None:
        found = [ParsedDag(d.dag_id, encode(d)) for d in dags]
        self.round = LoaderRound(parsed=[(file, Parsed(job=1, dags=found, source="# source"))])

    def run_once(self, now: datetime) -> LoaderRound:
        found, self.round = self.round, LoaderRound()
        return found

    def filenos(self) -> Iterable[int]:
        return ()

    def next_wakeup(self) -> float | None:
        return None

    def restore(self, rows: Any) -> None: ...

    def file_ref(self, path: str, bundle: str | None = None) -> FileRef:
        return FILE

    def has_versions(self, bundle: str) -> bool:
        return self.version is not None or bool(self.folders)

    def version_of(self, bundle: str) -> str | None:
        return self.version

    def url_of(self, bundle: str, version: str) -> str | None:
        return f"https://example.org/{version}"

    def folder_of(self, bundle: str, version: str) -> str | None:
        return self.folders.get(version)

    def variable_changed(self, key: str) -> None: ...

    def values_changed(self) -> None: ...

    def close(self) -> None: ...


class Bench:
    """Everything around one engine under test."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store.open(url)
        self.store.migrate()
        self.clock = FakeClock()
        self.folder = folder
        self.executor = RecordingExecutor()
        self.loader = ToldLoader()
        self.cipher = Cipher([Cipher.new_key()])
        sealed.use(self.store, lambda: self.cipher)
        self.engine = self.new_engine()

    def new_engine(self, **config: Any) -> Engine:
        settings = SchedulerConfig(log_folder=self.folder, hostname="here", unpause_new=True, **config)
        engine = Engine(
            self.store, self.executor, self.loader, [], settings, self.clock, self.cipher, lambda event: None
        )
        engine.files.is_as_parsed = lambda file: True  # type: ignore[method-assign]
        return engine

    def turn(self, times: int = 1) -> None:
        """Turn until the engine has nothing more to do at this moment."""
        for _ in range(times):
            for _ in range(50):
                if self.engine.turn() != 0.0:
                    break

    def add(self, *dags: DagSpec) -> None:
        self.loader.parsed(*dags)
        self.turn()

    def trigger(self, dag_id: str, run_id: str = "r1", **more: Any) -> int:
        """As a command does: a queued run, then the engine is woken."""
        with self.store.begin() as tx:
            version = specs.current_version(tx, dag_id)
            assert version is not None
            new = NewRun(
                dag_id=dag_id,
                run_id=run_id,
                run_type=RunType.MANUAL,
                run_after=self.clock.now(),
                version_id=version,
                queued_at=self.clock.now(),
                **more,
            )
            (record,) = runs.create_runs(tx, [new])
        assert record is not None
        self.engine.wake([record.id], [])
        self.turn()
        return record.id

    def states(self, run: int) -> dict[str, str]:
        with self.store.read() as tx:
            return {_name(r): r.state.value for r in instances.load_instances(tx, [run])}

    def run_state(self, run: int) -> str:
        with self.store.read() as tx:
            return runs.load_runs(tx, [run])[0].state.value


def _name(thing: Any) -> str:
    return thing.task_id if thing.map_index < 0 else f"{thing.task_id}[{thing.map_index}]"


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(store_url, tmp_path)
    yield made
    made.store.dispose()
