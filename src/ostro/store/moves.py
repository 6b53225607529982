"""What a move means for the rows that belong to an instance; shared by the databases."""

from __future__ import annotations

from msgspec import UNSET

from ostro.records import Move
from ostro.states import OCCUPYING, TaskState

#: Fields of a move that are columns of task_instance, with their type on PostgreSQL.
COLUMNS: dict[str, str] = {
    "try_number": "int",
    "max_tries": "int",
    "attempt_id": "text",
    "due_at": "timestamptz",
    "scheduled_at": "timestamptz",
    "queued_at": "timestamptz",
    "start_date": "timestamptz",
    "end_date": "timestamptz",
    "pid": "bigint",
    "pid_birth": "bigint",
    "hostname": "text",
    "engine": "text",
    "version_id": "bigint",
    "first_start_date": "timestamptz",
    "rendered_map_index": "text",
    "next_method": "text",
    "next_kwargs": "text",
}

#: States in which an attempt is open.
OPEN = OCCUPYING

#: Columns that an attempt takes over from its instance.
CARRIED = (
    "try_number", "state", "max_tries", "queued_at", "scheduled_at", "start_date", "hostname", "engine", "pid",
    "pid_birth", "version_id",
)  # fmt: skip

#: What happens to the attempt: nothing, opened, opened in place of another, kept up, closed.
NOTHING, OPENED, REPLACED, KEPT, CLOSED = range(5)


def attempt_fate(move: Move) -> int:
    """What the move does to the instance's attempt."""
    was_open = move.before in OPEN
    if move.after not in OPEN:
        return CLOSED if was_open else NOTHING
    if not was_open:
        return OPENED
    return KEPT if move.attempt_id is UNSET else REPLACED


def replaced_state(before: TaskState) -> TaskState:
    """How an attempt ended that another one replaced within one move: its own end state is not known any more."""
    return TaskState.SCHEDULED if before is TaskState.QUEUED else TaskState.UP_FOR_RETRY
