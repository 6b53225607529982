"""Write the note of a run or of a task instance."""

from __future__ import annotations

from typing import Any

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.waking import Wake, tell
from ostro.errors import BadRequest, NotFound
from ostro.store import Store, instances, runs

#: Longest note in characters.
MAX_NOTE = 1000


def set_run_note(
    store: Store,
    clock: Clock,
    wake: Wake,
    *,
    dag_id: str,
    run_id: str,
    note: str | None,
    user: str | None = None,
) -> None:
    """`set_run_note_in` as a transaction of its own."""
    with store.begin() as tx:
        set_run_note_in(tx, clock, dag_id=dag_id, run_id=run_id, note=note, user=user)


def set_run_note_in(
    tx: Any, clock: Clock, *, dag_id: str, run_id: str, note: str | None, user: str | None = None
) -> None:
    """Write the note of a run; None and "" remove it. Raises NotFound and BadRequest."""
    run = subject.the_run(tx, dag_id, run_id)
    runs.set_note(tx, run.id, _checked(note), user, clock.now())
    tell(tx, runs=[run.id])


def set_task_note(
    store: Store,
    clock: Clock,
    wake: Wake,
    *,
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int = -1,
    note: str | None,
    user: str | None = None,
) -> None:
    """`set_task_note_in` as a transaction of its own."""
    with store.begin() as tx:
        set_task_note_in(
            tx,
            clock,
            dag_id=dag_id,
            run_id=run_id,
            task_id=task_id,
            map_index=map_index,
            note=note,
            user=user,
        )


def set_task_note_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int = -1,
    note: str | None,
    user: str | None = None,
) -> None:
    """Write the note of a task instance; None and "" remove it. Raises NotFound and BadRequest."""
    run = subject.the_run(tx, dag_id, run_id)
    found = instances.find_instance(tx, run.id, task_id, map_index)
    if found is None:
        raise NotFound(
            f"The Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}`"
            f" and map_index: `{map_index}` was not found"
        )
    instances.set_note(tx, found.id, _checked(note), user, clock.now())
    tell(tx, runs=[run.id])


def _checked(note: str | None) -> str | None:
    if note is not None and len(note) > MAX_NOTE:
        raise BadRequest(f"a note has at most {MAX_NOTE} characters, not {len(note)}")
    return note or None
