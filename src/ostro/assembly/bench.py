"""A scheduler over a database that is thrown away, with this process as its only worker.

Variables and Connections are read from the environment and from the product's own database. User code runs in the
main thread of this process; everything else is the real scheduler over the real store.
"""

from __future__ import annotations

import queue
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from ostro import events
from ostro.assembly import keys, parts
from ostro.assembly.inprocess import InProcess, Order
from ostro.assembly.people import People
from ostro.assembly.rehearsal import MovedClock, Rehearsal
from ostro.assembly.triggers import add_triggers, open_thread
from ostro.errors import SettingInvalid, StoreError, UserError
from ostro.loader import LoaderRound
from ostro.protocol.calendar import AnyAsking, AskManual, Moments
from ostro.protocol.parse import Parsed
from ostro.protocol.task import (
    Answer,
    FileRef,
    GetConnection,
    GetVariable,
    ListVariables,
    Succeeded,
    TaskOrder,
)
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.runtime.borrowed import borrowed_process
from ostro.runtime.channel import Channel
from ostro.runtime.logs import TaskLog
from ostro.runtime.run_task import run_callback, run_task
from ostro.scheduler.answers import Answers
from ostro.scheduler.round import Round
from ostro.settings import Settings
from ostro.states import FINISHED, RUN_FINISHED, RunState
from ostro.store import Cipher, Store, instances, runs, sealed, specs

#: Seconds between two looks whether what is waited for has come.
LOOK_EVERY = 0.05


class Bench:
    """A scheduler over a scratch database, with this process as its only worker."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        file: FileRef,
        parsed: Parsed,
        loaded: Any,
        *,
        clock: MovedClock | None = None,
        skips: bool = False,
    ) -> None:
        """`clock`, `skips`: for tests, see `ostro.assembly.rehearsal`."""
        #: Tasks whose id matches this end well without being run.
        self.taken_as_done: re.Pattern[str] | None = None
        #: What user code runs in.
        self.around_order: Callable[[], AbstractContextManager[None]] = nullcontext
        #: Folder of the task logs.
        self.logs = folder / "logs"
        self.clock = clock or MovedClock()
        self.store = Store.open(f"sqlite:///{folder / 'scratch.db'}")
        self.store.migrate()
        cipher = Cipher([Cipher.new_key()])
        sealed.use(self.store, lambda: cipher)
        with self.store.begin() as tx:
            specs.save_parsed(tx, file, parsed, now=self.clock.now(), paused=False)
        self._loaded = loaded
        self.executor = InProcess()
        config = parts.scheduler_config(settings, unpause_new=True)
        own = {"log_folder": self.logs, "parallelism": 1, "makes_scheduled_runs": False}
        config = type(config)(**{**_fields(config), **own})
        loader = _NothingToParse(file, [d.dag_id for d in parsed.dags])
        self.engine = Rehearsal(self.store, self.executor, loader, [], config, self.clock, cipher, _silent)
        self.engine.skips = skips
        self.triggerer = add_triggers(
            self.engine,
            open_thread(self.engine, parts.plugins_folder(settings), settings.parse_defaults()),
        )
        self._product = _ProductAnswers(settings, self.engine.answers)
        self.engine.answers.carry_out = self._product.carry_out  # type: ignore[method-assign]

    def ask_timetable(self, file: FileRef, question: AnyAsking) -> list[Moments]:
        """A run by hand, by a timetable class of the DAG's author; this process may ask it. Raises UserError with what it says."""
        from ostro.runtime.calendar import manual
        from ostro.runtime.imported import Imported
        from ostro.runtime.partition_keys import sentence

        assert isinstance(question, AskManual)  # nothing else is asked without an engine
        dag = Imported(self._loaded).dag(question.dag_id)
        if dag is None:
            raise UserError(f"there is no DAG {question.dag_id!r} in {file.path}")
        try:
            return [manual(dag.timetable, question)]
        except Exception as error:  # the boundary to user code
            raise UserError(sentence(error)) from error

    def drive(self, through: Callable[[], bool], out: TextIO) -> None:
        """Carry out orders in this thread until `through`; the engine turns in another."""
        failed: list[BaseException] = []

        def turn() -> None:
            try:
                self.engine.run()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=turn, name="engine", daemon=True)
        thread.start()
        people = People(self.store, self.clock, self.engine.wake, out)
        try:
            while not through():
                if failed:
                    raise failed[0]
                order = self._next_order()
                if order is not None:
                    self._carry_out(order, out)
                elif self.engine.live.outside:
                    people.look()
        finally:
            self.engine.stop()
            self.executor.task_end.sendall(b"")
            thread.join(timeout=10)

    def _next_order(self) -> Order | None:
        try:
            return self.executor.orders.get(timeout=LOOK_EVERY)
        except queue.Empty:
            return None

    def _carry_out(self, order: Order, out: TextIO) -> None:
        name = _name(order)
        if isinstance(order, TaskOrder) and self.taken_as_done and self.taken_as_done.match(order.task_id):
            print(f"  {name} is taken as done", file=out, flush=True)
            self._take_as_done(order)
            return
        print(f"  {name} …", file=out, flush=True)
        begin = time.monotonic()
        log = _ConsoleLog(order.log_path, out)
        channel = Channel("", self.executor.task_end.dup())
        error: BaseException | None = None
        try:
            with borrowed_process(), self.around_order():
                if isinstance(order, TaskOrder):
                    run_task(order, self._loaded, channel, log)
                else:
                    run_callback(order, self._loaded, channel, log)
        except SystemExit as exit_:
            error = exit_
        finally:
            channel.close()
            log.restore()
            log.close()
            self.executor.finished(order, error)
        print(f"  {name} took {time.monotonic() - begin:.2f} s", file=out, flush=True)

    def _take_as_done(self, order: TaskOrder) -> None:
        channel = Channel("", self.executor.task_end.dup())
        channel.attempt_id = order.attempt_id
        try:
            channel.report(Succeeded(seq=0, end_date=self.clock.now()))
        finally:
            channel.close()
            self.executor.finished(order, None)

    def run_of(self, run: int) -> RunRecord:
        """The run as it is now."""
        with self.store.read() as tx:
            return runs.load_runs(tx, [run])[0]

    def rows(self, run: int) -> list[TaskInstanceRecord]:
        """All task instances of the run."""
        with self.store.read() as tx:
            return instances.load_instances(tx, [run])

    def is_through(self, run: int, task_id: str, map_index: int) -> bool:
        """Whether the instance, or the whole run, has ended."""
        if self.run_of(run).state in RUN_FINISHED:
            return True
        return any(
            r.state in FINISHED for r in self.rows(run) if (r.task_id, r.map_index) == (task_id, map_index)
        )

    def summary(self, run: int, out: TextIO) -> int:
        """Print how everything ended."""
        record = self.run_of(run)
        rows = self.rows(run)
        if not rows:
            print(f"  no task ran: all have a start_date after {record.logical_date}", file=out)
        for row in rows:
            index = f"[{row.map_index}]" if row.map_index >= 0 else ""
            print(f"  {row.task_id + index:<40} {row.state}", file=out)
        print(f"{record.dag_id} {record.run_id}: {record.state}", file=out, flush=True)
        return 0 if record.state is RunState.SUCCESS else 1


