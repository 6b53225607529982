"""A task instance in the memory of a live run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET

from ostro.records import Move, RunRecord, TaskInstanceRecord
from ostro.states import TaskState

#: Fields of a Move that an instance takes over.
_FIELDS = (
    "try_number",
    "max_tries",
    "attempt_id",
    "due_at",
    "queued_at",
    "start_date",
    "end_date",
    "pid",
    "hostname",
    "engine",
    "version_id",
    "first_start_date",
    "rendered_map_index",
    "next_method",
    "next_kwargs",
)


class Instance:
    """Mutable; changed by `Board.apply` only. `index` is the task's index, −1 when the task left the DAG."""

    __slots__ = (*_FIELDS, "id", "index", "map_index", "run", "state", "task_id")

    try_number: int
    max_tries: int
    attempt_id: str | None
    due_at: datetime | None
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    pid: int | None
    hostname: str | None
    engine: str | None
    version_id: int | None
    first_start_date: datetime | None
    rendered_map_index: str | None
    next_method: str | None
    next_kwargs: Any

    def __init__(self, record: TaskInstanceRecord, index: int, run: RunRecord) -> None:
        self.id = record.id
        self.index = index
        self.run = run
        self.task_id = record.task_id
        self.map_index = record.map_index
        self.state: TaskState = record.state
        for name in _FIELDS:
            setattr(self, name, getattr(record, name))

    def take(self, move: Move) -> None:
        """Take over a move's state and the fields it sets."""
        self.state = move.after
        for name in _FIELDS:
            value = getattr(move, name)
            if value is not UNSET:
                setattr(self, name, value)

    def __repr__(self) -> str:
        index = f"[{self.map_index}]" if self.map_index >= 0 else ""
        return f"<{self.task_id}{index} #{self.id} {self.state} try {self.try_number}>"
