"""A DAG run, or one task, in the terminal: no engine and no server, state in a database that is thrown away.

User code runs in this process; everything else is the real scheduler over the real store (`ostro.assembly.bench`).
"""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from ostro import commands
from ostro.assembly import keys, parts
from ostro.assembly.bench import Bench, product_store, scratch
from ostro.clock import SystemClock
from ostro.errors import NotFound
from ostro.loader import ForkSpawner, Loader, LoaderRound
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import Done, FileRef, Question, Refused, Value
from ostro.records import RunRecord
from ostro.rules.limits import Limits
from ostro.runtime import dagfile
from ostro.scheduler.answers import Answers
from ostro.scheduler.live import Live, run_info
from ostro.scheduler.round import Round
from ostro.sdk import asking
from ostro.sdk.dag import DAG
from ostro.sdk.dagrun import DagRun
from ostro.sdk.freeze import freeze
from ostro.settings import Settings
from ostro.settings.sources import COMMAND_LINE
from ostro.spec import DagSpec, decode, encode
from ostro.states import RUN_FINISHED, TaskState
from ostro.store import Cipher, Store, instances, specs
from ostro.worker.nursery import clean_environment

#: Seconds that one question to the loader waits for the next event.
PARSE_WAIT = 0.05


def parse_folder(settings: Settings, *, spawner: ForkSpawner | None = None) -> list[tuple[FileRef, Parsed]]:
    """Parse every DAG file of the folder, in processes of their own."""
    clock = SystemClock()
    own = spawner or ForkSpawner(clean_environment({**os.environ, **settings.for_children()}))
    loader = Loader(parts.loader_config(settings), own, clock=clock)
    database = product_store(settings)
    cipher = keys.cipher(settings)
    found: list[tuple[FileRef, Parsed]] = []
    try:
        while not loader.idle:
            round_ = loader.run_once(clock.now())
            found += round_.parsed
            _answer_parse(loader, round_, database, cipher, clock)
            if not loader.idle:
                _wait(loader, clock)
    finally:
        loader.close()
        own.close()
        if database is not None:
            database.dispose()
    return found


def find_dag(settings: Settings, dag_id: str, *, path: Path | None = None) -> tuple[FileRef, Parsed]:
    """The file that holds a DAG: in the folder of the settings, else where the engine has it from.

    A folder that was given on the command line is the only one; `path` is the only file. Raises NotFound with the reason
    when no file does.
    """
    errors = []
    places = [settings]
    for place in places:
        for file, parsed in parse_folder(place):
            if path is not None and Path(file.folder, file.path).resolve() != path.resolve():
                continue
            if any(d.dag_id == dag_id for d in parsed.dags):
                return file, parsed
            errors += [f"{e.path or file.path}: {e.text}" for e in parsed.errors]
        folder = _folder_of_the_engine(settings, dag_id) if place is settings else None
        if folder is not None:
            places.append(replace(settings, core=replace(settings.core, dags_folder=folder)))
    hint = f" (files with errors: {'; '.join(errors[:3])})" if errors else "; another folder: --dags DIR"
    where = f"{path} does not hold" if path is not None else f"no file in {settings.core.dags_folder} holds"
    raise NotFound(f"{where} a DAG {dag_id!r}{hint}")


def _folder_of_the_engine(settings: Settings, dag_id: str) -> Path | None:
    """The folder that the engine of this home was started with, when it holds the DAG and is another one."""
    if settings.origins.get("core.dags_folder") == COMMAND_LINE:
        return None
    database = product_store(settings)
    if database is None:
        return None
    try:
        with database.read() as tx:
            known = specs.dag_summary(tx, dag_id)
    finally:
        database.dispose()
    if known is None or not known["is_active"]:
        return None
    folder = Path(known["fileloc"].removesuffix(f"/{known['relative_fileloc']}"))
    return folder if folder.is_absolute() and folder != settings.core.dags_folder else None


def run_dag(
    settings: Settings,
    dag_id: str,
    *,
    logical_date: datetime | None = None,
    conf: dict[str, Any] | None = None,
    path: Path | None = None,
    taken_as_done: re.Pattern[str] | None = None,
    look: Callable[[DagSpec, Mapping[str, str]], None] | None = None,
    out: TextIO | None = None,
) -> int:
    """Run one DAG run to its end, printing progress and logs. Returns 0 when it succeeded, else 1.

    `path`: the file that holds it. Tasks whose id `taken_as_done` matches succeed without being run. `look` is given the
    DAG and the states of its tasks at the end.
    """
    stream = out or sys.stdout
    file, parsed = find_dag(settings, dag_id, path=path)
    with scratch(settings, file, parsed, _loaded(settings, file)) as bench:
        bench.taken_as_done = taken_as_done
        run = trigger(bench, dag_id, logical_date=logical_date or bench.clock.now(), conf=conf)
        print(f"{dag_id} {run.run_id} (in this process, state is thrown away at the end)", file=stream)
        bench.drive(lambda: bench.run_of(run.id).state in RUN_FINISHED, stream)
        status = bench.summary(run.id, stream)
        if look is not None:
            states: dict[str, list[str]] = {}
            for row in bench.rows(run.id):
                states.setdefault(row.task_id, []).append(row.state)
            (encoded,) = (dag.spec for dag in parsed.dags if dag.dag_id == dag_id)
            look(decode(encoded), {task: ", ".join(sorted(set(found))) for task, found in states.items()})
        return status


