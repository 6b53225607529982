"""Deadlines of runs (3.1) and SLAs of tasks (2.x): written when a run begins, called missed when their moment comes.

A run that succeeds in time has met its deadlines; those of a run that failed are missed when their moment comes, as in
Airflow. An SLA counts from the moment at which a scheduled run was due; a manual run has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from ostro import store
from ostro.errors import StoreError
from ostro.protocol.task import Done, PutDeadline, Refused
from ostro.records import RunRecord
from ostro.rules.results import due_after
from ostro.scheduler.blame import blame
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import RUN_FINISHED, RunState, RunType, TaskState
from ostro.store.deadlines import Deadline, NewDeadline
from ostro.store.event_log import LogEntry

#: States in which a task has met its SLA.
MET = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})
#: The reference that a clear moves: the run is queued anew.
QUEUED_AT = "DagRunQueuedAtDeadline"
#: References that the engine knows; others are classes of authors.
OUR_OWN = frozenset(
    {"DagRunLogicalDateDeadline", QUEUED_AT, "FixedDatetimeDeadline", "AverageRuntimeDeadline"}
)
#: Most deadlines that one round calls missed.
MOST = 100


class Deadlines:
    """A service of the loop (`ostro.scheduler.service`)."""

    def __init__(self, live: Live, cipher: store.Cipher) -> None:
        self.live = live
        self.cipher = cipher
        #: Runs whose deadlines must be written, and those that the last round wrote: written again if it was lost.
        self._pending: set[int] = set()
        self._recent: set[int] = set()
        #: The next moment; only known when nothing else may have changed it.
        self._next: datetime | None = None
        self._unknown = True

    # ---- what the loop tells ---------------------------------------------------------------------------------------

    def after_start(self, round_: Round) -> None:
        self._unknown = True

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """Nothing: the deadlines of a run are those of its version."""

    def look_everywhere(self) -> None:
        self._pending |= self._recent
        self._unknown = True

    def next_due(self, now: datetime) -> datetime | None:
        if self._unknown or self._pending or self.live.with_deadlines:
            return now
        return self._next

    def run_once(self, round_: Round) -> None:
        self._pending |= self.live.with_deadlines
        self.live.with_deadlines.clear()
        self._recent, self._pending = self._pending, set()
        if self._recent:
            self._write(round_, self._recent)
        due = self._unknown or (self._next is not None and self._next <= round_.now)
        if due:
            self._miss(round_)
        if due or self._recent:
            self._next = store.deadlines.next_due(round_.tx)
            self._unknown = False

    # ---- a run begins, or was cleared ------------------------------------------------------------------------------

    def _write(self, round_: Round, runs: Collection[int]) -> None:
        known = store.deadlines.runs_with(round_.tx, runs)
        for run_id in sorted(runs):
            run = self.live.runs.get(run_id)
            if run is None:
                continue
            with blame("run", run_id):
                if run.run.clear_number:
                    again = [d for d in self._of(round_, run) if d.reference == QUEUED_AT]
                    store.deadlines.put_again(round_.tx, again, round_.now)
                elif run_id not in known:
                    store.deadlines.put(round_.tx, list(self._of(round_, run)), round_.now)
                    self._ask_authors(round_, run)

    def _ask_authors(self, round_: Round, run: LiveRun) -> None:
        """References of the author's own are asked in a process of the file; it answers with PutDeadline."""
        for number, alert in enumerate(run.topology.spec.deadline or ()):
            if alert["reference"]["reference"] not in OUR_OWN:
                row = store.OutboxRow(
                    dag_id=run.run.dag_id,
                    run=run.run.id,
                    kind="deadline_reference",
                    reason="from when does it count?",
                    details={"number": number},
                )
                store.outbox.put(round_.tx, [row])
                round_.callbacks_wait = True

    def put(self, round_: Round, question: PutDeadline) -> Done | Refused:
        """The answer of such a process."""
        found = store.runs.find_run(round_.tx, question.dag_id, question.run_id)
        spec = None if found is None else self.live.topology(round_.tx, found.version_id).spec
        alerts = (spec.deadline if spec is not None else None) or []
        if found is None or not 0 <= question.number < len(alerts):
            text = f"run {question.run_id!r} of DAG {question.dag_id!r} has no deadline {question.number}"
            return Refused(seq=question.seq, code=404, text=text)
        alert = alerts[question.number]
        interval = self._interval(round_, alert["interval"])
        if interval is not None and found.state not in RUN_FINISHED:
            row = self._row(found.id, question.number, alert, question.base_at, interval)
            store.deadlines.put(round_.tx, [row] if row is not None else [], round_.now)
            self._unknown = True
        return Done(seq=question.seq)

    def _of(self, round_: Round, run: LiveRun) -> Iterable[NewDeadline]:
        for number, alert in enumerate(run.topology.spec.deadline or ()):
            found = self._of_alert(round_, run.run, number, alert)
            if found is not None:
                yield found
        if run.run.run_type is RunType.SCHEDULED:
            for task in run.topology.tasks:
                due = due_after(run.run.run_after, task.sla)
                if due is not None:
                    yield NewDeadline(
                        run=run.run.id,
                        kind="sla",
                        task_id=task.task_id,
                        reference="sla",
                        base_at=run.run.run_after,
                        due_at=due,
                    )

    def _of_alert(
        self, round_: Round, run: RunRecord, number: int, alert: dict[str, Any]
    ) -> NewDeadline | None:
        base = self._base(round_, run, alert["reference"])
        interval = self._interval(round_, alert["interval"])
        if base is None or interval is None:
            return None
        return self._row(run.id, number, alert, base, interval)

    @staticmethod
    def _row(
        run: int, number: int, alert: dict[str, Any], base: datetime, interval: timedelta
    ) -> NewDeadline | None:
        """None when the moment is beyond the calendar: it never comes."""
        due = due_after(base, interval.total_seconds())
        if due is None:
            return None
        return NewDeadline(
            run=run,
            number=number,
            name=alert.get("name"),
            reference=alert["reference"]["reference"],
            base_at=base,
            due_at=due,
        )

    def _base(self, round_: Round, run: RunRecord, reference: dict[str, Any]) -> datetime | None:
        """From when the deadline counts; None when the run has no such moment."""
        match reference["reference"]:
            case "DagRunLogicalDateDeadline":
                return run.logical_date
            case "DagRunQueuedAtDeadline":
                return run.queued_at
            case "FixedDatetimeDeadline":
                return datetime.fromisoformat(reference["datetime"])
            case "AverageRuntimeDeadline":
                found = store.deadlines.average_runtime(
                    round_.tx,
                    run.dag_id,
                    most=reference["max_runs"],
                    least=reference["min_runs"],
                    before=run.id,
                )
                return None if found is None else round_.now + timedelta(seconds=found[0])
            case _:
                return None

    def _interval(self, round_: Round, interval: Any) -> timedelta | None:
        """Seconds, or those that a Variable holds; None when it holds none."""
        if not isinstance(interval, dict):
            return timedelta(seconds=interval)
        text = store.variables.get_value(round_.tx, interval["variable"], self.cipher)
        try:
            return timedelta(seconds=float(text or ""))
        except (ValueError, OverflowError):
            return None

    # ---- the moment comes --------------------------------------------------------------------------------------------

    def _miss(self, round_: Round) -> None:
        while True:
            found = store.deadlines.due(round_.tx, round_.now, limit=MOST)
            met = [d.id for d in found if d.kind == "deadline" and _was_met(d)]
            late = [d for d in found if d.kind == "deadline" and not _was_met(d)]
            slas: dict[int, list[Deadline]] = defaultdict(list)
            for row in found:
                if row.kind == "sla":
                    slas[row.run].append(row)
            for run_id, rows in slas.items():
                done = self._sla(round_, run_id, rows)
                met += done
            store.deadlines.delete(round_.tx, met)
            ours = set(store.deadlines.miss(round_.tx, [d.id for d in late], round_.now))
            for row in late:
                if row.id in ours:
                    self._call(round_, row)
            if len(found) < MOST:
                return

    def _call(self, round_: Round, row: Deadline) -> None:
        try:
            alerts = self.live.topology(round_.tx, row.version_id).spec.deadline or []
            callback = alerts[row.number]["callback"]
        except (StoreError, MemoryError):
            raise
        except Exception:  # a version that cannot be read any more; the deadline stays missed, and is seen so
            return
        details = {
            "id": row.id,
            "deadline_time": row.due_at.isoformat(),
            "name": row.name,
            "reference": row.reference,
            "callback": callback,
        }
        reason = f"not done by {row.due_at.isoformat()}"
        self._note(round_, row, "deadline_missed", details)
        self._put(round_, row, "deadline", reason, details)

    def _sla(self, round_: Round, run_id: int, rows: list[Deadline]) -> list[int]:
        """One callback for the tasks of a run that missed their SLA; returns the rows of those that met it."""
        instances = store.instances.load_instances(round_.tx, [run_id])
        undone = {i.task_id for i in instances if i.state not in MET}
        late = [row for row in rows if row.task_id in undone]
        ours = set(store.deadlines.miss(round_.tx, [row.id for row in late], round_.now))
        tasks = [row.task_id for row in late if row.id in ours]
        if tasks:
            blocking = [
                {"task_id": i.task_id, "map_index": i.map_index, "state": i.state.value}
                for i in instances
                if i.state not in MET
            ]
            details = {"tasks": tasks, "blocking": blocking}
            self._note(round_, late[0], "sla_missed", details)
            if self._wants_sla(round_, late[0], set(tasks)):
                self._put(round_, late[0], "sla_miss", f"SLA missed by {', '.join(tasks)}", details)
        return [row.id for row in rows if row.task_id not in undone]

    def _wants_sla(self, round_: Round, row: Deadline, tasks: set[str]) -> bool:
        """Whether somebody is to be told."""
        topology = self.live.topology(round_.tx, row.version_id)
        mail = any(task.email for task in topology.tasks if task.task_id in tasks)
        return mail or "sla_miss" in topology.spec.callbacks

    def _put(self, round_: Round, row: Deadline, kind: str, reason: str, details: dict[str, Any]) -> None:
        store.outbox.put(
            round_.tx,
            [store.OutboxRow(dag_id=row.dag_id, run=row.run, kind=kind, reason=reason, details=details)],
        )
        round_.callbacks_wait = True

    def _note(self, round_: Round, row: Deadline, event: str, details: dict[str, Any]) -> None:
        """Into the audit log, where people see it."""
        store.event_log.put(
            round_.tx,
            LogEntry(
                event=event,
                at=round_.now,
                dag_id=row.dag_id,
                run_id=row.run_id,
                extra={"name": row.name, "due": row.due_at.isoformat(), **_told(details)},
            ),
        )


def _told(details: dict[str, Any]) -> dict[str, Any]:
    return {"tasks": details["tasks"]} if "tasks" in details else {"callback": details["callback"]["path"]}


def _was_met(row: Deadline) -> bool:
    ended = row.run_state == RunState.SUCCESS.value and row.run_end is not None
    return ended and row.run_end is not None and row.run_end <= row.due_at


__all__ = ["Deadlines"]
