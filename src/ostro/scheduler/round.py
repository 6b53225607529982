"""What one turn of the loop decided: written in one transaction, sent after it.

Owns the order of things: nothing leaves for a process before the transition that it speaks of is durable.
Refuses decisions: services put moves in, the round only merges, writes and sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import msgspec

from ostro import events, store
from ostro.executors.base import Executor, Place
from ostro.protocol.task import Answer, CallbackOrder, TaskOrder
from ostro.records import Move
from ostro.states import OCCUPYING, check_task_transition


class Conflict(Exception):
    """A guarded write found another state than the board had: another process wrote meanwhile."""


class Round:
    """The decisions of one turn."""

    def __init__(self, tx: Any, now: datetime) -> None:
        self.tx = tx
        self.now = now
        self.moves: dict[int, Move] = {}
        #: Moves that ended an attempt and were followed by another of the same instance in this round: written before
        #: it, or the ended attempt would lose its end and its cause of death to what came after.
        self.ends: list[Move] = []
        #: Per task instance that moved: its run.
        self._runs: dict[int, int] = {}
        self.run_moves: list[store.RunMove] = []
        self.answers: list[tuple[int, Answer]] = []
        #: Places that were reserved for this round.
        self.places: list[Place] = []
        self.launches: list[tuple[Place, TaskOrder | CallbackOrder]] = []
        self.stops: list[tuple[str, dict[str, Any]]] = []
        #: Runs whose boards this round changed; thrown away when the round cannot be written.
        self.touched: set[int] = set()
        #: DAGs that this round paused.
        self.paused_dags: set[str] = set()
        #: DAGs whose calendar this round moved on; read again when the round cannot be written.
        self.planned: set[str] = set()
        #: Runs of other engines that were written to: those are told.
        self.abroad: set[int] = set()
        #: Boards of such runs (`ostro.scheduler.abroad`), with what this round decided on them.
        self.boards_abroad: dict[int, Any] = {}
        #: Runs that ended in this round.
        self.ended: set[int] = set()
        #: Called after the commit, in their order.
        self.afterwards: list[Callable[[], None]] = []
        #: Told to listeners when the round is written.
        self.news: list[events.Event] = []
        #: A callback was written that no process runs yet.
        self.callbacks_wait = False
        #: DAG files were saved, or assets put behind aliases: some may be new.
        self.may_have_assets = False
        #: DAGs whose set of active runs changed, so that queued runs may start.
        self.freed_dags: set[str] = set()

    def add(self, run: int, moves: Iterable[Move]) -> None:
        """Take decided moves; several moves of one instance become one write."""
        self.touched.add(run)
        known = self.moves
        for move in moves:
            check_task_transition(move.before, move.after)
            self._runs[move.ti] = run
            earlier = known.get(move.ti)
            if earlier is None:
                known[move.ti] = move
            elif earlier.before in OCCUPYING and earlier.after not in OCCUPYING:
                self.ends.append(earlier)
                known[move.ti] = move
            else:
                known[move.ti] = merge(earlier, move)

    def remove(self, run: int, rows: Iterable[int]) -> None:
        """Delete unexpanded instances of mapped tasks; their expansions take their place."""
        gone = list(rows)
        if gone:
            self.touched.add(run)
            for ti in gone:
                self.moves.pop(ti, None)
            store.instances.delete_instances(self.tx, gone)

    def write(self) -> None:
        """Write the moves. Raises Conflict when one of them met another state than expected."""
        if self.ends and not all(store.transitions.apply_moves(self.tx, self.ends, self.now)):
            raise Conflict("a task instance was changed by another process")
        moves = [m for m in self.moves.values() if m.before is not m.after or _says_more(m)]
        if moves and not all(store.transitions.apply_moves(self.tx, moves, self.now)):
            raise Conflict("a task instance was changed by another process")
        if self.run_moves and not all(store.runs.move_runs(self.tx, self.run_moves, self.now)):
            raise Conflict("a run was changed by another process")
        if self.abroad:
            store.notify.send(self.tx, runs=sorted(self.abroad))

    def write_apart(self, blame: Callable[[str, int], AbstractContextManager[None]]) -> None:
        """Like `write`, each run for itself: finds the one whose moves the database refuses."""
        all_ends, all_moves, all_runs = self.ends, self.moves, self.run_moves
        try:
            for run in sorted({*self._runs.values(), *(m.id for m in all_runs)}):
                self.ends = [m for m in all_ends if self._runs[m.ti] == run]
                self.moves = {ti: m for ti, m in all_moves.items() if self._runs[ti] == run}
                self.run_moves = [m for m in all_runs if m.id == run]
                with blame("run", run):
                    self.write()
        finally:
            self.ends, self.moves, self.run_moves = all_ends, all_moves, all_runs

    def send(self, executor: Executor, *, kill_grace: float) -> None:
        """After the commit: tell the processes."""
        for place, order in self.launches:
            executor.launch(place, order)
        for place_id, answer in self.answers:
            executor.answer(place_id, answer)
        for attempt_id, cause in self.stops:
            executor.stop_attempt(attempt_id, grace=kill_grace, cause=cause)
        for act in self.afterwards:
            act()

    def abandon(self, executor: Executor, *, in_doubt: bool) -> None:
        """The round could not be written: places that were reserved for it are free again.

        `in_doubt`: it may have been written all the same, only the database's answer was lost.
        """
        for place in self.places:
            if in_doubt:
                executor.discard(place)
            else:
                executor.release(place)


_UNSET = msgspec.UNSET
_CARRIED = tuple(f for f in Move.__struct_fields__ if f not in {"ti", "before", "after", "if_attempt"})


def merge(first: Move, second: Move) -> Move:
    """Two moves of one instance in a row as one: the first's guard, the second's end, all fields that were set."""
    changes: dict[str, Any] = {}
    for name in _CARRIED:
        value = getattr(second, name)
        if value is not _UNSET and not (name == "reason" and not value):
            changes[name] = value
    return msgspec.structs.replace(first, after=second.after, **changes)


def _says_more(move: Move) -> bool:
    return any(getattr(move, name) is not _UNSET for name in _CARRIED if name != "reason")