def run_one_task(
    settings: Settings,
    dag_id: str,
    task_id: str,
    *,
    logical_date: datetime | None = None,
    map_index: int = -1,
    conf: dict[str, Any] | None = None,
    out: TextIO | None = None,
) -> int:
    """Run one task without its upstream, printing its log. Returns 0 when it ended well, else 1."""
    stream = out or sys.stdout
    file, parsed = find_dag(settings, dag_id)
    with scratch(settings, file, parsed, _loaded(settings, file)) as bench:
        run = trigger(bench, dag_id, logical_date=logical_date or bench.clock.now(), conf=conf)
        with bench.store.begin() as tx:
            commands.only_task_in(tx, bench.clock, run=run, task_id=task_id)
        bench.drive(lambda: bench.is_through(run.id, task_id, map_index), stream)
        with bench.store.read() as tx:
            found = instances.find_instance(tx, run.id, task_id, map_index)
    state = found.state if found is not None else TaskState.NONE
    print(f"{dag_id}.{task_id}: {state}", file=stream)
    return 0 if state in {TaskState.SUCCESS, TaskState.SKIPPED} else 1


class OneDag:
    """Runs DAG objects of this process; what became of the last one can be asked for until the next, or the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept = ExitStack()

    def run(
        self,
        dag: DAG,
        *,
        logical_date: datetime | None = None,
        run_after: datetime | None = None,
        conf: dict[str, Any] | None = None,
        taken_as_done: str | None = None,
        out: TextIO | None = None,
    ) -> DagRun:
        """One run to its end, printing progress and logs; its states, instances and XComs can be read afterwards.

        `taken_as_done` is a regular expression: tasks whose id it matches from the start succeed without being run.
        Raises DagInvalid and its like when the DAG cannot be run at all.
        """
        self.close()
        stream = out or sys.stdout
        fileloc = Path(dag.fileloc).absolute()
        file = FileRef(folder=str(fileloc.parent), path=fileloc.name)
        spec = freeze(dag, file.path, defaults=self._settings.parse_defaults())
        parsed = Parsed(job=0, dags=[ParsedDag(dag_id=dag.dag_id, spec=encode(spec))])
        bench = self._kept.enter_context(scratch(self._settings, file, parsed, {dag.dag_id: dag}))
        bench.taken_as_done = None if taken_as_done is None else re.compile(taken_as_done)
        run = trigger(bench, dag.dag_id, logical_date=logical_date, run_after=run_after, conf=conf)
        before = asking.use(None)
        try:
            bench.drive(lambda: bench.run_of(run.id).state in RUN_FINISHED, stream)
        finally:
            asking.use(before)
        bench.summary(run.id, stream)
        asking.use(_Afterwards(bench))
        self._kept.callback(asking.use, before)
        return DagRun(run_info(bench.run_of(run.id)), dag)

    def close(self) -> None:
        """Throw away the state of the last run."""
        self._kept.close()


class _Afterwards:
    """Answers questions about a run that has ended."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def ask(self, question: Question) -> Value | Done | Refused:
        bench = self._bench
        with bench.store.begin() as tx:
            return bench.engine.answers.carry_out(Round(tx, bench.clock.now()), question)


def _loaded(settings: Settings, file: FileRef) -> dagfile.LoadedFile:
    return dagfile.load(file, parts.plugins_folder(settings), settings.parse_defaults())


def trigger(
    bench: Bench,
    dag_id: str,
    *,
    logical_date: datetime | None,
    conf: dict[str, Any] | None,
    run_after: datetime | None = None,
    run_id: str | None = None,
    data_interval: tuple[datetime, datetime] | None = None,
) -> RunRecord:
    """Make the run that `bench` is to drive. Raises UserError when the DAG does not allow it."""
    said = commands.ask_manual(
        bench.store,
        bench.clock,
        bench.ask_timetable,
        dag_id=dag_id,
        logical_date=_plain(logical_date),
        run_after=_plain(run_after),
    )
    with bench.store.begin() as tx:
        run = commands.trigger_run_in(
            tx,
            bench.clock,
            dag_id=dag_id,
            logical_date=_plain(logical_date) if said is None else said.logical_date,
            run_after=_plain(run_after),
            conf=conf or {},
            run_id=run_id,
            own_run_id=None if said is None else said.run_id,
            data_interval=data_interval or (None if said is None else said.data_interval),
            triggered_by="test",
        )
    bench.engine.wake([run.id], [dag_id])
    return run


def _plain(moment: datetime | None) -> datetime | None:
    """Without what DAG authors' types (pendulum) add."""
    if moment is None:
        return None
    return datetime.combine(moment.date(), moment.time(), moment.tzinfo).astimezone(UTC)


def _answer_parse(
    loader: Loader, round_: LoaderRound, database: Store | None, cipher: Cipher, clock: SystemClock
) -> None:
    for asked in round_.asked:
        if database is None:
            loader.answer(asked.job, Value(seq=asked.question.seq, found=False))
            continue
        answers = Answers(Live(Limits(parallelism=1)), clock, cipher, lambda key: None)
        with database.read() as tx:
            loader.answer(asked.job, answers.carry_out(Round(tx, clock.now()), asked.question))


def _wait(loader: Loader, clock: SystemClock) -> None:
    wakeup = loader.next_wakeup()
    wait = PARSE_WAIT if wakeup is None else max(0.0, min(PARSE_WAIT, wakeup - clock.monotonic()))
    select.select(list(loader.filenos()), [], [], wait)