@contextmanager
def scratch(
    settings: Settings, file: FileRef, parsed: Parsed, loaded: Any, **options: Any
) -> Iterator[Bench]:
    """A bench with its folder, for as long as the block lasts.

    `loaded` is the imported file (`ostro.runtime.dagfile.LoadedFile`) or a mapping of its DAGs by id; `options` are those
    of Bench.
    """
    with tempfile.TemporaryDirectory(prefix="ostro-test-") as name:
        bench = Bench(settings, Path(name), file, parsed, loaded, **options)
        try:
            yield bench
        finally:
            bench.triggerer.close()
            bench.store.dispose()


class _NothingToParse:
    """In place of the loader: the one file is known."""

    def __init__(self, file: FileRef, dag_ids: list[str]) -> None:
        self._file = file
        self._round = LoaderRound()

    def run_once(self, now: datetime) -> LoaderRound:
        return LoaderRound()

    def filenos(self) -> Iterator[int]:
        return iter(())

    def next_wakeup(self) -> float | None:
        return None

    def restore(self, rows: Any) -> None:
        return None

    def file_ref(self, path: str, bundle: str | None = None) -> FileRef:
        return self._file

    def variable_changed(self, key: str) -> None:
        return None

    def values_changed(self) -> None:
        return None

    def answer(self, job: int, answer: Answer) -> None:
        return None

    def has_versions(self, bundle: str) -> bool:
        return False

    def version_of(self, bundle: str) -> str | None:
        return None

    def url_of(self, bundle: str, version: str) -> str | None:
        return None

    def folder_of(self, bundle: str, version: str) -> str | None:
        return None

    def parse_again(self, path: str | None = None, bundle: str | None = None) -> int:
        return 0

    def close(self) -> None:
        return None


class _ProductAnswers:
    """Variables and Connections come from the product's database, everything else from the scratch one."""

    def __init__(self, settings: Settings, scratch: Answers) -> None:
        self._store = product_store(settings)
        self._scratch = scratch.carry_out
        self._product = Answers(scratch.live, scratch.clock, keys.cipher(settings), lambda key: None)

    def carry_out(self, round_: Round, question: Any) -> Answer:
        """Answer from the product's database where it is asked for what people keep there."""
        if self._store is not None and isinstance(question, GetVariable | GetConnection | ListVariables):
            with self._store.read() as tx:
                return self._product.carry_out(Round(tx, round_.now), question)
        return self._scratch(round_, question)


class _ConsoleLog(TaskLog):
    """Shows each line in the terminal, too."""

    def __init__(self, path: str, out: TextIO) -> None:
        super().__init__(path)
        self._out = out

    def write(self, level: str, event: str, logger: str = "task", **fields: Any) -> None:
        """Append one line and print it, an error with its traceback."""
        super().write(level, event, logger, **fields)
        lines = [f"{level:<7} {self._clean(event)}"]
        lines += self._clean(str(fields.get("exception", ""))).splitlines()
        for line in lines:
            print(f"    {line}", file=self._out, flush=True)


def product_store(settings: Settings) -> Store | None:
    """The product's own database when there is one to read. Raises SettingInvalid when its secrets' key is not here."""
    database = parts.make_store(settings) if settings.home.path.is_dir() else None
    if database is None:
        return None
    try:
        database.check()
    except StoreError:
        database.dispose()
        return None
    try:
        keys.check(settings, database)
    except SettingInvalid:
        database.dispose()
        raise
    return database


def _name(order: Order) -> str:
    if not isinstance(order, TaskOrder):
        return f"callback {order.kind}"
    return order.task_id if order.map_index < 0 else f"{order.task_id}[{order.map_index}]"


def _fields(config: Any) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__struct_fields__}


def _silent(event: events.Event) -> None:
    return None
