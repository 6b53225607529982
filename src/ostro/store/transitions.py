"""Changes of task instances: guarded, in bulk, with their history. The hot path of the engine.

A move is applied only where the instance still is in the state that it expects, and, when it names an attempt, only
if that is the current one. With it, in the same transaction:

* the attempt's row is opened (a move into queued or running), kept up or closed (a move out of them);
* the trigger of an instance that was deferred is deleted;
* an event is written (what changed, when, why), from which screens are told and history is read.

How a database does it is in `moves_sqlite` and `moves_postgresql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ostro.records import Move
from ostro.states import TaskState
from ostro.store import moves_postgresql, moves_sqlite, triggers
from ostro.store.driver import is_sqlite


def apply_moves(tx: Connection, moves: Sequence[Move], now: datetime) -> list[bool]:
    """Apply decided changes; False for each whose instance was not in the expected state or had another attempt.

    An instance may appear once in `moves`. Moves that say False changed nothing; the caller decides whether the
    others may stand.
    """
    if not moves:
        return []
    done = moves_sqlite.apply(tx, moves, now) if is_sqlite(tx) else moves_postgresql.apply(tx, moves, now)
    resumed = [m.ti for m, ok in zip(moves, done, strict=True) if ok and _leaves_trigger(m)]
    if resumed:
        triggers.delete(tx, resumed)
    return done


def _leaves_trigger(move: Move) -> bool:
    return move.before is TaskState.DEFERRED and move.after is not TaskState.DEFERRED
