"""Triggers that deferred task instances wait for, one row each.

A row lives as long as its instance is deferred: the write that takes an instance out of that state deletes it
(`transitions`). Which engine runs a trigger follows from who advances the run (`leases`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import FINISHED, TaskState
from ostro.store import tables as t
from ostro.store.sealed import seal

#: Ids in one statement: SQLite takes 32,766 parameters.
CHUNK = 10_000


class NewTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """What a deferred instance waits for."""

    ti: int
    attempt_id: str | None
    classpath: str
    kwargs: Any
    queue: str | None = None
    timeout_at: datetime | None = None
    #: Its arguments come from the DAG file (start_from_trigger), not from a task process.
    from_file: bool = False


class TriggerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger in the database."""

    id: int
    ti: int
    attempt_id: str | None
    classpath: str
    #: Sealed (`ostro.store.sealed`).
    kwargs: Any
    queue: str | None
    created_at: datetime
    timeout_at: datetime | None
    from_file: bool


_SELECT = sa.select(*(t.trigger.c[name] for name in TriggerRecord.__struct_fields__))


def put(tx: Connection, trigger: NewTrigger, now: datetime) -> int:
    """Write the trigger of an instance; returns its id. An earlier one is replaced, and its id never used again."""
    delete(tx, [trigger.ti])
    values = {**msgspec.structs.asdict(trigger), "kwargs": seal(tx, trigger.kwargs), "created_at": now}
    return int(tx.execute(sa.insert(t.trigger).values(**values).returning(t.trigger.c.id)).scalar_one())


def of_instances(tx: Connection, instances: Collection[int]) -> dict[int, TriggerRecord]:
    """The triggers of these instances, by instance."""
    found: dict[int, TriggerRecord] = {}
    for part in _parts(instances):
        for row in tx.execute(_SELECT.where(t.trigger.c.ti.in_(part))):
            found[row.ti] = TriggerRecord(**row._asdict())
    return found


def existing(tx: Connection, ids: Collection[int]) -> set[int]:
    """Which of these triggers somebody still waits for."""
    found: set[int] = set()
    for part in _parts(ids):
        found.update(tx.execute(sa.select(t.trigger.c.id).where(t.trigger.c.id.in_(part))).scalars())
    return found


def delete(tx: Connection, instances: Sequence[int]) -> int:
    """The instances are no longer deferred; returns how many triggers there were."""
    count = 0
    for part in _parts(instances):
        count += tx.execute(sa.delete(t.trigger).where(t.trigger.c.ti.in_(part))).rowcount
    return count


# ---- tries that begin or end in a trigger -------------------------------------------------------------------------


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A try that begins in its trigger, without a process."""

    attempt_id: str
    ti: int
    try_number: int
    max_tries: int
    start_date: datetime
    version_id: int


def note_begun(tx: Connection, begun: Begun) -> None:
    """Write the try, so that histories show it."""
    a = t.attempt
    tx.execute(
        sa.insert(a).values(
            **msgspec.structs.asdict(begun), state=TaskState.DEFERRED.value, closed_at=begun.start_date
        )
    )


def note_ended(tx: Connection, attempt_id: str, state: TaskState, end: datetime) -> None:
    """A try ended in its trigger: its last process only left it waiting."""
    if state not in FINISHED:
        raise ValueError(f"a try cannot end as {state}")
    a = t.attempt
    tx.execute(
        sa.update(a)
        .where(a.c.attempt_id == attempt_id, a.c.closed_at.is_not(None))
        .values(state=state.value, end_date=end, closed_at=end)
    )


def _parts(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(set(ids))
    return [ordered[i : i + CHUNK] for i in range(0, len(ordered), CHUNK)]
