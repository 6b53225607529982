"""Clear task instances, so that they run again, and queue their runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.dependents import Dependent, dependents
from ostro.commands.waking import Wake, tell
from ostro.errors import BadRequest, NotAllowed, StoreUnavailable
from ostro.records import Move, NewInstance, RunRecord, TaskInstanceRecord
from ostro.rules import clear as rules
from ostro.rules.runs import missing_instances
from ostro.rules.selection import Selection, named, widened
from ostro.spec import Topology
from ostro.store import Store, instances, specs

#: How often a clear is decided anew because the engine was faster.
ATTEMPTS = 10


class Cleared(msgspec.Struct, frozen=True):
    """What a clear touches: the instances as they were before it, the runs of them, and what the runs get anew."""

    instances: list[TaskInstanceRecord] = []
    runs: list[RunRecord] = []
    new: list[NewInstance] = []


def clear_tasks(
    store: Store, clock: Clock, wake: Wake, *, dag_id: str, dry_run: bool = False, **more: Any
) -> Cleared:
    """`clear_tasks_in` as a transaction of its own."""
    with store.read() if dry_run else store.begin() as tx:
        done = clear_tasks_in(tx, clock, dag_id=dag_id, dry_run=dry_run, **more)
    if not dry_run and done.runs:
        wake([r.id for r in done.runs], sorted({dag_id, *(r.dag_id for r in done.runs)}))
    return done


def clear_run(store: Store, clock: Clock, wake: Wake, *, dag_id: str, run_id: str, **more: Any) -> Cleared:
    """Clear a whole run."""
    return clear_tasks(store, clock, wake, dag_id=dag_id, run_id=run_id, even_if_empty=True, **more)


def clear_run_in(tx: Any, clock: Clock, *, dag_id: str, run_id: str, **more: Any) -> list[int]:
    """Clear a whole run; returns the row ids of changed runs. Arguments as `clear_tasks_in`."""
    done = clear_tasks_in(tx, clock, dag_id=dag_id, run_id=run_id, even_if_empty=True, **more)
    return [r.id for r in done.runs]


def clear_tasks_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    tasks: Iterable[str | tuple[str, int]] | None = None,
    run_id: str | None = None,
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    upstream: bool = False,
    downstream: bool = False,
    past: bool = False,
    future: bool = False,
    only_failed: bool = False,
    only_running: bool = False,
    reset_dag_runs: bool = True,
    prevent_running_task: bool = False,
    run_on_latest_version: bool | None = None,
    only_new: bool = False,
    dry_run: bool = False,
    even_if_empty: bool = False,
    _way: tuple[Dependent, ...] = (),
) -> Cleared:
    """Clear tasks (task ids or (task id, map index); None = all) of one run, or of the runs of a range of dates.

    Setups and teardowns of what is cleared are cleared too. `reset_dag_runs` False leaves finished runs finished.
    `run_on_latest_version` None: as the DAG says. `only_new`: nothing is cleared, the runs get the tasks that are new
    in the latest version. `even_if_empty`: queue the run even when no task is touched.
    A cleared ExternalTaskMarker clears the task that it points to, with all that follows it, in its DAG too.
    With `dry_run` nothing is written. Raises NotFound, NotAllowed when `prevent_running_task` is hurt,
    and BadRequest when markers lead further than they allow.
    """
    now = clock.now()
    selection = None if tasks is None else named(tasks)
    topologies = subject.Topologies(tx)
    latest = specs.current_version(tx, dag_id)
    touched: list[TaskInstanceRecord] = []
    changed: list[RunRecord] = []
    added: list[NewInstance] = []
    for run in subject.the_runs(
        tx,
        dag_id,
        run_id=run_id,
        past=past,
        future=future,
        start_date=start_date,
        end_date=end_date,
        hold=not dry_run,
    ):
        version = _version(run, topologies, latest, True if only_new else run_on_latest_version)
        work = _Work(
            topologies.of(version), selection, upstream=upstream, downstream=downstream,
            only_failed=only_failed, only_running=only_running,
        )  # fmt: skip
        rows = subject.rows_of(tx, run)
        if run_id is not None and selection is not None:
            subject.check_tasks(work.topology, rows, selection, dag_id)
        moves = [] if only_new else work.moves(rows)
        new = _new_tasks(run, work.topology, version, rows) if reset_dag_runs else []
        if prevent_running_task and rules.running(moves):
            raise NotAllowed("a task of this selection is running, and prevent_running_task is set")
        by_id = {r.id: r for r in rows}
        touched += [by_id[m.ti] for m in moves]
        if not (new if only_new else moves or even_if_empty):
            continue
        changed.append(run)
        added += new
        if not dry_run:
            _write(tx, run, moves, work, now)
            instances.insert_instances(tx, new)
            if reset_dag_runs:
                follows = version != run.version_id or _follows(run, topologies, run_on_latest_version)
                _reset(tx, run, now, version if follows else None)
    if not dry_run:
        tell(tx, runs=[r.id for r in changed], dags=[dag_id] if changed else [])
    for dependent in dependents(tx, touched, changed, topologies):
        if any(dependent.reaches == before.reaches for before in _way):
            continue  # a ring of markers
        further = clear_tasks_in(
            tx, clock, dag_id=dependent.dag_id, tasks=[dependent.task_id], downstream=True,
            start_date=dependent.date, end_date=dependent.date, only_failed=only_failed, only_running=only_running,
            reset_dag_runs=reset_dag_runs, prevent_running_task=prevent_running_task, dry_run=dry_run,
            _way=_further(_way, dependent),
        )  # fmt: skip
        known = {row.id for row in touched}
        touched += [row for row in further.instances if row.id not in known]
        changed += [run for run in further.runs if run.id not in {r.id for r in changed}]
        # A preview has written nothing, so what a marker leads to in the same run misses the same tasks there again.
        told = {(one.run, one.task_id, one.map_index) for one in added}
        added += [one for one in further.new if (one.run, one.task_id, one.map_index) not in told]
    return Cleared(touched, changed, added)


def _further(way: tuple[Dependent, ...], dependent: Dependent) -> tuple[Dependent, ...]:
    """The markers followed so far, and this one. The first says how many they may be."""
    most = (way[0] if way else dependent).depth
    if len(way) >= most:
        raise BadRequest(
            f"Maximum recursion depth {most} reached for ExternalTaskMarker {dependent.marker}: it leads to "
            f"{dependent.dag_id}.{dependent.task_id} at {dependent.date.isoformat()}; raise its recursion_depth"
        )
    return (*way, dependent)


class _Work:
    """The decision for one run, to be made again when the engine was faster."""

    def __init__(
        self, topology: Topology, selection: Selection | None, *, upstream: bool, downstream: bool,
        only_failed: bool, only_running: bool,
    ) -> None:  # fmt: skip
        self.topology = topology
        self.selection = selection and widened(
            topology, selection, upstream=upstream, downstream=downstream, with_setups=True
        )
        self.only_failed = only_failed
        self.only_running = only_running

    def moves(self, rows: Sequence[TaskInstanceRecord]) -> list[Move]:
        """What is to be cleared among these rows."""
        selection = {r.task_id: None for r in rows} if self.selection is None else self.selection
        return rules.clear(
            self.topology, rows, selection, only_failed=self.only_failed, only_running=self.only_running
        )


def _write(tx: Any, run: RunRecord, moves: list[Move], work: _Work, now: datetime) -> None:
    wanted = {m.ti for m in moves}
    for _ in range(ATTEMPTS):
        if subject.apply(tx, moves, now):
            return
        moves = [m for m in work.moves(subject.rows_of(tx, run)) if m.ti in wanted]
    raise StoreUnavailable("the tasks change faster than they can be cleared; try again")


def _version(run: RunRecord, topologies: subject.Topologies, current: int | None, latest: bool | None) -> int:
    """The version that the run goes on with."""
    if current is None or current == run.version_id:
        return run.version_id
    return current if _follows(run, topologies, latest) else run.version_id


def _follows(run: RunRecord, topologies: subject.Topologies, latest: bool | None) -> bool:
    """Whether the run goes on with the newest version of the DAG, and of the bundle that it is in."""
    if latest is None:
        return bool(topologies.of(run.version_id).spec.rerun_with_latest_version)
    return latest


def _new_tasks(
    run: RunRecord, topology: Topology, version: int, rows: Sequence[TaskInstanceRecord]
) -> list[NewInstance]:
    """Instances of tasks that the run's own version did not have."""
    if version == run.version_id:
        return []
    return missing_instances(topology, run, [(r.task_id, r.map_index) for r in rows], version)


def _reset(tx: Any, run: RunRecord, now: datetime, version: int | None) -> None:
    for _ in range(ATTEMPTS):
        if subject.change_run(tx, rules.reset_run(run, now), now, version_id=version):
            return
        run = subject.the_run(tx, run.dag_id, run.run_id)
    raise StoreUnavailable("the run changes faster than it can be cleared; try again")
