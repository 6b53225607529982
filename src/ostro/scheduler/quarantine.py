"""Runs that the engine cannot handle are failed, with the reason, so that they wait for nobody and stop nobody.
A DAG whose schedule it cannot handle is shown among the import errors.

Written without their boards, which are what may be broken. A clear by a user lets such a run try again.
"""

from __future__ import annotations

from collections import Counter

from ostro import deaths, store
from ostro.records import Move
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.live import Live
from ostro.scheduler.round import Conflict, Round
from ostro.states import ALIVE, FINISHED, RUN_FINISHED, RunState, TaskState
from ostro.store.event_log import LogEntry

#: So often a run may fail from the database's truth, in turns without a success between them.
TRIES = 2


class Quarantine:
    """Keeps which runs are in doubt, and ends those that stay so."""

    def __init__(self, live: Live, config: SchedulerConfig) -> None:
        self.live = live
        self.config = config
        self._faults: Counter[int] = Counter()
        #: Run -> what happened: to be ended in the next round.
        self._given_up: dict[int, str] = {}
        #: DAG that makes no runs -> why: to be said in the next round.
        self._set_aside: dict[str, str] = {}
        self._begun = False

    def suspect(self, run: int, text: str) -> bool:
        """A run caused an error; True when that is its last."""
        self._faults[run] += 1
        if self._faults[run] >= TRIES:
            self._given_up[run] = text
        return run in self._given_up

    def forgive(self) -> None:
        """A round was written, or the database was to blame: doubts are over."""
        self._faults.clear()
        self._given_up.clear()

    def note_dag(self, dag_id: str, text: str) -> None:
        """A DAG was set aside: said where people look for what is wrong with its file."""
        self._set_aside[dag_id] = text

    def after(self) -> None:
        """The round is durable."""
        self._begun = True
        self._set_aside.clear()

    def run_once(self, round_: Round) -> list[str]:
        """End what was given up, and what could not even be read; returns a sentence for each run."""
        if not self._begun:
            store.problems.forget_engine_errors(round_.tx, self.config.name, seconds=self.config.lease)
        for dag_id, text in self._set_aside.items():
            store.problems.put_engine_error(round_.tx, self.config.name, dag_id, text, round_.now)
        self._given_up.update(self.live.unreadable)
        self.live.unreadable.clear()
        said = []
        for run_id, text in self._given_up.items():
            found = store.runs.load_runs(round_.tx, [run_id])
            self.live.drop(run_id)
            if found and found[0].state not in RUN_FINISHED:
                run = found[0]
                self._fail(round_, run_id, run.state, text)
                round_.freed_dags.add(run.dag_id)
                entry = LogEntry(
                    event="engine_error",
                    at=round_.now,
                    dag_id=run.dag_id,
                    run_id=run.run_id,
                    extra={"text": text},
                )
                store.event_log.put(round_.tx, entry)
                said.append(
                    f"run {run.run_id!r} of DAG {run.dag_id!r} cannot be handled and was failed: {text}"
                )
        return said

    def _fail(self, round_: Round, run_id: int, state: RunState, text: str) -> None:
        cause = deaths.run_unmanageable(text)
        reason = cause["text"]
        moves = []
        for row in store.instances.load_instances(round_.tx, [run_id]):
            if row.state in FINISHED:
                continue
            alive = row.state in ALIVE
            move = Move(
                ti=row.id, before=row.state, after=TaskState.FAILED if alive else TaskState.SKIPPED, reason=reason,
                start_date=row.start_date or round_.now, end_date=round_.now, due_at=None, cause=cause,
                pid=None, pid_birth=None,
            )  # fmt: skip
            moves.append(move)
            if alive and row.attempt_id:
                round_.stops.append((row.attempt_id, cause))
        end = store.RunMove(
            id=run_id, before=state, after=RunState.FAILED, end_date=round_.now, reason=reason
        )
        done = store.transitions.apply_moves(round_.tx, moves, round_.now)
        done += store.runs.move_runs(round_.tx, [end], round_.now)
        if not all(done):
            raise Conflict("a run was changed by another process")
